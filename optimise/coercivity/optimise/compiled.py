"""The Pyomo program as sparse arrays in a fixed order, with an index from names to positions."""

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from coercivity.optimise.curves import BACKSTOP, DEMAND_STEPS, RISE_STEPS
from coercivity.optimise.loops import FOLDER
from coercivity.optimise.market import Index, Network, Triplets
from coercivity.optimise.wiring import Mask, Wiring

__all__ = ["Compiled", "compile_network", "compiled_once"]

ROWS = (("balance", "n"), ("capacity", "p"), ("limit", "l"), ("cap", "c"), ("contract", "k"))
STORED = 32  # networks kept on disk at most, of some 100 kB each
COLUMNS = (("x", "a"), ("f", "t"), ("z", "z"), ("s", "k"))


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """The program's matrix, and where every equation and variable of `formulation.py` sits in it.

    matrix: rows by columns, CSC. rows, columns: a slice by name.
    Columns come structural first (x, f, z, s, then every curve's backstop), then the steps of
    demand curves, (d, i), then those of rise curves, (p, j).
    burden: what each activity puts under each cap, (a, c); licence: limits on each arc, (t, l).
    wiring: the structural part entry by entry; equal: which rows are equations.
    """

    network: Network
    matrix: sparse.csc_matrix
    rows: dict[str, slice]
    columns: dict[str, slice]
    burden: sparse.csr_matrix
    licence: sparse.csr_matrix
    wiring: Wiring
    equal: Mask

    @property
    def structural(self) -> int:
        """How many columns are not steps of a curve."""
        return int(self.columns["backstop"].stop)

    def row_name(self, row: int) -> str:
        """The equation and member a row belongs to, as a person would say it."""
        return _name_row(self.rows, row, dict(ROWS), self.network)

    def column_name(self, column: int) -> str:
        """The variable and member a structural column belongs to."""
        axes = {"x": "a", "f": "t", "z": "z", "s": "k", "backstop": "d"}
        return _name_row(self.columns, column, axes, self.network)


def _name_row(slices: dict[str, slice], at: int, axes: dict[str, str], network: Network) -> str:
    members = {
        "n": network.nodes, "a": network.activities, "t": network.arcs, "p": network.plants,
        "l": network.limits, "c": network.caps, "k": network.contracts,
        "z": network.disposals, "d": network.demands,
    }  # fmt: skip
    for name, span in slices.items():
        if span.start <= at < span.stop and name in axes:
            return f"{name}[{members[axes[name]][at - span.start]}]"
    return f"step {at}"


def compiled_once(network: Network) -> Compiled:
    """What `compile_network` makes, kept for the next run whose network reads the same.

    Writing and compiling a network takes as long as ten steps; runs of a sweep mostly share theirs.
    """
    return _load_or_compile(_Reading(network))


class _Reading:
    """A network as a key: equal to any that has the same names, wiring and numbers."""

    def __init__(self, network: Network) -> None:
        self.network = network
        parts = (getattr(network, field.name) for field in fields(network))
        self._said = tuple(part for found in parts for part in _plain(found))
        self._hash = hash(self._said)

    def digest(self) -> str:
        """The same for the same network, in any process."""
        told = hashlib.sha256()
        for part in self._said:
            piece = part if isinstance(part, bytes) else "\0".join(part).encode()
            told.update(len(piece).to_bytes(8, "big") + piece)
        return told.hexdigest()[:32]

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reading) and self._said == other._said


def _plain(part: Any) -> Iterator[tuple[str, ...] | bytes]:
    """Names as they are, arrays as bytes."""
    if isinstance(part, Triplets):
        yield from (part.row.tobytes(), part.column.tobytes(), part.value.tobytes())
    else:
        yield part if isinstance(part, tuple) else part.tobytes()


@lru_cache(maxsize=4)
def _load_or_compile(reading: _Reading) -> Compiled:
    """From this process, else from disk, else anew."""
    file = FOLDER / "networks" / f"{reading.digest()}.npz"
    matrix = _read_matrix(file)
    if matrix is not None:
        return _index_matrix(reading.network, matrix)
    compiled = compile_network(reading.network)
    _store(file, compiled.matrix)
    return compiled


def _read_matrix(file: Path) -> sparse.csc_matrix | None:
    """The matrix in a file; None where there is none, or not a whole one."""
    try:
        with file.open("rb") as opened, np.load(opened) as parts:
            matrix = sparse.csc_matrix(
                (parts["data"], parts["indices"], parts["indptr"]), shape=tuple(parts["shape"].tolist())
            )
        os.utime(file)  # the longest unused goes first
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    return matrix


