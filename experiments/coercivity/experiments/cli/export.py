"""`coercivity export`: arguments and output."""

import argparse
import sys
from pathlib import Path

from coercivity.experiments.base.errors import OK
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.provenance.export import FORMATS, export_result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `export`."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="a run or comparison folder, or a dataset")
    parser.add_argument("--format", choices=FORMATS, default="iamc", help="iamc: a CSV that pyam reads")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the file to write")
    parser.add_argument("--force", action="store_true", help="write over whatever file --out is")


def main(args: argparse.Namespace) -> int:
    """Write a result in another's format."""
    out, summary = export_result(args.folder, args.format, args.out, args.force)
    print(f"{summary}; it is {out}")
    return OK


if __name__ == "__main__":
    sys.exit(command_line(["export", *sys.argv[1:]]))
