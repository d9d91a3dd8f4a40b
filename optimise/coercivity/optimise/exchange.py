"""From a nearly right active set to the right one: exchanges along a straight path.

A point on a wrong set earns less than its cost somewhere, or sends less than nothing. Costs,
bounds and right-hand sides are shifted just so far that the point is an equilibrium after all;
then the shifts are taken back, θ from 1 to 0, and wherever a sign would break on the way, what
breaks and what must give way for it change places: a parametric active-set method, or principal
pivoting, in which no set is met twice and degenerate ties do no harm. Curves are followed by their
slope and a Newton correction at every exchange. Sources: Best (1996); Ferreau, Bock & Diehl
(2008); Cottle, Pang & Stone (1992), chapter 4.
"""

from typing import NamedTuple

import numpy as np

from coercivity.optimise.active import ActiveSet, Point
from coercivity.optimise.entries import Places, earnings, fill
from coercivity.optimise.factors import Factors, eliminate, solve_factors
from coercivity.optimise.loops import compiled_loop, inline
from coercivity.optimise.market import Array
from coercivity.optimise.smooth import Conditions, Mask, Smooth, excess, reduced_cost, slope_of

__all__ = ["pivot"]

MOST = 24  # exchanges: walks that arrive take fewer than twenty
STIFF = 2e-10  # keeps a price that nothing pins where it is on the way, t per USD/kg over the largest flow
SOFT = 1e-11  # keeps a flow that nothing pins where it is, USD/kg a t
STILL = 1e-8  # what answers a unit of price or flow by less than this does not answer
SLOW = 1e-11  # a gap that closes slower than this stays open
DONE = 1e-8  # of the path left, which the finish takes in its stride
MARGIN = 1e-10  # beyond the exact shift, so that nothing stands on its edge at first
LOST, ARRIVED, UNDERWAY = 0, 1, 2
NOTHING, LOW, HIGH, IDLE, FULL, SLACK, HELD = range(7)  # what breaks: a flow's bound, a pay, a row, a price


class _Path(NamedTuple):
    """A point, its active set, and the shifts that make it an equilibrium; all but the shifts move.

    free, full, tight: the set; flow, price: the point; cost, low, high, right, floor: the shifts, of
    costs, bounds of flows, right-hand sides and least prices; usable, stated: what may join the set
    """

    free: Mask
    full: Mask
    tight: Mask
    flow: Array
    price: Array
    cost: Array
    low: Array
    high: Array
    right: Array
    floor: Array
    usable: Mask
    stated: Mask


class _Move(NamedTuple):
    """A direction: of all flows, of all prices, and of the path itself (1 along it, 0 aside)."""

    flow: Array
    price: Array
    path: float


class _Event(NamedTuple):
    """What breaks first along a move: its kind, its position, and how far along."""

    kind: int
    at: int
    stride: float


def pivot(smooth: Smooth, active: ActiveSet, point: Point) -> tuple[ActiveSet, Point] | None:
    """The active set at the end of the path from a point, and the point there; None if it is lost."""
    if not (np.isfinite(point.flow).all() and np.isfinite(point.price).all()):
        return None  # Newton ran away: no path begins there
    path, left = _start(smooth, active, point), 1.0
    stiff = STIFF * max(1.0, float(np.abs(point.flow).max(initial=0.0)))
    for taken in range(MOST):
        sequence = smooth.elimination.sequence(smooth.entries, path.free, path.tight)
        state, left = _onwards(smooth.conditions, path, sequence, left, stiff)
        if state == LOST:
            return None
        if state == ARRIVED:
            idle = ~path.free & ~path.full & path.usable
            end = active._replace(free=path.free, full=path.full, tight=path.tight, idle=idle)
            return end, Point(path.flow, path.price, point.steps + taken)
    return None


