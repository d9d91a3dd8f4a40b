"""Newton's finish: the smooth equilibrium on an active set, which may break a sign or bound.

On the active set, (F.1) and (F.2) of `smooth.py` are a square system in flows and prices. A
solution counts only if every sign and bound holds (`certificate.py`); else another set is sought.
Source: model design, section 4.
"""

import numpy as np

from coercivity.optimise.active import ActiveSet, Point
from coercivity.optimise.entries import Places, fill, through
from coercivity.optimise.factors import eliminate, solve_factors
from coercivity.optimise.loops import compiled_loop
from coercivity.optimise.market import Array
from coercivity.optimise.smooth import Conditions, Mask, Smooth, curve_of, slope_of

__all__ = ["finish"]

NEWTON = 30
EXACT, ROUNDING = 1e-13, 1e-10  # imbalance that is done, and from which a few more steps do
FEW, EXTRA = 2, 8  # such steps before factorising anew, and at most
STAGNANT = 0.1  # a step that leaves more than this of the imbalance has met rounding
PAID = 1e-10  # what used columns may fail to earn, relative to 1 + |cost|
EARNED = 1e-2  # the same in the end, over what they may at first
EVEN, SPECK = 1e-10, 1e-12  # imbalance of a row: of what passes through it, and at least, t
ROUGH = 1e-2  # imbalance, over the largest flow, from which a set is known to be wrong by what it breaks
GROSS = 1e-4  # of the largest flow, and of 1 + |cost|: what a wrong set breaks
BETTER = 0.5  # a factorisation without such progress says that a set holds no point
REUSE = 0.03  # a factorisation is kept while each step leaves less than this of the imbalance
PROXIMAL = 1e-9  # keeps a flow that nothing pins where it is, USD/kg a t
STIFF = 2e-13  # keeps a price that nothing pins where it is, t per USD/kg over the largest flow
LESS = 1e-3  # of that where small rows do not balance otherwise, for it hides their own answer
NOWHERE, ENDED, SHORT = 0, 1, 2  # how a finish ends: no point, at it, short of it since the set is wrong


def finish(smooth: Smooth, active: ActiveSet, flow: Array, price: Array, hasty: bool = True) -> Point | None:
    """The point that an active set holds, which may break a sign or bound; None if there is none.

    hasty: stop short of it where the set seems wrong
    """
    sequence = smooth.elimination.sequence(smooth.entries, active.free, active.tight)
    end, flow, price, steps = _newton(smooth.conditions, active, sequence, flow, price, hasty)
    return None if end == NOWHERE else Point(flow, price, steps, end == ENDED)


@compiled_loop
def _newton(
    at: Conditions, active: ActiveSet, sequence: Places, flow: Array, price: Array, hasty: bool
) -> tuple[int, Array, Array, int]:
    """Solve (F.1)-(F.2) on the active set; how it ended, and where."""
    largest = max(1.0, np.abs(flow).max())
    stiff = STIFF * largest
    flow = np.where(active.full, at.upper, np.where(active.free, flow, 0.0))
    price = np.where(active.tight | active.asleep, price, 0.0)
    curve = curve_of(at, price)
    spare = fill(at.entries, flow) + curve - at.right
    before, best, fresh, extra = np.inf, np.inf, False, 0
    found = NOWHERE, flow, price, 0
    factors = eliminate(at.entries, sequence, _diagonal(at, sequence, price, stiff))
    sound = factors
    for step in range(NEWTON):
        right, unpaid, imbalance = _unmet(at, sequence, price, spare)
        earns = unpaid <= PAID
        if earns and step and imbalance <= ROUNDING * largest:
            even = imbalance <= EXACT * largest and _even(at, active.tight, flow, spare)
            at_floor = imbalance > STAGNANT * before  # only rounding is left, whatever the way here
            if (even and unpaid <= EARNED * PAID and at_floor) or extra == EXTRA:
                return ENDED, flow, price, step
            extra += 1
            found = ENDED, flow.copy(), price.copy(), step
            if extra == FEW:
                sound = factors
                stiff *= 1.0 if even else LESS
                factors = eliminate(at.entries, sequence, _diagonal(at, sequence, price, stiff))
        elif hasty and step and imbalance <= ROUGH * largest and _astray(at, active, flow, price, largest):
            return SHORT, flow, price, step
        if step == 0:
            best = imbalance
        elif extra == 0 and imbalance > REUSE * before and not fresh:
            if imbalance > BETTER * best:
                return found
            best, fresh = min(best, imbalance), True
            factors = eliminate(at.entries, sequence, _diagonal(at, sequence, price, stiff))
        else:
            fresh = False
        before = imbalance if step else np.inf
        move = solve_factors(factors, right)
        if not np.isfinite(move).all():
            if extra < FEW:
                return found
            factors = sound  # what held prices in place was needed after all
            move = solve_factors(factors, right)
            if not np.isfinite(move).all():
                return found
        flow, stride = _step(at, sequence, (flow, price), move)
        price, curve, spare = _newton_step(at, flow, (price, curve), stride, earns)
        largest = max(1.0, np.abs(flow).max())
    return found


