"""What states offer projects this step: capital, loans, shares, guarantees, offtakes, floors, permits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from coercivity.model.assembly.floors import floor_entries, payment
from coercivity.model.dynamics.terms import BuildingTerms, building_terms
from coercivity.model.inputs.instruments import Instrument, Offtake, OutputSubsidy, PriceFloor, Stake, Subsidy
from coercivity.model.network.chain import Facility
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array

__all__ = ["Offers", "best_offers"]

MOST_CUT = 0.08  # a year: no state makes capital free
RIVAL = "china"  # the bloc whose money allies do not pool with


@dataclass(slots=True)
class Offers:
    """What projects may count on, (p). Shares are of capital cost and add up to one at most.

    capital_share: given; loan_share: lent at loan_rate for loan_years; equity_share: held by states
    hurdle_cut: points off the hurdle rate, for guarantees and offtakes; floor: USD/kg; floors: the same at
    each of the years that are looked ahead to, (years, p); floor_years: how long they last
    terms: what building takes; ties: states that tie what they pay for
    award: most that states pay of a unit, million USD; givers, buyers: states behind them, by facility
    """

    capital_share: Array
    loan_share: Array
    equity_share: Array
    loan_rate: Array
    loan_years: Array
    hurdle_cut: Array
    floor: Array
    floors: Array
    floor_years: Array
    terms: BuildingTerms
    award: Array
    ties: frozenset[str] = frozenset()
    givers: dict[int, list[Subsidy]] = field(default_factory=dict)
    buyers: dict[int, list[Offtake]] = field(default_factory=dict)

    def public(self, at: int) -> float:
        """Share of capital cost that states pay out for a project."""
        return float(self.capital_share[at] + self.loan_share[at] + self.equity_share[at])

    def backers(self, at: int, facility: Facility, units: float) -> tuple[list[Subsidy], list[Offtake]]:
        """Who pays for a project's next unit, and who buys from it ahead. units: begun so far"""
        givers = [g for g in self.givers.get(at, []) if _is_for(g, facility, units)]
        return givers, [b for b in self.buyers.get(at, []) if _is_for(b, facility, units)]


def best_offers(
    economy: Economy, instruments: Sequence[Instrument], left: Callable[[Subsidy], float], date: float
) -> Offers:
    """The best offer of each kind, not their sum. left: of a state's budget of the year, million USD."""
    count = len(economy.supply.network.plants)
    given, lent, held, rate, years, cut, floor = np.zeros((7, count))
    ties = frozenset(i.state for i in instruments if isinstance(i, Stake))
    terms = building_terms(economy, instruments)
    ahead = np.zeros((1 + len(economy.ahead.years), count))
    endless = np.full(count, np.inf), terms, np.full(count, np.inf)
    found = Offers(given, lent, held, rate, years, cut, floor, ahead, *endless, ties)
    bloc = {code: place.bloc for code, place in economy.chain.places.items()}
    backers = [i for i in instruments if isinstance(i, Offtake) or (isinstance(i, Subsidy) and left(i) > 0)]
    projects = economy.chain.projects
    for at, facility in zip(projects.at.tolist(), projects.facilities, strict=True) if backers else ():
        for i in backers:
            if _is_for(i, facility, float(economy.units[at])):
                if isinstance(i, Offtake):
                    found.buyers.setdefault(at, []).append(i)
                else:
                    found.givers.setdefault(at, []).append(i)
        if at in found.givers:
            found.givers[at] = _courting_subsidies(found.givers[at], bloc)
        if at in found.givers or at in found.buyers:
            _best(found, at)
            awards = [dict(i.awards).get(facility.name, np.inf) for i in found.givers.get(at, [])]
            found.award[at] = max(awards, default=np.inf)
    found.hurdle_cut -= terms.hurdle
    _floors(economy, found, instruments, date)
    return found


def _is_for(offer: Subsidy | Offtake, facility: Facility, units: float) -> bool:
    """Whether an offer is for a plant: one it names, as many units as it says, or any in its places."""
    if offer.plants:
        return dict(offer.plants).get(facility.name, 0.0) > units
    return facility.place in offer.places and facility.stage in offer.stages


