"""Exploration: deposits nobody knows yet are found by luck, sooner when prices have long been high.

    P(found in a step) = 1 − exp( −rate · (p̄ / p₀)^e · Δt )                                (B.33)

p̄ is the slow mean of the price of neodymium oxide in China. What is found is studied for years before
anybody can decide on it (`study` years, then the lead time of a mine), so that a boom's discoveries
come to market long after it. Each deposit draws from a stream of its own. Source: years from discovery
to production of rare-earth deposits (projects.csv; Schodde 2014 on other metals).
"""

import numpy as np

from coercivity.model.behaviour import Behaviour, ParameterRow

__all__ = ["chance"]

BEHAVIOUR = Behaviour(
    "exploration",
    {
        "rate": ParameterRow("exploration", "discovery_rate"),
        "response": ParameterRow("exploration", "discovery_response"),
        "study": ParameterRow("exploration", "study_years"),
    },
)


def chance(rate: float, dear: float, response: float, length: float) -> float:
    """(B.33) That one deposit is found in a step. dear: p̄ / p₀; length: years.

    >>> round(chance(0.1, 1.0, 1.0, 1.0), 4), chance(0.1, 2.0, 1.0, 1.0) > chance(0.1, 1.0, 1.0, 1.0)
    (0.0952, True)
    """
    return float(1.0 - np.exp(-rate * max(dear, 1e-6) ** response * length))
