"""A plan as people and programs read it: what, where, when, with which instrument, for how much."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from coercivity.experiments.planning.candidates import Menu, opening
from coercivity.experiments.planning.capture import Project
from coercivity.model.inputs.names import REPLICABLE
from coercivity.optimise.market import Array

__all__ = ["Bound", "Item", "PlanDocument", "binding", "portfolio"]

NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a plan.

    usd: of everybody, as it is spent; public: of it by states; amount: in `unit`; opens: year in which
    it runs
    name, place, year: as the evidence and the model call it; depends: what else it depends on
    """

    item: str
    name: str
    kind: str
    place: str
    year: int
    instrument: str
    usd: float
    public_usd: float
    amount: float
    unit: str
    opens: float | None
    depends: str


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound that decides: what it holds, its value, and where it is from."""

    what: str
    value: float
    unit: str
    source: str


@dataclass(frozen=True)
class PlanDocument:
    """A finished plan: `plan.json` of its folder, and what `--json` prints."""

    goal: str | None
    members: tuple[str, ...]
    budget_usd: float | None
    cost_usd: float
    public_usd: float
    gain_usd: float | None
    met_share: float | None
    mip_gap: float
    portfolio: tuple[Item, ...]
    binding: tuple[Bound, ...]
    futures: int
    worlds: int
    certified: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    delivered: Mapping[str, Any] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    assumptions: Mapping[str, Any] = field(default_factory=dict)
    decision: Mapping[str, float] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The plan as one JSON document."""
        return asdict(self)


def portfolio(menu: Menu, x: Array) -> tuple[Item, ...]:
    """The lines of a decision, dearest first."""
    found = [*_plants(menu, x), *_stocks(menu, x), *_programmes(menu, x)]
    return tuple(sorted(found, key=lambda one: (-one.usd, one.item, one.year)))


def _plants(menu: Menu, x: Array) -> list[Item]:
    s, years, found = menu.settings, menu.years, []
    terms = f"grant {100 * s['grant']:.0f} %, loan {100 * s['loan']:.0f} %, offtake"
    for at, p in enumerate(menu.projects):
        for y in range(years):
            units = float(x[at * years + y])
            if units < 0.5:
                continue
            opens = opening(p, menu.frame.slip, menu.start + y + 0.5)
            capex = units * p.capex * 1e6
            title = p.title if units < 1.5 else f"{p.title}, {units:.0f} units"
            found.append(
                Item(
                    title, p.name, p.stage, p.place, menu.start + y, terms, capex,
                    (s["grant"] + s["loan"]) * capex, units * p.capacity, "t/yr", round(opens, 1),
                    _depends_on(menu, p),
                )
            )  # fmt: skip
    return found


def _depends_on(menu: Menu, p: Project) -> str:
    """What a plant depends on, in words."""
    s = menu.settings
    if p.status == REPLICABLE:
        return f"finding a builder; {p.lead:g} years to open, {p.ramp:g} to run in full"
    chance = p.survival ** (1.0 - s["grant"] - s["loan"])
    return (
        f"its owner ({p.status}): built {100 * chance:.0f} times in 100 with this money, "
        f"{100 * p.survival:.0f} without"
    )


def _stocks(menu: Menu, x: Array) -> list[Item]:
    years, c, found = menu.years, len(menu.projects), []
    for at, k in enumerate(menu.stocks):
        level = x[(c + at) * years : (c + at + 1) * years]
        most = float(level.max())
        if most < max(1e-3 * k.most, NOTHING):
            continue
        added = np.diff(np.concatenate([[0.0], level]))
        usd = float((added * np.array(k.price)).sum() * 1e3)
        first = int(np.argmax(level > 0.02 * most))
        full = int(np.argmax(level > 0.98 * most))
        days = most / max(k.a_day, NOTHING)
        found.append(
            Item(
                f"stock of {k.material}, {days:.0f} days", f"{k.place} {k.material}", "stock", k.place,
                menu.start + first, "public stock", usd, usd, most, "t", float(menu.start + full),
                f"buying {most / max(full - first + 1, 1):,.0f} t a year while nothing is banned",
            )
        )  # fmt: skip
    return found


