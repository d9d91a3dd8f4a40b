"""`calibrate account`: reconcile every year, write the rows, print what was moved, draw the figures."""

from pathlib import Path

import numpy as np

from coercivity.experiments.base.errors import OK, RunError, UserError
from coercivity.experiments.base.paths import conf_dir, evidence_dir, repository
from coercivity.experiments.validation.account_page import account_table, leave_out_table, write_section
from coercivity.experiments.validation.account_result import AccountResult
from coercivity.experiments.validation.calibrate_request import CalibrationRequest
from coercivity.experiments.validation.registered import read_registration
from coercivity.model.calibration.account import (
    AccountDescription,
    AccountError,
    Fit,
    Paths,
    draw_paths,
    fit_account,
    leave_out,
)
from coercivity.model.calibration.account.fit import pose
from coercivity.model.calibration.account.rows import write_account, write_paths
from coercivity.model.inputs.evidence import Evidence, EvidenceError

__all__ = ["AccountResult", "reconcile_account", "make_account"]


def reconcile_account(args: CalibrationRequest) -> int:
    """Make the account, write its rows, section and figures, and print the adjustments."""
    if args.year is not None or args.overrides:
        raise UserError("`calibrate account` takes no year: it covers all years that are registered")
    folder = args.evidence or evidence_dir()
    result = make_account(folder)
    root = repository()
    out = args.out
    rows = out or folder
    draws = out or conf_dir() / "calibrated"
    page = root / "docs" / "calibration.md" if root and not out else rows / "account.md"
    for place in (rows, draws, page.parent / "figures" / "account"):
        place.mkdir(parents=True, exist_ok=True)
    written = [
        write_account(rows, result.account.last, result.variants),
        write_account(rows, result.account.early, result.early),
        write_paths(draws / "account_paths.csv", result.variants),
        write_section(page, result, Evidence(folder)),
    ]
    print(result.registration.sentence())
    print(account_table(result, 20))
    print(leave_out_table(result))
    for path in written:
        print(f"written: {path}")
    return OK


def make_account(folder: Path, draws: int | None = None) -> AccountResult:
    """Fit and draw every variant, and leave out magnet years. draws: other than registered."""
    fixed = read_registration(folder)
    if fixed is None:
        raise UserError(f"{folder} holds no registered.yaml, which says what the account is made of")
    if fixed.changed:
        raise UserError(
            f"{', '.join(fixed.changed)} is not what was registered on {fixed.date}: "
            "register the change (date and sha256 in registered.yaml) in a commit of its own first"
        )
    try:
        account = AccountDescription.from_values(fixed.values["account"])
        evidence = Evidence(folder)
        count = draws or account.draws
        variants = {
            name: _make_variant(evidence, account, name, account.last, count) for name in account.variants
        }
        early = {
            name: _make_variant(evidence, account, name, account.early, count) for name in account.variants
        }
        first = next(iter(variants))
        left = tuple(leave_out(evidence, account, variants[first][0], first))
    except (AccountError, EvidenceError, KeyError) as error:
        raise RunError(f"the account cannot be made: {error}") from error
    return AccountResult(fixed, account, variants, early, left)


def _make_variant(
    evidence: Evidence, account: AccountDescription, variant: str, last: int, count: int
) -> tuple[Fit, Paths]:
    """A variant fitted and drawn, with a stream of its own."""
    fit = fit_account(pose(evidence, account, variant, last))
    stream = np.random.default_rng([account.seed, last, list(account.variants).index(variant)])
    return fit, draw_paths(fit, count, stream)
