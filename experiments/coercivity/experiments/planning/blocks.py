"""A market of one year as a block of the program: the clearing's own rows over what is decided first.

The rows are (C.1) to (C.7) of `optimise/formulation.py`; demand and rising costs are cut into steps
once, since
duals have to hold at every decision. A block says, of the same rows, either what the year is worth, or the
least shortage that is attainable in it without anybody else going shorter than with no plan.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from coercivity.experiments.planning.program import Block, Part, stack
from coercivity.optimise.curves import DemandCurves
from coercivity.optimise.market import Array, Clearing, Index, Market

Calls = tuple[Index, Array, float]

__all__ = ["Reach", "count_deliveries", "enlarge", "shortage_block", "worth_block"]

STEPS = 24  # of a demand curve
STRAIN = 2  # of a plant's rise up to its normal room
BEND = 1.8  # how much finer steps are near the reference than at the ends
NEAR = 1.05  # two prices closer than that are one
BACKSTOP = 50.0  # times its usual price that is paid at most for a stock
RIGID = 1e-4  # elasticity of what is bought whatever it costs
ROUNDING = 1e-6  # of what comes with no plan, and t: what a clearing leaves open
KEPT = 1.0 - 1e-4  # of what others had with no plan, which they have at least


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """What a unit of the state adds to a year's market.

    states: how many there are; room: entries (state, plant, normal t, last t); offered: (state, node, t)
    store: curve of the public stock of everything bought, -1 where there is none
    held: states, nodes and prices (USD/kg) of stock that may be let go; bought: the same of stock put by
    """

    states: int
    room: tuple[Index, Index, Array, Array]
    offered: tuple[Index, Index, Array]
    held: tuple[Index, Index, Array]
    bought: tuple[Index, Index, Array]
    store: Index


class _Columns:
    """Columns of a block by name, with their costs and bounds."""

    def __init__(self) -> None:
        self.at: dict[str, int] = {}
        self.cost: list[Array] = []
        self.upper: list[Array] = []
        self.size = 0

    def add(self, name: str, cost: Array, upper: Array) -> None:
        self.at[name] = self.size
        self.cost.append(np.asarray(cost, dtype=float))
        self.upper.append(np.asarray(upper, dtype=float))
        self.size += len(self.cost[-1])


def worth_block(
    name: str, kind: str, where: tuple[int, int], market: Market, price: Array, reach: Reach
) -> Block:
    """What a year is worth, as a cost: million USD, negative. where: world and year.

    price: of every node with no plan, USD/kg; it freezes taxes by value and says where steps are finest
    """
    columns = _common_columns(market, price, reach)
    value, width = cut_demand(market, price[market.network.demand_node])
    columns.add("d", -value.ravel(), width.ravel())
    return _assemble(name, kind, where, market, reach, columns, value.shape[1])


def shortage_block(
    name: str, where: tuple[int, int], market: Market, clearing: Clearing, reach: Reach,
    uses: dict[str, Index], wanted: Array, calls: Sequence[tuple[int, Index]] = (),
) -> Block:  # fmt: skip
    """The least shortage of the worst off of some places, as a share of what they want at reference prices.

    uses: curves of the end uses of every place; wanted: at reference prices, t, (d)
    calls: a state and rows of contracts each: what comes by them beyond what comes with no plan is on call
    """
    columns = _common_columns(market, clearing.price, reach)
    mine = np.unique(np.concatenate([*uses.values()]))
    least, most = KEPT * np.maximum(clearing.served, 0.0), np.full(clearing.served.size, np.inf)
    least[mine], most[mine] = 0.0, wanted[mine]
    columns.add("d", np.zeros(most.size), most)
    columns.cost = [np.zeros_like(cost) for cost in columns.cost]
    columns.add("short", np.ones(1), np.ones(1))
    block = _assemble(name, "short", where, market, reach, columns, 1)
    rows = []
    for at in uses.values():
        worth = market.reference[at] * wanted[at]
        share = market.reference[at] / max(float(worth.sum()), 1e-12)
        parts = [(np.zeros(at.size), columns.at["d"] + at, share), ([0], [columns.at["short"]], [1.0])]
        rows.append((stack(parts, (1, columns.size)), 1.0 if at.size and worth.sum() > 0 else 0.0))
    links = [sparse.csr_matrix((1, reach.states)) for _ in rows]
    for state, contracts in calls:
        moved, weight, usual = count_deliveries(market, clearing, contracts)
        parts = [(np.zeros(moved.size), columns.at["f"] + moved, -weight)]
        rows.append((stack(parts, (1, columns.size)), -usual))
        links.append(stack([([0], [state], 1.0)], (1, reach.states)))
    lower = block.lower.copy()
    lower[columns.at["d"] : columns.at["d"] + least.size] = least
    more = len(rows)
    return replace(
        block,
        lower=lower,
        matrix=sparse.vstack([block.matrix, *(row for row, _ in rows)]).tocsr(),
        right=np.append(block.right, [right for _, right in rows]),
        equal=np.append(block.equal, np.zeros(more, bool)),
        link=sparse.vstack([block.link, *links]).tocsr(),
    )


def count_deliveries(market: Market, clearing: Clearing, contracts: Index) -> tuple[Index, Array, float]:
    """Flows that count towards some contracts, their weights, and t of them that come with no plan."""
    weight = market.network.contract_arc
    mine = np.isin(weight.row, contracts)
    moved, value = weight.column[mine], weight.value[mine]
    usual = float((value * np.maximum(clearing.flow[moved], 0.0)).sum())
    return moved, value, usual * (1.0 + ROUNDING) + ROUNDING


def _common_columns(market: Market, price: Array, reach: Reach) -> _Columns:
    """Every column but what is demanded."""
    network, sizes = market.network, market.network.sizes
    caps, limits = network.cap_weight, network.limit_weight
    run = market.activity_cost + np.bincount(caps.column, caps.value * market.charge[caps.row], sizes["a"])
    move = market.arc_cost + market.ad_valorem * price[network.origin]
    move = move + np.bincount(limits.column, limits.value * market.asking[limits.row], sizes["t"])
    found = _Columns()
    found.add("x", run, np.full(sizes["a"], np.inf))
    found.add("f", move, market.arc_bound)
    found.add("z", -market.disposal_value, np.full(sizes["z"], np.inf))
    found.add("s", market.penalty, np.full(sizes["k"], np.inf))
    cost, width = cut_room(market)
    found.add("r", cost.ravel(), width.ravel())
    plants = reach.room[1]
    found.add("e", cost[plants].ravel(), np.full(cost[plants].size, np.inf))
    found.add("u", reach.held[2], np.full(reach.held[1].size, np.inf))
    backstop = BACKSTOP * np.maximum(reach.bought[2], 1.0)
    found.add("b", backstop, np.full(reach.bought[1].size, np.inf))
    return found


def cut_room(market: Market) -> tuple[Array, Array]:
    """Costs and widths of every plant's steps, (p, j): its strain to normal, then its last tonnes."""
    spread, rise = np.maximum(market.spread, 1e-4), np.maximum(market.rise, 1e-4)
    cost = [spread * (2 * j + 1) / (2 * STRAIN) for j in range(STRAIN)] + [spread + rise / 2]
    width = [market.capacity / STRAIN] * STRAIN + [market.block]
    return np.stack(cost, 1), np.stack(width, 1)


