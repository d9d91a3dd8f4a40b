"""The most likely account: nonlinear least squares in logs (E.3)."""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import least_squares

from coercivity.model.calibration.account.description import AccountDescription, AccountError
from coercivity.model.calibration.account.flows import (
    Constants,
    Flows,
    Unknowns,
    read_constants,
    work_out,
)
from coercivity.model.calibration.account.slopes import Array
from coercivity.model.calibration.account.terms import Record, evaluate_terms, read_records
from coercivity.model.inputs.evidence import Evidence

__all__ = ["Fit", "Problem", "fit_account", "pose"]


@dataclass
class Problem:
    """Terms as a function of the unknowns."""

    account: AccountDescription
    constants: Constants
    records: tuple[Record, ...]
    unknowns: Unknowns = field(init=False)

    def __post_init__(self) -> None:
        self.unknowns = Unknowns.lay_out(self.account, self.constants)

    def flows(self, x: Array, slopes: bool = False) -> Flows:
        """Every quantity at x."""
        return work_out(self.account, self.constants, self.unknowns, x, slopes)

    def residuals(self, x: Array) -> Array:
        """All terms in sigmas, without derivatives: (terms,), or (terms, draws) of as many x."""
        with np.errstate(all="ignore"):
            terms, _ = evaluate_terms(self.account, self.constants, self.records, self.flows(x))
        values = np.nan_to_num(terms.value, nan=1e6, posinf=1e6, neginf=-1e6)
        return values if x.ndim > 1 else values[:, 0]

    def both(self, x: Array) -> tuple[Array, Array]:
        """All terms in sigmas, and their derivatives by all unknowns."""
        terms, _ = evaluate_terms(self.account, self.constants, self.records, self.flows(x, True))
        if terms.slope is None:
            raise AccountError("the account has no unknowns")
        return terms.value[:, 0], terms.slope

    def slopes(self, x: Array) -> Array:
        """Derivatives of all terms by all unknowns."""
        return self.both(x)[1]


@dataclass(frozen=True)
class Fit:
    """The most likely account of a variant. cost: sum of squares of all terms."""

    problem: Problem
    x: Array
    cost: float

    @property
    def flows(self) -> Flows:
        """Every quantity."""
        return self.problem.flows(self.x)

    @property
    def terms(self) -> dict[str, float]:
        """Every term in sigmas: the account less the record."""
        problem = self.problem
        terms, labels = evaluate_terms(problem.account, problem.constants, problem.records, self.flows)
        return dict(zip(labels, (float(v) for v in terms.only), strict=True))


def pose(
    evidence: Evidence,
    account: AccountDescription,
    variant: str,
    last: int | None = None,
    hidden: Collection[tuple[str, int]] = (),
) -> Problem:
    """The problem of a variant. last: the year the account ends with, and after which nothing is known."""
    until = last or account.last
    known = evidence.until(until)
    constants = read_constants(known, account, until)
    records = read_records(known, account, until, account.variants[variant].without, hidden)
    return Problem(account, constants, records)


def fit_account(problem: Problem, start: Array | None = None) -> Fit:
    """Solve (E.3). Raises AccountError where no optimum is found."""
    x = first_guess(problem) if start is None else start
    solved = least_squares(
        problem.residuals,
        x,
        jac=problem.slopes,
        method="trf",
        max_nfev=300,
        ftol=1e-11,
        xtol=1e-11,
        gtol=1e-9,
    )
    if solved.status <= 0:
        raise AccountError(f"the account does not settle: {solved.message}")
    return Fit(problem, solved.x, float(2 * solved.cost))


def first_guess(problem: Problem) -> Array:
    """Records of each quantity where it is measured by itself, between them by straight lines of logs."""
    account, years = problem.account, problem.constants.years
    found: dict[str, dict[int, list[float]]] = {}
    for record in problem.records:
        series = account.series_of(record.series)
        plain = len(series.sum) == 1 and not (series.over or series.span or series.side)
        if plain and series.scale == "log" and series.mean == 1:
            name = series.sum[0].partition("*")[0].strip()
            found.setdefault(name, {}).setdefault(record.year, []).append(float(np.log(record.value)))
    x = np.zeros(problem.unknowns.size)
    for name, place in problem.unknowns.places.items():
        path = {year: float(np.mean(logs)) for year, logs in sorted(found.get(name, {}).items())}
        when = problem.unknowns.active.get(name, years)
        if path:
            x[place] = np.interp(when, list(path), list(path.values()))
    for name, (value, _) in problem.constants.factors.items():
        x[problem.unknowns.places[f"factor.{name}"]] = np.log(value)
    return x
