"""Perceived supply risk: jumps at a restriction, decays with a memory half-life.

risk' = risk · 2^(−Δt / half-life) + jump · (1 − approval)                            (B.7)
"""

from coercivity.model.behaviour import Behaviour, ParameterRow

__all__ = ["update_risk"]

BEHAVIOUR = Behaviour(
    "risk",
    {
        "half_life": ParameterRow("risk", "risk_half_life", above=0.0),
        "jump": ParameterRow("risk", "jump_generic", "restriction"),
    },
)


def update_risk(risk: float, jump: float, half_life: float, length: float) -> float:
    """(B.7) Risk after a step. half_life: quarters; length: years.

    >>> update_risk(1.0, 0.0, 4.0, 1.0), update_risk(0.0, 0.6, 4.0, 0.25)
    (0.5, 0.6)
    """
    return float(risk * 2.0 ** (-4.0 * length / half_life) + jump)
