"""Illicit mining: undocumented diggers multiply when ore is dear and thin out when they are chased.

N* = (p / p₀)^elasticity × (1 − effort);   N' = N + (N* − N) (1 − (1 − speed)^Δt)       (B.28)

N is their number over the base year's, p the price of their ore. A tight quota makes ore dear and so
calls them forth: what is not dug legally is dug all the same. Effort is a state's, 0 to 1.
"""

import numpy as np

from coercivity.model.behaviour import Behaviour, ParameterRow
from coercivity.optimise.market import Array

__all__ = ["diggers"]

BEHAVIOUR = Behaviour(
    "illicit",
    {
        "elasticity": ParameterRow("supply", "illicit_elasticity"),
        "speed": ParameterRow("illicit", "speed", most=1.0),
        "most": ParameterRow("illicit", "most"),
    },
)


def diggers(
    now: Array, dear: Array, effort: Array, elasticity: float, speed: float, most: float, length: float
) -> Array:
    """(B.28) Their number a step later. dear: p / p₀; speed: share of the gap closed a year; most: of N.

    >>> round(float(diggers(np.ones(1), np.full(1, 4.0), np.zeros(1), 0.5, 0.5, 3.0, 1.0)[0]), 6)
    1.5
    """
    wanted = np.minimum(np.maximum(dear, 1e-6) ** elasticity, most) * (1.0 - effort)
    return np.asarray(now + (wanted - now) * (1.0 - (1.0 - speed) ** length))
