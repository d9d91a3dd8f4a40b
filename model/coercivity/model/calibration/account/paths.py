"""Whole paths from the posterior of the account, by Hamiltonian Monte Carlo (Neal 2011).

The sampler moves in units of the Laplace posterior: x = x* + R⁻¹ z with J = QR at the optimum, where the
posterior of z is near a unit normal, so that a trajectory of length 1.4 leaves next to no memory. Stocks
close every balance, so a path cannot miss one. Draws by importance weights were tried first: in 466
unknowns a few of 60 draws had all the weight.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr, solve_triangular

from coercivity.model.calibration.account.description import AccountError
from coercivity.model.calibration.account.fit import Fit
from coercivity.model.calibration.account.slopes import Array

__all__ = ["Paths", "draw_paths"]

STEP, SPREAD, LENGTH, WARM = 0.09, 0.2, 1.4, 20  # of a trajectory in units of z; steps vary by SPREAD


@dataclass(frozen=True)
class Paths:
    """Draws of all unknowns, one a row. accepted: share of trajectories that were."""

    x: Array
    accepted: float

    def effective(self, values: Array) -> float:
        """How many independent draws a scalar by draw is worth (Geyer's initial positive sequence)."""
        centred = values - values.mean()
        variance = float(centred @ centred) / len(values)
        if variance == 0:
            return float(len(values))
        total, lag = 1.0, 1
        while lag + 1 < len(values):
            pair = math.fsum(
                float(centred[k:] @ centred[:-k]) / len(values) / variance for k in (lag, lag + 1)
            )
            if pair <= 0:
                break
            total, lag = total + 2 * pair, lag + 2
        return len(values) / total


def draw_paths(fit: Fit, count: int, generator: np.random.Generator) -> Paths:
    """Draw whole paths. Raises AccountError where fewer than half of the trajectories are accepted."""
    target = _Target(fit)
    z = np.zeros(len(fit.x))
    energy, slope = target(z)
    kept, accepted = [], 0
    for turn in range(WARM + count):
        step = STEP * (1 + SPREAD * (2 * generator.random() - 1))
        push = generator.standard_normal(len(z))
        before = energy + 0.5 * float(push @ push)
        new, new_energy, new_slope, after = _trajectory(target, z, energy, slope, push, step)
        if np.log(generator.random()) < before - after:
            z, energy, slope = new, new_energy, new_slope
            accepted += turn >= WARM
        if turn >= WARM:
            kept.append(target.place(z))
    if accepted < count / 2:
        raise AccountError(f"only {accepted} of {count} trajectories of the account were accepted")
    return Paths(np.array(kept), accepted / count)


class _Target:
    """Half the sum of squares and its slope, in units of the Laplace posterior."""

    def __init__(self, fit: Fit) -> None:
        self.fit = fit
        self.triangle: Array = qr(fit.problem.slopes(fit.x), mode="r")[0][: len(fit.x)]

    def place(self, z: Array) -> Array:
        """The unknowns at z."""
        return np.asarray(self.fit.x + solve_triangular(self.triangle, z))

    def __call__(self, z: Array) -> tuple[float, Array]:
        with np.errstate(all="ignore"):
            terms, slopes = self.fit.problem.both(self.place(z))
            slope = slopes.T @ terms
        if not np.isfinite(slope).all():
            return np.inf, np.zeros(len(z))
        return 0.5 * float(terms @ terms), np.asarray(solve_triangular(self.triangle, slope, trans="T"))


def _trajectory(
    target: _Target, z: Array, energy: float, slope: Array, push: Array, step: float
) -> tuple[Array, float, Array, float]:
    """Leapfrog steps; where they end, and the total energy there."""
    for _ in range(round(LENGTH / step)):
        push = push - 0.5 * step * slope
        z = z + step * push
        energy, slope = target(z)
        if not np.isfinite(energy):
            break
        push = push - 0.5 * step * slope
    return z, energy, slope, energy + 0.5 * float(push @ push)
