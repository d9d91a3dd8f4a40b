"""Calibrate a base year, keep it as evidence rows, and read it back.

What is put in: recorded prices, demand by element, capacity, baskets, ties, finishing cost.
What is calibrated: multipliers, wedges, rents, effective capacity. What is an outcome: arcs,
utilisation, that the point is an equilibrium. Source: calibration notes, section 1.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from coercivity.model.chain import Chain, Facility, read_chain
from coercivity.model.demand import DemandPaths, curve_demand
from coercivity.model.evidence import COLUMNS, Evidence
from coercivity.model.names import FRONTIER, form
from coercivity.model.reconcile import HEAVY_ELEMENTS, SCARCE, Reconciliation, group_of, reconcile
from coercivity.model.supply_chain import SupplyChain, lay_out
from coercivity.model.taxes import border_taxes
from coercivity.model.wedges import Flows, Wedges, fit_flows, fit_wedges
from coercivity.model.wiring import Arc
from coercivity.optimise.market import Array

__all__ = ["BaseYear", "adjusted", "calibrate", "content_of", "read_base_year", "write_base_year"]

NORMAL, BLOCK, RISE = 0.85, 0.225, 1.5  # shares of base output, and of base rent
FULL = 0.9  # utilisation from which a plant counts as at capacity
SOURCE = "coercivity calibrate base-year"


@dataclass(frozen=True, slots=True)
class BaseYear:
    """A reconciled base year, by name.

    multiplier: inputs; factor: oxide demand; price: nodes, USD/kg; wedge: activities and arcs,
    USD/kg; room: normal, spread, block, rise of every standing facility
    """

    year: int
    multiplier: dict[str, float]
    sigma: dict[str, float]
    factor: dict[str, float]
    price: dict[str, float]
    wedge: dict[str, float]
    room: dict[str, tuple[float, float, float, float]]


def adjusted(chain: Chain, multiplier: dict[str, float]) -> Chain:
    """The chain with reconciled outputs, recoveries and the basket of Myanmar's clays."""

    def apply(facility: Facility) -> Facility:
        if facility.stage == "mining" and facility.terms is None:
            factor = multiplier.get(group_of(facility.family), 1.0)
            return replace(facility, output=facility.output * factor, capacity=facility.capacity * factor)
        if facility.stage == "separation":
            recovery = min(facility.recovery * multiplier.get("recovery", 1.0), 0.995)
            return replace(facility, recovery=recovery)
        return facility

    baskets = dict(chain.baskets)
    heavier = multiplier.get("myanmar heavy basket", 1.0)
    for family in ("ionic_clay_myanmar", "ionic_clay_laos"):
        shares = {
            element: share * (heavier if element in HEAVY_ELEMENTS else 1.0)
            for element, share in baskets[family].items()
        }
        baskets[family] = {e: share / sum(shares.values()) for e, share in shares.items()}
    return replace(chain, facilities=tuple(apply(f) for f in chain.facilities), baskets=baskets)


def content_of(multiplier: dict[str, float]) -> dict[str, float]:
    """Factors on what magnets contain, for the network."""
    return {
        "NdPr": multiplier.get("NdPr per magnet", 1.0),
        "heavy": multiplier.get("heavy per magnet", 1.0),
    }


def calibrate(evidence: Evidence, year: int) -> tuple[BaseYear, Reconciliation]:
    """Reconcile quantities, then find prices and wedges that hold them."""
    chain = read_chain(evidence, year)
    supply = lay_out(evidence, chain)
    multiplier: dict[str, float] = {}
    flows = _flows(evidence, supply, multiplier)
    for _ in range(8):
        recovered = multiplier.get("recovery", 1.0)
        separated = {key: share / recovered for key, share in flows.separated.items()}
        result = reconcile(evidence, chain, separated)
        multiplier = result.multiplier
        supply = lay_out(evidence, adjusted(chain, multiplier), content=content_of(multiplier))
        flows = _flows(evidence, supply, multiplier)
    wedges = _wedges(evidence, supply, flows)
    return _stored(supply, flows, wedges, result, normal_spread(evidence)), result


