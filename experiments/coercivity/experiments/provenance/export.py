"""Results for papers and for other tools: IAMC's table of scenarios, and an RO-Crate."""

import argparse
import sys
from pathlib import Path

from coercivity.experiments.base.errors import OK, UserError

FORMATS = ("iamc", "ro-crate")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `export`."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="a run or comparison folder, or a dataset")
    parser.add_argument("--format", choices=FORMATS, default="iamc", help="iamc: a CSV that pyam reads")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the file to write")


def main(args: argparse.Namespace) -> int:
    """Write a result in another's format."""
    from coercivity.experiments.provenance.crate import write_crate
    from coercivity.experiments.provenance.iamc import write_iamc
    from coercivity.experiments.runs.manifest import read_manifest

    read_manifest(args.folder)
    try:
        if args.format == "iamc":
            out, told = write_iamc(args.folder, args.out or args.folder / "iamc.csv")
        else:
            out, told = write_crate(args.folder, args.out)
    except OSError as error:
        place = error.filename or args.out or args.folder
        said = error.strerror or str(error)
        raise UserError(f"{place}: cannot be written: {said}; give another place with --out") from error
    print(f"{told}; it is {out}")
    return OK


if __name__ == "__main__":
    from coercivity.experiments.cli import main as command_line

    sys.exit(command_line(["export", *sys.argv[1:]]))
