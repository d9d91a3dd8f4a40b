"""Run a stored configuration again and compare every table with the one on record."""

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from coercivity.experiments.base.errors import FAILED, OK, UserError
from coercivity.experiments.base.paths import evidence_of
from coercivity.experiments.base.progress import silent
from coercivity.experiments.base.tables import OF_FUTURES, TABLES, TableError, TableSpec, content_hash, tidy
from coercivity.experiments.config.compose import recompose
from coercivity.experiments.config.ensemble import apply_changes
from coercivity.experiments.config.evidence_reader import hash_evidence
from coercivity.experiments.runs.differences import TOLERANCE, Difference, difference
from coercivity.experiments.runs.ensemble import join_futures
from coercivity.experiments.runs.futures import read_changes
from coercivity.experiments.runs.manifest import FOREIGN, Manifest, changed_files, commit, processor, versions
from coercivity.experiments.runs.result import Result, RunFolder, load_result
from coercivity.experiments.runs.run import simulate
from coercivity.experiments.sweeps.checking import repeat_runs
from coercivity.experiments.validation import backtest


@dataclass(frozen=True)
class Check:
    """One table of one run: its rows, and how far the new run's table is from it."""

    run: str
    table: str
    rows: int
    difference: Difference

    def verdict(self, tolerance: float) -> str:
        """In words."""
        if self.difference.identical:
            return "same"
        word = "rounding" if self.difference.within(tolerance) else "DIFFERENT"
        return f"{word}  {self.difference.relative:.1e} in {self.difference.where}"


@dataclass(frozen=True)
class VerifyRequest:
    """What to verify. runs: of a sweep, or draws of a back-test, to make again."""

    folder: Path
    runs: int = 3
    tolerance: float = TOLERANCE
    evidence: Path | None = None


def verify_result(args: VerifyRequest) -> int:
    """Say table by table whether the run repeats."""
    if args.runs < 1:
        raise UserError(f"--runs {args.runs}: at least 1 is needed")
    if not (0 <= args.tolerance < 1):
        raise UserError(
            f"--tolerance {args.tolerance:g}: give a relative difference from 0 to below 1, as 1e-9"
        )
    result = load_result(args.folder)
    if result.kind == "sweep":
        return _verify_sweep(args.folder, args.runs, args.evidence, args.tolerance)
    check_files(result)
    if result.kind == "backtest":
        return _verify_backtest(result, args.runs, args.evidence or evidence_of({}), args.tolerance)
    runs = [result.whole] if result.whole else [run for mine in result.runs.values() for run in mine]
    for run in runs:
        check_run(run)
    checks = [check for run in runs for check in verify(run, args.evidence or evidence_of(run.config))]
    for check in checks:
        print(f"{check.run:<24} {check.table:<14} {check.rows:>9} rows  {check.verdict(args.tolerance)}")
    return _conclude([check.difference for check in checks], "tables", args.tolerance)


def _conclude(found: Sequence[Difference], what: str, tolerance: float) -> int:
    """Say how many are the same, by rounding or not; 1 where any is changed."""
    changed = [one for one in found if not one.within(tolerance)]
    rounded = [one for one in found if not one.identical and one.within(tolerance)]
    largest = max((one.relative for one in found), default=0.0)
    size = (
        f"the largest relative difference is {largest:.1e}"
        if math.isfinite(largest)
        else "rows or texts differ"
    )
    if not found:
        raise UserError("nothing was compared, so nothing is verified; make the result again")
    if changed:
        print(
            f"{len(changed)} of {len(found)} {what} differ: {size}, more than {tolerance:g}", file=sys.stderr
        )
        return FAILED
    if rounded:
        print(
            f"{what} that differ by rounding alone: {len(rounded)} of {len(found)}; {size}, within "
            f"{tolerance:g} (another processor, or other versions of packages)"
        )
        return OK
    print(f"all {len(found)} {what} are the same to the last digit")
    return OK


def _verify_sweep(folder: Path, count: int, evidence: Path | None, tolerance: float) -> int:
    """Check a dataset whole against its hashes, and make a few of its runs again."""
    changed, runs = repeat_runs(folder, count, evidence)
    if changed:
        _warn(f"{' and '.join(changed)} changed since this sweep: expect differences")
    for run, found in runs:
        print(f"run {run:<9} {Check('', '', 0, found).verdict(tolerance)}")
    print("the content is what the manifest says")
    return _conclude([found for _, found in runs], "runs made again", tolerance)


