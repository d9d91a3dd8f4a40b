"""What a step leaves behind: stocks, expectations, risk, demand's slow response, premiums."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from coercivity.model.accounts.settlement import Ledger
from coercivity.model.accounts.treasury import CAPITAL
from coercivity.model.assembly.circular import substitution_speed
from coercivity.model.assembly.evasion import leak
from coercivity.model.assembly.illicit import conduct, dig
from coercivity.model.assembly.market import FAINT, Assembled
from coercivity.model.behaviour.expectation import smoothed_growth
from coercivity.model.behaviour.grey import grow_capacity
from coercivity.model.behaviour.licence import asking
from coercivity.model.behaviour.response import adjust_demand
from coercivity.model.dynamics.content_use import content_use
from coercivity.model.dynamics.quota_premium import hold_limits
from coercivity.model.dynamics.sites import waiting_mines
from coercivity.model.dynamics.viewpoint import (
    best,
    expected_margins,
    margins_ahead,
    plant_margins,
    state_view,
)
from coercivity.model.inputs.instruments import ExportCap, Instrument, ProductionQuota, TechnologyBan
from coercivity.model.inputs.names import form, substance
from coercivity.model.network.stocks import existing_stocks
from coercivity.model.state.economy import Economy
from coercivity.optimise import Clearing
from coercivity.optimise.market import Array

if TYPE_CHECKING:
    from coercivity.model.dynamics.foresight import ForeseeingWorld

__all__ = ["landed_cost", "learn", "settle_stocks", "start_from_base"]

MEMORY = 0.25  # weight of a quarter in the flows and use that policies refer to


def start_from_base(world: "ForeseeingWorld") -> None:
    """Clear the base year once: prices, flows and use that the first step looks back on."""
    e, length = world.economy, world.settings.clock.length
    made = np.zeros(len(e.supply.network.activities))
    level, e.paths.level = e.paths.level, 1.0  # the base year is what it was, whatever follows
    for _ in range(2):  # heavy content needs to know how many magnets are made
        assembled = world.assembler(e.chain.year + 0.5, (), None, made)
        world.last = world.clearer(assembled.market)
        made = np.maximum(world.last.activity, 0.0) / length
    e.paths.level = level
    clearing = world.last
    assert clearing is not None
    e.knowhow.start(made, 1.0)
    e.price, e.first_price = clearing.price.copy(), clearing.price.copy()
    e.anchor = np.log(np.maximum(clearing.price, 1e-3))
    e.use, e.reference = _arrivals(e, clearing) / length, clearing.flow / length
    e.base_use = e.use.copy()
    e.landed = landed_cost(e, world.assembler.arc_cost + 0.0, assembled)
    node = np.asarray(e.supply.network.demand_node)
    e.base_price = np.maximum(clearing.price[node], 0.02)
    private = np.array([c.kind == "private" for c in e.supply.layout.curves])
    e.stock[private] = (e.cover * e.use[node])[private]
    e.content_use = content_use(e, clearing.activity, clearing.served, length)
    world.throughput = np.zeros(len(e.supply.network.plants))
    begin = world.when - 0.5 * length
    world.pipeline.commit({at: luck for firm in world.firms for at, luck in firm.luck.items()}, begin)
    _fill_public_stocks(world)
    world.recorder.begin(world.date, clearing.flow / length)


def _fill_public_stocks(world: "ForeseeingWorld") -> None:
    """What states hold when a run begins: what the evidence says, or the target of what is full by then."""
    e = world.economy
    layout = e.supply.layout
    for place in layout.public:
        names, held = layout.here[place, "held"]
        use = dict(zip(names, e.base_use[held].tolist(), strict=True))
        stocks = existing_stocks(e.evidence, e.chain, place, use)
        for material, at in layout.public[place]:
            if layout.curves[at].what != "reserve":
                e.stock[at] = stocks.get(material, 0.0)
    for state in world.states:
        for i in state.prefilled(state_view(world, state)):
            for material, at in layout.public[state.place]:
                if material == i.material and layout.curves[at].what != "reserve" and i.target > e.stock[at]:
                    usd = (i.target - e.stock[at]) * e.base_price[at] * 1000.0
                    world.bought[state.place] = world.bought.get(state.place, 0.0) + float(usd)
                    e.stock[at] = i.target
    e.kept = np.where(world.assembler.kind == "public", e.stock, 0.0)


def _arrivals(e: Economy, clearing: Clearing) -> Array:
    """What arrived where it is held, t."""
    destination = np.asarray(e.supply.network.destination)
    return np.asarray(np.bincount(destination, clearing.flow, len(e.supply.network.nodes)), dtype=float)


def landed_cost(e: Economy, cost: Array, assembled: Assembled) -> Array:
    """Cheapest way to bring a tonne to each node by a legal arc, USD/kg; inf where none leads."""
    network = e.supply.network
    origin = np.asarray(network.origin)
    legal = np.asarray(network.arc_plant) < 0
    price = e.price[origin] * (1.0 + assembled.tax.ad_valorem) + cost
    out = np.full(len(network.nodes), np.inf)
    np.minimum.at(out, np.asarray(network.destination)[legal], price[legal])
    return _price_doses(e, out)


def _price_doses(e: Economy, landed: Array) -> Array:
    """What is mixed where it is used costs what its cheapest dose does: nobody sends it."""
    technology = e.supply.network.technology
    doses = [at for at, a in enumerate(e.supply.layout.activities) if a.kind == "dose"]
    mixes = np.isin(technology.column, doses)
    column, row, value = technology.column[mixes], technology.row[mixes], technology.value[mixes]
    takes = value < 0
    cost = np.bincount(column[takes], -value[takes] * landed[row[takes]], len(e.unit_cost))
    np.minimum.at(landed, row[~takes], cost[column[~takes]] / value[~takes])
    return landed


def settle_stocks(e: Economy, clearing: Clearing) -> None:
    """Stocks are what was bought back; thrift and use curves hold nothing."""
    held = e.supply.layout.stocks
    e.stock[held] = clearing.served[held]


def learn(
    world: "ForeseeingWorld",
    instruments: Sequence[Instrument],
    assembled: Assembled,
    clearing: Clearing,
    ledger: Ledger,
) -> None:
    """Update everything that the next step looks back on."""
    e, numbers = world.economy, world.economy.parameters
    length = world.settings.clock.length
    e.growth = smoothed_growth(
        e.growth, e.price, clearing.price, numbers["inventory.news_weight"], length,
        numbers["inventory.growth_clip"],
    )  # fmt: skip
    slow = 1.0 - (1.0 - numbers["inventory.anchor_speed"]) ** (4.0 * length)
    e.anchor = (1 - slow) * e.anchor + slow * np.log(np.maximum(clearing.price, 1e-3))
    e.price = clearing.price.copy()
    e.charge = assembled.charge
    e.landed = landed_cost(e, world.assembler.arc_cost, assembled)
    recent = 1.0 - (1.0 - MEMORY) ** (4.0 * length)
    e.use = (1 - recent) * e.use + recent * _arrivals(e, clearing) / length
    world.throughput = ledger.throughput
    _respond(world, clearing, substitution_speed(e, instruments), length)
    dig(e, instruments, length)
    world.diplomacy(instruments, world.when, length, world.alarm)
    _restrictions(world, instruments, assembled, clearing, recent)
    for i in instruments:
        if isinstance(i, ProductionQuota):
            e.quotas[i.kind] = i.tonnes
    e.knowhow.pace = min((i.learning for i in instruments if isinstance(i, TechnologyBan)), default=1.0)
    e.vintages.add(world.when, np.maximum(clearing.activity, 0.0), length)
    e.unit_cost -= e.knowhow.learn(np.maximum(clearing.activity, 0.0), length)
    room = (e.normal + e.block) * e.built * (1.0 - e.stopped) * length
    use = np.divide(ledger.throughput, room, out=np.zeros_like(room), where=room > 0)
    use[e.stopped > 0] = np.maximum(use[e.stopped > 0], 1.0)  # silenced, not idle
    use[waiting_mines(e)] = 1.0  # for their own plants
    margin, cost = plant_margins(world, assembled.floor)
    world.pipeline.review(use, margin, cost)
    if world.pipeline.receiver.estates:
        world.pipeline.resell(*margins_ahead(e, margin), world.when)
    borne = world.pipeline.borne  # an owner's losses end with it
    _cash(world, ledger, length, best(e, expected_margins(world) + assembled.floor - borne))


def _cash(world: "ForeseeingWorld", ledger: Ledger, length: float, margin: Array) -> None:
    """What owners have left, and who fails (B.15); what fails starts again with nothing owed."""
    flow: dict[str, float] = {}
    capital: dict[str, float] = {}
    for (owner, kind, item), usd in ledger.accounts.items():
        if kind == "firm":
            into = capital if item in CAPITAL else flow
            into[owner] = into.get(owner, 0.0) + usd / 1e6
    for firm in world.firms:
        firm.cash += flow.get(firm.name, 0.0) + capital.get(firm.name, 0.0)
    cash = {firm.name: firm.cash for firm in world.firms}
    failed = world.pipeline.fail(flow, cash, length, margin, world.when)
    for firm in world.firms:
        if firm.name in failed:
            firm.cash = max(firm.cash, 0.0)


def _respond(
    world: "ForeseeingWorld", clearing: Clearing, faster: Mapping[str, float], length: float
) -> None:
    """Demand, heavy content and recipes move on. faster: factor on the spread of recipes, by place."""
    e, numbers = world.economy, world.economy.parameters
    kind = world.assembler.kind
    price = clearing.price[world.assembler.node]
    for name, speed in (("use", numbers["demand.kappa"]), ("thrift", numbers["thrift.speed"])):
        mine = (kind == name) & (clearing.served > FAINT)  # nobody learns from a price nobody pays
        if numbers.on("demand" if name == "use" else "thrift"):
            e.log_k[mine] = adjust_demand(
                e.log_k[mine], price[mine], e.base_price[mine], e.gap[mine], speed, length
            )
    worth_it = clearing.rent / np.maximum(e.spread + e.rise, 1e-9) > 0.5
    for (_, place, _), plant in e.supply.alternatives.items():
        if worth_it[plant]:
            step = numbers["demand.adoption"] * faster.get(place, 1.0) * length
            e.access[plant] = min(e.access[plant] + step, e.figures.most[plant])


def _restrictions(
    world: "ForeseeingWorld",
    instruments: Sequence[Instrument],
    assembled: Assembled,
    clearing: Clearing,
    recent: float,
) -> None:
    """Reference flows, asking premiums and the grey channel."""
    e, numbers = world.economy, world.economy.parameters
    network, length = e.supply.network, world.settings.clock.length
    caps = [i for i in instruments if isinstance(i, ExportCap)]
    weight = network.limit_weight
    third = [row for i in caps for row in e.supply.third_rows.get(i.measure, ())]
    rows = [row for i in caps for row in e.supply.limit_rows[i.measure]] + third
    bound = np.zeros(len(network.arcs), dtype=bool)
    bound[weight.column[np.isin(weight.row, rows)]] = True
    free = (1 - recent) * e.reference + recent * clearing.flow / length
    e.reference = np.where(bound, e.reference * _applications(world), free) if rows else free
    used = np.zeros(len(network.limits))
    np.add.at(used, weight.row, weight.value * clearing.flow[weight.column])
    if numbers.on("licence"):
        e.premium = asking(
            e.premium, clearing.licence, used, assembled.market.limit,
            numbers["licence.rho"] * conduct(e, instruments),
            (numbers["licence.low_use"], numbers["licence.low_use_decay"]), length,
        )  # fmt: skip
        e.premium[third] = 0.0  # what third countries comply with is no licence to be sold
        world.held = hold_limits(e, instruments, assembled, clearing, length)
    rows = [row for i in caps if i.state == e.chain.names.home for row in e.supply.limit_rows[i.measure]]
    if not rows or not numbers.on("grey"):
        e.grey = 0.0
        return
    rent = (assembled.market.asking + clearing.licence)[rows]
    worth = float(np.average(rent, weights=np.maximum(used[rows], 1e-6)))
    clip = (numbers["grey.fall"], numbers["grey.rise"])
    e.grey = grow_capacity(
        e.grey, worth, numbers["grey.growth"], clip, numbers["grey.ceiling"] * leak(e), length
    )


def _applications(world: "ForeseeingWorld") -> Array:
    """Growth over a step of what destinations want, (t): applications for licences grow with it.

    What is worked, and elements that services are made of, grow with services, others with the other uses.
    """
    e, length = world.economy, world.settings.clock.length
    names, when = e.chain.names, world.when
    services = np.array([bool(use.recipe) for use in e.chain.uses])
    now, after = e.paths.at(when), e.paths.at(when + length)
    growth = {
        kind: dict(
            zip(
                e.chain.regions,
                after[rows].sum(axis=0) / np.maximum(now[rows].sum(axis=0), 1e-9),
                strict=True,
            )
        )
        for kind, rows in ((True, services), (False, ~services))
    }
    group, kinds = e.supply.layout.wants
    worked, serving = names.forms.worked, names.serving
    by_group = [
        growth[form(material) in worked or substance(material) in serving].get(destination, 1.0)
        for material, destination in kinds
    ]
    return np.array(by_group)[group]
