"""Replication: plants of a kind that anybody may build, unit after unit, each dearer than the last.

    capital of the k-th unit = capital · (1 + congestion · (under construction + k units) / standing) (B.57)
    price it counts on       = price · (1 + k · unit / standing)^(−slope)                             (B.58)
    cost of a k-th mine      = cost · [ (decided + k · unit) / decided at the start ]^depletion       (B.60)

Under construction and standing are of its stage on its side, at home or abroad, for capital (builders,
engineers and equipment are hired there), and of its stage anywhere for the price. Units that pay are
begun one by one with the chance of (B.10) each. The best deposits go first: the next mine of a kind costs
more to build and to run, by all that is decided on of its stage on its side, as the named projects of the
evidence do when they are ordered by their cost.
"""

from coercivity.model.behaviour import Behaviour, ParameterRow

__all__ = ["MOST", "deplete", "thin_copies"]

BEHAVIOUR = Behaviour(
    "replication",
    {
        "congestion": ParameterRow("investment", "congestion"),
        "depletion": ParameterRow("investment", "depletion"),
    },
    switch="invest",
)

MOST = 12  # units of a kind that are looked at in a step


def thin_copies(more: float, slope: float) -> float:
    """(B.58) Factor on the price of output. more: capacity begun along with it, over what stands.

    >>> thin_copies(0.0, 0.5), round(thin_copies(1.0, 0.5), 4)
    (1.0, 0.7071)
    """
    return float((1.0 + more) ** -slope)


def deplete(dearer: float, more: float, depletion: float) -> float:
    """(B.60) Factor on the cost of a mine. dearer: of the next one; more: begun before it

    >>> round(deplete(1.0, 0.0, 1.5), 3), round(deplete(1.2, 1.0, 1.0), 3)
    (1.0, 2.4)
    """
    return float(dearer * (1.0 + more) ** depletion)
