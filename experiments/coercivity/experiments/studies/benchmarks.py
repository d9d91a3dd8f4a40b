"""Published results on the same questions beside the model's: signs, sizes, and why they differ."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.runs.gathered import Tables
from coercivity.experiments.studies.trials import Reuse, map_runs

LIGHT, BESIDE = ("La", "Ce", "Nd", "Pr"), ("Tb", "Gd", "Y")
HEAVY = ("Tb", "Dy")
LEADING = ("Sm", "Tb", "Dy")
SHOWN = ("La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Y")
HOME, BUYER = "CN", "JP"


@dataclass(frozen=True)
class Yearly:
    """What benchmarks ask of a run, by year: prices by place and element, mining abroad, magnets short."""

    price: pd.DataFrame
    mined_abroad: Mapping[int, float]
    short_abroad: Mapping[int, float]

    def logs(self, place: str, elements: Sequence[str], years: Sequence[int]) -> dict[str, float]:
        """Logs of mean prices over years, by element."""
        rows = self.price.loc[list(years)]
        return {e: float(np.log(rows[place, f"oxide:{e}"].mean())) for e in elements}


Judge = Callable[[Mapping[str, Yearly]], float]


def extract(tables: Tables) -> Yearly:
    """A run cut down to years."""
    prices = tables["prices"].assign(year=lambda t: t["date"].str[:4].astype(int))
    oxide = prices[prices["material"].str.startswith("oxide:")]
    table = oxide.pivot_table(
        index="year", columns=["jurisdiction", "material"], values="price", observed=True
    )
    activity = tables["activity"].assign(year=lambda t: t["date"].str[:4].astype(int))
    mines = activity[(activity["stage"] == "mining") & (activity["jurisdiction"] != HOME)]
    uses = tables["uses"].assign(year=lambda t: t["date"].str[:4].astype(int))
    magnets = uses[uses["unit"].str.contains("magnet") & (uses["jurisdiction"] != HOME)]
    short = (magnets["shortage"] * magnets["wanted"]).groupby(magnets["year"]).sum()
    return Yearly(table, _by_year(mines.groupby("year")["tonnes"].sum()), _by_year(short))


def _by_year(series: "pd.Series[Any]") -> dict[int, float]:
    return {int(str(year)): float(value) for year, value in series.items()}


def _rise(
    runs: Mapping[str, Yearly],
    names: tuple[str, str],
    place: str,
    elements: Sequence[str],
    years: Sequence[int],
) -> list[float]:
    """Log prices of one run less those of another, by element."""
    more, less = (runs[name].logs(place, elements, years) for name in names)
    return [more[e] - less[e] for e in elements]


def _percent(rises: Sequence[float]) -> float:
    return float(100.0 * np.expm1(np.mean(rises)))


def _supply(runs: Mapping[str, Yearly]) -> float:
    after = 2027
    more, less = (runs[name].mined_abroad[after] for name in ("demand", "frozen"))
    return float(
        np.log(more / less) / np.mean(_rise(runs, ("demand", "frozen"), BUYER, ("Nd", "Pr"), (2025, 2026)))
    )


def _convexity(runs: Mapping[str, Yearly]) -> float:
    base = runs["frozen"].short_abroad
    ban, partial = (
        max(short - base[year] for year, short in runs[name].short_abroad.items())
        for name in ("ban", "licences")
    )
    return float(ban / max(partial, 1e-9))


def _order(runs: Mapping[str, Yearly]) -> float:
    rises = dict(zip(SHOWN, _rise(runs, ("ban", "frozen"), BUYER, SHOWN, (2026,)), strict=True))
    first = sorted(rises, key=lambda e: -rises[e])[: len(LEADING)]
    return float(len(set(first) & set(LEADING)))


JUDGES: Mapping[str, Judge] = {
    "light_restricted": lambda runs: _percent(_rise(runs, ("quotas", "no quotas"), BUYER, LIGHT, (2014,))),
    "heavy_restricted": lambda runs: _percent(_rise(runs, ("quotas", "no quotas"), BUYER, HEAVY, (2014,))),
    "purchases": lambda runs: float(
        100.0 * np.expm1(np.median(_rise(runs, ("purchases", "frozen"), HOME, BESIDE, (2026, 2027, 2028))))
    ),
    "supply_two_years": _supply,
    "convexity": _convexity,
    "order": _order,
}


def page(out: Path, workers: int, seeds: int, reuse: Reuse, tell: Callable[[str], None]) -> str:
    """Make every run and write the page."""
    del out, seeds, reuse  # no figures, one future, every run made anew
    told = read_yaml(conf_dir() / "trial" / "benchmarks.yaml")
    runs: dict[str, Yearly] = {}
    for name, found in map_runs(told["runs"], extract, workers):
        runs[name] = found
        tell(f"{len(runs)} of {len(told['runs'])}: {name}")
    rows = [_row(known, JUDGES[name](runs)) for name, known in told["benchmarks"].items()]
    rows.sort(key=lambda row: row[0])
    within = sum(row[0] for row in rows)
    table = "\n".join(row[1] for row in rows)
    why = "\n".join(
        f"- *{known['question']}.* {known['why'].strip()}" for known in told["benchmarks"].values()
    )
    made = "\n".join(
        f"| {name} | `coercivity run {' '.join(words)}` |" for name, words in told["runs"].items()
    )
    return TEXT.format(within=within, count=len(rows), table=table, why=why, runs=made)


def _row(known: Mapping[str, Any], value: float) -> tuple[bool, str]:
    """Whether a value lies in the published range, and its row."""
    within = bool(known["low"] <= value <= known["high"])
    word = "within" if within else "**outside**"
    ours = f"{value:.3g} {known['unit']}"
    return within, f"| {known['question']} | {known['published']} | {ours} | {word} | {known['source']} |"


TEXT = """# Benchmarks: what others found

Published results on the same questions beside the model's own: {within} of {count} lie in the published
range, the others first. Nothing is fitted to them. One future, nothing drawn, so these are single numbers
without a band. Written by

    coercivity experiment benchmarks

| question | published | model | | source |
| --- | --- | ---: | --- | --- |
{table}

## Why they differ

{why}

Not reproduced: losses of gross domestic product (Daiwa 2025, ECB 2026), which need an economy around the
market; directed innovation (Alfaro and others 2025), since recipes here are known beforehand; capital costs
half as high again outside the dominant producer (IEA 2025), which is an input of plants.

## Runs

| run | is |
| --- | --- |
{runs}
"""
