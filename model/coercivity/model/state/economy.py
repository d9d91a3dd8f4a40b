"""The state of the world between steps, as arrays over the network's axes."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from coercivity.model.behaviour.closure import Closure
from coercivity.model.behaviour.integration import is_integrated
from coercivity.model.calibration.base_year import (
    BLOCK,
    NORMAL,
    BaseYear,
    charges,
    finishing_value,
    normal_spread,
)
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.parameters import Parameters
from coercivity.model.inputs.settings import Settings
from coercivity.model.network.chain import Chain
from coercivity.model.network.demand import DemandPaths, backstop, elasticities
from coercivity.model.network.supply_chain import SupplyChain
from coercivity.model.state.ahead import Ahead
from coercivity.model.state.costs import find_likes, fixed_costs, markups, unit_costs
from coercivity.model.state.figures import Figures, read_figures
from coercivity.model.state.knowhow import Knowhow
from coercivity.model.state.vintages import Vintages
from coercivity.optimise.market import Array

__all__ = ["Economy", "initial_economy", "service_factor"]


@dataclass(slots=True)
class Economy:
    """What the next market is made of. Arrays are over nodes n, activities a, plants p, limits l
    and curves d of the network; money in USD/kg, quantities in t a year or t.
    """

    evidence: Evidence
    figures: Figures  # what steps ask of it
    supply: SupplyChain
    base: BaseYear
    paths: DemandPaths
    chain: Chain
    parameters: Parameters
    # technology and cost
    unit_cost: Array  # (a) operating cost with wedges
    markup: Array  # (a) what makers ask over it, which is theirs
    charge: Array  # (a) environmental charge in force
    normal: Array  # (p) t a year at full building
    spread: Array
    block: Array
    rise: Array
    integrated: NDArray[np.bool_]  # which facilities' owners have the stage before (B.20)
    built: Array  # (p) share of a plant that stands
    started: Array  # (p) date a project was decided on, inf if not
    opens: Array  # (p) date it opens
    grown: Array  # (p) capacity paid for since the base year by holders of a quota, over what stood then
    units: Array  # (p) how many of them are decided on or stand
    closure: Closure
    stopped: Array  # (p) share that stands still for now
    luck: Array  # (p) factor on what it can make, from the streams of the world
    knowhow: Knowhow  # what plants abroad have learnt
    vintages: Vintages  # products in use
    access: Array  # (p) share of a use an alternative recipe can serve; nan for other plants
    # demand
    short: Array  # (d)
    gap: Array  # (d) long-run less short-run elasticity
    base_price: Array  # (d)
    choke: Array  # (d)
    log_k: Array  # (d)
    # stocks and expectations
    stock: Array  # (d) tonnes, of stock curves
    cover: Array  # (d) years
    anchor: Array  # (n) slow mean of ln p
    growth: Array  # (n)
    price: Array  # (n) last
    first_price: Array  # (n) what the base year clears at
    listed: Array  # (n) in the table of the base year, 0 where it has none
    landed: Array  # (n) cheapest way to land a tonne
    use: Array  # (n) t a year used at the place
    base_use: Array  # (n) the same in the base year
    content_use: Array  # (n) the same, counting what is in worked goods
    kept: Array  # (d) what public stocks held when the run began
    # policy
    reference: Array  # (t) flow before measures, t a year
    premium: Array  # (l) USD/kg that holders of quotas ask beyond the price, a row each
    fear: Array  # (n) perceived risk of supply of what is held there
    risk: dict[str, float]  # the same by place: mean over what it uses, by value
    quotas: dict[str, float]
    grey: float = 0.0  # share of restricted shipments that get out anyway
    in_force: dict[str, float] = field(default_factory=dict)  # severity of every measure in force, 0 to 1
    floored: dict[tuple[str, str], float] = field(default_factory=dict)  # t a year under a floor
    reputation: dict[str, float] = field(default_factory=dict)  # of suppliers, 1 unless they coerce
    recipe_cost: dict[str, float] = field(default_factory=dict)  # factor of research, by place
    staked: dict[tuple[str, int], float] = field(default_factory=dict)  # investor's part of a mine's feed
    backed: dict[int, float] = field(default_factory=dict)  # share of a project's capital that states paid
    ahead: Ahead = field(default_factory=Ahead)  # prices that firms count on
    claimed: Array = field(init=False)  # (f) of their stage and side decided on at the start, t a year
    cost_rise: Array = field(init=False)  # (p) running cost of all units over that of the first, less one
    fixed: Array = field(init=False)  # (p) what a unit of a project goes on costing when idle

    def __post_init__(self) -> None:
        self.claimed, self.cost_rise = np.zeros(self.normal.size), np.zeros(self.normal.size)
        self.fixed = fixed_costs(self.supply, self.parameters)


def initial_economy(
    settings: Settings, evidence: Evidence, supply: SupplyChain, base: BaseYear, numbers: Parameters
) -> Economy:
    """The economy of a base year, before its first clearing."""
    chain, network, layout = supply.chain, supply.network, supply.layout
    prices = np.array([base.price.get(name, 0.0) for name in network.nodes])
    normal, spread, block, rise, built = _rooms(supply, base, normal_spread(evidence))
    short, gap, at, choke = _curves(settings, evidence, supply, prices, numbers)
    likes = find_likes(evidence, supply, base)
    joined = is_integrated([(f.firm, f.stage) for f in chain.facilities], chain.names.stages.before)
    return Economy(
        evidence=evidence,
        figures=read_figures(evidence, supply),
        supply=supply,
        base=base,
        paths=DemandPaths(
            evidence, chain, settings.market.demand_scenario, settings.market.demand_level,
            settings.market.driver, service_factor(base, chain)),
        chain=chain,
        parameters=numbers,
        unit_cost=unit_costs(supply, base, likes, joined, numbers),
        markup=markups(supply, base, likes),
        charge=charges(evidence, supply, chain.year),
        normal=normal,
        spread=spread,
        block=block,
        rise=rise,
        integrated=joined,
        built=built,
        started=np.full(normal.size, np.inf),
        opens=np.full(normal.size, np.inf),
        grown=np.ones(normal.size),
        units=(built > 0).astype(float),
        closure=Closure(normal.size),
        stopped=np.zeros(normal.size), luck=np.ones(normal.size),
        knowhow=Knowhow(supply, numbers),
        vintages=Vintages(evidence, chain, layout, numbers, service_factor(base, chain)),
        access=_access(supply, numbers),
        short=short,
        gap=gap,
        base_price=at,
        choke=choke,
        log_k=np.zeros(len(layout.curves)),
        stock=np.zeros(len(layout.curves)),
        cover=_covers(evidence, supply),
        anchor=np.log(np.maximum(prices, 1e-3)),
        growth=np.zeros(prices.size),
        price=prices,
        first_price=prices.copy(),
        listed=prices.copy(), landed=prices.copy(),
        use=np.zeros(prices.size),
        base_use=np.zeros(prices.size),
        content_use=np.zeros(prices.size),
        kept=np.zeros(len(layout.curves)),
        reference=np.zeros(len(network.arcs)),
        premium=np.zeros(len(network.limits)),
        fear=np.zeros(prices.size), risk=dict.fromkeys(chain.places, 0.0),
        reputation=dict.fromkeys(chain.places, 1.0),
        quotas=_quotas(supply),
    )  # fmt: skip


def _access(supply: SupplyChain, numbers: Parameters) -> Array:
    """Share of a use that each other recipe can serve at first, (p); of what is no recipe, nan."""
    access = np.full(len(supply.network.plants), np.nan)
    access[list(supply.alternatives.values())] = numbers["demand.ready"]
    return access


def service_factor(base: BaseYear, chain: Chain) -> float:
    """Factor on demand for services, from the base-year reconciliation."""
    return base.multiplier.get(chain.names.moved_by("services"), 1.0)


def _rooms(supply: SupplyChain, base: BaseYear, share: float) -> tuple[Array, Array, Array, Array, Array]:
    """Room of every plant when built; projects as their capacity says, nothing of them standing."""
    count = len(supply.network.plants)
    normal, spread, block, rise, built = (np.zeros(count) for _ in range(5))
    for at, facility in enumerate(supply.chain.facilities):
        stored = base.room.get(facility.name)
        if facility.terms is None and stored is not None:
            normal[at], spread[at], block[at], rise[at] = stored
            built[at] = 1.0
            continue
        normal[at], block[at] = NORMAL * facility.capacity, BLOCK * facility.capacity
        spread[at], rise[at] = share * facility.unit_cost, 0.5 * facility.unit_cost
    for at in supply.alternatives.values():
        cost = supply.layout.activities[_runner(supply, at)].cost
        spread[at], rise[at] = 0.1 * cost, 0.9 * cost
        built[at] = 1.0
    spread[supply.grey_row], rise[supply.grey_row] = 3.0, 8.0  # blocks 0, 1, 3 and 8 USD/kg apart
    built[supply.grey_row] = 1.0
    return normal, spread, block, rise, built


def _runner(supply: SupplyChain, plant: int) -> int:
    """The activity of a plant that runs one."""
    return int(np.flatnonzero(np.asarray(supply.network.activity_plant) == plant)[0])


def _curves(
    settings: Settings, evidence: Evidence, supply: SupplyChain, prices: Array, numbers: Parameters
) -> tuple[Array, Array, Array, Array]:
    """Elasticities, base price and choke price of every curve."""
    layout, network, market = supply.layout, supply.network, settings.market
    at = np.maximum(prices[np.asarray(network.demand_node)], 0.02)
    short, gap = np.zeros(at.size), np.zeros(at.size)
    choke = 50.0 * at
    thrift = numbers["thrift.sigma_short"], numbers["thrift.sigma_long"]
    for i, curve in enumerate(layout.curves):
        if curve.kind == "use":
            now, later = elasticities(evidence, curve)
            short[i], gap[i] = now * market.elasticity, max(later - now, 0.0) * market.elasticity
            choke[i] = max(backstop(evidence, supply.chain, curve) * market.backstop, 3.0 * at[i])
        elif curve.kind == "thrift":
            short[i], gap[i] = thrift[0], thrift[1] - thrift[0]
    return short, gap, at, choke


def _covers(evidence: Evidence, supply: SupplyChain) -> Array:
    """Days of use each private holder keeps, as years."""
    return np.array(
        [
            evidence.number("stocks", c.place, "private_cover", year=supply.chain.year, default=60.0) / 365.0
            if c.kind == "private"
            else 0.0
            for c in supply.layout.curves
        ]
    )


def _quotas(supply: SupplyChain) -> dict[str, float]:
    """Base-year quota of each kind: what its legal mines produced."""
    weight = supply.network.cap_weight
    found = {}
    for kind, row in supply.quota_rows.items():
        activities = weight.column[weight.row == row]
        found[kind] = float(
            math.fsum(
                supply.chain.facilities[supply.layout.activities[a].facility].output for a in activities
            )
        )
    return found


def disposal_values(evidence: Evidence, supply: SupplyChain) -> Array:
    """What a surplus tonne saves at every outlet, USD/kg, (z)."""
    return np.array([finishing_value(evidence, name) for name in supply.network.disposals])
