"""What agents deliver of a plan, and what China answers to it.

The plan's levers are laid over every world it was made for, with the same luck. Owners decide whether a plant
pays them with the money on offer; stocks are bought in the market; projects are given up as luck has it.
"""

import math
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.config.compose import Composed, compose, merge_layers, recompose, scenario_layers
from coercivity.experiments.config.validate import PLAN, compose_plan
from coercivity.experiments.planning.candidates import Menu
from coercivity.experiments.planning.capture import Lived, Year, ban_setting, shortages
from coercivity.experiments.planning.handover import write_scenario
from coercivity.experiments.planning.making import ENSEMBLE, Task, live_task
from coercivity.experiments.planning.outcome import Item, PlanDocument
from coercivity.experiments.planning.settings import PlanSettings
from coercivity.experiments.runs.execution import map_tasks
from coercivity.experiments.runs.futures import draw, in_each
from coercivity.model.finance.annuity import annuity

__all__ = [
    "DeliveredLine",
    "compose_reference",
    "deliver",
    "live_with_agents",
    "reply_menu",
    "shortage_in_share",
]

LOOK_AHEAD = "look-ahead"
REPLIES = ("embargo", "restrictions_2025", "flooding")  # scenarios whose levers of China are tried
STOPPED = ("project given up", "plant mothballed", "bankruptcy")


@dataclass(frozen=True, slots=True)
class DeliveredLine:
    """A line of a plan, and what agents make of it in the horizon's last year. cause: where it falls short"""

    item: str
    kind: str
    unit: str
    promised: float
    delivered: float
    cause: str


def reply_menu(settings: PlanSettings, plan: Composed) -> dict[str, Composed]:
    """Configurations of what China may do against a plan: nothing, levers of scenarios, its own
    look-ahead."""
    state = settings.supplier[0]
    found = {"none": plan}
    for name in REPLIES:
        values = dict(plan.values)
        for layer in scenario_layers(name):
            lever = ((layer.get("state") or {}).get(state) or {}).get("lever") or {}
            values = merge_layers(values, {"state": {state: {"lever": lever}}}) if lever else values
        found[name] = recompose(values, [], plan.layers)
    found[LOOK_AHEAD] = recompose(plan.values, [f"state.{state}.strategy=optimising"], plan.layers)
    return found


def compose_reference(settings: PlanSettings) -> Composed:
    """The world a plan is made for, by years, with the ban declared and never in force."""
    ban = ban_setting(settings.supplier[0], settings.materials, settings.targets)
    return compose([f"scenario={settings.scenario}", "clock.step=year", f"clock.end={settings.end}", ban])


def deliver(
    plan: PlanDocument, menu: Menu, lived: Sequence[Lived], worlds: int, workers: int, say: Any
) -> dict[str, Any]:
    """Hand a plan to agents in some of its worlds, with every reply of China. say: told how far it is"""
    settings = menu.settings
    with tempfile.TemporaryDirectory() as folder:
        write_scenario(Path(folder) / "scenario.yaml", plan, menu)
        ban = ban_setting(settings.supplier[0], settings.materials, settings.targets)
        composed = compose_plan(f"{PLAN}{folder}", ["clock.step=year", f"clock.end={settings.end}", ban])
    usual = compose_reference(settings)
    menu_of = {**reply_menu(settings, composed), "no plan": usual}
    menu_of |= {
        f"no plan, {name}": one for name, one in reply_menu(settings, usual).items() if name != "none"
    }
    runs = live_with_agents(settings, menu_of, len(lived), worlds, workers, say)
    return _tell(plan, menu, runs, worlds)