def cut_demand(market: Market, price: Array, steps: int = STEPS) -> tuple[Array, Array]:
    """Values and widths of fixed steps of every curve, (d, i): finest between reference and price, and near.

    price: with no plan at each curve's node
    """
    floor, choke, reference = market.floor, market.choke, market.reference
    inside = np.clip(np.stack([price, reference]), floor * 1.001, choke / 1.001)
    low, high = inside.min(0), inside.max(0)
    near = high < NEAR * low
    low, high = np.where(near, low / np.sqrt(NEAR), low), np.where(near, high * np.sqrt(NEAR), high)
    low, high = np.maximum(low, floor * 1.0001), np.minimum(high, choke / 1.0001)
    above, between = steps // 4, steps // 2
    below = steps - above - between
    up = np.linspace(1.0, 0.0, above + 1)[:-1] ** BEND
    down = np.linspace(0.0, 1.0, below + 1)[1:] ** BEND
    middle = np.linspace(1.0, 0.0, between + 1)
    edges = np.concatenate(
        [
            high[:, None] * (choke / high)[:, None] ** up[None, :],
            low[:, None] * (high / low)[:, None] ** middle[None, :],
            low[:, None] * (floor / low)[:, None] ** down[None, :],
        ],
        axis=1,
    )
    taken = market.scale[:, None] * (edges / reference[:, None]) ** -market.elasticity[:, None]
    value = np.concatenate([choke[:, None], _mean_price(edges, market.elasticity)], axis=1)
    width = np.concatenate([taken[:, :1], np.maximum(np.diff(taken, axis=1), 0.0)], axis=1)
    return value, width


