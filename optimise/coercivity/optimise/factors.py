"""LU factors of the equations of an active set, in a known order, on their symmetric pattern.

    [ −ρ  Mᵀ − τE ]
    [  M     D    ]

Where taxes are nil this is quasi-definite: whatever the order, pivots of columns are −ρ or less,
pivots of rows D or more (Vanderbei 1995). What says otherwise is set right: rounding, nearly
always, and now and then what a tax does, which the next Newton step makes up for.
Row by row along the elimination tree: Davis (2006), chapter 4, for an unsymmetric matrix.
"""

from typing import NamedTuple

import numpy as np

from coercivity.optimise.entries import Entries, Places
from coercivity.optimise.loops import compiled_loop
from coercivity.optimise.market import Array

__all__ = ["Factors", "eliminate", "solve_factors"]


class Factors(NamedTuple):
    """L and U of the members in order, on one pattern: L by columns beside U by rows."""

    sequence: Places
    start: Places
    row: Places
    both: Array
    pivot: Array


@compiled_loop
def eliminate(entries: Entries, sequence: Places, diagonal: Array) -> Factors:
    """Eliminate members in `sequence`, columns numbered before rows; `diagonal`: of each in it."""
    size, (first, near, beside) = sequence.size, _neighbours(entries, sequence)
    parent, start = _tree(first, near)
    row, both, pivot = np.empty(start[size], np.uint32), np.empty((start[size], 2)), np.empty(size)
    end, seen = start[:size].copy(), np.full(size, size, np.uint32)
    reached, branch = np.empty(size, np.uint32), np.empty(size, np.uint32)
    work = np.zeros((size, 2))  # of the member at hand: its column of U, and its row of L before division
    for k in range(size):
        seen[k] = k
        top = size
        for p in range(first[k], first[k + 1]):
            i = near[p]
            work[i, 0], work[i, 1] = beside[p, 0], beside[p, 1]
            length = 0
            while seen[i] != k:  # up the tree, so that what is reached comes in order
                branch[length] = i
                length += 1
                seen[i] = k
                i = parent[i]
            while length > 0:
                length -= 1
                top -= 1
                reached[top] = branch[length]
        own = diagonal[k]
        for t in range(top, size):
            j = reached[t]
            one, other = work[j, 0], work[j, 1] / pivot[j]
            work[j, 0] = work[j, 1] = 0.0
            for p in range(start[j], end[j]):
                i = row[p]
                work[i, 0] -= both[p, 0] * one
                work[i, 1] -= both[p, 1] * other
            own -= other * one
            p = end[j]
            row[p], both[p, 0], both[p, 1] = k, other, one
            end[j] += 1
        pivot[k] = min(own, diagonal[k]) if diagonal[k] < 0.0 else max(own, diagonal[k])
    return Factors(sequence, start, row, both, pivot)


@compiled_loop
def _neighbours(entries: Entries, sequence: Places) -> tuple[Places, Places, Array]:
    """What each member touches of those before it, with the two entries: above it, and to its left."""
    columns, size = entries.start.size - 1, sequence.size
    place = np.full(columns + entries.row_start.size - 1, size, np.uint32)
    for k in range(size):
        place[sequence[k]] = k
    first, at = np.zeros(size + 1, np.uint32), 0
    near, beside = np.empty(entries.row.size, np.uint32), np.empty((entries.row.size, 2))
    for k in range(size):
        member = sequence[k]
        if member < columns:
            for e in range(entries.start[member], entries.start[member + 1]):
                i = place[columns + entries.row[e]]
                if i < k:
                    near[at], beside[at, 0], beside[at, 1] = i, entries.value[e], entries.earned[e]
                    at += 1
        else:
            for p in range(entries.row_start[member - columns], entries.row_start[member - columns + 1]):
                i, e = place[entries.column[p]], entries.entry[p]
                if i < k:
                    near[at], beside[at, 0], beside[at, 1] = i, entries.earned[e], entries.value[e]
                    at += 1
        first[k + 1] = at
    return first, near, beside


@compiled_loop
def _tree(first: Places, near: Places) -> tuple[Places, Places]:
    """Parents in the elimination tree, and where what lies below each pivot begins."""
    size = first.size - 1
    parent, seen = np.full(size, size, np.uint32), np.full(size, size, np.uint32)
    start = np.zeros(size + 1, np.uint32)
    for k in range(size):
        seen[k] = k
        for p in range(first[k], first[k + 1]):
            i = near[p]
            while seen[i] != k:
                if parent[i] == size:
                    parent[i] = k
                start[i + 1] += 1
                seen[i] = k
                i = parent[i]
    for k in range(size):
        start[k + 1] += start[k]
    return parent, start


@compiled_loop
def solve_factors(factors: Factors, right: Array) -> Array:
    """The solution, over the members in order."""
    x = right.copy()
    for k in range(x.size):
        for p in range(factors.start[k], factors.start[k + 1]):
            x[factors.row[p]] -= factors.both[p, 0] * x[k]
    for k in range(x.size - 1, -1, -1):
        total = x[k]
        for p in range(factors.start[k], factors.start[k + 1]):
            total -= factors.both[p, 1] * x[factors.row[p]]
        x[k] = total / factors.pivot[k]
    return x
