"""What is varied, row by row: a table with a column an override, and what each column is.

In the words of robust decision making (XLRM; Lempert, Popper and Bankes 2003): a *lever* is what a
decision maker chooses, an *uncertainty* what nobody does; rows that differ in levers alone share a
*future*, so they meet the same draws of chance.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

RUN, FUTURE, POLICY = "run", "future", "policy"
ABOUT = (RUN, FUTURE, POLICY)
ROW_GROUP = 10_000


@dataclass(frozen=True)
class Design:
    """The rows of a sweep.

    table: run, future, policy, then a column for every key that is varied; a number as a number, all else
    as Hydra's text; empty where a row leaves a key alone · levers: the keys that are chosen
    """

    table: pa.Table
    levers: tuple[str, ...] = ()

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def keys(self) -> list[str]:
        """The keys that are varied, in order."""
        return [name for name in self.table.column_names if name not in ABOUT]

    @property
    def uncertainties(self) -> list[str]:
        """The keys that are varied and not chosen."""
        return [key for key in self.keys if key not in self.levers]

    @property
    def policies(self) -> list[str]:
        """The policies, in order of appearance."""
        return list(dict.fromkeys(self.table[POLICY].to_pylist()))

    def rows(self, first: int, stop: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """The runs from first to before stop: number and overrides."""
        part = self.table.slice(first, stop - first)
        numbers = part[RUN].to_pylist()
        columns = {key: part[key].to_pylist() for key in self.keys}
        for at, number in enumerate(numbers):
            yield number, {key: values[at] for key, values in columns.items()}

    def hash(self) -> str:
        """The sha256 of every row."""
        digest = hashlib.sha256("\t".join(self.table.column_names).encode())
        for batch in self.table.to_batches(max_chunksize=ROW_GROUP):
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                digest.update(repr(row).encode())
        return digest.hexdigest()

    def write(self, path: Path) -> None:
        """Write the rows as Parquet."""
        marked = self.table.replace_schema_metadata({"levers": "\n".join(self.levers)})
        pq.write_table(marked, path, compression="zstd", row_group_size=ROW_GROUP)


def read_design(path: Path) -> Design:
    """A design as written."""
    table = pq.read_table(path)
    levers = (table.schema.metadata or {}).get(b"levers", b"").decode()
    return Design(table, tuple(levers.split("\n")) if levers else ())


def number_rows(
    columns: Mapping[str, Sequence[Any]],
    futures: Sequence[int],
    policies: Sequence[str],
    levers: Sequence[str],
) -> Design:
    """A design from its columns, numbered in order."""
    arrays: dict[str, pa.Array] = {
        RUN: pa.array(range(len(futures)), pa.int64()),
        FUTURE: pa.array(futures, pa.int64()),
        POLICY: pa.array(policies, pa.string()),
    }
    arrays |= {key: _array(values) for key, values in columns.items()}
    return Design(pa.table(arrays), tuple(key for key in levers if key in columns))


def _array(values: Sequence[Any]) -> pa.Array:
    """Numbers of one kind as such; everything else as the text Hydra would read."""
    kinds = {type(value) for value in values if value is not None}
    for kind, arrow in ((int, pa.int64()), (float, pa.float64())):
        if kinds == {kind} and not (kind is int and max(v for v in values if v is not None) >= 2**63):
            return pa.array(values, arrow)
    return pa.array([None if value is None else _text(value) for value in values], pa.string())


def _text(value: Any) -> str:
    """A value as an override has it.

    >>> _text(True), _text(0.5), _text("'a b'")
    ('true', '0.5', "'a b'")
    """
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_lever(key: str, groups: Sequence[str]) -> bool:
    """Whether a key is something a decision maker chooses: a file of a group, or a state's own.

    >>> is_lever("scenario", ["scenario"]), is_lever("state.china.strategy", []), is_lever("seed", [])
    (True, True, False)
    """
    bare = key.lstrip("+~")
    return bare.partition("@")[0] in groups or bare.startswith("state.")
