"""Investment: a project starts when its expected net present value is positive, and not at once.

NPV = −capex (1 − s) + Σ margin · capacity · ramp(t) / (1 + h)^t                      (B.9)
P(start in a step | NPV > 0) = 1 − (1 − damping)^Δt                                   (B.10)
"""

from dataclasses import dataclass

import numpy as np

from coercivity.model.behaviour import Behaviour, Row

__all__ = ["Appraisal", "net_present_value", "starts"]

BEHAVIOUR = Behaviour(
    "invest",
    {
        "damping": Row("investment", "damping"),
        "schedule_slip": Row("investment", "schedule_slip"),
        "spot_weight": Row("investment", "expected_price_weight_spot"),
        "life": Row("investment", "depreciation_life"),
        "load": Row("investment", "expected_load"),
    },
)


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What a project is judged by. capex: million USD; capacity: t a year; margin: USD/kg.

    lead_time, ramp, life: years; load: share of capacity counted on; hurdle: a year, real
    capital_share: borne by a state
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
    income = project.margin * project.capacity * project.load / 1000.0  # thousand t·USD/kg = million USD
    spent = (1.0 + project.hurdle) ** (-project.lead_time / 2.0)
    return float(income * (ramp * factor).sum() - project.capex * (1 - project.capital_share) * spent)


def starts(value: float, draw: float, damping: float, length: float) -> bool:
    """(B.10) Whether a project of that value starts this step. draw: uniform, the firm's own.

    >>> starts(1.0, 0.05, 0.35, 0.25), starts(-1.0, 0.0, 0.35, 0.25)
    (True, False)
    """
    return value > 0 and draw < 1.0 - (1.0 - damping) ** length
