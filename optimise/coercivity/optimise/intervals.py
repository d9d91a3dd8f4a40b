"""Prices that the equilibrium leaves open, as intervals; and the one of each that is reported.

A node through which nothing flows has no single price: any between the highest bid and the
lowest ask supports the equilibrium. Which one a solver returns is an accident of its last
basis. Here bids and asks are propagated over the columns until they settle; the bid is
reported, being what one more tonne would fetch, and both ends are given.
"""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from coercivity.optimise.curves import quantity_taken
from coercivity.optimise.entries import Places, entries_of, fill
from coercivity.optimise.loops import compiled_loop, inline
from coercivity.optimise.market import Array, Index
from coercivity.optimise.nearest import nearest
from coercivity.optimise.smooth import Conditions, Mask, Smooth, excess, reduced_cost, slope_of

__all__ = ["FAINT", "settle_prices"]


ROUNDS = 12
IDLE = 2e-10  # t, relative to the largest flow
SWEEPS = 40
FAINT = 1.0, 1e-3  # over idle tonnes: what a curve must move to count; less where rows would break else
EDGE = 1e-9  # how near to its end a curve no longer counts as sloped, relative
EXACT = 1e-10  # USD/kg, relative to 1 + |cost|
WRONG = 1e-8  # the same, of a column that no equilibrium pays so
SNUG = 1e-7  # the same, of a column that has no room


def settle_prices(
    smooth: Smooth, flow: Array, price: Array, faint: float = FAINT[0]
) -> tuple[Array, Array, Array] | None:
    """Prices of all rows with open ones set to their bid; ends of every balance's interval.

    faint: what a curve must move to count, over the tonnes below which a column counts as idle

    None if prices that are not open already pay a column wrongly: no equilibrium has these flows.
    """
    at, span = smooth.conditions, smooth.balance
    tonnes = IDLE * max(1.0, float(np.abs(flow).max(initial=0.0)))
    price = np.where(smooth.equal, price, np.maximum(price, 0.0))
    small = faint * tonnes
    fixed, undecided = _find_pinned(at, flow, price, tonnes, small)
    if undecided.size:
        _pin_jointly(smooth, undecided, fixed)
    if fixed.all():
        return price, price[span].copy(), price[span].copy()
    if _wrongly_paid(at, flow, price, fixed, tonnes):
        return None
    ends = _ends_of_curves(at, price, fixed, small)
    columns = _around(at, flow, fixed, tonnes)
    low, high = _propagate_bounds(columns, price, fixed, ends)
    settled = _raise_prices(columns, _bids(price, fixed, low, high), fixed, at.equal)
    broken = _broken(columns, settled)
    if broken.any():
        settled = _nearest_support(columns, settled, ends, (~fixed, broken))
    return settled, low[span], high[span]


@compiled_loop
def _find_pinned(
    at: Conditions, flow: Array, price: Array, tonnes: float, small: float
) -> tuple[Mask, Index]:
    """Rows whose price is unique: on a sloped curve, slack, or tied to such by a column in use.

    And columns in use below their bound that still touch several other rows.
    """
    entries, fixed = at.entries, _find_sloped(at, price, small)
    spare = excess(at, flow, price)
    for row in range(fixed.size):
        fixed[row] |= not at.equal[row] and spare[row] > tonnes
    between = np.flatnonzero((flow > tonnes) & (flow < at.upper - tonnes))
    while True:
        left, several = between.size, 0
        for column in between:
            found, last = 0, 0
            for e in range(entries.start[column], entries.start[column + 1]):
                if not fixed[entries.row[e]]:
                    found, last = found + 1, entries.row[e]
            if found == 1:
                fixed[last] = True
            elif found:
                between[several] = column
                several += 1
        between = between[:several]
        if several == left or not several:
            return fixed, between


@compiled_loop
def _find_sloped(at: Conditions, price: Array, small: float) -> Mask:
    """Rows at a price where a curve slopes, and not just at the edge of where it does.

    A curve whose every tonne is less than rounding pins nothing.
    """
    sloped = (slope_of(at, price * (1 + EDGE)) > 0) & (slope_of(at, price * (1 - EDGE)) > 0)
    slope = slope_of(at, price)
    for row in range(at.capacity):
        sloped[row] &= slope[row] * abs(price[row]) > small
    for plant in range(at.rise.rise.size):
        sloped[at.capacity + plant] &= at.rise.normal[plant] + at.rise.block[plant] > small
    return sloped


def _pin_jointly(smooth: Smooth, columns: Index, fixed: Mask) -> None:
    """Pin what several columns determine together: rows in which no null direction moves."""
    wiring = smooth.compiled.wiring
    shape = smooth.right.size, smooth.cost.size
    block = sparse.csc_matrix((wiring.value, wiring.row, wiring.start), shape=shape)[:, columns].tocsr()
    rows = np.flatnonzero((np.diff(block.indptr) > 0) & ~fixed)
    _, strength, directions = np.linalg.svd(block[rows].toarray().T)
    rank = int((strength > 1e-9 * strength.max(initial=1.0)).sum())
    movement = np.abs(directions[rank:]).max(axis=0, initial=0.0)
    fixed[rows[movement < 1e-9]] = True


