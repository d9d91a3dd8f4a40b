"""Ties: an owner's feed goes to its own plant first.

promised = share × min(output of the mine, output of the plant)  while both run          (C.6)
priority <= max(tie penalty, backing · capital / capacity)                               (B.64)

Feed of a plant that states paid for is their security: who sells it elsewhere owes them what they put in.
"""

from coercivity.model.behaviour import Behaviour, ParameterRow

__all__ = ["called_in", "promised_feed"]

BEHAVIOUR = Behaviour("offer", {"tie_share": ParameterRow("firm", "tie_share", "owner", most=1.0)})


def promised_feed(share: float, mine: float, plant: float) -> float:
    """(C.6) What is kept for an owner's own plant, t a year.

    >>> promised_feed(0.5, 100.0, 40.0)
    20.0
    """
    return share * min(mine, plant)


def called_in(backing: float, capex: float, capacity: float) -> float:
    """(B.64) Public money that comes due, USD for each kilogram of a year's feed.

    backing: share of capital; capex: million USD; capacity: t a year

    >>> round(called_in(0.9, 1160.0, 17500.0), 1), called_in(0.0, 1160.0, 17500.0)
    (59.7, 0.0)
    """
    return 1000.0 * backing * capex / capacity
