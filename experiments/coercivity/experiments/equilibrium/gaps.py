"""How far a profile is from an equilibrium: what the best deviation gains, with intervals.

Gains are differences under the same future. Two intervals are given. The band is a bootstrap over futures of
the whole gap. The limit is what certifies: Student's t on the paired gains, for all deviations and looks at
once (Bonferroni), so that with 95 % confidence no deviation of the menu gains more.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coercivity.experiments.equilibrium.normal_form import Payoffs

__all__ = ["GapCheck", "PlayerGap", "limits_of", "measure_gap"]

RESAMPLES = 2000
BAND = (10.0, 90.0)  # percentiles, as everywhere in the house
CONFIDENCE = 0.95


@dataclass(frozen=True)
class PlayerGap:
    """What a player's best deviation gains, as a share of its payoff range.

    share: by means, at least 0 · low, high: 80 % bootstrap band · limit: that no deviation exceeds, at 95 %
    least: what the best deviation gains at least, at 95 % · best: the deviation · futures: most that one met
    """

    share: float
    low: float
    high: float
    limit: float
    least: float
    best: str
    futures: int


@dataclass(frozen=True)
class GapCheck:
    """The gaps of all players at a profile. tolerance: what counts as none"""

    gaps: Mapping[str, PlayerGap]
    tolerance: float

    @property
    def certified(self) -> bool:
        """Whether it is an equilibrium to within the tolerance, with 95 % confidence."""
        return all(gap.limit <= self.tolerance for gap in self.gaps.values())

    @property
    def refuted(self) -> bool:
        """Whether somebody certainly gains more than the tolerance by leaving."""
        return any(gap.least > self.tolerance for gap in self.gaps.values())

    @property
    def holds(self) -> bool:
        """Whether by means nobody gains more than the tolerance."""
        return all(gap.share <= self.tolerance for gap in self.gaps.values())


def measure_gap(gains: Mapping[str, Payoffs], span: float, looks: int) -> PlayerGap:
    """A player's gap. gains: of every deviation in every future it met; span: its payoff range; looks: tests

    >>> gap = measure_gap({"leave": np.array([-1.0, -1.1, -0.9, -1.0])}, 10.0, 1)
    >>> gap.share, gap.limit < 0, gap.futures
    (0.0, True, 4)
    """
    if not gains:
        return PlayerGap(0.0, 0.0, 0.0, 0.0, 0.0, "", 0)
    shares = {name: mine / (span if span > 0 else 1.0) for name, mine in gains.items()}
    means = {name: float(mine.mean()) for name, mine in shares.items()}
    best = max(means, key=lambda name: means[name])
    resampled = np.max([_resample(mine) for mine in shares.values()], axis=0)
    low, high = np.percentile(np.maximum(resampled, 0.0), BAND)
    limits = {name: limits_of(mine, looks) for name, mine in shares.items()}
    least, limit = (max(ends) for ends in zip(*limits.values(), strict=True))
    met = max(len(mine) for mine in shares.values())
    return PlayerGap(max(means[best], 0.0), float(low), float(high), limit, least, best, met)


def limits_of(gains: Payoffs, looks: int) -> tuple[float, float]:
    """What the mean of paired gains is at least and at most, at 95 %. looks: tests that share what may err

    >>> limits_of(np.array([1.0]), 1)
    (-inf, inf)
    """
    from scipy.stats import t as student

    n = len(gains)
    if n < 2:
        return float("-inf"), float("inf")
    factor = student.ppf(1.0 - (1.0 - CONFIDENCE) / looks, n - 1)
    half = float(factor * gains.std(ddof=1) / np.sqrt(n))
    return float(gains.mean()) - half, float(gains.mean()) + half


def _resample(gains: Payoffs) -> Payoffs:
    """Bootstrap means; deviations that met as many futures are drawn in the same ones."""
    picks = np.random.default_rng(0).integers(0, len(gains), (RESAMPLES, len(gains)))
    means: Payoffs = gains[picks].mean(axis=1)
    return means