def _verify_backtest(result: "Result", count: int, evidence: Path, tolerance: float) -> int:
    """Check a backtest against its hash, and replay some of its draws again."""
    _warn_of_changes(result.manifest, evidence)
    found = backtest.repeat_draws(result.folder, result.manifest, count, evidence)
    for name, values, different in found:
        print(f"draw {name:<14} {values:>4} numbers  {Check('', '', 0, different).verdict(tolerance)}")
    print("the scores are what the manifest says")
    return _conclude([one[2] for one in found], "draws replayed again", tolerance)


def check_files(result: "Result") -> None:
    """Refuse a folder in which a file that its command wrote is missing or changed."""
    found = changed_files(result.folder, result.manifest)
    wrong = [said for said in found if not said.endswith(FOREIGN)]
    derived = [said for said in wrong if said.rpartition(" ")[0] in result.manifest.derived]
    if wrong and len(wrong) == len(derived):
        raise UserError(
            f"{result.folder}: {'; '.join(wrong)}; `coercivity report` or `export` writes it anew"
        )
    if wrong:
        raise UserError(f"{result.folder} was changed after it was made: {'; '.join(wrong)}")
    if strange := [said for said in found if said not in wrong]:
        _warn("; ".join(strange))


def check_run(run: "RunFolder") -> None:
    """Refuse a run whose tables are not those its manifest speaks of."""
    specs = _specs(run)
    for name, entry in run.manifest.tables.items():
        try:
            stored = tidy(name, run.tables[name], specs[name])
        except TableError as error:
            raise UserError(f"{run.folder / name}.parquet: {error}") from error
        if content_hash(stored) != str(entry["sha256"]) or len(stored) != entry["rows"]:
            raise UserError(
                f"{run.folder / name}.parquet was changed after the run: its rows or its hash are not those "
                "in the manifest"
            )


def verify(run: "RunFolder", evidence: Path) -> list[Check]:
    """Run the configuration of a run folder again, in all its futures, and compare."""
    _warn_of_changes(run.manifest, evidence)
    tables = _made_again(run, evidence)
    name_of_run = run.manifest.scenario
    if run.folder.name.startswith("future-"):
        name_of_run = f"{name_of_run} {run.folder.name}"
    checks = []
    for name, spec in _specs(run).items():
        new = tidy(name, tables[name], spec)
        same = content_hash(new) == run.manifest.tables[name]["sha256"]
        found = Difference(True) if same else difference(name, tidy(name, run.tables[name], spec), new)
        checks.append(Check(name_of_run, name, len(new), found))
    return checks


def _specs(run: "RunFolder") -> Mapping[str, TableSpec]:
    """The columns of a run's tables: with `future` where it has several."""
    return OF_FUTURES if read_changes(run.folder) else TABLES


def _made_again(run: "RunFolder", evidence: Path) -> dict[str, pd.DataFrame]:

    asked, changes = recompose(run.config), read_changes(run.folder)
    if not changes:
        return simulate(asked, evidence, silent)[0]
    made = [simulate(apply_changes(asked, mine), evidence, silent)[0] for mine in changes]
    return {
        name: join_futures([tidy(name, one[name], spec) for one in made]) for name, spec in TABLES.items()
    }


def _warn_of_changes(manifest: "Manifest", evidence: Path) -> None:
    """Say what is not as it was when a result was made."""
    if hash_evidence(evidence) != manifest.evidence_hash:
        _warn(f"the evidence in {evidence} is not what this {manifest.kind} used: expect differences")
    head, _ = commit()
    if head and manifest.commit and head != manifest.commit:
        _warn(f"the code is at commit {head[:12]}, the {manifest.kind}'s was {manifest.commit[:12]}")
    packages, _, python = versions()
    _warn_where({**manifest.packages, "Python": manifest.python}, packages | {"Python": python}, "versions")
    _warn_where(manifest.processor, processor(), "processor and kernels")


def _warn_where(then: Mapping[str, str], now: Mapping[str, str], what: str) -> None:
    names = dict.fromkeys([*then, *now])
    changed = [
        f"{n} {then.get(n, 'none')} -> {now.get(n, 'none')}" for n in names if now.get(n) != then.get(n)
    ]
    if changed:
        _warn(f"{what} differ from the result's: {', '.join(changed)}")


def _warn(message: str) -> None:
    print(f"note: {message}", file=sys.stderr)
