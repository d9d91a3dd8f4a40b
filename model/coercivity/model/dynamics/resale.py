"""Sites of failed owners, from the day their plants stop to the day what pays runs again (B.67)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coercivity.model.accounts.treasury import SITE, Accounts, investors
from coercivity.model.agents.actors import ProjectTerms
from coercivity.model.behaviour.invest import Appraisal, net_present_value
from coercivity.model.behaviour.resale import written_down
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array

__all__ = ["Estate", "Receiver"]

Event = tuple[str, str, str, str]


@dataclass(slots=True)
class Estate:
    """Plants of a failed owner that stand still. due: when they may be sold, years

    bought: those that a new owner restarts; opens: when they run again
    """

    plants: tuple[int, ...]
    due: float
    bought: tuple[int, ...] = ()
    opens: float = np.inf


class Receiver:
    """Who sells what failed owners left behind."""

    def __init__(self, economy: Economy, terms: ProjectTerms, homes: dict[str, str]) -> None:
        self.economy, self.terms, self.homes = economy, terms, homes
        self.estates: dict[str, Estate] = {}
        self.closed: frozenset[str] = frozenset()  # owners under whom nobody decides

    @property
    def active(self) -> bool:
        """Whether sites are sold; else who fails goes on with the money it began with."""
        return self.economy.parameters.on("resale")

    @property
    def held(self) -> list[int]:
        """Plants that nobody but a buyer reopens."""
        return [at for estate in self.estates.values() for at in estate.plants]

    def take(self, firm: str, plants: Sequence[int], works: Sequence[int], date: float) -> None:
        """A failed owner's plants that stand still. works: begun and not open, to be begun anew by a buyer"""
        e = self.economy
        for at in works:
            if not self.terms.replicable(e.chain.facilities[at]):
                e.started[at], e.units[at] = np.inf, 0.0
        before = self.estates.get(firm)
        held = before.plants if before else ()
        due = date + e.parameters["resale.procedure"]
        if before and not before.bought:  # what fails later joins the procedure that is under way
            due = before.due
        self.estates[firm] = Estate(tuple(sorted({*held, *plants})), due)
        self.closed |= {firm}

    def sell(self, years: Sequence[float], margins: Array, date: float, posted: Accounts) -> list[Event]:
        """Sell what is due to whoever finds that it pays; returns events.

        years: from now; margins: over all cost then, USD/kg, (years, p)
        """
        self.closed = frozenset(firm for firm, estate in self.estates.items() if date < estate.due)
        events: list[Event] = []
        for firm, estate in self.estates.items():
            if date < estate.due or estate.bought:
                continue
            asked = {at: self._asked(at) for at in estate.plants}
            estate.bought = tuple(
                at for at in estate.plants if self._worth(at, math.fsum(asked[at]), years, margins) > 0
            )
            if not estate.bought:
                continue
            estate.opens = date + self._restart_time
            price, restart = (math.fsum(asked[at][part] for at in estate.bought) for part in (0, 1))
            self._pay(firm, price, restart, estate.bought, posted)
            names = ";".join(self.economy.chain.facilities[at].name for at in estate.bought)
            events.append((firm, "site sold", names, f"{price:.1f} million USD"))
        return events

    def reopen(self, date: float) -> tuple[list[int], list[Event]]:
        """Plants that a buyer has restarted by now, and events; the rest of their sites is free again."""
        e, ready, events = self.economy, list[int](), list[Event]()
        for firm in [firm for firm, estate in self.estates.items() if estate.opens <= date]:
            for at in self.estates.pop(firm).bought:
                facility = e.chain.facilities[at]
                ready.append(at)
                e.closure.shut[at], e.closure.idle[at], e.closure.worth[at] = False, 0.0, 0.0
                if e.fixed[at] == 0.0:
                    e.fixed[at] = e.parameters["finance.idle_share"] * facility.unit_cost
                    e.unit_cost[e.supply.layout.runs.get(at, [])] -= e.fixed[at]
                events.append((facility.firm, "plant reopened", facility.name, facility.stage))
        return ready, events

    @property
    def _restart_time(self) -> float:
        return self.economy.parameters["exit.restart_time"] / 4.0  # quarters -> years

    def _room(self, at: int) -> float:
        e = self.economy
        return float((e.normal[at] + e.block[at]) * e.built[at])

    def _asked(self, at: int) -> tuple[float, float]:
        """Price and cost of a restart, million USD."""
        p = self.economy.parameters
        capital = unit_capital(self.economy, at) * self._room(at) / 1000.0
        return written_down(capital, p["resale.price_share"], p["resale.restart_share"])

    def _worth(self, at: int, asked: float, years: Sequence[float], margins: Array) -> float:
        """What a plant is worth to who pays so much for it and its restart, million USD today."""
        path = tuple((y, float(m)) for y, m in zip(years, margins[:, at], strict=True))
        hurdle = self.terms.hurdle(self.economy.chain.facilities[at])
        project = Appraisal(
            asked, self._room(at), float(margins[0, at]), self._restart_time, 0.0, hurdle, 0.0,
            self.terms.life, self.terms.load, path=path,
        )  # fmt: skip
        return net_present_value(project)

    def _pay(self, firm: str, price: float, restart: float, bought: Sequence[int], posted: Accounts) -> None:
        """New investors pay the old ones' price, the restart, and a year's running cost to begin with."""
        chain = self.economy.chain
        purse = math.fsum(chain.facilities[at].unit_cost * self._room(at) for at in bought) / 1000.0
        backers = investors(self.homes, firm)
        for account, million in (
            ((firm, "firm", "capital raised"), price + restart + purse),
            ((backers, "firm", "capital raised"), -price - restart - purse),
            ((firm, "firm", SITE), -price),
            ((backers, "firm", SITE), price),
            ((firm, "firm", "investment"), -restart),
        ):
            posted[account] = posted.get(account, 0.0) + million * 1e6


def unit_capital(economy: Economy, at: int) -> float:
    """Capital of new capacity like a plant's, thousand USD per t a year.

    Its own if it was a project, else what evidence has for its stage, else the median of its projects.
    """
    chain = economy.chain
    mine = chain.facilities[at]
    if mine.terms is not None:
        return 1000.0 * mine.terms.capex / mine.capacity
    listed = economy.evidence.items("behaviour", "finance", "new_capital")
    if mine.stage in listed:
        return float(listed[mine.stage])
    alike = [(f.capacity, f.terms) for f in chain.projects.facilities if f.stage == mine.stage]
    found = [1000.0 * terms.capex / size for size, terms in alike if terms is not None and size > 0]
    return float(np.median(found)) if found else 0.0
