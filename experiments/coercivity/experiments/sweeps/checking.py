"""Whether a dataset is what it says, and whether runs of it repeat."""

import hashlib
from pathlib import Path

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.runs.manifest import read_manifest
from coercivity.experiments.sweeps.dataset import summary_files
from coercivity.experiments.sweeps.plan import PARTS, make_plan, read_plan
from coercivity.experiments.sweeps.runner import Runner
from coercivity.experiments.sweeps.shard import Record, ShardError, read_shard

Digests = dict[int, str]


def content(folder: Path) -> tuple[str, dict[int, Record]]:
    """The hash of a whole dataset, every shard held against its own hashes, and what each run left."""
    plan = read_plan(folder)
    records: dict[int, Record] = {}
    for path in summary_files(folder):
        try:
            mark, _ = read_shard(path, plan.hash)
        except ShardError as error:
            raise UserError(f"{folder}: {error}; `coercivity sweep --continue {folder}` mends it") from error
        records.update({record.run: record for record in mark.records})
    if len(records) != plan.runs:
        raise UserError(
            f"{folder} holds {len(records):,} of {plan.runs:,} runs: "
            f"`coercivity sweep --continue {folder}` makes the rest"
        )
    digest = hashlib.sha256()
    for run in range(plan.runs):
        digest.update(f"{run}:{records[run].digest}\n".encode())
    return digest.hexdigest(), records


def repeated(folder: Path, count: int, evidence: Path | None) -> tuple[list[str], list[tuple[int, str, str]]]:
    """What has changed since a dataset was made; and of `count` runs spread over it, old hash and new.

    Raises UserError when the dataset is not what its manifest says.
    """
    found, records = content(folder)
    manifest = read_manifest(folder)
    recorded = str((manifest.tables.get("summary") or {}).get("sha256", ""))
    if recorded != found:
        raise UserError(f"{folder} was changed after the sweep: its content is not the one in manifest.json")
    plan = read_plan(folder)
    now, design = make_plan(plan.question, evidence or plan.evidence, plan.tables)
    changed = [said for part, said in PARTS.items() if plan.parts.get(part) != now.parts.get(part)]
    runner = Runner(folder, now, design)
    count = min(count, plan.runs)
    chosen = sorted({at * (plan.runs - 1) // max(count - 1, 1) for at in range(count)})
    return changed, [(run, records[run].digest, runner.again(run)) for run in chosen]
