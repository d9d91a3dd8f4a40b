"""The record of what is forecast, as logs of levels over those of a base year, and what naive rivals know."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from coercivity.experiments.validation.history_targets import targets
from coercivity.model.inputs.account_rows import ACCOUNT
from coercivity.model.inputs.evidence import Evidence

__all__ = ["changes", "floor_of", "fob_path", "magnet_path", "recorded_levels"]

Array = NDArray[np.float64]
COUNTED = "counted"  # the variant of the account with every record


def recorded_levels(evidence: Evidence, kind: str, series: Sequence[str], years: Sequence[int]) -> Array:
    """Logs of levels over the base year, (series, year): prices of history.csv, quantities of the account."""
    if kind == "prices":
        known = {tuple(t.spec.split(":")[1::2]): t.record for t in targets(evidence, "series")}
        return np.log([[known[name, str(year)] for year in years] for name in series])
    paths = [magnet_path(evidence, "account_2024", name) for name in series]
    return np.array([[path[year] - path[years[0] - 1] for year in years] for path in paths])


def fob_path(evidence: Evidence, element: str) -> dict[int, float]:
    """Logs of FOB prices by year from 2005."""
    path = evidence.path("prices", f"oxide:{element}", "fob")
    return {year: float(np.log(value)) for year, value in sorted(path.items()) if year >= 2005}


def magnet_path(evidence: Evidence, account: str, maker: str) -> dict[int, float]:
    """Logs of magnet blanks made by year, t."""
    path = evidence.path(account, maker, ACCOUNT, COUNTED)
    return {year: float(np.log(value)) for year, value in sorted(path.items())}


def changes(path: dict[int, float], first: int, last: int) -> list[tuple[float, int]]:
    """Changes of a log from record to record, and the years between."""
    years = [year for year in path if first <= year <= last]
    return [(path[b] - path[a], b - a) for a, b in pairwise(years)]


def floor_of(evidence: Evidence, kind: str, series: Sequence[str], share: float) -> float:
    """The least spread a discrepancy may have: a share of how much its series moved in a year, by 2014."""
    if kind == "prices":
        moved = [(d, t) for name in series for d, t in changes(fob_path(evidence, name), 2005, 2009)]
        return share * float(np.sqrt(np.mean([d * d / t for d, t in moved])))
    squares = []
    for name in series:
        steps = [d for d, _ in changes(magnet_path(evidence, "account_2014", name), 2009, 2014)]
        squares += [(d - np.mean(steps)) ** 2 for d in steps]
    return share * float(np.sqrt(np.mean(squares)))
