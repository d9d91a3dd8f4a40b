"""Importer: a budget for security, spent on what saves most expected loss a dollar.

perceived hazard h = min(base + response · risk, 1) a year, as it was `delay` years ago       (D.52)
expected loss = h Σ L(material), over sources, with `solidarity` of the losses of those it acts for
a step of stock of d days: saves h L(material) d / 365;  costs carrying · p · tonnes a year   (D.53)
a named project: saves h L lasts success min(capacity / need, 1) / stages;  costs the state's share of its
    capital a year, as an annuity; where a floor stands, also what it would pay at the last price
a programme of recycling is a project of the recycling stage.

What saves more than it costs is bought, the cheapest saving first, until the budget is spent. The budget
is at most `first` to begin with; it grows by at most `growth` a year while it is too small for what is
worth it, and is never above `most`. As
perceived risk decays, so do stocks and budgets.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from numpy.random import Generator

from coercivity.model.finance.annuity import annuity
from coercivity.model.inputs.chain_settings import ChainSettings
from coercivity.model.inputs.fields import Abroad, Jurisdiction, MaterialName, MaterialPattern, Stage, setting
from coercivity.model.inputs.instruments import Instrument
from coercivity.model.inputs.names import DAYS_A_YEAR
from coercivity.model.inputs.observation import Assessment, Prospect, StateView
from coercivity.model.lever import Lever
from coercivity.model.lever.friendshoring import Floor, Friendshoring
from coercivity.model.lever.stockpile import Stockpile
from coercivity.model.role import OTHERS, Reason, Reasoning, Role, number

STEP = 30.0  # days of stock bought or let go at a time


class Importer(Role):
    """A state whose users hang on others."""

    summary: ClassVar[str] = "buys stocks and pays for projects as far as the loss they are expected to save"
    sources: list[Abroad] = setting([], "states whose ban is feared", "codes")
    stock: list[MaterialPattern] = setting([], "what may be stockpiled", "patterns", ["magnet:*"])
    places: list[Jurisdiction] = setting([], "where projects are paid for", "codes")
    stages: list[Stage] = setting(
        ["extract", "separate", "reduce", "assemble", "recycle"], "kinds of plant", ""
    )
    acts_for: list[Abroad] = setting([], "states part of whose loss counts as its own", "codes")
    floor: list[MaterialName] = setting([], "materials with a floor where a project is paid for", "materials")
    base: float | None = number("hazard of a ban of a year with nothing to fear", "per year", ge=0, le=1)
    response: float | None = number("hazard added per point of perceived risk", "per year", ge=0, le=5)
    solidarity: float | None = number("share of the loss of those it acts for", "share", ge=0, le=1)
    delay: float | None = number("from a changed hazard to changed money", "years", ge=0, le=10)
    review: float | None = number("from one budget to the next", "years", gt=0, le=10)
    first: float | None = number("most in a first year", "million USD/yr", ge=0)
    most: float | None = number("most in any year", "million USD/yr", ge=0)
    growth: float | None = number("most that a budget grows by in a year", "ratio", ge=1, le=20)
    longest: float | None = number("most days of stock", "days", ge=0, le=720)
    carrying: float | None = number("cost of holding stock, of its value", "per year", ge=0, le=1)
    share: float | None = number("of a project's capital cost given", "share", ge=0, le=1)
    loan: float | None = number("of a project's capital cost lent", "share", ge=0, le=1)
    offtake: float | None = number(
        "points that a firm buyer takes off its hurdle rate", "per year", ge=0, le=0.1
    )
    success: float | None = number("share of projects paid for that deliver", "share", ge=0, le=1)
    lasts: float | None = number("how long a ban would last", "years", gt=0, le=50)
    life: float | None = number("over which a project's capital is counted", "years", gt=0, le=60)
    interest: float | None = number("on public money", "per year", ge=0, le=0.3)
    floor_price: float | None = number("of the floor", "USD/kg", ge=0)

    def begin(self, place: str, names: ChainSettings) -> "Securing":
        """With nothing bought."""
        stages = tuple(s for word in self.stages if (s := names.stages.named(word)))
        held = Stockpile(days=dict.fromkeys(self.stock, 0.0)).in_chain(names)
        return Securing(self, place, names, stages, (held,))


@dataclass(frozen=True, slots=True)
class Purchase:
    """Something that may be bought. saves, costs: USD a year; outlay: million USD a year of the budget."""

    name: str
    saves: float
    costs: float
    outlay: float
    material: str = ""
    project: Prospect | None = None

    @property
    def worth(self) -> float:
        """What it saves over what it costs, USD a year."""
        return self.saves - self.costs


@dataclass(slots=True)
class Securing(Reasoning):
    """An importer during a run. days: stock aimed at; budget, ceiling: what
    was bought and might have been, million USD; short: whether the ceiling kept something from being bought
    """

    settings: Any  # an Importer whose numbers are all known
    place: str
    names: ChainSettings
    stages: tuple[str, ...]
    levers: tuple[Lever, ...]
    felt: list[tuple[float, float]] = field(default_factory=list)
    due: float = 0.0
    budget: float = 0.0
    ceiling: float = 0.0
    short: bool = False
    days: dict[str, float] = field(default_factory=dict)
    feared: dict[str, float] = field(default_factory=dict)
    bought: tuple[Lever, ...] = ()

    def decide(self, view: StateView, rng: Generator) -> tuple[Instrument, ...]:
        """Buy anew when a budget is due; go on with what was bought till then."""
        self.felt.append((view.now, min(self.settings.base + self.settings.response * view.risk, 1.0)))
        if view.assessment is not None and view.now >= self.due - 1e-9:
            self.due = view.now + self.settings.review
            self._review(view, view.assessment)
        return tuple(i for lever in self.bought for i in lever.decide(view, 1.0))

    def hazard(self, now: float) -> float:
        """(D.52) As it was felt when what is decided now was begun."""
        known = [h for when, h in self.felt if when <= now - self.settings.delay + 1e-9]
        return known[-1] if known else self.settings.base

    def _review(self, view: StateView, seen: Assessment) -> None:
        s = self.settings
        hazard, losses = self.hazard(view.now), self._feared(view, seen)
        grown = (self.ceiling if self.short else self.budget) * s.growth**s.review
        self.ceiling = min(s.most, max(grown, s.first))
        offered = [*self._stocks(view, hazard, losses), *self._projects(view, seen, hazard, losses)]
        ranked = sorted(offered, key=lambda p: (p.costs / p.saves if p.saves > 0 else 1e9, p.name))
        taken, left = [], self.ceiling
        for purchase in ranked:
            if purchase.worth > 0 and purchase.outlay <= left:
                taken.append(purchase)
                left -= purchase.outlay
        passed = [p for p in ranked if p not in taken]
        self.short = any(p.worth > 0 for p in passed)
        self._buy(taken, passed, hazard, math.fsum(losses.values()))

    def _feared(self, view: StateView, seen: Assessment) -> dict[str, float]:
        """What is feared to be lost. While a limit is in force that is what hung on its author before it."""
        now = self._losses(seen)
        if any(view.restricted_by.get(source, 0.0) > 0 for source in self.settings.sources):
            now = {m: max(now.get(m, 0.0), self.feared.get(m, 0.0)) for m in sorted({*now, *self.feared})}
        self.feared = now
        return now

    def _losses(self, seen: Assessment) -> dict[str, float]:
        """What a ban of a year would cost, USD, by material: its own, and part of those it acts for."""
        weights = {self.place: 1.0} | dict.fromkeys(self.settings.acts_for, self.settings.solidarity)
        found: dict[str, float] = {}
        for place, weight in weights.items():
            for source in self.settings.sources:
                for material, usd in seen.losses.get(place, {}).get(source, {}).items():
                    found[material] = found.get(material, 0.0) + weight * usd
        return found

    def _stocks(self, view: StateView, hazard: float, losses: Mapping[str, float]) -> list[Purchase]:
        """(D.53) Steps of stock of each material, as far as they go."""
        s, found = self.settings, []
        for material, loss in losses.items():
            if not any(view.falls_under(material, p) for word in s.stock for p in self.names.patterns(word)):
                continue
            use, price = view.stocked_use(material), view.prices.get(material, 0.0)
            if use <= 0 or price <= 0:
                continue
            value = price * 1000.0 * use * STEP / DAYS_A_YEAR
            saves, costs = hazard * loss * STEP / DAYS_A_YEAR, s.carrying * value
            for step in range(int(s.longest // STEP)):
                # What is held already costs its keep, and no new money.
                held = (step + 1) * STEP <= self.days.get(material, 0.0)
                outlay = (costs if held else value / s.review) / 1e6
                name = f"{material} to {(step + 1) * STEP:.0f} days"
                found.append(Purchase(name, saves * 0.95**step, costs, outlay, material=material))
        return found

    def _projects(
        self, view: StateView, seen: Assessment, hazard: float, losses: Mapping[str, float]
    ) -> list[Purchase]:
        """(D.53) The projects that may be paid for, each by its name."""
        s, total = self.settings, math.fsum(losses.values())
        all_stages = self.names.stages
        links = max(len([stage for stage in all_stages.every if stage != all_stages.recycle]), 1)
        needs = [seen.need.get(place, {}) for place in (self.place, *s.acts_for)]
        yearly = annuity(s.interest, s.life)
        found = []
        for p in seen.prospects:
            need = math.fsum(by_stage.get(p.stage, 0.0) for by_stage in needs)
            if p.place not in s.places or p.stage not in self.stages or need <= 0 or p.capacity <= 0:
                continue
            given = (s.share + s.loan) * p.capex
            costs = (s.share + s.loan * s.interest) * p.capex * 1e6 * yearly
            if p.stage == self.names.stages.separate:
                for material in s.floor:
                    gap = max(s.floor_price - view.prices.get(material, s.floor_price), 0.0)
                    costs += gap * 1000.0 * p.capacity / max(len(s.floor), 1)
            saves = hazard * s.lasts * total * s.success * min(p.capacity / need, 1.0) / links
            found.append(Purchase(p.name, saves, costs, given, project=p))
        return found

    def _buy(self, taken: list[Purchase], passed: list[Purchase], hazard: float, loss: float) -> None:
        """Turn what is bought into stock targets and offers, and say why."""
        s = self.settings
        days: dict[str, float] = {}
        for p in taken:
            if p.material:
                days[p.material] = days.get(p.material, 0.0) + STEP
        projects = [p.project for p in taken if p.project is not None]
        budget = math.fsum(p.outlay for p in taken)
        for_projects = math.fsum((s.share + s.loan) * p.capex for p in projects)
        ranked = sorted(passed, key=lambda p: -p.worth)[:OTHERS]
        others = ", ".join(f"{p.name} {p.worth / 1e6:+,.1f}" for p in ranked) or "nothing"
        felt = f"hazard {hazard:.2f} a year, loss from a ban of a year {loss / 1e6:,.0f} million USD"
        for material in sorted({*days, *self.days}):
            now, before = days.get(material, 0.0), self.days.get(material, 0.0)
            if now != before:
                detail = f"{before:.0f} to {now:.0f} days; {felt}; not bought, million USD a year: {others}"
                self.reasons.append(Reason("stock target chosen", material, detail))
        if abs(budget - self.budget) > 0.5:
            best = ", ".join(f"{p.name} {p.worth / 1e6:+,.1f}" for p in taken if p.project) or "no project"
            detail = f"{self.budget:,.0f} to {budget:,.0f} million USD; {felt}; {best}; not bought: {others}"
            self.reasons.append(Reason("security budget chosen", self.place, detail))
        self.days, self.budget = days, budget
        # What is held and wanted no longer is sold: a target of nought, where there was one.
        targets = {m: days.get(m, 0.0) for m in {*days, *self._stocked()}}
        self.bought = self._levers(targets, projects, for_projects)

    def _stocked(self) -> set[str]:
        held = self.bought[0] if self.bought else None
        return set(held.days) if isinstance(held, Stockpile) else set()

    def _levers(
        self, targets: Mapping[str, float], projects: list[Prospect], budget: float
    ) -> tuple[Lever, ...]:
        """The levers that do it: one stockpile, and one offer for the places and stages of the projects."""
        s = self.settings
        made: list[Lever] = [Stockpile(days=dict(sorted(targets.items())))]
        if projects:
            floored = any(p.stage == self.names.stages.separate for p in projects)
            volume = math.fsum(p.capacity for p in projects if p.stage == self.names.stages.separate)
            floors = s.floor if floored else ()
            made.append(
                Friendshoring(
                    places=sorted({p.place for p in projects}), stages=sorted({p.stage for p in projects}),
                    budget=budget, capital_share=s.share, loan_share=s.loan, loan_rate=s.interest,
                    loan_years=s.life, offtake_cut=s.offtake,
                    floor={m: Floor(price=s.floor_price, volume=volume / len(floors)) for m in floors},
                )
            )  # fmt: skip
        return tuple(lever.in_chain(self.names) for lever in made)


ROLE = Importer
