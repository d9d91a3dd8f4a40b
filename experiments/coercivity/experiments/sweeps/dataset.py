"""The folder of a sweep: begun, gone on with, made tidy, read. Its state is in its files alone.

manifest.json, plan.json, config.yaml, design.parquet   what was asked
summary/part-*.parquet                                  the answers, with failures among them
tables/NAME/part-*.parquet                              tables of every run, on request
failures.parquet                                        runs that failed: design and error
"""

import fcntl
import hashlib
import os
import shlex
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from coercivity.experiments.base.errors import RunError, UserError, describe
from coercivity.experiments.runs.folders import check_out, claim_place, put_in_place, resolve_out
from coercivity.experiments.runs.manifest import seal
from coercivity.experiments.sweeps.bound import FAILURES as FAILURES
from coercivity.experiments.sweeps.bound import KIND, check_asked
from coercivity.experiments.sweeps.plan import (
    DESIGN,
    NAME,
    Plan,
    check_same,
    check_unchanged,
    read_plan,
    stored_design,
)
from coercivity.experiments.sweeps.runner import SUMMARY, TABLES
from coercivity.experiments.sweeps.shard import (
    RunRecord,
    ShardError,
    file_name,
    read_mark,
    read_shard,
    span_of,
    write_shard,
    write_whole,
)

LOCK, DAMAGED = ".lock", ".damaged"
ANEW = "take the folder of its answers away (summary) to make all runs again, or give another --out"
PART_RUNS = 1_000  # runs in a file once everything is tidy
PART_ROWS = 2_000_000  # rows of a table in a file


@dataclass(frozen=True)
class Part:
    """A shard in the folder: runs from first to before stop, those that failed, each run's hash."""

    path: Path
    first: int
    stop: int
    records: tuple[RunRecord, ...]


def begin(out: Path, plan: Plan, write_design: Any, write_config: Any, force: bool = False) -> None:
    """Make the folder of a dataset, all at once; one of the same plan is left as it is.

    Raises UserError where the place holds anything else; with `force` a result of another kind or plan goes.
    """
    place = resolve_out(out)
    with claim_place(place):
        if (place / NAME).is_file():
            old = read_plan(place)
            if old.parts == plan.parts or not force:
                check_same(old, plan, out)
                check_unchanged(place, old, stored_design(place))
                check_asked(place)
                return
        check_out(out, KIND, force)
        draft = place.parent / f".{place.name}.tmp-{os.getpid()}"
        try:
            make_folders(draft, plan)
            write_design(draft / DESIGN)
            plan.write(draft)
            write_config(draft)
            seal(draft)
            put_in_place(draft, place, KIND, force)
        except OSError as error:
            raise UserError(f"{out}: {why(error)}; give another place with --out") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def lock_dataset(folder: Path, part: str = "") -> Iterator[None]:
    """Hold the dataset: alone, or beside other parts when `part` names one of an array job."""
    with _hold(folder / LOCK, fcntl.LOCK_SH if part else fcntl.LOCK_EX):
        if not part:
            yield
            return
        with _hold(folder / f"{LOCK}-{part}", fcntl.LOCK_EX):
            yield
        (folder / f"{LOCK}-{part}").unlink(missing_ok=True)


@contextmanager
def _hold(path: Path, how: int) -> Iterator[None]:
    try:
        stream = path.open("a+")
    except OSError as error:
        raise UserError(f"{path.parent}: nothing can be written there ({error.strerror})") from error
    with stream:
        try:
            fcntl.flock(stream, how | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            holder = stream.read().strip()
            who = f" (process {holder})" if holder else ""
            raise UserError(
                f"{path.parent} is being filled by another command{who}; wait for it or stop it first"
            ) from None
        except OSError as error:
            raise UserError(f"{path.parent}: this file system takes no locks ({error.strerror})") from error
        if how == fcntl.LOCK_EX:
            stream.truncate(0)
            stream.write(str(os.getpid()))
            stream.flush()
        yield


def clean(folder: Path) -> None:
    """Remove what interrupted writers left. Only while holding the dataset alone."""
    place = folder / SUMMARY
    if place.exists() and not place.is_dir():
        raise UserError(f"{place} is a file where a folder is due; take it away")
    for place in (folder, *folder.glob(f"{SUMMARY}"), *folder.glob(f"{TABLES}/*")):
        for path in place.glob(".part-*.tmp-*"):
            path.unlink(missing_ok=True)


def make_folders(folder: Path, plan: Plan) -> None:
    """Make the folders of answers, where they are not there or were taken away since."""
    for place in (folder / SUMMARY, *(folder / TABLES / name for name in plan.tables)):
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"{folder}: {why(error)}; give another place with --out") from error


