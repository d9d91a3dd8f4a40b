"""Reputation of a supplier: who coerces is doubted long after the fear has gone.

R' = 1 − (1 − R) · 2^(−Δt / half-life) − harm · severity · share of exports hit,  R ≥ 0   (B.25)
hurdle of projects elsewhere = hurdle − premium · (1 − R)                              (B.26)
fear of those it spares = spill · fear of those it hits                                (B.27)

Perceived risk is forgotten in quarters, and complacency follows; contracts and bankers remember for
years. A doubted supplier makes every other's project a little safer to pay for.
"""

from coercivity.model.behaviour import Behaviour, ParameterRow

__all__ = ["recover"]

BEHAVIOUR = Behaviour(
    "reputation",
    {
        "half_life": ParameterRow("reputation", "half_life", above=0.0),
        "harm": ParameterRow("reputation", "harm"),
        "premium": ParameterRow("reputation", "premium"),
        "spill": ParameterRow("reputation", "spill", most=1.0),
    },
)


def recover(standing: float, harm: float, half_life: float, length: float) -> float:
    """(B.25) Reputation after a step, 0 to 1. harm: done in it; half_life, length: years.

    >>> recover(0.5, 0.0, 8.0, 8.0), recover(1.0, 0.3, 8.0, 1.0), recover(0.1, 0.5, 8.0, 1.0)
    (0.75, 0.7, 0.0)
    """
    return float(max(1.0 - (1.0 - standing) * 2.0 ** (-length / half_life) - harm, 0.0))
