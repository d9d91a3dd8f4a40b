"""From a nearly right active set to the right one: exchanges along a straight path.

A point on a wrong set earns less than its cost somewhere, or sends less than nothing. Costs,
bounds and right-hand sides are shifted just so far that the point is an equilibrium after all;
then the shifts are taken back, θ from 1 to 0, and wherever a sign would break on the way, what
breaks and what must give way for it change places: a parametric active-set method, or principal
pivoting, in which no set is met twice and degenerate ties do no harm. Curves are followed by their
slope and a Newton correction at every exchange. Sources: Best (1996); Ferreau, Bock & Diehl
(2008); Cottle, Pang & Stone (1992), chapter 4.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from coercivity.optimise.active import ActiveSet, Point
from coercivity.optimise.market import Array
from coercivity.optimise.smooth import Smooth
from coercivity.optimise.wiring import System, factorised

__all__ = ["exchanged"]

MOST = 80  # exchanges
STIFF = 2e-10  # keeps a price that nothing pins where it is on the way, t per USD/kg over the largest flow
SOFT = 1e-11  # keeps a flow that nothing pins where it is, USD/kg a t
STILL = 1e-8  # what answers a unit of price or flow by less than this does not answer
SLOW = 1e-11  # a gap that closes slower than this stays open
DONE = 1e-8  # of the path left, which the finish takes in its stride
MARGIN = 1e-10  # beyond the exact shift, so that nothing stands on its edge at first


class _Event(NamedTuple):
    """What breaks first along a move: its kind, its position, and how far along."""

    kind: str
    at: int
    stride: float


@dataclass(slots=True)
class _Move:
    """A direction: of all flows, of all prices, and of the path itself (1 along it, 0 aside)."""

    flow: Array
    price: Array
    path: float


def exchanged(smooth: Smooth, active: ActiveSet, point: Point) -> tuple[ActiveSet, Point] | None:
    """The active set at the end of the path from a point, and the point there; None if it is lost."""
    path = _Path(smooth, active, point)
    for taken in range(MOST):
        if not path.factorise():
            return None
        path.correct()
        event = path.advance(path.along())
        if event is None or path.left <= DONE:
            return path.active(), Point(path.flow, path.price, point.steps + taken)
        if not path.exchange(event):
            return None
    return None


class _Path:
    """A point, its active set, and the shifts that make it an equilibrium."""

    def __init__(self, smooth: Smooth, active: ActiveSet, point: Point) -> None:
        self.smooth, self._start = smooth, active
        self.free, self.full = active.free.copy(), active.full.copy()
        self.tight = active.tight & smooth.limited
        self.flow, self.price = point.flow.copy(), point.price.copy()
        self.left = 1.0
        self.stiff = STIFF * max(1.0, float(np.abs(self.flow).max(initial=0.0)))
        self.usable = (smooth.upper > 0) & ~active.still
        self.stated = smooth.limited & ~active.asleep
        self.free &= self.usable
        loss, excess = smooth.reduced_cost(self.price), smooth.excess(self.flow, self.price)
        edge = MARGIN * (1.0 + np.abs(smooth.cost))
        idle = ~self.free & ~self.full & self.usable
        self.cost = np.where(idle & (loss < edge), edge - loss, 0.0)
        self.cost += np.where(self.full & (loss > -edge), -edge - loss, 0.0)
        hair = MARGIN * max(1.0, float(np.abs(self.flow).max(initial=0.0)))
        self.low = np.where(self.free & (self.flow < hair), np.minimum(self.flow - hair, 0.0), 0.0)
        over = self.flow - smooth.upper + hair
        self.high = np.where(self.free & (over > 0), over, 0.0)
        slack = ~self.tight & self.stated
        self.right = np.where(slack & (excess < hair), np.minimum(excess - hair, 0.0), 0.0)
        held = self.tight & ~smooth.equal
        self.floor = np.where(held & (self.price < MARGIN), np.minimum(self.price - MARGIN, 0.0), 0.0)
        self._system: System | None = None

    def active(self) -> ActiveSet:
        """The active set where the path stands."""
        free, full, tight = self.free.copy(), self.full.copy(), self.tight.copy()
        return replace(self._start, free=free, full=full, tight=tight)

    def factorise(self) -> bool:
        """Factorise the equations of the set as it is; False if it is singular."""
        self.columns, self.rows = np.flatnonzero(self.free), np.flatnonzero(self.tight)
        slope = self.smooth.slope(self.price)[self.rows] + self.stiff
        diagonals = np.full(self.columns.size, SOFT), slope
        wiring, earned = self.smooth.compiled.wiring, self.smooth.earning.data
        self._system = factorised(
            wiring, earned, (self.columns, self.rows), diagonals, self.smooth.elimination
        )
        return self._system is not None

    def _solve(self, unpaid: Array, short: Array) -> tuple[Array, Array]:
        """Moves of all flows and prices that pay what is unpaid and fill what is short."""
        assert self._system is not None
        flows, prices = self._system.solve(unpaid[self.columns], short[self.rows])
        flow, price = np.zeros(self.free.size), np.zeros(self.tight.size)
        flow[self.columns], price[self.rows] = flows, prices
        return flow, price

    def _loss(self) -> Array:
        return self.smooth.reduced_cost(self.price) + self.left * self.cost

    def _excess(self) -> Array:
        return self.smooth.excess(self.flow, self.price) - self.left * self.right

    def correct(self) -> None:
        """A Newton step on the set: curves are not as straight as the path."""
        flow, price = self._solve(self._loss(), -self._excess())
        if np.isfinite(flow).all() and np.isfinite(price).all():
            self.flow, self.price = self.flow + flow, self.price + price

    def along(self) -> _Move:
        """How the point moves as the shifts are taken back."""
        bound = np.where(self.free, 0.0, np.where(self.full, -self.high, -self.low))
        short = -self.right - self.smooth.matrix @ bound
        flow, price = self._solve(-self.cost, short)
        return _Move(flow + bound, price, 1.0)

    def advance(self, move: _Move) -> _Event | None:
        """Go along a move until something breaks; None at the end of the path."""
        event = self._first(move)
        stride = self.left if move.path else np.inf
        if event is not None and event.stride < stride:
            stride = event.stride
        else:
            event = None
        if not np.isfinite(stride):
            return None
        self.flow, self.price = self.flow + stride * move.flow, self.price + stride * move.price
        self.left -= stride * move.path
        return event

    def _first(self, move: _Move) -> _Event | None:
        """What breaks first along a move."""
        smooth, rate = self.smooth, move.path
        loss, excess = self._loss(), self._excess()
        worse = -(smooth.earning @ move.price) - rate * self.cost
        fuller = smooth.matrix @ move.flow + rate * self.right
        idle = ~self.free & ~self.full & self.usable
        slack = ~self.tight & self.stated
        held = self.tight & ~smooth.equal
        tests = (
            ("low", self.free, self.flow - self.left * self.low, move.flow + rate * self.low),
            ("high", self.free & np.isfinite(smooth.upper),
             smooth.upper + self.left * self.high - self.flow, -move.flow - rate * self.high),
            ("idle", idle, loss, worse),
            ("full", self.full, -loss, -worse),
            ("slack", slack, excess, fuller),
            ("held", held, self.price - self.left * self.floor, move.price + rate * self.floor),
        )  # fmt: skip
        best: _Event | None = None
        for kind, mask, gap, speed in tests:
            closing = np.flatnonzero(mask & (speed < -SLOW))
            if closing.size:
                stride = np.maximum(gap[closing], 0.0) / -speed[closing]
                at = int(np.argmin(stride))
                if best is None or stride[at] < best.stride:
                    best = _Event(kind, int(closing[at]), float(stride[at]))
        return best

    def exchange(self, event: _Event) -> bool:
        """Move what broke into or out of the set; and, where that alone is singular, another."""
        move = self._aside(event)
        if move is not None:
            other = self.advance(move)
            if other is None:
                return False
            self._switch(other)
        self._switch(event)
        return True

    def _switch(self, event: _Event) -> None:
        if event.kind in ("low", "high"):
            self.free[event.at] = False
            self.full[event.at] = event.kind == "high"
        elif event.kind in ("idle", "full"):
            self.free[event.at], self.full[event.at] = True, False
        else:
            self.tight[event.at] = event.kind == "slack"

    def _aside(self, event: _Event) -> _Move | None:
        """The move that keeps every equation while what broke gives way; None if it need not.

        A column that leaves, or a row, takes its price's only pin with it; a column that enters,
        or a row, repeats what others already say. Then the point may move without the path.
        """
        columns, rows = self.free.size, self.tight.size
        unpaid, short = np.zeros(columns), np.zeros(rows)
        at, kind = event.at, event.kind
        if kind in ("low", "high"):
            unpaid[at] = -1.0 if kind == "low" else 1.0
            flow, price = self._solve(unpaid, short)
            return None if abs(flow[at]) > STILL else _Move(np.zeros(columns), price, 0.0)
        if kind == "held":
            short[at] = 1.0
            flow, price = self._solve(unpaid, short)
            return None if abs(price[at]) > STILL else _Move(flow, np.zeros(rows), 0.0)
        wiring = self.smooth.compiled.wiring
        if kind == "slack":
            unit = np.zeros(rows)
            unit[at] = 1.0
            flow, price = self._solve(-np.asarray(self.smooth.earning @ unit), short)
            answer = (wiring.by_row[at] @ flow).item() + float(self.smooth.slope(self.price)[at])
            price[at] = 1.0
            return None if answer > STILL else _Move(np.zeros(columns), price, 0.0)
        step = 1.0 if kind == "idle" else -1.0
        entry = slice(wiring.start[at], wiring.start[at + 1])
        short[wiring.row[entry]] = -step * wiring.value[entry]
        flow, price = self._solve(unpaid, short)
        answer = -step * float(self.smooth.earning.data[entry] @ price[wiring.row[entry]])
        flow[at] = step
        return None if answer > STILL else _Move(flow, np.zeros(rows), 0.0)
