"""The pipeline: what states offer projects, which of them start, and what opens when."""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np

from coercivity.model.accounts.treasury import Accounts, Claim, Treasury, strikes
from coercivity.model.agents.actors import ProjectTerms
from coercivity.model.assembly.hosts import refused_projects
from coercivity.model.behaviour.closure import review_plants
from coercivity.model.behaviour.invest import paid_share
from coercivity.model.behaviour.survival import given_up, hazard
from coercivity.model.dynamics.capital import Judge, Works, begun_projects, carry_on, extend
from coercivity.model.dynamics.offers import Offers, best_offers
from coercivity.model.dynamics.resale import Receiver
from coercivity.model.inputs.instruments import Instrument, Offtake, Subsidy
from coercivity.model.inputs.observation import FirmView
from coercivity.model.inputs.settings import Settings
from coercivity.model.network.chain import Facility
from coercivity.model.state.capacity import committed_capacity, deposits
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array

__all__ = ["Pipeline"]

UNDER_WAY = ("construction", "ramp-up")  # goes ahead whatever prices are


class Pipeline:
    """Projects from decision to full output, and plants that shut and reopen."""

    def __init__(self, economy: Economy, terms: ProjectTerms, settings: Settings) -> None:
        self.economy, self.terms, self.settings = economy, terms, settings
        self.spent: dict[tuple[str, int], float] = {}
        self.events: list[tuple[str, str, str, str]] = []
        self.slip = economy.parameters["invest.schedule_slip"]
        self.treasury = Treasury(economy, economy.chain.firms)
        self.borne = losses_borne(economy)
        self.receiver = Receiver(economy, terms, economy.chain.firms)
        self.called: Accounts = {}  # posted since it was last taken: guarantees, quotas, works under way
        self.works: Works = {}
        self.cohorts: dict[int, list[float]] = {}  # when units open of what may be built again and again
        self.capital: dict[int, float] = {}  # spent on what was decided on, million USD
        self.luck: dict[int, float] = {}
        self.worn: dict[int, float] = {}  # hazard lived through, by project
        self.dropped: set[int] = set()
        self._hazard: dict[int, float] = {}
        self._opened: set[int] = set()
        projects = zip(economy.chain.projects.at.tolist(), economy.chain.projects.facilities, strict=True)
        self._committed = {at for at, f in projects if f.terms and f.terms.status in UNDER_WAY}

    def commit(self, luck: Mapping[int, float], date: float) -> None:
        """Projects under construction in the base year go ahead. luck: of every project, from 0 to 1"""
        e = self.economy
        self.luck = dict(luck)
        for at, facility in zip(e.chain.projects.at.tolist(), e.chain.projects.facilities, strict=True):
            if facility.terms is None:
                continue
            years = max(facility.terms.start - e.chain.year, facility.terms.lead_time)
            self._hazard[at] = hazard(self.terms.survival(facility), years)
            if facility.terms.status in UNDER_WAY:
                e.started[at], e.opens[at], e.units[at] = -np.inf, facility.terms.start, 1.0
                e.backed[at] = facility.terms.backing
        self.works = begun_projects(e, date)
        e.claimed = committed_capacity(e)

    def forget(self, drawn: Iterable[Mapping[int, float]]) -> None:
        """Take luck drawn anew for what is still ahead: what has been lived through is known."""
        for luck in drawn:
            self.luck |= {at: u * float(np.exp(-self.worn.get(at, 0.0))) for at, u in luck.items()}

    def endure(self, offers: Offers, beyond: set[int], length: float) -> None:
        """(B.55) Projects that are not open live through a step, or are given up for good.

        Public money, offered or paid, takes its share of the capital off the hazard.
        """
        e = self.economy
        for at, rate in self._hazard.items():
            opened = at in self._opened or at in beyond or at in self.dropped
            if opened or rate <= 0 or e.chain.facilities[at].firm in self.receiver.closed:
                continue
            backing = e.backed.get(at, 0.0) if np.isfinite(e.opens[at]) else offers.public(at)
            self.worn[at] = self.worn.get(at, 0.0) + rate * (1.0 - min(backing, 1.0)) * length
            if not given_up(self.luck.get(at, 1.0), self.worn[at]):
                continue
            self.dropped.add(at)
            facility = e.chain.facilities[at]
            if np.isfinite(e.opens[at]):
                e.opens[at] = np.inf
                for account, usd in self.treasury.write_off(at).items():
                    self.called[account] = self.called.get(account, 0.0) + usd
                self.events.append((facility.firm, "project given up", facility.name, "under construction"))

    def pay(self, instruments: Sequence[Instrument], seen: FirmView, date: float) -> None:
        """Capital on quotas and on works under way. seen: margins, by any firm; date: middle of the step"""
        length = self.settings.clock.length
        pace = 1.0 - (1.0 - self.terms.damping) ** length
        pays = partial(self.terms.extends, self.economy.chain.facilities, seen)
        on = self.economy.parameters.on("invest")
        judge: Judge = pays if on else lambda *_: True
        self.events += extend(self.economy, instruments, judge, pace, self.called)
        carry_on(self.economy, self.works, self.treasury.homes, date - 0.5 * length, length, self.called)

    def open(
        self, instruments: Sequence[Instrument], beyond: set[int]
    ) -> tuple[ProjectTerms, dict[int, bool]]:
        """Which projects a firm may start now. beyond: what nobody can decide on yet."""
        e = self.economy
        closed = refused_projects(e, instruments) | beyond | self.dropped
        if not e.parameters.on("invest"):
            return self.terms, {}
        waiting = e.chain.projects.at[np.isposinf(e.started[e.chain.projects.at])].tolist()
        closed |= {at for at in waiting if e.chain.facilities[at].firm in self.receiver.closed}
        return self.terms, {at: at not in self._committed and at not in closed for at in waiting}

    def offers(self, instruments: Sequence[Instrument], date: float) -> Offers:
        """What this step's instruments offer every project.

        A state whose budget of the year is spent offers no more capital until the next.
        """
        return best_offers(self.economy, instruments, lambda giver: self._left(giver, date), date)

    def _left(self, giver: Subsidy, date: float) -> float:
        """What is left of a state's budget of the year, million USD."""
        return giver.budget - self.spent.get((giver.state, int(date)), 0.0)

    def start(
        self, chosen: Sequence[int], date: float, offers: Offers, cash: Mapping[str, float]
    ) -> Accounts:
        """Start projects; returns what it costs whom, USD, by account: owner, kind, item.

        A project that counts on more public capital than is left of the year's budgets waits, and so does
        a unit beyond those that are paid for.
        Pooled states pay in proportion to what each has left. cash: of every firm, million USD
        """
        e = self.economy
        posted: Accounts = {}
        left_over, begun_here = dict(cash), dict[int, int]()
        for at in chosen:
            facility = e.chain.facilities[at]
            if facility.terms is None:
                continue
            givers, buyers = offers.backers(at, facility, float(e.units[at]))
            if at in offers.givers | offers.buyers and not givers and not buyers:
                continue
            left = {g.state: max(self._left(g, date), 0.0) for g in givers}
            dearer = float(deposits(e)[0][at])
            capex = float(offers.terms.capex[at]) * dearer
            capex *= 1.0 + begun_here.get(at, 0) * float(offers.terms.congestion[at])
            paid = paid_share(offers.public(at), capex, float(offers.award[at]))
            e.backed[at] = paid * offers.public(at)
            wanted, total = e.backed[at] * capex, math.fsum(left.values())
            if wanted > total:
                continue
            lead_time = float(offers.terms.lead_time[at])
            late = self.slip * lead_time * 0.5
            opens = max(date + lead_time + late, float(offers.terms.earliest[at]))
            self._begin(at, facility, date, opens)
            self._deplete(at, facility, dearer)
            split = {state: amount / total for state, amount in left.items()} if wanted > 0 else {}
            if facility.stage == e.chain.names.stages.extract and wanted > 0:
                e.staked |= {(state, at): share for state, share in split.items() if state in offers.ties}
            for state, share in split.items():
                self.spent[state, int(date)] = self.spent.get((state, int(date)), 0.0) + share * wanted
            begun_here[at] = begun_here.get(at, 0) + 1
            self.capital[at] = self.capital.get(at, 0.0) + capex
            cash_left = left_over.get(facility.firm, 0.0)
            own = self._fund(at, capex, opens, offers, paid, split, buyers, cash_left, posted)
            left_over[facility.firm] = left_over.get(facility.firm, 0.0) - own
        return posted

    def _begin(self, at: int, facility: Facility, date: float, opens: float) -> None:
        """Note that a project, or a unit of what may be built again and again, is decided on."""
        e = self.economy
        e.units[at] += 1.0
        if self.terms.replicable(facility):
            self.cohorts.setdefault(at, []).append(opens)
            e.opens[at] = min(e.opens[at], opens)
        else:
            e.started[at], e.opens[at] = date, opens
        self.events.append((facility.firm, "project started", facility.name, f"opens {opens:.1f}"))

    def _deplete(self, at: int, facility: Facility, dearer: float) -> None:
        """(B.60) Units of a mine run at their mean cost: the one just begun is dearer than those before."""
        e, units = self.economy, self.economy.units[at]
        mean = ((units - 1.0) * e.cost_rise[at] + dearer - 1.0) / units
        e.unit_cost[e.supply.layout.runs.get(at, [])] += (mean - e.cost_rise[at]) * facility.unit_cost
        e.cost_rise[at] = mean

    def _fund(
        self, at: int, capex: float, opens: float, offers: Offers, paid: float, split: Mapping[str, float],
        buyers: Sequence[Offtake], cash: float, posted: Accounts,
    ) -> float:  # fmt: skip
        """Pay for a project out of every pocket; returns the owner's own money, million USD.

        paid: part of the shares on offer that is paid; buyers: who signs an offtake
        """
        firm = self.economy.chain.facilities[at].firm
        _add(posted, (firm, "firm", "investment"), -capex * 1e6)
        given, held = paid * float(offers.capital_share[at]), paid * float(offers.equity_share[at])
        lent = paid * float(offers.loan_share[at])
        stake = held / (1.0 - given - lent) if held > 0 else 0.0
        for state, share in split.items():
            for item, part in (("capital subsidy", given), ("equity", held)):
                _add(posted, (state, "state", item), -share * part * capex * 1e6)
                _add(posted, (firm, "firm", item), share * part * capex * 1e6)
            if stake > 0:
                self.treasury.claims.append(Claim(at, state, share * stake))
        loans = {
            state: (share * lent * capex, float(offers.loan_rate[at]), float(offers.loan_years[at]))
            for state, share in split.items()
        }
        for buyer in buyers:
            signed = strikes(self.economy, self.treasury.activities[at], buyer.most)
            self.treasury.claims.append(Claim(at, buyer.state, buyer.share / len(buyers), signed))
        backers = [g.state for g in offers.givers.get(at, []) if g.hurdle_cut > 0]
        need = max(1.0 - paid * offers.public(at), 0.0) * capex
        return self.treasury.borrow(
            at, need, loans, {s: 1.0 / len(backers) for s in backers}, cash, opens, posted
        )

    def fail(
        self, flow: Mapping[str, float], cash: Mapping[str, float], length: float, margin: Array, date: float
    ) -> list[str]:
        """Owners that go bankrupt now; returns them. Works stop, debts are gone, and what does not cover
        its running cost stands still; what does goes on for whoever buys it. Mines go with what they feed.

        flow: what each firm's cash gained this step, million USD
        margin: without losses that only the owner bore, USD/kg, (p)
        """
        e, failed = self.economy, []
        for firm, plants, owed in self.treasury.review(flow, cash, length):
            failed.append(firm)
            goes_on = self._going_on([at for at in plants if e.built[at] > 0], margin)
            stops = [at for at in plants if at not in goes_on]
            works = [at for at in stops if e.built[at] <= 0]
            for at in stops:
                if e.built[at] > 0:
                    e.closure.shut[at], e.closure.worth[at], e.closure.idle[at] = True, 0.0, 0.0
                    self.treasury.failed.add(at)
                    runs = e.supply.layout.runs.get(at, [])  # nobody reopens it to bear its losses
                    e.unit_cost[runs] += self.borne[runs]
                    self.borne[runs] = 0.0
                else:
                    e.opens[at] = np.inf
            fresh = e.figures.cash.get(firm, 0.0)
            if self.receiver.active and stops:
                self.receiver.take(firm, [at for at in stops if at not in works], works, date)
                fresh = fresh if goes_on else -max(cash[firm], 0.0)  # what is left goes to its creditors
            self.treasury.refinance(firm, fresh, owed)
            for account, usd in owed.items():
                self.called[account] = self.called.get(account, 0.0) + usd
            names = ";".join(e.chain.facilities[at].name for at in plants)
            self.events.append((firm, "bankruptcy", names, f"{len(plants)} plants"))
        return failed

    def _going_on(self, plants: Sequence[int], margin: Array) -> set[int]:
        """Which plants of a failed owner somebody runs on. A mine whose owner separated its ore has no buyer
        once none of those separators runs.
        """
        stages, facilities = self.economy.chain.names.stages, self.economy.chain.facilities
        pays = {at for at in plants if margin[at] > 0}
        separators = {at for at in plants if facilities[at].stage == stages.separate}
        if separators and not separators & pays:
            pays -= {at for at in plants if facilities[at].stage == stages.extract}
        return pays

    def build(self, date: float) -> None:
        """Open what is due, a share a year until it runs in full."""
        e = self.economy
        projects = e.chain.projects.at
        for at in projects[e.opens[projects] <= date].tolist():
            facility = e.chain.facilities[at]
            if at not in self._opened:
                self._opened.add(at)
                self.events.append((facility.firm, "plant opened", facility.name, facility.stage))
            ramp = max(self.terms.ramp(facility) * e.knowhow.factor(facility.stage), 0.25)
            since = date + self.settings.clock.length - np.array(self.cohorts.get(at, [e.opens[at]]))
            due = since > self.settings.clock.length - 1e-9  # what opens later in the step waits
            e.built[at] = float((np.clip(since / ramp, 0.0, 1.0) * due).sum())

    def review(self, use: Array, margin: Array, cost: Array) -> None:
        """Shut what has stood idle, reopen what pays again."""
        e = self.economy
        if not e.parameters.on("exit"):
            return
        standing = e.built > 0
        standing[len(e.chain.facilities) :] = False
        margin = margin.copy()
        margin[self.receiver.held] = -np.inf
        shutting, opening = review_plants(
            e.closure, use, margin, cost, standing, self._patience(),
            e.parameters["exit.restart_price"], e.parameters["exit.restart_time"],
            self.settings.clock.length,
        )  # fmt: skip
        for mask, kind in ((shutting, "plant mothballed"), (opening, "plant reopened")):
            for at in np.flatnonzero(mask):
                facility = e.chain.facilities[at]
                self.events.append((facility.firm, kind, facility.name, facility.stage))
        self.treasury.failed -= set(np.flatnonzero(opening).tolist())

    def _patience(self) -> Array:
        """(B.21) Quarters of idleness borne before a plant shuts, (p)."""
        e = self.economy
        patience = np.full(e.built.size, e.parameters["exit.patience"])
        if e.parameters.on("integration"):
            patience[np.flatnonzero(e.integrated)] *= 1.0 + e.parameters["integration.endurance"]
        return patience

    def resell(self, years: Sequence[float], margins: Array, date: float) -> None:
        """(B.67) Sites of failed owners find buyers, and run again once restarted.

        years: from now; margins: over running cost then, USD/kg, (years, p)
        """
        self.events += self.receiver.sell(years, margins - self.economy.fixed, date, self.called)
        ready, events = self.receiver.reopen(date)
        self.treasury.failed -= set(ready)
        self.events += events

    def take_called(self) -> Accounts:
        """What was posted between steps: guarantees called, capital on quotas and works under way."""
        taken, self.called = self.called, {}
        return taken

    def take_events(self) -> list[tuple[str, str, str, str]]:
        """Events since they were last taken."""
        taken, self.events = self.events, []
        return taken


def losses_borne(e: Economy) -> Array:
    """By how much what stands is run below its cost in the base year, USD/kg, (a): the wedges below zero."""
    found = np.zeros(len(e.unit_cost))
    for at, activity in enumerate(e.supply.layout.activities):
        if activity.facility >= 0 and e.chain.facilities[activity.facility].terms is None:
            found[at] = max(activity.cost - float(e.unit_cost[at]), 0.0)
    return found


def _add(posted: Accounts, account: tuple[str, str, str], usd: float) -> None:
    if usd:
        posted[account] = posted.get(account, 0.0) + usd
