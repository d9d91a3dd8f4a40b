"""Which measures the rules of states adopt in 2010 to 2024, none of them scripted, against the record.

Series, coding, events that are given and rules of scoring stand in conf/trial/policy_record.yaml, which was
committed before a score was computed.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from coercivity.experiments.base.paths import conf_dir, evidence_dir
from coercivity.experiments.base.progress import silent
from coercivity.experiments.config.compose import Composed, compose, recompose
from coercivity.experiments.config.evidence_reader import read_evidence
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.runs.execution import map_tasks
from coercivity.experiments.runs.gathered import Tables
from coercivity.experiments.runs.run import simulate
from coercivity.experiments.studies import policy_fit as fit
from coercivity.experiments.studies.trials import Reuse

__all__ = ["Score", "PolicySeries", "flags", "page", "record", "score", "settings"]

PATH = Path("trial") / "policy_record.yaml"
HALF = 0.5  # a chance of that or more is a yes
KNOWN_BY = 2014
Adopted = frozenset[tuple[str, str, int]]  # instrument, series, year
Found = dict[str, list[Adopted]]  # of every future, by period


@dataclass(frozen=True, slots=True)
class PolicySeries:
    """One instrument of one state, or against one target. years: in which the record has it"""

    instrument: str
    name: str
    years: frozenset[int]


@dataclass(frozen=True, slots=True)
class Score:
    """Of some cells: Brier scores of the rules and of others, hits and false alarms, Peirce's difference.

    skill: 1 less the rules' Brier score over the best of the others', with its interval
    """

    cells: int
    had: int
    brier: float
    others: Mapping[str, float]
    hits: int
    alarms: int
    peirce: tuple[float, float, float]
    skill: tuple[float, float, float]


@cache
def settings() -> Mapping[str, Any]:
    """The registered file."""
    found = read_yaml(conf_dir() / PATH)
    assert isinstance(found, dict)
    return found


def record() -> list[PolicySeries]:
    """Every series of the record."""
    return [
        PolicySeries(instrument, name, frozenset(years))
        for instrument, coded in settings()["instruments"].items()
        for name, years in coded["in_force"].items()
    ]


def replay_without_measures(period: str, seed: int, more: Sequence[str] = ()) -> Composed:
    """A replay with its measures taken out, states under rules of a scenario, and quarrels as they came.

    more: settings of the rules
    """
    told = settings()["replays"][period]
    composed = compose([f"scenario={told['scenario']}", f"seed={seed}", *told["words"]])
    ruled = compose([f"scenario={settings()['roles_of']}"]).values["state"]
    states = {}
    for who, state in composed.values["state"].items():
        states[who] = {**state, "role": ruled[who].get("role", {})}
    china = states["china"]
    lever = {**china["lever"], "incident": {"between": settings()["incidents"]}}
    states["china"] = {**china, "lever": lever}
    return recompose({**composed.values, "state": states}, list(more), composed.layers)


def flags(tables: Tables) -> Adopted:
    """What states had in force in a run: (instrument, series, year)."""
    levers = tables["levers"]
    year = levers["date"].astype(str).str[:4].astype(int)
    found: set[tuple[str, str, int]] = set()
    for instrument, coded in settings()["instruments"].items():
        mine = levers["lever"].astype(str) == coded["lever"]
        for name in coded["in_force"]:
            rows = mine & (levers["state"].astype(str) == ("CN" if "targets" in coded else name))
            what, value = levers["parameter"].astype(str), levers["value"]
            if "targets" in coded:
                rows &= what.str.endswith(f" to {name}") & (value < 1.0)
            elif coded["lever"] == "friendshoring":
                rows &= (what == "budget") & (value > 0.0)
            found |= {(instrument, name, int(y)) for y in year[rows].unique()}
    return frozenset(found)


def _run(task: tuple[str, int, tuple[str, ...]]) -> Adopted:
    tables, _ = simulate(replay_without_measures(*task), evidence_dir(), silent)
    return flags(tables)


def _fates(point: tuple[float, float, int]) -> pd.DataFrame:
    """Cells of the fit in one future of one point of its grid."""
    response, japan, seed = point
    held = compose([f"scenario={settings()['roles_of']}"]).values["state"]
    importers = [name for name, state in held.items() if "importer" in state.get("role", {})]
    told = (f"chain.rules={fit.plan()['rules']}", *fit.words(importers, response, japan))
    period = fit.plan()["period"]
    return cells({period: [_run((period, seed, told))]}, period, fit.plan()["instrument"])


def cells(found: Mapping[str, Sequence[Adopted]], period: str, only: str = "") -> pd.DataFrame:
    """Chance and record of every series and year of a period. only: one instrument, else all"""
    first, last = (int(year) for year in period.split("-"))
    rows = []
    for one in record():
        if only and one.instrument != only:
            continue
        for year in range(first, last + 1):
            key = one.instrument, one.name, year
            chance = float(np.mean([key in adopted for adopted in found[period]]))
            rows.append((one.instrument, one.name, year, chance, float(year in one.years)))
    return pd.DataFrame(rows, columns=["instrument", "series", "year", "chance", "record"])


def base_rates(before: pd.DataFrame) -> dict[str, float]:
    """Share of cells of every instrument that the record had until then."""
    return {str(name): float(rate) for name, rate in before.groupby("instrument")["record"].mean().items()}


def score(table: pd.DataFrame, rates: Mapping[str, float], draws: np.random.Generator) -> Score:
    """Score chances against the record. rates: base rate by instrument"""
    chance, had = table["chance"].to_numpy(), table["record"].to_numpy()
    others = {
        "never": np.zeros_like(had), "always": np.ones_like(had),
        "base rate": table["instrument"].map(rates).to_numpy(dtype=float),
    }  # fmt: skip
    wrong = {name: (guess - had) ** 2 for name, guess in others.items()}
    group = table.groupby(["instrument", "series"], sort=False).ngroup().to_numpy()
    members = [np.flatnonzero(group == g) for g in range(group.max() + 1)]
    picks = [draws.integers(len(members), size=len(members)) for _ in range(settings()["resamples"])]
    drawn = [np.concatenate([members[g] for g in pick]) for pick in picks]

    def skill(at: np.ndarray) -> float:
        best = min(float(one[at].mean()) for one in wrong.values())
        mine = float(((chance - had)[at] ** 2).mean())
        return 1.0 - mine / best if best > 0 else (0.0 if mine == 0 else -np.inf)

    def peirce(at: np.ndarray) -> float:
        yes, true = chance[at] >= HALF, had[at] > 0
        if true.all() or not true.any():
            return float("nan")
        return float(yes[true].mean() - yes[~true].mean())

    every = np.arange(had.size)
    yes = chance >= HALF
    return Score(
        had.size, int(had.sum()), float(((chance - had) ** 2).mean()),
        {name: float(one.mean()) for name, one in wrong.items()},
        int((yes & (had > 0)).sum()), int((yes & (had == 0)).sum()),
        _interval(peirce, every, drawn), _interval(skill, every, drawn),
    )  # fmt: skip


def _interval(
    of: Callable[[np.ndarray], float], every: np.ndarray, drawn: Sequence[np.ndarray]
) -> tuple[float, float, float]:
    """A number of all cells, and its interval over resampled series."""
    tail = (1.0 - settings()["level"]) / 2
    values = np.array([of(at) for at in drawn])
    values = np.where(np.isfinite(values), values, np.nan)
    if np.isnan(values).all():
        return of(every), float("nan"), float("nan")
    low, high = np.nanquantile(values, [tail, 1.0 - tail])
    return of(every), float(low), float(high)


def rule_sets() -> dict[str, tuple[str, ...]]:
    """The sets of rules that are scored, the one known by 2014 first, and the settings of each."""
    return {fit.plan()["rules"]: (f"chain.rules={fit.plan()['rules']}",), "rules": ()}


def page(out: Path, workers: int, seeds: int, reuse: Reuse, tell: Callable[[str], None]) -> str:
    """Replay the futures with both sets of rules and write the page. seeds: how many futures

    The runs of the fit are kept under data/, and made anew with `--all`.
    """
    tried = [] if reuse is Reuse.NOTHING else fit.read(out / fit.DATA)
    if not tried:
        tried = fit.run_grid(_fates, workers, tell)
        fit.write(out / fit.DATA, tried)
    periods = settings()["replays"]
    tasks = [(name, period, seed) for name in rule_sets() for period in periods for seed in range(seeds)]
    found: dict[str, Found] = {name: {period: [] for period in periods} for name in rule_sets()}
    runs = [(period, seed, rule_sets()[name]) for name, period, seed in tasks]
    for done, (at, adopted) in enumerate(map_tasks(_run, runs, workers), 1):
        name, period, _ = tasks[at]
        found[name][period].append(adopted)
        tell(f"{done} of {len(tasks)} replays")
    return "".join(_render(found, seeds, tried))


def _render(found: Mapping[str, Found], seeds: int, tried: fit.Tried) -> Iterator[str]:
    scored = settings()["scored"]
    earlier = next(period for period in settings()["replays"] if period != scored)
    early, today = rule_sets()
    rates = base_rates(cells(found[today], earlier))
    judge = partial(score, rates=rates, draws=np.random.default_rng(0))
    digest = hashlib.sha256((conf_dir() / PATH).read_bytes()).hexdigest()
    late, count = _known_late()
    yield HEAD.format(
        verdict=_verdict(judge(cells(found[early], scored))), scored=scored, late=late, count=count,
        second=_verdict(judge(cells(found[today], scored))), seeds=seeds, digest=digest,
        given=", ".join(f"{who} {when}" for who, dates in settings()["incidents"].items() for when in dates),
        set_hash=fit.set_hash(), registered=fit.plan()["sha256"],
    )  # fmt: skip
    for period in (scored, earlier):
        for name in (early, today):
            yield f"\n## {period}, by {TITLES[name == today]}\n\n{_heads(SCORES)}"
            for instrument in ("", *settings()["instruments"]):
                yield _score_line(instrument or "all", judge(cells(found[name], period, instrument)))
    for name in (early, today):
        yield f"\n## Series by series, {scored}, by {TITLES[name == today]}\n\n{_heads(SERIES)}"
        yield from _series_lines(cells(found[name], scored))
    response, japan = fit.best(tried)
    known = {key: fit.plan()[key] for key in ("period", "futures")}
    yield FIT.format(**known, response=response, japan=japan)
    yield _heads(("response of every importer", "base of Japan", "log-likelihood"))
    yield from (f"| {r:g} | {j:g} | {likely:.2f} |\n" for r, j, likely in tried)
    yield TAIL


def _known_late() -> tuple[int, int]:
    """How many numbers of the rules are dated after 2014, and how many there are."""
    facts = list(read_evidence(evidence_dir()).facts("rules"))
    return sum(int(fact.year) > KNOWN_BY for fact in facts), len(facts)


def _verdict(found: Score) -> str:
    low = found.skill[1]
    against = min(found.others, key=lambda name: found.others[name])
    better = "better" if found.skill[0] > 0 else "no better"
    sure = "" if found.skill[0] <= 0 else (", surely" if low > 0 else ", which may be chance")
    brier = f"Brier {found.brier:.3f} against {found.others[against]:.3f}"
    return (
        f"The rules are {better} than *{against}* ({brier}){sure}: {found.hits} hits of {found.had}, "
        f"{found.alarms} false alarms in {found.cells - found.had}."
    )


def _score_line(name: str, s: Score) -> str:
    told = [f"{s.brier:.3f}", *(f"{s.others[key]:.3f}" for key in ("never", "always", "base rate"))]
    skill, peirce = (_with_band(values) for values in (s.skill, s.peirce))
    hits, alarms = f"{s.hits} of {s.had}", f"{s.alarms} of {s.cells - s.had}"
    return f"| {name} | {' | '.join(told)} | {skill} | {hits} | {alarms} | {peirce} |\n"


def _heads(names: Sequence[str]) -> str:
    return f"| {' | '.join(names)} |\n| --- |{' ---: |' * (len(names) - 1)}\n"


def _with_band(values: tuple[float, float, float]) -> str:
    if not np.isfinite(values[0]):
        return "—"
    told = [f"{v:+.2f}" if np.isfinite(v) else "—" for v in values]
    return f"{told[0]} ({told[1]} to {told[2]})"


def _series_lines(table: pd.DataFrame) -> Iterator[str]:
    """First years, delay and chances of every series that somebody has: misses first."""
    rows = []
    for (instrument, name), one in table.groupby(["instrument", "series"], sort=False):
        had, yes = one[one["record"] > 0]["year"], one[one["chance"] >= HALF]["year"]
        if had.empty and one["chance"].max() < 0.05:
            continue
        first, rule = (str(years.min()) if len(years) else "never" for years in (had, yes))
        delay = f"{yes.min() - had.min():+d}" if len(had) and len(yes) else ""
        alarms = int((one["chance"] >= HALF)[one["record"] == 0].sum())
        missed = int((one["chance"] < HALF)[one["record"] > 0].sum())
        cells_ = instrument, name, first, rule, delay, missed, alarms, f"{one['chance'].mean():.2f}"
        rows.append((-(missed + alarms), f"| {' | '.join(map(str, cells_))} |\n"))
    yield from (line for _, line in sorted(rows, key=lambda row: row[0]))


TITLES = ("what was known in 2014", "the rules of `baseline`")
HEAD = """# What states did, against their rules

