"""Does looking ahead pay? China by `optimising`, `rule` and `scripted`, by its own objective."""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.runs.gathered import Tables
from coercivity.experiments.studies.trials import Reuse, map_runs

STRATEGIES = ("scripted", "rule", "optimising")
DATA = "data/strategies.csv"
COLUMNS = ("scenario", "seed", "strategy", "objective", "solves", "imagined", "choices")


@cache
def settings() -> Mapping[str, Any]:
    """Scenarios, settings and discount, as conf/trial/strategies.yaml has them."""
    found = read_yaml(conf_dir() / "trial" / "strategies.yaml")
    assert isinstance(found, dict)
    return found


def page(out: Path, workers: int, seeds: int, reuse: Reuse, tell: Callable[[str], None]) -> str:
    """Run what is not known yet, keep it under data/, and write the page from all of it."""
    known = {} if reuse is Reuse.NOTHING else _read(out / DATA)
    wanted = {
        f"{scenario}|{seed}|{strategy}": _words(scenario, seed, strategy)
        for seed in range(seeds)
        for scenario in settings()["scenarios"]
        for strategy in STRATEGIES
        if (scenario, str(seed), strategy) not in known
    }
    wanted = {} if reuse is Reuse.ONLY else wanted
    for done, (name, found) in enumerate(map_runs(wanted, extract, workers), 1):
        scenario, seed, strategy = name.split("|")
        known[scenario, seed, strategy] = found
        _write(out / DATA, known)
        tell(f"{done} of {len(wanted)}: {name} {float(found['objective']):,.0f} million USD")
    return _page(known)


def _words(scenario: str, seed: int, strategy: str) -> Sequence[str]:
    looking = settings()["looking"] if strategy == "optimising" else ()
    who = (f"scenario={scenario}", f"seed={seed}", f"state.china.strategy={strategy}")
    return (*who, *settings()["settings"], *looking)


def extract(tables: Tables) -> dict[str, str]:
    """China's objective over a run, discounted, million USD; programs solved; options chosen."""
    rows = tables["objectives"].query("state == 'CN'")
    yearly = (rows["usd"] * rows["weight"]).groupby(rows["step"]).sum()
    worth = float((yearly * (1.0 + settings()["discount"]) ** -(yearly.index + 0.5)).sum()) / 1e6
    certificates, events = tables["certificates"], tables["events"]
    chosen: Iterable[str] = events[events["kind"] == "option chosen"]["target"] if len(events) else ()
    return {
        "objective": f"{worth:.3f}",
        "solves": str(int(certificates["solves"].sum())),
        "imagined": str(int(certificates["imagined"].sum())),
        "choices": " ".join(chosen),
    }


Known = dict[tuple[str, str, str], dict[str, str]]


def _read(path: Path) -> Known:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row.pop("scenario"), row.pop("seed"), row.pop("strategy")): row for row in csv.DictReader(file)
        }


def _write(path: Path, known: Known) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for (scenario, seed, strategy), row in sorted(known.items(), key=lambda pair: _order(pair[0])):
            writer.writerow({"scenario": scenario, "seed": seed, "strategy": strategy, **row})


def _order(key: tuple[str, str, str]) -> tuple[int, int, int]:
    return settings()["scenarios"].index(key[0]), int(key[1]), STRATEGIES.index(key[2])


def gains(known: Known, scenario: str) -> tuple["np.ndarray", "np.ndarray"]:
    """Of every seed with all three: optimising less the better of the others, and that better one."""
    seeds = [s for n, s, k in known if n == scenario and k == "optimising"]
    pairs = []
    for seed in seeds:
        others = [known.get((scenario, seed, kind)) for kind in ("scripted", "rule")]
        if all(others):
            best = max(float(other["objective"]) for other in others if other)
            pairs.append((float(known[scenario, seed, "optimising"]["objective"]) - best, best))
    table = np.array(pairs).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _page(known: Known) -> str:
    rows, lost = [], []
    count = 0
    for scenario in settings()["scenarios"]:
        gain, best = gains(known, scenario)
        if not gain.size:
            continue
        count = max(count, gain.size)
        at_least = int((gain >= -1e-6 * np.abs(best)).sum())
        spread = _half_width(gain)
        rows.append(
            f"| `{scenario}` | {best.mean():,.0f} | {best.mean() + gain.mean():,.0f} | {gain.mean():+,.0f} "
            f"± {spread:,.0f} | {at_least} of {gain.size} | {_favourites(known, scenario)} |"
        )
        if gain.mean() < 0:
            lost.append((scenario, float(gain.mean() / abs(best.mean()))))
    told = (
        "It does worse in " + " and ".join(f"`{name}` ({share:+.1%})" for name, share in lost) + ". " + WHY
        if lost
        else "It does at least as well in all of them."
    )
    table = "\n".join(rows)
    return TEXT.format(
        count=count, won=len(rows) - len(lost), tried=len(rows), table=table, told=told, cost=_cost(known),
        settings=" ".join(settings()["settings"]),
    )  # fmt: skip


def _half_width(values: np.ndarray) -> float:
    """Half of the 95 % interval of a mean, by Student's t; none from one value."""
    from scipy.stats import t

    if values.size < 2:
        return float("nan")
    return float(t.ppf(0.975, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size))


def _favourites(known: Known, scenario: str) -> str:
    chosen: dict[str, int] = {}
    for (name, _, kind), row in known.items():
        if name == scenario and kind == "optimising":
            for option in row["choices"].split():
                chosen[option] = chosen.get(option, 0) + 1
    total = sum(chosen.values())
    parts = sorted(chosen.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{option} {100 * n / total:.0f} %" for option, n in parts)


def _cost(known: Mapping[tuple[str, str, str], Mapping[str, str]]) -> str:
    steps = [int(row["imagined"]) for (_, _, kind), row in known.items() if kind == "optimising"]
    return f"{np.mean(steps):.0f}" if steps else "no"


WHY = (
    "The look-ahead is by years, four of them, with others' answers left out and luck drawn anew: where "
    "options are worth nearly the same, it errs, and changing its mind has a cost it does not foresee."
)
TEXT = """# Looking ahead against rule and script

Does a China that chooses (`strategy=optimising`: D.5, its levers as set or one of the options of
`conf/state/china.yaml`) do at least as well by its own objective (O.3, discounted, million
USD) as one that follows its rule or its script? Made by

    coercivity experiment strategies --seeds {count}

under the same {count} futures for all three; `{settings}`,
thinking again every second year.

| scenario | better of rule, script | optimising | difference, mean ± 95 % | no worse in | what it chose |
| --- | ---: | ---: | ---: | ---: | --- |
{table}

On average it does at least as well in {won} of {tried} scenarios. {told}

It imagined {cost} steps a run on top of the ten it lived. In a quarterly run with the default of one look
a year, that is four imagined years an option each year, against four quarters lived.

Read the choices with care: they follow the weights of `objective.csv`, which are estimates, and a menu of
five. That flooding pays in the model is due to what it counts: cheap inputs for users at home, leverage
kept, rivals discouraged; it leaves out what miners at home lose beyond their profits.
"""
