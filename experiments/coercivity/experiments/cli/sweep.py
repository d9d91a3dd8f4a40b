"""`coercivity sweep`: arguments and output."""

import argparse
import sys
from pathlib import Path

from coercivity.experiments.base.arguments import add_out
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.sweeps.asking import SECONDS, SHARE, SweepRequest
from coercivity.experiments.sweeps.sampling import KINDS
from coercivity.experiments.sweeps.sweep import ENGINES, PARTS, make_sweep


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sweep`."""
    asked = parser.add_argument_group("what is asked")
    asked.add_argument("--design", choices=KINDS, help="grid (default), a sample, or rows from a file")
    asked.add_argument(
        "--samples", type=int, metavar="N", help="rows, base rows (sobol), trajectories (morris)"
    )
    asked.add_argument("--study-seed", type=int, metavar="N", help="seed of the sample and of its futures")
    asked.add_argument("--uncertainty", metavar="NAME", help="a file of conf/uncertainty, such as default")
    asked.add_argument("--rows", type=Path, metavar="FILE", help="CSV or Parquet of a list or of draws")
    asked.add_argument(
        "--tables", default="", metavar="A,B", help="tables to keep of every run, beside the summary"
    )
    how = parser.add_argument_group("how it is made")
    how.add_argument("--engine", choices=ENGINES, default="local", help="who makes the runs")
    how.add_argument(
        "--workers", type=int, metavar="N", help="processes (default: one a processor; 1: this one)"
    )
    how.add_argument("--array", type=int, metavar="N", help=f"parts of a Slurm array job (default {PARTS})")
    how.add_argument("--address", metavar="HOST:PORT", help="a running Ray cluster (default: this machine)")
    how.add_argument("--shard-seconds", type=float, default=SECONDS, metavar="S", help="work in a shard")
    how.add_argument("--shard-size", type=int, metavar="N", help="runs in a shard, instead")
    how.add_argument("--continue", dest="folder", type=Path, metavar="DIR", help="go on with this dataset")
    how.add_argument("--part", metavar="K/N", help="with --continue: only this part of an array job")
    how.add_argument("--retry-failures", action="store_true", help="make failed runs again")
    how.add_argument("--max-failures", type=float, default=SHARE, metavar="SHARE", help="share that may fail")
    how.add_argument("--plan", action="store_true", help="say what would be made, and make nothing")
    add_out(parser)


def main(args: argparse.Namespace) -> int:
    """Make the runs of a design and say where they are."""
    return make_sweep(SweepRequest(**vars(args)))


if __name__ == "__main__":
    sys.exit(command_line(["sweep", *sys.argv[1:]]))
