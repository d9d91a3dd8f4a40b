"""The same program once more, as bare matrices through SciPy: no Pyomo, none of our compiled arrays.

Curves are cut in segments that only ever get finer, each worth its exact integral, so the linear
program tends to the smooth one. Taxes on value are set at the last prices until they settle.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from coercivity.optimise import Market

REFINEMENTS = 14


@dataclass(frozen=True)
class Bare:
    """Welfare, thousand USD, and prices, USD/kg."""

    objective: float
    price: np.ndarray


def solve_bare(market: Market) -> Bare:
    """Refine until steps are ten parts in a billion wide."""
    network, sizes = market.network, market.network.sizes
    uses = [_Curve(market, at) for at in range(sizes["d"])]
    rooms = [_Room(market, at) for at in range(sizes["p"])]
    price = np.zeros(sizes["n"])
    price[network.demand_node] = market.reference
    rent = np.zeros(sizes["p"])
    width = 0.3
    for _ in range(REFINEMENTS):
        for curve, at in zip(uses, price[network.demand_node], strict=True):
            curve.refine(at, width)
        for room, at in zip(rooms, rent, strict=True):
            room.refine(at, width)
        value, price, rent = _solve(market, price, uses, rooms)
        width *= 0.28
    return Bare(value, price)


class _Curve:
    """Demand between prices: cuts, in falling price; the first segment is the backstop."""

    def __init__(self, market: Market, at: int) -> None:
        names = ("scale", "reference", "elasticity", "choke", "floor")
        self.scale, self.reference, self.elasticity, self.choke, self.floor = (
            float(getattr(market, name)[at]) for name in names
        )
        self.cuts = np.geomspace(self.choke, self.floor, 40)

    def refine(self, price: float, width: float) -> None:
        near = price * np.exp(width * np.array([-1.5, -0.5, 0.5, 1.5]))
        self.cuts = np.unique(np.clip([*self.cuts, *near], self.floor, self.choke))[::-1]

    def segments(self) -> tuple[np.ndarray, np.ndarray]:
        """Value and width of each."""
        p, e = self.cuts, self.elasticity
        taken = self.scale * (p / self.reference) ** -e
        area = e * self.scale * self.reference**e * (p[:-1] ** (1 - e) - p[1:] ** (1 - e)) / (1 - e)
        width = np.diff(taken)
        middle = np.sqrt(p[:-1] * p[1:])
        value = np.where(width > 1e-9, area / np.maximum(width, 1e-300), middle)
        return np.concatenate([[self.choke], value]), np.concatenate([[taken[0]], width])


class _Room:
    """Capacity between rents: two linear pieces."""

    def __init__(self, market: Market, at: int) -> None:
        names = ("capacity", "spread", "block", "rise")
        self.normal, self.spread, self.block, self.rise = (float(getattr(market, name)[at]) for name in names)
        low = np.linspace(0, self.spread, 12)
        self.cuts = np.concatenate([low, self.spread + np.linspace(0, self.rise, 12)[1:]])

    def refine(self, rent: float, width: float) -> None:
        near = rent + width * (self.spread + self.rise) * np.array([-1.5, -0.5, 0.5, 1.5])
        self.cuts = np.unique(np.clip([*self.cuts, *near], 0.0, self.spread + self.rise))

    def segments(self) -> tuple[np.ndarray, np.ndarray]:
        """Cost and width of each."""
        low = np.clip(self.cuts / self.spread, 0, 1)
        high = np.clip((self.cuts - self.spread) / self.rise, 0, 1)
        return (self.cuts[1:] + self.cuts[:-1]) / 2, np.diff(self.normal * low + self.block * high)


def _solve(
    market: Market, price: np.ndarray, uses: list[_Curve], rooms: list[_Room]
) -> tuple[float, np.ndarray, np.ndarray]:
    net, size = market.network, market.network.sizes
    use, room = [c.segments() for c in uses], [r.segments() for r in rooms]

    def table(entries, rows, columns):
        return sparse.coo_matrix((entries.value, (entries.row, entries.column)), shape=(rows, columns))

    def at(owner, rows, sign=1.0):
        keep = np.flatnonzero(np.asarray(owner) >= 0)
        return sparse.coo_matrix(
            (np.full(keep.size, sign), (np.asarray(owner)[keep], keep)), shape=(rows, len(owner))
        )

    n, p = size["n"], size["p"]
    of_use = np.repeat(net.demand_node, [len(v) for v, _ in use])
    of_room = np.repeat(np.arange(p), [len(v) for v, _ in room])
    balance = [table(net.technology, n, size["a"]), at(net.destination, n) - at(net.origin, n),
               at(net.disposal_node, n, -1.0), None, at(of_use, n, -1.0), None]  # fmt: skip
    below = [
        [at(net.activity_plant, p), at(net.arc_plant, p), None, None, None, at(of_room, p, -1.0)],
        [None, table(net.limit_weight, size["l"], size["t"]), None, None, None, None],
        [table(net.cap_weight, size["c"], size["a"]), None, None, None, None, None],
        [-table(net.contract_activity, size["k"], size["a"]), -table(net.contract_arc, size["k"], size["t"]),
         None, -sparse.identity(size["k"]), None, None],
    ]  # fmt: skip
    widths = [size["a"], size["t"], size["z"], size["k"], of_use.size, of_room.size]

    def full(row, height):
        parts = [sparse.coo_matrix((height, w)) if b is None else b for b, w in zip(row, widths, strict=True)]
        return sparse.hstack(parts)

    heights = [p, size["l"], size["c"], size["k"]]
    A_ub = sparse.vstack([full(row, height) for row, height in zip(below, heights, strict=True)]).tocsr()
    b_ub = np.concatenate([np.zeros(p), market.limit, market.cap, -market.contract])
    burden = table(net.cap_weight, size["c"], size["a"]).T @ market.charge
    asked = table(net.limit_weight, size["l"], size["t"]).T @ market.asking
    cost = np.concatenate([
        market.activity_cost + burden, market.arc_cost + asked + market.ad_valorem * price[net.origin],
        -market.disposal_value, market.penalty,
        *(-v for v, _ in use), *(v for v, _ in room),
    ])  # fmt: skip
    most = np.concatenate([
        np.full(size["a"], np.inf), market.arc_bound, np.full(size["z"] + size["k"], np.inf),
        *(w for _, w in use), *(w for _, w in room),
    ])  # fmt: skip
    keep = np.isfinite(b_ub)
    found = linprog(
        cost, A_ub[keep], b_ub[keep], full(balance, n).tocsr(), -market.supply,
        np.column_stack([np.zeros(most.size), most]), method="highs-ds",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )  # fmt: skip
    assert found.status == 0, found.message
    # A balance is "made less used = −supply"; one more tonne on offer lowers its right-hand side.
    rent = -found.ineqlin.marginals[:p]
    return -float(found.fun), np.asarray(found.eqlin.marginals), rent
