"""From reference runs to a program: the blocks of every world, their weights, and what is asked of them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from coercivity.experiments.config.compose import Composed, compose, recompose
from coercivity.experiments.planning.bans import ban_chances, ban_cost
from coercivity.experiments.planning.benders import Pool
from coercivity.experiments.planning.blocks import shortage_block, worth_block
from coercivity.experiments.planning.candidates import Menu, credit, first_stage, reach_of
from coercivity.experiments.planning.capture import (
    Lived,
    ban_setting,
    call_settings,
    live_through,
    stock_settings,
)
from coercivity.experiments.planning.goal import WantedGoal
from coercivity.experiments.planning.program import Aim, Block, FirstStage, ShortageGoal, Tail, TwoStage
from coercivity.experiments.planning.settings import PlanSettings
from coercivity.experiments.runs.futures import draw, in_each
from coercivity.optimise.market import Array

__all__ = ["Made", "Task", "aim_of", "compose_worlds", "live_task", "make_problem"]

ENSEMBLE = "default"


@dataclass(frozen=True, slots=True)
class Task:
    """A reference run to be made, perhaps by another process, to which settings go as plain values."""

    number: int
    values: Mapping[str, Any]
    evidence: Path
    code: str


def compose_worlds(
    settings: PlanSettings, evidence: Path, words: Sequence[str], worlds: int
) -> tuple[Composed, list[Composed]]:
    """The configuration of the reference run, and the same in every world. words: overrides of one's own"""
    ban = ban_setting(settings.supplier[0], settings.materials, settings.targets)
    asked = [f"scenario={settings.scenario}", "clock.step=year", f"clock.end={settings.end}", ban]
    asked += stock_settings([member.name for member in settings.members.values()], settings.stock)
    named = {member.name: member.code for member in settings.members.values()}
    asked += call_settings(named, settings.called, settings["pay"])
    asked += words
    composed = compose(asked)
    futures, ensemble = draw(ENSEMBLE, list(range(worlds)), {settings.scenario: composed}, evidence)
    return composed, in_each(composed, ensemble, futures)


