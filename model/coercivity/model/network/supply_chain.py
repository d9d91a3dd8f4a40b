"""From the chain to the network the clearing sees: nodes, activities, arcs, curves and rows.

Every traded material has two nodes in a place: what is made there, which may be sold anywhere,
and what is held there, which may only be used. So nothing restricted can be sold on by a third
country except out of its own output.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.names import ILLICIT, form, substance
from coercivity.model.inputs.provisions import Ceiling, Delivery, Investor, LimitMeasure
from coercivity.model.network.chain import Chain, Facility
from coercivity.model.network.deliveries import lay_out_deliveries
from coercivity.model.network.layout import Layout
from coercivity.model.network.processing import lay_out_plants
from coercivity.model.network.third_countries import lay_out_third_countries
from coercivity.model.network.trade import lay_out_stocks, lay_out_trade, lay_out_uses
from coercivity.optimise import Network

__all__ = ["NetworkNeeds", "SupplyChain", "lay_out"]

MOSTLY = 0.5  # share of an ore that a plant has to take out to be what it is mined for


@dataclass(frozen=True, slots=True)
class NetworkNeeds:
    """What the network must hold because a lever may use it.

    measures: export limits; caps: (place, pollutant); public: (place, material) stockpiled
    ceilings: caps on a stage; investors: states that may tie concentrate of mines abroad
    deliveries: offtakes that may be signed; reserves: (place, material) held where it is made
    """

    measures: tuple[LimitMeasure, ...] = ()
    caps: tuple[tuple[str, str], ...] = ()
    public: tuple[tuple[str, str], ...] = ()
    ceilings: tuple[Ceiling, ...] = ()
    investors: tuple[Investor, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    reserves: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SupplyChain:
    """The network, and what its positions mean.

    alternatives: capacity row of each (use, region, recipe); ties: (mine, plant) of each contract
    limit_rows: rows of each measure; third_rows: its rows over third countries, where it follows content
    grey_row: capacity of the grey channel
    ceiling_rows: cap row by ceiling; stakes: contract row -> investor and mines whose feed it ties
    deliveries: contract row -> offtake
    """

    chain: Chain
    layout: Layout
    network: Network
    alternatives: dict[tuple[str, str, str], int]
    limit_rows: dict[str, list[int]]
    third_rows: dict[str, list[int]]
    quota_rows: dict[str, int]
    cap_rows: dict[tuple[str, str], int]
    ceiling_rows: dict[str, int]
    stakes: dict[int, tuple[str, tuple[int, ...]]]
    deliveries: dict[int, Delivery]
    ties: dict[int, tuple[int, int]]
    grey_row: int
    pollutants: tuple[str, ...]
    burden: np.ndarray[Any, np.dtype[np.float64]]

    def node(self, place: str, material: str) -> int | None:
        """The node that a place's price of a material is read at: where it is used, else made."""
        held = self.layout.node.get((place, material, "held"))
        return held if held is not None else self.layout.node.get((place, material, "made"))


def lay_out(
    evidence: Evidence,
    chain: Chain,
    needs: NetworkNeeds | None = None,
    content: dict[str, float] | None = None,
) -> SupplyChain:
    """Lay out the network of a run.

    content: factors on what grades contain, by material, from the base-year reconciliation
    """
    needs = needs or NetworkNeeds()
    layout = Layout(chain.names.is_made)
    for facility in chain.facilities:
        layout.plant(facility.name)
    lay_out_plants(layout, evidence, chain, content or {})
    alternatives = lay_out_uses(layout, evidence, chain)
    lay_out_stocks(layout, chain, needs.public, needs.reserves)
    grey_row = layout.plant(f"grey channel of {chain.names.home}")
    lay_out_trade(layout, evidence, chain, grey_row)
    _outlets(layout, chain)
    ties = _ties(layout, chain)
    stakes = dict(_stakes(layout, chain, needs.investors))
    deliveries = dict(lay_out_deliveries(layout, needs.deliveries))
    quota_rows = _quotas(layout, chain)
    pollutants, burden = _burdens(layout)
    cap_rows = {
        (place, pollutant): layout.cap(
            f"{pollutant} in {place}",
            {
                at: activity.burden[pollutant]
                for at, activity in enumerate(layout.activities)
                if activity.place == place and activity.burden.get(pollutant)
            },
        )
        for place, pollutant in needs.caps
    }
    ceiling_rows = {ceiling.name: _ceiling(layout, chain, ceiling) for ceiling in needs.ceilings}
    limit_rows = {measure.name: _limits(layout, measure) for measure in needs.measures}
    third_rows = dict(lay_out_third_countries(layout, chain, needs.measures))
    return SupplyChain(
        chain=chain,
        layout=layout,
        network=layout.network(),
        alternatives=alternatives,
        limit_rows=limit_rows,
        third_rows=third_rows,
        quota_rows=quota_rows,
        cap_rows=cap_rows,
        ceiling_rows=ceiling_rows,
        stakes=stakes,
        deliveries=deliveries,
        ties=ties,
        grey_row=grey_row,
        pollutants=pollutants,
        burden=burden,
    )


