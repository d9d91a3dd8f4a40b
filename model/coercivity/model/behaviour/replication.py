"""Replication: plants of a kind that anybody may build, unit after unit, each dearer than the last.

    capital of the k-th unit = capital · (1 + congestion · (under construction + k units) / standing) (B.57)
    price it counts on       = price · (1 + k · unit / standing)^(−slope)                             (B.58)

Under construction and standing are of its stage on its side, at home or abroad, for capital (builders,
engineers and equipment are hired there), and of its stage anywhere for the price. Units that pay are
begun one by one with the chance of (B.10) each.
"""

from coercivity.model.behaviour import Behaviour, ParameterRow

__all__ = ["MOST", "thin_copies"]

BEHAVIOUR = Behaviour(
    "replication", {"congestion": ParameterRow("investment", "congestion")}, switch="invest"
)

MOST = 12  # units of a kind that are looked at in a step


def thin_copies(more: float, slope: float) -> float:
    """(B.58) Factor on the price of output. more: capacity begun along with it, over what stands.

    >>> thin_copies(0.0, 0.5), round(thin_copies(1.0, 0.5), 4)
    (1.0, 0.7071)
    """
    return float((1.0 + more) ** -slope)
