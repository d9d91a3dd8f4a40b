"""Flows that cost the same: of all that support the equilibrium, the evenest.

Prices do not say how a tonne is split between two ways of the same cost, and a solver's choice
is an accident of its last basis. The even split is the one with the least sum of squared tonnes
over activities, arcs, outlets, slack and backstops. It depends on no order and no name: twins get
the same. It does depend on how ways are cut: two arcs of equal cost between the same nodes carry
more together than one arc would beside a third. Ways whose costs differ by less than `SAME` count
as ties. What remains: a way of equal cost over more arcs counts once for each of them.
"""

import numpy as np

from coercivity.optimise.entries import Entries, entries_of
from coercivity.optimise.loops import compiled_loop
from coercivity.optimise.market import Array, Index
from coercivity.optimise.nearest import nearest
from coercivity.optimise.smooth import Conditions, Mask, Smooth, excess, reduced_cost

__all__ = ["SAME", "even_split"]

SAME = 1e-8  # USD/kg, relative to 1 + |cost|
IDLE = 1e-14  # t, relative to the largest flow


def even_split(smooth: Smooth, flow: Array, price: Array) -> Array:
    """The evenest of all flows that cost the same at prices which support the equilibrium."""
    at = smooth.conditions
    spare = excess(at, flow, price)
    columns, held = _movable(at, flow, spare, price)
    if not columns.size:
        return flow
    G, h, equal = _open(at, flow, spare, columns, held)
    own = flow[columns]
    split = flow.copy()
    split[columns] = np.clip(own + nearest(-own, G, h, equal), 0.0, smooth.upper[columns])
    return split


@compiled_loop
def _movable(at: Conditions, flow: Array, spare: Array, price: Array) -> tuple[Index, Mask]:
    """Tied columns whose flow the rows leave open, and rows that hold what they have.

    In a held row Σ a·Δ = 0 for any change Δ between flows of the same cost. Where no term can rise,
    or none can fall, or there is but one, none of them moves.
    """
    entries, tonnes = at.entries, IDLE * max(1.0, np.abs(flow).max())
    held = at.equal | (price > SAME)
    moves = (at.upper > 0) & (np.abs(reduced_cost(at, price)) <= SAME * (1.0 + np.abs(at.cost)))
    tied = np.flatnonzero(moves)
    while True:
        rises, falls = np.zeros(held.size, np.int32), np.zeros(held.size, np.int32)
        count = np.zeros(held.size, np.int32)
        for column in tied:
            more, less = flow[column] < at.upper[column] - tonnes, flow[column] > tonnes
            for e in range(entries.start[column], entries.start[column + 1]):
                row, adds = entries.row[e], entries.value[e] > 0
                count[row] += 1
                rises[row] += more if adds else less
                falls[row] += less if adds else more
        left = 0
        for column in tied:
            for e in range(entries.start[column], entries.start[column + 1]):
                row = entries.row[e]
                gives = 0 if held[row] else 1  # what is spare may grow, and shrink if there is some
                loose = not at.limited[row] or (gives and spare[row] > tonnes)
                stuck = rises[row] == 0 or falls[row] + gives == 0 or count[row] + gives == 1
                moves[column] &= loose or not stuck
            if moves[column]:
                tied[left] = column
                left += 1
        if left == tied.size:
            return tied, held
        tied = tied[:left]


@compiled_loop
def _open(
    at: Conditions, flow: Array, spare: Array, columns: Index, held: Mask
) -> tuple[Entries, Array, Mask]:
    """What rows and bounds say of changes Δ of given columns: G·Δ = h where held, G·Δ ≥ h elsewhere."""
    entries, rows, bounds = at.entries, 0, 0
    place, size = np.full(held.size, held.size, np.uint32), 0
    for column in columns:
        bounds += 2 if np.isfinite(at.upper[column]) else 1
        for e in range(entries.start[column], entries.start[column + 1]):
            row = entries.row[e]
            if at.limited[row]:
                size += 1
                if place[row] == held.size:
                    place[row] = rows
                    rows += 1
    h, equal = np.zeros(rows + bounds), np.zeros(rows + bounds, np.bool_)
    said, of = np.empty(size + bounds, np.uint32), np.empty(size + bounds, np.uint32)
    value, entry, bound = np.empty(size + bounds), 0, rows
    for row in range(held.size):
        if place[row] < held.size:
            equal[place[row]] = held[row]
            h[place[row]] = 0.0 if held[row] else -max(spare[row], 0.0)
    for v in range(columns.size):
        column = columns[v]
        for e in range(entries.start[column], entries.start[column + 1]):
            row = entries.row[e]
            if at.limited[row]:
                said[entry], of[entry], value[entry] = place[row], v, entries.value[e]
                entry += 1
        said[entry], of[entry], value[entry], h[bound] = bound, v, 1.0, -flow[column]
        entry, bound = entry + 1, bound + 1
        if np.isfinite(at.upper[column]):
            said[entry], of[entry], value[entry] = bound, v, -1.0
            h[bound] = flow[column] - at.upper[column]
            entry, bound = entry + 1, bound + 1
    return entries_of((rows + bounds, columns.size), said, of, value), h, equal
