"""Reconcile a base year and write its rows."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from coercivity.experiments.errors import OK, RunError, UserError, unknown

if TYPE_CHECKING:
    from coercivity.model.reconcile import Reconciliation

TASKS = ("base-year",)
YEARS = (2009, 2014, 2024)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `calibrate`."""
    parser.add_argument("task", metavar="TASK", help="base-year")
    parser.add_argument("year", metavar="YEAR", type=int, help=f"one of {', '.join(map(str, YEARS))}")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the rows go (default: the evidence)")
    parser.add_argument(
        "--evidence", type=Path, metavar="DIR", help="evidence files to use instead of conf/evidence"
    )


def main(args: argparse.Namespace) -> int:
    """Calibrate, print how far each input was moved, and say where the rows are."""
    if args.task not in TASKS:
        raise UserError(unknown("calibration", args.task, TASKS))
    if args.year not in YEARS:
        raise UserError(f"there is no base year {args.year}; there are: {', '.join(map(str, YEARS))}")
    from coercivity.experiments.paths import evidence_dir

    folder = args.evidence or evidence_dir()
    path, result = write_rows(args.year, folder, args.out or folder)
    print(f"inputs moved to reconcile {args.year}:")
    print(f"  {'':<24}  factor  sigmas")
    for name, factor in result.multiplier.items():
        print(f"  {name:<24} {factor:7.3f}  {result.adjustment(name):+6.2f}")
    print(f"the rows are in {path}")
    return OK


def write_rows(year: int, evidence: Path, out: Path) -> "tuple[Path, Reconciliation]":
    """Reconcile a base year and write its rows as an evidence file."""
    from coercivity.experiments.manifest import hash_evidence
    from coercivity.model.base_year import calibrate, write_base_year
    from coercivity.model.evidence import Evidence, EvidenceError

    hash_evidence(evidence)  # says clearly when the folder is not there
    try:
        base, result = calibrate(Evidence(evidence), year)
    except EvidenceError as error:
        raise UserError(str(error)) from error
    except ValueError as error:
        raise RunError(f"{year} cannot be reconciled: {error}") from error
    try:
        out.mkdir(parents=True, exist_ok=True)
        return write_base_year(base, out), result
    except OSError as error:
        raise UserError(f"--out {out}: {error.strerror}; give another place") from error
