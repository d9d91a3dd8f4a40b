"""Magnet years left out in turn, predicted by the rest of the account, and beside interpolation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from coercivity.model.calibration.account.description import AccountDescription
from coercivity.model.calibration.account.fit import Fit, Problem, fit_account, pose
from coercivity.model.calibration.account.terms import Record, series_values
from coercivity.model.inputs.evidence import Evidence

__all__ = ["LeftOut", "leave_out", "root_mean_square"]


@dataclass(frozen=True)
class LeftOut:
    """A year of a maker left out: record and prediction, t a year; errors as log ratios.

    sigma: of the prediction, by Laplace · naive: the error of interpolation between the years kept
    """

    maker: str
    year: int
    record: float
    error: float
    sigma: float
    naive: float


def leave_out(evidence: Evidence, account: AccountDescription, fit: Fit, variant: str) -> list[LeftOut]:
    """Fit the account without every n-th year in turn and predict what was left out."""
    plan = account.leave_out
    years = fit.problem.constants.years
    series = [name for names in plan.scored.values() for name in names]
    found = []
    for fold in range(plan.every):
        gone = years[fold :: plan.every]
        hidden = {(name, year) for name in (*series, *plan.with_) for year in gone}
        less = fit_account(pose(evidence, account, variant, years[-1], hidden), fit.x)
        for maker, names in plan.scored.items():
            records = [r for r in fit.problem.records if r.series in names]
            means = _means(records)
            for year in (y for y in gone if y in means):
                own = [r for r in records if r.year == year]
                error, sigma = _predict(less, own)
                kept = {y: v for y, v in means.items() if y not in gone}
                naive = float(interpolate(kept, year) - means[year])
                found.append(LeftOut(maker, year, float(np.exp(means[year])), error, sigma, naive))
    return sorted(found, key=lambda one: (list(plan.scored).index(one.maker), one.year))


def _means(records: Sequence[Record]) -> dict[int, float]:
    """The mean log of the records of each year."""
    by_year: dict[int, list[float]] = {}
    for record in records:
        by_year.setdefault(record.year, []).append(float(np.log(record.value)))
    return {year: float(np.mean(logs)) for year, logs in sorted(by_year.items())}


def _predict(fit: Fit, records: Sequence[Record]) -> tuple[float, float]:
    """Mean log error of the prediction of records, and its sigma by Laplace."""
    problem: Problem = fit.problem
    flows = problem.flows(fit.x, True)
    years = problem.constants.years
    errors, slopes = [], []
    for record in records:
        values = series_values(flows, problem.account.series_of(record.series), len(years))
        at = years.index(record.year)
        errors.append(float(values.only[at] - np.log(record.value)))
        if values.slope is not None:
            slopes.append(values.slope[at])
    slope = np.mean(slopes, axis=0)
    jacobian = problem.slopes(fit.x)
    spread = cho_solve(cho_factor(jacobian.T @ jacobian), slope)
    return float(np.mean(errors)), float(np.sqrt(slope @ spread))


def interpolate(logs: Mapping[int, float], year: int) -> float:
    """By a straight line between the nearest years kept; outside them, on with the nearest growth."""
    below, above = [y for y in logs if y < year], [y for y in logs if y > year]
    if below and above:
        a, b = max(below), min(above)
    else:
        a, b = (
            (sorted(below)[-2:] if below else sorted(above)[:2]) if len(logs) > 1 else (next(iter(logs)),) * 2
        )
    growth = (logs[b] - logs[a]) / (b - a) if b != a else 0.0
    return logs[a] + growth * (year - a)


def root_mean_square(errors: Sequence[float]) -> float:
    """The root of the mean square."""
    return float(np.sqrt(np.mean(np.square(errors))))
