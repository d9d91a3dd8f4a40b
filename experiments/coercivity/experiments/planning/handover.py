"""A plan as a scenario: the levers with which agents would be asked to carry it out.

Every member pays its part of a plant's public money through `friendshoring`, which names plants and years;
stocks, collection and research are its own. Nobody is commanded: owners still decide whether a plant pays.
A plan is a law with terms: an award a unit, units by year, a ceiling a year, and no more of it out of fear.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coercivity.experiments.config.plain_yaml import say_yaml
from coercivity.experiments.planning.candidates import Menu
from coercivity.experiments.planning.outcome import PlanDocument

__all__ = ["levers_of", "write_scenario"]

WITHHELD = 0.5  # a ban lets stock go, a licence does not
CALM = 1.0  # offtakes fix no price above that of the day a plan is made, in a scare neither


def write_scenario(path: Path, plan: PlanDocument, menu: Menu) -> None:
    """The scenario file that `scenario=plan:DIR` runs."""
    whom = ", ".join(plan.members)
    what = plan.goal or (f"{plan.budget_usd / 1e6:,.0f} million USD" if plan.budget_usd else "most worth")
    content = {
        "defaults": [menu.settings.scenario, "_self_"],
        "about": {
            "title": f"A plan for {whom}: {what}",
            "source": "coercivity plan; every assumption with its source is in plan.json beside this file",
            "purpose": "The plan as programmes that agents may take up; what they deliver of it is for "
            "them to say.",
        },
        "state": levers_of(plan, menu),
    }
    path.write_text(say_yaml(content, 110), encoding="utf-8")


def levers_of(plan: PlanDocument, menu: Menu) -> dict[str, Any]:
    """Levers of every member, by the name of its state."""
    projects = _projects(plan, menu)
    found: dict[str, Any] = {}
    for member in menu.members:
        levers: dict[str, Any] = {}
        if projects:
            levers["friendshoring"] = {
                "places": list(member.places), "plants": projects,
                "award": _awards(menu, projects), "budget": round(_budget(plan) / len(menu.members), 3),
                "capital_share": menu.settings["grant"], "loan_share": menu.settings["loan"],
                "loan_rate": menu.settings["loan_rate"], "loan_years": menu.settings["life"],
                "offtake_cut": menu.settings["offtake"], "offtake_most": CALM,
            }  # fmt: skip
        stock = _stock(plan, menu, member.code)
        if stock:
            speed = menu.settings["fill"]
            levers["stockpile"] = {"days": stock, "speed": speed, "release_withheld": WITHHELD}
        circular = _circular(plan, menu, member.code, member.research)
        if circular:
            levers["circularity"] = circular
        if levers:
            found[member.name] = {"parameters": {"risk_response": 0.0}, "lever": levers}
    return found


def _series(plan: PlanDocument, menu: Menu, name: str) -> dict[int, float]:
    """What a decision's series is in every year."""
    years = range(menu.start, menu.start + menu.years)
    return {year: plan.decision.get(f"{name} {year}", 0.0) for year in years}


def _projects(plan: PlanDocument, menu: Menu) -> dict[str, dict[str, float]]:
    """Units of every plant that are paid for, by the month from which the money is on offer."""
    found: dict[str, dict[str, float]] = {}
    for p in menu.projects:
        begun, schedule = 0.0, {}
        for year, units in _series(plan, menu, p.name).items():
            if units >= 0.5:
                begun += float(round(units))
                schedule[f"{year}-01"] = begun
        if schedule:
            found[p.name] = schedule
    return found


def _awards(menu: Menu, named: Mapping[str, Any]) -> dict[str, float]:
    """Public money that a plan counts for a unit of every plant it names, million USD."""
    share = menu.settings["grant"] + menu.settings["loan"]
    return {p.name: round(share * p.capex, 3) for p in menu.projects if p.name in named}


def _budget(plan: PlanDocument) -> float:
    """Public money that the dearest year of a plan's plants takes, million USD.

    What is put off falls due later: awards of all years together are what bounds the sum.
    """
    by_year: dict[int, float] = {}
    for item in plan.portfolio:
        if item.instrument.startswith("grant"):
            by_year[item.year] = by_year.get(item.year, 0.0) + item.public_usd / 1e6
    return max(by_year.values(), default=0.0)


def _schedule(series: Mapping[int, float], least: float) -> dict[str, float]:
    """A dated list of a series' steps."""
    found: dict[str, float] = {}
    before = 0.0
    for year, value in series.items():
        if abs(value - before) > least:
            found[f"{year}-01"] = round(value, 4)
            before = value
    return found


def _stock(plan: PlanDocument, menu: Menu, code: str) -> dict[str, Any]:
    """Targets that a share of the gap is closed to in a year, so that every year holds what is planned."""
    found, fill = {}, menu.settings["fill"]
    for k in menu.stocks:
        if k.place == code:
            tonnes = _series(plan, menu, f"stock {k.place} {k.material}")
            most, before, days = menu.settings["longest"], 0.0, {}
            for year, held in tonnes.items():
                aim = before + (held - before) / fill
                days[year], before = min(aim / max(k.a_day, 1e-9), most), held
            schedule = _schedule(days, 0.5)
            if schedule:
                found[k.material] = schedule
    return found


def _circular(plan: PlanDocument, menu: Menu, code: str, research: float) -> dict[str, Any]:
    found: dict[str, Any] = {}
    share = _schedule(_series(plan, menu, f"collection {code}"), 1e-3)
    if share:
        found |= {"collection": share, "collection_cost": menu.settings["collection_cost"]}
    force = _series(plan, menu, f"research {code}")
    paid = _schedule({year: f * research for year, f in force.items()}, 1e-2)
    if paid:
        faster = {year: 1.0 + f * (menu.settings["faster"] - 1.0) for year, f in force.items()}
        found |= {"research": paid, "adoption": _schedule(faster, 1e-3)}
    return found
