"""`coercivity plan` behind the command line: from a question to a folder that holds a plan."""

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.config.compose import config_hash
from coercivity.experiments.config.evidence_reader import hash_evidence, read_evidence
from coercivity.experiments.planning.answers import answer, read_questions
from coercivity.experiments.planning.bans import expected_toll
from coercivity.experiments.planning.benders import Solution
from coercivity.experiments.planning.candidates import build_menu
from coercivity.experiments.planning.capture import Lived
from coercivity.experiments.planning.certify import Certified, worst_of_worlds
from coercivity.experiments.planning.deliver import deliver
from coercivity.experiments.planning.goal import (
    CLOSE,
    WantedGoal,
    read_budget,
    read_goal,
    read_members,
)
from coercivity.experiments.planning.handover import write_scenario
from coercivity.experiments.planning.making import Made, Task, compose_worlds, live_task, make_problem
from coercivity.experiments.planning.outcome import Item, PlanDocument, binding, portfolio
from coercivity.experiments.planning.rivals import PlanReached, hold_against
from coercivity.experiments.planning.search import (
    Found,
    Planning,
    PlanRequest,
    Say,
    forget_cuts,
    keep_cuts,
    recall_cuts,
    search,
)
from coercivity.experiments.planning.settings import read_settings
from coercivity.experiments.planning.words import page_of
from coercivity.experiments.runs import store
from coercivity.experiments.runs.execution import map_tasks, read_workers
from coercivity.experiments.runs.folders import check_out, default_out, writing
from coercivity.experiments.runs.manifest import seal
from coercivity.optimise.market import Array

__all__ = ["PlanRequest", "PlanResult", "Planning", "make_plan", "prepare"]


@dataclass(frozen=True, eq=False)
class PlanResult:
    """A plan, its folder, and what further questions need."""

    plan: PlanDocument
    folder: Path
    made: Made
    solution: Solution
    planning: Planning


def prepare(request: PlanRequest, say: Say) -> Planning:
    """Read the question and live through the worlds it is asked in. Raises UserError."""
    evidence = evidence_dir()
    settings = read_settings(read_evidence(evidence), request.settings)
    codes = read_members(request.members, settings.members)
    budget = None if request.budget is None else read_budget(request.budget)
    first, last = 2025, int(settings.end[:4]) - 1
    goal = None if request.goal is None else read_goal(request.goal, first, last)
    count = settings.worlds if request.worlds is None else request.worlds
    if not 1 <= count <= 1000:
        raise UserError(f"--worlds {count}: between 1 and 1,000")
    if not 0.0 <= request.averse <= 1.0:
        raise UserError(f"--averse {request.averse:g}: a share between 0 and 1")
    if request.deliver < 0:
        raise UserError(f"--deliver {request.deliver}: 0 or more is needed")
    composed, each = compose_worlds(settings, evidence, request.overrides, count)
    workers = read_workers(request.workers)
    began = time.perf_counter()
    tasks = [Task(n, one.values, evidence, settings.supplier[1]) for n, one in enumerate(each)]
    lived: list[Lived | None] = [None] * count
    for done, (at, found) in enumerate(map_tasks(live_task, tasks, workers), start=1):
        lived[at] = found
        say(f"worlds lived through: {done} of {count}")
    worlds = tuple(one for one in lived if one is not None)
    menu = build_menu(worlds, settings, codes)
    seconds = {"worlds": time.perf_counter() - began}
    return Planning(settings, composed, worlds, menu, goal, budget, workers, seconds)


def make_plan(request: PlanRequest, say: Say) -> PlanResult:
    """Find a plan, have the clearing judge it, and write its folder."""
    began = time.perf_counter()
    name = "-".join(["plan", *request.members.replace(" ", "").split(",")])
    read_questions(request.also)
    evidence = hash_evidence(evidence_dir())
    out = request.out or default_out("plan", name, _digest(request), evidence)
    check_out(out, "plan", request.force)
    planning = prepare(request, say)
    made = make_problem(planning.menu, planning.lived, planning.goal, planning.goal is None, planning.workers)
    digest = made.digest()
    known = recall_cuts(out, digest, made.pool)
    if known:
        say(f"going on from {known} cuts of an earlier command")
    found = search(planning, made, request, say, lambda: keep_cuts(out, digest, made.pool))
    plan = describe(planning, found)
    more = answer(
        read_questions(request.also), found.made, found.solution, planning.goal, planning.budget, request.gap,
        planning.workers, say, lambda: _against_scenarios(planning, made, request, say),
    )  # fmt: skip
    plan = replace(plan, answers=more)
    if request.deliver:
        worlds = min(request.deliver, len(planning.lived))
        told = deliver(plan, planning.menu, planning.lived, worlds, planning.workers, say)
        plan = replace(plan, delivered=told)
    seconds = {**planning.seconds, "all": time.perf_counter() - began}
    plan = replace(plan, seconds={key: round(value, 1) for key, value in seconds.items()})
    write_plan(out, plan, planning, request.force, began)
    forget_cuts(out)
    return PlanResult(plan, out, found.made, found.solution, planning)


def _digest(request: PlanRequest) -> str:
    asked = {"for": request.members, "goal": request.goal, "budget": request.budget, "averse": request.averse}
    more = {"settings": request.settings, "overrides": list(request.overrides), "worlds": request.worlds}
    return config_hash({**asked, **more})