@compiled_loop
def _diagonal(at: Conditions, sequence: Places, price: Array, stiff: float) -> Array:
    """−ρ of free columns, and D of tight rows at given prices, in the order of elimination."""
    columns, slope = at.cost.size, slope_of(at, price)
    out = np.full(sequence.size, -PROXIMAL)
    for k in range(sequence.size):
        if sequence[k] >= columns:
            out[k] = max(slope[sequence[k] - columns], stiff)  # a curve that slopes needs no help
    return out


@compiled_loop
def _unmet(at: Conditions, sequence: Places, price: Array, spare: Array) -> tuple[Array, float, float]:
    """What free columns fail to earn and what tight rows lack, in the order of elimination.

    And the most of each: over 1 + |cost|, and in tonnes.
    """
    columns, entries, out, unpaid, imbalance = at.cost.size, at.entries, np.empty(sequence.size), 0.0, 0.0
    for k in range(sequence.size):
        member = sequence[k]
        if member < columns:
            out[k] = at.cost[member]
            for e in range(entries.start[member], entries.start[member + 1]):
                out[k] -= entries.earned[e] * price[entries.row[e]]
            unpaid = max(unpaid, abs(out[k]) / (1.0 + abs(at.cost[member])))
        else:
            out[k] = -spare[member - columns]
            imbalance = max(imbalance, abs(out[k]))
    return out, unpaid, imbalance


@compiled_loop
def _even(at: Conditions, tight: Mask, flow: Array, spare: Array) -> bool:
    """Whether every row, however small, balances to a part of what passes through it."""
    passing = through(at.entries, flow)
    for row in range(spare.size):
        if tight[row] and abs(spare[row]) > EVEN * passing[row] + SPECK:
            return False
    return True


@compiled_loop
def _astray(at: Conditions, active: ActiveSet, flow: Array, price: Array, largest: float) -> bool:
    """Whether the set grossly breaks a sign, so that the exact point on it is of no use."""
    entries = at.entries
    for column in range(flow.size):
        if flow[column] < -GROSS * largest:
            return True
    for column in range(flow.size):
        if active.idle[column]:
            pay = -at.cost[column]
            for e in range(entries.start[column], entries.start[column + 1]):
                pay += entries.earned[e] * price[entries.row[e]]
            if pay > GROSS * (1.0 + abs(at.cost[column])):
                return True
    return False


@compiled_loop
def _step(at: Conditions, sequence: Places, point: tuple[Array, Array], move: Array) -> tuple[Array, Array]:
    """Flows after a Newton step, and the step of prices.

    No price of a curve loses more than nine tenths.
    """
    columns, flow, stride = at.cost.size, point[0].copy(), np.zeros(at.right.size)
    for k in range(sequence.size):
        if sequence[k] < columns:
            flow[sequence[k]] += move[k]
        else:
            stride[sequence[k] - columns] = move[k]
    for node in at.node:
        if point[1][node] > 0.0:
            stride[node] = max(stride[node], -0.9 * point[1][node])
    return flow, stride


@compiled_loop
def _newton_step(
    at: Conditions, flow: Array, before: tuple[Array, Array], stride: Array, settled: bool
) -> tuple[Array, Array, Array]:
    """Prices after a Newton step, their curves, and what rows spare.

    The step is taken whole, or to where the curves balance along it: once every used column earns its
    cost, the equilibrium minimises a convex function of prices, whose derivative along the step rises,
    so bisection finds its zero. before: prices and their curves
    """
    brought = fill(at.entries, flow) - at.right
    price = before[0] + stride
    curve = curve_of(at, price)
    start = _along(brought, before[1], stride)
    if not settled or start >= 0.0 or _along(brought, curve, stride) <= 0.3 * abs(start):
        return price, curve, brought + curve
    low, high = 0.0, 1.0
    for _ in range(12):
        middle = (low + high) / 2
        price = before[0] + middle * stride
        curve = curve_of(at, price)
        imbalance = _along(brought, curve, stride)
        if abs(imbalance) <= 0.1 * abs(start):
            break
        if imbalance < 0:
            low = middle
        else:
            high = middle
    return price, curve, brought + curve


@compiled_loop
def _along(brought: Array, curve: Array, stride: Array) -> float:
    """How much the rows of moving prices lack or spare, valued by how they move."""
    total = 0.0
    for row in range(stride.size):
        if stride[row] != 0.0:
            total += stride[row] * (brought[row] + curve[row])
    return total
