"""What every state is after, term by term and in dollars: what it reports, and what it maximises.

    objective = Σ weight · term                                                           (O.3)

    surplus        welfare of the place (S.2) but for public money
    fiscal         − fiscal cost
    security       − Σ_i hazard_i · loss if i stops (O.2) · Δt
    downstream     value added of makers after separation, at home
    environment    − Σ burden · cost of abating a unit (the Chinese rates of burdens.csv)
    leverage       Σ_j loss of j if this place stops (O.2), over j of another bloc · Δt
    self_reliance  − shortfall from the path to the goal · value of the uses at home · Δt
    leadership     − shortfall from the path to the goal · value added of the world's makers · Δt

Weights, hazards and goals are rows of objective.csv; `state.<name>.objective.<term>` gives another
weight. A path runs straight from the first step's level to the goal in its year, and stays there.
"""

import math
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from coercivity.model.accounts.exposure import Exposure, Stakes
from coercivity.model.accounts.settlement import Ledger
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.settings import TERMS, Settings
from coercivity.model.state.economy import Economy
from coercivity.optimise import Clearing
from coercivity.optimise.market import Array

__all__ = ["Goal", "Objectives", "Reached", "money"]

FILE = "objective"


@dataclass(frozen=True, slots=True)
class Goal:
    """A share a state wants to reach by a year."""

    share: float
    year: int

    def path(self, start: tuple[float, float], date: float) -> float:
        """The share it should have at a date. start: date and share when it set out.

        >>> Goal(1.0, 2035).path((2025.0, 0.5), 2030.0)
        0.75
        """
        begun, level = start
        gone = min(max((date - begun) / max(self.year - begun, 1e-9), 0.0), 1.0)
        return float(level + gone * (max(self.share, level) - level))


@dataclass(frozen=True, slots=True)
class Reached:
    """One state's objective of a step: USD by term, weights, and their sum."""

    terms: dict[str, float]
    weights: dict[str, float]

    @property
    def total(self) -> float:
        """(O.3), USD."""
        return math.fsum(self.weights[name] * usd for name, usd in self.terms.items())


