"""`coercivity report`: arguments and output."""

import argparse
import sys

from coercivity.experiments.base.arguments import add_folder
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.provenance.rebuild import ReportRequest, newest_result, report_result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `report`."""
    add_folder(parser, "a run, a comparison, a sweep, a backtest or a game")
    parser.add_argument(
        "--number", metavar="INDICATOR@PLACE", help="say where this number comes from, and build nothing"
    )
    parser.add_argument("--run", type=int, metavar="N", help="with --number, the run of a dataset")
    parser.add_argument(
        "--figure", metavar="NAME", action="append", help="only this figure, for a paper: PDF, SVG and PNG"
    )
    parser.add_argument(
        "--panel", metavar="TITLE", action="append", help="of the figure, only panels whose title begins so"
    )
    parser.add_argument(
        "--width", metavar="LENGTH", default="183mm", help="width of the figure: 88mm, 18cm or 7.2in"
    )
    parser.add_argument("--year", metavar="YYYY", help="the year of a figure of one year (default: the last)")
    parser.add_argument(
        "--scenario", metavar="NAME", help="the scenario of a figure of one scenario (default: the last)"
    )
    parser.add_argument("--material", metavar="NAME", help="the material of a figure of one material")


def main(args: argparse.Namespace) -> int:
    """Build the report and the figures of a result anew, or single figures at the width asked for."""
    if args.folder is None:
        args.folder = newest_result()
        print(f"of the newest result, {args.folder}")
    return report_result(ReportRequest(**vars(args)))


if __name__ == "__main__":
    sys.exit(command_line(["report", *sys.argv[1:]]))
