"""Newton's finish: the smooth equilibrium on an active set, and the proof that the set is right.

On the active set, (F.1) and (F.2) of `smooth.py` are a square system in flows and prices. A
solution counts only if every sign and bound holds; else another set is sought (`proximal.py`).
Source: model design, section 4.
"""

import numpy as np

from coercivity.optimise.active import ActiveSet, Point
from coercivity.optimise.market import Array
from coercivity.optimise.smooth import Mask, Smooth
from coercivity.optimise.wiring import System, factorised

__all__ = ["finish"]

NEWTON = 30
EXACT, ROUNDING = 1e-13, 1e-10  # imbalance that is done, and from which a few more steps do
FEW, EXTRA = 2, 6  # such steps before factorising anew, and at most
EARNED = 1e-2  # what used columns may fail to earn in the end, over what they may at first
EVEN, SPECK = 1e-10, 1e-12  # imbalance of a row: of what passes through it, and at least, t
ROUGH = 1e-2  # imbalance, over the largest flow, from which a set is known to be wrong by what it breaks
GROSS = 1e-4  # of the largest flow, and of 1 + |cost|: what a wrong set breaks
BETTER, PATIENCE = 0.5, 0  # factorisations in a row without progress that say a set holds no point
REUSE = 0.1  # a factorisation is kept while each step leaves less than this of the imbalance
PROXIMAL = 1e-9  # keeps a flow that nothing pins where it is, USD/kg a t
STIFF = 2e-13  # keeps a price that nothing pins where it is, t per USD/kg over the largest flow
LESS = 1e-3  # of that where small rows do not balance otherwise, for it hides their own answer


def finish(smooth: Smooth, active: ActiveSet, flow: Array, price: Array, hasty: bool = True) -> Point | None:
    """The point that an active set holds, which may break a sign or bound; None if there is none.

    hasty: stop short of it where the set seems wrong
    """
    solved = _newton(smooth, active, flow, price, hasty)
    return None if solved is None else Point(*solved)


class _Equations:
    """(F.1)-(F.2) over one active set, with a factorisation kept while it serves."""

    def __init__(self, smooth: Smooth, active: ActiveSet, flow: Array) -> None:
        self.smooth = smooth
        self.stiff = STIFF * max(1.0, float(np.abs(flow).max(initial=0.0)))
        self.free, self.tight = np.flatnonzero(active.free), np.flatnonzero(active.tight)
        self.idle = np.flatnonzero(active.idle(smooth))
        self._size = smooth.compiled.wiring.magnitude
        self.curved = smooth.curved[self.tight]
        self.dollars = 1e-10 * (1.0 + np.abs(smooth.cost[self.free]))
        self._system: System | None = None

    def factorise(self, price: Array) -> bool:
        """Factorise at `price`; False if the set is singular there."""
        slope = self.smooth.slope(price)[self.tight] + self.stiff
        diagonals = np.full(self.free.size, PROXIMAL), slope
        if self._system is not None:
            return self._system.renew(diagonals)
        wiring, earned = self.smooth.compiled.wiring, self.smooth.earning.data
        self._system = factorised(wiring, earned, (self.free, self.tight), diagonals, self.smooth.elimination)
        return self._system is not None

    def anew(self, price: Array, even: bool) -> bool:
        """Factorise for the last digits, less stiffly if small rows do not balance yet."""
        self.stiff *= 1.0 if even else LESS
        return self.factorise(price)

    def residuals(self, flow: Array, price: Array) -> tuple[Array, Array]:
        """What free columns fail to earn, and what tight rows lack."""
        unpaid = self.smooth.reduced_cost(price)[self.free]
        return unpaid, -self.smooth.excess(flow, price)[self.tight]

    def earned(self, unpaid: Array) -> bool:
        """Whether used columns earn their cost to the last digits."""
        return bool((np.abs(unpaid) <= EARNED * self.dollars).all())

    def even(self, flow: Array, short: Array) -> bool:
        """Whether every row, however small, balances to a part of what passes through it."""
        through = (self._size @ np.abs(flow))[self.tight]
        return bool((np.abs(short) <= EVEN * through + SPECK).all())

    def astray(self, flow: Array, price: Array, largest: float) -> bool:
        """Whether the set grossly breaks a sign, so that the exact point on it is of no use."""
        if flow.min(initial=0.0) < -GROSS * largest:
            return True
        loss = self.smooth.reduced_cost(price)
        return bool((loss[self.idle] < -GROSS * (1.0 + np.abs(self.smooth.cost[self.idle]))).any())

    def move(self, unpaid: Array, short: Array) -> tuple[Array, Array]:
        """The Newton step, by the factorisation in hand."""
        assert self._system is not None
        return self._system.solve(unpaid, short)


