"""`coercivity diff`: arguments and output."""

import argparse
import json
import sys
from pathlib import Path

from coercivity.experiments.base.errors import OK
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.reports.difference import difference_of
from coercivity.experiments.reports.screen import show


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `diff`."""
    parser.add_argument("first", type=Path, metavar="A", help="the folder of a run")
    parser.add_argument("second", type=Path, metavar="B", help="the folder of another run")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def main(args: argparse.Namespace) -> int:
    """Hold one run's numbers against another's, whatever their evidence or settings."""
    found = difference_of(args.first, args.second)
    if args.json:
        print(json.dumps(found.as_dict(), indent=1, ensure_ascii=False))
    else:
        show(found)
    return OK


if __name__ == "__main__":
    sys.exit(command_line(["diff", *sys.argv[1:]]))
