"""The smooth equilibrium conditions of one step, as functions of flows x and prices u.

    (F.1)  Mᵀu − τ·u[origin] = c            every column in use earns exactly its cost
    (F.2)  M·x − q(u) + r(u) = b            every row in force holds, with the smooth curves

with M the matrix of `compiled.py`, τ the ad valorem taxes, q demand and r rising-cost room.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coercivity.optimise.compiled import Compiled
from coercivity.optimise.curves import DemandCurves, RiseCurves, easing, falling, quantity_taken, room
from coercivity.optimise.entries import Entries, Places, earnings, fill
from coercivity.optimise.loops import compiled_loop
from coercivity.optimise.market import Array, Market
from coercivity.optimise.wiring import Elimination

__all__ = ["Conditions", "Mask", "Smooth", "curve_of", "excess", "reduced_cost", "slope_of"]

Mask = NDArray[np.bool_]


class Conditions(NamedTuple):
    """The arrays of (F.1) and (F.2), as loops want them.

    entries: M and (Mᵀ − τ·E); cost, upper: of columns; right, equal, limited: of rows, which are
    balances first; node: row of each use, (d), least: what it takes at its choke price;
    capacity: row of the first plant
    """

    entries: Entries
    cost: Array
    upper: Array
    right: Array
    equal: Mask
    limited: Mask
    demand: DemandCurves
    node: Places
    least: Array
    rise: RiseCurves
    capacity: int


@compiled_loop
def reduced_cost(at: Conditions, price: Array) -> Array:
    """(F.1): what a unit of each column costs beyond what it earns, c − (Mᵀ − τ·E)u, USD/kg."""
    loss = earnings(at.entries, price)
    for column in range(loss.size):
        loss[column] = at.cost[column] - loss[column]
    return loss


@compiled_loop
def curve_of(at: Conditions, price: Array) -> Array:
    """−q(u) + r(u) of every row, t; the backstops are columns, not part of q."""
    out = np.zeros(price.size)
    for use in range(at.node.size):
        node = at.node[use]
        out[node] -= quantity_taken(at.demand, use, min(price[node], at.demand.choke[use])) - at.least[use]
    for plant in range(at.rise.rise.size):
        row = at.capacity + plant
        out[row] += room(at.rise, plant, price[row])
    return out


@compiled_loop
def slope_of(at: Conditions, price: Array) -> Array:
    """d(−q + r)/du of every row, never negative."""
    out = np.zeros(price.size)
    for use in range(at.node.size):
        node = at.node[use]
        out[node] -= falling(at.demand, use, price[node])
    for plant in range(at.rise.rise.size):
        row = at.capacity + plant
        out[row] += easing(at.rise, plant, price[row])
    return out


@compiled_loop
def excess(at: Conditions, flow: Array, price: Array) -> Array:
    """(F.2): what there is less what is used in each row, M·x − q(u) + r(u) − b, t."""
    out = fill(at.entries, flow)
    curve = curve_of(at, price)
    for row in range(out.size):
        out[row] += curve[row] - at.right[row]
    return out


class Smooth:
    """One step's equilibrium conditions. Columns here are the structural ones of `compiled.py`."""

    def __init__(self, compiled: Compiled, market: Market, elimination: Elimination | None = None) -> None:
        self.elimination = elimination or Elimination()
        self.compiled, self.market = compiled, market
        self.demand, self.rise = DemandCurves.of(market), RiseCurves.of(market)
        self.balance, self.capacity = compiled.rows["balance"], compiled.rows["capacity"]
        self.node = compiled.wiring.node
        self.least = self.demand.quantity(self.demand.choke)
        self.cost = _cost(compiled, market)
        self.upper = _upper(compiled, market, self.least)
        self.right = _right_hand_side(compiled, market)
        self.equal = compiled.equal
        self.limited = np.isfinite(self.right)
        self.entries = compiled.wiring.entries(_earning_entries(compiled, market))
        self.conditions = Conditions(
            self.entries,
            self.cost,
            self.upper,
            self.right,
            self.equal,
            self.limited,
            self.demand,
            self.node,
            self.least,
            self.rise,
            self.capacity.start,
        )

    def slope(self, price: Array) -> Array:
        """d(−q + r)/du of every row, never negative."""
        return slope_of(self.conditions, price)

    def reduced_cost(self, price: Array) -> Array:
        """What a unit of each column costs beyond what it earns, USD/kg."""
        return reduced_cost(self.conditions, price)

    def excess(self, flow: Array, price: Array) -> Array:
        """What there is less what is used in each row, t; nil in balances at equilibrium."""
        return excess(self.conditions, flow, price)

    def taxes(self, price: Array) -> Array:
        """Ad valorem tax on a unit of every column, at these prices, USD/kg."""
        tax = np.zeros(self.cost.size)
        network, span = self.compiled.network, self.compiled.columns["f"]
        tax[span] = self.market.ad_valorem * price[self.balance][network.origin]
        return tax


def _earning_entries(compiled: Compiled, market: Market) -> Array:
    """Entries of (Mᵀ − τ·E): the wiring's, with taxes on what leaves an origin."""
    values = compiled.wiring.value.copy()
    values[compiled.wiring.origin_entry] -= market.ad_valorem
    return values


def _cost(compiled: Compiled, market: Market) -> Array:
    """Cost of a unit of every structural column, USD/kg, ad valorem taxes apart."""
    return np.concatenate(
        [
            market.activity_cost + compiled.burden @ market.charge,
            market.arc_cost + compiled.licence @ market.asking,
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


def _right_hand_side(compiled: Compiled, market: Market) -> Array:
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