def _flows(evidence: Evidence, supply: SupplyChain, multiplier: dict[str, float]) -> Flows:
    chain = supply.chain
    paths = DemandPaths(evidence, chain, "steps")
    table = paths.base.copy()
    for at, use in enumerate(chain.uses):
        if use.recipe:
            table[at] *= multiplier.get("magnet tonnage", 1.0)
    wanted = curve_demand(chain, supply.layout.curves, table, {})
    ratio = {
        element: evidence.number(
            "finishing", f"oxide:{element}", "demand_over_supply", year=chain.year, default=1.0
        )
        for element in chain.elements[:-1]
    }
    ratio |= {element: multiplier.get("other uses", 1.0) for element in SCARCE}
    taxes = border_taxes(evidence, supply.layout.arcs, chain.year)
    value = np.array([_recorded(evidence, chain, arc.material) for arc in supply.layout.arcs])
    freight = np.array([arc.freight + _tied(arc) for arc in supply.layout.arcs])
    lost = np.array(
        [
            max(_recorded(evidence, chain, name.split(" ")[1]) - finishing_value(evidence, name), 0.01)
            for name in supply.network.disposals
        ]
    )
    exported = evidence.items("behaviour", "base_year", "exported_to_marginal", chain.year)
    return fit_flows(supply, wanted, freight + taxes.ad_valorem * value, lost, ratio, SCARCE, exported)


def normal_spread(evidence: Evidence) -> float:
    """How far unit cost spreads over a plant's normal capacity, as a share of it."""
    return evidence.number("behaviour", "supply", "normal_cost_spread")


def _tied(arc: Arc) -> float:
    """Base-year feed of Chinese-run clay mines goes to China: what another way would cost here."""
    clay = arc.material in ("concentrate:ionic_clay_myanmar", "concentrate:ionic_clay_laos")
    return 20.0 if clay and arc.destination != "CN" else 0.0


def _recorded(evidence: Evidence, chain: Chain, material: str) -> float:
    """A recorded Chinese price without VAT, USD/kg; of a concentrate, what its oxides fetch."""
    if form(material) == "concentrate":
        basket = chain.baskets[material.partition(":")[2]]
        worth = sum(
            share * _recorded(evidence, chain, f"oxide:{e}") for e, share in basket.items() if e != "other"
        )
        return 0.8 * worth
    return evidence.number("prices", material, "domestic_ex_vat", year=chain.year, default=0.0)


def _wedges(evidence: Evidence, supply: SupplyChain, flows: Flows) -> Wedges:
    chain, layout = supply.chain, supply.layout
    arcs = layout.arcs
    taxes = border_taxes(evidence, arcs, chain.year)
    finishing = np.array([finishing_value(evidence, name) for name in supply.network.disposals])
    rent, full = _rents(supply, flows, normal_spread(evidence))
    charge = charges(evidence, supply, chain.year)
    cost = np.array([a.cost for a in layout.activities]) + charge, np.array([a.freight for a in arcs])
    known, hoped = {}, {}
    for (place, material, side), node in layout.node.items():
        recorded = _recorded(evidence, chain, material)
        if place != "CN" or side != "held" or recorded <= 0:
            continue
        if form(material) == "oxide":
            known[node] = recorded
        elif form(material) in ("metal", "magnet"):
            hoped[node] = recorded
    return fit_wedges(supply, flows, cost, taxes.ad_valorem, finishing, known, hoped, rent, full)


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
    level = _compliance(evidence, supply, year)
    out = np.zeros(len(supply.layout.activities))
    for at, activity in enumerate(supply.layout.activities):
        for pollutant, amount in activity.burden.items():
            rate = evidence.number("burdens", activity.place, "charge", pollutant, year, default=0.0)
            scale = level.get(activity.place, 1.0) * (factor or {}).get((activity.place, pollutant), 1.0)
            out[at] += amount * rate * scale / 1000.0  # a tonne's burden, a kilogram's cost
    return out


