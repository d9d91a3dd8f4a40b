"""Calibrate a base year; `base_rows` keeps it as rows of evidence.

What is put in: recorded prices, demand by element, capacity, baskets, ties, finishing cost.
What is calibrated: multipliers, wedges, rents, effective capacity. What is an outcome: arcs,
utilisation, that the point is an equilibrium. Source: calibration notes, section 1.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from coercivity.model.calibration.reconcile import Reconciliation, reconcile
from coercivity.model.calibration.wedges import Flows, Wedges, fit_flows, fit_wedges, matrices
from coercivity.model.inputs.chain_settings import ChainSettings
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.names import FRONTIER, form, substance
from coercivity.model.network.chain import Chain, Facility, read_chain
from coercivity.model.network.demand import CurveDemand, DemandPaths
from coercivity.model.network.layout import Arc
from coercivity.model.network.supply_chain import SupplyChain, lay_out
from coercivity.model.network.taxes import border_taxes
from coercivity.optimise.market import Array

__all__ = ["BaseYear", "apply_multipliers", "calibrate", "content_of"]

NORMAL, BLOCK, RISE = 0.85, 0.225, 1.5  # shares of base output, and of base rent
FULL = 0.9  # utilisation from which a plant counts as at capacity


@dataclass(frozen=True, slots=True)
class BaseYear:
    """A reconciled base year, by name.

    form: of what separators make; multiplier: inputs; factor: on other uses, by element
    price: nodes, USD/kg; wedge: activities and arcs, USD/kg
    markup: what makers ask over their cost, activities, USD/kg
    room: normal, spread, block, rise of every standing facility
    """

    year: int
    form: str
    multiplier: dict[str, float]
    sigma: dict[str, float]
    factor: dict[str, float]
    price: dict[str, float]
    wedge: dict[str, float]
    markup: dict[str, float]
    room: dict[str, tuple[float, float, float, float]]


def apply_multipliers(chain: Chain, multiplier: dict[str, float]) -> Chain:
    """The chain with reconciled outputs, recoveries and baskets."""
    names = chain.names
    recovered = multiplier.get(names.moved_by("recovery"), 1.0)

    def apply(facility: Facility) -> Facility:
        if facility.stage == names.stages.extract and facility.terms is None:
            factor = multiplier.get(names.input_of(facility.family), 1.0)
            return replace(facility, output=facility.output * factor, capacity=facility.capacity * factor)
        if facility.stage == names.stages.separate:
            recovery = min(facility.recovery * recovered, 0.995)
            return replace(facility, recovery=recovery)
        return facility

    baskets = dict(chain.baskets)
    for name, moved in names.reconcile.items():
        richer = multiplier.get(name, 1.0)
        for family in moved.families if moved.moves == "basket" else ():
            shares = {
                element: share * (richer if element in moved.elements else 1.0)
                for element, share in baskets[family].items()
            }
            baskets[family] = {e: share / math.fsum(shares.values()) for e, share in shares.items()}
    return replace(chain, facilities=tuple(apply(f) for f in chain.facilities), baskets=baskets)


def content_of(names: ChainSettings, multiplier: dict[str, float]) -> dict[str, float]:
    """Factors on what grades contain, by material, for the network."""
    found: dict[str, float] = {}
    if names.blend:
        found[names.blend.material] = multiplier.get(names.moved_by("blend"), 1.0)
    if names.dose:
        found[names.dose.service] = multiplier.get(names.moved_by("dose"), 1.0)
    return found


def calibrate(evidence: Evidence, year: int, names: ChainSettings) -> tuple[BaseYear, Reconciliation]:
    """Reconcile quantities, then find prices and wedges that hold them."""
    chain = read_chain(evidence, year, names)
    supply = lay_out(evidence, chain)
    multiplier: dict[str, float] = {}
    flows = _flows(evidence, supply, multiplier)
    for _ in range(8):
        recovered = multiplier.get(names.moved_by("recovery"), 1.0)
        separated = {key: share / recovered for key, share in flows.separated.items()}
        result = reconcile(evidence, chain, separated)
        multiplier = result.multiplier
        supply = lay_out(
            evidence, apply_multipliers(chain, multiplier), content=content_of(names, multiplier)
        )
        flows = _flows(evidence, supply, multiplier)
    at_cost = _wedges(evidence, supply, flows, np.zeros(len(supply.layout.activities)))
    asked = _markups(evidence, supply, at_cost.price)
    wedges = _wedges(evidence, supply, flows, asked)
    return _to_base_year(supply, flows, wedges, result, normal_spread(evidence), asked), result


def _flows(evidence: Evidence, supply: SupplyChain, multiplier: dict[str, float]) -> Flows:
    chain, names = supply.chain, supply.chain.names
    paths = DemandPaths(evidence, chain, "steps")
    table = paths.base.copy()
    for at, use in enumerate(chain.uses):
        if use.recipe:
            table[at] *= multiplier.get(names.moved_by("services"), 1.0)
    wanted = CurveDemand(chain, supply.layout.curves, {})(table)
    made = {element: f"{names.forms.separated}:{element}" for element in chain.elements[:-1]}
    ratio = {
        element: evidence.number("finishing", name, "demand_over_supply", year=chain.year, default=1.0)
        for element, name in made.items()
    }
    ratio |= {element: multiplier.get(names.moved_by("others"), 1.0) for element in names.scarce}
    taxes = border_taxes(evidence, supply.layout.arcs, chain.year, names.watched)
    value = np.array([_recorded_price(evidence, chain, arc.material) for arc in supply.layout.arcs])
    freight = np.array([arc.freight + _tie_feed(chain, arc) for arc in supply.layout.arcs])
    lost = np.array(
        [
            max(_recorded_price(evidence, chain, name.split(" ")[1]) - finishing_value(evidence, name), 0.01)
            for name in supply.network.disposals
        ]
    )
    exported = evidence.items("behaviour", "base_year", "exported_to_marginal", chain.year)
    return fit_flows(supply, wanted, freight + taxes.ad_valorem * value, lost, ratio, exported)


def normal_spread(evidence: Evidence) -> float:
    """How far unit cost spreads over a plant's normal capacity, as a share of it."""
    return evidence.number("behaviour", "supply", "normal_cost_spread")


