"""`coercivity backtest`: arguments and output."""

import argparse
import json
import sys
from pathlib import Path

from coercivity.experiments.base.arguments import add_force
from coercivity.experiments.base.errors import OK
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.validation.backtest import BacktestRequest, run_backtest
from coercivity.experiments.validation.backtest_words import show


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `backtest`."""
    parser.add_argument(
        "--draws", type=int, metavar="N", help="draws of the fit (default: all in conf/calibrated)"
    )
    parser.add_argument("--no-ablations", action="store_true", help="leave out runs without a mechanism")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (default: as many as processors)")
    parser.add_argument("--json", action="store_true", help="the scores as one JSON document")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where page, table and figures go")
    parser.add_argument(
        "--evidence", type=Path, metavar="DIR", help="evidence files to use instead of conf/evidence"
    )
    add_force(parser)


def main(args: argparse.Namespace) -> int:
    """Run, score, print the table, write the page."""
    scores, about, out = run_backtest(
        BacktestRequest(args.draws, not args.no_ablations, args.workers, args.out, args.evidence, args.force)
    )
    if args.json:
        print(json.dumps(scores.document() | about, indent=1))
    else:
        if about["sentence"]:
            print(about["sentence"])
        print(show(scores))
        print(f"table {str(about['hash'])[:16]}; the report, table and figures are in {out}")
    return OK


if __name__ == "__main__":
    sys.exit(command_line(["backtest", *sys.argv[1:]]))
