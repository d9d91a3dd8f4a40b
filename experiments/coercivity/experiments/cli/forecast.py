"""`coercivity forecast`: arguments and output."""

import argparse
import sys
from pathlib import Path

from coercivity.experiments.base.errors import OK, UserError
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.forecasts.sealed import SealedRequest, forecast


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `forecast`."""
    parser.add_argument(
        "--scenario", default="restrictions_2025", help="measures in force (restrictions_2025)"
    )
    parser.add_argument("--futures", type=int, default=40, metavar="N", help="futures of the ensemble (40)")
    parser.add_argument("--ensemble", default="default", help="what they draw (default)")
    parser.add_argument("--no-discrepancy", action="store_true", help="the model alone")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (default: as many as processors)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the table goes (default: docs/data)")


def main(args: argparse.Namespace) -> int:
    """Run the futures and write the table."""
    for word in args.overrides:
        name, _, value = word.partition("=")
        if name in ("scenario", "futures", "ensemble"):
            raise UserError(f"`{word}`: a forecast takes it as an option; did you mean `--{name} {value}`?")
    request = SealedRequest(
        args.scenario,
        args.futures,
        args.ensemble,
        not args.no_discrepancy,
        args.overrides,
        args.workers,
        args.out,
    )
    path, digest, table = forecast(request)
    months = sorted(p for p in table["period"].unique() if "-" in p)
    shown = table[table["period"].isin([months[0], months[8], months[-1], "2025 from April", "2026", "2027"])]
    print(shown[["series", "unit", "period", "form", "p05", "p50", "p95"]].to_string(index=False))
    print(f"{len(table)} rows are in {path}; sha256 {digest}")
    return OK


if __name__ == "__main__":
    sys.exit(command_line(["forecast", *sys.argv[1:]]))
