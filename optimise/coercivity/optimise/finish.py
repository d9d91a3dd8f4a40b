"""Newton's finish: the smooth equilibrium on an active set, and the proof that the set is right.

On the active set the equilibrium is a square system in flows x and prices u:

    (F.1)  Mᵀu − τ·u[origin] = c            every column in use earns exactly its cost
    (F.2)  M·x − q(u) + r(u) = b            every row in force holds, with the smooth curves

with M the matrix of `compiled.py`, τ the ad valorem taxes, q demand and r rising-cost room.
A solution counts only if every sign and bound holds; else columns and rows move in or out of
the set and it is solved again. Source: model design, section 4; a primal-dual active-set method
(Hintermueller, Ito & Kunisch 2002).
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from coercivity.optimise.compiled import Compiled
from coercivity.optimise.curves import DemandCurves, RiseCurves
from coercivity.optimise.market import Array, Market

__all__ = ["Point", "Smooth", "finish"]

Mask = NDArray[np.bool_]
ROUNDS = 12
NEWTON = 25
PROXIMAL = 1e-11  # keeps a direction that nothing pins where it is
TONNES = 1e-10  # tolerance on flows, relative to the largest
DOLLARS = 1e-8  # tolerance on prices, USD/kg, relative to 1 + |cost|


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """Flows of structural columns, prices of rows, and how many Newton steps they took."""

    flow: Array
    price: Array
    steps: int


class Smooth:
    """One step's equilibrium conditions as functions of flows x and prices u."""

    def __init__(self, compiled: Compiled, market: Market) -> None:
        network = compiled.network
        self.compiled, self.market = compiled, market
        self.demand, self.rise = DemandCurves.of(market), RiseCurves.of(market)
        self.balance, self.capacity = compiled.rows["balance"], compiled.rows["capacity"]
        self.node, self.nodes = network.demand_node, len(network.nodes)
        self.matrix = structure(compiled)
        self.cost = structural_cost(compiled, market)
        self.upper = structural_upper(compiled, market, self.demand)
        self.right = row_bounds(compiled, market)
        self.equal = np.zeros(self.right.size, dtype=bool)
        self.equal[self.balance] = True
        self.tax = np.zeros(self.cost.size)
        self.tax[compiled.columns["f"]] = market.ad_valorem
        self.taxed = np.flatnonzero(self.tax)
        self.taxed_node = network.origin[self.taxed - compiled.columns["f"].start]
        self.least = self.demand.quantity(self.demand.choke)

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
        out = self.cost - self.matrix.T @ price
        out[self.taxed] += self.tax[self.taxed] * price[self.taxed_node]
        return np.asarray(out)

    def excess(self, flow: Array, price: Array) -> Array:
        """What there is less what is used in each row, t; nil in balances at equilibrium."""
        return np.asarray(self.matrix @ flow) + self.curve(price) - self.right


def structure(compiled: Compiled) -> sparse.csr_matrix:
    """The matrix over structural columns only."""
    return sparse.csr_matrix(compiled.matrix[:, : compiled.structural])


def structural_cost(compiled: Compiled, market: Market) -> Array:
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


def structural_upper(compiled: Compiled, market: Market, demand: DemandCurves) -> Array:
    """The most of every structural column, t."""
    sizes = compiled.network.sizes
    return np.concatenate(
        [
            np.full(sizes["a"], np.inf),
            market.arc_bound,
            np.full(sizes["z"] + sizes["k"], np.inf),
            demand.quantity(market.choke),
        ]
    )


def row_bounds(compiled: Compiled, market: Market) -> Array:
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


@dataclass(slots=True)
class ActiveSet:
    """Which columns are free, which stand at their upper bound, which rows are in force."""

    free: Mask
    full: Mask
    tight: Mask
    moves: int = field(default=0)


def finish(smooth: Smooth, active: ActiveSet, flow: Array, price: Array) -> Point | None:
    """The equilibrium reached from an active set, or None if no set nearby holds it."""
    steps = 0
    for _ in range(ROUNDS):
        solved = _newton(smooth, active, flow, price)
        if solved is None:
            return None
        flow, price, taken = solved
        steps += taken
        if not _revise(smooth, active, flow, price):
            return Point(flow, price, steps)
    return None


