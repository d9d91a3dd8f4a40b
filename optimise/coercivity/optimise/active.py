"""Which columns and rows an equilibrium works with: read off a linear program, mended by what breaks."""

from dataclasses import dataclass, replace

import numpy as np

from coercivity.optimise.market import Array
from coercivity.optimise.program import Outcome
from coercivity.optimise.smooth import Mask, Smooth

__all__ = ["ActiveSet", "Point", "mended", "set_of"]

LEAST = 1e-14  # of the largest flow: what passes through a row through which nothing passes
WRONG = 1e-9, 1e-8  # of the largest flow, and of 1 + |cost|: what breaks a set


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """Flows of structural columns, prices of rows, how many Newton steps they took; did it end?"""

    flow: Array
    price: Array
    steps: int
    ended: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class ActiveSet:
    """Which columns are free, which stand at their upper bound, which rows are in force.

    asleep: balances through which nothing passes, whose prices stay as they are, for they are
    open; still: columns that touch such a balance, and stand still with it
    """

    free: Mask
    full: Mask
    tight: Mask
    asleep: Mask
    still: Mask

    def idle(self, smooth: Smooth) -> Mask:
        """Columns at nothing that might run."""
        return np.asarray(~self.free & ~self.full & ~self.still & (smooth.upper > 0))

    def slack(self, smooth: Smooth) -> Mask:
        """Rows that might be in force and are not."""
        return np.asarray(~self.tight & ~self.asleep & smooth.limited)


def set_of(smooth: Smooth, outcome: Outcome) -> tuple[ActiveSet, Point]:
    """The active set of a linear program's basis, and the program's own point.

    Half the market of a country that makes little is asleep, which halves the equations.
    """
    columns = smooth.compiled.structural
    flow, free = outcome.value, outcome.basic[:columns]
    full = ~free & (flow > 0) & (flow >= smooth.upper)
    tight = ~outcome.slack | smooth.equal
    wiring = smooth.compiled.wiring
    running = flow > LEAST * max(1.0, float(flow.max(initial=0.0)))
    passed = wiring.magnitude @ running > 0
    wanted = (smooth.curve(outcome.dual) != 0) | (smooth.right != 0)
    asleep = smooth.equal & ~passed & ~wanted
    still = np.zeros(columns, dtype=bool)
    still[wiring.column[asleep[wiring.row]]] = True
    active = ActiveSet(free & ~still, full, tight & ~asleep, asleep, still)
    return active, Point(flow, outcome.dual, 0)


def mended(smooth: Smooth, active: ActiveSet, point: Point) -> tuple[ActiveSet, int]:
    """The set with all that breaks at a point on the other side, and how many that are.

    Block principal pivoting: Júdice & Pires (1994). It may circle, so its user counts.
    """
    flow, price = point.flow, point.price
    tonnes = WRONG[0] * max(1.0, float(np.abs(flow).max(initial=0.0)))
    loss = smooth.reduced_cost(price) / (1.0 + np.abs(smooth.cost))
    excess = smooth.excess(flow, price)
    under, over = active.free & (flow < -tonnes), active.free & (flow > smooth.upper + tonnes)
    pays = active.idle(smooth) & (loss < -WRONG[1])
    costs = active.full & (loss > WRONG[1])
    short = active.slack(smooth) & (excess < -tonnes)
    held = active.tight & ~smooth.equal & (price < -WRONG[1])
    broken = sum(int(np.count_nonzero(some)) for some in (under, over, pays, costs, short, held))
    other = replace(
        active,
        free=(active.free & ~under & ~over) | pays | costs,
        full=(active.full & ~costs) | over,
        tight=(active.tight | short) & ~held,
    )
    return other, broken
