"""Slow responses: demand and heavy content move from the short to the long run.

    ln K' = ln K − κ [ (e_L − e_S) ln(p / p₀) + ln K ]                                    (B.5)

so that K stays where a price has put it only while the price stays; what is lost comes back
as slowly as it went (about a quarter of Japan's lost demand returned after 2012).
"""

import numpy as np

from coercivity.model.behaviour import Behaviour, ParameterRow
from coercivity.optimise.market import Array

__all__ = ["adjust_demand"]

BEHAVIOURS = (
    Behaviour(
        "demand",
        {
            "kappa": ParameterRow("demand", "kappa", most=1.0),
            "ready": ParameterRow("demand", "recipe_ready", most=1.0),
            "adoption": ParameterRow("demand", "recipe_adoption", most=1.0),
        },
        summary="Slow response of demand: users move from the short to the long run",
    ),
    Behaviour(
        "thrift",
        {
            "sigma_short": ParameterRow("thrift", "sigma_short"),
            "sigma_long": ParameterRow("thrift", "sigma_long"),
            "speed": ParameterRow("thrift", "speed", "", 0.25, most=1.0),  # a year -> a quarter
        },
        summary="Thrift: dear dysprosium and terbium are used more sparingly, and slowly more so",
    ),
)

FAR = np.log(30.0)  # no one has seen what prices farther from the base year's do for long


def adjust_demand(level: Array, price: Array, base: Array, gap: Array, speed: float, length: float) -> Array:
    """(B.5) ln K after a step. gap: e_L − e_S; speed: κ a quarter; length: years.

    >>> import numpy as np
    >>> k = adjust_demand(np.zeros(1), np.full(1, np.e), np.ones(1), np.full(1, 0.4), 0.1, 0.25)
    >>> round(float(k[0]), 6)
    -0.04
    """
    kappa = 1.0 - (1.0 - speed) ** (4.0 * length)
    dear = np.clip(np.log(np.maximum(price, 1e-9) / np.maximum(base, 1e-9)), -FAR, FAR)
    return np.asarray(level - kappa * (gap * dear + level))
