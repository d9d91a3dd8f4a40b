"""Ties: an owner's feed goes to its own plant first.

promised = share × min(output of the mine, output of the plant)  while both run          (C.6)
"""

from coercivity.model.behaviour import Behaviour, ParameterRow

__all__ = ["promised_feed"]

BEHAVIOUR = Behaviour("offer", {"tie_share": ParameterRow("firm", "tie_share", "owner", most=1.0)})


def promised_feed(share: float, mine: float, plant: float) -> float:
    """(C.6) What is kept for an owner's own plant, t a year.

    >>> promised_feed(0.5, 100.0, 40.0)
    20.0
    """
    return share * min(mine, plant)
