"""How far a profile is from an equilibrium: what the best deviation gains, with intervals.

Gains are differences under the same future. Two intervals are given. The band is a bootstrap over futures of
the whole gap. The limit is what certifies: Student's t on the paired gains, for all deviations and looks at
once (Bonferroni), so that with 95 % confidence no deviation of the menu gains more.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coercivity.experiments.equilibrium.normal_form import Payoffs

__all__ = ["GapCheck", "PlayerGap", "measure_gap"]

RESAMPLES = 2000
BAND = (10.0, 90.0)  # percentiles, as everywhere in the house
CONFIDENCE = 0.95


@dataclass(frozen=True)
class PlayerGap:
    """What a player's best deviation gains, as a share of its payoff range.

    share: by means, at least 0 · low, high: 80 % bootstrap band · limit: that no deviation exceeds, at 95 %
    least: what the best deviation gains at least, at 95 % · best: the deviation · futures: how many were met
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
    """A player's gap. gains: of every deviation in every future; span: its payoff range; looks: tests in all

    >>> gap = measure_gap({"leave": np.array([-1.0, -1.1, -0.9, -1.0])}, 10.0, 1)
    >>> gap.share, gap.limit < 0, gap.futures
    (0.0, True, 4)
    """
    from scipy.stats import t as student

    table = np.array(list(gains.values())) / (span if span > 0 else 1.0)
    if not table.size:
        return PlayerGap(0.0, 0.0, 0.0, 0.0, 0.0, "", 0)
    means, n = table.mean(axis=1), table.shape[1]
    best = int(means.argmax())
    picks = np.random.default_rng(0).integers(0, n, (RESAMPLES, n))
    low, high = np.percentile(np.maximum(table[:, picks].mean(axis=2).max(axis=0), 0.0), BAND)
    if n > 1:
        factor = student.ppf(1.0 - (1.0 - CONFIDENCE) / looks, n - 1)
        half = factor * table.std(axis=1, ddof=1) / np.sqrt(n)
        limit, least = float((means + half).max()), float((means - half).max())
    else:
        limit, least = float("inf"), float("-inf")
    names = list(gains)
    return PlayerGap(max(float(means[best]), 0.0), float(low), float(high), limit, least, names[best], n)
