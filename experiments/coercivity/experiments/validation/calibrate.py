"""Reconcile a base year or all years and write their rows, or fit behaviour on the record to 2014."""

from pathlib import Path

from coercivity.experiments.base.errors import OK, RunError, UserError, unknown
from coercivity.experiments.base.paths import evidence_of
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.evidence_reader import read_evidence
from coercivity.experiments.validation.calibrate_account import reconcile_account
from coercivity.experiments.validation.calibrate_history import fit_history
from coercivity.experiments.validation.calibrate_request import CalibrationRequest
from coercivity.model.calibration.base_rows import write_base_year
from coercivity.model.calibration.base_year import calibrate
from coercivity.model.calibration.reconcile import Reconciliation
from coercivity.model.inputs.chain_settings import ChainSettings
from coercivity.model.inputs.evidence import EvidenceError
from coercivity.model.inputs.evidence_chain import check_chain

TASKS = ("base-year", "history", "account")
ELSEWHERE = ("posterior", "discrepancy")  # tasks of the forecasts


def calibrate_task(args: CalibrationRequest) -> int:
    """Calibrate, print how far each input was moved, and say where the rows are."""
    if args.task not in TASKS:
        if args.task.isdigit():
            raise UserError(f"there is no calibration `{args.task}`; did you mean `base-year {args.task}`?")
        raise UserError(unknown("calibration", args.task, (*TASKS, *ELSEWHERE)))
    if args.task == "history":
        if args.year is not None:
            raise UserError("`calibrate history` takes no year: it is fitted on 2010 to 2014")

        return fit_history(args)
    if args.task == "account":
        return reconcile_account(args)

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
