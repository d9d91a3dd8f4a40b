"""A plan judged by the clearing itself: every market again with the plan in it, to a certificate.

The program commands everybody's plants and traders and sees demand in steps; the clearing does not. What is
lost between the two is told as a share of the plan's gain. Stocks are let go as the program lets them go.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coercivity.experiments.planning.blocks import enlarge, worth_of_store
from coercivity.experiments.planning.candidates import Menu, reach_of
from coercivity.experiments.planning.capture import Lived, shortages
from coercivity.experiments.planning.making import Made
from coercivity.experiments.runs.execution import map_tasks
from coercivity.optimise import Clearer, ClearingError
from coercivity.optimise.market import Array

__all__ = ["Certified", "certify_plan"]


@dataclass(frozen=True, slots=True, eq=False)
class MarketsAsked:
    """Markets of one world to be cleared with a plan: (year, under a ban, state, stock let go)."""

    menu: Menu
    lived: Lived
    markets: tuple[tuple[int, bool, Array, Array], ...]


@dataclass(frozen=True, slots=True)
class Certified:
    """What the clearing makes of a plan.

    gain: of every market over no plan, million USD, without what the plan itself costs, by (world, year, ban)
    short: share short under a ban with the plan and without, by (world, year), by place
    uncleared: markets that did not clear to a certificate
    """

    gain: dict[tuple[int, int, bool], float]
    short: dict[tuple[int, int], tuple[dict[str, float], dict[str, float]]]
    uncleared: tuple[str, ...]


def certify_plan(made: Made, x: Array, workers: int) -> Certified:
    """Clear every market of a problem again with a plan in it."""
    menu, first, pool = made.menu, made.problem.first, made.pool
    asked: list[list[tuple[int, bool, Array, Array]]] = [[] for _ in made.lived]
    wanted = [*made.peace.values(), *made.ban.values(), *made.short.values()]
    pool.ask(first, x, wanted)
    held = len(menu.stocks)
    for w, y in made.peace:
        asked[w].append((y, False, first.stands[y] @ x, np.zeros(held)))
    struck = {**made.short, **made.ban}  # where both look at a year, stock is let go for what it is worth
    for (w, y), block in struck.items():
        asked[w].append((y, True, first.stands[y] @ x, pool.released(block, held)))
    tasks = [
        MarketsAsked(menu, lived, tuple(markets))
        for lived, markets in zip(made.lived, asked, strict=True)
        if markets
    ]
    gain: dict[tuple[int, int, bool], float] = {}
    short: dict[tuple[int, int], tuple[dict[str, float], dict[str, float]]] = {}
    lost: list[tuple[int, str]] = []
    for at, found in map_tasks(clear_world, tasks, workers):
        for y, ban, value, with_, without in found:
            if value is None:
                lost.append((at, f"world {at}, {menu.start + y}, {'ban' if ban else 'peace'}"))
                continue
            gain[at, y, ban] = value
            if ban:
                short[at, y] = with_, without
    return Certified(gain, short, tuple(name for _, name in sorted(lost)))


Found = tuple[int, bool, float | None, dict[str, float], dict[str, float]]


def clear_world(asked: MarketsAsked) -> list[Found]:
    """Clear the markets of one world."""
    menu, lived = asked.menu, asked.lived
    uses = {m.code: menu.frame.uses[m.code] for m in menu.members if m.code in menu.frame.uses}
    clearer = Clearer(lived.years[0].peace.network)
    found: list[Found] = []
    for y, ban, state, released in asked.markets:
        year = lived.years[y]
        reach = reach_of(menu, lived, year, ban)
        market, before = (year.ban, year.struck) if ban else (year.peace, year.calm)
        larger = enlarge(market, reach, state, released if ban else None)
        try:
            clearer.start_from(before)
            cleared = clearer(larger)
        except ClearingError:
            try:
                cleared = Clearer(market.network)(larger)
            except ClearingError:
                found.append((y, ban, None, {}, {}))
                continue
        replaced = float(released @ reach.held[2]) / 1e3 if ban and reach.held[2].size else 0.0
        stored = 0.0 if ban else worth_of_store(larger, cleared.price, reach)
        value = (cleared.objective - before.objective) / 1e3 - replaced - stored
        both = [shortages(year, one.served, uses) for one in (cleared, before)] if ban else [{}, {}]
        found.append((y, ban, value, both[0], both[1]))
    return found


def worst(short: Sequence[dict[str, float]]) -> float:
    """The largest shortage of some places in some years."""
    return max((share for one in short for share in one.values()), default=0.0)
