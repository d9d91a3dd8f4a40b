"""Which uncertainties decide an outcome.

Sobol designs: first-order and total shares of variance (Saltelli et al. 2010; SALib). Morris designs: mean
absolute elementary effect (Campolongo, Cariboni and Saltelli 2007; SALib). Any other sample: the share of
variance explained alone, as the correlation ratio over slices of the factor (Plischke, Borgonovo and Smith
2013) less what chance explains (Kelley 1935). Intervals are bootstrapped, 95 %.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from coercivity.experiments.analysis.answers import FEWEST, Answers, codes
from coercivity.experiments.base.errors import UserError
from coercivity.experiments.config.uncertainty import Uncertainty
from coercivity.experiments.sweeps import sampling
from coercivity.experiments.sweeps.question import OutcomeSpec

RESAMPLES = 500
SLICES = 10
LEAST = 30  # runs of a sample below which no index is told
MEASURES = {
    "alone": "share of variance explained alone",
    "total": "share of variance explained with all it interacts with",
    "effect": "mean absolute elementary effect over the whole range",
}


@dataclass(frozen=True)
class Index:
    """How much a factor matters for an outcome under a policy, with a 95 % interval.

    measure: one of MEASURES · sign: rank correlation, nan where the design does not give one
    """

    outcome: str
    policy: str
    factor: str
    measure: str
    value: float
    low: float
    high: float
    sign: float
    runs: int


def indices(answers: Answers) -> Iterator[Index]:
    """Every index of every outcome under every policy."""
    factors = answers.factors
    if not factors:
        return
    for outcome in answers.outcomes:
        for policy in answers.policies:
            rows = answers.for_policy(policy)
            kind = answers.plan.question.kind
            if kind in (sampling.SOBOL, sampling.MORRIS):
                yield from _blocks(answers, outcome, policy, rows, kind)
            elif kind != sampling.GRID:
                known = rows[np.isfinite(rows[outcome.name])]
                yield from _given_indices(outcome, policy, known, factors, answers.noise(outcome))


def _blocks(
    answers: Answers, outcome: OutcomeSpec, policy: str, rows: pd.DataFrame, kind: str
) -> Iterator[Index]:
    """Indices of a design made of blocks; a block with a run missing is left out."""
    question = answers.plan.question
    factors = list(question.uncertainties)
    names = [one.key for one in factors]
    unit = sampling.sample(kind, names, question.samples, question.seed)
    size = len(factors) + (2 if kind == sampling.SOBOL else 1)
    each = max(len(set(answers.design.table["future"].to_pylist())) // len(unit), 1)  # seeds a draw
    drawn = rows["future"].to_numpy() // each
    means = rows.groupby(drawn)[outcome.name].agg(lambda found: found.mean(skipna=False))
    values = means.reindex(range(len(unit))).to_numpy(dtype=float)
    _check_sample(factors, unit[drawn], rows)
    whole = np.isfinite(values.reshape(-1, size)).all(axis=1)
    kept = np.repeat(whole, size)
    count, spread = int(kept.sum()), float(np.nanstd(values[kept])) if kept.any() else 0.0
    if int(whole.sum()) < FEWEST or spread <= answers.noise(outcome):
        return
    problem = sampling.problem(names)
    nan = float("nan")
    if kind == sampling.SOBOL:
        from SALib.analyze import sobol

        found = sobol.analyze(problem, values[kept], calc_second_order=False, num_resamples=RESAMPLES, seed=0)
        for measure, key in (("alone", "S1"), ("total", "ST")):
            for name, value, half in zip(names, found[key], found[f"{key}_conf"], strict=True):
                low, high = float(value - half), float(value + half)
                yield Index(outcome.name, policy, name, measure, float(value), low, high, nan, count)
        return
    from SALib.analyze import morris

    found = morris.analyze(
        problem, unit[kept], values[kept], num_resamples=RESAMPLES, num_levels=sampling.LEVELS, seed=0
    )
    for at, name in enumerate(names):
        value, half = float(found["mu_star"][at]), float(found["mu_star_conf"][at])
        sign = float(np.sign(found["mu"][at]))
        yield Index(
            outcome.name, policy, name, "effect", value, max(value - half, 0.0), value + half, sign, count
        )


def _check_sample(factors: list[Uncertainty], unit: NDArray[np.float64], rows: pd.DataFrame) -> None:
    """Refuse to analyse a design that this version of SALib would not draw again."""
    for column, factor in enumerate(factors):
        again = [factor.at(float(share)) for share in unit[:, column]]
        if again != rows[factor.key].tolist():
            raise UserError(
                f"the design cannot be drawn again for `{factor.key}`: it was made with another version of "
                "SALib; install that version (manifest.json names packages) to analyse it"
            )


def _given_indices(
    outcome: OutcomeSpec, policy: str, rows: pd.DataFrame, factors: list[Uncertainty], noise: float
) -> Iterator[Index]:
    y = rows[outcome.name].to_numpy(dtype=float)
    if len(y) < LEAST or np.std(y) <= noise:
        return
    rng = np.random.default_rng(0)
    draws = rng.integers(0, len(y), (RESAMPLES, len(y)))
    for factor in factors:
        x = codes(factor, rows[factor.key])
        slices = x.astype(int) if factor.values else _slices(x)
        value = float(explained_share(slices[None, :], y[None, :])[0])
        again = explained_share(slices[draws], y[draws])
        low, high = _corrected_interval(value, again)
        sign = float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])
        yield Index(outcome.name, policy, factor.key, "alone", value, low, high, sign, len(y))


def _slices(x: NDArray[np.float64]) -> NDArray[np.int64]:
    """Slices with about as many runs each."""
    order = (rankdata(x, method="ordinal") - 1) * min(SLICES, len(np.unique(x))) // len(x)
    return np.asarray(order, dtype=np.int64)


def explained_share(slices: NDArray[np.int64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of the variance of y that its means by slice explain, less what chance would; at least 0.

    Both (samples, runs); a share a sample.

    >>> y = np.array([[0.0, 0.1, 1.0, 1.1]] * 2)
    >>> explained_share(np.array([[0, 0, 1, 1], [0, 1, 0, 1]]), y).round(3).tolist()
    [0.985, 0.0]
    """
    samples, n = y.shape
    kinds = int(slices.max()) + 1
    cells = (slices + kinds * np.arange(samples)[:, None]).ravel()
    count = np.bincount(cells, minlength=samples * kinds).reshape(samples, kinds)
    total = np.bincount(cells, weights=y.ravel(), minlength=samples * kinds).reshape(samples, kinds)
    middle = y.mean(axis=1, keepdims=True)
    filled = np.maximum(count, 1)
    between = (count * (total / filled - middle) ** 2).sum(axis=1)
    whole = ((y - middle) ** 2).sum(axis=1)
    k = (count > 0).sum(axis=1)
    known = (whole > 0) & (n > k)
    ratio = np.where(known, between / np.where(known, whole, 1.0), 0.0)
    shrunk = 1.0 - (1.0 - ratio) * (n - 1) / np.maximum(n - k, 1)
    return np.where(known, np.maximum(0.0, shrunk), 0.0)


def _corrected_interval(value: float, again: NDArray[np.float64]) -> tuple[float, float]:
    """A bias-corrected percentile interval (Efron 1987): resampled shares are a little too large."""
    below = np.clip((again < value).mean(), 0.5 / len(again), 1 - 0.5 / len(again))
    shift = 2 * norm.ppf(below)
    low, high = np.quantile(again, norm.cdf(shift + norm.ppf([0.025, 0.975])))
    return min(float(low), value), max(float(high), value)