def _store(file: Path, matrix: sparse.csc_matrix) -> None:
    """Keep a matrix for other processes, where that can be written; the longest unused goes."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
            np.savez(part, data=matrix.data, indices=matrix.indices, indptr=matrix.indptr, shape=matrix.shape)
        Path(part.name).replace(file)
        files = sorted(file.parent.glob("*.npz"), key=lambda path: path.stat().st_mtime)
        for old in files[:-STORED]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def compile_network(network: Network) -> Compiled:
    """Write the program once in Pyomo and keep it as arrays."""
    from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler  # a second to import

    from coercivity.optimise.formulation import formulate

    lp = formulate(network, DEMAND_STEPS, RISE_STEPS)
    form = LinearStandardFormCompiler().write(lp, mixed_form=True)
    variables = variables_in_order(lp, network)
    row_at = {id(entry.constraint): at for at, entry in enumerate(form.rows)}
    column_at = {id(variable): at for at, variable in enumerate(form.columns)}
    where_row = np.array([row_at.get(id(row), -1) for row in _equations(lp, network)], dtype=int)
    where_column = np.array([column_at.get(id(variable), -1) for variable in variables], dtype=int)
    return _index_matrix(network, _arrange_matrix(sparse.coo_matrix(form.A), where_row, where_column))


def _index_matrix(network: Network, matrix: sparse.csc_matrix) -> Compiled:
    """The matrix with where everything sits in it."""
    rows, columns = _slices(ROWS, network), _slices(COLUMNS, network)
    start = columns["s"].stop
    uses, plants = network.sizes["d"], network.sizes["p"]
    for name, size in (("backstop", uses), ("d", uses * BACKSTOP), ("r", plants * RISE_STEPS)):
        columns[name] = slice(start, start + size)
        start += size
    equal = np.zeros(matrix.shape[0], dtype=bool)
    equal[rows["balance"]] = True
    structural = matrix[:, : columns["backstop"].stop]
    compiled = Compiled(
        network=network,
        matrix=matrix,
        rows=rows,
        columns=columns,
        burden=_sparse(network.cap_weight, network.sizes["c"], network.sizes["a"]).T.tocsr(),
        licence=_sparse(network.limit_weight, network.sizes["l"], network.sizes["t"]).T.tocsr(),
        wiring=Wiring.of(structural, network.origin, columns["f"].start, network.demand_node),
        equal=equal,
    )
    for array in (compiled.matrix.data, compiled.burden.data, compiled.licence.data):
        array.flags.writeable = False  # runs share them; so the wiring, but loops want it writable
    return compiled


def _slices(axes: tuple[tuple[str, str], ...], network: Network) -> dict[str, slice]:
    """Where every named part begins and ends, one after the other."""
    ends = np.cumsum([0, *(network.sizes[axis] for _, axis in axes)]).tolist()
    return {name: slice(ends[i], ends[i + 1]) for i, (name, _) in enumerate(axes)}


def _equations(lp: Any, network: Network) -> list[Any]:
    """Every constraint in our order; None where a row is over nothing."""
    equations: list[Any] = []
    for name, axis in ROWS:
        written = dict(lp.component(name).items())
        equations += [written.get(i) for i in range(network.sizes[axis])]
    return equations


def variables_in_order(lp: Any, network: Network) -> list[Any]:
    """Every variable in our order."""
    sizes = network.sizes
    variables = [lp.component(name)[i] for name, axis in COLUMNS for i in range(sizes[axis])]
    variables += [lp.d[i, BACKSTOP] for i in range(sizes["d"])]
    variables += [lp.d[i, j] for i in range(sizes["d"]) for j in range(BACKSTOP)]
    variables += [lp.r[i, j] for i in range(sizes["p"]) for j in range(RISE_STEPS)]
    return variables


def _arrange_matrix(form: sparse.coo_matrix, where_row: Index, where_column: Index) -> sparse.csc_matrix:
    """The compiler's matrix in our order; a row or column it left out is empty."""
    row_to, column_to = np.full(form.shape[0], -1), np.full(form.shape[1], -1)
    row_to[where_row[where_row >= 0]] = np.flatnonzero(where_row >= 0)
    column_to[where_column[where_column >= 0]] = np.flatnonzero(where_column >= 0)
    return sparse.csc_matrix(
        (form.data, (row_to[form.row], column_to[form.col])),
        shape=(where_row.size, where_column.size),
    )


def _sparse(entries: Triplets, rows: int, columns: int) -> sparse.csr_matrix:
    return sparse.csr_matrix((entries.value, (entries.row, entries.column)), shape=(rows, columns))
