"""The point of a polyhedron nearest to a given one: how what the equilibrium leaves open is told.

    min ½‖v − target‖²   subject to   G·v = h (equations),  G·v ≥ h (the rest)

There is one such point, whatever the order or the names of things; hence it is the tie-break for
flows that cost the same and for prices that any of an interval would support. Augmented
Lagrangian steps, each a piecewise quadratic solved by Newton (Rockafellar 1976).
"""

import numpy as np

from coercivity.optimise.entries import Entries, Places, earnings, fill
from coercivity.optimise.factors import eliminated, solved
from coercivity.optimise.loops import compiled_loop
from coercivity.optimise.market import Array
from coercivity.optimise.smooth import Mask
from coercivity.optimise.wiring import least_fill

__all__ = ["nearest"]

OUTER = 25
INNER = 60
STIFFNESS = 1e-3, 1e-7  # at first and at least, of multipliers
EXACT = 1e-12  # relative to the largest of target and h
HOPELESS = 0.5  # of what rows were broken by before: they contradict each other
FEW = 300  # columns and rows up to which any order of elimination will do


def nearest(target: Array, G: Entries, h: Array, equal: Mask) -> Array:
    """The nearest point to `target`; `equal` says which rows of G are equations.

    Where the rows contradict each other, a point that breaks them little: its user checks.

    >>> from coercivity.optimise.entries import entries_of
    >>> G = entries_of((1, 2), np.array([0, 0]), np.array([0, 1]), np.array([1.0, 1.0]))
    >>> nearest(np.zeros(2), G, np.array([2.0]), np.array([True]))
    array([1., 1.])
    """
    order = np.arange(target.size + h.size, dtype=np.uint32)
    if order.size > FEW:
        order = order[least_fill(G, order)]
    return _nearest(target, G, h, equal, order)


@compiled_loop
def _nearest(target: Array, G: Entries, h: Array, equal: Mask, order: Places) -> Array:
    G, h, equal = _scaled(G, h, equal)
    largest = max(1.0, _most(target), _most(np.where(np.isfinite(h), h, 0.0)))
    point, force, stiffness, before = target.copy(), np.zeros(h.size), STIFFNESS[0], np.inf
    for _ in range(OUTER):
        point, force = _settled(target, G, (h, equal, order), (point, force), stiffness, EXACT * largest)
        short = h - fill(G, point)
        most = max(_most(short[equal]), _most(np.maximum(short, 0.0)))
        if most <= 10 * EXACT * largest or (stiffness == STIFFNESS[1] and most > HOPELESS * before):
            break
        stiffness, before = max(0.1 * stiffness, STIFFNESS[1]), most
    return point


@compiled_loop
def _most(values: Array) -> float:
    return np.abs(values).max() if values.size else 0.0


@compiled_loop
def _scaled(G: Entries, h: Array, equal: Mask) -> tuple[Entries, Array, Mask]:
    """Rows of length one; a row over nothing asks for nothing."""
    norm = np.zeros(h.size)
    for e in range(G.row.size):
        norm[G.row[e]] += G.value[e] ** 2
    norm = np.sqrt(norm)
    value = G.value / np.where(norm > 0, norm, 1.0)[G.row]
    rows = Entries(G.start, G.row, value, value, G.row_start, G.column, G.entry)
    return rows, np.where(norm > 0, h / norm, -np.inf), equal & (norm > 0)


@compiled_loop
def _settled(
    target: Array,
    G: Entries,
    rows: tuple[Array, Mask, Places],
    state: tuple[Array, Array],
    stiffness: float,
    exact: float,
) -> tuple[Array, Array]:
    """The point at one stiffness, and the forces of its rows."""
    h, equal, order = rows
    point, force = state
    taken, unmet = _pull(target, G, h, equal, force, stiffness, point)
    for _ in range(INNER):
        if _most(unmet) <= max(exact, 1e-15 * _most(point) / stiffness):
            break
        move = _move(G, order, equal | (taken > 0), unmet, stiffness)
        stride, start = 1.0, abs(np.sum(move * unmet))
        while True:
            taken, after = _pull(target, G, h, equal, force, stiffness, point + stride * move)
            if stride <= 1e-6 or np.sum(move * after) <= 0.5 * start:
                break
            stride /= 2
        point, unmet = point + stride * move, after
    return point, taken


@compiled_loop
def _pull(
    target: Array, G: Entries, h: Array, equal: Mask, force: Array, stiffness: float, at: Array
) -> tuple[Array, Array]:
    """Forces of rows at a point, and what they leave unmet of the pull towards the target."""
    wanted = force + (h - fill(G, at)) / stiffness
    taken = np.where(equal, wanted, np.maximum(wanted, 0.0))
    return taken, at - target - earnings(G, taken)


@compiled_loop
def _move(G: Entries, order: Places, active: Mask, unmet: Array, stiffness: float) -> Array:
    """Newton's step: −(I + GᵀG / stiffness)⁻¹ unmet over the active rows."""
    columns, sequence, size = unmet.size, np.empty(order.size, np.uint32), 0
    for member in order:
        if member < columns or active[member - columns]:
            sequence[size] = member
            size += 1
    sequence = sequence[:size].copy()
    diagonal, right = np.empty(size), np.zeros(size)
    for k in range(size):
        diagonal[k] = 1.0 if sequence[k] < columns else -stiffness
        if sequence[k] < columns:
            right[k] = -unmet[sequence[k]]
    answer, move = solved(eliminated(G, sequence, diagonal), right), np.empty(columns)
    for k in range(size):
        if sequence[k] < columns:
            move[sequence[k]] = answer[k]
    return move
