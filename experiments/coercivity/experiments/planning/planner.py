"""`coercivity plan` behind the command line: from a question to a folder that holds a plan."""

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.config.compose import Composed, config_hash
from coercivity.experiments.config.evidence_reader import hash_evidence, read_evidence
from coercivity.experiments.planning.answers import answer, read_questions
from coercivity.experiments.planning.benders import Solution, solve
from coercivity.experiments.planning.candidates import Menu, build_menu
from coercivity.experiments.planning.capture import Lived
from coercivity.experiments.planning.certify import Certified, certify_plan
from coercivity.experiments.planning.deliver import deliver, hold_against
from coercivity.experiments.planning.goal import (
    CLOSE,
    Drawing,
    WantedGoal,
    read_budget,
    read_goal,
    read_members,
)
from coercivity.experiments.planning.handover import write_scenario
from coercivity.experiments.planning.making import Made, Task, aim_of, compose_worlds, live_task, make_problem
from coercivity.experiments.planning.outcome import Item, PlanDocument, binding, portfolio
from coercivity.experiments.planning.program import Aim, TwoStage
from coercivity.experiments.planning.resume import forget_cuts, keep_cuts, recall_cuts
from coercivity.experiments.planning.settings import PlanSettings, read_settings
from coercivity.experiments.planning.words import page_of
from coercivity.experiments.runs import store
from coercivity.experiments.runs.execution import map_tasks, read_workers
from coercivity.experiments.runs.folders import check_out, default_out, writing
from coercivity.experiments.runs.manifest import seal
from coercivity.optimise.market import Array

__all__ = ["PlanRequest", "PlanResult", "Planning", "make_plan", "prepare"]

GAP = 0.01  # of the gain over doing nothing
ROUNDS = 9  # in which a goal is drawn tighter until the clearing meets it too
Say = Callable[[str], None]


@dataclass(frozen=True)
class PlanRequest:
    """What `plan` is asked.

    members, goal, budget: as typed; averse: weight of the worst tenth of futures
    settings: file of conf/plan; overrides: of the reference run; worlds: how many, none: as the file says
    deliver: worlds in which it is handed to agents; also: further questions, by name
    """

    members: str = "EU,JP,US"
    goal: str | None = None
    budget: str | None = None
    averse: float = 0.0
    settings: str = "default"
    overrides: Sequence[str] = ()
    worlds: int | None = None
    workers: int | None = None
    out: Path | None = None
    force: bool = False
    deliver: int = 0
    also: str = ""
    gap: float = GAP


@dataclass(frozen=True, eq=False)
class Planning:
    """A question made ready: settings, worlds lived through, menu."""

    settings: PlanSettings
    composed: Composed
    lived: tuple[Lived, ...]
    menu: Menu
    goal: WantedGoal | None
    budget: float | None
    workers: int
    seconds: Mapping[str, float] = field(default_factory=dict)


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
    solution, certified, drawn = search(
        planning, made, request, say, lambda: keep_cuts(out, digest, made.pool)
    )
    plan = describe(planning, made, solution, certified, drawn)
    more = answer(
        read_questions(request.also), made, solution, planning.goal, planning.budget, request.gap,
        planning.workers, say, lambda: _against_scenarios(planning, made, request, say),
    )  # fmt: skip
    plan = replace(plan, answers=more)
    if request.deliver:
        worlds = min(request.deliver, len(planning.lived))
        found = deliver(plan, planning.menu, planning.lived, worlds, planning.workers, say)
        plan = replace(plan, delivered=found)
    seconds = {**planning.seconds, "all": time.perf_counter() - began}
    plan = replace(plan, seconds={key: round(value, 1) for key, value in seconds.items()})
    write_plan(out, plan, planning, request.force, began)
    forget_cuts(out)
    return PlanResult(plan, out, made, solution, planning)


def _digest(request: PlanRequest) -> str:
    asked = {"for": request.members, "goal": request.goal, "budget": request.budget, "averse": request.averse}
    more = {"settings": request.settings, "overrides": list(request.overrides), "worlds": request.worlds}
    return config_hash({**asked, **more})


def search(
    planning: Planning, made: Made, request: PlanRequest, say: Say, keep: Callable[[], None]
) -> tuple[Solution, Certified, float | None]:
    """The plan, what the clearing makes of it, and the limit it had to be drawn to where a goal is set."""
    goal, tail = planning.goal, (request.averse, 0.9) if request.averse > 0 else None
    tell = _teller(say, keep, goal is not None)
    if goal is None:
        problem, aim = aim_of(made, None, planning.budget, tail)
        found = solve(problem, aim, made.pool, request.gap, tell)
        return found, certify_plan(made, found.x, planning.workers), None
    limit: float | None = goal.limit
    best, drawing = None, Drawing(goal.limit)
    for _ in range(ROUNDS):
        if limit is None:
            break
        problem, aim = aim_of(made, replace(goal, limit=limit), planning.budget)
        found = solve(problem, aim, made.pool, request.gap, tell)
        if not found.met:
            if best is None:
                raise UserError(_unreachable(planning, made, problem, goal, say))
            limit = drawing.close(limit)
            continue
        certified = certify_plan(made, found.x, planning.workers)
        reached = reached_in(made, certified, goal.share)
        say(f"promised {100 * limit:.1f} %, the clearing says {100 * reached:.1f} %")
        if best is None or drawing.is_better(reached, found.cost):
            best = found, certified, limit
        limit = drawing.draw(limit, reached, found.cost)
    assert best is not None
    return best


