"""`coercivity analyse`: arguments and output."""

import argparse
import json
import sys
from pathlib import Path

from coercivity.experiments.analysis.analyse import analyse
from coercivity.experiments.base.errors import OK
from coercivity.experiments.cli.entry import main as command_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `analyse`."""
    parser.add_argument("folder", type=Path, metavar="DATASET", help="the dataset of a sweep")
    parser.add_argument(
        "--outcome",
        action="append",
        default=[],
        metavar="INDICATOR@PLACE",
        help="what it is about, with <=X or >=X for good enough; may be repeated (default: the experiment's)",
    )
    parser.add_argument(
        "--reference", metavar="POLICY", help="what the others are held against (default: the first)"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where the page goes (default: DATASET/analysis)"
    )
    parser.add_argument("--json", action="store_true", help="print the findings as one JSON document")


def main(args: argparse.Namespace) -> int:
    """Analyse a dataset and say what was found."""
    out = args.out or args.folder / "analysis"
    found, said = analyse(args.folder, out, args.outcome, args.reference)
    if args.json:
        print(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        print("\n\n".join(said))
    print(f"\nthe page is {out / 'report.html'}", file=sys.stderr if args.json else sys.stdout)
    return OK


if __name__ == "__main__":
    sys.exit(command_line(["analyse", *sys.argv[1:]]))