def live_with_agents(
    settings: PlanSettings, menu_of: Mapping[str, Composed], drawn: int, worlds: int, workers: int, say: Any
) -> dict[str, dict[int, Lived]]:
    """Live through some of the worlds that were drawn, under every configuration, by its name and world."""
    evidence = evidence_dir()
    tasks: list[tuple[str, Task]] = []
    for name, one in menu_of.items():
        futures, ensemble = draw(ENSEMBLE, list(range(drawn)), {name: one}, evidence)
        for number, made in enumerate(in_each(one, ensemble, futures)[:worlds]):
            tasks.append((name, Task(number, made.values, evidence, settings.supplier[1])))
    runs: dict[str, dict[int, Lived]] = {name: {} for name in menu_of}
    for done, (at, found) in enumerate(map_tasks(live_task, [task for _, task in tasks], workers), start=1):
        runs[tasks[at][0]][tasks[at][1].number] = found
        say(f"handed to agents: {done} of {len(tasks)} runs")
    return runs


Told = Callable[[Year], Mapping[str, float]]


def shortage_in_share(menu: Menu, runs: Sequence[Lived], years: Sequence[int], share: float) -> float:
    """The largest shortage of any year in a share of worlds, as a plan's goal counts it."""
    worst = sorted(worst_shortage(menu, lived, years) for lived in runs)
    return worst[max(math.ceil(share * len(worst) - 1e-9) - 1, 0)]


def _tell(
    plan: PlanDocument, menu: Menu, runs: Mapping[str, Mapping[int, Lived]], worlds: int
) -> dict[str, Any]:
    """Promise beside delivery, and China's replies by what they are worth to it."""
    with_, without = list(runs["none"].values()), list(runs["no plan"].values())
    lines = [line for item in by_name(plan.portfolio) if (line := _line(item, menu, with_, without))]
    replies = [_reply(name, menu, runs) for name in runs if not name.startswith("no plan")]
    best = max(replies, key=lambda one: float(one["china_usd"]))
    return {
        "title": "What agents deliver of it, and what China answers",
        "worlds": worlds,
        "lines": [
            {"item": o.item, "kind": o.kind, "unit": o.unit, "promised": o.promised, "delivered": o.delivered,
             "cause": o.cause}
            for o in lines
        ],
        "shortage_under_ban": {
            "program": plan.certified.get("promised_shortage"),
            "clearing": (plan.certified.get("shortage_under_ban") or {}).get("with"),
            "agents": _mean_short(menu, list(runs["none"].values())),
            "no plan": _mean_short(menu, list(runs["no plan"].values())),
        },
        "replies": replies,
        "best_reply": best,
    }  # fmt: skip


def by_name(items: Sequence[Item]) -> list[Item]:
    """A plan's lines, units begun in several years put together, and stocks with their place."""
    found: dict[str, Item] = {}
    for item in items:
        before, stock = found.get(item.name), item.kind == "stock"
        told = f"{item.item}, {item.place}" if stock else item.item
        if before is None:
            found[item.name] = replace(item, item=told)
        elif stock:
            found[item.name] = max(before, replace(item, item=told), key=lambda one: one.amount)
        else:
            title = re.sub(r", \d+ units$|, all units$", "", before.item)
            found[item.name] = replace(before, item=f"{title}, all units", amount=before.amount + item.amount)
    return list(found.values())


def _line(item: Item, menu: Menu, with_: Sequence[Lived], without: Sequence[Lived]) -> DeliveredLine | None:
    """One line, its amount in the last year over what comes with no plan."""
    last = menu.years - 1
    project = next((p for p in menu.projects if p.name == item.name), None)
    if project is not None:
        pairs = zip(with_, without, strict=True)
        more = [w.years[last].built[project.at] - o.years[last].built[project.at] for w, o in pairs]
        given = float(np.mean(more)) * project.capacity
        return DeliveredLine(
            item.item, item.kind, item.unit, item.amount, given, _cause(project.name, given, item, with_)
        )
    if item.kind == "stock":
        place, _, material = item.name.partition(" ")
        most = [max(year.stored.get((place, material), 0.0) for year in w.years) for w in with_]
        given = float(np.mean(most))
        cause = "" if given > 0.9 * item.amount else "bought along a falling curve, at prices of the day"
        return DeliveredLine(item.item, item.kind, item.unit, item.amount, given, cause)
    return None


