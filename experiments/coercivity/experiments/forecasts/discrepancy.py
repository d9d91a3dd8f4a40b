"""What the model leaves out: an AR(1) in log levels, a group of series at a time, fitted on records to 2014.

    d_t = φ d_(t−1) + e_t,  d = 0 in the base year,  e ~ N(0, s²), correlated ρ within a group      (H.8)
    record less median of futures ~ N(0, covariance of futures + covariance of d)

φ, s and ρ are integrated out on a grid; s has a floor, so that a model mended in one place does not call
itself sure everywhere. The form was registered before it was fitted (registered.yaml, forecasts).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Discrepancy", "fit_discrepancy", "sample_discrepancy"]

Array = NDArray[np.float64]
WIDEST = 5.0  # prior scales beyond the floor up to which s is looked at


@dataclass(frozen=True)
class Discrepancy:
    """The posterior of a group on a grid: φ, s, ρ and weight, each (grid point)."""

    series: tuple[str, ...]
    phi: Array
    s: Array
    rho: Array
    weight: Array
    floor: float

    def summary(self) -> dict[str, float]:
        """Means, and where nine in ten of s lie."""
        order = np.argsort(self.s)
        ends = np.cumsum(self.weight[order])
        low, high = (float(self.s[order][np.searchsorted(ends, q)]) for q in (0.05, 0.95))
        means = {name: float((getattr(self, name) * self.weight).sum()) for name in ("phi", "s", "rho")}
        return {**means, "s low": low, "s high": high, "floor": self.floor}


def fit_discrepancy(
    series: Sequence[str], residual: Array, spread: Array, years: Sequence[float], prior: "GridPrior"
) -> Discrepancy:
    """residual: record less median (series, year); spread: covariance of futures, of the same raveled;
    years: since the base year
    """
    phi, s, rho = (grid.ravel() for grid in np.meshgrid(*prior.grids(), indexing="ij"))
    count, data = len(series), residual.ravel()
    times = np.array(years, dtype=float)
    weight = np.empty(phi.size)
    for at, (p, sigma, r) in enumerate(zip(phi, s, rho, strict=True)):
        alike = np.full((count, count), r)
        np.fill_diagonal(alike, 1.0)
        whole = spread + np.kron(alike, _covariance(p, sigma, times))
        root = np.linalg.cholesky(whole + 1e-10 * np.eye(len(whole)))
        off = np.linalg.solve(root, data)
        weight[at] = -np.log(np.diag(root)).sum() - 0.5 * off @ off - 0.5 * (sigma / prior.scale) ** 2
    weight = np.exp(weight - weight.max())
    return Discrepancy(tuple(series), phi, s, rho, weight / weight.sum(), prior.floor)


@dataclass(frozen=True)
class GridPrior:
    """φ even on 0 to 1, s half-normal above a floor, ρ even on 0 to `most`; points of each on the grid."""

    scale: float
    floor: float
    most: float
    points: tuple[int, int, int]

    def grids(self) -> tuple[Array, Array, Array]:
        """Middles of equal slices of each range."""
        a, b, c = ((np.arange(n) + 0.5) / n for n in self.points)
        top = max(WIDEST * self.scale, 2.0 * self.floor)
        return a, self.floor + (top - self.floor) * b, self.most * c


def _covariance(phi: float, s: float, times: Array) -> Array:
    """Of d at times since the base year, when it was nought."""
    early, apart = np.minimum.outer(times, times), np.abs(np.subtract.outer(times, times))
    return np.asarray(s**2 * phi**apart * (1.0 - phi ** (2.0 * early)) / (1.0 - phi**2))


def sample_discrepancy(
    groups: Mapping[str, Discrepancy], times: Sequence[float], samples: int, rng: np.random.Generator
) -> Array:
    """Draws of d, (series in the order of groups, time, sample), from 0 at time 0.

    times: years since then, rising, in steps of any length: over a step of L years φ is φ^L
    """
    common = rng.standard_normal((len(times), samples))
    beta = rng.random(samples) if len(groups) > 1 else np.ones(samples)
    found = []
    for group in groups.values():
        at = rng.choice(group.weight.size, samples, p=group.weight)
        phi, s, rho = group.phi[at], group.s[at], group.rho[at]
        own = rng.standard_normal((len(times), samples))
        shared = np.sqrt(beta) * common + np.sqrt(1.0 - beta) * own
        single = rng.standard_normal((len(group.series), len(times), samples))
        draws = np.sqrt(rho) * shared + np.sqrt(1.0 - rho) * single
        found.append(_run(phi, s, draws, np.diff([0.0, *times])))
    return np.concatenate(found)


def _run(phi: Array, s: Array, draws: Array, lengths: Array) -> Array:
    """(H.8) Through steps of these lengths, years. draws: (series, time, sample)"""
    out = np.empty_like(draws)
    now = np.zeros(draws[:, 0].shape)
    for at, length in enumerate(lengths):
        sigma = s * np.sqrt((1.0 - phi ** (2.0 * length)) / (1.0 - phi**2))
        now = phi**length * now + sigma * draws[:, at]
        out[:, at] = now
    return out
