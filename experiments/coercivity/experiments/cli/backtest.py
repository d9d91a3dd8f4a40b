"""`coercivity backtest`: arguments and output."""

import argparse
import json
import sys
from pathlib import Path

from coercivity.experiments.base.arguments import add_force
from coercivity.experiments.base.errors import OK
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.forecasts.history import check_futures, score_history, write_page
from coercivity.experiments.forecasts.words import show as show_forecasts
from coercivity.experiments.validation.backtest import BacktestRequest, run_backtest
from coercivity.experiments.validation.backtest_words import show


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `backtest`."""
    parser.add_argument(
        "--draws", type=int, metavar="N", help="draws of the fit (default: all in conf/calibrated)"
    )
    parser.add_argument(
        "--futures", type=int, metavar="N",
        help="futures of each forecast as a distribution (default: as registered; 0 leaves them out)",
    )  # fmt: skip
    parser.add_argument(
        "--page", action="store_true", help="write the tables of docs/validation.md anew as well"
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
    check_futures(args.futures)
    scores, about, out = run_backtest(
        BacktestRequest(args.draws, not args.no_ablations, args.workers, args.out, args.evidence, args.force)
    )
    scored = None if args.futures == 0 else score_history(out, args.futures, args.workers, args.evidence)
    if args.page:
        print(f"the page is {write_page(out, scored)}", file=sys.stderr)
    if args.json:
        told = {"forecasts": scored.scores.document() | {"hash": scored.digest}} if scored else {}
        print(json.dumps(scores.document() | about | told, indent=1))
    else:
        if about["sentence"]:
            print(about["sentence"])
        print(show(scores))
        if scored:
            print(f"\n{show_forecasts(scored.scores, scored.rules)}\ntable {scored.digest[:16]} of forecasts")
        print(f"table {str(about['hash'])[:16]}; the report, table and figures are in {out}")
    return OK


if __name__ == "__main__":
    sys.exit(command_line(["backtest", *sys.argv[1:]]))
