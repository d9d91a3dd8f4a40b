"""Bands of a comparison that say how wrong the model was to 2014, and not only how far futures are apart.

Every future has draws of the discrepancy (H.8), the same under every scenario: what both share falls out of a
ratio, and nearly out of a difference. A mean over a period gets the mean of the factor over its steps.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.forecasts.discrepancy import Discrepancy, sample_discrepancy
from coercivity.experiments.forecasts.sealed import ELEMENTS, read_discrepancy
from coercivity.experiments.measures.bands import band
from coercivity.experiments.measures.comparison import Comparison, ComparisonRow
from coercivity.experiments.measures.quantities import YEARS

__all__ = ["carry"]

SAMPLES = 200  # of the discrepancy a future, each with its mirror image, so that medians stay
SEED = 2014
TOLD = "mean prices carry what the model missed to 2014"


def carry(comparison: Comparison, base: int) -> Comparison:
    """Mean prices of the elements that have one, with the discrepancy; base: base year."""
    drawn = read_discrepancy()["prices"]
    factors = _factors(comparison, base, {name: drawn[name] for name in ELEMENTS})
    rows = [
        _wider(row, factors[element]) if (element := _element_of_price(row)) in factors else row
        for row in comparison.rows
    ]
    if rows == list(comparison.rows):
        raise UserError("--discrepancy: none of these prices has one (Nd, Pr, Dy and Tb oxide have)")
    told = f"{comparison.ensemble}; {TOLD}" if comparison.ensemble else TOLD
    return replace(comparison, rows=rows, ensemble=told)


def _element_of_price(row: ComparisonRow) -> str:
    """The element whose oxide's mean price a row has; empty where it is another row.

    >>> _element_of_price(ComparisonRow("price of Dy oxide, mean", "CN", "USD/kg", 0, True, {}))
    'Dy'
    """
    words = row.indicator.removeprefix("price of ").removesuffix(" oxide, mean")
    return words if row.indicator == f"price of {words} oxide, mean" else ""


def _factors(
    comparison: Comparison, base: int, groups: Mapping[str, Discrepancy]
) -> dict[str, NDArray[np.float64]]:
    """Mean of exp(d) over the period for each element, (future x sample)."""
    length = YEARS[comparison.step]
    first, last = (int(date[:4]) + (int(date[5:7]) - 1) / 12.0 for date in (comparison.start, comparison.end))
    times = (np.arange(round((last - first) / length)) + 0.5) * length + first - (base + 0.5)
    count = SAMPLES // 2 * len(comparison.seeds)
    drawn = sample_discrepancy(groups, times.tolist(), count, np.random.default_rng(SEED))
    both = np.stack([drawn, -drawn], axis=-1).reshape(*drawn.shape[:2], -1)
    series = [name for group in groups.values() for name in group.series]
    return dict(zip(series, np.exp(both).mean(axis=1), strict=True))


def _wider(row: ComparisonRow, factor: NDArray[np.float64]) -> ComparisonRow:
    draws = {
        name: tuple((np.repeat(values, SAMPLES) * factor).tolist()) for name, values in row.draws.items()
    }
    values = {name: band(draws[name]).median if name in draws else v for name, v in row.values.items()}
    return replace(row, draws=draws, values=values)