def _cause(name: str, given: float, item: Item, runs: Sequence[Lived]) -> str:
    """Why a plant falls short of what was planned, in most worlds first."""
    if given > 0.9 * item.amount:
        return ""
    told: Counter[str] = Counter()
    for run in runs:
        kinds = {kind for _, kind, target, _ in run.events if name in target.split(";")}
        stopped = next((kind for kind in STOPPED if kind in kinds), None)
        if stopped:
            told[stopped.removeprefix("project ").removeprefix("plant ")] += 1
        elif "project started" not in kinds:
            told["not started: does not pay its owner, or waits"] += 1
        elif "plant opened" not in kinds:
            told["under construction"] += 1
        else:
            told["later, in part, or built with no plan too"] += 1
    return "; ".join(f"{cause} ({count} of {len(runs)})" for cause, count in told.most_common())


def _mean_short(menu: Menu, runs: Sequence[Lived]) -> float:
    """Shortage of the worst off of the members under a ban of a year, in the plan's dates of bans."""
    at = [date - menu.start for date in menu.settings.dates if 0 <= date - menu.start < menu.years]
    return float(np.mean([worst_shortage(menu, w, [y]) for w in runs for y in at]))


def worst_shortage(menu: Menu, lived: Lived, years: Sequence[int]) -> float:
    """The largest shortage under a ban of any member in any of some years, counted from the first."""
    uses = {m.code: lived.frame.uses[m.code] for m in menu.members if m.code in lived.frame.uses}
    found = [shortages(lived.years[y], lived.years[y].struck.served, uses) for y in years]
    return max((share for one in found for share in one.values()), default=0.0)


def today(menu: Menu, runs: Sequence[Lived], places: Sequence[str], told: Told) -> float:
    """What some states are told of every year, at today's worth, USD, mean over worlds."""
    rate = menu.settings["rate"]
    each = [
        (1.0 + rate) ** -y * told(year).get(place, 0.0)
        for w in runs
        for y, year in enumerate(w.years)
        for place in places
    ]
    return math.fsum(each) / max(len(runs), 1)


def _outlasting(menu: Menu, runs: Sequence[Lived], places: Sequence[str]) -> float:
    """Public capital that outlasts the horizon, at today's worth, USD, mean over worlds.

    Loans as they stand, and of what was given the part that an annuity over a plant's life has not used up.
    """
    rate, life, years = menu.settings["rate"], menu.settings["life"], menu.years
    discount = (1.0 + rate) ** -np.arange(years + 1, dtype=float)
    used = np.array([annuity(rate, life) * discount[: years - y].sum() for y in range(years)])
    left = discount[:-1] * np.maximum(1.0 - used, 0.0)
    given = [
        sum(left[y] * year.given.get(p, 0.0) for y, year in enumerate(w.years)) for w in runs for p in places
    ]
    owed = [discount[-1] * w.years[-1].owed.get(p, 0.0) for w in runs for p in places]
    return math.fsum([*given, *owed]) / max(len(runs), 1)


def _reply(name: str, menu: Menu, runs: Mapping[str, Mapping[int, Lived]]) -> dict[str, Any]:
    """A reply of China to a plan: what it is worth to China and the members, against doing nothing."""
    code, members = menu.settings.supplier[1], [m.code for m in menu.members]
    here, none = list(runs[name].values()), list(runs["none"].values())
    before = "no plan" if name == "none" else f"no plan, {name}"
    old, usual = list(runs[before].values()), list(runs["no plan"].values())

    def aim(year: Year) -> Mapping[str, float]:
        return year.reached

    return {
        "reply": name,
        "china_usd": today(menu, here, [code], aim) - today(menu, none, [code], aim),
        "members_usd": today(menu, here, members, aim) - today(menu, none, members, aim),
        "china_usd_without_plan": today(menu, old, [code], aim) - today(menu, usual, [code], aim),
        "members_usd_without_plan": today(menu, old, members, aim) - today(menu, usual, members, aim),
        "members_left_usd": _outlasting(menu, here, members) - _outlasting(menu, none, members),
        "members_left_usd_without_plan": _outlasting(menu, old, members) - _outlasting(menu, usual, members),
        "shortage": _mean_short(menu, here),
    }
