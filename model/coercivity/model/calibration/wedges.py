"""Base-year flows and prices that agree, by the smallest changes of unit cost.

First the flows: every plant as near its recorded output as the balances allow. Then the prices:
changes of unit cost so small that, at those flows, used activities earn just their cost and no
unused one would earn more: inverse optimisation, a linear form of positive mathematical
programming (Howitt 1995; Ahuja & Orlin 2001). Source: calibration notes, section 1, step 5.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from coercivity.model.inputs.names import form, substance
from coercivity.model.network.supply_chain import SupplyChain
from coercivity.optimise.market import Array, Index

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
    from scipy.optimize import linprog  # slow to import, and only a new base year asks for it

    network, chain = supply.network, supply.chain
    elements = chain.elements[:-1]
    standing = [i for i, facility in enumerate(chain.facilities) if facility.terms is None]
    a, t, z = len(network.activities), len(network.arcs), len(network.disposals)
    f, e = len(standing), len(elements)
    runs = _runs(supply, standing)
    rows, right = _flow_rows(supply, wanted, elements, ratio, (standing, runs))
    limits = _capacity(supply, runs, standing, t + z + 2 * f + 3 * e)
    solved = linprog(
        _flow_cost(supply, standing, (arc_cost, lost), e),
        A_ub=limits[0],
        b_ub=limits[1],
        A_eq=rows,
        b_eq=right,
        bounds=_flow_bounds(supply, exported, 2 * f + 3 * e),
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
        separated=_separated_share(supply, x[:a]),
    )


def _flow_rows(
    supply: SupplyChain,
    wanted: Array,
    elements: tuple[str, ...],
    ratio: dict[str, float],
    plants: tuple[list[int], sparse.csr_matrix],
) -> tuple[sparse.csr_matrix, Array]:
    """Balances, records and shares of other uses, over the columns of the fit, and what they come to.

    Columns: activities, arcs, disposals; plants above and below their record; factors on other uses,
    and these above and below their level. plants: the standing ones, and what runs in them
    """
    network, (standing, runs) = supply.network, plants
    technology, trade = matrices(supply)
    n, a, t, z = len(network.nodes), len(network.activities), len(network.arcs), len(network.disposals)
    f, e = len(standing), len(elements)
    outlets = sparse.csr_matrix((-np.ones(z), (network.disposal_node, np.arange(z))), shape=(n, z))
    demand, fixed = _demand(supply, wanted, elements)
    balance = sparse.hstack([technology, trade, outlets, _none(n, 2 * f), -demand, _none(n, 2 * e)])
    apart = [-sparse.identity(f), sparse.identity(f)]
    near = sparse.hstack([runs, _none(f, t + z), *apart, _none(f, 3 * e)])
    scarce = supply.chain.names.scarce
    share, right = _shares(supply, demand, elements, ratio, scarce)
    off = np.diag([1.0 if element in scarce else 0.0 for element in elements])
    shares = sparse.hstack([share[:, :a], _none(e, t + z + 2 * f), share[:, a:], -off, off])
    record = np.array([supply.chain.facilities[i].output for i in standing])
    return sparse.vstack([balance, near, shares]).tocsr(), np.concatenate([fixed, record, right])


def _none(rows: int, columns: int) -> sparse.csr_matrix:
    """Rows that columns have no part in."""
    return sparse.csr_matrix((rows, columns))


def _flow_cost(supply: SupplyChain, standing: list[int], cost: tuple[Array, Array], elements: int) -> Array:
    """What a tonne in each column of the fit costs, USD/kg. cost: of arcs, and of what is discarded"""
    chain = supply.chain
    record = np.array([chain.facilities[i].output for i in standing])
    away = FAR / (1.0 + record / 2000.0) ** 0.5
    mines = np.array([chain.facilities[i].stage == chain.names.stages.extract for i in standing])
    away[mines] = 100 * FAR
    ties = np.array(
        [
            x.cost - chain.facilities[x.facility].unit_cost if x.facility >= 0 else 0.0
            for x in supply.layout.activities
        ]
    )
    return np.concatenate([ties, *cost, away, away, np.zeros(elements), np.full(2 * elements, CUT)])


def _flow_bounds(
    supply: SupplyChain, exported: dict[str, float], beside: int
) -> list[tuple[float, float | None]]:
    """Least and most of every column of the fit. beside: columns that are no flows"""
    network, layout, chain = supply.network, supply.layout, supply.chain
    names, a, t = chain.names, len(network.activities), len(network.arcs)
    bounds: list[tuple[float, float | None]] = [(0, None)] * (a + t + len(network.disposals) + beside)
    for at, name in enumerate(network.disposals):
        material = name.split(" ")[1]
        dosed = names.dose.service if names.dose else ""
        if substance(material) in names.scarce or material in (names.scrap, dosed):
            bounds[a + t + at] = (0, 0)
    for at, activity in enumerate(layout.activities):
        building = activity.facility >= 0 and chain.facilities[activity.facility].terms is not None
        if building or ("as usual" not in activity.name and activity.kind == "recipe"):
            bounds[at] = (0, 0)
    for at, arc in enumerate(layout.arcs):
        if arc.channel == "grey":
            bounds[a + at] = (0, 0)
        if (arc.origin, arc.destination, arc.channel) == (names.home, names.marginal, "legal"):
            separated = form(arc.material) == names.forms.separated
            least = exported.get(substance(arc.material), 0.0) if separated else 0.0
            bounds[a + at] = (least, None)
    return bounds


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


def _separated_share(supply: SupplyChain, activity: Array) -> dict[tuple[str, str], float]:
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
    network, activities = supply.network, supply.layout.activities
    n, a, t, h = len(network.nodes), len(network.activities), len(network.arcs), len(hoped)
    plants = np.flatnonzero(full)
    sizes = n, plants.size, a, a, t, t, h, h  # prices, rents, changes up and down, hopes missed
    earn_a, earn_t = _earnings(supply, tax, plants, h)
    owner = np.asarray(network.activity_plant)
    fixed_rent = np.where((owner >= 0) & ~np.isin(owner, plants), rent[np.maximum(owner, 0)], 0.0)
    cost_a, cost_t = cost[0] + fixed_rent, cost[1]
    facilities = supply.chain.facilities
    standing = np.array([x.facility < 0 or facilities[x.facility].terms is None for x in activities])
    usual = np.array([x.kind != "recipe" or "as usual" in x.name for x in activities])
    legal = np.array([arc.channel == "legal" for arc in supply.layout.arcs])
    used_a, used_t = flows.activity > 1e-6, flows.arc > 1e-6
    equal_a, equal_t = used_a & usual, used_t & legal
    less_a, less_t = standing & usual & ~used_a, legal & ~used_t
    weight = np.where([x.kind != "recipe" for x in activities], np.maximum(flows.activity, 50.0), 1e6)
    through = 500 * np.maximum(flows.arc, 20.0)
    missed = np.full(2 * h, 5e3)
    from scipy.optimize import linprog  # slow to import, and only a new base year asks for it

    solved = linprog(
        np.concatenate([np.full(n, 1e-7), np.zeros(plants.size), weight, weight, through, through, missed]),
        A_ub=sparse.vstack([earn_a[less_a], earn_t[less_t]]).tocsr(),
        b_ub=np.concatenate([cost_a[less_a] - HABIT, cost_t[less_t] - HABIT / 20]),
        A_eq=sparse.vstack([earn_a[equal_a], earn_t[equal_t], _hopes(list(hoped), sizes)]).tocsr(),
        b_eq=np.concatenate([cost_a[equal_a], cost_t[equal_t], np.array(list(hoped.values()))]),
        bounds=[*_price_bounds(supply, flows, finishing, known), *[(0, None)] * (sum(sizes) - n)],
        method="highs",
    )
    if solved.status != 0:
        raise ValueError(f"no base-year prices fit: {solved.message}")
    price, rents, *changes = np.split(solved.x, np.cumsum(sizes)[:5])
    up_a, down_a, up_t = changes[:3]
    down_t = changes[3][:t]
    told = rent.copy()
    told[plants] = rents
    return Wedges(price, told, up_a - down_a, up_t - down_t)


def _earnings(
    supply: SupplyChain, tax: Array, plants: Index, hopes: int
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """What activities and arcs earn, over prices, rents of full plants and changes of unit cost."""
    network = supply.network
    technology, trade = matrices(supply)
    n, a, t = len(network.nodes), len(network.activities), len(network.arcs)
    levy = sparse.csr_matrix((tax, (network.origin, np.arange(t))), shape=(n, t))
    place = {int(plant): at for at, plant in enumerate(plants)}
    pays = sparse.lil_matrix((a, plants.size))
    for at, plant in enumerate(np.asarray(network.activity_plant)):
        if int(plant) in place:
            pays[at, place[int(plant)]] = -1.0
    unit_a, unit_t = sparse.identity(a), sparse.identity(t)
    of_a = [technology.T, pays, -unit_a, unit_a, _none(a, 2 * t + 2 * hopes)]
    of_t = [(trade - levy).T, _none(t, plants.size + 2 * a), -unit_t, unit_t, _none(t, 2 * hopes)]
    return sparse.hstack(of_a).tocsr(), sparse.hstack(of_t).tocsr()


def _hopes(nodes: list[int], sizes: tuple[int, ...]) -> sparse.csr_matrix:
    """Prices that are approached, less what they are above and below it."""
    hope = sparse.lil_matrix((len(nodes), sum(sizes)))
    for row, node in enumerate(nodes):
        hope[row, node] = 1.0
        hope[row, sum(sizes[:6]) + row] = -1.0
        hope[row, sum(sizes[:7]) + row] = 1.0
    return hope.tocsr()


def _price_bounds(
    supply: SupplyChain, flows: Flows, finishing: Array, known: dict[int, float]
) -> list[tuple[float, float | None]]:
    """Least and most of every node's price: what is discarded is worth just that, what is known is known."""
    bounds: list[tuple[float, float | None]] = [(0.0, None)] * len(supply.network.nodes)
    for at, node in enumerate(np.asarray(supply.network.disposal_node)):
        worth = float(finishing[at])
        bounds[int(node)] = (worth, worth if flows.disposal[at] > 1e-6 else None)
    for node, value in known.items():
        low, high = bounds[node]
        if high is None:
            bounds[node] = (max(low, value), max(low, value))
    return bounds