def _tie_feed(chain: Chain, arc: Arc) -> float:
    """Base-year feed of mines run from home goes home: what another way would cost here."""
    names = chain.names
    captive = form(arc.material) == names.forms.extracted and substance(arc.material) in names.captive
    return 20.0 if captive and arc.destination != names.home else 0.0


def _recorded_price(evidence: Evidence, chain: Chain, material: str) -> float:
    """A recorded price at home without VAT, USD/kg; of ore, what its elements fetch."""
    if form(material) == chain.names.forms.extracted:
        basket = chain.baskets[material.partition(":")[2]]
        worth = math.fsum(
            share * _recorded_price(evidence, chain, f"{chain.names.forms.separated}:{e}")
            for e, share in basket.items()
            if e != "other"
        )
        return 0.8 * worth
    return evidence.number("prices", material, "domestic_ex_vat", year=chain.year, default=0.0)


def _wedges(evidence: Evidence, supply: SupplyChain, flows: Flows, asked: Array) -> Wedges:
    chain, layout = supply.chain, supply.layout
    arcs = layout.arcs
    taxes = border_taxes(evidence, arcs, chain.year, chain.names.watched)
    finishing = np.array([finishing_value(evidence, name) for name in supply.network.disposals])
    rent, full = _rents(supply, flows, normal_spread(evidence))
    charge = charges(evidence, supply, chain.year)
    run = np.array([a.cost for a in layout.activities]) + charge + asked
    cost = run, np.array([a.freight for a in arcs])
    known, hoped = {}, {}
    for (place, material, side), node in layout.node.items():
        recorded = _recorded_price(evidence, chain, material)
        if place != chain.names.home or side != "held" or recorded <= 0:
            continue
        if form(material) == chain.names.forms.separated:
            known[node] = recorded
        elif form(material) in chain.names.forms.worked:
            hoped[node] = recorded
    return fit_wedges(supply, flows, cost, taxes.ad_valorem, finishing, known, hoped, rent, full)


def _markups(evidence: Evidence, supply: SupplyChain, price: Array) -> Array:
    """(E.4) What makers of worked goods ask over their cost, USD/kg, (a): what the record at home leaves
    above price, at most their usual share. price: at which all earn just their cost, (n)

    Oxides need none: their prices are held to the record, and rents and wedges hold it.
    """
    chain, layout = supply.chain, supply.layout
    technology, asked = matrices(supply)[0], np.zeros(len(layout.activities))
    for at, activity in enumerate(layout.activities):
        home = layout.node.get((chain.names.home, activity.product, "held"))
        over = evidence.number("behaviour", "firm", "markup", activity.kind, chain.year, default=0.0)
        if activity.kind in chain.names.stages.worked and home is not None and over > 0:
            record = _recorded_price(evidence, chain, activity.product)
            made = float(technology[layout.node[activity.place, activity.product, "made"], at])
            left = min(max(record - float(price[home]), 0.0), over / (1.0 + over) * record)
            asked[at] = made * left
    return asked


def finishing_value(evidence: Evidence, disposal: str) -> float:
    """What a surplus tonne saves by not being finished, USD/kg."""
    material = disposal.split(" ")[1]
    return evidence.number("finishing", material, "finishing_cost", default=0.0)


def charges(
    evidence: Evidence, supply: SupplyChain, year: int, factor: dict[tuple[str, str], float] | None = None
) -> Array:
    """Environmental charge on a unit of every activity, USD/kg, (a).

    Rates of the evidence are scaled in each place so that what is mined and separated there pays
    its compliance cost on average. factor: on the rate, by place and pollutant.
    """
    rate_of = _rates(evidence, year)
    level = _compliance(evidence, supply, rate_of)
    out = np.zeros(len(supply.layout.activities))
    for at, activity in enumerate(supply.layout.activities):
        for pollutant, amount in activity.burden.items():
            rate = rate_of(activity.place, pollutant)
            scale = level.get(activity.place, 1.0) * (factor or {}).get((activity.place, pollutant), 1.0)
            out[at] += amount * rate * scale / 1000.0  # a tonne's burden, a kilogram's cost
    return out


