"""The structural matrix entry by entry, so that the equations of an active set are cut from it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from coercivity.optimise.market import Array

__all__ = ["Elimination", "System", "Wiring", "factorised"]

NEWCOMERS = 60
LAST = np.iinfo(np.int64).max

Mask = NDArray[np.bool_]
Index = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Wiring:
    """Every entry of the structural matrix, by column; what one step after the other shares.

    row, column, value: of every entry, by column; start: of each column's entries
    by_row, by_column: the same matrix, and its transpose; magnitude: its entries without their signs
    origin_entry: position of each arc's entry at its origin, (t)
    """

    row: Index
    column: Index
    value: Array
    start: Index
    by_row: sparse.csr_matrix
    by_column: sparse.csr_matrix
    magnitude: sparse.csr_matrix
    origin_entry: Index

    @classmethod
    def of(cls, matrix: sparse.csc_matrix, origin: Index, first_arc: int) -> "Wiring":
        """Wiring of a matrix whose arcs begin at column `first_arc` and leave from rows `origin`."""
        matrix.sort_indices()
        column = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
        key = column * matrix.shape[0] + matrix.indices
        wanted = (first_arc + np.arange(origin.size)) * matrix.shape[0] + origin
        return cls(
            row=matrix.indices.astype(np.int32),
            column=column.astype(np.int32),
            value=matrix.data,
            start=matrix.indptr,
            by_row=sparse.csr_matrix(matrix),
            by_column=sparse.csr_matrix(matrix.T),
            magnitude=abs(sparse.csr_matrix(matrix)),
            origin_entry=np.searchsorted(key, wanted),
        )


class Elimination:
    """The order in which unknowns are eliminated, kept from one active set to the next.

    Sets differ by little from one to the next, and to find a good order costs twice as much as to
    use one. Members new to the order come last; a set with more than `NEWCOMERS` gets its own.
    """

    def __init__(self) -> None:
        self._rank: Index | None = None

    def order(self, members: Index, unknowns: int) -> Index | None:
        """Positions of members in the order of elimination; None if they had better find their own."""
        if self._rank is None or self._rank.size != unknowns:
            return None
        rank = self._rank[members]
        if np.count_nonzero(rank == LAST) > NEWCOMERS:
            return None
        return np.argsort(rank, kind="stable")

    def learn(self, members: Index, unknowns: int, rank: Index) -> None:
        """Keep the order that members have found."""
        self._rank = np.full(unknowns, LAST)
        self._rank[members] = rank


@dataclass(slots=True, eq=False)
class System:
    """The linear equations of an active set, factorised.

    [ −ρ  Mᵀ − τE ] [dx]   [unpaid]
    [  M     D    ] [du] = [short ]

    order: of free columns and then tight rows in the matrix; ordering: what to make of it, SuperLU's
    name; diagonal: its place in the entries
    """

    columns: int
    order: Index
    ordering: str
    matrix: sparse.csc_matrix
    diagonal: Index
    factors: Any

    def solve(self, unpaid: Array, short: Array) -> tuple[Array, Array]:
        """Moves of free flows and of tight prices."""
        move = np.empty(self.order.size)
        move[self.order] = self.factors.solve(np.concatenate([unpaid, short])[self.order])
        return move[: self.columns], move[self.columns :]

    def renew(self, diagonals: tuple[Array, Array]) -> bool:
        """Factorise with diagonals ρ of free columns and D of tight rows; False if singular."""
        self.matrix.data[self.diagonal] = np.concatenate([-diagonals[0], diagonals[1]])[self.order]
        try:
            self.factors = splu(self.matrix, self.ordering, 0.0, 1, 1, options={"SymmetricMode": True})
        except RuntimeError:
            return False
        return True


def factorised(
    wiring: Wiring,
    earned: Array,
    sets: tuple[Index, Index],
    diagonals: tuple[Array, Array],
    elimination: Elimination,
) -> System | None:
    """The system over (free columns, tight rows); None if it is singular.

    earned: values of the entries net of taxes; diagonals: ρ of each free column, D of each tight row
    """
    free, tight = sets
    columns, rows = wiring.start.size - 1, wiring.by_row.shape[0]
    members = np.concatenate([free, columns + tight])
    known = elimination.order(members, columns + rows)
    order = np.arange(members.size) if known is None else known
    ordering = "MMD_AT_PLUS_A" if known is None else "NATURAL"
    system = System(free.size, order, ordering, *_assembled(wiring, earned, members[order]), factors=None)
    if not system.renew(diagonals):
        return None
    if known is None:
        elimination.learn(members, columns + rows, system.factors.perm_c)
    return system


def _assembled(wiring: Wiring, earned: Array, members: Index) -> tuple[sparse.csc_matrix, Index]:
    """The matrix over members, columns numbered before rows, in their order; where its diagonal is."""
    columns, size = wiring.start.size - 1, members.size
    place = np.full(columns + wiring.by_row.shape[0], -1, dtype=np.int32)
    place[members] = np.arange(size, dtype=np.int32)
    free = members[members < columns]
    length = wiring.start[free + 1] - wiring.start[free]
    before = np.cumsum(length) - length
    entry = np.arange(length.sum()) + np.repeat(wiring.start[free] - before, length)
    entry = entry[place[columns + wiring.row[entry]] >= 0]
    at, of = place[wiring.column[entry]], place[columns + wiring.row[entry]]
    count = np.bincount(at, minlength=size) + np.bincount(of, minlength=size) + 1
    start = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(count, out=start[1:])
    unit = np.arange(size, dtype=np.int32)
    column = np.concatenate([unit, at, of])  # the diagonal comes first
    by = np.argsort(column.astype(np.uint16) if size < 2**16 else column, kind="stable")
    index = np.concatenate([unit, of, at])[by]
    data = np.concatenate([np.zeros(size), wiring.value[entry], earned[entry]])[by]
    matrix = sparse.csc_matrix((data, index, start), shape=(size, size))
    matrix.has_canonical_format = True  # every entry is there once; their order is of no matter
    return matrix, start[:-1]
