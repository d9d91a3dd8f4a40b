"""A sparse matrix entry by entry, by column and by row, as loops want it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coercivity.optimise.loops import compiled_loop
from coercivity.optimise.market import Array

__all__ = ["Entries", "Places", "earnings", "entries_of", "fill", "through"]

Places = NDArray[np.uint32]  # positions, no longer than loops need them


class Entries(NamedTuple):
    """The structural matrix by column and by row: where each begins, and its entries.

    start, row, value, earned: by column; row_start, column, entry: by row, with the place of each
    entry in `value`
    """

    start: Places
    row: Places
    value: Array
    earned: Array
    row_start: Places
    column: Places
    entry: Places


@compiled_loop
def entries_of(shape: tuple[int, int], row: Places, column: Places, value: Array) -> Entries:
    """Entries of a matrix given one by one, each once, in any order."""
    start, row_start = np.zeros(shape[1] + 1, np.uint32), np.zeros(shape[0] + 1, np.uint32)
    for e in range(value.size):
        start[column[e] + 1] += 1
        row_start[row[e] + 1] += 1
    start, row_start = np.cumsum(start).astype(np.uint32), np.cumsum(row_start).astype(np.uint32)
    at, of = start[:-1].copy(), row_start[:-1].copy()
    rows, values = np.empty(value.size, np.uint32), np.empty(value.size)
    columns, entry = np.empty(value.size, np.uint32), np.empty(value.size, np.uint32)
    for e in range(value.size):
        place = at[column[e]]
        rows[place], values[place] = row[e], value[e]
        columns[of[row[e]]], entry[of[row[e]]] = column[e], place
        at[column[e]] += 1
        of[row[e]] += 1
    return Entries(start, rows, values, values, row_start, columns, entry)


@compiled_loop
def fill(entries: Entries, flow: Array) -> Array:
    """M·x: what flows bring to every row, t."""
    out = np.zeros(entries.row_start.size - 1)
    for column in range(flow.size):
        if flow[column] != 0.0:
            for e in range(entries.start[column], entries.start[column + 1]):
                out[entries.row[e]] += entries.value[e] * flow[column]
    return out


@compiled_loop
def through(entries: Entries, flow: Array) -> Array:
    """|M|·|x|: what passes through every row, t."""
    out = np.zeros(entries.row_start.size - 1)
    for column in range(flow.size):
        if flow[column] != 0.0:
            for e in range(entries.start[column], entries.start[column + 1]):
                out[entries.row[e]] += abs(entries.value[e] * flow[column])
    return out


@compiled_loop
def earnings(entries: Entries, price: Array) -> Array:
    """(Mᵀ − τ·E)u: what a unit of each column earns at given prices, USD/kg."""
    out = np.zeros(entries.start.size - 1)
    for column in range(out.size):
        for e in range(entries.start[column], entries.start[column + 1]):
            out[column] += entries.earned[e] * price[entries.row[e]]
    return out