**With what could be known in 2014:** {verdict}

**With the rules of `baseline`:** {second}

Given quarrels and prices to a date, which measures do the rules adopt, and when? Replays of 2010 to 2014 and
of {scored}, with every measure of the time taken out and nothing scripted; the year in which the record has
a measure is a cell. {late} of {count} numbers of `rules.csv`, which `baseline` has, are dated after 2014,
among them sums and delays, so that {scored} is in part what they were read from. The set known by 2014 is
`rules_2014.csv` (`chain.rules=rules_2014` for any run): figures of the time, counts drawn towards nought by
half an event (Jeffreys), and two numbers fitted on the record of 2010 to 2014 (below). Its sha256 was
committed before {scored} was scored with it: `{registered}`; it is `{set_hash}` now.
**What this is not:** blind. Series, coding and the kinds of rules were made by people who knew what came
after 2014. Export duties and Chinese output stay as recorded. Written by

    coercivity experiment policy_record --seeds {seeds}

(`--all` repeats the fit). Series, coding, quarrels ({given}) and rules of scoring are
`conf/trial/policy_record.yaml`, committed before a score was computed: sha256 `{digest}`.
"""
FIT = """
## The fit, {period}

Public money for plants, {futures} futures a point; the chance of a cell is drawn towards the base rate as if
by one future more. Likeliest, and of equals the nearest to what stood before: response {response:g}, base of
Japan {japan:g}.

"""
SCORES = (
    "instrument", "rules (Brier)", "never", "always", "base rate to 2014", "skill over the best of them",
    "hits", "false alarms", "Peirce",
)  # fmt: skip
SERIES = (
    "instrument", "by or against", "first in the record", "first by rule", "delay (years)", "missed years",
    "false alarms", "mean chance",
)  # fmt: skip
TAIL = """
*How to read it.* A chance is the share of futures with the measure in a year; half or more is a yes. Skill is
1 less the Brier score over the smallest of the three others'; above nought is better than all of them.
Peirce's score is the rate of hits less that of false alarms. Intervals are 90 %, over series drawn with
replacement. Where a record has no measure at all, *never* is perfect and no rule can be better.
"""