def _rates(evidence: Evidence, year: int) -> Callable[[str, str], float]:
    """Charge by place and pollutant, USD a unit; each is looked up once."""

    @functools.cache
    def rate(place: str, pollutant: str) -> float:
        return evidence.number("burdens", place, "charge", pollutant, year, default=0.0)

    return rate


def _compliance(
    evidence: Evidence, supply: SupplyChain, rate_of: Callable[[str, str], float]
) -> dict[str, float]:
    """Scale of charges in each place: its compliance cost over what full rates would come to."""
    stages = supply.chain.names.stages
    paying = (stages.extract, stages.separate)
    implied: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for activity in supply.layout.activities:
        if activity.kind not in paying:
            continue
        facility = supply.chain.facilities[activity.facility]
        if facility.terms is not None and facility.terms.status in FRONTIER:
            continue
        rate = math.fsum(
            amount * rate_of(activity.place, name) / 1000 for name, amount in activity.burden.items()
        )
        size = facility.output + (0.1 * facility.capacity if facility.terms else 0.0)
        place = implied.setdefault(activity.place, {stage: [] for stage in paying})
        place[activity.kind].append((rate, size + 1.0))
    level = {}
    for code, kinds in implied.items():
        total = math.fsum(
            math.fsum(rate * size for rate, size in found) / math.fsum(size for _, size in found)
            for found in kinds.values()
            if found
        )
        cost = evidence.number("burdens", code, "compliance_cost", default=0.0)
        level[code] = float(np.clip(cost / total, 0.05, 1.5)) if total > 0 else 1.0
    return level


def _rents(supply: SupplyChain, flows: Flows, share: float) -> tuple[Array, np.ndarray]:
    """Rents of plants inside capacity, from their spread; and which plants are at capacity."""
    plants = len(supply.network.plants)
    through = np.zeros(plants)
    owner = np.asarray(supply.network.activity_plant)
    np.add.at(through, owner[owner >= 0], flows.activity[owner >= 0])
    rent, full = np.zeros(plants), np.zeros(plants, dtype=bool)
    for at, facility in enumerate(supply.chain.facilities):
        if facility.terms is not None:
            continue
        extracts = facility.stage == supply.chain.names.stages.extract
        full[at] = extracts or through[at] >= FULL * facility.capacity
        spread = share * facility.unit_cost
        rent[at] = spread * min(through[at] / (NORMAL * facility.capacity), 1.0)
        if through[at] > NORMAL * facility.capacity:
            full[at] = True
    return rent, full & (through > 1e-6)


def _to_base_year(
    supply: SupplyChain, flows: Flows, wedges: Wedges, result: Reconciliation, share: float, asked: Array
) -> BaseYear:
    """asked: markups, of which a maker whose price does not hold them has less"""
    chain, layout = supply.chain, supply.layout
    owner = np.asarray(supply.network.activity_plant)
    through = np.bincount(owner[owner >= 0], flows.activity[owner >= 0], len(supply.network.plants))
    _, full = _rents(supply, flows, share)
    room = {}
    for at, facility in enumerate(chain.facilities):
        if facility.terms is not None:
            continue
        spread = share * facility.unit_cost
        if full[at]:
            rent = float(wedges.rent[at])
            spread = min(spread, 0.5 * rent) if rent > 1e-6 else 1e-4
            rise = max(RISE * (rent - spread), 0.02 * facility.unit_cost)
            # at base output the block is called up to where its rise equals the base rent
            reach = (rent - spread) / rise
            base = through[at] / (NORMAL + BLOCK * reach)
            room[facility.name] = (NORMAL * base, spread, BLOCK * base, rise)
        else:
            room[facility.name] = (
                NORMAL * facility.capacity,
                spread,
                BLOCK * facility.capacity,
                0.5 * facility.unit_cost,
            )
    nodes = supply.network.nodes
    given_up = np.clip(-wedges.activity, 0.0, asked)
    markup = {
        layout.activities[at].name: float(value) for at, value in enumerate(asked - given_up) if value > 1e-9
    }
    wedge = {
        layout.activities[at].name: float(value)
        for at, value in enumerate(wedges.activity + given_up)
        if abs(value) > 1e-9 and layout.activities[at].kind != "recipe"
    }
    wedge |= {
        supply.network.arcs[at]: float(value) for at, value in enumerate(wedges.arc) if abs(value) > 1e-9
    }
    return BaseYear(
        year=chain.year,
        form=chain.names.forms.separated,
        multiplier=result.multiplier,
        sigma=result.sigma,
        factor=flows.factor,
        price={nodes[at]: float(value) for at, value in enumerate(wedges.price)},
        wedge=wedge,
        markup=markup,
        room=room,
    )
