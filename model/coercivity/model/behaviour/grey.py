"""The grey channel: what a premium worth evading calls forth.

capacity' = capacity · exp( clip( g ln(Λ / 2), −fall, +rise ) )  up to a ceiling      (B.8)
"""

import numpy as np

from coercivity.model.behaviour import Behaviour, ParameterRow

__all__ = ["grow_capacity"]

BEHAVIOUR = Behaviour(
    "grey",
    {
        "leak": ParameterRow("grey", "grey_leak", most=1.0),
        "growth": ParameterRow("grey", "grey_growth"),
        "ceiling": ParameterRow("grey", "grey_ceiling"),
        "cost": ParameterRow("grey", "grey_cost"),
        "fall": ParameterRow("grey", "grey_max_fall"),
        "rise": ParameterRow("grey", "grey_max_rise"),
    },
)


def grow_capacity(
    capacity: float, premium: float, growth: float, clip: tuple[float, float], ceiling: float, length: float
) -> float:
    """(B.8) Capacity after a step, t a year or a share of what is restricted.

    clip: fall and rise a quarter, logs

    >>> round(grow_capacity(100.0, 2.0, 0.09, (0.1, 0.15), 130.0, 0.25), 3)
    100.0
    """
    steps = 4.0 * length
    change = np.clip(growth * np.log(max(premium, 1e-3) / 2.0), -clip[0], clip[1])
    return float(min(capacity * np.exp(change * steps), ceiling))
