"""`coercivity brief`: arguments and output."""

import argparse
import sys
from pathlib import Path

from coercivity.experiments.base.errors import OK
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.provenance.rebuild import newest_result
from coercivity.experiments.reports.brief import write_brief
from coercivity.experiments.reports.report import load_subject


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `brief`."""
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        metavar="DIR",
        help="the folder of a run or a comparison (default: the newest under results/)",
    )


def main(args: argparse.Namespace) -> int:
    """Write the brief of a result: one A4 page, as HTML and as PDF."""
    if args.folder is None:
        args.folder = newest_result()
        print(f"of the newest result, {args.folder}")
    for path in write_brief(args.folder, load_subject(args.folder)):
        print(f"the brief is {path}")
    return OK


if __name__ == "__main__":
    sys.exit(command_line(["brief", *sys.argv[1:]]))
