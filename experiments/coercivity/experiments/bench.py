"""The benchmarks, as ratios: clearing by each way of solving it, and sweeps against a bare loop."""

import argparse
import json

from coercivity.experiments.errors import OK, UserError, unknown

BENCHES = ("clearing", "sweep")
STEPS, QUICK_STEPS = 12, 3
RUNS, QUICK_RUNS = 100, 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `bench`."""
    parser.add_argument("what", nargs="?", default="clearing", metavar="WHAT", help=", ".join(BENCHES))
    parser.add_argument("--quick", action="store_true", help="few steps: checks that all ways agree")
    parser.add_argument("--steps", type=int, metavar="N", help=f"steps to time (default {STEPS})")
    parser.add_argument("--runs", type=int, metavar="N", help=f"runs of the sweep (default {RUNS})")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def main(args: argparse.Namespace) -> int:
    """Time every way on the same steps."""
    if args.what not in BENCHES:
        raise UserError(unknown("benchmark", args.what, BENCHES))
    if args.steps is not None and args.steps < 2:
        raise UserError(f"--steps {args.steps}: at least 2 are needed")
    if args.what == "sweep":
        return _sweep(args)
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


def _sweep(args: argparse.Namespace) -> int:
    """What a sweep adds to its runs."""
    from coercivity.experiments.bench_sweeps import bench_sweeps

    runs = args.runs if args.runs is not None else QUICK_RUNS if args.quick else RUNS
    if runs < 2:
        raise UserError(f"--runs {runs}: at least 2 are needed")
    found = bench_sweeps(args.overrides, runs)
    if args.json:
        print(json.dumps({"sweep": found}, indent=1))
        return OK
    for name, seconds in found["seconds"].items():
        print(f"  {name:<22} {seconds:9.2f} s   {1000 * seconds / runs:9.2f} ms a run")
    early, late = found["memory"]
    print(
        f"{runs:,} runs: a sweep adds {found['ms_overhead_a_run']:.2f} ms a run; two processes make "
        f"{found['one_over_two_processes']:.2f} times one; {found['files']} files; "
        f"{early:.0f} MiB after a tenth of the runs, {late:.0f} MiB at the end"
    )
    return OK