def _compliance(evidence: Evidence, supply: SupplyChain, year: int) -> dict[str, float]:
    """Scale of charges in each place: its compliance cost over what full rates would come to."""
    implied: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for activity in supply.layout.activities:
        if activity.kind not in ("mining", "separation"):
            continue
        facility = supply.chain.facilities[activity.facility]
        if facility.terms is not None and facility.terms.status in FRONTIER:
            continue
        rate = sum(
            amount * evidence.number("burdens", activity.place, "charge", name, year, default=0.0) / 1000
            for name, amount in activity.burden.items()
        )
        size = facility.output + (0.1 * facility.capacity if facility.terms else 0.0)
        place = implied.setdefault(activity.place, {"mining": [], "separation": []})
        place[activity.kind].append((rate, size + 1.0))
    level = {}
    for code, kinds in implied.items():
        total = sum(
            sum(rate * size for rate, size in found) / sum(size for _, size in found)
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
        full[at] = facility.stage == "mining" or through[at] >= FULL * facility.capacity
        spread = share * facility.unit_cost
        rent[at] = spread * min(through[at] / (NORMAL * facility.capacity), 1.0)
        if through[at] > NORMAL * facility.capacity:
            full[at] = True
    return rent, full & (through > 1e-6)


def _stored(
    supply: SupplyChain, flows: Flows, wedges: Wedges, result: Reconciliation, share: float
) -> BaseYear:
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
    wedge = {
        layout.activities[at].name: float(value)
        for at, value in enumerate(wedges.activity)
        if abs(value) > 1e-9 and layout.activities[at].kind != "recipe"
    }
    wedge |= {
        supply.network.arcs[at]: float(value) for at, value in enumerate(wedges.arc) if abs(value) > 1e-9
    }
    return BaseYear(
        year=chain.year,
        multiplier=result.multiplier,
        sigma=result.sigma,
        factor=flows.factor,
        price={nodes[at]: float(value) for at, value in enumerate(wedges.price)},
        wedge=wedge,
        room=room,
    )


def base_year_path(folder: Path, year: int) -> Path:
    """Where the rows of a base year are kept."""
    return folder / f"base_{year}.csv"


def write_base_year(base: BaseYear, folder: Path) -> Path:
    """Write the rows of a base year beside the evidence, replacing those there were."""
    path = base_year_path(folder, base.year)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for entity, attribute, item, value, unit, note in _rows(base):
            source = f"{SOURCE} {base.year}"
            writer.writerow(
                (
                    entity,
                    attribute,
                    item,
                    f"{value:.10g}",
                    "",
                    "",
                    unit,
                    base.year,
                    source,
                    "calibrated",
                    note,
                )
            )
    return path


def _rows(base: BaseYear) -> Iterator[tuple[str, str, str, float, str, str]]:
    for name, value in base.multiplier.items():
        sigmas = np.log(value) / base.sigma[name]
        yield name, "multiplier", "", value, "ratio", f"{sigmas:+.2f} sigma of {base.sigma[name]:g}"
        yield name, "sigma", "", base.sigma[name], "log", ""
    for name, value in base.factor.items():
        yield f"oxide:{name}", "demand_factor", "", value, "ratio", "other uses, to reconciled supply"
    for name, value in base.wedge.items():
        yield name, "wedge", "", value, "USD/kg", "calibrated wedge"
    for name, value in base.price.items():
        yield name, "price", "", value, "USD/kg", ""
    units = ("t/yr", "USD/kg", "t/yr", "USD/kg")
    for name, values in base.room.items():
        for item, value, unit in zip(("normal", "spread", "block", "rise"), values, units, strict=True):
            yield name, "room", item, value, unit, ""


def read_base_year(evidence: Evidence, year: int) -> BaseYear:
    """The stored rows of a base year. Raises EvidenceError if it was never calibrated."""
    file = f"base_{year}"
    tables: dict[str, dict[str, float]] = {
        name: {fact.entity: fact.number for fact in evidence.facts(file, name)}
        for name in ("multiplier", "sigma", "demand_factor", "wedge", "price")
    }
    if not tables["price"]:
        evidence.number(file, "magnet tonnage", "multiplier")
    room: dict[str, dict[str, float]] = {}
    for fact in evidence.facts(file, "room"):
        room.setdefault(fact.entity, {})[fact.item] = fact.number
    return BaseYear(
        year=year,
        multiplier=tables["multiplier"],
        sigma=tables["sigma"],
        factor={name.partition(":")[2]: value for name, value in tables["demand_factor"].items()},
        price=tables["price"],
        wedge=tables["wedge"],
        room={n: (r["normal"], r["spread"], r["block"], r["rise"]) for n, r in room.items()},
    )