def _courting_subsidies(givers: list[Subsidy], bloc: Mapping[str, str]) -> list[Subsidy]:
    """Whose money a project takes: allies pool, rival blocs do not; the better offer of capital wins."""
    sides: dict[bool, list[Subsidy]] = {}
    for giver in givers:
        sides.setdefault(bloc[giver.state] == RIVAL, []).append(giver)
    return max(sides.values(), key=lambda side: max((_worth(i), i.hurdle_cut) for i in side))


def _worth(offer: Subsidy) -> float:
    """What an offer of capital is worth to an owner, as a share of it: a loan about half a gift."""
    return offer.capital_share + 0.5 * offer.loan_share + offer.equity_share


def _best(found: Offers, at: int) -> None:
    """The best terms among a project's backers."""
    givers, buyers = found.givers.get(at, []), found.buyers.get(at, [])
    for name in ("capital_share", "loan_share", "equity_share"):
        getattr(found, name)[at] = max((getattr(g, name) for g in givers), default=0.0)
    total = found.public(at)
    if total > 1.0:
        for name in ("capital_share", "loan_share", "equity_share"):
            getattr(found, name)[at] /= total
    lenders = [g for g in givers if g.loan_share > 0]
    if lenders:
        cheapest = min(lenders, key=lambda g: g.loan_rate)
        found.loan_rate[at], found.loan_years[at] = cheapest.loan_rate, cheapest.loan_years
    guarantee = max((g.hurdle_cut for g in givers), default=0.0)
    offtake = max((b.hurdle_cut for b in buyers), default=0.0)
    found.hurdle_cut[at] = min(guarantee + offtake, MOST_CUT)


def _floors(economy: Economy, found: Offers, instruments: Sequence[Instrument], date: float) -> None:
    """A floor is worth the gap times what a unit of the plant yields, as far as volume lasts; a subsidy
    of output what it pays.
    """
    prices = [economy.price, *expected_prices(economy)]
    contracts = [i for i in instruments if isinstance(i, PriceFloor)]
    for at, price in enumerate(prices if contracts else ()):
        found.floors[at] = _worth_of(economy, contracts, price)
    if contracts:
        found.floor_years[:] = _terms_left(economy, contracts, date)
    for i in instruments:
        if isinstance(i, OutputSubsidy):
            for plant, facility in enumerate(economy.chain.facilities):
                if facility.stage == i.stage and facility.place in i.places:
                    found.floors[:, plant] += i.amount
                    found.floor_years[plant] = np.inf
    found.floor += found.floors[0]


def expected_prices(economy: Economy) -> list[Array]:
    """Prices ahead, averaged over scenarios, USD/kg, (n) for each of the years looked ahead to."""
    return [
        np.sum([p.chance * p.price for p in economy.ahead.prospects if p.years == years], axis=0)
        for years in economy.ahead.years
    ]


def _worth_of(economy: Economy, contracts: Sequence[PriceFloor], price: Array) -> Array:
    """What floors add to a unit of every plant at some price, USD/kg, (p)."""
    technology = economy.supply.network.technology
    owner = np.asarray(economy.supply.network.activity_plant)
    worth = np.zeros(len(economy.supply.network.activities))
    for i in contracts:
        entries = floor_entries(economy, i)
        at, yields = technology.column[entries], technology.value[entries]
        output = economy.floored.get((i.state, i.material), 0.0)
        gap = payment(i, price[technology.row[entries]], min(max(output, 1.0), i.volume))
        after = output + yields * economy.normal[owner[at]]
        np.add.at(worth, at, gap * yields * np.minimum(1.0, i.volume / np.maximum(after, 1e-9)))
    runs, added = owner >= 0, np.full(len(economy.supply.network.plants), -np.inf)
    np.maximum.at(added, owner[runs], worth[runs])
    return np.where(np.isfinite(added), added, 0.0)


def _terms_left(economy: Economy, contracts: Sequence[PriceFloor], date: float) -> Array:
    """Years for which the longest floor on a plant still lasts, (p)."""
    owner = np.asarray(economy.supply.network.activity_plant)
    left = np.zeros(len(economy.supply.network.plants))
    for i in contracts:
        plants = owner[economy.supply.network.technology.column[floor_entries(economy, i)]]
        np.maximum.at(left, plants[plants >= 0], max(i.until - date, 0.0))
    return left
