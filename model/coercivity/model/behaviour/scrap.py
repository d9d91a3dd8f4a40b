"""End-of-life magnets: what was taken up retires by vintage, and more of it is collected when it is dear.

    retired(t) = Σ_age w(age) · uptake(t − age),   w triangular between least, usual and longest life  (B.30)
    collected = min( most, rate(t) · (p / p₀)^e ) · retired                                             (B.31)

Uptake is the record's up to the base year and the run's own after it, so a boom or a ban comes back as
scrap a product's life later. rate(t) is what is attainable at base prices (recipes.csv, collection_rate);
p is the price of neodymium oxide, most of what a magnet is worth as scrap. Off, uptake stays the base
year's and prices do not matter.
"""

import numpy as np

from coercivity.model.behaviour import Behaviour, ParameterRow
from coercivity.optimise.market import Array

__all__ = ["ages", "collection_share"]

BEHAVIOUR = Behaviour(
    "scrap",
    {
        "response": ParameterRow("scrap", "collection_response"),
        "most": ParameterRow("scrap", "collection_most", most=1.0),
    },
)
POINTS = 9


def ages(least: float, usual: float, longest: float) -> tuple[Array, Array]:
    """(B.30) Ages at which a vintage retires, years, and the share that does at each.

    >>> at, share = ages(3.0, 6.0, 9.0)
    >>> float(round((at * share).sum(), 6)), float(round(share.sum(), 6))
    (6.0, 1.0)
    """
    edges = np.linspace(least, longest, POINTS + 1)
    middle = 0.5 * (edges[1:] + edges[:-1])
    weight = np.interp(middle, [least, usual, longest], [0.0, 1.0, 0.0])
    return middle, weight / weight.sum()


def collection_share(rate: float, dear: Array, response: float, most: float) -> Array:
    """(B.31) Share of what retires that is collected, by region. dear: p / p₀.

    >>> collection_share(0.2, np.array([1.0, 2.0]), 1.0, 0.3).tolist()
    [0.2, 0.3]
    """
    return np.asarray(np.minimum(most, rate * np.maximum(dear, 1e-3) ** response))
