"""On what terms a project may be built: what policies and owners add to capital, time and hurdle."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from coercivity.model.assembly.hosts import delay
from coercivity.model.assembly.market import Assembled
from coercivity.model.assembly.promises import home
from coercivity.model.inputs.instruments import Access, Instrument, SeaDelay, TechnologyBan
from coercivity.model.inputs.names import SEABED
from coercivity.model.state.capacity import side_ratio
from coercivity.model.state.economy import Economy
from coercivity.optimise import Clearing
from coercivity.optimise.market import Array

__all__ = ["BuildingTerms", "building_terms", "partner_shares"]


@dataclass(frozen=True, slots=True)
class BuildingTerms:
    """Of every facility, (p): capital, million USD, infinite where barred; years; points on the hurdle.

    lead_time: permits counted; earliest: year it can open at all
    congestion: by how much a unit begun raises the capital of the next, share
    """

    capex: Array
    lead_time: Array
    earliest: Array
    hurdle: Array
    congestion: Array


def building_terms(economy: Economy, instruments: Sequence[Instrument]) -> BuildingTerms:
    """Terms of the evidence with technology bans, rules of access and the owner's own chain."""
    e = economy
    projects, size = e.chain.projects, len(e.supply.network.plants)
    terms = BuildingTerms(*(np.zeros(size) for _ in range(5)))
    at, permits = projects.at, delay(e, instruments)[projects.at]
    under_way, unit = side_ratio(e)
    rate = e.parameters["invest.congestion"]
    terms.capex[at] = projects.capex * (1.0 + rate * under_way[at])
    terms.congestion[at] = rate * unit[at] / (1.0 + rate * under_way[at])
    terms.lead_time[at] = np.maximum(projects.lead_time + permits, 0.0)
    terms.earliest[at] = projects.start + np.minimum(permits, 0.0)
    if doubts := _doubts(e):
        doubt = math.fsum(doubts.values())
        terms.hurdle[at] -= [doubt - doubts.get(f.place, 0.0) for f in projects.facilities]
    if e.parameters.on("integration"):
        terms.hurdle[at[e.integrated[at]]] -= e.parameters["integration.security"]
    _interventions(e, instruments, terms)
    return terms


def _interventions(e: Economy, instruments: Sequence[Instrument], terms: BuildingTerms) -> None:
    """What technology bans, delays at sea and rules of access make of the terms."""
    bans = [i for i in instruments if isinstance(i, TechnologyBan)]
    rules = [i for i in instruments if isinstance(i, Access)]
    held_up = [i for i in instruments if isinstance(i, SeaDelay)]
    if not (bans or rules or held_up):
        return
    projects = e.chain.projects
    for at, facility in zip(projects.at.tolist(), projects.facilities, strict=True):
        spared = facility.place, home(e, at)
        for ban in bans:
            if facility.stage in ban.stages and ban.state not in spared:
                terms.capex[at] *= 1.0 + ban.capital
                terms.lead_time[at] += ban.delay
        if facility.terms is not None and facility.terms.status == SEABED:
            terms.lead_time[at] += math.fsum(i.years for i in held_up if i.state not in spared)
        for rule in rules:
            if facility.stage in rule.stages and facility.place == rule.state != spared[1]:
                terms.hurdle[at] += rule.surrender
                terms.capex[at] = terms.capex[at] if rule.foreign_share > 0 else np.inf


def _doubts(e: Economy) -> dict[str, float]:
    """(B.26) Points that doubt about a supplier takes off the hurdle of projects elsewhere, by supplier."""
    if not e.parameters.on("reputation"):
        return {}
    premium = e.parameters["reputation.premium"]
    return {place: premium * (1.0 - standing) for place, standing in e.reputation.items() if standing < 1.0}


def partner_shares(
    economy: Economy, instruments: Sequence[Instrument], assembled: Assembled, clearing: Clearing
) -> Iterator[tuple[tuple[str, str, str], float]]:
    """What foreign owners of plants in a state leave to their partners there, USD, by account.

    A partner has what rules of access keep from the foreigner, of profit as of capital.
    """
    e = economy
    technology = e.supply.network.technology
    for rule in instruments:
        if not isinstance(rule, Access) or rule.foreign_share >= 1.0:
            continue
        worth = technology.value * clearing.price[technology.row]
        earned = np.bincount(technology.column, worth, len(e.unit_cost))
        profit = (earned - e.unit_cost - assembled.charge + assembled.floor) * clearing.activity * 1000.0
        for at, facility in enumerate(e.chain.facilities):
            foreign = facility.place == rule.state != home(e, at) and facility.stage in rule.stages
            if foreign and facility.terms is not None:
                usd = (1.0 - rule.foreign_share) * float(profit[e.supply.layout.runs[at]].sum())
                yield (facility.firm, "firm", "share of partners"), -usd
                yield (f"partners {rule.state}", "firm", "share of partners"), usd
