"""The structural matrix entry by entry, so that the equations of an active set are cut from it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from coercivity.optimise.market import Array

__all__ = ["System", "Wiring", "factorised"]

Mask = NDArray[np.bool_]
Index = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Wiring:
    """Every entry of the structural matrix, by column; what one step after the other shares.

    row, column, value: of every entry, by column; start: of each column's entries
    by_row, by_column: the same matrix, and its transpose
    order: positions of its entries by row in the order by column
    origin_entry: position of each arc's entry at its origin, (t)
    """

    row: Index
    column: Index
    value: Array
    start: Index
    by_row: sparse.csr_matrix
    by_column: sparse.csr_matrix
    order: Index
    origin_entry: Index

    @classmethod
    def of(cls, matrix: sparse.csc_matrix, origin: Index, first_arc: int) -> "Wiring":
        """Wiring of a matrix whose arcs begin at column `first_arc` and leave from rows `origin`."""
        matrix.sort_indices()
        column = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
        numbered = sparse.csc_matrix(
            (np.arange(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape
        )
        key = column * matrix.shape[0] + matrix.indices
        wanted = (first_arc + np.arange(origin.size)) * matrix.shape[0] + origin
        return cls(
            row=matrix.indices.astype(np.int32),
            column=column.astype(np.int32),
            value=matrix.data,
            start=matrix.indptr,
            by_row=sparse.csr_matrix(matrix),
            by_column=sparse.csr_matrix(matrix.T),
            order=numbered.tocsr().data.astype(np.int64),
            origin_entry=np.searchsorted(key, wanted),
        )


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """The linear equations of an active set, factorised.

    [ −ρ  Mᵀ − τE ] [dx]   [unpaid]
    [  M     D    ] [du] = [short ]
    """

    columns: int
    factors: Any

    def solve(self, unpaid: Array, short: Array) -> tuple[Array, Array]:
        """Moves of free flows and of tight prices."""
        move = self.factors.solve(np.concatenate([unpaid, short]))
        return move[: self.columns], move[self.columns :]


def factorised(
    wiring: Wiring, earned: Array, sets: tuple[Index, Index], diagonals: tuple[Array, Array]
) -> System | None:
    """The system over (free columns, tight rows); None if it is singular.

    earned: values of the entries net of taxes; diagonals: ρ of each free column, D of each tight row
    """
    free, tight = sets
    place = np.full(wiring.start.size - 1, -1, dtype=np.int32)
    place[free] = np.arange(free.size, dtype=np.int32)
    position = np.full(wiring.by_row.shape[0], -1, dtype=np.int32)
    position[tight] = np.arange(tight.size, dtype=np.int32)
    at, of = place[wiring.column], position[wiring.row]
    within = (at >= 0) & (of >= 0)
    down = np.flatnonzero(within)
    across = wiring.order[within[wiring.order]]
    used = down.size
    size = free.size + tight.size
    start = np.zeros(size + 1, dtype=np.int32)
    start[1:] = 1
    start[1 : free.size + 1] += np.bincount(at[down], minlength=free.size)
    start[free.size + 1 :] += np.bincount(of[across], minlength=tight.size)
    np.cumsum(start, out=start)
    index = np.empty(2 * used + size, dtype=np.int32)
    data = np.empty(2 * used + size)
    _put(index, data, start[: free.size], (np.arange(free.size), -diagonals[0]))
    _put(index, data, np.arange(used) + at[down] + 1, (free.size + of[down], wiring.value[down]))
    offset = used + free.size
    _put(index, data, offset + np.arange(used) + of[across], (at[across], earned[across]))
    _put(index, data, start[free.size + 1 :] - 1, (free.size + np.arange(tight.size), diagonals[1]))
    matrix = sparse.csc_matrix((data, index, start), shape=(size, size))
    try:
        return System(free.size, splu(matrix, "MMD_AT_PLUS_A", 0.0, options={"SymmetricMode": True}))
    except RuntimeError:
        return None


def _put(index: Index, data: Array, at: Index, entries: tuple[Index, Array]) -> None:
    index[at], data[at] = entries
