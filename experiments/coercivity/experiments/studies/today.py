"""Scenarios of instruments of 2025 and 2026: a page with title, sources, purpose, what came out and how firm.

Each is held against the scenario that conf/trial/today.yaml names, in the same futures. What came out is kept
in data/today.csv, so that only what is new needs runs.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from coercivity.experiments.base.paths import conf_dir, evidence_dir
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.ensemble import changes_in
from coercivity.experiments.config.labels import Wording
from coercivity.experiments.config.places import WORLD
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.measures.bands import band
from coercivity.experiments.measures.catalogue import measures, price_series, price_weights
from coercivity.experiments.measures.quantities import shortages
from coercivity.experiments.runs.futures import draw
from coercivity.experiments.runs.gathered import Tables, gather
from coercivity.experiments.studies.trials import Reuse, map_runs

__all__ = ["extract", "page", "settings"]

DATA = "data/today.csv"
ALLIES = ("US", "EU", "JP", "KR", "AU")
OUTCOMES: Mapping[str, tuple[str, str, float]] = {  # indicator, place, factor
    "Dy oxide outside, mean (USD/kg)": ("price of Dy oxide, mean", "OUTSIDE", 1.0),
    "Nd oxide outside, mean (USD/kg)": ("price of Nd oxide, mean", "OUTSIDE", 1.0),
    "shortage of magnets, Europe, worst step (%)": ("shortage of magnets, worst step", "EU", 100.0),
    "shortage of magnets, Japan, worst step (%)": ("shortage of magnets, worst step", "JP", 100.0),
    "shortage of magnets, United States, worst step (%)": ("shortage of magnets, worst step", "US", 100.0),
    "shortage of magnets, world, mean (%)": ("shortage of magnets, mean", WORLD, 100.0),
    "China's share of separation, last year (%)": ("share of separation, last year", "CN", 100.0),
    "China's share of magnets, last year (%)": ("share of magnets, last year", "CN", 100.0),
    "welfare change of China (million USD)": ("welfare change", "CN", 1.0),
    "welfare change of Europe (million USD)": ("welfare change", "EU", 1.0),
    "welfare change of Japan (million USD)": ("welfare change", "JP", 1.0),
    "welfare change of the United States (million USD)": ("welfare change", "US", 1.0),
}
COST = "public cost of allies (million USD)"
SHORT, PRICE = "Europe short", "Dy outside"  # by year
Known = dict[tuple[str, int], dict[str, float]]  # by scenario and future


@cache
def settings() -> Mapping[str, Any]:
    """Scenarios, what each is held against, and the clock, as conf/trial/today.yaml has them."""
    found = read_yaml(conf_dir() / "trial" / "today.yaml")
    assert isinstance(found, dict)
    return found


def page(out: Path, workers: int, seeds: int, reuse: Reuse, tell: Callable[[str], None]) -> str:
    """Run what is not known yet in `seeds` futures, keep it under data/, and write the page."""
    known = {} if reuse is Reuse.NOTHING else _read(out / DATA)
    names = sorted({*settings()["scenarios"], *settings()["scenarios"].values()})
    every = {name: compose([f"scenario={name}", *settings()["settings"]]) for name in names}
    missing = [(name, k) for name in names for k in range(seeds) if (name, k) not in known]
    missing = [] if reuse is Reuse.ONLY else missing
    wanted = {f"{name} {k}": [f"scenario={name}", *settings()["settings"]] for name, k in missing}
    futures, ensemble = draw("default", range(seeds), every, evidence_dir())
    changes = {f"{name} {k}": changes_in(every[name], ensemble, futures.drawn[k]) for name, k in missing}
    for done, (run, outcome) in enumerate(map_runs(wanted, extract, workers, changes), 1):
        name, k = run.split()
        known[name, int(k)] = outcome
        _write(out / DATA, known)
        tell(f"{done} of {len(wanted)}: {run}")
    return "".join(_render(known))


def extract(tables: Tables) -> dict[str, float]:
    """The outcomes of a run, and two of them year by year."""
    weights = price_weights(tables)
    found = {(m.indicator, m.jurisdiction): m.value for m in measures(tables, 0.25, weights, Wording())}
    row = {name: found[what, place] * by for name, (what, place, by) in OUTCOMES.items()}
    row[COST] = sum(found.get(("fiscal cost", place), 0.0) for place in ALLIES)
    prices = price_series(tables, "oxide:Dy", weights)["outside"]
    for year, value in prices.groupby(prices.index.astype(str).str[:4]).mean().items():
        row[f"{PRICE} {year}"] = float(value)
    unit = next(iter(tables["uses"]["unit"].astype(str)))
    short = shortages(gather(tables)).loc[unit, "EU"].droplevel(0)
    for year, value in short.groupby(short.index.astype(str).str[:4]).mean().items():
        row[f"{SHORT} {year}"] = 100.0 * float(value)
    return row


def _read(path: Path) -> Known:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row.pop("scenario"), int(row.pop("future"))): {name: float(v) for name, v in row.items()}
            for row in csv.DictReader(file)
        }


def _write(path: Path, known: Known) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        columns = dict.fromkeys(column for row in known.values() for column in row)
        writer = csv.DictWriter(file, ("scenario", "future", *columns), lineterminator="\n")
        writer.writeheader()
        for (name, k), row in sorted(known.items()):
            told = {column: f"{value:.6g}" for column, value in row.items()}
            writer.writerow({"scenario": name, "future": k, **told})


def _render(known: Known) -> Iterator[str]:
    futures = sorted({k for _, k in known})
    firm = {name: [*_firm(known, name, futures)] for name in settings()["scenarios"]}
    lines = "\n".join(
        f"- [`{name}`](#{name}) against `{base}`: " + ("; ".join(firm[name]) or "nothing firm") + "."
        for name, base in settings()["scenarios"].items()
    )
    yield HEAD.format(futures=len(futures), settings=" ".join(settings()["settings"]), lines=lines)
    for name, base in settings()["scenarios"].items():
        yield from _section(known, name, base, futures)


def _firm(known: Known, name: str, futures: Sequence[int]) -> Iterator[str]:
    base = settings()["scenarios"][name]
    for outcome in (*OUTCOMES, COST):
        changes = [known[name, k][outcome] - known[base, k][outcome] for k in futures]
        if _is_firm(changes):
            what, _, unit = outcome.rpartition(" (")
            unit = "points" if unit == "%)" else unit.removesuffix(")")
            yield f"{what} {_with_sign(changes).strip('*')} {unit}"


def _section(known: Known, name: str, base: str, futures: Sequence[int]) -> Iterator[str]:
    about = read_yaml(conf_dir() / "scenario" / f"{name}.yaml")["about"]
    yield f"\n## {name}\n\n**{about['title']}.** {about['purpose'].strip()}\n\n"
    yield f"*Sources.* {about['source'].strip()}.\n\n*What came out*, against `{base}`:\n\n"
    yield f"| outcome | `{base}` | `{name}` | difference | same |\n| --- |{' ---: |' * 4}\n"
    for outcome in (*OUTCOMES, COST):
        mine, held = ([known[which, k][outcome] for k in futures] for which in (name, base))
        changes = [a - b for a, b in zip(mine, held, strict=True)]
        ups = sum(c > 0 for c in changes)
        same = max(ups, sum(c < 0 for c in changes))
        told = _with_sign(changes)
        yield f"| {outcome} | {_say_band(held)} | {_say_band(mine)} | {told} | {same}/{len(changes)} |\n"
    years = sorted({column[-4:] for column in known[name, futures[0]] if column.startswith(PRICE)})
    yield f"\nIn time, `{name}` and then `{base}`:\n\n| year | Europe's shortage of magnets (%) | | "
    yield "Dy oxide outside (USD/kg) | |\n| --- |" + " ---: |" * 4 + "\n"
    for year in years:
        cells = [
            _say_band([known[which, k][f"{what} {year}"] for k in futures])
            for what in (SHORT, PRICE)
            for which in (name, base)
        ]
        yield f"| {year} | {' | '.join(cells)} |\n"
    if reason := settings()["reasons"].get(name):
        yield f"\n*Why, in tonnes.* {reason.strip()}\n"
    told = "; ".join(_firm(known, name, futures))
    yield f"\n*How firm.* Beyond the band of futures: {told or 'nothing'}. {LIMITS}\n"


def _is_firm(changes: Sequence[float]) -> bool:
    found = band(changes)
    return found.low > 1e-3 or found.high < -1e-3


def _say_band(values: Sequence[float]) -> str:
    found = band(values)
    told = [f"{v:,.0f}" if abs(v) >= 100 else f"{v:.3g}" for v in (found.median, found.low, found.high)]
    return f"{told[0]} ({told[1]} to {told[2]})"


def _with_sign(values: Sequence[float]) -> str:
    found = band(values)
    told = f"{_sign(found.median)} ({_sign(found.low)} to {_sign(found.high)})"
    return f"**{told}**" if _is_firm(values) else told


def _sign(value: float) -> str:
    return f"{value:+,.0f}" if abs(value) >= 100 else f"{value:+.2g}"


LIMITS = (
    "Terms without a published figure are estimates, as the sources say; repeat with `market.backstop=0.5` "
    "and `market.elasticity=0.5` before quoting a price."
)
HEAD = """# Scenarios of today

Instruments of 2025 and 2026, without outcomes: what each comes to by 2034 against the scenario that it is to
be compared with, in the same {futures} futures that `coercivity compare` draws: medians and the band that
holds eight futures in ten, by quarter, `{settings}`; differences future by future, in bold where the band has
one sign, and in how many futures it has that sign. Made by

    coercivity experiment today --seeds {futures}

What moves beyond the band:

{lines}

`coercivity compare restrictions_2025 vault` gives the report of any of them, with figures in time.
"""
