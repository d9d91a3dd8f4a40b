"""A Gaussian process a quarter: how outcomes follow the sliders as that quarter knows them.

Causality is what makes it work: a quarter knows whether licences are in force, for how long they were and how
long ago they ended, so that the kink at their end is an input and need not be learnt.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_solve, cholesky
from scipy.optimize import minimize

from coercivity.experiments.explorer.outcomes import GROUPS, OUTCOMES, QUARTERS, Floats
from coercivity.experiments.explorer.sliders import MONEY, NONE, SLIDERS

START, BEGIN = 2025.0, 2025.25
LOW = np.array([*(slider.low for slider in SLIDERS), np.log(0.5)])
HIGH = np.array([*(slider.high for slider in SLIDERS), np.log(2.0)])
LIVELY = 45.0  # USD/kg below which a floor does nothing
ROOT5 = 5**0.5
QUANTILE = 0.9  # of what is left out: the half width of a band that holds nine in ten


def features(x: Floats, quarter: int) -> Floats:
    """Sliders and log elasticity (run, 7) as a quarter knows them. The page has the same in JavaScript."""
    t = START + quarter / 4
    unit = (x - LOW) / (HIGH - LOW)
    approval, end = x[:, 0], x[:, 1]
    ever = (end > NONE + 1e-9).astype(float)
    live = ever * (end > t + 1e-9) * (t >= BEGIN)
    log_approval = np.log(approval) / 2.3
    under = ever * np.clip(np.minimum(end, t + 0.25) - BEGIN, 0, None)
    since = ever * np.clip(t + 0.25 - end, 0, None)
    return np.column_stack(
        [
            unit[:, 0] * ever, unit[:, 2:7], (x[:, 2] > 0).astype(float),
            np.maximum(x[:, 3] - LIVELY, 0) / 85, np.minimum(x[:, 4], MONEY) / MONEY,
            (x[:, 4] > 0).astype(float), log_approval * ever, live, live * (1 - approval),
            live * log_approval, under / 9, since / 9, np.exp(-since / 0.7) * (since > 0),
        ]
    )  # fmt: skip


@dataclass(frozen=True)
class GaussianProcess:
    """Fitted targets of one quarter and group.

    theta: log amplitude, log noise, then log length a feature · alpha: weights (run, target), in target units
    left: residuals of each run foretold from the others
    """

    theta: Floats
    alpha: Floats
    mean: Floats
    left: Floats


def fit_one(x: Floats, y: Floats, theta: Floats) -> GaussianProcess:
    """The process of some targets under known lengths."""
    mean, spread = y.mean(0), y.std(0) + 1e-9
    z = (y - mean) / spread
    lower = cholesky(_kernel(x, x, theta)[0] + np.exp(theta[1]) * np.eye(len(x)), lower=True)
    alpha = cho_solve((lower, True), z)
    inverse = cho_solve((lower, True), np.eye(len(x)))
    left = alpha / np.diag(inverse)[:, None] * spread
    return GaussianProcess(theta, alpha * spread, mean, left)


def find_theta(x: Floats, y: Floats, rounds: int = 25) -> Floats:
    """The lengths under which the targets are likeliest."""
    z = (y - y.mean(0)) / (y.std(0) + 1e-9)
    first = np.r_[0.0, np.log(1e-2), np.full(x.shape[1], 0.5)]
    box = [(-3.0, 4.0), (np.log(1e-5), 0.0), *[(-2.0, 3.5)] * x.shape[1]]
    found = minimize(_unlikelihood, first, (x, z), "L-BFGS-B", True, bounds=box, options={"maxiter": rounds})
    return np.asarray(found.x, dtype=np.float64)


def predict(one: GaussianProcess, known: Floats, x: Floats) -> Floats:
    """The targets at other places. known: the features it was fitted on."""
    predicted: Floats = _kernel(x, known, one.theta)[0] @ one.alpha + one.mean
    return predicted


def _kernel(a: Floats, b: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """Matern 5/2, and the scaled distance."""
    scaled, other = a / np.exp(theta[2:]), b / np.exp(theta[2:])
    square = (scaled**2).sum(1)[:, None] + (other**2).sum(1) - 2 * scaled @ other.T
    d = ROOT5 * np.sqrt(np.maximum(square, 1e-12))
    return np.exp(theta[0]) * (1 + d + d * d / 3) * np.exp(-d), d


def _unlikelihood(theta: Floats, x: Floats, z: Floats) -> tuple[float, Floats]:
    """Minus the log likelihood and its slope; a weak prior keeps the lengths of idle sliders long."""
    count, targets = z.shape
    kernel, d = _kernel(x, x, theta)
    noise = np.exp(theta[1])
    try:
        lower = cholesky(kernel + noise * np.eye(count), lower=True)
    except LinAlgError:
        return 1e9, np.zeros_like(theta)
    a = cho_solve((lower, True), z)
    inverse = cho_solve((lower, True), np.eye(count))
    w = targets * inverse - a @ a.T
    e = w * np.exp(theta[0]) * 5 / 3 * (1 + d) * np.exp(-d)
    scaled = x / np.exp(theta[2:])
    slope = np.empty_like(theta)
    slope[0], slope[1] = 0.5 * (w * kernel).sum(), 0.5 * noise * np.trace(w)
    sums = e.sum(1)
    slope[2:] = (scaled**2 * sums[:, None]).sum(0) - (scaled * (e @ scaled)).sum(0)
    off = theta[2:] - 0.5
    slope[2:] += off / 2
    value = 0.5 * (z * a).sum() + targets * np.log(np.diag(lower)).sum() + (off**2).sum() / 4
    return float(value), slope


@dataclass(frozen=True)
class SliderEmulator:
    """All processes, by group and quarter, and the sliders they were fitted on."""

    x: Floats
    processes: dict[tuple[int, int], GaussianProcess]

    def predict(self, x: Floats) -> Floats:
        """Outcomes (run, outcome, quarter) as they are emulated."""
        made = np.zeros((len(x), len(OUTCOMES), QUARTERS))
        for (group, quarter), one in self.processes.items():
            known, asked = features(self.x, quarter), features(x, quarter)
            made[:, columns(group), quarter] = predict(one, known, asked)
        return made

    def half_widths(self, sampled: int) -> Floats:
        """By outcome, quarter and whether licences are in force: what holds nine in ten of what is left out.

        sampled: how many of the runs are of the design; stories are corners, far from most others
        """
        made = np.zeros((len(OUTCOMES), QUARTERS, 2))
        for (group, quarter), one in self.processes.items():
            live = self.x[:sampled, 1] > START + quarter / 4
            for n, column in enumerate(columns(group)):
                size = np.abs(one.left[:sampled, n])
                for on in (0, 1):
                    mine = size[live == bool(on)]
                    made[column, quarter, on] = np.quantile(mine if len(mine) > 15 else size, QUANTILE)
        return made


def columns(group: int) -> list[int]:
    """Where the outcomes of a group stand."""
    names = list(OUTCOMES)
    return [names.index(name) for name in GROUPS[group]]


def fit(x: Floats, emulated: Floats, thetas: dict[tuple[int, int], Floats] | None = None) -> SliderEmulator:
    """Fit every quarter and group; lengths are found once a year, or given."""
    known = dict(thetas or {})
    made = {}
    for group in range(len(GROUPS)):
        for quarter in range(QUARTERS):
            year = quarter // 4
            y = emulated[:, columns(group), quarter]
            if (group, year) not in known:
                middle = min(4 * year + 2, QUARTERS - 1)
                known[group, year] = find_theta(features(x, middle), emulated[:, columns(group), middle])
            made[group, quarter] = fit_one(features(x, quarter), y, known[group, year])
    return SliderEmulator(x, made)
