"""The pipeline: what states offer projects, which of them start, and what opens when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from coercivity.model.actors import ProjectTerms
from coercivity.model.behaviour.closure import reviewed
from coercivity.model.behaviour.integration import integrated
from coercivity.model.economy import Economy
from coercivity.model.floors import floored
from coercivity.model.hosts import refused
from coercivity.model.instruments import Instrument, Offtake, PriceFloor, Subsidy
from coercivity.model.programmes import Stake
from coercivity.model.settings import Settings
from coercivity.model.terms import BuildingTerms, building_terms
from coercivity.optimise.market import Array

__all__ = ["Offers", "Pipeline"]

MOST_CUT = 0.08  # a year: no state makes capital free
RIVAL = "china"  # the bloc whose money allies do not pool with


@dataclass(slots=True)
class Offers:
    """What projects may count on, (p): share of capital, points off the hurdle, floor, USD/kg.

    terms: what building takes; givers: subsidies by facility; ties: states that tie what they pay for
    """

    capital_share: Array
    hurdle_cut: Array
    floor: Array
    terms: BuildingTerms
    ties: frozenset[str] = frozenset()
    givers: dict[int, list[Subsidy]] = field(default_factory=dict)


class Pipeline:
    """Projects from decision to full output, and plants that shut and reopen."""

    def __init__(self, economy: Economy, terms: ProjectTerms, settings: Settings) -> None:
        self.economy, self.terms, self.settings = economy, terms, settings
        self.spent: dict[tuple[str, int], float] = {}
        self.events: list[tuple[str, str, str, str]] = []
        self.slip = economy.parameters["invest.schedule_slip"]
        self._opened: set[int] = set()

    def commit(self, luck: Mapping[int, float]) -> None:
        """Projects under construction in the base year go ahead, if they survive."""
        e = self.economy
        for at, facility in enumerate(e.chain.facilities):
            if facility.terms is None or facility.terms.status != "construction":
                continue
            if luck.get(at, 1.0) <= self.terms.survival(facility):
                e.started[at], e.opens[at] = -np.inf, facility.terms.start

    def open(self, instruments: Sequence[Instrument]) -> tuple[ProjectTerms, dict[int, bool]]:
        """Which projects a firm may start now."""
        e = self.economy
        closed = refused(e, instruments)
        return self.terms, {
            at: bool(np.isinf(e.started[at]) and e.started[at] > 0)
            and f.terms.status != "construction"
            and at not in closed
            and e.parameters.on("invest")
            for at, f in enumerate(e.chain.facilities)
            if f.terms is not None
        }

    def offers(self, instruments: Sequence[Instrument], date: float) -> Offers:
        """What this step's instruments offer every facility; the best of each kind, not the sum.

        A state whose budget of the year is spent offers no more capital until the next.
        """
        e = self.economy
        count = len(e.supply.network.plants)
        ties = frozenset(i.state for i in instruments if isinstance(i, Stake))
        terms = building_terms(e, instruments)
        found = Offers(np.zeros(count), np.zeros(count), np.zeros(count), terms, ties)
        loan, offtake = np.zeros(count), np.zeros(count)
        for at, facility in enumerate(e.chain.facilities):
            for i in instruments:
                spent = isinstance(i, Subsidy) and self._left(i, date) <= 0
                if isinstance(i, Subsidy) and not spent and _covers(i, facility.place, facility.stage):
                    found.givers.setdefault(at, []).append(i)
                elif isinstance(i, Offtake) and _covers(i, facility.place, facility.stage):
                    offtake[at] = max(offtake[at], i.hurdle_cut)
        for at, givers in found.givers.items():
            found.givers[at] = taken = _courted(givers, {c: p.bloc for c, p in e.chain.places.items()})
            found.capital_share[at] = max(i.capital_share for i in taken)
            loan[at] = max(i.hurdle_cut for i in taken)
        found.hurdle_cut = np.minimum(loan + offtake, MOST_CUT) - terms.hurdle
        self._floors(found, instruments)
        return found

    def _left(self, giver: Subsidy, date: float) -> float:
        """What is left of a state's budget of the year, million USD."""
        return giver.budget - self.spent.get((giver.state, int(date)), 0.0)

    def _floors(self, found: Offers, instruments: Sequence[Instrument]) -> None:
        """A floor is worth the gap times what a unit of the plant yields, as far as volume lasts."""
        e = self.economy
        technology = e.supply.network.technology
        owner = np.asarray(e.supply.network.activity_plant)
        worth = np.zeros(len(e.supply.network.activities))
        for i in instruments:
            if not isinstance(i, PriceFloor):
                continue
            entries = floored(e, i)
            at, yields = technology.column[entries], technology.value[entries]
            gap = np.maximum(i.floor - e.price[technology.row[entries]], 0.0)
            after = e.floored.get((i.state, i.material), 0.0) + yields * e.normal[owner[at]]
            np.add.at(worth, at, gap * yields * np.minimum(1.0, i.volume / np.maximum(after, 1e-9)))
        runs = owner >= 0
        np.maximum.at(found.floor, owner[runs], worth[runs])

    def start(self, chosen: Sequence[int], date: float, offers: Offers) -> dict[tuple[str, str, str], float]:
        """Start projects; returns what it costs whom, USD, by account: owner, kind, item.

        A project that counts on more public capital than is left of the year's budgets waits.
        Pooled states pay in proportion to what each has left.
        """
        e = self.economy
        posted: dict[tuple[str, str, str], float] = {}
        for at in chosen:
            facility = e.chain.facilities[at]
            if facility.terms is None:
                continue
            capex = float(offers.terms.capex[at])
            wanted = offers.capital_share[at] * capex
            left = {g.state: max(self._left(g, date), 0.0) for g in offers.givers.get(at, [])}
            total = sum(left.values())
            if wanted > total:
                continue
            lead_time = float(offers.terms.lead_time[at])
            late = self.slip * lead_time * 0.5
            e.started[at] = date
            e.opens[at] = max(date + lead_time + late, float(offers.terms.earliest[at]))
            self.events.append((facility.firm, "project started", facility.name, f"opens {e.opens[at]:.1f}"))
            _add(posted, (facility.firm, "firm", "investment"), -capex * 1e6)
            if facility.stage == "mining" and wanted > 0:
                e.staked |= {(state, at) for state in left.keys() & offers.ties}
            for state, amount in left.items():
                share = wanted * amount / total if total > 0 else 0.0
                self.spent[state, int(date)] = self.spent.get((state, int(date)), 0.0) + share
                _add(posted, (state, "state", "capital subsidy"), -share * 1e6)
                _add(posted, (facility.firm, "firm", "capital subsidy"), share * 1e6)
        return posted

    def build(self, date: float) -> None:
        """Open what is due, a share a year until it runs in full."""
        e = self.economy
        for at, facility in enumerate(e.chain.facilities):
            if facility.terms is None or not e.opens[at] <= date:
                continue
            if at not in self._opened:
                self._opened.add(at)
                self.events.append((facility.firm, "plant opened", facility.name, facility.stage))
            ramp = max(self.terms.ramp(facility) * e.knowhow.factor(facility.stage), 0.25)
            e.built[at] = min((date - e.opens[at] + self.settings.clock.length) / ramp, 1.0)

    def review(self, use: Array, margin: Array, cost: Array) -> None:
        """Shut what has stood idle, reopen what pays again."""
        e = self.economy
        if not e.parameters.on("exit"):
            return
        standing = e.built > 0
        standing[len(e.chain.facilities) :] = False
        shutting, opening = reviewed(
            e.closure, use, margin, cost, standing, self._patience(),
            e.parameters["exit.restart_price"], e.parameters["exit.restart_time"],
            self.settings.clock.length,
        )  # fmt: skip
        for mask, kind in ((shutting, "plant mothballed"), (opening, "plant reopened")):
            for at in np.flatnonzero(mask):
                facility = e.chain.facilities[at]
                self.events.append((facility.firm, kind, facility.name, facility.stage))

    def _patience(self) -> Array:
        """(B.21) Quarters of idleness borne before a plant shuts, (p)."""
        e = self.economy
        patience = np.full(e.built.size, e.parameters["exit.patience"])
        if e.parameters.on("integration"):
            patience[list(integrated(e.chain))] *= 1.0 + e.parameters["integration.endurance"]
        return patience

    def take_events(self) -> list[tuple[str, str, str, str]]:
        """Events since they were last taken."""
        taken, self.events = self.events, []
        return taken


def _add(posted: dict[tuple[str, str, str], float], account: tuple[str, str, str], usd: float) -> None:
    if usd:
        posted[account] = posted.get(account, 0.0) + usd


def _courted(givers: list[Subsidy], bloc: Mapping[str, str]) -> list[Subsidy]:
    """Whose money a project takes: allies pool, rival blocs do not; the better offer of capital wins."""
    sides: dict[bool, list[Subsidy]] = {}
    for giver in givers:
        sides.setdefault(bloc[giver.state] == RIVAL, []).append(giver)
    return max(sides.values(), key=lambda side: max((i.capital_share, i.hurdle_cut) for i in side))


def _covers(offer: Subsidy | Offtake, place: str, stage: str) -> bool:
    return place in offer.places and stage in offer.stages
