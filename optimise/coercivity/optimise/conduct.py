"""Market power as an option: sellers who see that their own sales lower the price.

A seller with conduct θ asks, over its cost, a mark-up of θ times what its own sales take off the
price of all it sells there, at rivals' fixed quantities:

    (F.3)  price − cost = θ · sales · |dp/dq|,      dq/dp the slope of demand where it sells

θ = 0 is competition, θ = 1 is Cournot. Sales go through a desk, a plant of the network that
carries all of one seller's arcs to one node; the mark-up is the desk's cost rising from nothing
over its capacity, so it is exact for any split between sellers. The slope of demand belongs to
the price it leads to, hence a market is cleared again until both agree. Joint products are marked
up desk by desk, that is, by what each of them bears. Sources: Cournot (1838); Anderson (1965)
for the iteration.

The mark-up counts as a cost in the objective and in the certificate; it is income of the seller.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from coercivity.optimise.curves import DemandCurves
from coercivity.optimise.errors import ClearingError
from coercivity.optimise.market import Array, Clearing, Market

__all__ = ["compete"]

ROUNDS = 60
AGREE = 1e-7  # of slopes, relative


def compete(clear: Callable[[Market], Clearing], market: Market) -> Clearing:
    """The equilibrium with every desk's mark-up at its own price. Raises ClearingError if none is found."""
    conduct = market.conduct
    assert conduct is not None
    answer = clear(replace(market, conduct=None))
    slope = np.log(_steepness(market, answer.price, np.ones(conduct.node.size)))
    before: tuple[Array, Array] | None = None
    for _ in range(ROUNDS):
        spread = market.spread.copy()
        spread[conduct.desk] = conduct.theta * np.exp(slope) * market.capacity[conduct.desk]
        answer = clear(replace(market, spread=spread, conduct=None))
        miss = np.log(_steepness(market, answer.price, np.exp(slope))) - slope
        if np.abs(miss).max(initial=0.0) <= AGREE:
            return answer
        before, slope = (slope, miss), _accelerate(slope, miss, before)
    raise ClearingError(f"mark-ups did not settle in {ROUNDS} rounds: {np.abs(miss).max():.1e} remains")


def _steepness(market: Market, price: Array, last: Array) -> Array:
    """|dp/dq| where each desk sells, USD/kg per t; as before where demand does not answer prices."""
    assert market.conduct is not None
    network = market.network
    node = network.demand_node
    fall = np.bincount(node, -DemandCurves.of(market).slope(price[node]), len(network.nodes))
    here = fall[market.conduct.node]
    return np.where(here > 0, 1.0 / np.where(here > 0, here, 1.0), last)


def _accelerate(at: Array, miss: Array, before: tuple[Array, Array] | None) -> Array:
    """Anderson's step from the last two rounds, kept within a factor of four of the plain one."""
    plain = at + miss
    if before is None:
        return plain
    change = miss - before[1]
    weight = float(change @ miss) / max(float(change @ change), 1e-300)
    wanted = plain - weight * (at - before[0] + change)
    return np.clip(wanted, plain - np.log(4.0), plain + np.log(4.0))