@compiled_loop
def _wrongly_paid(at: Conditions, flow: Array, price: Array, fixed: Mask, tonnes: float) -> bool:
    """Whether a column with no open price earns more than its cost, or in use less."""
    entries, loss = at.entries, reduced_cost(at, price)
    for column in range(flow.size):
        wrong = WRONG * (1.0 + abs(at.cost[column]))
        costs = flow[column] > tonnes and loss[column] > wrong
        pays = flow[column] < at.upper[column] - tonnes and -loss[column] > wrong
        if costs or pays:
            is_open = False
            for e in range(entries.start[column], entries.start[column + 1]):
                is_open |= not fixed[entries.row[e]]
            if not is_open:
                return True
    return False


@compiled_loop
def _ends_of_curves(at: Conditions, price: Array, fixed: Mask, small: float) -> tuple[Array, Array]:
    """How far a price may move before a curve that is flat there starts to bend."""
    low, high = np.where(at.equal, -np.inf, 0.0), np.full(price.size, np.inf)
    curve, rise = at.demand, at.rise
    for use in range(at.node.size):
        node, floor = at.node[use], curve.floor[use]
        if quantity_taken(curve, use, floor) <= small:
            continue
        stretch = np.log(max(curve.scale[use], 1e-300) / (small)) / max(curve.elasticity[use], 1e-9)
        faint = curve.reference[use] * np.exp(min(max(stretch, -700.0), 700.0))
        faint = min(max(faint, floor), curve.choke[use])  # from here up it takes next to nothing
        if price[node] <= floor:
            high[node] = min(high[node], floor)
        elif price[node] >= faint * (1 - EDGE):
            low[node] = max(low[node], faint)
    for plant in range(rise.rise.size):
        row = at.capacity + plant
        top = rise.spread[plant] + (rise.rise[plant] if rise.block[plant] > 0 else 0.0)
        has_room = rise.normal[plant] + rise.block[plant] > small
        low[row] = min(top, price[row]) if has_room else 0.0
    return np.where(fixed, price, low), np.where(fixed, price, high)


class Columns(NamedTuple):
    """Columns as inequalities Σ value·u ≤ cost over rows: where each begins, and its entries."""

    start: Places
    row: Places
    value: Array
    cost: Array

    @property
    def of(self) -> Index:
        """The column of every entry."""
        return np.repeat(np.arange(self.cost.size), np.diff(self.start))


@compiled_loop
def _around(at: Conditions, flow: Array, fixed: Mask, tonnes: float) -> Columns:
    """What every column that touches an open row says: earn at most its cost if it could run
    more, at least its cost if it could run less."""
    entries = at.entries
    start = np.zeros(2 * flow.size + 1, np.uint32)
    row, value = np.empty(2 * entries.row.size, np.uint32), np.empty(2 * entries.row.size)
    cost, said, size = np.empty(2 * flow.size), 0, 0
    for sign in (1.0, -1.0):
        for column in range(flow.size):
            used = flow[column] > tonnes
            could = used if sign < 0 else (not used or flow[column] < at.upper[column] - tonnes)
            if not could or at.upper[column] <= tonnes:  # of less, it cannot be told whether it is used
                continue
            touches = False
            for e in range(entries.start[column], entries.start[column + 1]):
                touches |= not fixed[entries.row[e]]
            if touches:
                for e in range(entries.start[column], entries.start[column + 1]):
                    row[size], value[size] = entries.row[e], sign * entries.earned[e]
                    size += 1
                cost[said] = sign * at.cost[column]
                said += 1
                start[said] = size
    return Columns(start[: said + 1].copy(), row[:size].copy(), value[:size].copy(), cost[:said].copy())


@compiled_loop
def _propagate_bounds(
    columns: Columns, price: Array, fixed: Mask, ends: tuple[Array, Array]
) -> tuple[Array, Array]:
    """The ends of open prices, tightened by what columns say until they settle."""
    low, high, moved = ends[0].copy(), ends[1].copy(), ~fixed
    for _ in range(ROUNDS):
        lower, higher = low.copy(), high.copy()
        for column in range(columns.cost.size):
            news = False
            for e in range(columns.start[column], columns.start[column + 1]):
                news |= moved[columns.row[e]]
            if not news:
                continue
            room, missing, at = columns.cost[column], 0, columns.start[column]
            for e in range(columns.start[column], columns.start[column + 1]):
                row, value = columns.row[e], columns.value[e]
                least = price[row] if fixed[row] else (low[row] if value > 0 else high[row])
                if np.isfinite(least):
                    room -= value * least
                else:
                    missing, at = missing + 1, e
            if missing > 1:
                continue
            for e in range(columns.start[column], columns.start[column + 1]):
                row, value = columns.row[e], columns.value[e]
                if fixed[row] or (missing and e != at):
                    continue
                own = 0.0 if missing else value * (low[row] if value > 0 else high[row])
                if value > 0:
                    higher[row] = min(higher[row], (room + own) / value)
                else:
                    lower[row] = max(lower[row], (room + own) / value)
        higher = np.maximum(higher, lower)
        moved = (lower != low) | (higher != high)
        low, high = lower, higher
        if not moved.any():
            break
    return low, high


