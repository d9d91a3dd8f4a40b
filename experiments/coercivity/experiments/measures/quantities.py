"""What a measure is, and the quantities that several measures are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import pandas as pd

from coercivity.experiments.base.tables import FUTURE
from coercivity.experiments.config.places import WORLD
from coercivity.experiments.runs.gathered import GatheredTables

Weights: TypeAlias = "pd.Series[Any]"  # tonnes by future, material and jurisdiction
YEARS = {"month": 1 / 12, "quarter": 1 / 4, "year": 1.0}  # length of a step
LARGER = {"kg": ("t", 1e-3), "t": ("kt", 1e-3), "m3": ("million m3", 1e-6)}  # units for totals


@dataclass(frozen=True)
class Measure:
    """One number of a run, or of each of several futures by their numbers.

    better: 1 when more of it is better, -1 when less is, 0 when neither
    shown: on screen and in the report's first table
    relative: means something only against another scenario
    under, called: the heading it is listed under and its name there, where they are not its own
    """

    indicator: str
    jurisdiction: str
    unit: str
    values: Mapping[int, float]
    better: int = 0
    shown: bool = False
    relative: bool = False
    under: str = ""
    called: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it comparable between runs."""
        return self.indicator, self.jurisdiction, self.unit

    @property
    def value(self) -> float:
        """The number of the first future that has one."""
        return next(iter(self.values.values()))


def by_future(series: "pd.Series[Any]", scale: float = 1.0) -> dict[int, float]:
    """A series over futures as plain numbers."""
    return {cast(int, future): float(value) * scale for future, value in series.items()}


def uses_of(series: "pd.Series[Any]") -> dict[tuple[str, str], None]:
    """Unit or pollutant, and the second name, that begin the keys of a series; each once, in its order."""
    return dict.fromkeys((str(key[0]), str(key[1])) for key in series.index)


def shortages(tables: GatheredTables) -> "pd.Series[Any]":
    """Share of what is wanted at reference prices and not served, by unit, jurisdiction, future and date."""
    return tables.derive("shortages", lambda mine: _shortages(mine["uses"]))


def _shortages(uses: pd.DataFrame) -> "pd.Series[Any]":
    keys = ["unit", "jurisdiction", FUTURE, "date"]
    parts = uses[[*keys, "wanted"]].assign(short=uses["shortage"] * uses["wanted"])
    sums = parts.groupby(keys, observed=True)[["short", "wanted"]].sum().reset_index()
    sums["jurisdiction"] = sums["jurisdiction"].astype(object)
    world = sums.groupby(["unit", FUTURE, "date"], observed=True)[["short", "wanted"]].sum().reset_index()
    every = pd.concat([sums, world.assign(jurisdiction=WORLD)]).set_index(keys).sort_index()
    return (every["short"] / every["wanted"].where(every["wanted"] > 0)).fillna(0.0)
