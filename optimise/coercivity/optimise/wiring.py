"""The structural matrix entry by entry, and the equations of an active set cut from it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from coercivity.optimise.entries import Entries, Places
from coercivity.optimise.factors import Factors, eliminate, solve_factors
from coercivity.optimise.loops import compiled_loop
from coercivity.optimise.market import Array

__all__ = ["Elimination", "Mask", "System", "Wiring", "factorise_system", "least_fill"]

NEWCOMERS = 60

Mask = NDArray[np.bool_]
Index = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Wiring:
    """Every entry of the structural matrix, by column and by row; what one step after the other shares.

    row, value: of every entry, by column; start: of each column's entries
    by_row, column_by_row: of every entry by row, its place among those by column, and its column;
    row_start: of each row's entries there
    origin_entry: position of each arc's entry at its origin, (t); node: row of each use, (d)
    """

    row: Places
    value: Array
    start: Places
    row_start: Places
    by_row: Places
    column_by_row: Places
    origin_entry: Index
    node: Places

    @classmethod
    def of(cls, matrix: sparse.csc_matrix, origin: Index, first_arc: int, node: Index) -> "Wiring":
        """Wiring of a matrix whose arcs begin at column `first_arc` and leave from rows `origin`."""
        matrix.sort_indices()
        column = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
        key = column * matrix.shape[0] + matrix.indices
        wanted = (first_arc + np.arange(origin.size)) * matrix.shape[0] + origin
        by_row = np.argsort(matrix.indices, kind="stable")
        count = np.bincount(matrix.indices, minlength=matrix.shape[0])
        return cls(
            row=matrix.indices.astype(np.uint32),
            value=matrix.data.copy(),
            start=matrix.indptr.astype(np.uint32),
            row_start=np.concatenate([[0], np.cumsum(count)]).astype(np.uint32),
            by_row=by_row.astype(np.uint32),
            column_by_row=column[by_row].astype(np.uint32),
            origin_entry=np.searchsorted(key, wanted),
            node=np.array(node, dtype=np.uint32),
        )

    def entries(self, earned: Array) -> Entries:
        """The entries, with what each earns."""
        by_row = self.row_start, self.column_by_row, self.by_row
        return Entries(self.start, self.row, self.value, earned, *by_row)


class Elimination:
    """The order in which unknowns are eliminated, kept from one active set to the next.

    Sets differ by little from one to the next, and to find a good order costs more than to
    use one. Members new to the order come last; a set with more than `NEWCOMERS` gets its own.
    """

    def __init__(self) -> None:
        self._all = np.zeros(0, dtype=np.uint32)
        self._known = 0

    def sequence(self, entries: Entries, free: Mask, tight: Mask) -> Places:
        """Free columns and tight rows, numbered after columns, in the order of elimination."""
        unknowns = free.size + tight.size
        if self._all.size == unknowns:
            sequence, newcomers = _among(self._all, self._known, free, tight)
            if newcomers <= NEWCOMERS:
                return sequence
        members = np.flatnonzero(np.concatenate([free, tight])).astype(np.uint32)
        sequence = members[least_fill(entries, members)]
        others = np.setdiff1d(np.arange(unknowns, dtype=np.uint32), members, assume_unique=True)
        self._all, self._known = np.concatenate([sequence, others]), members.size
        return sequence


@compiled_loop
def _among(order: Places, known: int, free: Mask, tight: Mask) -> tuple[Places, int]:
    """Members of a set in a given order, and how many of them come after the first `known`."""
    out, size, newcomers = np.empty(order.size, np.uint32), 0, 0
    for at in range(order.size):
        member = order[at]
        if free[member] if member < free.size else tight[member - free.size]:
            out[size] = member
            size += 1
            newcomers += at >= known
    return out[:size].copy(), newcomers


def least_fill(entries: Entries, members: Places) -> Places:
    """Positions of members in an order that fills little: minimum degree, as SuperLU finds it."""
    columns = entries.start.size - 1
    place = np.full(columns + entries.row_start.size - 1, -1)
    place[members] = np.arange(members.size)
    column = np.repeat(np.arange(columns), np.diff(entries.start))
    at, of = place[column], place[columns + entries.row]
    both = (at >= 0) & (of >= 0)
    at, of = at[both], of[both]
    unit = np.arange(members.size)
    degree = np.bincount(at, minlength=unit.size) + np.bincount(of, minlength=unit.size)
    # only the pattern matters, so the numbers are such that it cannot be singular
    numbers = np.concatenate([degree + 1.0, np.ones(2 * at.size)])
    where = np.concatenate([unit, at, of]), np.concatenate([unit, of, at])
    pattern = sparse.csc_matrix((numbers, where), shape=(unit.size, unit.size))
    rank = splu(pattern, "MMD_AT_PLUS_A", 0.0, 1, 1, options={"SymmetricMode": True}).perm_c
    return np.argsort(rank).astype(np.uint32)


@dataclass(slots=True, eq=False)
class System:
    """The linear equations of an active set, factorised; see `factors.py`.

    sequence: of its members; place: of each among free columns and then tight rows
    """

    columns: int
    place: Places
    factors: Factors

    def solve(self, unpaid: Array, short: Array) -> tuple[Array, Array]:
        """Moves of free flows and of tight prices."""
        move = np.empty(self.place.size)
        move[self.place] = solve_factors(self.factors, np.concatenate([unpaid, short])[self.place])
        return move[: self.columns], move[self.columns :]


def factorise_system(
    entries: Entries, sets: tuple[Mask, Mask], diagonals: tuple[Array, Array], elimination: Elimination
) -> System:
    """The system over (free columns, tight rows).

    diagonals: ρ of each free column, D of each tight row
    """
    free, tight = sets
    sequence = elimination.sequence(entries, free, tight)
    place = (np.cumsum(np.concatenate([free, tight])) - 1)[sequence]
    diagonal = np.concatenate([-diagonals[0], diagonals[1]])[place]
    return System(diagonals[0].size, place, eliminate(entries, sequence, diagonal))