@compiled_loop
def _bids(price: Array, fixed: Mask, low: Array, high: Array) -> Array:
    """Open prices at their bids, else at nothing or, below that, at their asks."""
    out = price.copy()
    for row in range(out.size):
        if not fixed[row]:
            out[row] = min(high[row], 0.0)
            if np.isfinite(low[row]):
                out[row] = low[row]
    return out


@compiled_loop
def _raise_prices(columns: Columns, price: Array, fixed: Mask, equal: Mask) -> Array:
    """Open prices raised together until no idle column earns more than its cost.

    The rent, licence or permit of an idle column takes what it would earn if that is open, else
    its inputs do, by equal amounts; so upstream, a column at a time, along the chain.
    """
    row, value, price = columns.row, columns.value, price.copy()
    takes = (value < 0) & ~fixed[row]
    weight = np.zeros(columns.cost.size)
    for column in range(weight.size):
        span = range(columns.start[column], columns.start[column + 1])
        has_rent = False
        for e in span:
            has_rent |= takes[e] and not equal[row[e]]
        for e in span:
            takes[e] &= not (has_rent and equal[row[e]])
            weight[column] -= value[e] if takes[e] else 0.0
    for _ in range(SWEEPS):
        raise_by, done = np.zeros(price.size), True
        for column in range(weight.size):
            if weight[column] > 0:
                over = _over(columns, column, price)
                if over > 0.1 * EXACT * (1.0 + abs(columns.cost[column])):
                    done = False
                    for e in range(columns.start[column], columns.start[column + 1]):
                        if takes[e]:
                            raise_by[row[e]] = max(raise_by[row[e]], over / weight[column])
        if done:
            break
        price += raise_by
    return price


@compiled_loop
def _broken(columns: Columns, price: Array) -> Mask:
    """Columns that would earn more, or in use less, than their cost."""
    out = np.zeros(columns.cost.size, np.bool_)
    for column in range(out.size):
        out[column] = _over(columns, column, price) > EXACT * (1.0 + abs(columns.cost[column]))
    return out


@inline
def _over(columns: Columns, column: int, price: Array) -> float:
    """What a column earns beyond its cost."""
    earned = 0.0
    for e in range(columns.start[column], columns.start[column + 1]):
        earned += columns.value[e] * price[columns.row[e]]
    return float(earned - columns.cost[column])


def _nearest_support(
    columns: Columns, bid: Array, ends: tuple[Array, Array], sets: tuple[Mask, Mask]
) -> Array:
    """The prices nearest to the bids that support the equilibrium together.

    sets: open rows, broken columns. First only the prices of broken columns move; where that leaves
    another column no room, its open prices join them, until nobody outside is touched.
    """
    is_open, tight = sets
    settled, inside = bid, np.zeros(is_open.size, dtype=bool)
    while True:
        joining = tight[columns.of] & is_open[columns.row] & ~inside[columns.row]
        if not joining.any():
            return settled
        inside[columns.row[joining]] = True
        settled, tight = _nearest_over(columns, bid, ends, inside)


def _nearest_over(
    columns: Columns, bid: Array, ends: tuple[Array, Array], inside: Mask
) -> tuple[Array, Mask]:
    """The nearest prices with those inside free and the rest at their bids; columns without room."""
    rows = np.flatnonzero(inside)
    place = np.full(inside.size, -1)
    place[rows] = np.arange(rows.size)
    free = inside[columns.row]
    touched = np.flatnonzero(np.bincount(columns.of[free], minlength=columns.cost.size))
    number = np.full(columns.cost.size, -1)
    number[touched] = np.arange(touched.size)
    held = ~free & (number[columns.of] >= 0)
    earned = columns.value * bid[columns.row]
    paid = np.bincount(number[columns.of[held]], earned[held], touched.size)
    low, high = np.flatnonzero(np.isfinite(ends[0][rows])), np.flatnonzero(np.isfinite(ends[1][rows]))
    room = paid - columns.cost[touched]
    h = np.concatenate([room, ends[0][rows][low], -ends[1][rows][high]])
    above, below = touched.size + np.arange(low.size), touched.size + low.size + np.arange(high.size)
    G = entries_of(
        (h.size, rows.size),
        np.concatenate([number[columns.of[free]], above, below]).astype(np.uint32),
        np.concatenate([place[columns.row[free]], low, high]).astype(np.uint32),
        np.concatenate([-columns.value[free], np.ones(low.size), -np.ones(high.size)]),
    )
    settled = bid.copy()
    settled[rows] = nearest(bid[rows], G, h, np.zeros(h.size, dtype=bool))
    tight = np.zeros(columns.cost.size, dtype=bool)
    slack = fill(G, settled[rows])[: touched.size] - room
    tight[touched] = slack <= SNUG * (1.0 + np.abs(columns.cost[touched]))
    return settled, tight
