"""Perceived supply risk: jumps at a restriction, decays with a memory half-life.

risk' = risk · 2^(−Δt / half-life) + jump · (1 − approval) · share                    (B.7)

share: of what a holder holds, what comes by the ways that a limit covers, as it is or in what it is made
of ((O.4) in accounts/exposure.py); 1 of news and quarrels, which are about everything.
"""

import numpy as np

from coercivity.model.behaviour import Behaviour, ParameterRow
from coercivity.optimise.market import Array

__all__ = ["update_risk"]

BEHAVIOUR = Behaviour(
    "risk",
    {
        "half_life": ParameterRow("risk", "risk_half_life", above=0.0),
        "jump": ParameterRow("risk", "jump_generic", "restriction"),
    },
)


def update_risk(risk: Array, jump: Array, half_life: float, length: float) -> Array:
    """(B.7) Risk after a step. half_life: quarters; length: years.

    >>> import numpy as np
    >>> update_risk(np.array([1.0, 0.0]), np.array([0.0, 0.6]), 4.0, 0.25).round(3).tolist()
    [0.841, 0.6]
    """
    return np.asarray(risk * 2.0 ** (-4.0 * length / half_life) + jump)
