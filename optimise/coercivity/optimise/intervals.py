"""Prices that the equilibrium leaves open, as intervals; and the one of each that is reported.

A node through which nothing flows has no single price: any between the highest bid and the
lowest ask supports the equilibrium. Which one a solver returns is an accident of its last
basis. Here bids and asks are propagated over the columns until they settle; the bid is
reported, being what one more tonne would fetch, and both ends are given.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from coercivity.optimise.market import Array, Index
from coercivity.optimise.nearest import nearest
from coercivity.optimise.smooth import Mask, Smooth

__all__ = ["settle_prices"]


ROUNDS = 12
IDLE = 2e-10  # t, relative to the largest flow
SWEEPS = 40
FAINT = 1.0  # times the idle tonnes: what a curve must move to count
EDGE = 1e-9  # how near to its end a curve no longer counts as sloped, relative
EXACT = 1e-10  # USD/kg, relative to 1 + |cost|
WRONG = 1e-8  # the same, of a column that no equilibrium pays so
SNUG = 1e-7  # the same, of a column that has no room


def settle_prices(smooth: Smooth, flow: Array, price: Array) -> tuple[Array, Array, Array] | None:
    """Prices of all rows with open ones set to their bid; ends of every balance's interval.

    None if prices that are not open already pay a column wrongly: no equilibrium has these flows.
    """
    price = np.where(smooth.equal, price, np.maximum(price, 0.0))
    tonnes = IDLE * max(1.0, float(np.abs(flow).max(initial=0.0)))
    between = (flow > tonnes) & (flow < smooth.upper - tonnes)
    fixed = _pinned(smooth, (between, smooth.excess(flow, price) > tonnes), price, tonnes)
    if fixed.all():
        nodes = price[smooth.balance]
        return price, nodes.copy(), nodes.copy()
    if _wrongly_paid(smooth, fixed, price, (flow > tonnes, flow < smooth.upper - tonnes)):
        return None
    ends = _ends_of_curves(smooth, fixed, price, tonnes)
    columns = _around(smooth, ~fixed, between, flow > tonnes, tonnes)
    low, high = ends[0].copy(), ends[1].copy()
    _propagate(columns.among(~fixed, price), low, high)
    bid = np.where(np.isfinite(low), low, np.where(np.isfinite(high), np.minimum(high, 0.0), 0.0))
    settled = _raised(columns, np.where(fixed, price, bid), ~fixed, smooth.equal)
    broken = _broken(columns, settled)
    if broken.any():
        settled = _nearest_support(columns, settled, ends, (~fixed, broken))
    span = smooth.balance
    return settled, np.where(fixed, price, low)[span], np.where(fixed, price, high)[span]


def _wrongly_paid(smooth: Smooth, fixed: Mask, price: Array, sets: tuple[Mask, Mask]) -> bool:
    """Whether a column with no open price earns more than its cost, or in use less.

    sets: columns that run, columns that could run more
    """
    wiring = smooth.compiled.wiring
    closed = np.bincount(wiring.column[~fixed[wiring.row]], minlength=smooth.cost.size) == 0
    loss = np.where(closed, smooth.reduced_cost(price), 0.0) / (1.0 + np.abs(smooth.cost))
    return bool((np.where(sets[0], loss, 0.0) > WRONG).any() or (np.where(sets[1], -loss, 0.0) > WRONG).any())


def _raised(columns: "_Columns", price: Array, wanted: Mask, equal: Mask) -> Array:
    """Open prices raised together until no idle column earns more than its cost.

    The rent, licence or permit of an idle column takes what it would earn if that is open, else
    its inputs do, by equal amounts; so upstream, a column at a time, along the chain.
    """
    row, column, value = columns.row, columns.column, columns.value
    takes = (value < 0) & wanted[row]
    rent = takes & ~equal[row]
    has_rent = np.bincount(column[rent], minlength=columns.cost.size) > 0
    taking = np.flatnonzero(np.where(has_rent[column], rent, takes))
    into, of = row[taking], column[taking]
    weight = np.bincount(of, -value[taking], columns.cost.size)
    exact = 0.1 * EXACT * (1.0 + np.abs(columns.cost))
    for _ in range(SWEEPS):
        over = np.bincount(column, value * price[row], columns.cost.size) - columns.cost
        over = np.where(over > exact, over, 0.0)[of]
        if not over.any():
            break
        raise_by = np.zeros(price.size)
        np.maximum.at(raise_by, into, over / weight[of])
        price = price + raise_by
    return price


def _broken(columns: "_Columns", price: Array) -> Mask:
    """Columns that would earn more, or in use less, than their cost."""
    earned = np.bincount(columns.column, columns.value * price[columns.row], columns.cost.size)
    return np.asarray(earned > columns.cost + EXACT * (1.0 + np.abs(columns.cost)))


def _nearest_support(
    columns: "_Columns", bid: Array, ends: tuple[Array, Array], sets: tuple[Mask, Mask]
) -> Array:
    """The prices nearest to the bids that support the equilibrium together.

    sets: open rows, broken columns. First only the prices of broken columns move; where that leaves
    another column no room, its open prices join them, until nobody outside is touched.
    """
    is_open, tight = sets
    settled, inside = bid, np.zeros(is_open.size, dtype=bool)
    while True:
        joining = tight[columns.column] & is_open[columns.row] & ~inside[columns.row]
        if not joining.any():
            return settled
        inside[columns.row[joining]] = True
        settled, tight = _nearest_over(columns, bid, ends, inside)


def _nearest_over(
    columns: "_Columns", bid: Array, ends: tuple[Array, Array], inside: Mask
) -> tuple[Array, Mask]:
    """The nearest prices with those inside free and the rest at their bids; columns without room."""
    rows = np.flatnonzero(inside)
    place = np.full(inside.size, -1)
    place[rows] = np.arange(rows.size)
    free = inside[columns.row]
    touched = np.flatnonzero(np.bincount(columns.column[free], minlength=columns.cost.size))
    number = np.full(columns.cost.size, -1)
    number[touched] = np.arange(touched.size)
    held = ~free & (number[columns.column] >= 0)
    earned = columns.value * bid[columns.row]
    paid = np.bincount(number[columns.column[held]], earned[held], touched.size)
    at = number[columns.column[free]], place[columns.row[free]]
    block = sparse.csr_matrix((-columns.value[free], at), shape=(touched.size, rows.size))
    unit = sparse.identity(rows.size, format="csr")
    low, high = np.flatnonzero(np.isfinite(ends[0][rows])), np.flatnonzero(np.isfinite(ends[1][rows]))
    G = sparse.vstack([block, unit[low], -unit[high]], format="csr")
    room = paid - columns.cost[touched]
    h = np.concatenate([room, ends[0][rows][low], -ends[1][rows][high]])
    settled = bid.copy()
    settled[rows] = nearest(bid[rows], G, h, np.zeros(h.size, dtype=bool))
    tight = np.zeros(columns.cost.size, dtype=bool)
    slack = block @ settled[rows] - room
    tight[touched] = slack <= SNUG * (1.0 + np.abs(columns.cost[touched]))
    return settled, tight


def _pinned(smooth: Smooth, sets: tuple[Mask, Mask], price: Array, tonnes: float) -> Mask:
    """Rows whose price is unique: on a sloped curve, slack, or tied to such by columns in use.

    sets: columns in use below their bound, rows with something to spare
    """
    between, slack = sets
    fixed = _sloped(smooth, price, tonnes) | (~smooth.equal & slack)
    wiring = smooth.compiled.wiring
    entry = np.flatnonzero(between[wiring.column])
    row, column = wiring.row[entry], wiring.column[entry]
    while True:
        is_open = ~fixed[row]
        row, column = row[is_open], column[is_open]
        alone = np.bincount(column, minlength=between.size)[column] == 1
        if not alone.any():
            break
        fixed[row[alone]] = True
    if column.size:
        _pin_jointly(smooth, np.unique(column), fixed)
    return fixed


def _sloped(smooth: Smooth, price: Array, tonnes: float) -> Mask:
    """Rows at a price where a curve slopes, and not just at the edge of where it does.

    A curve whose every tonne is less than rounding pins nothing.
    """
    sloped = (smooth.slope(price * (1 + EDGE)) > 0) & (smooth.slope(price * (1 - EDGE)) > 0)
    responding = smooth.slope(price)[smooth.balance] * np.abs(price[smooth.balance])
    sloped[smooth.balance] &= responding > FAINT * tonnes
    sloped[smooth.capacity] &= smooth.rise.normal + smooth.rise.block > FAINT * tonnes
    return np.asarray(sloped)


def _pin_jointly(smooth: Smooth, columns: Index, fixed: Mask) -> None:
    """Pin what several columns determine together: rows in which no null direction moves."""
    block = smooth.compiled.wiring.by_column[columns].T.tocsr()
    rows = np.flatnonzero((np.diff(block.indptr) > 0) & ~fixed)
    _, strength, directions = np.linalg.svd(block[rows].toarray().T)
    rank = int((strength > 1e-9 * strength.max(initial=1.0)).sum())
    movement = np.abs(directions[rank:]).max(axis=0, initial=0.0)
    fixed[rows[movement < 1e-9]] = True


def _ends_of_curves(smooth: Smooth, fixed: Mask, price: Array, tonnes: float) -> tuple[Array, Array]:
    """How far a price may move before a curve that is flat there starts to bend."""
    low = np.where(smooth.equal, -np.inf, 0.0)
    high = np.full(price.size, np.inf)
    curve, node = smooth.demand, smooth.node
    at, live = price[smooth.balance][node], curve.quantity(curve.floor) > FAINT * tonnes
    stretch = np.log(np.maximum(curve.scale, 1e-300) / (FAINT * tonnes))
    faint = curve.reference * np.exp(np.clip(stretch / np.maximum(curve.elasticity, 1e-9), -700, 700))
    faint = np.clip(faint, curve.floor, curve.choke)  # from here up it takes next to nothing
    below = live & (at <= curve.floor)
    above = live & (at >= faint * (1 - EDGE)) & ~below
    np.maximum.at(low, node[above], faint[above])
    np.minimum.at(high, node[below], curve.floor[below])
    top = np.where(smooth.rise.block > 0, smooth.rise.spread + smooth.rise.rise, smooth.rise.spread)
    has_room = smooth.rise.normal + smooth.rise.block > FAINT * tonnes
    low[smooth.capacity] = np.where(has_room, np.minimum(top, price[smooth.capacity]), 0.0)
    return np.where(fixed, price, low), np.where(fixed, price, high)


@dataclass(slots=True)
class _Columns:
    """Columns as inequalities Σ value·u ≤ cost over rows, in coordinate form."""

    row: Index
    column: Index
    value: Array
    cost: Array

    def among(self, rows: Mask, price: Array) -> "_Columns":
        """What they say about these rows, the others being at their price."""
        said = rows[self.row]
        rest = ~said
        paid = np.bincount(
            self.column[rest], self.value[rest] * price[self.row[rest]], minlength=self.cost.size
        )
        return _Columns(self.row[said], self.column[said], self.value[said], self.cost - paid)


def _around(smooth: Smooth, wanted: Mask, between: Mask, used: Mask, tonnes: float) -> _Columns:
    """What every column that touches an open row says: earn at most its cost if it could run
    more, at least its cost if it could run less."""
    wiring = smooth.compiled.wiring
    touching = np.bincount(wiring.column[wanted[wiring.row]], minlength=smooth.cost.size) > 0
    touching &= smooth.upper > tonnes  # of less, it cannot be told whether it is used
    parts = [(touching & (between | ~used), 1.0), (touching & used, -1.0)]
    numbers = [np.cumsum(kept) - 1 for kept, _ in parts]
    entries = [np.flatnonzero(kept[wiring.column]) for kept, _ in parts]
    first = int(parts[0][0].sum())
    column = [number[wiring.column[at]] for number, at in zip(numbers, entries, strict=True)]
    earned = smooth.earning.data
    return _Columns(
        row=np.concatenate([wiring.row[at] for at in entries]),
        column=np.concatenate([column[0], first + column[1]]),
        value=np.concatenate([sign * earned[at] for (_, sign), at in zip(parts, entries, strict=True)]),
        cost=np.concatenate([sign * smooth.cost[kept] for kept, sign in parts]),
    )


def _propagate(columns: _Columns, low: Array, high: Array) -> None:
    """Tighten the ends until they settle."""
    positive, row, column = columns.value > 0, columns.row, columns.column
    up, down = _grouped(row, positive), _grouped(row, ~positive)
    for _ in range(ROUNDS):
        least = np.where(positive, low[row], high[row])
        unbounded = ~np.isfinite(least)
        part = np.where(unbounded, 0.0, columns.value * np.where(unbounded, 0.0, least))
        total = np.bincount(column, part, columns.cost.size)
        missing = np.bincount(column, unbounded, columns.cost.size)
        usable = missing[column] - unbounded == 0
        bound = (columns.cost[column] - total[column] + part) / columns.value
        before = low.copy(), high.copy()
        _tightened(high, up, np.where(usable, bound, np.inf), np.minimum)
        _tightened(low, down, np.where(usable, bound, -np.inf), np.maximum)
        high[:] = np.maximum(high, low)
        if np.array_equal(before[0], low) and np.array_equal(before[1], high):
            return


def _tightened(end: Array, groups: tuple[Index, Index, Index], bound: Array, closer: np.ufunc) -> None:
    """Move the ends of rows to the closest of their entries' bounds."""
    entry, start, rows = groups
    if rows.size:
        end[rows] = closer(end[rows], closer.reduceat(bound[entry], start))


def _grouped(row: Index, wanted: Mask) -> tuple[Index, Index, Index]:
    """Wanted entries row by row, where each row's begin among them, and these rows."""
    entry = np.flatnonzero(wanted)
    entry = entry[np.argsort(row[entry], kind="stable")]
    rows, start = np.unique(row[entry], return_index=True)
    return entry, start, rows