def _programmes(menu: Menu, x: Array) -> list[Item]:
    s, years, m, found = menu.settings, menu.years, len(menu.members), []
    start = (len(menu.projects) + len(menu.stocks)) * years
    for at, member in enumerate(menu.members):
        share = x[start + at * years : start + (at + 1) * years]
        if share.max() > 1e-4:
            tonnes = share * np.array(menu.collected[at])
            usd = float(tonnes.sum() * s["collection_cost"] * 1e3)
            first = menu.start + int(np.argmax(share > 1e-4))
            found.append(
                Item(
                    f"collect {100 * share.max():.0f} % more end-of-life magnets",
                    f"collection {member.code}", "collection", member.code, first, "paid collection",
                    usd, usd, float(tonnes.max()), "t/yr",
                    float(menu.start + int(np.argmax(share >= share.max() - 1e-6))), "recyclers to take it",
                )
            )  # fmt: skip
        force = x[start + (m + at) * years : start + (m + at + 1) * years]
        if force.max() > 1e-4:
            usd = float(force.sum() * member.research * 1e6)
            first = menu.start + int(np.argmax(force > 1e-4))
            found.append(
                Item(
                    f"research on substitutes at {100 * force.max():.0f} %", f"research {member.code}",
                    "substitution", member.code, first, "research", usd, usd,
                    float(force.max() * member.research), "million USD/yr", None,
                    "makers that can change recipes within half a year",
                )
            )  # fmt: skip
    return found


def binding(menu: Menu, x: Array, budget: float | None, outlay: float) -> tuple[Bound, ...]:
    """Bounds that a plan leans on, with their sources."""
    s, years, c = menu.settings, menu.years, len(menu.projects)
    found = []
    if budget is not None and outlay > 0.99 * budget:
        found.append(Bound("budget of public money", budget, "million USD", "as asked"))
    full = [
        f"{k.place} {k.material}"
        for at, k in enumerate(menu.stocks)
        if float(x[(c + at) * years : (c + at + 1) * years].max()) > 0.97 * k.most
    ]
    if full:
        longest = s.numbers["longest"]
        found.append(Bound(f"days of stock: {', '.join(full)}", longest.value, "days", longest.source))
    stages = _busy_stages(menu, x)
    if stages:
        pace = s.numbers["pace"]
        found.append(
            Bound(f"building at once abroad: {', '.join(stages)}", pace.value, "of what stands", pace.source)
        )
    m, start = len(menu.members), (c + len(menu.stocks)) * years
    gathered = [
        member.code for at, member in enumerate(menu.members)
        if float(x[start + at * years : start + (at + 1) * years].max()) > 0.999 * s["collected"]
    ]  # fmt: skip
    if gathered:
        most = s.numbers["collected"]
        found.append(Bound(f"collection: {', '.join(gathered)}", most.value, "share", most.source))
    research = [
        member.code for at, member in enumerate(menu.members)
        if member.research and float(x[start + (m + at) * years : start + (m + at + 1) * years].max()) > 0.999
    ]  # fmt: skip
    if research:
        found.append(
            Bound(
                f"research: {', '.join(research)}",
                1.0,
                "programme",
                "conf/scenario/recycling_substitution.yaml",
            )
        )
    return tuple(found)


def _busy_stages(menu: Menu, x: Array) -> list[str]:
    """Stages whose pace of building binds in some year."""
    years, found = menu.years, []
    for stage, stands in menu.frame.standing.items():
        mine = [at for at, p in enumerate(menu.projects) if p.stage == stage]
        for y in range(years if mine else 0):
            begun = 0.0
            for at in mine:
                p = menu.projects[at]
                lead = max(int(np.ceil(p.lead)), 1)
                begun += p.capacity * float(x[at * years + max(y - lead + 1, 0) : at * years + y + 1].sum())
            most = max(menu.settings["pace"] * stands, max(menu.projects[at].capacity for at in mine))
            smallest = (
                min(menu.projects[at].capacity for at in mine if menu.projects[at].status == REPLICABLE)
                if any(menu.projects[at].status == REPLICABLE for at in mine)
                else 0.0
            )
            if begun > 0 and begun + smallest > most:
                found.append(stage)
                break
    return found
