"""Base-year flows and prices that agree, by the smallest changes of unit cost.

First the flows: every plant as near its recorded output as the balances allow. Then the prices:
changes of unit cost so small that, at those flows, used activities earn just their cost and no
unused one would earn more: inverse optimisation, a linear form of positive mathematical
programming (Howitt 1995; Ahuja & Orlin 2001). Source: calibration notes, section 1, step 5.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from coercivity.model.names import form, substance
from coercivity.model.supply_chain import SupplyChain
from coercivity.optimise.market import Array

__all__ = ["Flows", "Wedges", "fit_flows", "fit_wedges"]

FAR = 50.0  # USD/kg: a tonne away from the record costs this much, more than any freight
HABIT = 0.02  # USD/kg by which what the base year does not do falls short of paying
CUT = 200.0  # USD/kg of a scarce element's other uses away from their reconciled level


@dataclass(frozen=True, slots=True)
class Flows:
    """Base-year tonnes a year: activities, arcs, disposal, and factor on other uses' demand by element."""

    activity: Array
    arc: Array
    disposal: Array
    factor: dict[str, float]
    separated: dict[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Wedges:
    """Base-year prices (nodes), rents (plants) and changes of unit cost (activities, arcs), USD/kg."""

    price: Array
    rent: Array
    activity: Array
    arc: Array


def matrices(supply: SupplyChain) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Balance of every node over activities and over arcs."""
    network = supply.network
    n = len(network.nodes)
    entries = network.technology
    technology = sparse.csr_matrix(
        (entries.value, (entries.row, entries.column)), shape=(n, len(network.activities))
    )
    count = len(network.arcs)
    ones, arcs = np.ones(count), np.arange(count)
    trade = sparse.csr_matrix((ones, (network.destination, arcs)), shape=(n, count)) - (
        sparse.csr_matrix((ones, (network.origin, arcs)), shape=(n, count))
    )
    return technology, trade


def fit_flows(
    supply: SupplyChain,
    wanted: Array,
    arc_cost: Array,
    lost: Array,
    ratio: dict[str, float],
    exported: dict[str, float],
) -> Flows:
    """Flows nearest to recorded outputs that balance every node.

    wanted: base demand of each use curve before scaling, t a year (d); arc_cost: freight and tax
    at recorded prices, USD/kg; lost: what discarding a tonne forgoes, USD/kg, (z)
    ratio: demand over supply of each element that is not scarce; exported: least that goes to the marginal
    buyer, t a year: recorded FOB prices stand above those at home by about the tax on exports, so that the
    last tonne abroad comes from home, however little
    """
    network, layout, chain = supply.network, supply.layout, supply.chain
    names, scarce = chain.names, chain.names.scarce
    technology, trade = matrices(supply)
    n, a, t = len(network.nodes), len(network.activities), len(network.arcs)
    z = len(network.disposals)
    standing = [i for i, f in enumerate(chain.facilities) if f.terms is None]
    elements = chain.elements[:-1]
    f, e = len(standing), len(elements)
    outlets = sparse.csr_matrix((-np.ones(z), (network.disposal_node, np.arange(z))), shape=(n, z))
    demand, fixed = _demand(supply, wanted, elements)
    balance = sparse.hstack([technology, trade, outlets, sparse.csr_matrix((n, 2 * f)), -demand])
    runs = _runs(supply, standing)
    record = np.array([chain.facilities[i].output for i in standing])
    near = sparse.hstack(
        [
            runs,
            sparse.csr_matrix((f, t + z)),
            -sparse.identity(f),
            sparse.identity(f),
            sparse.csr_matrix((f, e)),
        ]
    )
    share, right = _shares(supply, demand, elements, ratio, scarce)
    share = sparse.hstack([share[:, :a], sparse.csr_matrix((e, t + z + 2 * f)), share[:, a:]])
    off = np.diag([1.0 if element in scarce else 0.0 for element in elements])
    share = sparse.hstack([share, -off, off])
    balance = sparse.hstack([balance, sparse.csr_matrix((n, 2 * e))])
    near = sparse.hstack([near, sparse.csr_matrix((f, 2 * e))])
    away = FAR / (1.0 + record / 2000.0) ** 0.5
    mines = np.array([chain.facilities[i].stage == names.stages.extract for i in standing])
    away[mines] = 100 * FAR
    ties = np.array(
        [
            x.cost - chain.facilities[x.facility].unit_cost if x.facility >= 0 else 0.0
            for x in layout.activities
        ]
    )
    cost = np.concatenate([ties, arc_cost, lost, away, away, np.zeros(e), np.full(2 * e, CUT)])
    upper: list[tuple[float, float | None]] = [(0, None)] * (a + t + z + 2 * f + 3 * e)
    for at, name in enumerate(network.disposals):
        material = name.split(" ")[1]
        dosed = names.dose.service if names.dose else ""
        if substance(material) in scarce or material in (names.scrap, dosed):
            upper[a + t + at] = (0, 0)
    for at, activity in enumerate(layout.activities):
        building = activity.facility >= 0 and chain.facilities[activity.facility].terms is not None
        if building or ("as usual" not in activity.name and activity.kind == "recipe"):
            upper[at] = (0, 0)
    for at, arc in enumerate(layout.arcs):
        if arc.channel == "grey":
            upper[a + at] = (0, 0)
    for at, arc in enumerate(layout.arcs):
        if (arc.origin, arc.destination, arc.channel) == (names.home, names.marginal, "legal"):
            separated = form(arc.material) == names.forms.separated
            least = exported.get(substance(arc.material), 0.0) if separated else 0.0
            upper[a + at] = (least, None)
    limits = _capacity(supply, runs, standing, t + z + 2 * f + 3 * e)
    solved = linprog(
        cost,
        A_ub=limits[0],
        b_ub=limits[1],
        A_eq=sparse.vstack([balance, near, share]).tocsr(),
        b_eq=np.concatenate([fixed, record, right]),
        bounds=upper,
        method="highs",
    )
    if solved.status != 0:
        raise ValueError(f"base-year flows do not balance: {solved.message}")
    x = solved.x
    return Flows(
        activity=x[:a],
        arc=x[a : a + t],
        disposal=x[a + t : a + t + z],
        factor=dict(zip(elements, (float(v) for v in x[-3 * e : -2 * e]), strict=True)),
        separated=_separated(supply, x[:a]),
    )


def _demand(supply: SupplyChain, wanted: Array, elements: tuple[str, ...]) -> tuple[sparse.csr_matrix, Array]:
    """Demand of other uses by node and element, to be scaled; service demand by node, as it is."""
    network, layout = supply.network, supply.layout
    rows, columns, values = [], [], []
    fixed = np.zeros(len(network.nodes))
    for at, curve in enumerate(layout.curves):
        if curve.kind != "use":
            continue
        node = int(network.demand_node[at])
        if curve.what:
            fixed[node] += wanted[at]
        else:
            rows.append(node)
            columns.append(elements.index(curve.material.partition(":")[2]))
            values.append(wanted[at])
    table = sparse.csr_matrix((values, (rows, columns)), shape=(fixed.size, len(elements)))
    return table, fixed


def _runs(supply: SupplyChain, standing: list[int]) -> sparse.csr_matrix:
    """Which activities run in which standing facility, (f, a)."""
    place = {facility: row for row, facility in enumerate(standing)}
    entries = [
        (place[activity.facility], at)
        for at, activity in enumerate(supply.layout.activities)
        if activity.facility in place
    ]
    rows, columns = zip(*entries, strict=True)
    shape = (len(standing), len(supply.layout.activities))
    return sparse.csr_matrix((np.ones(len(entries)), (rows, columns)), shape=shape)


def _capacity(
    supply: SupplyChain, runs: sparse.csr_matrix, standing: list[int], beside: int
) -> tuple[sparse.csr_matrix, Array]:
    """No plant beyond its capacity, nor a mine beyond its record."""
    top = np.array(
        [max(supply.chain.facilities[i].capacity, supply.chain.facilities[i].output) for i in standing]
    )
    return sparse.hstack([runs, sparse.csr_matrix((len(standing), beside))]).tocsr(), top


def _shares(
    supply: SupplyChain,
    demand: sparse.csr_matrix,
    elements: tuple[str, ...],
    ratio: dict[str, float],
    scarce: tuple[str, ...],
) -> tuple[sparse.csr_matrix, Array]:
    """Demand of other uses over supply: as given where elements are scaled, the level if scarce."""
    network, layout = supply.network, supply.layout
    technology, _ = matrices(supply)
    form = supply.chain.names.forms.separated
    e, a = len(elements), len(network.activities)
    total = np.asarray(demand.sum(axis=0)).ravel()
    rows = sparse.lil_matrix((e, a + e))
    right = np.zeros(e)
    for at, element in enumerate(elements):
        rows[at, a + at] = total[at]
        if element in scarce:
            right[at] = total[at] * ratio.get(element, 1.0)
            continue
        nodes = [i for (_, m, side), i in layout.node.items() if m == f"{form}:{element}" and side == "made"]
        held = [i for (_, m, side), i in layout.node.items() if m == f"{form}:{element}" and side == "held"]
        net = np.asarray(technology[nodes].sum(axis=0)).ravel()
        net = net + np.asarray(technology[held].sum(axis=0)).ravel()  # less what else is made of it
        rows[at, :a] = -ratio.get(element, 1.0) * net
    return rows.tocsr(), right


def _separated(supply: SupplyChain, activity: Array) -> dict[tuple[str, str], float]:
    """Share of each element in mined ore that leaves separators, by input group."""
    chain, layout = supply.chain, supply.layout
    stages, group_of = chain.names.stages, chain.names.input_of
    ore: dict[tuple[str, str], float] = {}
    won: dict[tuple[str, str], float] = {}
    for at, entry in enumerate(layout.activities):
        family = entry.product.partition(":")[2]
        if entry.kind == stages.extract:
            for element, share in chain.baskets[family].items():
                key = group_of(family), element
                ore[key] = ore.get(key, 0.0) + activity[at] * share
        if entry.kind == stages.separate:
            facility = chain.facilities[entry.facility]
            makes = chain.elements if "all" in facility.products else facility.products
            for element in makes:
                key = group_of(family), element
                won[key] = won.get(key, 0.0) + (
                    activity[at] * chain.baskets[family].get(element, 0.0) * facility.recovery
                )
    return {key: won.get(key, 0.0) / tonnes for key, tonnes in ore.items() if tonnes}


def fit_wedges(
    supply: SupplyChain,
    flows: Flows,
    cost: tuple[Array, Array],
    tax: Array,
    finishing: Array,
    known: dict[int, float],
    hoped: dict[int, float],
    rent: Array,
    full: Array,
) -> Wedges:
    """The smallest changes of unit cost that make the base-year flows an equilibrium.

    cost: of activities and arcs, USD/kg; tax: ad valorem, (t); finishing: value of surplus, (z)
    known, hoped: prices of nodes, exact and approached; rent: of plants inside capacity, (p)
    full: which plants stand at capacity and may earn a rent, (p)
    """
    network = supply.network
    technology, trade = matrices(supply)
    n, a, t = len(network.nodes), len(network.activities), len(network.arcs)
    levy = sparse.csr_matrix((tax, (network.origin, np.arange(t))), shape=(n, t))
    standing = np.array(
        [
            x.facility < 0 or supply.chain.facilities[x.facility].terms is None
            for x in supply.layout.activities
        ]
    )
    usual = np.array([x.kind != "recipe" or "as usual" in x.name for x in supply.layout.activities])
    legal = np.array([arc.channel == "legal" for arc in supply.layout.arcs])
    used_a, used_t = flows.activity > 1e-6, flows.arc > 1e-6
    plants = np.flatnonzero(full)
    owner = np.asarray(network.activity_plant)
    pays = sparse.lil_matrix((a, plants.size))
    place = {int(p): i for i, p in enumerate(plants)}
    for at in range(a):
        if int(owner[at]) in place:
            pays[at, place[int(owner[at])]] = -1.0
    fixed_rent = np.where((owner >= 0) & ~np.isin(owner, plants), rent[np.maximum(owner, 0)], 0.0)
    # columns: prices n, rents r, wedges +a -a, +t -t, hoped +h -h
    nodes = list(hoped)
    sizes = n, plants.size, a, a, t, t, len(nodes), len(nodes)
    earn_a = sparse.hstack(
        [
            technology.T,
            pays,
            -sparse.identity(a),
            sparse.identity(a),
            sparse.csr_matrix((a, 2 * t + 2 * len(nodes))),
        ]
    ).tocsr()
    earn_t = sparse.hstack(
        [(trade - levy).T, sparse.csr_matrix((t, plants.size + 2 * a)),
         -sparse.identity(t), sparse.identity(t),
         sparse.csr_matrix((t, 2 * len(nodes)))]
    ).tocsr()  # fmt: skip
    hope = sparse.lil_matrix((len(nodes), sum(sizes)))
    for row, node in enumerate(nodes):
        hope[row, node] = 1.0
        hope[row, sum(sizes[:6]) + row] = -1.0
        hope[row, sum(sizes[:7]) + row] = 1.0
    equal_a, equal_t = used_a & usual, used_t & legal
    less_a, less_t = standing & usual & ~used_a, legal & ~used_t
    weight = np.maximum(flows.activity, 50.0)
    through = np.maximum(flows.arc, 20.0)
    free = np.array([x.kind != "recipe" for x in supply.layout.activities])
    weight = np.where(free, weight, 1e6)
    objective = np.concatenate(
        [np.full(n, 1e-7), np.zeros(plants.size), weight, weight, 500 * through, 500 * through,
         np.full(len(nodes), 5e3), np.full(len(nodes), 5e3)]
    )  # fmt: skip
    bounds: list[tuple[float | None, float | None]] = [(None, None)] * n + [(0, None)] * (sum(sizes) - n)
    for at, node in enumerate(np.asarray(network.disposal_node)):
        top = finishing[at] if flows.disposal[at] > 1e-6 else None
        bounds[int(node)] = (float(finishing[at]), None if top is None else float(top))
    for node in range(n):
        if bounds[node] == (None, None):
            bounds[node] = (0.0, None)
    for node, value in known.items():
        low = bounds[node][0] or 0.0
        if bounds[node][1] is None:
            bounds[node] = (max(low, value), max(low, value))
    solved = linprog(
        objective,
        A_ub=sparse.vstack([earn_a[less_a], earn_t[less_t]]).tocsr(),
        b_ub=np.concatenate([(cost[0] + fixed_rent)[less_a] - HABIT, cost[1][less_t] - HABIT / 20]),
        A_eq=sparse.vstack([earn_a[equal_a], earn_t[equal_t], hope.tocsr()]).tocsr(),
        b_eq=np.concatenate(
            [(cost[0] + fixed_rent)[equal_a], cost[1][equal_t], np.array([hoped[i] for i in nodes])]
        ),
        bounds=bounds,
        method="highs",
    )
    if solved.status != 0:
        raise ValueError(f"no base-year prices fit: {solved.message}")
    x = solved.x
    ends = np.cumsum((0, *sizes))
    part = [x[ends[i] : ends[i + 1]] for i in range(len(sizes))]
    rents = rent.copy()
    rents[plants] = part[1]
    return Wedges(part[0], rents, part[2] - part[3], part[4] - part[5])
