"""A shard: consecutive runs in one Parquet file that is there whole or not at all.

It carries the fingerprint of its plan and, for every run, the hash of its rows, so a file that was cut
short, changed, or belongs to another sweep is noticed when it is read.
"""

import hashlib
import json
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from coercivity.experiments.base.errors import CoercivityError, describe

KEYS = ("indicator", "jurisdiction", "unit")
_TEXT = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema([("run", pa.int64()), *((key, _TEXT) for key in KEYS), ("value", pa.float64())])
_MARK = b"coercivity"
_NAME = re.compile(r"part-(\d{9})-(\d{9})\.parquet")


class ShardError(CoercivityError):
    """A shard that is damaged or belongs elsewhere; the message says which and why."""


@dataclass(frozen=True)
class SummaryRow:
    """One number of the summary of a run."""

    indicator: str
    jurisdiction: str
    unit: str
    value: float


@dataclass(frozen=True)
class RunRecord:
    """A run as it is kept: its rows, or what went wrong. digest: hash of either; never of the time taken."""

    run: int
    digest: str
    seconds: float
    error: str | None = None
    rows: tuple[SummaryRow, ...] = ()


@dataclass(frozen=True)
class ShardSummary:
    """What a shard says of itself, without its rows."""

    plan: str
    records: tuple[RunRecord, ...]

    @property
    def first(self) -> int:
        """The first run."""
        return self.records[0].run

    @property
    def stop(self) -> int:
        """The run after the last."""
        return self.records[-1].run + 1


def success_record(run: int, rows: Sequence[SummaryRow], seconds: float) -> RunRecord:
    """The record of a run that ended well."""
    ordered = tuple(sorted(rows, key=lambda row: (row.indicator, row.jurisdiction, row.unit)))
    keys = "\n".join("\t".join((row.indicator, row.jurisdiction, row.unit)) for row in ordered)
    return RunRecord(run, _digest(keys, np.array([row.value for row in ordered])), seconds, None, ordered)


def failure_record(run: int, error: str, seconds: float) -> RunRecord:
    """The record of a run that did not."""
    return RunRecord(run, hashlib.sha256(f"failed: {error}".encode()).hexdigest()[:32], seconds, error)


def _digest(keys: str, values: "np.typing.NDArray[np.float64]") -> str:
    plain = np.where(np.isnan(values), np.nan, values + 0.0)  # one NaN, one zero
    return hashlib.sha256(keys.encode() + b"\0" + plain.astype("<f8").tobytes()).hexdigest()[:32]


def file_name(first: int, stop: int) -> str:
    """What a shard is called.

    >>> file_name(0, 50), span_of(file_name(0, 50)), span_of("part-1.parquet")
    ('part-000000000-000000050.parquet', (0, 50), None)
    """
    return f"part-{first:09d}-{stop:09d}.parquet"


def span_of(name: str) -> tuple[int, int] | None:
    """First run and the run after the last, from a shard's name; None for other files."""
    found = _NAME.fullmatch(name)
    return (int(found[1]), int(found[2])) if found else None


def table_of(records: Sequence[RunRecord]) -> pa.Table:
    """The rows of records as a table."""
    rows = [(record.run, row) for record in records for row in record.rows]
    columns: list[pa.Array] = [pa.array([run for run, _ in rows], pa.int64())]
    columns += [
        pa.array([getattr(row, key) for _, row in rows], pa.string()).dictionary_encode() for key in KEYS
    ]
    columns.append(pa.array([row.value for _, row in rows], pa.float64()))
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def write_shard(folder: Path, plan: str, records: Sequence[RunRecord], table: pa.Table | None = None) -> Path:
    """Write consecutive runs, all at once. table: their rows, when they are not in the records."""
    told = [[record.run, record.digest, round(record.seconds, 3), record.error] for record in records]
    mark = json.dumps({"plan": plan, "runs": told}, ensure_ascii=False).encode()
    rows = (table_of(records) if table is None else table).replace_schema_metadata({_MARK: mark})
    path = folder / file_name(records[0].run, records[-1].run + 1)
    write_whole(path, rows)
    return path


def write_whole(path: Path, table: pa.Table) -> None:
    """Write a Parquet file under another name, push it to the disk, then give it its name."""
    draft = path.parent / f".{path.name}.tmp-{platform.node()}-{os.getpid()}"
    try:
        with draft.open("wb") as stream:
            pq.write_table(table, stream, compression="zstd", write_page_checksum=True)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def read_mark(path: Path, plan: str | None = None) -> ShardSummary:
    """What a shard says of itself. Raises ShardError for one that is damaged or of another plan."""
    try:
        stored = json.loads((pq.read_schema(path).metadata or {})[_MARK])
        records = tuple(
            RunRecord(run, digest, seconds, error) for run, digest, seconds, error in stored["runs"]
        )
        mark = ShardSummary(stored["plan"], records)
        good = (mark.first, mark.stop) == span_of(path.name)
        good = good and [record.run for record in records] == list(range(mark.first, mark.stop))
    except (OSError, pa.ArrowInvalid, KeyError, ValueError, TypeError, IndexError) as error:
        raise ShardError(f"{path.name} is damaged ({describe(error)})") from error
    if not good:
        raise ShardError(f"{path.name} does not hold the runs its name says")
    if plan is not None and mark.plan != plan:
        raise ShardError(
            f"{path.name} belongs to another sweep: its fingerprint is {mark.plan[:12]}, not {plan[:12]}"
        )
    return mark


def read_shard(path: Path, plan: str | None = None) -> tuple[ShardSummary, pa.Table]:
    """A shard with its rows, each run's held against its hash. Raises ShardError where they differ."""
    mark = read_mark(path, plan)
    try:
        table = pq.read_table(path, page_checksum_verification=True).replace_schema_metadata(None)
        found = _digests(table)
    except (OSError, pa.ArrowException, KeyError, ValueError, TypeError, AttributeError) as error:
        raise ShardError(f"{path.name} is damaged ({describe(error)})") from error
    for record in mark.records:
        if record.error is None and found.get(record.run) != record.digest:
            raise ShardError(f"{path.name} is damaged: the rows of run {record.run} have changed")
    return mark, table


def _digests(table: pa.Table) -> dict[int, str]:
    """The hash of the rows of every run of a table sorted by run."""
    runs = table["run"].to_numpy()
    values = table["value"].to_numpy()
    coded: list[Any] = [table[key].combine_chunks() for key in KEYS]
    codes = np.column_stack([one.indices.to_numpy(zero_copy_only=False) for one in coded]).astype(np.int32)
    words = [one.dictionary.to_pylist() for one in coded]
    cuts = np.flatnonzero(np.diff(runs)) + 1
    known: dict[bytes, str] = {}
    found: dict[int, str] = {}
    for start, end in zip([0, *cuts], [*cuts, len(runs)], strict=True):
        if start == end:
            continue
        own = codes[start:end]
        keys = known.get(own.tobytes())
        if keys is None:
            keys = "\n".join("\t".join(words[at][code] for at, code in enumerate(row)) for row in own)
            known[own.tobytes()] = keys
        found[int(runs[start])] = _digest(keys, values[start:end])
    return found