def parts(folder: Path, plan: Plan) -> tuple[list[Part], list[str]]:
    """The shards of a dataset by first run, and a sentence for each that cannot be used.

    A damaged shard is renamed, so that its runs are made again; one of another sweep stops everything.
    """
    found: list[Part] = []
    told: list[str] = []
    for path in _shards(folder):
        try:
            mark = read_mark(path)
        except ShardError as error:
            told.append(_set_aside(path, str(error)))
            continue
        if mark.plan != plan.hash:
            raise UserError(
                f"{path} belongs to another sweep (fingerprint {mark.plan[:12]}, here {plan.hash[:12]}): "
                "nothing is mixed; take it out of the folder"
            )
        found.append(Part(path, mark.first, mark.stop, mark.records))
    return found, told


def _shards(folder: Path) -> list[Path]:
    """The files that hold answers, in order; none where their folder is missing."""
    place = folder / SUMMARY
    return sorted(path for path in place.iterdir() if span_of(path.name)) if place.is_dir() else []


def _set_aside(path: Path, why: str) -> str:
    aside = path.with_name(path.name + DAMAGED)
    try:
        path.rename(aside)
    except OSError as error:
        raise UserError(f"{path} is damaged and cannot be set aside: {error.strerror}") from error
    return f"{why}; it is kept as {aside.name} and its runs are made again"


def missing(found: Sequence[Part], runs: int, retry: bool = False) -> list[tuple[int, int]]:
    """The runs that no shard holds, as spans; with `retry`, those that failed too."""
    here = bytearray(runs)
    for part in found:
        for record in part.records:
            if record.run < runs and not (retry and record.error is not None):
                here[record.run] = 1
    spans: list[tuple[int, int]] = []
    at = here.find(0)
    while at >= 0:
        stop = here.find(1, at)
        spans.append((at, stop if stop >= 0 else runs))
        at = here.find(0, stop) if stop >= 0 else -1
    return spans


@dataclass(frozen=True)
class Answered:
    """A dataset that is whole: hash of all its content, rows, failures, seconds of model time."""

    sha256: str
    rows: int
    failures: int
    seconds: float


def tidy_up(folder: Path, plan: Plan) -> tuple[Answered | None, list[str]]:
    """Read every shard against its hashes and merge them into few files.

    None when damaged shards were set aside, whose runs must be made again; and a sentence for each.
    Of a run that failed and was made again the better record is kept; two different answers stop everything.
    """
    found, told = parts(folder, plan)
    best, source = _choose_records(found)
    digest = hashlib.sha256()
    rows, failures, seconds = 0, [], 0.0
    for first in range(0, plan.runs, PART_RUNS):
        stop = min(first + PART_RUNS, plan.runs)
        try:
            table = _merge_shards(folder, plan, best, source, first, stop)
        except ShardError as error:
            name = str(error).partition(" ")[0]
            told.append(_set_aside(folder / SUMMARY / name, str(error)))
            continue
        rows += table
        for run in range(first, stop):
            digest.update(f"{run}:{best[run].digest}\n".encode())
            seconds += best[run].seconds
            if best[run].error is not None:
                failures.append(best[run])
    if told:
        return None, told
    last = {file_name(at, min(at + PART_RUNS, plan.runs)) for at in range(0, plan.runs, PART_RUNS)}
    for path in _shards(folder):
        if path.name not in last:
            path.unlink()
    well = [run for run in range(plan.runs) if best[run].error is None]
    for name in plan.tables:
        _check_kept(folder / TABLES / name, well)
        _merge_tables(folder / TABLES / name, plan.runs)
    _write_failures(folder, failures)
    return Answered(digest.hexdigest(), rows, len(failures), seconds), []


