"""From anywhere to the equilibrium: proximal steps, each a smooth problem solved by Newton.

Where the linear program's basis does not lead to the right active set, flows are kept near those
of the last step by a small rising cost ρ(x − x̂) instead. Every column then answers prices like a
supply curve, x = x̂ − loss/ρ within its bounds, so that prices alone decide; they minimise a
convex function, which Newton with a line search does from anywhere. As x̂ follows x, the answer
tends to the equilibrium itself. Sources: Rockafellar (1976); Li, Sun & Toh (2020).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from coercivity.optimise.active import ActiveSet, Point
from coercivity.optimise.entries import earnings
from coercivity.optimise.finish import finish
from coercivity.optimise.market import Array
from coercivity.optimise.smooth import Mask, Smooth
from coercivity.optimise.wiring import factorise_system

__all__ = ["approach"]

OUTER = 30
INNER = 60
MOST = 450  # Newton steps altogether: where they lead anywhere, they take fewer
NEAR = 1e-3  # change of cost by a step from which its active set is tried, relative to 1 + cost
FARTHEST = 64.0  # of a step over Newton's
SOFTEST = 1e-6
SOFTER, STIFFER = 0.1, 5.0  # stiffness of each further step over that of the last
ROUGH, BALANCED = 1e-4, 1e-11  # what rows may lack at first and in the end, over the largest flow
DAMPING = 1e-9  # keeps a price that nothing answers where it is, t per USD/kg over the largest flow
EASING = 1e-4  # and shortens steps that are far from the goal, over what rows lack


def approach(smooth: Smooth, point: Point, stiffness: float) -> Iterator[Point]:
    """Points ever nearer to the equilibrium, from anywhere, each exact on its own active set.

    stiffness: at first, relative to the market's own prices over flows
    """
    seen = np.abs(point.price[np.abs(point.price) > 0])
    own = float(np.median(seen)) if seen.size else 1.0
    own /= max(1.0, float(point.flow.max(initial=0.0)))
    steps = _Proximal(smooth, point, own * stiffness)
    for _ in range(OUTER):
        if steps.taken > MOST:
            return
        settled = steps.advance()
        if settled and steps.moved <= NEAR:
            found = finish(smooth, steps.active(), steps.flow, steps.price, hasty=False)
            if found is not None:
                yield Point(found.flow, found.price, found.steps + steps.taken)
        steps.stiffness *= SOFTER if settled else STIFFER
        steps.rough = max(SOFTER * steps.rough, BALANCED)
        steps.stiffness = max(steps.stiffness, SOFTEST * own)


@dataclass(slots=True)
class _Response:
    """What columns and slack rows do at given prices, and which of them would answer a change."""

    flow: Array
    slack: Array
    free: Mask
    loose: Mask


class _Proximal:
    """Proximal steps from a point; `advance` takes one."""

    def __init__(self, smooth: Smooth, point: Point, stiffness: float) -> None:
        self.smooth, self.stiffness = smooth, stiffness
        self.flow = np.clip(point.flow, 0.0, smooth.upper)
        self.price = np.where(smooth.limited, point.price, 0.0)
        excess = np.where(smooth.limited, smooth.excess(self.flow, self.price), 0.0)
        self.slack = np.where(smooth.equal, 0.0, np.maximum(excess, 0.0))
        self.taken = 0
        self.rough = ROUGH
        self.moved = np.inf
        self.levied = smooth.taxes(self.price)
        self._untaxed = smooth.compiled.wiring.entries(smooth.compiled.wiring.value)

    def advance(self) -> bool:
        """One proximal step: solve for prices, then move the centre. False if prices did not settle.

        Taxes stay at the prices it starts from, for then prices minimise a convex function.
        """
        smooth = self.smooth
        self.levied = smooth.taxes(self.price)
        start, largest = self.price, max(1.0, float(self.flow.max(initial=0.0)))
        for _ in range(INNER):
            answer = self._answer(self.price)
            short = self._short(answer, self.price)
            if np.abs(short).max(initial=0.0) <= max(self.rough * largest, self._rounding()):
                break
            move = self._newton(answer, short, largest)
            if move is None:
                return False
            stride = self._stride(move)
            if stride <= 0.0:
                self.price = start
                return False
            self.price = self.price + stride * move
            self.taken += 1
        else:
            self.price = start
            return False
        self._recentre(answer)
        return True

    def _rounding(self) -> float:
        """Tonnes that rounding of prices alone moves."""
        return 1e-15 * float(np.abs(self.price).max(initial=0.0)) / self.stiffness

    def _recentre(self, answer: _Response) -> None:
        late = np.abs(self.smooth.taxes(self.price) - self.levied)
        change = self.stiffness * np.abs(answer.flow - self.flow) + late
        change /= 1.0 + np.abs(self.smooth.cost)
        self.moved = float(change.max(initial=0.0))
        self.flow, self.slack = answer.flow, answer.slack

    def active(self) -> ActiveSet:
        """The active set of the last step."""
        smooth = self.smooth
        full = (self.flow >= smooth.upper) & (smooth.upper > 0)
        tight = smooth.equal | (smooth.limited & (self.slack <= 0))
        asleep, still = np.zeros_like(tight), np.zeros_like(full)
        free = (self.flow > 0) & ~full
        return ActiveSet(free, full, tight, asleep, still, ~free & ~full & (smooth.upper > 0))

    def _answer(self, price: Array) -> _Response:
        smooth = self.smooth
        loss = smooth.cost + self.levied - earnings(self._untaxed, price)
        wanted = self.flow - loss / self.stiffness
        left = np.where(smooth.equal | ~smooth.limited, -1.0, self.slack - price / self.stiffness)
        return _Response(
            np.clip(wanted, 0.0, smooth.upper),
            np.maximum(left, 0.0),
            (wanted > 0) & (wanted < smooth.upper),
            left > 0,
        )

    def _short(self, answer: _Response, price: Array) -> Array:
        excess = np.where(self.smooth.limited, self.smooth.excess(answer.flow, price), 0.0)
        return np.asarray(answer.slack - excess)

    def _newton(self, answer: _Response, short: Array, largest: float) -> Array | None:
        smooth = self.smooth
        free, rows = int(answer.free.sum()), smooth.limited
        damping = DAMPING * largest + EASING * float(np.abs(short).max())
        slope = smooth.slope(self.price) + answer.loose / self.stiffness + damping
        diagonals = np.full(free, self.stiffness), slope[rows]
        system = factorise_system(self._untaxed, (answer.free, rows), diagonals, smooth.elimination)
        move = np.zeros(self.price.size)
        _, move[rows] = system.solve(np.zeros(free), short[rows])
        return move if np.isfinite(move).all() else None

    def _stride(self, move: Array) -> float:
        """Where along a price step the excess balances, roughly."""

        def slope(stride: float) -> float:
            price = self.price + stride * move
            return -float(move @ self._short(self._answer(price), price))

        start, end = slope(0.0), slope(1.0)
        if start >= 0.0:
            return 0.0
        high = 1.0
        while end < -0.5 * abs(start) and high < FARTHEST:
            high *= 2.0
            end = slope(high)
        if end <= 0.5 * abs(start):
            return high
        low = 0.0 if high == 1.0 else high / 2
        for _ in range(30):
            middle = (low + high) / 2
            at = slope(middle)
            if abs(at) <= 0.3 * abs(start):
                return middle
            low, high = (middle, high) if at < 0 else (low, middle)
        return low if low > 0 else high
