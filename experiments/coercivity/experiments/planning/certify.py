"""A plan judged by the clearing itself: every market again with the plan in it, to a certificate.

The program commands everybody's plants and traders and sees demand in steps; the clearing does not. What is
lost between the two is told as a share of the plan's gain. Stocks are let go as the program lets them go, and
taxes by value count at the prices of no plan, as in the program: that they rise with prices is no loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coercivity.experiments.planning.blocks import Calls, enlarge, worth_of_store
from coercivity.experiments.planning.candidates import Menu, reach_of
from coercivity.experiments.planning.capture import Lived, shortages
from coercivity.experiments.planning.making import Made
from coercivity.experiments.runs.execution import map_tasks
from coercivity.optimise import Clearer, ClearingError
from coercivity.optimise.market import Array, Market

__all__ = ["Certified", "certify_plan"]


Asked = tuple[int, bool, Array, Array, Calls | None]


@dataclass(frozen=True, slots=True, eq=False)
class MarketsAsked:
    """Markets of one world to be cleared with a plan: (year, under a ban, state, stock let go, first
    calls)."""

    menu: Menu
    lived: Lived
    markets: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Certified:
    """What the clearing makes of a plan.

    gain: of every market over no plan, million USD, without what the plan itself costs, by (world, year, ban)
    short: share short under a ban with the plan and without, by (world, year), by place
    calls: t on first call and what is paid to be served first, million USD, by (world, year)
    uncleared: markets that did not clear to a certificate
    """

    gain: dict[tuple[int, int, bool], float]
    short: dict[tuple[int, int], tuple[dict[str, float], dict[str, float]]]
    calls: dict[tuple[int, int], tuple[float, float]]
    uncleared: tuple[str, ...]


def certify_plan(made: Made, x: Array, workers: int) -> Certified:
    """Clear every market of a problem again with a plan in it."""
    menu, first, pool = made.menu, made.problem.first, made.pool
    asked: list[list[Asked]] = [[] for _ in made.lived]
    wanted = [*made.peace.values(), *made.ban.values(), *made.short.values()]
    pool.ask(first, x, wanted)
    held = len(menu.stocks)
    for w, y in made.peace:
        asked[w].append((y, False, first.stands[y] @ x, np.zeros(held), None))
    struck = {**made.short, **made.ban}  # where both look at a year, stock is let go for what it is worth
    for (w, y), block in struck.items():
        called = _calls(made, (w, y)) if (w, y) in made.short else None
        asked[w].append((y, True, first.stands[y] @ x, pool.released(block, held), called))
    tasks = [
        MarketsAsked(menu, lived, tuple(markets))
        for lived, markets in zip(made.lived, asked, strict=True)
        if markets
    ]
    gain: dict[tuple[int, int, bool], float] = {}
    short: dict[tuple[int, int], tuple[dict[str, float], dict[str, float]]] = {}
    calls: dict[tuple[int, int], tuple[float, float]] = {}
    lost: list[tuple[int, str]] = []
    for at, found in map_tasks(clear_world, tasks, workers):
        for y, ban, value, with_, without, call in found:
            if value is None:
                lost.append((at, f"world {at}, {menu.start + y}, {'ban' if ban else 'peace'}"))
                continue
            gain[at, y, ban] = value
            if ban:
                short[at, y] = with_, without
            if call:
                calls[at, y] = call
    return Certified(gain, short, calls, tuple(name for _, name in sorted(lost)))


def _calls(made: Made, where: tuple[int, int]) -> Calls | None:
    """First calls of members on what the least shortage sends them under a ban."""
    menu, market = made.menu, made.lived[where[0]].years[where[1]].ban
    rows = np.array([row for m in menu.members for row in menu.frame.calls.get(m.code, ())], dtype=int)
    if not rows.size:
        return None
    tonnes = made.pool.arriving(made.short[where], rows, market.network.contract_arc)
    return rows, np.maximum(tonnes, 0.0), menu.settings["pay"]


Found = tuple[int, bool, float | None, dict[str, float], dict[str, float], tuple[float, float] | None]


def clear_world(asked: MarketsAsked) -> list[Found]:
    """Clear the markets of one world."""
    menu, lived = asked.menu, asked.lived
    uses = {m.code: menu.frame.uses[m.code] for m in menu.members if m.code in menu.frame.uses}
    clearer = Clearer(lived.years[0].peace.network)
    found: list[Found] = []
    for y, ban, state, released, called in asked.markets:
        year = lived.years[y]
        reach = reach_of(menu, lived, year, ban)
        market, before = (year.ban, year.struck) if ban else (year.peace, year.calm)
        larger = enlarge(market, reach, state, before.served, released if ban else None, called)
        try:
            clearer.start_from(before)
            cleared = clearer(larger)
        except ClearingError:
            try:
                cleared = Clearer(market.network)(larger)
            except ClearingError:
                found.append((y, ban, None, {}, {}, None))
                continue
        replaced = float(released @ reach.held[2]) / 1e3 if ban and reach.held[2].size else 0.0
        stored = 0.0
        if not ban:
            stored = worth_of_store(larger, cleared.price, reach) - worth_of_store(
                market, before.price, reach
            )
        value = (cleared.objective - before.objective) / 1e3 - replaced - stored
        value += dearer_taxes(larger, cleared.flow, cleared.price - before.price)
        both = [shortages(year, one.served, uses) for one in (cleared, before)] if ban else [{}, {}]
        call = None
        if called is not None:
            call = float(called[1].sum()), float(cleared.priority[called[0]] @ called[1]) / 1e3
        found.append((y, ban, value, both[0], both[1], call))
    return found


def dearer_taxes(market: Market, flow: Array, rise: Array) -> float:
    """Taxes by value on the rise of prices alone, million USD: no loss, since treasuries have them.

    flow: t, (t); rise: of prices over no plan, at which the program counts taxes, USD/kg, (n)
    """
    return float((market.ad_valorem * rise[market.network.origin]) @ flow) / 1e3


def worst(short: Sequence[dict[str, float]]) -> float:
    """The largest shortage of some places in some years."""
    return max((share for one in short for share in one.values()), default=0.0)