def _start(smooth: Smooth, active: ActiveSet, point: Point) -> _Path:
    """The shifts that make a point an equilibrium."""
    flow, price = point.flow.copy(), point.price.copy()
    usable, stated = (smooth.upper > 0) & ~active.still, smooth.limited & ~active.asleep
    free, full, tight = active.free & usable, active.full.copy(), active.tight & smooth.limited
    loss, spare = smooth.reduced_cost(price), smooth.excess(flow, price)
    edge = MARGIN * (1.0 + np.abs(smooth.cost))
    hair = MARGIN * max(1.0, float(np.abs(flow).max(initial=0.0)))
    over = flow - smooth.upper + hair
    pays, costs = ~free & ~full & usable & (loss < edge), full & (loss > -edge)
    short, negative = ~tight & stated & (spare < hair), tight & ~smooth.equal & (price < MARGIN)
    return _Path(
        free, full, tight, flow, price,
        cost=np.where(pays, edge - loss, 0.0) + np.where(costs, -edge - loss, 0.0),
        low=np.where(free & (flow < hair), np.minimum(flow - hair, 0.0), 0.0),
        high=np.where(free & (over > 0), over, 0.0),
        right=np.where(short, np.minimum(spare - hair, 0.0), 0.0),
        floor=np.where(negative, np.minimum(price - MARGIN, 0.0), 0.0),
        usable=usable, stated=stated,
    )  # fmt: skip


@compiled_loop
def _onwards(at: Conditions, path: _Path, sequence: Places, left: float, stiff: float) -> tuple[int, float]:
    """From one exchange to the next: whether the walk goes on, and how much of the path is left."""
    slope = slope_of(at, path.price)
    factors = _factorise(at, sequence, slope, stiff)
    _correct(at, path, factors, left)
    event, left = _advance(at, path, left, _along(at, path, factors))
    if event.kind == NOTHING or left <= DONE:
        return ARRIVED, left
    gives_way, move = _aside(at, path, factors, slope, event)
    if gives_way:
        other, left = _advance(at, path, left, move)
        if other.kind == NOTHING:
            return LOST, left
        _switch(path, other)
    _switch(path, event)
    return UNDERWAY, left


@compiled_loop
def _factorise(at: Conditions, sequence: Places, slope: Array, stiff: float) -> Factors:
    columns, diagonal = at.cost.size, np.full(sequence.size, -SOFT)
    for k in range(sequence.size):
        if sequence[k] >= columns:
            diagonal[k] = slope[sequence[k] - columns] + stiff
    return eliminate(at.entries, sequence, diagonal)


@compiled_loop
def _solve_moves(factors: Factors, unpaid: Array, short: Array) -> tuple[Array, Array]:
    """Moves of all flows and prices that pay what is unpaid and fill what is short."""
    sequence, columns = factors.sequence, unpaid.size
    right = np.empty(sequence.size)
    for k in range(sequence.size):
        member = sequence[k]
        right[k] = unpaid[member] if member < columns else short[member - columns]
    move, flow, price = solve_factors(factors, right), np.zeros(unpaid.size), np.zeros(short.size)
    for k in range(sequence.size):
        member = sequence[k]
        if member < columns:
            flow[member] = move[k]
        else:
            price[member - columns] = move[k]
    return flow, price


@compiled_loop
def _correct(at: Conditions, path: _Path, factors: Factors, left: float) -> None:
    """A Newton step on the set: curves are not as straight as the path."""
    loss = reduced_cost(at, path.price) + left * path.cost
    spare = excess(at, path.flow, path.price) - left * path.right
    flow, price = _solve_moves(factors, loss, -spare)
    if np.isfinite(flow).all() and np.isfinite(price).all():
        path.flow[:] += flow
        path.price[:] += price


@compiled_loop
def _along(at: Conditions, path: _Path, factors: Factors) -> _Move:
    """How the point moves as the shifts are taken back."""
    bound = np.where(path.free, 0.0, np.where(path.full, -path.high, -path.low))
    flow, price = _solve_moves(factors, -path.cost, -path.right - fill(at.entries, bound))
    return _Move(flow + bound, price, 1.0)


@compiled_loop
def _advance(at: Conditions, path: _Path, left: float, move: _Move) -> tuple[_Event, float]:
    """Go along a move until something breaks; nothing does at the end of the path."""
    event, stride = _first(at, path, left, move), left if move.path > 0 else np.inf
    if event.stride < stride:
        stride = event.stride
    else:
        event = _Event(NOTHING, -1, stride)
    if np.isfinite(stride):
        path.flow[:] += stride * move.flow
        path.price[:] += stride * move.price
        left -= stride * move.path
    return event, left


