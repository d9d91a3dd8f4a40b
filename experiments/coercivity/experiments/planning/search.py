"""A search: what is asked, the rounds in which a plan is found, and what they have learnt, kept on disk.

A goal is asked with no first calls, with calls for nothing, and at the price that the clearing found for
them; the plan that costs least in peace and in a ban is taken. Cuts are kept beside the folder until a search
ends, so that a stopped command can go on.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.config.compose import Composed
from coercivity.experiments.planning.bans import expected_toll, premium_of
from coercivity.experiments.planning.benders import Pool, Solution, Tell, solve
from coercivity.experiments.planning.candidates import Menu
from coercivity.experiments.planning.capture import Lived
from coercivity.experiments.planning.certify import Certified, certify_plan, reached_in
from coercivity.experiments.planning.goal import CLOSE, Drawing, WantedGoal
from coercivity.experiments.planning.making import Made, aim_of
from coercivity.experiments.planning.program import Aim, Cut, TwoStage
from coercivity.experiments.planning.settings import PlanSettings

__all__ = ["Found", "PlanRequest", "Planning", "Say", "forget_cuts", "keep_cuts", "recall_cuts", "search"]

GAP = 0.01  # of the gain over doing nothing
ROUNDS = 9  # in which a goal is drawn tighter until the clearing meets it too
PARTS = (0.25, 1.0)  # of the price that the clearing found: contracts also pay for what would have come
SLIGHT = 1.0  # USD/kg, so that no more is called than serves
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
class Found:
    """What a search found. made: at the price of first calls it was asked at; drawn: limit of the program

    peace, ban: cost of the plan itself, and what a ban takes of it, expected, million USD today
    """

    made: Made
    solution: Solution
    certified: Certified
    drawn: float | None = None
    reached: float = 0.0
    ban: float = 0.0

    @property
    def peace(self) -> float:
        """Cost of what is decided, whoever pays."""
        return float(self.made.problem.first.cost @ self.solution.x)


def search(planning: Planning, made: Made, request: PlanRequest, say: Say, keep: Callable[[], None]) -> Found:
    """The plan and what the clearing makes of it; with a goal, what costs least in peace and in a ban.

    A goal is asked with no first calls, with calls for nothing, and at parts of the price that the clearing
    found.
    """
    goal, tail = planning.goal, (request.averse, 0.9) if request.averse > 0 else None
    tell = _teller(say, keep, goal is not None)
    if goal is None:
        problem, aim = aim_of(made, None, planning.budget, tail)
        found = solve(problem, aim, made.pool, request.gap, tell)
        return Found(made, found, certify_plan(made, found.x, planning.workers))
    best: Found | None = None
    asked = [np.full_like(made.premium, np.inf), np.full_like(made.premium, SLIGHT)]
    for number, premium in enumerate(asked):
        here = _draw(planning, replace(made, premium=premium), request, goal, say, tell)
        if here is None:
            continue
        price = f"first calls at {premium.mean():,.0f} USD/kg" if number else "no first calls"
        say(f"{price}: {here.peace:,.1f} million USD in peace, {here.ban:,.1f} in a ban, expected")
        best = min((one for one in (best, here) if one), key=lambda one: _rank(one, goal))
        found_price = premium_of(made.menu, here.certified.tolls)
        if len(asked) == 2 and np.isfinite(found_price).all():
            asked += [part * found_price for part in PARTS]
    if best is None:
        raise UserError(_unreachable(planning, made, aim_of(made, goal, None)[0], goal, say))
    return best


def _rank(found: Found, goal: WantedGoal) -> tuple[float, float]:
    """The nearer to the goal the better, and of those that meet it the cheapest."""
    return max(found.reached - goal.limit - CLOSE, 0.0), found.peace + found.ban


def _draw(
    planning: Planning, made: Made, request: PlanRequest, goal: WantedGoal, say: Say, tell: Tell
) -> Found | None:
    """Ask for less shortage than is wanted until markets reach the goal; None where nothing promises it."""
    limit: float | None = goal.limit
    best, drawing = None, Drawing(goal.limit)
    for _ in range(ROUNDS):
        if limit is None:
            break
        problem, aim = aim_of(made, replace(goal, limit=limit), planning.budget)
        solution = solve(problem, aim, made.pool, request.gap, tell)
        if not solution.met:
            if best is None:
                return None
            limit = drawing.close(limit)
            continue
        certified = certify_plan(made, solution.x, planning.workers)
        reached = reached_in(made, certified, goal.share)
        say(f"promised {100 * limit:.1f} %, the clearing says {100 * reached:.1f} %")
        toll = sum(expected_toll(made.menu, goal.year, certified.tolls))
        found = Found(made, solution, certified, limit, reached, toll)
        if best is None or drawing.is_better(reached, found.peace + toll):
            best = found
        limit = drawing.draw(limit, reached, found.peace + toll)
    return best


def _teller(say: Say, keep: Callable[[], None], cost: bool) -> Tell:
    """Say after every round how far the search is, and keep what it has learnt."""
    what = "cost" if cost else "gain"

    def tell(phase: str, number: int, best: float, bound: float, gap: float) -> None:
        known = f"{gap:.2%}" if np.isfinite(gap) and gap < 10 else "open"
        shown = f"{best:,.1f}" if np.isfinite(best) else "none yet"
        say(f"{phase} {number}: {what} {shown}, bound {bound:,.1f} million USD, gap {known}")
        keep()

    return tell


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


def _place(out: Path) -> Path:
    return out.parent / f".{out.name}.cuts.npz"


def keep_cuts(out: Path, digest: str, pool: Pool) -> None:
    """Write the cuts of a pool, all at once. digest: of the blocks they hold for"""
    path = _place(out)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with draft.open("wb") as stream:
        np.savez_compressed(
            stream,
            digest=np.array(digest),
            block=np.array([cut.block for cut in pool.cuts]),
            constant=np.array([cut.constant for cut in pool.cuts]),
            slope=np.array([cut.slope for cut in pool.cuts]),
        )
    draft.replace(path)


def recall_cuts(out: Path, digest: str, pool: Pool) -> int:
    """Give a pool the cuts that an earlier command found for the same blocks; how many."""
    path = _place(out)
    try:
        with np.load(path, allow_pickle=False) as kept:
            if str(kept["digest"]) != digest:
                return 0
            rows = zip(kept["block"].tolist(), kept["constant"].tolist(), kept["slope"], strict=True)
            pool.cuts = [Cut(block, constant, np.array(slope)) for block, constant, slope in rows]
    except (OSError, ValueError, KeyError):
        return 0
    return len(pool.cuts)


def forget_cuts(out: Path) -> None:
    """Remove what was kept: the plan is made."""
    _place(out).unlink(missing_ok=True)