def _mean_price(edges: Array, elasticity: Array) -> Array:
    """Willingness to pay averaged over the tonnes between two prices, so that whole steps are exact."""
    high, low, e = edges[:, :-1], edges[:, 1:], elasticity[:, None]
    ratio = high / low
    taken = 1.0 - ratio**-e  # over what is taken at the low price
    power = 1.0 - e
    flat = np.abs(power) < 1e-6
    safe = np.where(flat, 1.0, power)
    area = np.where(flat, e * np.log(ratio), e * (ratio**safe - 1.0) / safe)  # ∫ p dq over low · q(low)
    good = taken > 1e-12
    return np.where(good, low * area / np.where(good, taken, 1.0), np.sqrt(high * low))


def _assemble(
    name: str, kind: str, where: tuple[int, int], market: Market, reach: Reach, columns: _Columns, steps: int
) -> Block:
    """Rows of a block, and how the state enters them."""
    s = market.network.sizes
    n, p, li, c, k = s["n"], s["p"], s["l"], s["c"], s["k"]
    first = {"n": 0, "p": n, "l": n + p, "c": n + p + li, "k": n + p + li + c}
    entries, held, bought = reach.room[0].size, reach.held[1].size, reach.bought[1].size
    each = STRAIN + 1
    first["e"] = first["k"] + k
    first["u"] = first["e"] + entries * each
    rows = first["u"] + held
    at = columns.at
    parts = _network_parts(market, columns, first, steps)
    e = np.arange(entries * each)
    parts += [
        (first["p"] + np.repeat(reach.room[1], each), at["e"] + e, 1.0),
        (first["e"] + e, at["e"] + e, -1.0),
        (reach.held[1], at["u"] + np.arange(held), 1.0),
        (first["u"] + np.arange(held), at["u"] + np.arange(held), -1.0),
        (reach.bought[1], at["b"] + np.arange(bought), 1.0),
    ]
    share = np.stack([reach.room[2] / STRAIN] * STRAIN + [reach.room[3]], 1).ravel()
    link = stack(
        [
            (first["e"] + e, np.repeat(reach.room[0], each), share),
            (reach.offered[1], reach.offered[0], reach.offered[2]),
            (first["u"] + np.arange(held), reach.held[0], 1.0),
            (reach.bought[1], reach.bought[0], -1.0),
        ],
        (rows, reach.states),
    )
    right = np.concatenate(
        [
            -market.supply,
            np.zeros(p),
            -market.limit,
            -market.cap,
            market.contract,
            np.zeros(rows - first["e"]),
        ]
    )
    cost, upper = np.concatenate(columns.cost) / 1e3, np.concatenate(columns.upper)
    if kind == "short":
        cost = cost * 1e3
    return Block(
        name, kind, *where, cost, np.zeros(columns.size), upper, stack(parts, (rows, columns.size)), right,
        np.arange(rows) < n, link, at["u"], at["f"],
    )  # fmt: skip


