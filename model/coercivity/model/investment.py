"""The pipeline: what states offer projects, which of them start, and what opens when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from coercivity.model.actors import ProjectTerms
from coercivity.model.behaviour.closure import reviewed
from coercivity.model.economy import Economy
from coercivity.model.instruments import Instrument, Offtake, PriceFloor, Subsidy
from coercivity.model.market import floored
from coercivity.model.settings import Settings
from coercivity.optimise.market import Array

__all__ = ["Offers", "Pipeline"]

MOST_CUT = 0.08  # a year: no state makes capital free


@dataclass(slots=True)
class Offers:
    """What projects may count on, (p): share of capital, points off the hurdle, floor, USD/kg.

    givers: subsidies by facility
    """

    capital_share: Array
    hurdle_cut: Array
    floor: Array
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

    def open(self) -> tuple[ProjectTerms, dict[int, bool]]:
        """Which projects a firm may start now."""
        e = self.economy
        return self.terms, {
            at: bool(np.isinf(e.started[at]) and e.started[at] > 0)
            and f.terms.status != "construction"
            and e.parameters.on("invest")
            for at, f in enumerate(e.chain.facilities)
            if f.terms is not None
        }

    def offers(self, instruments: Sequence[Instrument]) -> Offers:
        """What this step's instruments offer every facility; the best of each kind, not the sum."""
        e = self.economy
        count = len(e.supply.network.plants)
        found = Offers(np.zeros(count), np.zeros(count), np.zeros(count))
        loan, offtake = np.zeros(count), np.zeros(count)
        for at, facility in enumerate(e.chain.facilities):
            for i in instruments:
                if isinstance(i, Subsidy) and _covers(i, facility.place, facility.stage):
                    found.givers.setdefault(at, []).append(i)
                    found.capital_share[at] = max(found.capital_share[at], i.capital_share)
                    loan[at] = max(loan[at], i.hurdle_cut)
                elif isinstance(i, Offtake) and _covers(i, facility.place, facility.stage):
                    offtake[at] = max(offtake[at], i.hurdle_cut)
        found.hurdle_cut = np.minimum(loan + offtake, MOST_CUT)
        self._floors(found, instruments)
        return found

    def _floors(self, found: Offers, instruments: Sequence[Instrument]) -> None:
        """A floor is worth the gap times what a unit of the plant yields, as far as volume lasts."""
        e = self.economy
        technology = e.supply.network.technology
        owner = np.asarray(e.supply.network.activity_plant)
        for i in instruments:
            if not isinstance(i, PriceFloor):
                continue
            entries = floored(e, i)
            plants, yields = owner[technology.column[entries]], technology.value[entries]
            gap = np.maximum(i.floor - e.price[technology.row[entries]], 0.0)
            after = e.floored.get((i.state, i.material), 0.0) + yields * e.normal[plants]
            share = np.minimum(1.0, i.volume / np.maximum(after, 1e-9))
            np.maximum.at(found.floor, plants, gap * yields * share)

    def start(self, chosen: Sequence[int], date: float, offers: Offers) -> dict[tuple[str, str], float]:
        """Start projects; returns capital subsidies by (state, firm), USD.

        A state pays while its year's budget lasts; pooled states pay in proportion to what is left.
        """
        e = self.economy
        paid: dict[tuple[str, str], float] = {}
        for at in chosen:
            facility = e.chain.facilities[at]
            if facility.terms is None:
                continue
            late = self.slip * facility.terms.lead_time * 0.5
            e.started[at] = date
            e.opens[at] = max(date + facility.terms.lead_time + late, facility.terms.start)
            self.events.append((facility.firm, "project started", facility.name, f"opens {e.opens[at]:.1f}"))
            wanted = offers.capital_share[at] * facility.terms.capex
            left = {
                g.state: g.budget - self.spent.get((g.state, int(date)), 0.0)
                for g in offers.givers.get(at, [])
            }
            total = sum(max(v, 0.0) for v in left.values())
            for state, amount in left.items():
                if total > 0 and wanted > 0 and amount > 0:
                    share = min(wanted, total) * amount / total
                    key = state, int(date)
                    self.spent[key] = self.spent.get(key, 0.0) + share
                    paid[state, facility.firm] = paid.get((state, facility.firm), 0.0) + share * 1e6
        return paid

    def build(self, date: float) -> None:
        """Open what is due, a share a year until it runs in full."""
        e = self.economy
        for at, facility in enumerate(e.chain.facilities):
            if facility.terms is None or not e.opens[at] <= date:
                continue
            if at not in self._opened:
                self._opened.add(at)
                self.events.append((facility.firm, "plant opened", facility.name, facility.stage))
            ramp = max(self.terms.ramp(facility), 0.25)
            e.built[at] = min((date - e.opens[at] + 0.25) / ramp, 1.0)

    def review(self, use: Array, margin: Array, cost: Array) -> None:
        """Shut what has stood idle, reopen what pays again."""
        e = self.economy
        if not e.parameters.on("exit"):
            return
        standing = e.built > 0
        standing[len(e.chain.facilities) :] = False
        shutting, opening = reviewed(
            e.closure, use, margin, cost, standing, e.parameters["exit.patience"],
            e.parameters["exit.restart_price"], e.parameters["exit.restart_time"],
            self.settings.clock.length,
        )  # fmt: skip
        for mask, kind in ((shutting, "plant mothballed"), (opening, "plant reopened")):
            for at in np.flatnonzero(mask):
                facility = e.chain.facilities[at]
                self.events.append((facility.firm, kind, facility.name, facility.stage))

    def take_events(self) -> list[tuple[str, str, str, str]]:
        """Events since they were last taken."""
        taken, self.events = self.events, []
        return taken


def _covers(offer: Subsidy | Offtake, place: str, stage: str) -> bool:
    return place in offer.places and stage in offer.stages
