"""Run a stored configuration again and compare every table's hash."""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import FAILED, OK, UserError


@dataclass(frozen=True)
class Check:
    """One table of one run: the hash on record and the hash of the new run."""

    run: str
    table: str
    rows: int
    recorded: str
    found: str

    @property
    def same(self) -> bool:
        """Whether the content is the same to the last digit."""
        return self.recorded == self.found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `verify`."""
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help="the folder of a run, a comparison, a sweep or a backtest"
    )
    parser.add_argument(
        "--runs", type=int, default=3, metavar="N", help="runs of a sweep, or draws of a backtest, to repeat"
    )
    parser.add_argument("--evidence", type=Path, metavar="DIR", help="the evidence files the run used")


def main(args: argparse.Namespace) -> int:
    """Say table by table whether the run repeats."""
    from coercivity.experiments.base.paths import evidence_of
    from coercivity.experiments.runs.manifest import read_manifest
    from coercivity.experiments.runs.store import read_config

    manifest = read_manifest(args.folder)
    if manifest.kind == "sweep":
        return _verify_sweep(args.folder, args.runs, args.evidence)
    if manifest.kind == "backtest":
        return _verify_backtest(args.folder, args.runs, args.evidence or evidence_of({}))
    folders = [args.folder]
    if manifest.kind == "compare":
        folders = [args.folder / "runs" / name for name in manifest.parts]
    evidence = {folder: args.evidence or evidence_of(read_config(folder)) for folder in folders}
    checks = [check for folder in folders for check in verify(folder, evidence[folder])]
    for check in checks:
        word = "same" if check.same else "DIFFERENT"
        print(f"{check.run:<24} {check.table:<14} {check.rows:>9} rows  {word}")
    different = [check for check in checks if not check.same]
    if different:
        print(f"{len(different)} of {len(checks)} tables differ", file=sys.stderr)
        return FAILED
    print(f"all {len(checks)} tables are the same to the last digit")
    return OK


def _verify_sweep(folder: Path, count: int, evidence: Path | None) -> int:
    """Check a dataset whole against its hashes, and make a few of its runs again."""
    from coercivity.experiments.sweeps.checking import repeated

    if count < 1:
        raise UserError(f"--runs {count}: at least 1 is needed")
    changed, runs = repeated(folder, count, evidence)
    if changed:
        _warn(f"{' and '.join(changed)} changed since this sweep: expect differences")
    for run, recorded, found in runs:
        print(f"run {run:<9} {recorded[:12]}  {'same' if recorded == found else 'DIFFERENT'}")
    different = sum(recorded != found for _, recorded, found in runs)
    if different:
        print(f"{different} of {len(runs)} runs differ", file=sys.stderr)
        return FAILED
    print(f"the content is what the manifest says, and {len(runs)} runs made again are the same")
    return OK


def _verify_backtest(folder: Path, count: int, evidence: Path) -> int:
    """Check a backtest against its hash, and replay some of its draws again."""
    from coercivity.experiments.config.evidence_reader import hash_evidence
    from coercivity.experiments.runs.manifest import read_manifest
    from coercivity.experiments.validation.backtest import repeated

    if count < 1:
        raise UserError(f"--runs {count}: at least 1 is needed")
    manifest = read_manifest(folder)
    if hash_evidence(evidence) != manifest.evidence_hash:
        _warn(f"the evidence in {evidence} is not what this backtest used: expect differences")
    _warn_of_versions(manifest.packages)
    found = repeated(folder, manifest, count, evidence)
    for name, values, different in found:
        print(f"draw {name:<14} {values:>4} numbers  {f'{different} DIFFERENT' if different else 'same'}")
    if any(different for _, _, different in found):
        print(f"{sum(bool(one[2]) for one in found)} of {len(found)} draws differ", file=sys.stderr)
        return FAILED
    print(f"the scores are what the manifest says, and draws replayed again are the same: {len(found)}")
    return OK


def verify(folder: Path, evidence: Path) -> list[Check]:
    """Run the configuration of a run folder again and compare."""
    from coercivity.experiments.base.progress import silent
    from coercivity.experiments.base.tables import TABLES, content_hash, tidy
    from coercivity.experiments.config.compose import config_hash, recompose
    from coercivity.experiments.config.evidence_reader import hash_evidence
    from coercivity.experiments.runs.manifest import read_manifest
    from coercivity.experiments.runs.run import simulate
    from coercivity.experiments.runs.store import CONFIG, read_config

    manifest, values = read_manifest(folder), read_config(folder)
    if config_hash(values) != manifest.config_hash:
        raise UserError(
            f"{folder / CONFIG} was changed after the run: its hash is not the one in the manifest"
        )
    if hash_evidence(evidence) != manifest.evidence_hash:
        _warn(f"the evidence in {evidence} is not what this run used: expect differences")
    _warn_of_versions(manifest.packages)
    _check_stored(folder, manifest.tables)
    tables, _timing = simulate(recompose(values), evidence, silent)
    name_of_run = (
        f"{manifest.scenario} {folder.name}" if folder.name.startswith("seed-") else manifest.scenario
    )
    return [
        Check(
            name_of_run,
            name,
            len(tables[name]),
            str(manifest.tables[name]["sha256"]),
            content_hash(tidy(name, tables[name], TABLES[name])),
        )
        for name in manifest.tables
    ]


def _check_stored(folder: Path, recorded: Mapping[str, Any]) -> None:
    """Refuse a run folder whose own tables are not those its manifest speaks of."""
    import pandas as pd

    from coercivity.experiments.base.tables import TABLES, content_hash, tidy

    for name, entry in recorded.items():
        path = folder / f"{name}.parquet"
        try:
            stored = tidy(name, pd.read_parquet(path), TABLES[name])
        except (OSError, ValueError) as error:
            raise UserError(f"{path}: cannot be read as a table: {error}") from error
        if content_hash(stored) != str(entry["sha256"]):
            raise UserError(f"{path} was changed after the run: its hash is not the one in the manifest")


def _warn_of_versions(recorded: object) -> None:
    from coercivity.experiments.runs.manifest import versions

    now = versions()[0]
    then = dict(recorded) if isinstance(recorded, dict) else {}
    changed = [f"{name} {then[name]} -> {now.get(name)}" for name in then if now.get(name) != then[name]]
    if changed:
        _warn(f"versions differ from the run's: {', '.join(changed)}")


def _warn(message: str) -> None:
    print(f"note: {message}", file=sys.stderr)
