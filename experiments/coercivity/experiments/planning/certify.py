"""A plan judged by the clearing itself: every market again with the plan in it, to a certificate.

The program commands everybody's plants and traders and sees demand in steps; the clearing does not. What is
lost between the two is told as a share of the plan's gain. Stocks are let go as the program lets them go, and
taxes by value count at the prices of no plan, as in the program: that they rise with prices is no loss.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coercivity.experiments.planning.bans import LEAST, Toll
from coercivity.experiments.planning.blocks import Calls, count_deliveries, enlarge, worth_of_store
from coercivity.experiments.planning.candidates import Menu, reach_of
from coercivity.experiments.planning.capture import Lived, shortages
from coercivity.experiments.planning.making import Made
from coercivity.experiments.runs.execution import map_tasks
from coercivity.optimise import Clearer, ClearingError
from coercivity.optimise.market import Array, Clearing, Market

__all__ = ["Certified", "certify_plan", "reached_in", "worst_of_worlds"]


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
    tolls: what a year of ban takes, by (world, year), of a plan with a goal
    uncleared: markets that did not clear to a certificate
    """

    gain: dict[tuple[int, int, bool], float]
    short: dict[tuple[int, int], tuple[dict[str, float], dict[str, float]]]
    tolls: dict[tuple[int, int], Toll]
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
        called = _calls(made, (w, y), first.stands[y] @ x) if (w, y) in made.short else None
        asked[w].append((y, True, first.stands[y] @ x, pool.released(block, held), called))
    tasks = [
        MarketsAsked(menu, lived, tuple(markets))
        for lived, markets in zip(made.lived, asked, strict=True)
        if markets
    ]
    gain: dict[tuple[int, int, bool], float] = {}
    short: dict[tuple[int, int], tuple[dict[str, float], dict[str, float]]] = {}
    tolls: dict[tuple[int, int], Toll] = {}
    lost: list[tuple[int, str]] = []
    for at, found in map_tasks(clear_world, tasks, workers):
        for y, ban, value, with_, without, toll in found:
            if value is None:
                lost.append((at, f"world {at}, {menu.start + y}, {'ban' if ban else 'peace'}"))
                continue
            gain[at, y, ban] = value
            if ban:
                short[at, y] = with_, without
            if (at, y) in made.short and toll:
                tolls[at, y] = toll
    return Certified(gain, short, tolls, tuple(name for _, name in sorted(lost)))


def _calls(made: Made, where: tuple[int, int], state: Array) -> Calls | None:
    """First calls of members that signed for any, on what the least shortage sends them under a ban."""
    menu, market = made.menu, made.lived[where[0]].years[where[1]].ban
    signed = [m for at, m in enumerate(menu.members) if state[menu.first["call"] + at] > LEAST]
    rows = np.array([row for m in signed for row in menu.frame.calls.get(m.code, ())], dtype=int)
    if not rows.size:
        return None
    tonnes = made.pool.arriving(made.short[where], rows, market.network.contract_arc)
    return rows, np.maximum(tonnes, 0.0), menu.settings["pay"]


Found = tuple[int, bool, float | None, dict[str, float], dict[str, float], Toll | None]


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
        toll = Toll(_payments(menu, market, before, cleared, called), replaced) if ban else None
        found.append((y, ban, value, both[0], both[1], toll))
    return found


def _payments(
    menu: Menu, market: Market, before: Clearing, cleared: Clearing, called: Calls | None
) -> dict[str, tuple[float, float, float]]:
    """Tonnes by first calls, those beyond what comes with no plan, and million USD paid, by member."""
    found: dict[str, tuple[float, float, float]] = {}
    if called is None:
        return found
    for member in menu.members:
        rows = np.array(menu.frame.calls.get(member.code, ()), dtype=int)
        mine = np.isin(called[0], rows)
        tonnes = called[1][mine]
        if tonnes.sum() > 0:
            usual = count_deliveries(market, before, rows)[2]
            usd = float(cleared.priority[called[0][mine]] @ tonnes) / 1e3
            found[member.code] = float(tonnes.sum()), max(float(tonnes.sum()) - usual, 0.0), usd
    return found


def worst_of_worlds(made: Made, certified: Certified) -> dict[int, float]:
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
    worst = sorted(worst_of_worlds(made, certified).values())
    return worst[max(math.ceil(share * len(worst) - 1e-9) - 1, 0)]


def dearer_taxes(market: Market, flow: Array, rise: Array) -> float:
    """Taxes by value on the rise of prices alone, million USD: no loss, since treasuries have them.

    flow: t, (t); rise: of prices over no plan, at which the program counts taxes, USD/kg, (n)
    """
    return float((market.ad_valorem * rise[market.network.origin]) @ flow) / 1e3


def worst(short: Sequence[dict[str, float]]) -> float:
    """The largest shortage of some places in some years."""
    return max((share for one in short for share in one.values()), default=0.0)