def live_task(task: Task) -> Lived:
    """Make a reference run."""
    return live_through(task.number, recompose(task.values).settings, task.evidence, task.code)


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A problem and where everything in it stands.

    peace, ban: block of every (world, year); short: the same of goals' years, with the shortage with no plan
    premium: what a goal counts for a tonne on call, USD/kg, (member, year); infinite bars first calls
    """

    menu: Menu
    lived: tuple[Lived, ...]
    problem: TwoStage
    pool: Pool
    chances: dict[int, float]
    peace: dict[tuple[int, int], int]
    ban: dict[tuple[int, int], int]
    short: dict[tuple[int, int], int]
    premium: Array

    @property
    def discount(self) -> np.ndarray:
        """Worth today of a unit of money in every year."""
        rate: float = self.menu.settings["rate"]
        return np.asarray((1.0 + rate) ** -np.arange(self.menu.years))

    def with_first(self, first: FirstStage) -> "Made":
        """The same blocks under another first stage."""
        return replace(self, problem=replace(self.problem, first=first))

    def digest(self) -> str:
        """The sha256 of every number of the blocks: cuts hold for these and no others."""
        told = hashlib.sha256()
        for block in self.problem.blocks:
            for array in (
                block.cost,
                block.upper,
                block.lower,
                block.right,
                block.matrix.data,
                block.link.data,
            ):
                told.update(np.ascontiguousarray(array).tobytes())
        return told.hexdigest()


def make_problem(
    menu: Menu, lived: Sequence[Lived], goal: WantedGoal | None, worth: bool = True, workers: int = 2
) -> Made:
    """All blocks of a menu: worth of every year in peace and of the dates of bans, shortage of a goal's
    years."""
    chances = ban_chances(menu.settings, menu.start, menu.years)
    blocks: list[Block] = []
    peace: dict[tuple[int, int], int] = {}
    ban: dict[tuple[int, int], int] = {}
    short: dict[tuple[int, int], int] = {}
    uses = {m.code: menu.frame.uses[m.code] for m in menu.members if m.code in menu.frame.uses}
    calls = [
        (menu.first["call"] + at, np.array(menu.frame.calls.get(m.code, ()), dtype=int))
        for at, m in enumerate(menu.members)
    ]
    for w, world in enumerate(lived):
        for y, year in enumerate(world.years):
            name, struck = f"world {world.number}, {menu.start + y}", reach_of(menu, world, year, True)
            if worth:
                peace[w, y] = len(blocks)
                calm = reach_of(menu, world, year, False)
                blocks.append(
                    worth_block(f"{name}, peace", "peace", (w, y), year.peace, year.calm.price, calm)
                )
            if worth and y in chances:
                ban[w, y] = len(blocks)
                blocks.append(worth_block(f"{name}, ban", "ban", (w, y), year.ban, year.struck.price, struck))
            if goal and menu.start + y >= goal.year:
                short[w, y] = len(blocks)
                blocks.append(
                    shortage_block(
                        f"{name}, short", (w, y), year.ban, year.struck, struck, uses, year.wanted, calls
                    )
                )
    problem = TwoStage(first_stage(menu), tuple(blocks))
    premium = np.zeros((len(menu.members), menu.years))
    return Made(menu, tuple(lived), problem, Pool(blocks, workers), chances, peace, ban, short, premium)


def weights(made: Made) -> tuple[float, ...]:
    """Chance × discount of every block of worth."""
    found = np.zeros(len(made.problem.blocks))
    for at, chance in ((made.peace, 1.0), (made.ban, 0.0)):
        for (_, y), block in at.items():
            q = made.chances.get(y, 0.0)
            found[block] = (chance - q if chance else q) * made.discount[y] / len(made.lived)
    return tuple(found.tolist())


def futures_of(made: Made) -> tuple[tuple[float, tuple[tuple[int, float], ...]], ...]:
    """Chance of every future, a world and the date of its ban or none, and its blocks, discounted."""
    found = []
    never = 1.0 - sum(made.chances.values())
    for w in range(len(made.lived)):
        for date, chance in [*made.chances.items(), (None, never)]:
            parts = tuple(
                (made.ban[w, y] if y == date else made.peace[w, y], float(made.discount[y]))
                for y in range(made.menu.years)
            )
            found.append((chance / len(made.lived), parts))
    return tuple(found)


def aim_of(
    made: Made,
    goal: WantedGoal | None,
    budget: float | None,
    tail: tuple[float, float] | None = None,
) -> tuple[TwoStage, Aim]:
    """What is asked: with a goal the least cost that meets it, else the most worth for the money.

    What a ban takes of what was prepared is a cost where there is a goal; where there is none, the market
    under the ban says it. tail: weight and level of CVaR
    """
    problem = made.problem
    asked_goal = None
    if goal is not None:
        none = made.pool.ask(problem.first, np.zeros(len(problem.first.names)), sorted(made.short.values()))
        worlds = tuple(
            tuple((block, none[block]) for (w, _), block in made.short.items() if w == world)
            for world in range(len(made.lived))
        )
        chance = tuple(1.0 / len(worlds) for _ in worlds)
        asked_goal = ShortageGoal(goal.limit, 1.0 - goal.share, worlds, chance)
        nothing = tuple(0.0 for _ in problem.blocks)
        first = problem.first
        upper, calls = first.upper.copy(), made.premium.size
        upper[-calls:] = np.where(np.isfinite(made.premium).ravel(), upper[-calls:], 0.0)
        cost = first.cost + ban_cost(made.menu, goal.year, made.premium)
        return replace(problem, first=replace(first, cost=cost, upper=upper)), Aim(
            nothing, asked_goal, budget
        )
    kept = replace(problem.first, cost=problem.first.cost - credit(made.menu))
    risk = Tail(*tail, futures_of(made)) if tail else None
    return replace(problem, first=kept), Aim(weights(made), None, budget, risk)
