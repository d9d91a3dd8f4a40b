"""How far two tables are apart: not at all, by rounding, or changed.

The last digits of a run depend on the processor, since libraries of linear algebra and elementary functions
choose their kernels by it (docs/decisions/0024). A relative difference within a tolerance is rounding;
texts, whole numbers and rows must be equal.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coercivity.experiments.base.tables import TABLES

TOLERANCE = 1e-7
# What counts as little beside the largest number of the same unit: the rest of a subtraction of numbers of
# that size, which rounding alone may change by any factor. Differences of less are held to this size.
LITTLE = 1e-3
RESIDUALS = "certificates"  # its numbers are relative errors, near zero by construction: held to 1
EFFORT = "solves"  # of it: how many programs a proof took, which the last digits of the first decide


@dataclass(frozen=True)
class Difference:
    """The largest relative difference between two tables, where it is, and why they cannot be compared.

    identical: to the last digit · relative: infinite where rows or texts differ · where: in words
    """

    identical: bool
    relative: float = 0.0
    where: str = ""

    def within(self, tolerance: float) -> bool:
        """Whether the tables are the same but for rounding."""
        return self.identical or self.relative <= tolerance


def difference(name: str, old: pd.DataFrame, new: pd.DataFrame) -> Difference:
    """The largest relative difference between two tidy tables of the same name."""
    if list(old.columns) != list(new.columns):
        return Difference(False, float("inf"), "the columns differ")
    keys = [column for column in old.columns if old[column].dtype.kind not in "f"]
    if name in TABLES:
        keys = list(TABLES[name].keys)
    old, new = _match_rows(old, new, keys)
    if len(old) != len(new):
        return Difference(False, float("inf"), f"{len(old):,} rows recorded, {len(new):,} found")
    worst = Difference(True)
    for column, (relative, at) in _columns(name, old, new):
        if relative > worst.relative:
            row = ", ".join(str(old[key].iat[at]) for key in keys)
            worst = Difference(False, relative, f"{column} at {row}")
    return worst


def _match_rows(old: pd.DataFrame, new: pd.DataFrame, keys: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two tables with the same rows in the same order.

    A row that one lacks is zero there, since tables leave out what is nothing: an account that rounding
    alone keeps from zero has a row on one processor and none on another.
    """
    sides = [one.sort_values(keys, kind="stable", ignore_index=True) for one in (old, new)]
    if any(one.duplicated(keys).any() for one in sides) or all(c in keys for c in old.columns):
        return sides[0], sides[1]
    places = [pd.MultiIndex.from_frame(one[keys]) for one in sides]
    every = places[0].union(places[1])
    found = []
    for side, place, other in zip(sides, places, reversed(sides), strict=True):
        indexed = [one.set_index(keys).reindex(every) for one in (side, other)]
        here = pd.Series(every.isin(place), index=every)
        rest = {c: indexed[0][c].where(here, _absent(indexed[1][c])) for c in indexed[0].columns}
        found.append(pd.DataFrame(rest, index=every).reset_index()[list(side.columns)])
    return found[0], found[1]


def _absent(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """What stands for a row that is not there: zero, and the other side's texts."""
    return column * 0.0 if column.dtype.kind in "fiu" else column


def _columns(name: str, old: pd.DataFrame, new: pd.DataFrame) -> Iterator[tuple[str, tuple[float, int]]]:
    """Every column in which two tables differ, with the largest difference and its row."""
    for column in old.columns:
        a, b = old[column], new[column]
        if a.dtype.kind == "f" and b.dtype.kind in "fiu":
            far = _relative(a.to_numpy(float), b.to_numpy(float), _scale(name, old, column))
        else:
            apart = np.finfo(float).tiny if (name, column) == (RESIDUALS, EFFORT) else np.inf
            far = np.where(a.astype(str).to_numpy() == b.astype(str).to_numpy(), 0.0, apart)
        if len(far) and far.max() > 0:
            yield str(column), (float(far.max()), int(far.argmax()))


def _scale(name: str, table: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """The size below which a number of a column is nothing, row by row."""
    if name == RESIDUALS:
        return np.ones(len(table))
    size: pd.Series[Any] = table[column].abs().replace(np.inf, np.nan)
    largest = size.groupby(table["unit"]).transform("max") if "unit" in table else size.max()
    sizes: NDArray[np.float64] = np.broadcast_to(np.asarray(largest, dtype=np.float64), len(table))
    return LITTLE * np.where(np.isnan(sizes), 0.0, sizes)


def _relative(
    a: NDArray[np.float64], b: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore", divide="ignore"):
        far = np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), scale)
    far = np.where(np.isfinite(a) & np.isfinite(b), far, np.inf)
    found: NDArray[np.float64] = np.where(same, 0.0, np.maximum(far, np.finfo(float).tiny))
    return found
