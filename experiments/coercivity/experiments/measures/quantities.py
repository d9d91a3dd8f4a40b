"""What a measure is, and the quantities that several measures are made of."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import pandas as pd

from coercivity.experiments.config.places import WORLD

Tables = Mapping[str, pd.DataFrame]
Weights = Mapping[str, "pd.Series[Any]"]
YEARS = {"month": 1 / 12, "quarter": 1 / 4, "year": 1.0}  # length of a step
Found = TypeVar("Found")
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


class StudiedTables(Mapping[str, pd.DataFrame]):
    """The tables of a run, with what several measures and figures derive from them kept."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._kept: dict[Hashable, Any] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def keep(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What `make` gives, made once for a key."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]


def study(tables: Tables) -> StudiedTables:
    """The tables of a run, as ones that keep what is derived from them."""
    return tables if isinstance(tables, StudiedTables) else StudiedTables(tables)


def derive(tables: Tables, key: Hashable, make: Callable[[], Found]) -> Found:
    """What `make` derives from some tables, kept with them where they can keep it."""
    return cast(Found, tables.keep(key, make)) if isinstance(tables, StudiedTables) else make()


def shortages_of(tables: Tables) -> "dict[tuple[str, str], pd.Series[Any]]":
    """Share of what is wanted at reference prices and not served, by unit and jurisdiction, by date."""
    return derive(tables, "shortages", lambda: _by_use(shortage_table(tables)))


def shortage_table(tables: Tables) -> "pd.Series[Any]":
    """The same as one series by unit, jurisdiction and date."""
    return derive(tables, "shortage table", lambda: _shortages(tables["uses"]))


def _shortages(uses: pd.DataFrame) -> "pd.Series[Any]":
    keys = ["unit", "jurisdiction", "date"]
    wanted = uses[[*keys, "wanted"]].assign(short=uses["shortage"] * uses["wanted"])
    everywhere = wanted.assign(jurisdiction=WORLD)
    sums = pd.concat([wanted, everywhere]).groupby(keys)[["short", "wanted"]].sum()
    return (sums["short"] / sums["wanted"].where(sums["wanted"] > 0)).fillna(0.0)


def _by_use(share: "pd.Series[Any]") -> "dict[tuple[str, str], pd.Series[Any]]":
    found: dict[tuple[str, str], pd.Series[Any]] = {}
    for key, part in share.groupby(level=[0, 1]):
        unit, place = cast(tuple[str, str], key)
        found[unit, place] = part.droplevel([0, 1])
    return found
