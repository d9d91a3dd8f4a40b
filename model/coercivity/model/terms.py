"""On what terms a project may be built: what policies and owners add to capital, time and hurdle."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from coercivity.model.behaviour.integration import integrated
from coercivity.model.economy import Economy
from coercivity.model.hosts import delay
from coercivity.model.instruments import Instrument
from coercivity.model.market import Assembled
from coercivity.model.names import SEABED
from coercivity.model.programmes import Access, SeaDelay, TechnologyBan
from coercivity.model.promises import home
from coercivity.optimise import Clearing
from coercivity.optimise.market import Array

__all__ = ["BuildingTerms", "building_terms", "partner_shares"]


@dataclass(frozen=True, slots=True)
class BuildingTerms:
    """Of every facility, (p): capital, million USD, infinite where barred; years; points on the hurdle.

    lead_time: permits counted; earliest: year it can open at all
    """

    capex: Array
    lead_time: Array
    earliest: Array
    hurdle: Array


def building_terms(economy: Economy, instruments: Sequence[Instrument]) -> BuildingTerms:
    """Terms of the evidence with technology bans, rules of access and the owner's own chain."""
    e = economy
    size = len(e.supply.network.plants)
    terms = BuildingTerms(*(np.zeros(size) for _ in range(4)))
    permits = delay(e, instruments)
    joined = integrated(e.chain) if e.parameters.on("integration") else frozenset[int]()
    doubts = _doubts(e)
    doubt = sum(doubts.values())
    bans = [i for i in instruments if isinstance(i, TechnologyBan)]
    rules = [i for i in instruments if isinstance(i, Access)]
    held_up = [i for i in instruments if isinstance(i, SeaDelay)]
    for at, facility in enumerate(e.chain.facilities):
        if facility.terms is None:
            continue
        owner = home(e, at)
        terms.capex[at], terms.lead_time[at] = facility.terms.capex, facility.terms.lead_time
        terms.lead_time[at] = max(terms.lead_time[at] + permits[at], 0.0)
        terms.earliest[at] = facility.terms.start + min(permits[at], 0.0)
        terms.hurdle[at] -= doubt - doubts.get(facility.place, 0.0)
        if at in joined:
            terms.hurdle[at] -= e.parameters["integration.security"]
        for ban in bans:
            if facility.stage in ban.stages and ban.state not in (facility.place, owner):
                terms.capex[at] *= 1.0 + ban.capital
                terms.lead_time[at] += ban.delay
        if facility.terms.status == SEABED:
            spared = facility.place, owner
            terms.lead_time[at] += sum(i.years for i in held_up if i.state not in spared)
        for rule in rules:
            if facility.stage in rule.stages and facility.place == rule.state != owner:
                terms.hurdle[at] += rule.surrender
                terms.capex[at] = terms.capex[at] if rule.foreign_share > 0 else np.inf
    return terms


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
