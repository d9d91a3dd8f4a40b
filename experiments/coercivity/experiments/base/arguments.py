"""Options that several commands share."""

import argparse
from pathlib import Path


def add_out(parser: argparse.ArgumentParser) -> None:
    """The options of every command that makes a result folder."""
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where the result goes (default: under results/)"
    )
    parser.add_argument(
        "--evidence",
        type=Path,
        metavar="DIR",
        help="evidence files to use instead of conf/evidence",
    )
