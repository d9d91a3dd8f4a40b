"""What agents deliver of a plan, what China answers to it, and what the gap costs.

The plan's levers are laid over every world it was made for, with the same luck. Owners decide whether a plant
pays them with the money on offer; stocks are bought in the market; projects are given up as luck has it.
"""

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.config.compose import Composed, compose, merge_layers, recompose, scenario_layers
from coercivity.experiments.config.validate import PLAN, compose_plan
from coercivity.experiments.planning.candidates import Menu
from coercivity.experiments.planning.capture import Lived, ban_setting, shortages
from coercivity.experiments.planning.handover import write_scenario
from coercivity.experiments.planning.making import ENSEMBLE, Task, live_task
from coercivity.experiments.planning.outcome import Item, PlanDocument
from coercivity.experiments.planning.settings import PlanSettings
from coercivity.experiments.runs.execution import map_tasks
from coercivity.experiments.runs.futures import draw, in_each

__all__ = ["DeliveredLine", "deliver", "reply_menu"]

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


def deliver(
    plan: PlanDocument, menu: Menu, lived: Sequence[Lived], worlds: int, workers: int, say: Any
) -> dict[str, Any]:
    """Hand a plan to agents in some of its worlds, with every reply of China. say: told how far it is"""
    settings, evidence = menu.settings, evidence_dir()
    with tempfile.TemporaryDirectory() as folder:
        write_scenario(Path(folder) / "scenario.yaml", plan, menu)
        ban = ban_setting(settings.supplier[0], settings.materials, settings.targets)
        composed = compose_plan(f"{PLAN}{folder}", ["clock.step=year", f"clock.end={settings.end}", ban])
    usual = compose([f"scenario={settings.scenario}", "clock.step=year", f"clock.end={settings.end}", ban])
    tasks: list[tuple[str, Task]] = []
    menu_of = {**reply_menu(settings, composed), "no plan": usual}
    menu_of |= {
        f"no plan, {name}": one for name, one in reply_menu(settings, usual).items() if name != "none"
    }
    for name, one in menu_of.items():
        futures, ensemble = draw(ENSEMBLE, list(range(len(lived))), {name: one}, evidence)
        for number, made in enumerate(in_each(one, ensemble, futures)[:worlds]):
            tasks.append((name, Task(number, made.values, evidence, settings.supplier[1])))
    runs: dict[str, dict[int, Lived]] = {name: {} for name in menu_of}
    for done, (at, found) in enumerate(map_tasks(live_task, [task for _, task in tasks], workers), start=1):
        runs[tasks[at][0]][tasks[at][1].number] = found
        say(f"handed to agents: {done} of {len(tasks)} runs")
    return _tell(plan, menu, runs, worlds)


def _tell(
    plan: PlanDocument, menu: Menu, runs: Mapping[str, Mapping[int, Lived]], worlds: int
) -> dict[str, Any]:
    """Promise beside delivery, and China's replies by what they are worth to it."""
    lines = [
        _line(item, menu, list(runs["none"].values()), list(runs["no plan"].values()))
        for item in plan.portfolio
    ]
    lines = [line for line in lines if line is not None]
    replies = [_reply(name, menu, runs) for name in runs if not name.startswith("no plan")]
    best = max(replies, key=lambda one: float(one["china_usd"]))
    return {
        "title": "What agents deliver of it, and what China answers",
        "worlds": worlds,
        "lines": [
            {"item": o.item, "kind": o.kind, "unit": o.unit, "promised": o.promised, "delivered": o.delivered,
             "cause": o.cause}
            for o in lines if o
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
    uses = {m.code: menu.frame.uses[m.code] for m in menu.members if m.code in menu.frame.uses}
    at = [date - menu.start for date in menu.settings.dates if 0 <= date - menu.start < menu.years]
    each = [max(shortages(w.years[y], w.years[y].struck.served, uses).values()) for w in runs for y in at]
    return float(np.mean(each))


def _worth(menu: Menu, runs: Sequence[Lived], places: Sequence[str]) -> float:
    """Objectives of some states, discounted, USD."""
    rate = menu.settings["rate"]
    each = [
        sum(
            year.reached.get(place, 0.0) * (1.0 + rate) ** -y
            for y, year in enumerate(w.years)
            for place in places
        )
        for w in runs
    ]
    return float(np.mean(each))


def _reply(name: str, menu: Menu, runs: Mapping[str, Mapping[int, Lived]]) -> dict[str, Any]:
    """A reply of China to a plan: what it is worth to China and the members, against doing nothing."""
    code, members = menu.settings.supplier[1], [m.code for m in menu.members]
    here, none = list(runs[name].values()), list(runs["none"].values())
    before = "no plan" if name == "none" else f"no plan, {name}"
    old, usual = list(runs[before].values()), list(runs["no plan"].values())
    return {
        "reply": name,
        "china_usd": _worth(menu, here, [code]) - _worth(menu, none, [code]),
        "members_usd": _worth(menu, here, members) - _worth(menu, none, members),
        "china_usd_without_plan": _worth(menu, old, [code]) - _worth(menu, usual, [code]),
        "members_usd_without_plan": _worth(menu, old, members) - _worth(menu, usual, members),
        "shortage": _mean_short(menu, here),
    }
