"""`coercivity brief`: arguments and output."""

import argparse
import sys

from coercivity.experiments.base.arguments import add_folder
from coercivity.experiments.base.errors import OK
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.provenance.rebuild import newest_result
from coercivity.experiments.reports.brief import write_brief
from coercivity.experiments.reports.report import load_subject


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `brief`."""
    add_folder(parser, "a run or a comparison")


def main(args: argparse.Namespace) -> int:
    """Write the brief of a result: one A4 page, as HTML and as PDF."""
    if args.folder is None:
        args.folder = newest_result(("run", "compare"))
        print(f"of the newest result, {args.folder}")
    for path in write_brief(args.folder, load_subject(args.folder)):
        print(f"the brief is {path}")
    return OK


if __name__ == "__main__":
    sys.exit(command_line(["brief", *sys.argv[1:]]))
