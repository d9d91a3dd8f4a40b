"""The tables of several futures one below the other, so that they are read and added up together."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

import pandas as pd
import pyarrow as pa

from coercivity.experiments.base.tables import FUTURE, TABLES
from coercivity.experiments.runs.store import StoredTables

Tables = Mapping[str, pd.DataFrame]
NUMBERS = {FUTURE, "step", *(name for spec in TABLES.values() for name in spec.values if name != "unit")}
Found = TypeVar("Found")


class GatheredTables(Mapping[str, pd.DataFrame]):
    """The tables of a scenario's runs, one a future: each row has the number of its future.

    Texts are categories in alphabetical order. A table is read once, and what is derived of it is kept.
    """

    def __init__(self, runs: Sequence[Tables]) -> None:
        self.runs = tuple(runs)
        self._tables: dict[str, pd.DataFrame] = {}
        self._derived: dict[Hashable, Any] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._tables:
            self._tables[name] = _gather(self.runs, name)
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.runs[0])

    def __len__(self) -> int:
        return len(self.runs[0])

    @property
    def futures(self) -> range:
        """The numbers of the futures."""
        return range(len(self.runs))

    def derive(self, key: Hashable, make: "Callable[[GatheredTables], Found]") -> Found:
        """What `make` gives of these tables, made once for a key."""
        if key not in self._derived:
            self._derived[key] = make(self)
        return cast(Found, self._derived[key])


def gather(tables: "Tables | Sequence[Tables]") -> GatheredTables:
    """The tables of one run, or of several, as gathered ones."""
    if isinstance(tables, GatheredTables):
        return tables
    return GatheredTables([tables] if isinstance(tables, Mapping) else tables)


def _gather(runs: Sequence[Tables], name: str) -> pd.DataFrame:
    stored = [run for run in runs if isinstance(run, StoredTables)]
    if len(stored) == len(runs) > 1:
        return _settle(_concatenate([run.arrow(name) for run in stored]))
    frames = [run[name].assign(**{FUTURE: number}) for number, run in enumerate(runs)]
    return _settle(pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0])


def _concatenate(parts: Sequence[pa.Table]) -> pd.DataFrame:
    numbered = [
        part.append_column(FUTURE, pa.array([number] * part.num_rows, pa.int64()))
        for number, part in enumerate(parts)
    ]
    together = pa.concat_tables(numbered, promote_options="permissive").unify_dictionaries()
    frame: pd.DataFrame = together.to_pandas(use_threads=False, ignore_metadata=True)
    return frame


def _settle(frame: pd.DataFrame) -> pd.DataFrame:
    """Texts as categories in alphabetical order, so that groups come in it; numbers as numbers."""
    return frame.assign(**{str(name): _settle_column(str(name), column) for name, column in frame.items()})


def _settle_column(name: str, column: "pd.Series[Any]") -> "pd.Series[Any]":
    if name in NUMBERS:
        return column if pd.api.types.is_numeric_dtype(column) else column.astype(float)
    return _categories(column)


def _categories(column: "pd.Series[Any]") -> "pd.Series[Any]":
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column.astype("category")
    return column.cat.set_categories(sorted(column.cat.categories))
