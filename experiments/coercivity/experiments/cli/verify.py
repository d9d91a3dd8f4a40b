"""`coercivity verify`: arguments and output."""

import argparse
import sys
from pathlib import Path

from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.provenance.verify import VerifyRequest, verify_result
from coercivity.experiments.runs.differences import TOLERANCE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `verify`."""
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help="the folder of a run, a comparison, a sweep or a backtest"
    )
    parser.add_argument(
        "--runs", type=int, default=3, metavar="N", help="runs of a sweep, or draws of a backtest, to repeat"
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        default=TOLERANCE,
        metavar="X",
        help=f"relative difference that is rounding (default {TOLERANCE:g}; 0: equal to the last digit)",
    )
    parser.add_argument("--evidence", type=Path, metavar="DIR", help="the evidence files the run used")


def main(args: argparse.Namespace) -> int:
    """Say table by table whether the run repeats."""
    return verify_result(VerifyRequest(**vars(args)))


if __name__ == "__main__":
    sys.exit(command_line(["verify", *sys.argv[1:]]))