class Objectives:
    """Objectives of all states, from cleared and settled steps."""

    def __init__(self, economy: Economy, settings: Settings) -> None:
        self.economy = economy
        self.stakes = Stakes(economy)
        self.places = self.stakes.places
        self.exposure: Exposure | None = None
        self.money: tuple[dict[str, float], dict[str, float]] = {}, {}  # welfare and fiscal cost by place
        e, chain = economy.evidence, economy.chain
        given = {state.code: state.objective for state in settings.state.values()}
        self.weights = {place: _weights(e, place, given.get(place)) for place in self.places}
        self.goals = {place: _goals(e, place) for place in self.places}
        self.started: dict[tuple[str, str], tuple[float, float]] = {}
        bloc = np.array([chain.places[place].bloc for place in self.places])
        alone = (bloc == "host") | (bloc == "other")
        self.rival = (bloc[:, None] != bloc[None, :]) | (alone[:, None] & alone[None, :])
        np.fill_diagonal(self.rival, False)
        self.hazard = {
            item: e.number(FILE, "all", "hazard", item) for item in ("rival", "ally", "perceived_risk")
        }
        self.damage = self._damage()
        where = {place: at for at, place in enumerate(self.places)}
        self.site = np.array([where[a.place] for a in economy.supply.layout.activities])

    def _damage(self) -> Array:
        """What it would cost to abate a unit of every activity's burden, USD, (a).

        At the rates implied by Chinese cost accounts, the only ones measured, wherever it is.
        """
        economy = self.economy
        out = np.zeros(len(economy.supply.layout.activities))
        for at, activity in enumerate(economy.supply.layout.activities):
            for name, amount in activity.burden.items():
                out[at] += amount * economy.evidence.number(
                    "burdens", economy.chain.names.home, "charge", name, economy.chain.year, 0.0
                )
        return out

    def __call__(
        self, date: float, length: float, clearing: Clearing, ledger: Ledger
    ) -> dict[str, Reached]:  # fmt: skip
        """Objective of every state. date: middle of the step, years; length: of it, years."""
        exposure = self.stakes(clearing, clearing.served, length)
        self.exposure = exposure
        welfare, fiscal = self.money = money(self.economy, ledger)
        harm = np.bincount(self.site, self.damage * clearing.activity, len(self.places))
        risk = np.array([self.economy.risk.get(place, 0.0) for place in self.places])
        chance = np.where(
            self.rival,
            self.hazard["rival"] + self.hazard["perceived_risk"] * risk[:, None],
            self.hazard["ally"],
        )
        expected = (np.minimum(chance, 1.0) * exposure.value).sum(axis=1)
        power = (exposure.value * self.rival).sum(axis=0)
        found: dict[str, Reached] = {}
        for at, place in enumerate(self.places):
            cost = fiscal.get(place, 0.0)
            terms = {
                "surplus": welfare.get(place, 0.0) + cost,
                "fiscal": -cost,
                "security": -float(expected[at]) * length,
                "downstream": float(exposure.added[at]) * length,
                "environment": -float(harm[at]),
                "leverage": float(power[at]) * length,
            }
            terms |= self._goal_terms(at, date, length, clearing, exposure)
            found[place] = Reached(terms, self.weights[place])
        return found

    def _goal_terms(
        self, at: int, date: float, length: float, clearing: Clearing, exposure: Exposure
    ) -> dict[str, float]:
        """What falls short of the paths to a state's goals, as money."""
        place = self.places[at]
        terms = {"self_reliance": 0.0, "leadership": 0.0}
        if not self.goals[place]:
            return terms
        e, stakes = self.economy, self.stakes
        mine = stakes.user == at
        used = float((e.base_price[stakes.used] * clearing.served[stakes.used])[mine].sum()) * 1000.0
        world = float(np.maximum(exposure.added, 0.0).sum())
        reached = {
            "self_reliance": (float(exposure.own[at]), used),
            "leadership": (max(float(exposure.added[at]), 0.0) / world if world > 0 else 0.0, world * length),
        }
        for name, goal in self.goals[place].items():
            level, worth = reached[name]
            start = self.started.setdefault((place, name), (date, level))
            terms[name] = -max(goal.path(start, date) - level, 0.0) * worth
        return terms


def _weights(evidence: Evidence, place: str, given: object) -> dict[str, float]:
    """The configuration's weight where it gives one, else the state's row, else everybody's."""
    found: dict[str, float] = {}
    for term in TERMS:
        chosen = getattr(given, term, None)
        if chosen is None:
            everybody = evidence.number(FILE, "all", "weight", term)
            chosen = evidence.number(FILE, place, "weight", term, default=everybody)
        found[term] = float(chosen)
    return found


def _goals(evidence: Evidence, place: str) -> dict[str, Goal]:
    found: dict[str, Goal] = {}
    for name in ("self_reliance", "leadership"):
        fact = evidence.find(FILE, place, "goal", name)
        if fact is not None:
            found[name] = Goal(fact.number, fact.year)
    return found


def money(economy: Economy, ledger: Ledger) -> tuple[dict[str, float], dict[str, float]]:
    """Welfare (S.2) and fiscal cost of every jurisdiction, USD a step."""
    welfare: dict[str, float] = defaultdict(float)
    fiscal: dict[str, float] = defaultdict(float)
    homes = economy.chain.homes
    for (owner, kind, item), usd in ledger.accounts.items():
        place = homes[owner, kind]
        welfare[place] += usd
        if kind == "state" and item != "use of stock":
            fiscal[place] -= usd
    for place, amount in ledger.taken_off.items():
        welfare[place] -= amount
    return welfare, fiscal
