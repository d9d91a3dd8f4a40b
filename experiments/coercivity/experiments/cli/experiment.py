"""`coercivity experiment`: arguments and output."""

import argparse
import sys
from pathlib import Path

from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.studies.experiment import EXPERIMENTS, ExperimentRequest, run_experiment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `experiment`."""
    parser.add_argument("name", metavar="NAME", help=f"one of: {', '.join(EXPERIMENTS)}")
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="runs at the same time (default 1)"
    )
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="futures to try (strategies; 20)")
    parser.add_argument("--all", action="store_true", help="run everything again, also what is known already")
    parser.add_argument(
        "--no-runs", action="store_true", help="write the page from what is known (mechanisms, strategies)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the page goes (default: docs/)")


def main(args: argparse.Namespace) -> int:
    """Make the runs, write the page and say where it is."""
    return run_experiment(ExperimentRequest(**vars(args)))


if __name__ == "__main__":
    sys.exit(command_line(["experiment", *sys.argv[1:]]))
