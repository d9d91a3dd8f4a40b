"""`coercivity compare`: arguments and output."""

import argparse
import json
import sys
import time

from coercivity.experiments.base.arguments import add_out
from coercivity.experiments.base.errors import OK, UserError
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.forecasts.carried import carry
from coercivity.experiments.reports.compare import ComparisonRequest, run_comparison
from coercivity.experiments.reports.futures import read_futures
from coercivity.experiments.reports.screen import show
from coercivity.experiments.runs.manifest import read_manifest
from coercivity.experiments.runs.store import read_config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `compare`; scenarios and settings come in any order."""
    parser.add_argument(
        "words",
        nargs="+",
        metavar="SCENARIO|FILE.yaml|KEY=VALUE",
        help=(
            "two scenarios or more, or files that hold one, then settings; futures=N (default: 20; 1 gives a "
            "single line), ensemble=default, luck or none for what they draw, seed=0,1,2 for these seeds"
        ),
    )
    parser.add_argument(
        "--seeds", type=int, metavar="N", help="the same as futures=N ensemble=none: seeds and nothing else"
    )
    parser.add_argument(
        "--no-bounds", action="store_true",
        help="leave out the sealed and leaky bounds of scenarios whose limits spare some countries, which an "
        "ensemble that draws them leaves out anyway",
    )  # fmt: skip
    parser.add_argument(
        "--discrepancy", action="store_true",
        help="bands of mean prices of Nd, Pr, Dy and Tb oxide with what the model missed to 2014 as well, on "
        "screen and in --json; the report has futures alone",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the comparison as one JSON document")
    parser.add_argument(
        "--workers", type=int, metavar="N", help="runs at the same time (default: one a processor)"
    )
    add_out(parser)


def main(args: argparse.Namespace) -> int:
    """Compare, print the table and say where the report is."""
    start = time.perf_counter()
    if args.discrepancy and read_futures(args.words, args.seeds).count == 1:
        raise UserError("--discrepancy needs several futures: leave out futures=1")
    comparison, out = run_comparison(
        ComparisonRequest(
            args.words,
            seeds=args.seeds,
            bounds=not args.no_bounds,
            workers=args.workers,
            out=args.out,
            evidence=args.evidence,
            force=args.force,
        )
    )
    if args.discrepancy:
        comparison = carry(comparison, int(read_config(out)["market"]["base_year"]))
    if args.json:
        print(json.dumps(comparison.as_dict(), indent=1, ensure_ascii=False))
    else:
        show(comparison)
    stream = sys.stderr if args.json else sys.stdout
    whole = time.perf_counter() - start
    parts = f"{whole:.1f} s, {whole - read_manifest(out).seconds:.1f} s of them for the report"
    print(f"{parts}; the report is {out / 'report.html'}", file=stream)
    return OK


if __name__ == "__main__":
    sys.exit(command_line(["compare", *sys.argv[1:]]))
