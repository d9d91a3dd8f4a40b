"""What moves a number most over the futures of an ensemble: rank correlations with what was drawn.

Spearman's correlation of a number with every drawn assumption, over the futures themselves; no further run
is needed. Ties share their mean rank. What chance alone would give is told beside it. How much it moves is
what the number is in the quarter of the futures where the assumption is lowest, and where it is highest.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coercivity.experiments.measures.comparison import ComparisonRow, number
from coercivity.experiments.runs.futures import Futures

MOST = 3  # assumptions told of a number
QUARTER = 4  # into so many parts of equal size futures are put, by an assumption
SURE = 1.96  # of a normal: what 95 of 100 correlations by chance stay within, times 1 / sqrt(n - 1)


@dataclass(frozen=True)
class Driver:
    """An assumption and how closely a number follows it: 1 always with it, -1 always against it."""

    key: str
    correlation: float
    source: str


@dataclass(frozen=True)
class Quarter:
    """The futures in which an assumption is lowest, or highest.

    drawn: what it is in each, from low to high · numbers: what a number is in them
    """

    drawn: tuple[float | str, ...]
    numbers: tuple[float, ...]


def drivers(row: ComparisonRow, scenario: str, futures: Futures) -> list[Driver]:
    """The drawn assumptions that move a scenario's number most, strongest first.

    None by chance, and none where the number is told as the same in every future.
    """
    draws = row.draws.get(scenario, ())
    told = {number(value, row.unit) for value in draws}
    if len(draws) != len(futures.drawn) or len(told) < 2:
        return []
    found = []
    for key, about in futures.assumptions.items():
        drawn = _numbers([future.values[key] for future in futures.drawn], about)
        value = rank_correlation(drawn, np.array(draws))
        if abs(value) > by_chance(len(draws)):
            found.append(Driver(key, value, str(about["source"]) or "the scenarios of conf/ensemble"))
    return sorted(found, key=lambda one: -abs(one.correlation))[:MOST]


def quarters(row: ComparisonRow, scenario: str, futures: Futures, key: str) -> tuple[Quarter, Quarter]:
    """A scenario's number in the futures where an assumption is lowest, and where it is highest.

    A quarter of the futures each; of an assumption with few values, all that have its first and its last.
    """
    values = [future.values[key] for future in futures.drawn]
    size = _numbers(values, futures.assumptions[key])
    order = np.argsort(size, kind="stable")
    count = max(len(values) // QUARTER, 1)
    below, above = size[order[count - 1]], size[order[-count]]
    ends = ([n for n in order if size[n] <= below], [n for n in order if size[n] >= above])
    draws = row.draws[scenario]
    lowest, highest = (Quarter(tuple(values[n] for n in end), tuple(draws[n] for n in end)) for end in ends)
    return lowest, highest


def by_chance(count: int) -> float:
    """The size that 95 of 100 rank correlations of unrelated numbers stay within.

    >>> round(by_chance(20), 2)
    0.45
    """
    return SURE / math.sqrt(count - 1)


def rank_correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Spearman's rank correlation; nought where either never changes.

    >>> round(rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 10.0, 5.0])), 3)
    0.5
    """
    first, second = (_ranks(values) for values in (one, other))
    spread = first.std() * second.std()
    if spread == 0.0:
        return 0.0
    return float(np.mean((first - first.mean()) * (second - second.mean())) / spread)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2.0)[place], dtype=np.float64)


def _numbers(values: Sequence[float | str], about: Mapping[str, Any]) -> NDArray[np.float64]:
    """Drawn values as numbers: one of several by its place in the list."""
    listed = list(about["values"])
    return np.array([listed.index(v) if listed else float(v) for v in values], dtype=np.float64)