def _network_parts(market: Market, columns: _Columns, first: dict[str, int], steps: int) -> list[Part]:
    """Entries of the clearing's own rows."""
    network, s, at = market.network, market.network.sizes, columns.at
    arcs, curves = np.arange(s["t"]), np.arange(s["d"] * steps)
    parts: list[Part] = [
        (network.technology.row, at["x"] + network.technology.column, network.technology.value),
        (network.destination, at["f"] + arcs, 1.0),
        (network.origin, at["f"] + arcs, -1.0),
        (np.repeat(network.demand_node, steps), at["d"] + curves, -1.0),
        (network.disposal_node, at["z"] + np.arange(s["z"]), -1.0),
        (first["k"] + np.arange(s["k"]), at["s"] + np.arange(s["k"]), 1.0),
    ]
    for owner, start in ((network.activity_plant, at["x"]), (network.arc_plant, at["f"])):
        own = np.flatnonzero(owner >= 0)
        parts.append((first["p"] + owner[own], start + own, -1.0))
    room = np.arange(s["p"] * (STRAIN + 1))
    parts.append((first["p"] + np.repeat(np.arange(s["p"]), STRAIN + 1), at["r"] + room, 1.0))
    for entries, of, begins, sign in (
        (network.limit_weight, "l", "f", -1.0), (network.cap_weight, "c", "x", -1.0),
        (network.contract_activity, "k", "x", 1.0), (network.contract_arc, "k", "f", 1.0),
    ):  # fmt: skip
        parts.append((first[of] + entries.row, at[begins] + entries.column, sign * entries.value))
    return parts


def enlarge(
    market: Market,
    reach: Reach,
    state: Array,
    served: Array,
    released: Array | None = None,
    calls: Calls | None = None,
) -> Market:
    """The market with a plan's plants in it, to be cleared for certain. released: tonnes of every stock

    served: what every use takes with no plan, t, (d), which is what public stocks hold already
    calls: rows of first calls in force, tonnes of each, and the most paid to be served first, USD/kg
    """
    contract, penalty = market.contract.copy(), market.penalty.copy()
    if calls is not None:
        contract[calls[0]], penalty[calls[0]] = calls[1], calls[2]
    capacity, block, supply = market.capacity.copy(), market.block.copy(), market.supply.copy()
    scale, reference, elasticity = market.scale.copy(), market.reference.copy(), market.elasticity.copy()
    states, plants, normal, last = reach.room
    np.add.at(capacity, plants, normal * state[states])
    np.add.at(block, plants, last * state[states])
    np.add.at(supply, reach.offered[1], reach.offered[2] * state[reach.offered[0]])
    store = reach.store[reach.store >= 0]
    if store.size:  # what is held and what is bought is wanted at any price that anybody pays
        wanted = served[store] + np.maximum(state[reach.bought[0]], 0.0)[reach.store >= 0]
        scale[store], reference[store], elasticity[store] = wanted, reach.bought[2][reach.store >= 0], RIGID
    if released is not None:
        np.add.at(supply, reach.held[1], released)
    return replace(
        market, capacity=capacity, block=block, supply=supply, contract=contract, penalty=penalty,
        scale=scale, reference=reference,
        elasticity=elasticity, choke=_wide(market.choke, store, BACKSTOP * reference),
        floor=_wide(market.floor, store, reference / BACKSTOP),
    )  # fmt: skip


def _wide(values: Array, at: Index, given: Array) -> Array:
    """An array with other values in some places."""
    found = values.copy()
    found[at] = given[at]
    return found


def worth_of_store(market: Market, price: Array, reach: Reach) -> float:
    """What the clearing counts as the worth of stock held and put by, million USD, which is no gain."""
    store = reach.store[reach.store >= 0]
    if not store.size:
        return 0.0
    area = DemandCurves.of(market).area(np.minimum(price[market.network.demand_node], market.choke))
    return float(area[store].sum()) / 1e3
