"""The smooth equilibrium conditions of one step, as functions of flows x and prices u.

    (F.1)  Mᵀu − τ·u[origin] = c            every column in use earns exactly its cost
    (F.2)  M·x − q(u) + r(u) = b            every row in force holds, with the smooth curves

with M the matrix of `compiled.py`, τ the ad valorem taxes, q demand and r rising-cost room.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from coercivity.optimise.compiled import Compiled
from coercivity.optimise.curves import DemandCurves, RiseCurves
from coercivity.optimise.market import Array, Market
from coercivity.optimise.wiring import Elimination

__all__ = ["Mask", "Smooth"]

Mask = NDArray[np.bool_]


class Smooth:
    """One step's equilibrium conditions. Columns here are the structural ones of `compiled.py`."""

    def __init__(self, compiled: Compiled, market: Market, elimination: Elimination | None = None) -> None:
        network = compiled.network
        self.elimination = elimination or Elimination()
        self.compiled, self.market = compiled, market
        self.demand, self.rise = DemandCurves.of(market), RiseCurves.of(market)
        self.balance, self.capacity = compiled.rows["balance"], compiled.rows["capacity"]
        self.node, self.nodes = network.demand_node, len(network.nodes)
        self.least = self.demand.quantity(market.choke)
        self.cost = _cost(compiled, market)
        self.upper = _upper(compiled, market, self.least)
        self.right = _right(compiled, market)
        self.equal = compiled.equal
        self.limited = np.isfinite(self.right)
        self.matrix = compiled.wiring.by_row
        self.earning = _earning(compiled, market)  # what each column earns: (Mᵀ − τ·E)
        self.curved = np.zeros(self.right.size, dtype=bool)  # only these prices must stay positive
        self.curved[self.node] = True
        self.tonnes_of = np.maximum(1.0, self.least.max(initial=0.0))

    def curve(self, price: Array) -> Array:
        """−q(u) + r(u) of every row, t; the backstops are columns, not part of q."""
        out = np.zeros(price.size)
        at_node = price[self.balance][self.node]
        taken = self.demand.quantity(np.minimum(at_node, self.demand.choke)) - self.least
        out[self.balance] = -np.bincount(self.node, taken, self.nodes)
        out[self.capacity] = self.rise.quantity(price[self.capacity])
        return out

    def slope(self, price: Array) -> Array:
        """d(−q + r)/du of every row, never negative."""
        out = np.zeros(price.size)
        fall = self.demand.slope(price[self.balance][self.node])
        out[self.balance] = -np.bincount(self.node, fall, self.nodes)
        out[self.capacity] = self.rise.slope(price[self.capacity])
        return out

    def reduced_cost(self, price: Array) -> Array:
        """What a unit of each column costs beyond what it earns, USD/kg."""
        return np.asarray(self.cost - self.earning @ price)

    def excess(self, flow: Array, price: Array) -> Array:
        """What there is less what is used in each row, t; nil in balances at equilibrium."""
        return np.asarray(self.matrix @ flow) + self.curve(price) - self.right

    def taxes(self, price: Array) -> Array:
        """Ad valorem tax on a unit of every column, at these prices, USD/kg."""
        tax = np.zeros(self.cost.size)
        network, span = self.compiled.network, self.compiled.columns["f"]
        tax[span] = self.market.ad_valorem * price[self.balance][network.origin]
        return tax


def _earning(compiled: Compiled, market: Market) -> sparse.csr_matrix:
    """(Mᵀ − τ·E), columns by rows: the wiring's transpose with taxes on what leaves an origin."""
    wiring = compiled.wiring
    values = wiring.value.copy()
    values[wiring.origin_entry] -= market.ad_valorem
    shape = compiled.structural, compiled.matrix.shape[0]
    return sparse.csr_matrix((values, wiring.row, wiring.start), shape=shape)


def _cost(compiled: Compiled, market: Market) -> Array:
    """Cost of a unit of every structural column, USD/kg, ad valorem taxes apart."""
    return np.concatenate(
        [
            market.activity_cost + compiled.burden.T @ market.charge,
            market.arc_cost + compiled.licence.T @ market.asking,
            -market.disposal_value,
            market.penalty,
            -market.choke,
        ]
    )


def _upper(compiled: Compiled, market: Market, least: Array) -> Array:
    """The most of every structural column, t."""
    sizes = compiled.network.sizes
    return np.concatenate(
        [
            np.full(sizes["a"], np.inf),
            market.arc_bound,
            np.full(sizes["z"] + sizes["k"], np.inf),
            least,
        ]
    )


def _right(compiled: Compiled, market: Market) -> Array:
    """Right-hand side of every row as (C.2)-(C.6) state them; −inf where nothing is limited."""
    return np.concatenate(
        [
            -market.supply,
            np.zeros(len(compiled.network.plants)),
            -market.limit,
            -market.cap,
            market.contract,
        ]
    )
