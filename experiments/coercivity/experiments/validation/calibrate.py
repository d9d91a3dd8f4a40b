"""Reconcile a base year or all years and write their rows, or fit behaviour on the record to 2014."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from coercivity.experiments.base.errors import OK, RunError, UserError, unknown
from coercivity.experiments.config.evidence_reader import read_evidence

if TYPE_CHECKING:
    from coercivity.model.calibration.reconcile import Reconciliation
    from coercivity.model.inputs.chain_settings import ChainSettings

TASKS = ("base-year", "history", "account")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `calibrate`."""
    parser.add_argument("task", metavar="TASK", help="base-year, history or account")
    parser.add_argument("year", metavar="YEAR", nargs="?", help="of base-year: one that the chain has")
    parser.add_argument(
        "overrides", metavar="KEY=VALUE", nargs="*", help="of base-year: the chain, as chain=NAME"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where the rows go (default: the evidence, or conf/calibrated)",
    )
    parser.add_argument(
        "--evidence", type=Path, metavar="DIR", help="evidence files to use instead of conf/evidence"
    )
    fit = parser.add_argument_group("of history")
    fit.add_argument("--prior", type=int, default=48, metavar="N", help="draws from the prior (48)")
    fit.add_argument("--search", type=int, default=112, metavar="N", help="draws of the search (112)")
    fit.add_argument("--keep", type=int, default=16, metavar="N", help="draws kept (16)")
    fit.add_argument("--workers", type=int, metavar="N", help="processes (default: as many as processors)")
    fit.add_argument(
        "--study",
        type=Path,
        metavar="FILE",
        help="where draws are written as they are made, to be taken up again",
    )


def main(args: argparse.Namespace) -> int:
    """Calibrate, print how far each input was moved, and say where the rows are."""
    if args.task not in TASKS:
        raise UserError(unknown("calibration", args.task, TASKS))
    if args.task == "history":
        if args.year is not None:
            raise UserError("`calibrate history` takes no year: it is fitted on 2010 to 2014")
        from coercivity.experiments.validation.calibrate_history import main as fit

        return fit(args)
    if args.task == "account":
        from coercivity.experiments.validation.calibrate_account import main as reconcile

        return reconcile(args)
    from coercivity.experiments.base.paths import evidence_of
    from coercivity.experiments.config.compose import compose

    composed = compose(args.overrides)
    names = composed.settings.chain
    years = ", ".join(map(str, names.base_years))
    if args.year is None:
        raise UserError(f"which base year? there are: {years}")
    if args.year not in map(str, names.base_years):
        raise UserError(f"there is no base year {args.year} for chain={names.name}; there are: {years}")
    year = int(args.year)
    folder = args.evidence or evidence_of(composed.values)
    path, result = write_rows(year, folder, args.out or folder, names)
    print(f"inputs moved to reconcile {year}:")
    print(f"  {'':<24}  factor  sigmas")
    for name, factor in result.multiplier.items():
        print(f"  {name:<24} {factor:7.3f}  {result.adjustment(name):+6.2f}")
    print(f"the rows are in {path}")
    return OK


def write_rows(year: int, evidence: Path, out: Path, names: "ChainSettings") -> "tuple[Path, Reconciliation]":
    """Reconcile a base year and write its rows as an evidence file."""
    from coercivity.model.calibration.base_year import calibrate, write_base_year
    from coercivity.model.inputs.evidence import EvidenceError
    from coercivity.model.inputs.evidence_chain import check_chain

    try:
        known = read_evidence(evidence)
        check_chain(known, names, evidence.name)
        base, result = calibrate(known, year, names)
    except EvidenceError as error:
        raise UserError(str(error)) from error
    except ValueError as error:
        raise RunError(f"{year} cannot be reconciled: {error}") from error
    try:
        out.mkdir(parents=True, exist_ok=True)
        return write_base_year(base, out), result
    except OSError as error:
        raise UserError(f"--out {out}: {error.strerror}; give another place") from error