@compiled_loop
def _first(at: Conditions, path: _Path, left: float, move: _Move) -> _Event:
    """What breaks first along a move."""
    rate, kind, which, nearest = move.path, NOTHING, -1, np.inf
    loss = reduced_cost(at, path.price) + left * path.cost
    worse = -earnings(at.entries, move.price) - rate * path.cost
    for column in range(loss.size):
        if path.free[column]:
            gap = path.flow[column] - left * path.low[column]
            stride = _stride(gap, move.flow[column] + rate * path.low[column])
            if stride < nearest:
                kind, which, nearest = LOW, column, stride
            if np.isfinite(at.upper[column]):
                gap = at.upper[column] + left * path.high[column] - path.flow[column]
                stride = _stride(gap, -move.flow[column] - rate * path.high[column])
                if stride < nearest:
                    kind, which, nearest = HIGH, column, stride
        elif path.full[column]:
            stride = _stride(-loss[column], -worse[column])
            if stride < nearest:
                kind, which, nearest = FULL, column, stride
        elif path.usable[column]:
            stride = _stride(loss[column], worse[column])
            if stride < nearest:
                kind, which, nearest = IDLE, column, stride
    spare = excess(at, path.flow, path.price) - left * path.right
    fuller = fill(at.entries, move.flow) + rate * path.right
    for row in range(spare.size):
        if path.tight[row] and not at.equal[row]:
            gap = path.price[row] - left * path.floor[row]
            stride = _stride(gap, move.price[row] + rate * path.floor[row])
            if stride < nearest:
                kind, which, nearest = HELD, row, stride
        elif path.stated[row] and not path.tight[row]:
            stride = _stride(spare[row], fuller[row])
            if stride < nearest:
                kind, which, nearest = SLACK, row, stride
    return _Event(kind, which, nearest)


@inline
def _stride(gap: float, speed: float) -> float:
    """How far along a gap closes."""
    return max(gap, 0.0) / -speed if speed < -SLOW else np.inf


@compiled_loop
def _switch(path: _Path, event: _Event) -> None:
    """What broke changes sides."""
    if event.kind in (LOW, HIGH):
        path.free[event.at], path.full[event.at] = False, event.kind == HIGH
    elif event.kind in (IDLE, FULL):
        path.free[event.at], path.full[event.at] = True, False
    else:
        path.tight[event.at] = event.kind == SLACK


@compiled_loop
def _aside(at: Conditions, path: _Path, factors: Factors, slope: Array, event: _Event) -> tuple[bool, _Move]:
    """Whether another must give way to what broke, and the move that keeps every equation meanwhile.

    A column that leaves, or a row, takes its price's only pin with it; a column that enters,
    or a row, repeats what others already say. Then the point may move without the path.
    """
    unpaid, short = np.zeros(path.flow.size), np.zeros(path.price.size)
    still, kind, entries = np.zeros(path.flow.size), event.kind, at.entries
    if kind in (LOW, HIGH):
        unpaid[event.at] = -1.0 if kind == LOW else 1.0
        flow, price = _solve_moves(factors, unpaid, short)
        return abs(flow[event.at]) <= STILL, _Move(still, price, 0.0)
    if kind == HELD:
        short[event.at] = 1.0
        flow, price = _solve_moves(factors, unpaid, short)
        return abs(price[event.at]) <= STILL, _Move(flow, np.zeros(price.size), 0.0)
    if kind == SLACK:
        unit = short
        unit[event.at] = 1.0
        flow, price = _solve_moves(factors, -earnings(entries, unit), np.zeros(unit.size))
        answer = fill(entries, flow)[event.at] + slope[event.at]
        price[event.at] = 1.0
        return answer <= STILL, _Move(still, price, 0.0)
    step, answer = 1.0 if kind == IDLE else -1.0, 0.0
    for e in range(entries.start[event.at], entries.start[event.at + 1]):
        short[entries.row[e]] -= step * entries.value[e]
    flow, price = _solve_moves(factors, unpaid, short)
    for e in range(entries.start[event.at], entries.start[event.at + 1]):
        answer -= step * entries.earned[e] * price[entries.row[e]]
    flow[event.at] = step
    return answer <= STILL, _Move(flow, np.zeros(price.size), 0.0)
