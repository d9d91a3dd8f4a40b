"""Shipped scenarios beside the plan that reaches as much, by the plan's own objective.

A scenario is told as a plan is: capital of what stands beyond what stands with no measures, an annuity in
every year it runs, carrying of public stocks, programmes, whoever pays, and what a ban takes. What states pay
and what members lose by the books of the agents are told beside it: duties, dividends and prices count there.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from coercivity.experiments.config.compose import Composed, compose, recompose
from coercivity.experiments.planning.bans import first_ban
from coercivity.experiments.planning.candidates import Menu
from coercivity.experiments.planning.capture import Lived
from coercivity.experiments.planning.deliver import (
    Told,
    compose_reference,
    live_with_agents,
    shortage_in_share,
    today,
)
from coercivity.experiments.planning.goal import WantedGoal
from coercivity.experiments.planning.settings import PlanSettings
from coercivity.model.finance.annuity import annuity

__all__ = ["PlanReached", "hold_against", "rival_menu"]


def rival_menu(settings: PlanSettings) -> dict[str, Composed]:
    """Measures that shipped scenarios give to states other than China, over the world of the plan."""
    usual, supplier, found = compose_reference(settings), settings.supplier[0], {}
    for name in settings.rivals:
        given = compose([f"scenario={name}"]).values
        states = given["state"] | {supplier: usual.values["state"][supplier]}
        market = usual.values["market"] | {"assured": given["market"]["assured"]}
        found[name] = recompose({**usual.values, "state": states, "market": market}, [], usual.layers)
    return found


@dataclass(frozen=True, slots=True)
class PlanReached:
    """What the least-cost plan for a goal takes in peace, of it public, and in a ban, expected, million USD
    today, and the shortage it reaches."""

    cost: float
    public: float
    ban: float
    shortage: float


Reach = Callable[[WantedGoal], PlanReached | None]


def hold_against(
    menu: Menu, goal: WantedGoal, drawn: int, reach: Reach, workers: int, say: Any
) -> dict[str, Any]:
    """What shipped scenarios reach under a ban and cost, beside the plan that reaches as much.

    reach: the least-cost plan for a goal, or None; drawn: worlds; all are lived through
    """
    usual = {"no measures": compose_reference(menu.settings)}
    runs = live_with_agents(menu.settings, usual | rival_menu(menu.settings), drawn, drawn, workers, say)
    years = [y for y in range(menu.years) if menu.start + y >= goal.year]
    nothing = shortage_in_share(menu, list(runs["no measures"].values()), years, goal.share)
    before, lines, said = list(runs["no measures"].values()), [], []
    codes = [m.code for m in menu.members]

    def more(lived: Sequence[Lived], told: Told) -> float:
        return today(menu, lived, codes, told) - today(menu, before, codes, told)

    chance = first_ban(menu, goal.year)

    def in_a_ban(lived: Sequence[Lived]) -> float:
        each = [[sum(year.toll.get(c, 0.0) for c in codes) for year in one.years] for one in lived]
        return float(np.mean(np.array(each) @ chance))

    for name in menu.settings.rivals:
        lived = list(runs[name].values())
        short = shortage_in_share(menu, lived, years, goal.share)
        line: dict[str, Any] = {
            "scenario": name, "shortage": short, "cost_usd": cost_beyond(menu, lived, before),
            "public_usd": more(lived, lambda year: year.paid),
            "members_lose_usd": -more(lived, lambda year: year.worth),
            "ban_usd": in_a_ban(lived) - in_a_ban(before),
            "plan_cost_usd": 0.0, "plan_public_usd": 0.0, "plan_ban_usd": 0.0, "plan_shortage": nothing,
        }  # fmt: skip
        if short < nothing:
            line |= _as_found(reach(replace(goal, limit=short)))
        lines.append(line)
        said.append(_compare(line, nothing))
        say(said[-1])
    title = "What shipped scenarios reach, and the least cost of as much, million USD at today's worth"
    return {
        "title": title, "goal": str(goal), "worlds": drawn, "shortage_without": nothing,
        "lines": lines, "said": said,
    }  # fmt: skip


def cost_beyond(menu: Menu, lived: Sequence[Lived], before: Sequence[Lived]) -> float:
    """What measures cost as a plan counts it, USD today: capital while it stands, carrying, programmes.

    Whoever pays; mean over worlds. before: the same worlds with no measures, whose prices count for stock
    """
    found = [_resources(menu, a, b) - _resources(menu, b, b) for a, b in zip(lived, before, strict=True)]
    return float(np.mean(found))


def _resources(menu: Menu, lived: Lived, usual: Lived) -> float:
    """Capital, carrying and programmes of one world, outside the supplier, USD today."""
    s, frame, home = menu.settings, lived.frame, menu.settings.supplier[1]
    yearly, total = annuity(s["rate"], s["life"]), 0.0
    plants = [(p.at, p.capex) for p in frame.projects if p.place != home]
    for y, (year, calm) in enumerate(zip(lived.years, usual.years, strict=True)):
        capital = yearly * math.fsum(capex * float(year.running[at]) for at, capex in plants) * 1e6
        price = {key: float(calm.calm.price[usual.frame.node[*key, "held"]]) for key in year.stored}
        stock = s["carrying"] * math.fsum(1e3 * price[key] * t for key, t in year.stored.items())
        paid = math.fsum(usd for place, usd in year.programmes.items() if place != home)
        total += (1.0 + s["rate"]) ** -y * (capital + stock + paid)
    return total


def _compare(line: Mapping[str, Any], nothing: float) -> str:
    """A scenario beside the plan that reaches as much, in a sentence."""
    keys = "cost_usd", "ban_usd", "public_usd", "members_lose_usd"
    spent, ban, paid, lost = (line[key] / 1e6 for key in keys)
    reached = f"{line['scenario']}: {_share(line['shortage'])} short"
    told = (
        f"{reached} for {spent:,.0f}, and {ban:,.0f} in a ban, expected; members pay {paid:,.0f}, and lose "
        f"{lost:,.0f} in all"
    )
    if line["plan_cost_usd"] is None:
        return f"{told}; nothing on the plan's menu reaches that"
    if line["shortage"] >= nothing:
        return f"{told}; no better than no measures, {_share(nothing)}"
    cost, public, taken = (line[f"plan_{key}_usd"] / 1e6 for key in ("cost", "public", "ban"))
    return (
        f"{told}; a plan reaches {_share(line['plan_shortage'])} for {cost:,.0f}, and {taken:,.0f} in a ban; "
        f"states pay {public:,.0f}"
    )


def _as_found(found: PlanReached | None) -> dict[str, float | None]:
    """What was found of a plan, for a line; nothing of one that is out of reach."""
    names = "plan_cost_usd", "plan_public_usd", "plan_ban_usd", "plan_shortage"
    if found is None:
        return dict.fromkeys(names)
    usd = found.cost * 1e6, found.public * 1e6, found.ban * 1e6
    return dict(zip(names, (*usd, found.shortage), strict=True))


def _share(of: float) -> str:
    return f"{100 * of:.1f} %"
