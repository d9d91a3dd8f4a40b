"""`coercivity explore`: arguments and output."""

import argparse
import sys
from pathlib import Path

from coercivity.experiments.base.arguments import add_out
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.explorer.explore import PAIR, PORT, WINDOW, ExplorerOptions, serve


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `explore`; scenarios and settings come in any order."""
    parser.add_argument(
        "words",
        nargs="*",
        metavar="SCENARIO|KEY=VALUE",
        help="one scenario or two to begin with, then settings of both (default: "
        f"{' '.join(PAIR)}, {WINDOW} years)",
    )
    parser.add_argument(
        "--port", type=int, default=PORT, metavar="N", help=f"where to listen (default: {PORT}; 0: any free)"
    )
    parser.add_argument(
        "--static",
        type=Path,
        metavar="FILE.html",
        help="write the first screen as one file to host or mail, and serve nothing; it stays approximate",
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument(
        "--workers", type=int, metavar="N", help="runs at the same time (default: one a processor, at most 2)"
    )
    add_out(parser, force=False)


def main(args: argparse.Namespace) -> int:
    """Serve the page until the keyboard says to stop."""
    return serve(ExplorerOptions(**vars(args)))


if __name__ == "__main__":
    sys.exit(command_line(["explore", *sys.argv[1:]]))
