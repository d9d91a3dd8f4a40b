"""A comparison over seeds: means, and 95 % intervals of means and of differences under the same futures.

Every scenario meets the same seeds, so differences are taken seed by seed (common random numbers) and their
interval is Student's over the seeds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

SURE = 0.95
SEED = "seed"
NO_LUCK = (
    "the seeds make no difference, since nothing is left to chance in these runs: leave more to it with "
    "market.demand_noise=0.05 or firm.outage.active=true, or leave the seeds out"
)


@dataclass(frozen=True)
class Interval:
    """The mean of a sample and the 95 % interval of the mean."""

    mean: float
    low: float
    high: float


def interval(values: Sequence[float]) -> Interval:
    """The mean of two values or more with Student's interval.

    >>> interval([1.0, 1.0])
    Interval(mean=1.0, low=1.0, high=1.0)
    """
    from scipy.special import stdtrit

    count = len(values)
    mean = mean_of(values)
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    half = float(stdtrit(count - 1, 0.5 + SURE / 2)) * math.sqrt(variance / count)
    return Interval(mean, mean - half, mean + half)


def mean_of(values: Sequence[float]) -> float:
    """The mean; of equal values exactly these."""
    return values[0] if len(set(values)) == 1 else math.fsum(values) / len(values)