def _newton(
    smooth: Smooth, active: ActiveSet, flow: Array, price: Array, hasty: bool
) -> tuple[Array, Array, int, bool] | None:
    """Solve (F.1)-(F.2) on the active set; None if it diverges or the set is singular."""
    equations = _Equations(smooth, active, flow)
    free, tight = equations.free, equations.tight
    flow = np.where(active.full, smooth.upper, np.where(active.free, flow, 0.0))
    price = np.where(active.tight | active.asleep, price, 0.0)
    before, best, fresh, largest, extra, stuck = np.inf, np.inf, False, 1.0, 0, 0
    found: tuple[Array, Array, int, bool] | None = None
    for step in range(NEWTON):
        unpaid, short = equations.residuals(flow, price)
        earns = bool((np.abs(unpaid) <= equations.dollars).all())
        imbalance = float(np.abs(short).max(initial=0.0))
        if earns and step and imbalance <= ROUNDING * largest:
            even = imbalance <= EXACT * largest and equations.even(flow, short)
            if (even and equations.earned(unpaid)) or extra == EXTRA:
                return flow, price, step, True
            extra += 1
            found = flow.copy(), price, step, True
            if extra == FEW and not equations.anew(price, even):
                return found
        elif hasty and step and imbalance <= ROUGH * largest and equations.astray(flow, price, largest):
            return flow, price, step, False
        if step == 0 or (extra == 0 and imbalance > REUSE * before and not fresh):
            stuck = stuck + 1 if imbalance > BETTER * best else 0
            best = min(best, imbalance)
            if stuck > PATIENCE or not equations.factorise(price):
                return found
            fresh = step > 0
        else:
            fresh = False
        before = imbalance if step else np.inf
        flows, prices = equations.move(unpaid, short)
        if not (np.isfinite(flows).all() and np.isfinite(prices).all()):
            return found
        flow[free] += flows
        largest = max(1.0, float(np.abs(flow).max(initial=0.0)))
        stride = np.zeros(price.size)
        stride[tight] = _bounded(equations.curved, price[tight], prices)
        price = price + _stride(smooth, flow, price, stride, earns) * stride
    return found


def _bounded(curved: Mask, price: Array, move: Array) -> Array:
    """A price step that takes away no more than nine tenths of a price."""
    floor = np.where(curved & (price > 0), -0.9 * price, -np.inf)
    return np.maximum(move, floor)


def _stride(smooth: Smooth, flow: Array, price: Array, move: Array, settled: bool) -> float:
    """How far to go along a price step: all the way, or to where the curves balance along it.

    Once every used column earns its cost, the equilibrium minimises a convex function of
    prices; its derivative along the step rises with the stride, so bisection finds its zero.
    """
    if not settled:
        return 1.0
    moving = np.flatnonzero(move)

    def imbalance(stride: float) -> float:
        return float(move[moving] @ smooth.excess(flow, price + stride * move)[moving])

    start, end = imbalance(0.0), imbalance(1.0)
    if start >= 0.0 or end <= 0.3 * abs(start):
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(12):
        middle = (low + high) / 2
        at = imbalance(middle)
        if abs(at) <= 0.1 * abs(start):
            return middle
        low, high = (middle, high) if at < 0 else (low, middle)
    return (low + high) / 2