def _against_scenarios(planning: Planning, made: Made, request: PlanRequest, say: Say) -> dict[str, Any]:
    """Shipped scenarios beside the plan of least cost that reaches as much, by the same clearing."""

    def reach(goal: WantedGoal) -> tuple[float, float, float, float] | None:
        try:
            found, certified, _ = search(
                replace(planning, goal=goal, budget=None), made, request, say, lambda: None
            )
        except UserError:
            return None
        first = made.problem.first
        reached = reached_in(made, certified, goal.share)
        calls = float(np.mean([usd for _, usd in certified.calls.values()] or [0.0]))
        return float(first.cost @ found.x), float(first.outlay @ found.x), reached, calls

    assert planning.goal is not None
    return hold_against(planning.menu, planning.goal, len(planning.lived), reach, planning.workers, say)


def _teller(
    say: Say, keep: Callable[[], None], cost: bool
) -> Callable[[str, int, float, float, float], None]:
    """Say after every round how far the search is, and keep what it has learnt."""
    what = "cost" if cost else "gain"

    def tell(phase: str, number: int, best: float, bound: float, gap: float) -> None:
        known = f"{gap:.2%}" if np.isfinite(gap) and gap < 10 else "open"
        shown = f"{best:,.1f}" if np.isfinite(best) else "none yet"
        say(f"{phase} {number}: {what} {shown}, bound {bound:,.1f} million USD, gap {known}")
        keep()

    return tell


def _worst_of_worlds(made: Made, certified: Certified) -> dict[int, float]:
    """The worst shortage of every world in the years of the goal, by the clearing; all where one is not
    cleared."""
    found: dict[int, float] = {}
    for w, y in made.short:
        with_ = certified.short.get((w, y))
        here = max(with_[0].values(), default=0.0) if with_ else 1.0
        found[w] = max(found.get(w, 0.0), here)
    return found


def reached_in(made: Made, certified: Certified, share: float) -> float:
    """The worst shortage in a share of worlds, by the clearing."""
    worst = sorted(_worst_of_worlds(made, certified).values())
    return worst[max(math.ceil(share * len(worst) - 1e-9) - 1, 0)]


def _unreachable(planning: Planning, made: Made, problem: TwoStage, goal: WantedGoal, say: Say) -> str:
    """A sentence on how far one can get."""
    say("the goal is out of reach; looking for the least that can be reached")
    every = tuple(1e5 if block.kind == "short" else 0.0 for block in problem.blocks)
    least = solve(problem, Aim(every, None, planning.budget), made.pool, 0.05, None, whole=False)
    worst: dict[int, float] = {}
    for (w, _), block in made.short.items():
        worst[w] = max(worst.get(w, 0.0), least.values[block])
    ordered = sorted(worst.values())
    reached = ordered[max(int(np.ceil(goal.share * len(ordered) - 1e-9)) - 1, 0)]
    money = "" if planning.budget is None else f" with {planning.budget:,.0f} million USD of public money"
    return (
        f"nothing on the menu reaches a {goal}{money}; about {100 * reached:.0f} % is the least: ask for "
        f"a later "
        "year, more shortage, fewer futures, or more members"
    )


def describe(
    planning: Planning, made: Made, solution: Solution, certified: Certified, drawn: float | None
) -> PlanDocument:
    """The plan as a document."""
    menu, goal, first = planning.menu, planning.goal, made.problem.first
    cost, outlay = float(first.cost @ solution.x), float(first.outlay @ solution.x)
    met = None
    if goal is not None:
        worst = _worst_of_worlds(made, certified)
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
        certified=judge(made, solution, certified, goal, drawn),
        assumptions={
            key: {"value": n.value, "low": n.low, "high": n.high, "unit": n.unit, "source": n.source}
            for key, n in planning.settings.numbers.items()
        },
        decision=decided,
    )


def _first_calls(planning: Planning, certified: Certified) -> list[Item]:
    """The contracts that a goal leans on: first call on magnets under a ban, paid then and only then."""
    if not certified.calls:
        return []
    most = max(tonnes for tonnes, _ in certified.calls.values())
    paid = float(np.mean([usd for _, usd in certified.calls.values()]))
    whom, start = ",".join(m.code for m in planning.menu.members), planning.goal.year if planning.goal else 0
    hangs = f"{paid:,.0f} million USD a year of ban, paid to be served first"
    return [
        Item(
            "first call on magnets made by allies and hosts", "first call", "contract", whom, start,
            "contracts with first call", 0.0, 0.0, most, "t/yr under a ban", float(start), hangs,
        )
    ]  # fmt: skip


def judge(
    made: Made, solution: Solution, certified: Certified, goal: WantedGoal | None, drawn: float | None
) -> dict[str, Any]:
    """What the clearing says of a plan beside what the program says."""
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
        found["drawn_to"] = drawn
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
