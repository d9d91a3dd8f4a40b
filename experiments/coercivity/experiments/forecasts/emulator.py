"""A Gaussian process for each statistic of a replay.

    y(x) ~ N(β₀ + β x, s² exp(−½ Σ ((x − x') / ℓ)²) + noise)       x in the unit cube               (H.10)

Lengths ℓ, the ratio of noise and s² maximise the likelihood.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Emulator", "emulate"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Emulator:
    """A fitted process. x: design (run, column); lengths: by column; inverse: of the root of the
    covariance; slope: β; left_out: share of the variance predicted of runs left out one by one
    """

    x: Array
    lengths: Array
    inverse: Array
    weight: Array
    slope: Array
    variance: float
    left_out: float

    def __call__(self, x: Array) -> tuple[Array, Array]:
        """Mean and variance at points (point, column)."""
        near = _kernel(x, self.x, self.lengths)
        mean = _trend(x) @ self.slope + near @ self.weight
        half = self.inverse @ near.T
        return mean, self.variance * np.maximum(1.0 - (half**2).sum(axis=0), 0.0)


def emulate(x: Array, y: Array) -> Emulator:
    """Fit a process. `left_out` is 1 − (error of runs left out one by one)² / variance of the runs."""
    from scipy.optimize import minimize

    def lost(log: Array) -> float:
        return _likelihood(x, y, np.exp(log[:-1]), float(np.exp(log[-1])))[0]

    start = np.log(np.r_[np.full(x.shape[1], 1.5), 0.01])
    bounds = [(np.log(0.15), np.log(20.0))] * x.shape[1] + [(np.log(1e-5), np.log(1.0))]
    found = minimize(lost, start, method="L-BFGS-B", bounds=bounds, options={"maxiter": 40})
    lengths = np.exp(found.x[:-1])
    _, root, weight, slope, variance = _likelihood(x, y, lengths, float(np.exp(found.x[-1])))
    inverse: Array = np.asarray(np.linalg.inv(root), dtype=float)
    errors = weight / (inverse**2).sum(axis=0)
    return Emulator(
        x, lengths, inverse, weight, slope, variance, float(1.0 - (errors**2).mean() / max(y.var(), 1e-12))
    )


def _likelihood(x: Array, y: Array, lengths: Array, noise: float) -> tuple[float, Array, Array, Array, float]:
    """Minus the log likelihood with s² and β profiled out, and what it is made of."""
    root: Array = np.asarray(
        np.linalg.cholesky(_kernel(x, x, lengths) + (noise + 1e-8) * np.eye(len(x))), dtype=float
    )
    linear = np.linalg.solve(root, _trend(x))
    data = np.linalg.solve(root, y)
    slope = np.linalg.lstsq(linear, data, rcond=None)[0]
    off = data - linear @ slope
    variance = max(float(off @ off) / len(y), 1e-12)
    lost = 0.5 * len(y) * np.log(variance) + np.log(np.diag(root)).sum()
    return float(lost), root, np.asarray(np.linalg.solve(root.T, off)), np.asarray(slope), variance


def _kernel(a: Array, b: Array, lengths: Array) -> Array:
    a, b = a / lengths, b / lengths
    apart = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2.0 * a @ b.T
    return np.asarray(np.exp(-0.5 * np.maximum(apart, 0.0)))


def _trend(x: Array) -> Array:
    return np.hstack([np.ones((len(x), 1)), x])
