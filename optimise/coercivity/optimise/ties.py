"""Flows that cost the same: of all that support the equilibrium, the evenest.

Prices do not say how a tonne is split between two ways of the same cost, and a solver's choice
is an accident of its last basis. The even split is the one with the least sum of squared tonnes
over activities, arcs, outlets, slack and backstops. It depends on no order and no name: twins get
the same. It does depend on how ways are cut: two arcs of equal cost between the same nodes carry
more together than one arc would beside a third. Ways whose costs differ by less than `SAME` count
as ties. What remains: a way of equal cost over more arcs counts once for each of them.
"""

import numpy as np
from scipy import sparse

from coercivity.optimise.market import Array, Index
from coercivity.optimise.nearest import nearest
from coercivity.optimise.smooth import Mask, Smooth

__all__ = ["SAME", "even_split"]

SAME = 1e-8  # USD/kg, relative to 1 + |cost|
IDLE = 2e-10  # t, relative to the largest flow


def even_split(smooth: Smooth, flow: Array, prices: tuple[Array, Array]) -> Array:
    """The evenest of all flows that cost the same; `prices`: two that support the equilibrium."""
    tonnes = IDLE * max(1.0, float(flow.max(initial=0.0)))
    tied = smooth.upper > 0
    for price in prices:
        tied &= np.abs(smooth.reduced_cost(price)) <= SAME * (1.0 + np.abs(smooth.cost))
    held = smooth.equal | (np.minimum(*prices) > SAME)
    columns = _movable(smooth, flow, (tied, held), tonnes)
    if not columns.size:
        return flow
    wiring = smooth.compiled.wiring
    number = np.full(flow.size, -1)
    number[columns] = np.arange(columns.size)
    entry = np.flatnonzero(number[wiring.column] >= 0)
    entry = entry[smooth.limited[wiring.row[entry]]]
    rows, place = np.unique(wiring.row[entry], return_inverse=True)
    of, value = number[wiring.column[entry]], wiring.value[entry]
    used = np.bincount(place, value * flow[columns][of], rows.size)
    spare = np.where(held, 0.0, np.maximum(smooth.excess(flow, prices[0]), 0.0))
    bounded = np.flatnonzero(np.isfinite(smooth.upper[columns]))
    each = np.arange(columns.size)
    upper = smooth.upper[columns]
    at = np.concatenate([place, rows.size + each, rows.size + each.size + np.arange(bounded.size)])
    entries = np.concatenate([value, np.ones(each.size), -np.ones(bounded.size)])
    h = np.concatenate([used - spare[rows], np.zeros(each.size), -upper[bounded]])
    G = sparse.csr_matrix((entries, (at, np.concatenate([of, each, bounded]))), shape=(h.size, each.size))
    equal = np.concatenate([held[rows], np.zeros(each.size + bounded.size, dtype=bool)])
    split = flow.copy()
    split[columns] = np.clip(nearest(np.zeros(columns.size), G, h, equal), 0.0, upper)
    return split


def _movable(smooth: Smooth, flow: Array, sets: tuple[Mask, Mask], tonnes: float) -> Index:
    """Tied columns whose flow the rows leave open: no row holds all of what it has one way.

    In a row Σ a·Δ = 0 for any change Δ between flows of the same cost. Where no term can rise, or
    none can fall, or there is but one, none of them moves.
    """
    tied, held = sets
    wiring = smooth.compiled.wiring
    size = smooth.right.size
    spare = ~held & smooth.limited
    loose = ~smooth.limited | (spare & (smooth.excess(flow, np.zeros(size)) > tonnes))
    may_rise, may_fall = flow < smooth.upper - tonnes, flow > tonnes
    entry = np.flatnonzero(tied[wiring.column])
    row, column = wiring.row[entry], wiring.column[entry]
    rises = wiring.value[entry] > 0
    up = np.where(rises, may_rise[column], may_fall[column])
    down = np.where(rises, may_fall[column], may_rise[column])
    while row.size:
        count = np.bincount(row, minlength=size) + spare
        stuck = (np.bincount(row, up, size) == 0) | (np.bincount(row, down, size) + spare == 0)
        stuck = (stuck | (count == 1)) & ~loose
        still = np.zeros(tied.size, dtype=bool)
        still[column[stuck[row]]] = True
        if not still.any():
            return np.unique(column)
        kept = ~still[column]
        row, column, up, down = row[kept], column[kept], up[kept], down[kept]
    return np.zeros(0, dtype=np.int64)
