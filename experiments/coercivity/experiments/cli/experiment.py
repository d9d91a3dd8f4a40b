"""`coercivity experiment`: arguments and output."""

import argparse
import sys
from pathlib import Path

from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.explorer.train import CHECKS, RUNS, TrainingRequest, train
from coercivity.experiments.studies.experiment import EXPERIMENTS, ExperimentRequest, run_experiment

EXPLORER = "explorer"  # the emulator behind `coercivity explore`


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `experiment`."""
    known = ", ".join((*EXPERIMENTS, EXPLORER))
    parser.add_argument("name", metavar="NAME", help=f"one of: {known}")
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="runs at the same time (default 1)"
    )
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="futures to try (strategies; 20)")
    parser.add_argument("--all", action="store_true", help="run everything again, also what is known already")
    parser.add_argument(
        "--no-runs", action="store_true", help="write the page from what is known (mechanisms, strategies)"
    )
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N", help=f"runs of explorer ({RUNS})")
    parser.add_argument(
        "--checks", type=int, default=CHECKS, metavar="N", help=f"further runs that test it ({CHECKS})"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where the page goes (default: docs/); of explorer, its file"
    )


def main(args: argparse.Namespace) -> int:
    """Make the runs, write the page and say where it is; of explorer, train what its page answers from."""
    given = vars(args)
    runs, checks = given.pop("runs"), given.pop("checks")
    if args.name == EXPLORER:
        return train(TrainingRequest(runs, checks, args.workers, args.out))
    return run_experiment(ExperimentRequest(**given))


if __name__ == "__main__":
    sys.exit(command_line(["experiment", *sys.argv[1:]]))