def _outlets(layout: Layout, chain: Chain) -> None:
    """Surplus elements need not be finished, surplus scrap not used, nor a dosed content beyond need."""
    names = chain.names
    dosed = names.dose.service if names.dose else ""
    for (_, material, side), node in layout.node.items():
        surplus = side == "made" and form(material) in (names.forms.separated, names.forms.scrap)
        if surplus or material == dosed:
            layout.outlet(node)


def _ties(layout: Layout, chain: Chain) -> dict[int, tuple[int, int]]:
    """Feed of an integrated owner goes to its own separators first: contract -> (mine, plant).

    Those that stand come first. A project that takes out less than half of what an ore holds treats what
    others leave, and no ore is kept for it.
    """
    stages = chain.names.stages
    pairs: list[tuple[bool, int, int]] = []
    for mine_at, mine in chain.at_stage(stages.extract):
        for plant_at, plant in chain.at_stage(stages.separate):
            planned = mine.terms is not None or plant.terms is not None
            if mine.firm == plant.firm and not (planned and _taken_out(chain, plant, mine) < MOSTLY):
                pairs.append((planned, mine_at, plant_at))
    ties = {}
    for _, mine_at, plant_at in sorted(pairs):
        mine, plant = chain.facilities[mine_at], chain.facilities[plant_at]
        name = f"separate {mine.family} at {plant.name}"
        runs = {at: 1.0 for at, a in enumerate(layout.activities) if a.name == name}
        if runs:
            row = layout.contract(f"{mine.firm}: {mine.name} to {plant.name}", runs)
            ties[row] = (mine_at, plant_at)
    return ties


def _taken_out(chain: Chain, plant: Facility, mine: Facility) -> float:
    """Share of what an ore holds that a separator makes products of."""
    basket = chain.baskets[mine.family]
    return 1.0 if "all" in plant.products else math.fsum(basket.get(e, 0.0) for e in plant.products)


def _stakes(
    layout: Layout, chain: Chain, investors: tuple[Investor, ...]
) -> Iterator[tuple[int, tuple[str, tuple[int, ...]]]]:
    """Concentrate that investors may tie: one contract a place and family, over its way home."""
    at = {(a.origin, a.destination, a.material): i for i, a in enumerate(layout.arcs) if a.channel == "legal"}
    for investor in investors:
        feeds: dict[tuple[str, str], list[int]] = {}
        for mine, facility in chain.at_stage(chain.names.stages.extract):
            if facility.place in investor.places and facility.place != investor.state:
                feeds.setdefault((facility.place, facility.family), []).append(mine)
        for (place, family), mines in feeds.items():
            arc = at.get((place, investor.state, f"{chain.names.forms.extracted}:{family}"))
            if arc is not None:
                name = f"{investor.state}: {family} of {place}"
                yield layout.contract(name, {}, {arc: 1.0}), (investor.state, tuple(mines))


def _ceiling(layout: Layout, chain: Chain, ceiling: Ceiling) -> int:
    """A cap on what legal plants of a stage at home take in, by family of ore."""
    return layout.cap(
        ceiling.name,
        {
            at: 1.0
            for at, activity in enumerate(layout.activities)
            if activity.kind == ceiling.stage
            and activity.place == ceiling.place
            and not chain.facilities[activity.facility].firm.startswith(ILLICIT)
            and (not ceiling.families or substance(activity.product) in ceiling.families)
        },
    )


def _quotas(layout: Layout, chain: Chain) -> dict[str, int]:
    """One mining quota per kind of ore at home, over legal mines."""
    rows = {}
    for kind, families in chain.names.quotas.items():
        weights = {
            at: 1.0
            for at, activity in enumerate(layout.activities)
            if activity.kind == chain.names.stages.extract
            and activity.place == chain.names.home
            and chain.facilities[activity.facility].family in families
            and not chain.facilities[activity.facility].firm.startswith(ILLICIT)
        }
        if weights:
            rows[kind] = layout.cap(f"mining quota {kind}", weights)
    return rows


def _burdens(layout: Layout) -> tuple[tuple[str, ...], np.ndarray[Any, np.dtype[np.float64]]]:
    """Pollutants, and units of each per tonne of every activity, (pollutant, activity)."""
    pollutants = tuple(sorted({name for a in layout.activities for name in a.burden}))
    table = np.zeros((len(pollutants), len(layout.activities)))
    for at, activity in enumerate(layout.activities):
        for name, amount in activity.burden.items():
            table[pollutants.index(name), at] = amount
    return pollutants, table


def _limits(layout: Layout, measure: LimitMeasure) -> list[int]:
    """Rows of an export limit: one over everything, or apart by material, destination or both."""
    groups: dict[tuple[str, str], dict[int, float]] = {}
    for at, arc in enumerate(layout.arcs):
        if arc.origin != measure.place or arc.destination == measure.place or arc.channel != "legal":
            continue
        if not measure.covers(arc.material, arc.destination):
            continue
        material = arc.material if "material" in measure.apart else "*"
        destination = arc.destination if "destination" in measure.apart else "*"
        groups.setdefault((material, destination), {})[at] = measure.weight
    return [
        layout.limit(f"{measure.name}|{material}|{destination}", weights)
        for (material, destination), weights in groups.items()
    ]
