"""Outlook: projects are judged by prices ahead, weighed over what may come, not by today's alone.

    margin(t) = (1 − w) · margin today + w · [ P(t) · margin with measures + (1 − P(t)) · without ]   (B.59)
    P(t) = (1 − end_hazard)^t

Prices ahead are those the market model clears at in three, eight and thirteen years, looked up every other
year, and, once measures end, those of year eight without them: demand as published,
works decided on as built, quotas growing as they have, demand's slow response come through, no stocks. What
others have not decided yet, nobody knows: (B.32) and (B.58) stand for it.
"""

from coercivity.model.behaviour import Behaviour, ParameterRow

__all__ = ["YEARS", "lasting"]

BEHAVIOUR = Behaviour(
    "outlook",
    {
        "weight": ParameterRow("expectation", "outlook_weight", most=1.0),
        "end_hazard": ParameterRow("expectation", "measure_end_hazard", most=1.0),
    },
)

YEARS = (3.0, 8.0, 13.0)  # a plant decided on today opens in about three and pays back over the next ten


def lasting(hazard: float, years: float) -> float:
    """(B.59) Chance that a measure in force today still is. hazard: of its end, a year.

    >>> lasting(0.2, 0.0), round(lasting(0.2, 2.0), 2)
    (1.0, 0.64)
    """
    return float((1.0 - hazard) ** years)
