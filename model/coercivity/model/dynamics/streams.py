"""Streams of the world: what demand and supply do besides what is published, whatever anybody's policy.

    demand (use, region) × exp(w + u + r − v/2);   w, u, r random walks of the world, each use, each region
    undocumented mines × exp(x − v/2);             x' = φ^Δt x + σ √(1 − φ^(2Δt)) z, a kind of ore each
    other mines at home × exp(y − v/2);            y a random walk, a kind of ore each              (B.61)

v is the variance of the exponent at that date, so that the mean of every factor is one. Walks of demand last:
what has come on top stays, and whoever looks ahead takes it for granted. Off unless an ensemble or a setting
switches it on; the draws come from a stream of their own and are the same under every scenario.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from coercivity.model.assembly.history import mine_kinds
from coercivity.model.inputs.names import ILLICIT
from coercivity.model.inputs.settings import StreamSettings
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array

__all__ = ["Streams", "walk"]


@dataclass(slots=True)
class Streams:
    """How far demand and supply have drifted: exponents, and the time since the start, years."""

    draws: np.random.Generator | None
    demand: Array
    supply: dict[str, float]
    time: float = 0.0

    @classmethod
    def begin(
        cls, economy: Economy, spread: StreamSettings, stream: Callable[[str], np.random.Generator]
    ) -> "Streams":
        """Nothing has drifted yet. No generator is made where nothing ever will."""
        names = (*economy.chain.uses, *economy.chain.regions)
        draws = stream("streams of the world") if spread.active else None
        return cls(draws, np.zeros(1 + len(names)), dict.fromkeys(_kinds(economy), 0.0))

    def move(self, economy: Economy, spread: StreamSettings, length: float) -> None:
        """Drift through a step, and lay it on the economy. What an imagined world does not draw, it keeps."""
        if self.draws is None or not spread.active:
            return
        self.time += length
        uses, regions = len(economy.chain.uses), len(economy.chain.regions)
        sigma = np.repeat([spread.demand, spread.use, spread.region], [1, uses, regions])
        self.demand = walk(self.demand, sigma, self.draws.standard_normal(sigma.size), length)
        common, use, region = np.split(self.demand, [1, 1 + uses])
        variance = self.time * (spread.demand**2 + spread.use**2 + spread.region**2)
        economy.paths.drift = np.exp(common + use[:, None] + region[None, :] - 0.5 * variance)
        for kind, mines in _kinds(economy).items():
            luck = self._mines(kind, spread, length, float(self.draws.standard_normal()))
            economy.luck[mines] = luck

    def _mines(self, kind: str, spread: StreamSettings, length: float, draw: float) -> float:
        """Factor on what mines of a kind can make."""
        if kind.startswith(ILLICIT):
            kept, sigma = spread.memory**length, spread.undocumented
            self.supply[kind] = kept * self.supply[kind] + sigma * np.sqrt(1.0 - kept**2) * draw
            variance = sigma**2 * (1.0 - spread.memory ** (2.0 * self.time))
        else:
            self.supply[kind] += spread.output * np.sqrt(length) * draw
            variance = spread.output**2 * self.time
        return float(np.exp(self.supply[kind] - 0.5 * variance))


def _kinds(economy: Economy) -> dict[str, list[int]]:
    """Mines at home by kind; a chain without quotas tells no kinds apart, and none of them drifts."""
    return mine_kinds(economy) if economy.chain.names.quotas else {}


def walk(now: Array, sigma: Array, draw: Array, length: float) -> Array:
    """(B.61) A random walk a step later; sigma: of a year.

    >>> walk(np.zeros(1), np.full(1, 0.1), np.ones(1), 0.25)
    array([0.05])
    """
    return np.asarray(now + sigma * np.sqrt(length) * draw)
