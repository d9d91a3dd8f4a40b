"""Whether a dataset is what it says, and whether runs of it repeat."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from coercivity.experiments.base.errors import UserError, describe
from coercivity.experiments.config.compose import config_hash
from coercivity.experiments.runs.manifest import read_manifest
from coercivity.experiments.runs.store import read_config
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
from coercivity.experiments.sweeps.shard import Record, ShardError, read_shard


def read_records(folder: Path, plan: Plan) -> dict[int, Record]:
    """What each run left, every shard held against its own hashes. Raises UserError where one was changed."""
    records: dict[int, Record] = {}
    for path in summary_files(folder):
        try:
            mark, _ = read_shard(path, plan.hash)
        except ShardError as error:
            raise UserError(f"{folder}: {error}; `{to_continue(folder)}` mends it") from error
        for record in mark.records:
            if record.run not in records or records[record.run].error is not None:
                records[record.run] = record
    return records


def content_hash(records: Mapping[int, Record]) -> str:
    """The hash of all content of a dataset, in the order of its runs."""
    digest = hashlib.sha256()
    for run in sorted(records):
        digest.update(f"{run}:{records[run].digest}\n".encode())
    return digest.hexdigest()


def check_intact(folder: Path, plan: Plan, design: Design) -> dict[int, Record]:
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
        summary = manifest.tables.get("summary") if isinstance(manifest.tables, dict) else None
        recorded = summary.get("sha256") if isinstance(summary, dict) else None
        if recorded != content_hash(records):
            raise UserError(
                f"{folder} was changed after the sweep: its content is not the one in manifest.json"
            )
        _check_failures(folder, records)
    return records


def _check_failures(folder: Path, records: Mapping[int, Record]) -> None:
    """Refuse a table of failures that is not the one of the shards."""
    import pyarrow as pa
    import pyarrow.parquet as pq

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


def content(folder: Path) -> tuple[str, dict[int, Record]]:
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


def repeated(folder: Path, count: int, evidence: Path | None) -> tuple[list[str], list[tuple[int, str, str]]]:
    """What has changed since a dataset was made; and of `count` runs spread over it, old hash and new.

    Raises UserError when the dataset is not what its manifest says.
    """
    _, records = content(folder)
    plan = read_plan(folder)
    now, design = make_plan(plan.question, evidence or plan.evidence, plan.tables)
    changed = [said for part, said in PARTS.items() if plan.parts.get(part) != now.parts.get(part)]
    runner = Runner(folder, now, design)
    count = min(count, plan.runs)
    chosen = sorted({at * (plan.runs - 1) // max(count - 1, 1) for at in range(count)})
    return changed, [(run, records[run].digest, runner.again(run)) for run in chosen]
