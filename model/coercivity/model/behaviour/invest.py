"""Investment: a project starts when its expected net present value is positive, and not at once.

NPV = −capex (1 − s − l − q) + φ [ Σ margin · capacity · ramp(t) / (1 + h)^t − loan service ]   (B.9)
      φ = (1 − s − l − q) / (1 − s − l):  states hold the other shares
P(start in a step | NPV > 0) = 1 − (1 − damping)^Δt                                   (B.10)
public money ≤ award          where a tender states one for a unit of a plant         (B.66)
"""

from dataclasses import dataclass

import numpy as np

from coercivity.model.behaviour import Behaviour, ParameterRow
from coercivity.model.finance.annuity import annuity
from coercivity.optimise.market import Array

__all__ = ["Appraisal", "net_present_value", "paid_share", "starts"]

BEHAVIOUR = Behaviour(
    "invest",
    {
        "damping": ParameterRow("investment", "damping", most=1.0),
        "schedule_slip": ParameterRow("investment", "schedule_slip"),
        "spot_weight": ParameterRow("investment", "expected_price_weight_spot", most=1.0),
        "life": ParameterRow("investment", "depreciation_life", above=0.0),
        "load": ParameterRow("investment", "expected_load", above=0.0, most=1.0),
    },
)


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What a project is judged by. capex: million USD; capacity: t a year; margin: USD/kg.

    lead_time, ramp, life: years; load: share of capacity counted on; hurdle: a year, real
    capital_share, loan_share, equity_share: given, lent and held by states, of capex
    loan_rate: a year, real; loan_years: from the opening
    path: years from now and margin then, USD/kg, straight between; the one margin throughout if empty
    floor: years from now and what price floors add then, USD/kg, for floor_years from now
    """

    capex: float
    capacity: float
    margin: float
    lead_time: float
    ramp: float
    hurdle: float
    capital_share: float
    life: float
    load: float
    loan_share: float = 0.0
    loan_rate: float = 0.0
    loan_years: float = 15.0
    equity_share: float = 0.0
    path: tuple[tuple[float, float], ...] = ()
    floor: tuple[tuple[float, float], ...] = ()
    floor_years: float = np.inf

    @property
    def private(self) -> float:
        """Capital its owner has to find, million USD."""
        return max(1.0 - self.capital_share - self.loan_share - self.equity_share, 0.0) * self.capex


def paid_share(public: float, capex: float, award: float) -> float:
    """(B.66) Part of the public money on offer that an award covers. public: share of capex, million USD

    >>> paid_share(0.6, 100.0, np.inf), paid_share(0.6, 100.0, 60.0), paid_share(0.6, 200.0, 60.0)
    (1.0, 1.0, 0.5)
    """
    return 1.0 if public * capex <= award else award / (public * capex)


def net_present_value(project: Appraisal) -> float:
    """(B.9) Million USD today; capital is spent evenly over the lead time.

    >>> free = Appraisal(0.0, 1000.0, 10.0, 0.0, 0.0, 0.0, 0.0, 20.0, 0.85)
    >>> round(net_present_value(free), 1)
    170.0
    """
    years = np.arange(project.lead_time + 0.5, project.lead_time + project.life, 1.0)
    since = years - project.lead_time
    ramp = np.minimum(since / project.ramp, 1.0) if project.ramp > 0 else np.ones_like(since)
    factor = (1.0 + project.hurdle) ** -years
    income = _margins(project, years) * project.capacity * project.load / 1000.0  # t·USD/kg = thousand USD
    spent = (1.0 + project.hurdle) ** (-project.lead_time / 2.0)
    rest = project.capex * (1.0 - project.capital_share - project.loan_share)
    mine = project.private / rest if rest > 1e-9 else 1.0
    return float(mine * ((income * ramp * factor).sum() - _service(project)) - project.private * spent)


def _margins(project: Appraisal, years: Array) -> Array:
    """Margin in each of some years from now, floors counted while they last, USD/kg."""
    margin = np.full(years.size, project.margin)
    if project.path:
        margin = np.interp(years, *np.array(project.path).T)
    if project.floor:
        margin = margin + np.interp(years, *np.array(project.floor).T) * (years < project.floor_years)
    return margin


def _service(project: Appraisal) -> float:
    """What a public loan costs its owner, million USD today; interest adds up until the opening."""
    if project.loan_share <= 0:
        return 0.0
    owed = project.loan_share * project.capex * (1.0 + project.loan_rate) ** project.lead_time
    years = project.lead_time + np.arange(0.5, project.loan_years, 1.0)
    instalment = owed * annuity(project.loan_rate, project.loan_years)
    return float(instalment * ((1.0 + project.hurdle) ** -years).sum())


def starts(draw: float, damping: float, length: float) -> bool:
    """(B.10) Whether a project worth its capital starts this step. draw: uniform, the firm's own.

    >>> starts(0.05, 0.35, 0.25), starts(0.5, 0.35, 0.25)
    (True, False)
    """
    return bool(draw < 1.0 - (1.0 - damping) ** length)
