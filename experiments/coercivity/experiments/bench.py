"""The benchmarks, as ratios: what a step of clearing costs by each way of solving it."""

import argparse
import json

from coercivity.experiments.errors import OK, UserError, unknown

BENCHES = ("clearing",)
STEPS, QUICK_STEPS = 12, 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `bench`."""
    parser.add_argument("what", nargs="?", default="clearing", metavar="WHAT", help=", ".join(BENCHES))
    parser.add_argument("--quick", action="store_true", help="few steps: checks that all ways agree")
    parser.add_argument("--steps", type=int, metavar="N", help=f"steps to time (default {STEPS})")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def main(args: argparse.Namespace) -> int:
    """Time every way on the same steps."""
    if args.what not in BENCHES:
        raise UserError(unknown("benchmark", args.what, BENCHES))
    if args.steps is not None and args.steps < 2:
        raise UserError(f"--steps {args.steps}: at least 2 are needed")
    from coercivity.experiments.bench_clearing import bench_clearing

    found = bench_clearing(args.overrides, args.steps or (QUICK_STEPS if args.quick else STEPS))
    if args.json:
        print(json.dumps({"networks": found}, indent=1))
        return OK
    for network in found:
        ms = network["ms"]
        print(
            f"{network['name']}: {network['columns']} columns, {network['rows']} rows, "
            f"{network['steps']} steps; {network['solves_per_step']:.1f} linear programs and "
            f"{network['iterations_per_step']:.0f} simplex iterations a step"
        )
        for name, value in ms.items():
            print(f"  {name:<14} {value:9.2f} ms a step   {value / ms['ours']:6.1f} x ours")
    return OK
