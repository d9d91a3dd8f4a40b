"""`coercivity validate`: arguments and output."""

import argparse
import sys
from pathlib import Path

from coercivity.experiments.base.errors import MISTAKE, OK, UserError
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.validation.files import check


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `validate`."""
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="scenario (.yaml) or evidence (.csv) files, or a folder of evidence",
    )


def main(args: argparse.Namespace) -> int:
    """Say of every file whether it will do."""
    wrong = 0
    for path in args.files:
        try:
            print(f"{path}: {check(path)}")
        except UserError as error:
            wrong += 1
            print(f"coercivity: {error}", file=sys.stderr)
    return MISTAKE if wrong else OK


if __name__ == "__main__":
    sys.exit(command_line(["validate", *sys.argv[1:]]))