def _newton(
    smooth: Smooth, active: ActiveSet, flow: Array, price: Array
) -> tuple[Array, Array, int] | None:
    """Solve (F.1)-(F.2) on the active set; None if it diverges or the set is singular."""
    free, tight = np.flatnonzero(active.free), np.flatnonzero(active.tight)
    flow = np.where(active.full, smooth.upper, np.where(active.free, flow, 0.0))
    price = np.where(active.tight, price, 0.0)
    block = smooth.matrix[tight][:, free]
    earning = _taxed(smooth, block, free, tight)
    largest = max(1.0, float(np.abs(flow).max(initial=0.0)))
    dollars = 1e-10 * (1.0 + np.abs(smooth.cost[free]))
    for step in range(NEWTON):
        unpaid = smooth.reduced_cost(price)[free]
        short = -smooth.excess(flow, price)[tight]
        tonnes = largest * (1e-12 if step < 5 else 1e-10)  # the rounding of a badly scaled set
        if (np.abs(unpaid) <= dollars).all() and (np.abs(short) <= tonnes).all():
            return flow, price, step
        slope = smooth.slope(price)[tight]
        system = sparse.bmat(
            [
                [-PROXIMAL * sparse.identity(free.size), earning],
                [block, sparse.diags(slope + PROXIMAL)],
            ],
            format="csc",
        )
        try:
            move = splu(system).solve(np.concatenate([unpaid, short]))
        except RuntimeError:
            return None
        if not np.isfinite(move).all():
            return None
        flow[free] += move[: free.size]
        step_price = np.zeros(price.size)
        step_price[tight] = _bounded(smooth, tight, price[tight], move[free.size :])
        price += _stride(smooth, flow, price, step_price, settled=bool((np.abs(unpaid) <= dollars).all())) * step_price
    return None


def _bounded(smooth: Smooth, tight: Array, price: Array, move: Array) -> Array:
    """A price step that takes away no more than nine tenths of a price."""
    floor = np.where(smooth.equal[tight] & (price > 0), -0.9 * price, -np.inf)
    return np.maximum(move, floor)


def _stride(smooth: Smooth, flow: Array, price: Array, move: Array, settled: bool) -> float:
    """How far to go along a price step: all the way, or to where the curves balance along it.

    Once every used column earns its cost, the equilibrium minimises a convex function of
    prices; its derivative along the step rises with the stride, so bisection finds its zero.
    """
    if not settled:
        return 1.0

    def imbalance(stride: float) -> float:
        excess = smooth.excess(flow, price + stride * move)
        return float(move @ np.where(move == 0.0, 0.0, excess))

    start, end = imbalance(0.0), imbalance(1.0)
    if start >= 0.0 or end <= 0.3 * abs(start):
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(12):
        middle = (low + high) / 2
        at = imbalance(middle)
        if abs(at) <= 0.1 * abs(start):
            return middle
        low, high = (middle, high) if at < 0 else (low, middle)
    return (low + high) / 2


def _taxed(
    smooth: Smooth, block: sparse.csr_matrix, free: Array, tight: Array
) -> sparse.csc_matrix:
    """(Mᵀ − τ·E) of the active set: what a free column earns from the tight rows' prices."""
    position = np.full(smooth.right.size, -1)
    position[tight] = np.arange(tight.size)
    place = np.full(smooth.cost.size, -1)
    place[free] = np.arange(free.size)
    rows, columns = place[smooth.taxed], position[smooth.taxed_node]
    use = (rows >= 0) & (columns >= 0)
    tax = sparse.csc_matrix(
        (smooth.tax[smooth.taxed][use], (rows[use], columns[use])), shape=(free.size, tight.size)
    )
    return block.T - tax


def _revise(smooth: Smooth, active: ActiveSet, flow: Array, price: Array) -> bool:
    """Move what violates a sign or bound in or out of the active set; False if nothing does."""
    tonnes = TONNES * max(1.0, float(np.abs(flow).max(initial=0.0)))
    loss = smooth.reduced_cost(price)
    dollars = DOLLARS * (1.0 + np.abs(smooth.cost))
    excess = smooth.excess(flow, price)
    negative = active.free & (flow < -tonnes)
    beyond = active.free & (flow > smooth.upper + tonnes)
    enter = ~active.free & ~active.full & (loss < -dollars) & (smooth.upper > 0)
    leave = active.full & (loss > dollars)
    broken = ~active.tight & (excess < -tonnes)
    idle = active.tight & ~smooth.equal & (price < -DOLLARS)
    active.free = (active.free | enter | leave) & ~negative & ~beyond
    active.full = (active.full | beyond) & ~leave
    active.tight = (active.tight | broken) & ~idle
    return bool(
        negative.any() or beyond.any() or enter.any() or leave.any() or broken.any() or idle.any()
    )
