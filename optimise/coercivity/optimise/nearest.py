"""The point of a polyhedron nearest to a given one: how what the equilibrium leaves open is settled.

    min ½‖v − target‖²   subject to   G·v = h (equations),  G·v ≥ h (the rest)

There is one such point, whatever the order or the names of things; hence it is the tie-break for
flows that cost the same and for prices that any of an interval would support. Equations are eliminated
by Gauss and Jordan; what they leave free is found by the dual active-set method, which ends after finitely
many exchanges at the exact point. Source: Goldfarb & Idnani (1983).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coercivity.optimise.entries import Entries
from coercivity.optimise.loops import compiled_loop
from coercivity.optimise.market import Array
from coercivity.optimise.smooth import Mask

__all__ = ["nearest"]

DEPENDENT = 1e-10  # what is left of a row of length one that others say already
PARALLEL = 1e-9  # of a constraint, what is not said by those in force: it repeats them
EXACT = 1e-13  # relative to the largest of target and h: what a constraint may lack
BROKEN = 1e6  # times that: what lacks by more is no rounding
PATIENCE = 20  # exchanges a constraint and unknown, far beyond what is ever needed

Members = NDArray[np.int64]


def nearest(target: Array, G: Entries, h: Array, equal: Mask) -> Array:
    """The nearest point to `target`; `equal` says which rows of G are equations.

    Where the rows contradict each other, a point that breaks them: its user checks.

    >>> from coercivity.optimise.entries import entries_of
    >>> G = entries_of((1, 2), np.array([0, 0]), np.array([0, 1]), np.array([1.0, 1.0]))
    >>> nearest(np.zeros(2), G, np.array([2.0]), np.array([True]))
    array([1., 1.])
    """
    return _nearest(target, G, h, equal)


class _Freedom(NamedTuple):
    """What equations leave free: v = start + span·w, where w are moves of some unknowns."""

    start: Array
    span: Array


class _Exchange(NamedTuple):
    """The active set of the dual method, and what keeps its factors: rows of K span the moves, those
    before `force.size` used up by the constraints in force, whose factor R is upper triangular."""

    K: Array
    R: Array
    force: Array
    members: Members


@compiled_loop
def _nearest(target: Array, G: Entries, h: Array, equal: Mask) -> Array:
    length = _lengths(G)
    free = _eliminate(target, G, h, equal, length)
    if not free.span.shape[1]:
        return free.start
    largest = max(1.0, np.abs(target).max())
    for row in range(h.size):
        if length[row] > 0.0 and np.isfinite(h[row]):
            largest = max(largest, abs(h[row]) / length[row])
    rows = np.flatnonzero(~equal & (length > 0.0))
    normal, least = _state_inequalities(G, h, rows, length, free)
    move = _least(free, target, normal, least, EXACT * largest)
    return _place(free, move)


@compiled_loop
def _lengths(G: Entries) -> Array:
    """Length of every row; a row over nothing asks for nothing."""
    out = np.zeros(G.row_start.size - 1)
    for e in range(G.row.size):
        out[G.row[e]] += G.value[e] ** 2
    return np.sqrt(out)


@compiled_loop
def _eliminate(target: Array, G: Entries, h: Array, equal: Mask, length: Array) -> _Freedom:
    """Solve the equations for as many unknowns as they determine, the largest entry first."""
    rows, columns = np.flatnonzero(equal & (length > 0.0)), target.size
    table = np.zeros((rows.size, columns + 1))
    for i in range(rows.size):
        row = rows[i]
        lacking = h[row]
        for p in range(G.row_start[row], G.row_start[row + 1]):
            value, column = G.value[G.entry[p]], G.column[p]
            table[i, column] += value / length[row]
            lacking -= value * target[column]
        table[i, columns] = lacking / length[row]
    solved, rank = np.full(columns, -1), 0
    while rank < rows.size:
        best, row, column = DEPENDENT, -1, -1
        for i in range(rank, rows.size):
            for j in range(columns):
                if abs(table[i, j]) > best:
                    best, row, column = abs(table[i, j]), i, j
        if row < 0:
            break
        for j in range(columns + 1):
            table[rank, j], table[row, j] = table[row, j], table[rank, j]
        table[rank] /= table[rank, column]
        for i in range(rows.size):
            by = table[i, column]
            if i != rank and by != 0.0:
                table[i] -= by * table[rank]
                table[i, column] = 0.0
        solved[column] = rank
        rank += 1
    return _free(target, table, solved)


@compiled_loop
def _free(target: Array, table: Array, solved: Members) -> _Freedom:
    columns = solved.size
    others = np.flatnonzero(solved < 0)
    start, span = target.copy(), np.zeros((columns, others.size))
    for j in range(others.size):
        span[others[j], j] = 1.0
    for column in range(columns):
        if solved[column] >= 0:
            start[column] += table[solved[column], columns]
            for j in range(others.size):
                span[column, j] = -table[solved[column], others[j]]
    return _Freedom(start, span)


@compiled_loop
def _state_inequalities(
    G: Entries, h: Array, rows: Members, length: Array, free: _Freedom
) -> tuple[Array, Array]:
    """What inequalities say of the moves: normal·w ≥ least."""
    normal, least = np.zeros((rows.size, free.span.shape[1])), np.empty(rows.size)
    for i in range(rows.size):
        row = rows[i]
        least[i] = h[row]
        for p in range(G.row_start[row], G.row_start[row + 1]):
            value, column = G.value[G.entry[p]], G.column[p]
            least[i] -= value * free.start[column]
            normal[i] += value * free.span[column]
        normal[i] /= length[row]
        least[i] /= length[row]
    return normal, least


@compiled_loop
def _least(free: _Freedom, target: Array, normal: Array, least: Array, exact: float) -> Array:
    """The moves that bring v nearest to the target and keep every inequality."""
    size = normal.shape[1]
    K = _invert_square(_square(free.span))
    move, pull = np.zeros(size), np.zeros(size)
    for column in range(target.size):
        pull += (target[column] - free.start[column]) * free.span[column]
    for j in range(size):
        move += _dot(K[j], pull) * K[j]
    state = _Exchange(K, np.zeros((size, size)), np.zeros(0), np.zeros(0, np.int64))
    usable = np.ones(least.size, np.bool_)
    for _ in range(PATIENCE * (least.size + size)):
        worst, row = -exact, -1
        for i in range(least.size):
            if usable[i]:
                spare = _dot(normal[i], move) - least[i]
                if spare < worst:
                    worst, row = spare, i
        if row < 0:
            break
        move, state, usable[row] = _enforce(state, normal, least, row, move)
        if not usable[row] and worst < -BROKEN * exact:
            return move  # the rows contradict each other: no exchange mends that
    return _polish(state, normal, least, move)


@compiled_loop
def _enforce(
    state: _Exchange, normal: Array, least: Array, row: int, move: Array
) -> tuple[Array, _Exchange, bool]:
    """Bring one broken constraint into force, and drop those that give way for it; False if none can."""
    own, move = 0.0, move.copy()
    while True:
        K, R, force, members = state
        active, size = force.size, move.size
        along = np.zeros(size)
        for j in range(size):
            along[j] = _dot(K[j], normal[row])
        back = along[:active].copy()
        for j in range(active - 1, -1, -1):
            for k in range(j + 1, active):
                back[j] -= R[j, k] * back[k]
            back[j] /= R[j, j]
        answer, whole = 0.0, _dot(along, along)
        for j in range(active, size):
            answer += along[j] ** 2
        stride, weakest = np.inf, -1
        for j in range(active):
            if back[j] > 0.0 and force[j] < stride * back[j]:
                stride, weakest = force[j] / back[j], j
        ends = answer > PARALLEL**2 * whole
        if ends:
            full = (least[row] - _dot(normal[row], move)) / answer
            ends = full <= stride
            stride = min(stride, full)
            for j in range(active, size):
                move += stride * along[j] * K[j]
        elif weakest < 0:
            return move, state, False
        force = force - stride * back
        own += stride
        if ends:
            return move, _add_constraint(_Exchange(K, R, force, members), row, own, along), True
        state = _drop_constraint(_Exchange(K, R, force, members), weakest)


@compiled_loop
def _add_constraint(state: _Exchange, row: int, own: float, along: Array) -> _Exchange:
    """The set with one constraint more; rotations make its column of R end where it should."""
    K, R, active = state.K, state.R, state.force.size
    along = along.copy()
    for j in range(along.size - 1, active, -1):
        length = np.hypot(along[j - 1], along[j])
        if along[j] != 0.0:
            _rotate(K, j - 1, j, along[j - 1] / length, along[j] / length)
            along[j - 1], along[j] = length, 0.0
    R[: active + 1, active] = along[: active + 1]
    return _Exchange(K, R, np.append(state.force, own), np.append(state.members, row))


@compiled_loop
def _drop_constraint(state: _Exchange, which: int) -> _Exchange:
    """The set with one constraint less."""
    K, R, active = state.K, state.R, state.force.size
    for k in range(which, active - 1):
        R[:active, k] = R[:active, k + 1]
    R[:, active - 1] = 0.0
    for j in range(which, active - 1):
        length = np.hypot(R[j, j], R[j + 1, j])
        if R[j + 1, j] != 0.0:
            cosine, sine = R[j, j] / length, R[j + 1, j] / length
            for k in range(j, active - 1):
                above, below = R[j, k], R[j + 1, k]
                R[j, k], R[j + 1, k] = cosine * above + sine * below, cosine * below - sine * above
            _rotate(K, j, j + 1, cosine, sine)
    keep = np.ones(active, np.bool_)
    keep[which] = False
    return _Exchange(K, R, state.force[keep], state.members[keep])


@compiled_loop
def _rotate(K: Array, one: int, other: int, cosine: float, sine: float) -> None:
    for i in range(K.shape[1]):
        left, right = K[one, i], K[other, i]
        K[one, i], K[other, i] = cosine * left + sine * right, cosine * right - sine * left


@compiled_loop
def _polish(state: _Exchange, normal: Array, least: Array, move: Array) -> Array:
    """The moves with what the constraints in force lack by rounding."""
    active = state.force.size
    lacking = np.empty(active)
    for j in range(active):
        row = state.members[j]
        lacking[j] = least[row] - _dot(normal[row], move)
        for k in range(j):
            lacking[j] -= state.R[k, j] * lacking[k]
        lacking[j] /= state.R[j, j]
    out = move.copy()
    for j in range(active):
        out += lacking[j] * state.K[j]
    return out


@compiled_loop
def _square(span: Array) -> Array:
    """spanᵀ·span."""
    size = span.shape[1]
    out = np.zeros((size, size))
    for column in range(span.shape[0]):
        for i in range(size):
            if span[column, i] != 0.0:
                out[i] += span[column, i] * span[column]
    return out


@compiled_loop
def _invert_square(square: Array) -> Array:
    """K with K·H·Kᵀ = 1, where H is a square: the inverse of its factor."""
    size = square.shape[0]
    lower = np.zeros((size, size))
    for i in range(size):
        for j in range(i + 1):
            total = square[i, j]
            for k in range(j):
                total -= lower[i, k] * lower[j, k]
            lower[i, j] = np.sqrt(total) if i == j else total / lower[j, j]
    K = np.zeros((size, size))
    for j in range(size):
        K[j, j] = 1.0
        for k in range(j):
            K[j] -= lower[j, k] * K[k]
        K[j] /= lower[j, j]
    return K


@compiled_loop
def _place(free: _Freedom, move: Array) -> Array:
    out = free.start.copy()
    for i in range(out.size):
        out[i] += _dot(free.span[i], move)
    return out


@compiled_loop
def _dot(one: Array, other: Array) -> float:
    total = 0.0
    for i in range(one.size):
        total += one[i] * other[i]
    return total
