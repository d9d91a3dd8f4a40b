"""`coercivity calibrate`: arguments and output."""

import argparse
import sys
from pathlib import Path

from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.forecasts.history import fit_discrepancies
from coercivity.experiments.forecasts.posterior import fit_posterior
from coercivity.experiments.validation.calibrate import calibrate_task
from coercivity.experiments.validation.calibrate_request import CalibrationRequest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `calibrate`."""
    parser.add_argument("task", metavar="TASK", help="base-year, history, posterior, discrepancy or account")
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
    fit = parser.add_argument_group("of history and posterior")
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
    asked = CalibrationRequest(**vars(args))
    own = {"posterior": fit_posterior, "discrepancy": fit_discrepancies}
    return own.get(args.task, calibrate_task)(asked)


if __name__ == "__main__":
    sys.exit(command_line(["calibrate", *sys.argv[1:]]))
