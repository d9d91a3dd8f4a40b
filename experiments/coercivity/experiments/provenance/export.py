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
    parser.add_argument("--force", action="store_true", help="write over whatever file --out is")


def main(args: argparse.Namespace) -> int:
    """Write a result in another's format."""
    from coercivity.experiments.provenance.crate import write_crate
    from coercivity.experiments.provenance.iamc import write_iamc
    from coercivity.experiments.runs.manifest import deriving, read_manifest

    read_manifest(args.folder)
    if args.out is not None:
        check_file(args.out, args.format, args.force)
    try:
        with deriving(args.folder):
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


def check_file(out: Path, form: str, force: bool) -> None:
    """Refuse to write over a file that is not an earlier export, or into a result but its own."""
    from coercivity.experiments.provenance.crate import is_crate
    from coercivity.experiments.provenance.iamc import is_iamc
    from coercivity.experiments.runs.manifest import NAME

    if out.is_dir():
        raise UserError(f"--out {out} is a folder; give the name of a file")
    if not out.exists():
        return
    ours = is_iamc(out) if form == "iamc" else is_crate(out)
    inside = any((place / NAME).is_file() for place in out.resolve().parents)
    if inside and not ours:
        raise UserError(f"--out {out} is a file of a result folder; give another name")
    if not ours and not force:
        raise UserError(f"--out {out} is there and no export of this kind; give another name, or --force")


if __name__ == "__main__":
    from coercivity.experiments.cli import main as command_line

    sys.exit(command_line(["export", *sys.argv[1:]]))
