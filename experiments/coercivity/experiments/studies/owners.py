"""What owners outside China did in 2010 to 2024, and in how many futures of the replays they do it.

Nothing here is fitted: the questions are answered by the futures that the back-test scores prices with.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.evidence_reader import read_evidence
from coercivity.experiments.forecasts.replays import FITTED, VARIANTS, FutureTask, plan_futures
from coercivity.experiments.forecasts.rules import read_rules
from coercivity.experiments.runs.execution import map_tasks
from coercivity.experiments.runs.gathered import Tables
from coercivity.experiments.studies.trials import Reuse
from coercivity.experiments.validation.history_outcome import settings_with

__all__ = ["QUESTIONS", "Deeds", "judge", "page", "read_deeds"]

LEVEL = 0.9
STOPPED = 0.1  # of its output of 2014: less is a stop
DUG_IN_2014 = 3240.0  # t REO, British Geological Survey (mines.csv)
PASS, PLANT = "mountain_pass", "kuantan"
LATER = VARIANTS[0]  # drivers known


@dataclass(frozen=True)
class Deeds:
    """What owners did in one replay.

    dug: t REO a year of Mountain Pass; separated: t of magnet oxides a year at Kuantan; opened: year in which
    Kuantan opened; failed: year in which owners first went bankrupt
    """

    dug: Mapping[int, float]
    separated: Mapping[int, float]
    opened: int | None
    failed: Mapping[str, int]


def read_deeds(tables: Tables) -> Deeds:
    """What owners did in a run, from its tables."""
    activity, events = tables["activity"], tables["events"]
    year = activity["date"].str[:4].astype(int)
    plant = activity["plant"].astype(str)
    opened = events[(events["kind"] == "plant opened") & (events["target"] == PLANT)]["date"]
    failed = events[events["kind"] == "bankruptcy"]
    return Deeds(
        _by_year(activity[plant.str.startswith(PASS) & (activity["stage"] == "mining")], year),
        _by_year(activity[plant.str.startswith(PLANT)], year),
        int(str(opened.iloc[0])[:4]) if len(opened) else None,
        {str(who): int(str(date)[:4]) for who, date in failed.groupby("actor")["date"].min().items()},
    )


def _by_year(rows: pd.DataFrame, year: "pd.Series[int]") -> dict[int, float]:
    total = rows["tonnes"].groupby(year.loc[rows.index]).sum()
    return {int(str(y)): float(t) for y, t in total.items()}


def stops(found: Deeds) -> bool:
    """Mountain Pass stands still in 2016, or its owner has gone bankrupt."""
    return found.dug.get(2016, 0.0) < STOPPED * DUG_IN_2014 or found.failed.get("mp_materials", 9999) <= 2016


def returns(found: Deeds) -> bool:
    """After such a stop it digs again by 2020 what it dug in 2014."""
    return stops(found) and max(found.dug.get(y, 0.0) for y in range(2017, 2021)) >= DUG_IN_2014


def survives(found: Deeds) -> bool:
    """Lynas has not gone bankrupt, and Kuantan makes more than in 2015."""
    return "lynas" not in found.failed and found.separated.get(2024, 0.0) > found.separated.get(2015, 0.0)


def opens(found: Deeds) -> bool:
    """Kuantan opens in 2012 or 2013."""
    return found.opened in (2012, 2013)


# Question, what happened, futures that answer it, and how.
QUESTIONS: Sequence[tuple[str, str, str, Callable[[Deeds], bool]]] = (
    ("Kuantan opens in 2012 or 2013", "it did, in November 2012", FITTED, opens),
    ("Mountain Pass stops by 2016", "it did, in 2015, and its owner went bankrupt", LATER, stops),
    ("Mountain Pass stops by 2016 and is back by 2020", "it was, in 2018, under a new owner", LATER, returns),
    ("Lynas survives, and Kuantan grows", "it did", LATER, survives),
)


def judge(found: Mapping[str, Sequence[Deeds]]) -> list[tuple[str, str, int, int, float, float]]:
    """Question, record, how many futures say yes, of how many, and the interval of the chance."""
    from scipy.stats import binomtest

    rows = []
    for question, record, variant, holds in QUESTIONS:
        count = len(found[variant])
        yes = sum(holds(one) for one in found[variant])
        band = binomtest(yes, count).proportion_ci(LEVEL)
        rows.append((question, record, yes, count, float(band.low), float(band.high)))
    return rows


def page(out: Path, workers: int, seeds: int, reuse: Reuse, tell: Callable[[str], None]) -> str:
    """Replay every future and write the page. seeds: how many futures"""
    del out, reuse  # no figures, every run made anew
    folder = evidence_dir()
    planned = plan_futures(read_rules(folder), read_evidence(folder), seeds)
    tasks = [task for task in planned if task.variant in (FITTED, LATER)]
    found: dict[str, list[Deeds]] = {FITTED: [], LATER: []}
    for done, (at, deeds) in enumerate(map_tasks(partial(_run, folder), tasks, workers), 1):
        if deeds is not None:
            found[tasks[at].variant].append(deeds)
        tell(f"{done} of {len(tasks)} futures")
    if not all(found.values()):
        raise UserError("no future cleared: nothing to count")
    lost = len(tasks) - sum(len(deeds) for deeds in found.values())
    table = "\n".join(
        f"| {question} | {record} | {yes} of {count} | {100 * low:.0f}–{100 * high:.0f} % |"
        for question, record, yes, count, low, high in judge(found)
    )
    return TEXT.format(table=table, lost=lost, seeds=seeds)


def _run(folder: Path, task: FutureTask) -> Deeds | None:
    """One replay; nothing where it does not clear."""
    from coercivity.experiments.runs.loader import World

    composed = compose([f"scenario={task.scenario}", *task.settings])
    try:
        settings = settings_with(composed, task.values, task.number, task.driver, task.off)
        world = World(settings, folder)
        for _ in range(settings.clock.steps):
            world.step()
    except Exception:  # whatever it is, the others go on; how many were lost is told
        return None
    return read_deeds(world.tables())


TEXT = """# What owners did

Owners outside China in replays of 2010 to 2014 and of 2015 to 2024: in how many futures they do what they
did. Futures are those of the [back-test](validation.md): draws of the posterior, with drivers of demand and
Chinese output as recorded. **Nothing is fitted to these questions.** The interval is that of a share of so
many draws (Clopper and Pearson, 90 %); it says nothing of whether the model is right. Written by

    coercivity experiment owners --seeds {seeds}

| in the replay | in fact | futures | chance, 90 % |
| --- | --- | ---: | ---: |
{table}

{lost} futures did not clear and are left out. A stop is less than a tenth of what Mountain Pass dug in 2014,
or its owner bankrupt; a return is as much as it dug then.
"""