def _against_scenarios(planning: Planning, made: Made, request: PlanRequest, say: Say) -> dict[str, Any]:
    """Shipped scenarios beside the plan of least cost that reaches as much, by the same clearing."""

    def reach(goal: WantedGoal) -> PlanReached | None:
        asked = replace(planning, goal=goal, budget=None)
        try:
            found = search(asked, made, request, say, lambda: None)
        except UserError:
            return None
        public = float(made.problem.first.outlay @ found.solution.x)
        return PlanReached(found.peace, public, found.ban, found.reached)

    assert planning.goal is not None
    return hold_against(planning.menu, planning.goal, len(planning.lived), reach, planning.workers, say)


def describe(planning: Planning, found: Found) -> PlanDocument:
    """The plan as a document."""
    made, solution, certified = found.made, found.solution, found.certified
    menu, goal, first = planning.menu, planning.goal, made.problem.first
    cost, outlay = float(first.cost @ solution.x), float(first.outlay @ solution.x)
    met = None
    if goal is not None:
        worst = worst_of_worlds(made, certified)
        met = float(np.mean([share <= goal.limit + CLOSE for share in worst.values()]))
    gain = None if goal is not None else (solution.nothing - solution.objective) * 1e6
    decided = {name: round(float(v), 6) for name, v in zip(first.names, solution.x, strict=True) if v > 1e-6}
    return PlanDocument(
        goal=str(goal) if goal else None,
        members=tuple(member.code for member in menu.members),
        budget_usd=None if planning.budget is None else planning.budget * 1e6,
        cost_usd=cost * 1e6,
        public_usd=outlay * 1e6,
        gain_usd=gain,
        met_share=met,
        mip_gap=max(solution.gap, 0.0),
        portfolio=(*portfolio(menu, solution.x), *_first_calls(planning, certified)),
        binding=binding(menu, solution.x, planning.budget, outlay),
        futures=len(planning.lived) * (len(made.chances) + 1),
        worlds=len(planning.lived),
        certified=judge(found, goal),
        assumptions={key: asdict(number) for key, number in planning.settings.numbers.items()},
        decision=decided,
    )


def _first_calls(planning: Planning, certified: Certified) -> list[Item]:
    """The contracts that a goal leans on: first call on magnets under a ban, paid then and only then."""
    tonnes = [sum(t for t, _, _ in toll.called.values()) for toll in certified.tolls.values()]
    most = max(tonnes, default=0.0)
    if most <= 0:
        return []
    paid = float(np.mean([toll.paid for toll in certified.tolls.values()]))
    whom, start = ",".join(m.code for m in planning.menu.members), planning.goal.year if planning.goal else 0
    hangs = f"{paid:,.0f} million USD a year of ban, paid to be served first"
    return [
        Item(
            "first call on magnets made by allies and hosts", "first call", "contract", whom, start,
            "contracts with first call", 0.0, 0.0, most, "t/yr under a ban", float(start), hangs,
        )
    ]  # fmt: skip


def judge(of: Found, goal: WantedGoal | None) -> dict[str, Any]:
    """What the clearing says of a plan beside what the program says."""
    made, solution, certified = of.made, of.solution, of.certified
    found: dict[str, Any] = {"uncleared": list(certified.uncleared)}
    with_ = [max(pair[0].values(), default=0.0) for pair in certified.short.values()]
    without = [max(pair[1].values(), default=0.0) for pair in certified.short.values()]
    if with_:
        found["shortage_under_ban"] = {
            "without": float(np.mean(without)), "with": float(np.mean(with_)), "worst": float(np.max(with_)),
        }  # fmt: skip
    if goal is not None:
        promised = [solution.values[block] for block in made.short.values()]
        found["promised_shortage"] = float(np.max(promised))
        found["drawn_to"] = of.drawn
        calls, stock = expected_toll(made.menu, goal.year, certified.tolls)
        found["in_a_ban_usd"] = {"first_calls": calls * 1e6, "stock_used": stock * 1e6}
        return found
    promised_gain, certain_gain = gross_gains(made, solution.x, certified)
    found["gain_of_markets_usd"] = {"program": promised_gain * 1e6, "clearing": certain_gain * 1e6}
    found["loss"] = (promised_gain - certain_gain) / max(abs(promised_gain), 1e-9)
    return found


def gross_gains(made: Made, x: Array, certified: Certified) -> tuple[float, float]:
    """Expected gain of markets over no plan, million USD: by the program, and by the clearing."""
    first, pool = made.problem.first, made.pool
    blocks = {**{(w, y, False): b for (w, y), b in made.peace.items()},
              **{(w, y, True): b for (w, y), b in made.ban.items()}}  # fmt: skip
    wanted = list(blocks.values())
    none, plan = pool.ask(first, np.zeros(len(first.names)), wanted), pool.ask(first, x, wanted)
    promised = certain = 0.0
    for (w, y, ban), block in blocks.items():
        q = made.chances.get(y, 0.0)
        weight = (q if ban else 1.0 - q) * float(made.discount[y]) / len(made.lived)
        if (w, y, ban) in certified.gain:
            promised += weight * (none[block] - plan[block])
            certain += weight * certified.gain[w, y, ban]
    return promised, certain


def write_plan(out: Path, plan: PlanDocument, planning: Planning, force: bool, began: float) -> None:
    """The folder of a plan: the plan, the scenario that hands it to agents, configuration and manifest."""
    with writing(out, "plan", force) as draft:
        text = json.dumps(plan.document(), indent=1, ensure_ascii=False)
        (draft / "plan.json").write_text(text + "\n", encoding="utf-8")
        write_scenario(draft / "scenario.yaml", plan, planning.menu)
        store.write_config(draft, planning.composed.values)
        manifest = store.make_manifest(planning.composed, evidence_dir(), "plan", time.perf_counter() - began)
        manifest.write(draft)
        (draft / "report.html").write_text(page_of(plan, manifest), encoding="utf-8")
        seal(draft)
