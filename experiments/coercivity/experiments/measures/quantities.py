"""What a measure is, and the quantities that several measures are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import pandas as pd

from coercivity.experiments.config.places import WORLD

Tables = Mapping[str, pd.DataFrame]
Weights = Mapping[str, "pd.Series[Any]"]
YEARS = {"month": 1 / 12, "quarter": 1 / 4, "year": 1.0}  # length of a step
LARGER = {"kg": ("t", 1e-3), "t": ("kt", 1e-3), "m3": ("million m3", 1e-6)}  # units for totals


@dataclass(frozen=True)
class Measure:
    """One number of one run.

    better: 1 when more of it is better, -1 when less is, 0 when neither
    shown: on screen and in the report's first table
    relative: means something only against another scenario
    under, called: the heading it is listed under and its name there, where they are not its own
    """

    indicator: str
    jurisdiction: str
    unit: str
    value: float
    better: int = 0
    shown: bool = False
    relative: bool = False
    under: str = ""
    called: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it comparable between runs."""
        return self.indicator, self.jurisdiction, self.unit


def shortage_series(uses: pd.DataFrame) -> dict[tuple[str, str], "pd.Series[Any]"]:
    """Share of what is wanted at reference prices and not served, by unit and jurisdiction."""
    wanted = uses.assign(short=uses["shortage"] * uses["wanted"])
    everywhere = wanted.assign(jurisdiction=WORLD)
    keys = ["unit", "jurisdiction", "date"]
    sums = pd.concat([wanted, everywhere]).groupby(keys)[["short", "wanted"]].sum()
    share = (sums["short"] / sums["wanted"].where(sums["wanted"] > 0)).fillna(0.0)
    found: dict[tuple[str, str], pd.Series[Any]] = {}
    for key, part in share.groupby(level=[0, 1]):
        unit, place = cast(tuple[str, str], key)
        found[unit, place] = part.droplevel([0, 1])
    return found
