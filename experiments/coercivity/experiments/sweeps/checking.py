"""Whether a dataset is what it says, and whether runs of it repeat."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from coercivity.experiments.base.errors import UserError, describe
from coercivity.experiments.config.compose import config_hash
from coercivity.experiments.runs.differences import Difference, difference
from coercivity.experiments.runs.manifest import Manifest, read_manifest
from coercivity.experiments.runs.store import read_config
from coercivity.experiments.sweeps.bound import BEGUN, bound_files, check_asked
from coercivity.experiments.sweeps.dataset import FAILURES, summary_files, to_continue
from coercivity.experiments.sweeps.design import Design
from coercivity.experiments.sweeps.plan import (
    PARTS,
    Plan,
    check_unchanged,
    make_plan,
    read_plan,
    stored_design,
)
from coercivity.experiments.sweeps.runner import Runner
from coercivity.experiments.sweeps.shard import RunRecord, ShardError, read_shard, span_of, table_of

SUMMARY = "summary"


def read_records(folder: Path, plan: Plan) -> dict[int, RunRecord]:
    """What each run left, every shard held against its own hashes. Raises UserError where one was changed."""
    records: dict[int, RunRecord] = {}
    for path in summary_files(folder):
        try:
            mark, _ = read_shard(path, plan.hash)
        except ShardError as error:
            raise UserError(f"{folder}: {error}; `{to_continue(folder)}` mends it") from error
        for record in mark.records:
            if record.run not in records or records[record.run].error is not None:
                records[record.run] = record
    return records


def content_hash(records: Mapping[int, RunRecord]) -> str:
    """The hash of all content of a dataset, in the order of its runs."""
    digest = hashlib.sha256()
    for run in sorted(records):
        digest.update(f"{run}:{records[run].digest}\n".encode())
    return digest.hexdigest()


def check_intact(folder: Path, plan: Plan, design: Design) -> dict[int, RunRecord]:
    """What each run left, where nothing of a dataset was changed since; it need not be whole.

    Raises
    ------
    UserError
        Where the stored question, a row of the design, a number of a shard or the manifest was changed.
    """
    check_unchanged(folder, plan, design)
    records = read_records(folder, plan)
    manifest = read_manifest(folder)
    if manifest.status == "complete":
        _check_content(folder, records)
        _check_failures(folder, records)
    return records


def _check_failures(folder: Path, records: Mapping[int, RunRecord]) -> None:
    """Refuse a table of failures that is not the one of the shards."""
    path = folder / FAILURES
    try:
        told = pq.read_table(path, columns=["run", "error"]).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise UserError(
            f"{path} cannot be read ({describe(error)}); `{to_continue(folder)}` mends it"
        ) from error
    left = {run: record.error for run, record in records.items() if record.error is not None}
    if {one["run"]: one["error"] for one in told} != left or len(told) != len(left):
        raise UserError(f"{path} was changed after the sweep; `{to_continue(folder)}` mends it")


def content(folder: Path) -> tuple[str, dict[int, RunRecord]]:
    """The hash of a whole dataset that is intact, and what each run left."""
    plan = read_plan(folder)
    records = check_intact(folder, plan, stored_design(folder))
    if len(records) != plan.runs or read_manifest(folder).status != "complete":
        raise UserError(
            f"{folder} holds {len(records):,} of {plan.runs:,} runs: `{to_continue(folder)}` makes the rest"
        )
    if config_hash(read_config(folder)) != read_manifest(folder).config_hash:
        raise UserError(
            f"{folder}: config.yaml was changed after the sweep: it is not the one of manifest.json"
        )
    return content_hash(records), records


def repeat_runs(
    folder: Path, count: int, evidence: Path | None
) -> tuple[list[str], list[tuple[int, Difference]]]:
    """What has changed since a dataset was made; and how far `count` runs spread over it are when made again.

    Raises UserError when the dataset is not what its manifest says, or is not complete.
    """
    check_dataset(folder)
    _, records = content(folder)
    plan = read_plan(folder)
    now, design = make_plan(plan.question, evidence or plan.evidence, plan.tables)
    changed = [said for part, said in PARTS.items() if plan.parts.get(part) != now.parts.get(part)]
    runner = Runner(folder, now, design)
    count = min(count, plan.runs)
    chosen = sorted({at * (plan.runs - 1) // max(count - 1, 1) for at in range(count)})
    return changed, [(run, _apart(folder, records[run], runner.again(run))) for run in chosen]


def check_dataset(folder: Path) -> Manifest:
    """The manifest of a dataset, if all that it is made of is as the sweep left it.

    Raises UserError where a file was changed, taken out or put in; shards of a dataset that is not complete
    are held against the hashes of their own runs.
    """
    manifest = check_asked(folder)
    mend = f"`{to_continue(folder)}` mends shards"
    changed = f"{folder} was changed after the sweep"
    if manifest.status == BEGUN:
        plan = read_plan(folder)
        for path in summary_files(folder):
            try:
                read_shard(path, plan.hash)
            except ShardError as error:
                raise UserError(f"{folder}: {error}; {mend}") from error
        return manifest
    try:
        here = bound_files(folder)
    except OSError as error:
        raise UserError(f"{changed}: {error.filename} is missing; {mend}") from error
    wrong = sorted(name for name in {*here, *manifest.files} if here.get(name) != manifest.files.get(name))
    if wrong:
        raise UserError(f"{changed}: {', '.join(wrong[:5])} is not as its manifest says; {mend}")
    return manifest


def _check_content(folder: Path, records: Mapping[int, RunRecord]) -> None:
    """Refuse a dataset whose manifest speaks of other answers."""
    tables = read_manifest(folder).tables
    summary, failures = tables.get("summary", {}), tables.get("failures", {})
    rows = sum(pq.read_metadata(path).num_rows for path in summary_files(folder))
    failed = sum(record.error is not None for record in records.values())
    here = (content_hash(records), rows, failed)
    if (summary.get("sha256"), summary.get("rows"), failures.get("rows")) != here:
        raise UserError(f"{folder} was changed after the sweep: its content is not the one in manifest.json")


def _rows(folder: Path, run: int) -> pa.Table:
    for path in summary_files(folder):
        first, stop = span_of(path.name) or (0, 0)
        if first <= run < stop:
            _, table = read_shard(path)
            return table.filter(pc.equal(table["run"], run))
    raise UserError(f"{folder} holds no run {run}")


def _apart(folder: Path, old: RunRecord, new: RunRecord) -> Difference:
    """How far a run is from the one on record."""
    if old.digest == new.digest:
        return Difference(True)
    if old.error != new.error:
        said = new.error or "it ended well, where the recorded one failed"
        return Difference(False, float("inf"), said)
    return difference(SUMMARY, _plain(_rows(folder, old.run)), _plain(table_of([new])))


def _plain(rows: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = rows.to_pandas()
    return frame.astype({name: str for name in frame.columns if name not in ("run", "value")})