def _choose_records(found: Sequence[Part]) -> tuple[dict[int, RunRecord], dict[int, Path]]:
    best: dict[int, RunRecord] = {}
    source: dict[int, Path] = {}
    for part in found:
        for record in part.records:
            old = best.get(record.run)
            if old is not None and old.error is None and record.error is None and old.digest != record.digest:
                raise RunError(
                    f"run {record.run} has two different answers, in {source[record.run].name} and "
                    f"{part.path.name}: a run must depend on its row alone; please report this"
                )
            if old is None or (old.error is not None and record.error is None):
                best[record.run], source[record.run] = record, part.path
    return best, source


def _merge_shards(
    folder: Path, plan: Plan, best: dict[int, RunRecord], source: dict[int, Path], first: int, stop: int
) -> int:
    """Put the runs from first to before stop into one file; the number of their rows."""
    files = sorted({source[run] for run in range(first, stop)})
    target = folder / SUMMARY / file_name(first, stop)
    pieces = []
    for path in files:
        _, table = read_shard(path, plan.hash)
        mine = [run for run in range(first, stop) if source[run] == path]
        pieces.append(
            table if files == [target] else table.filter(pc.is_in(table["run"], pa.array(mine, pa.int64())))
        )
    merged = pa.concat_tables(pieces).unify_dictionaries().sort_by("run") if len(pieces) > 1 else pieces[0]
    if files != [target]:
        merged = merged.combine_chunks()
        write_shard(folder / SUMMARY, plan.hash, [best[run] for run in range(first, stop)], merged)
        read_shard(target, plan.hash)
    for path in _shards(folder):
        span = span_of(path.name)
        if span and path != target and first <= span[0] and span[1] <= stop:
            path.unlink()
    return int(merged.num_rows)


def _check_kept(folder: Path, well: Sequence[int]) -> None:
    """Refuse a table of which files were lost or damaged since: its runs have an answer and no rows."""
    lost = set(well)
    for path in sorted(folder.iterdir()):
        if span := span_of(path.name):
            lost -= set(range(*span))
            try:
                pq.read_schema(path)
            except (OSError, pa.ArrowException) as error:
                raise UserError(f"{path} is damaged ({describe(error)}); {ANEW}") from error
    if lost:
        raise UserError(f"{folder} has lost the rows of {len(lost):,} runs; {ANEW}")


def _merge_tables(folder: Path, runs: int) -> None:
    """Merge the files of a table, a run once, in order."""
    seen = bytearray(runs)
    pieces: list[pa.Table] = []
    files = sorted(path for path in folder.iterdir() if span_of(path.name))
    batch: list[Path] = []
    for at, path in enumerate(files):
        table = pq.read_table(path)
        fresh = [run for run in table["run"].unique().to_pylist() if not seen[run]]
        for run in fresh:
            seen[run] = 1
        pieces.append(table.filter(pc.is_in(table["run"], pa.array(fresh, pa.int64()))))
        batch.append(path)
        if sum(piece.num_rows for piece in pieces) < PART_ROWS and at < len(files) - 1:
            continue
        if len(batch) > 1:
            spans = [span for name in batch if (span := span_of(name.name))]
            target = folder / file_name(min(s[0] for s in spans), max(s[1] for s in spans))
            write_whole(target, pa.concat_tables(pieces).sort_by("run"))
            for old in batch:
                if old != target:
                    old.unlink()
        pieces, batch = [], []


def _write_failures(folder: Path, failures: Sequence[RunRecord]) -> None:
    """The runs that failed, each with its row of the design and its error."""
    design = stored_design(folder).table
    wanted = pa.array([record.run for record in failures], pa.int64())
    rows = design.filter(pc.is_in(design["run"], wanted)).replace_schema_metadata(None)
    errors = pa.array([record.error for record in failures], pa.string())
    write_whole(folder / FAILURES, rows.append_column("error", errors))


def summary_files(folder: Path) -> list[Path]:
    """The files of the summary of a dataset that is tidy."""
    found = _shards(folder)
    if not found:
        raise UserError(f"{folder} holds no answers yet; `{to_continue(folder)}` makes them")
    return found


def to_continue(folder: Path) -> str:
    """The command that goes on with a dataset, as a shell takes it.

    >>> to_continue(Path("my results"))
    "coercivity sweep --continue 'my results'"
    """
    return shlex.join(["coercivity", "sweep", "--continue", str(folder)])


def why(error: BaseException) -> str:
    """A failure to write, as a sentence."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}{f' ({error.filename})' if error.filename else ''}"
    return describe(error)
