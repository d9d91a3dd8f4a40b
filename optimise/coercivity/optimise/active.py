"""Which columns and rows an equilibrium works with: read off a linear program, mended by what breaks."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from coercivity.optimise.loops import compiled_loop
from coercivity.optimise.market import Array
from coercivity.optimise.program import LpSolution
from coercivity.optimise.smooth import Conditions, Mask, Smooth, curve_of, excess, reduced_cost

__all__ = ["ActiveSet", "Point", "repair_active_set", "set_of"]

LEAST = 1e-14  # of the largest flow: what passes through a row through which nothing passes
WRONG = 1e-9, 1e-8  # of the largest flow, and of 1 + |cost|: what breaks a set


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """Flows of structural columns, prices of rows, how many Newton steps they took; did it end?"""

    flow: Array
    price: Array
    steps: int
    ended: bool = True


class ActiveSet(NamedTuple):
    """Which columns are free, which stand at their upper bound, which rows are in force.

    asleep: balances through which nothing passes, whose prices stay as they are, for they are
    open; still: columns that touch such a balance, and stand still with it; idle: columns at
    nothing that might run
    """

    free: Mask
    full: Mask
    tight: Mask
    asleep: Mask
    still: Mask
    idle: Mask


def set_of(smooth: Smooth, outcome: LpSolution) -> tuple[ActiveSet, Point]:
    """The active set of a linear program's basis, and the program's own point.

    Half the market of a country that makes little is asleep, which halves the equations.
    """
    basis = outcome.basic[: outcome.value.size], outcome.slack
    active = _read(smooth.conditions, basis, outcome.value, outcome.dual)
    return active, Point(outcome.value, outcome.dual, 0)


def repair_active_set(smooth: Smooth, active: ActiveSet, point: Point) -> tuple[ActiveSet, int]:
    """The set with all that breaks at a point on the other side, and how many that are.

    Block principal pivoting: Júdice & Pires (1994). It may circle, so its user counts.
    """
    return _switch_sides(smooth.conditions, active, point.flow, point.price)


@compiled_loop
def _read(at: Conditions, basis: tuple[Mask, Mask], flow: Array, price: Array) -> ActiveSet:
    """The active set that columns and slacks in a basis say."""
    entries, rows = at.entries, at.right.size
    passed = np.zeros(rows, np.bool_)
    least = LEAST * max(1.0, flow.max())
    for column in range(flow.size):
        if flow[column] > least:
            for e in range(entries.start[column], entries.start[column + 1]):
                passed[entries.row[e]] = True
    wanted = curve_of(at, price)
    tight, asleep = np.zeros(rows, np.bool_), np.zeros(rows, np.bool_)
    for row in range(rows):
        asleep[row] = at.equal[row] and not passed[row] and wanted[row] == 0.0 and at.right[row] == 0.0
        tight[row] = (at.equal[row] or not basis[1][row]) and not asleep[row]
    free, full = np.zeros(flow.size, np.bool_), np.zeros(flow.size, np.bool_)
    still, idle = np.zeros(flow.size, np.bool_), np.zeros(flow.size, np.bool_)
    for column in range(flow.size):
        for e in range(entries.start[column], entries.start[column + 1]):
            still[column] |= asleep[entries.row[e]]
        free[column] = basis[0][column] and not still[column]
        full[column] = not basis[0][column] and flow[column] > 0 and flow[column] >= at.upper[column]
        idle[column] = not (free[column] or full[column] or still[column]) and at.upper[column] > 0
    return ActiveSet(free, full, tight, asleep, still, idle)


@compiled_loop
def _switch_sides(at: Conditions, active: ActiveSet, flow: Array, price: Array) -> tuple[ActiveSet, int]:
    tonnes = WRONG[0] * max(1.0, np.abs(flow).max())
    loss, spare = reduced_cost(at, price), excess(at, flow, price)
    free, full, idle = active.free.copy(), active.full.copy(), active.idle.copy()
    tight, broken = active.tight.copy(), 0
    for column in range(flow.size):
        wrong = WRONG[1] * (1.0 + abs(at.cost[column]))
        if free[column] and (flow[column] < -tonnes or flow[column] > at.upper[column] + tonnes):
            full[column] = flow[column] > 0
            idle[column] = not full[column] and at.upper[column] > 0
            free[column] = False
        elif (idle[column] and loss[column] < -wrong) or (full[column] and loss[column] > wrong):
            free[column], full[column], idle[column] = True, False, False
        else:
            continue
        broken += 1
    for row in range(price.size):
        if tight[row]:
            switches = not at.equal[row] and price[row] < -WRONG[1]
        else:
            switches = at.limited[row] and not active.asleep[row] and spare[row] < -tonnes
        if switches:
            tight[row] = not tight[row]
            broken += 1
    return ActiveSet(free, full, tight, active.asleep, active.still, idle), broken
