"""The benchmarks, as ratios: clearing by each way of solving it, whole steps, sweeps against a loop."""

import argparse
import json
import sys

from coercivity.experiments.base.errors import OK, UserError, unknown

BENCHES = {
    "clearing": "a step of clearing by Pyomo rebuilt, Pyomo kept warm, ours, and HiGHS alone within ours",
    "run": "a whole step by phase, beside HiGHS's own time",
    "strategy": "a run in which China looks ahead, beside the same by its rule",
    "sweep": "what a sweep adds to its runs",
    "ensemble": "three scenarios in 20 futures, beside one run in a warm process",
    "budget": "minutes of the common jobs on this machine, from the same timing",
}
STEPS, QUICK_STEPS = 4, 2
SIZES, QUICK_SIZES = (1, 2, 4), (1,)
QUICK_RUN = 4
LARGEST = 16
RUNS, QUICK_RUNS = 100, 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `bench`."""
    told = "; ".join(f"{name}: {what}" for name, what in BENCHES.items())
    parser.add_argument(
        "what", nargs="?", default="clearing", metavar="WHAT", help=f"{told} (default clearing)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="few steps, and no enlarged networks: some seconds"
    )
    parser.add_argument(
        "--steps",
        type=int,
        metavar="N",
        help=f"steps to time (default {STEPS}; of `run` and `strategy`, its whole clock)",
    )
    parser.add_argument(
        "--sizes",
        metavar="N,...",
        help="of `clearing`: how many times as large the networks are "
        f"(default {','.join(map(str, SIZES))}; with --quick {','.join(map(str, QUICK_SIZES))})",
    )
    parser.add_argument("--runs", type=int, metavar="N", help=f"runs of the `sweep` (default {RUNS})")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def main(args: argparse.Namespace) -> int:
    """Time what was asked for, and print it."""
    if args.what not in BENCHES:
        raise UserError(unknown("benchmark", args.what, list(BENCHES)))
    if args.steps is not None and args.steps < 1:
        raise UserError(f"--steps {args.steps}: at least 1 is needed")
    if args.what != "clearing" and args.sizes is not None:
        raise UserError("--sizes belongs to `bench clearing`; a whole run has the size of its model")
    if args.what == "run":
        return _run(args)
    if args.what == "strategy":
        return _strategy(args)
    if args.what in ("ensemble", "budget"):
        return _ensemble(args)
    return _sweep(args) if args.what == "sweep" else _clearing(args)


def _clearing(args: argparse.Namespace) -> int:
    from coercivity_benchmarks.bench_clearing import bench_clearing
    from coercivity_benchmarks.bench_screen import show_clearing

    sizes = _sizes(args.sizes) if args.sizes else QUICK_SIZES if args.quick else SIZES
    steps = args.steps or (QUICK_STEPS if args.quick else STEPS)
    networks = bench_clearing(args.overrides, steps, sizes, _tell)
    if args.json:
        print(json.dumps({"networks": networks}, indent=1))
    else:
        show_clearing(networks)
    return OK


def _run(args: argparse.Namespace) -> int:
    from coercivity_benchmarks.bench_run import bench_run
    from coercivity_benchmarks.bench_screen import show_run

    found = bench_run(args.overrides, args.steps or (QUICK_RUN if args.quick else None), _tell)
    if args.json:
        print(json.dumps(found, indent=1))
    else:
        show_run(found)
    return OK


def _strategy(args: argparse.Namespace) -> int:
    """What looking ahead costs."""
    from coercivity_benchmarks.bench_screen import show_strategy
    from coercivity_benchmarks.bench_strategy import bench_strategy

    found = bench_strategy(args.overrides, args.steps or (QUICK_RUN if args.quick else None), _tell)
    if args.json:
        print(json.dumps(found, indent=1))
    else:
        show_strategy(found)
    return OK


def _ensemble(args: argparse.Namespace) -> int:
    """What an ensemble costs beside a run, and what follows for the common jobs."""
    from coercivity_benchmarks.bench_ensemble import FUTURES, QUICK_FUTURES, bench_budget, bench_ensemble

    found = bench_ensemble(args.overrides, QUICK_FUTURES if args.quick else FUTURES, _tell)
    budget = {"minutes": bench_budget(found), "processes": found["processes"]}
    if args.json:
        print(json.dumps(found if args.what == "ensemble" else budget, indent=1))
    elif args.what == "ensemble":
        print(
            f"{found['runs']} runs in {found['seconds']:.1f} s by {found['processes']} processes "
            f"({found['processor_seconds']:.0f} s of processor); one in a warm process "
            f"{found['single_seconds']:.2f} s: {found['ratio']:.1f} times as long"
        )
    else:
        for name, minutes in budget["minutes"].items():
            print(f"  {name:<24} {minutes:8.1f} min")
    return OK


def _sizes(text: str) -> tuple[int, ...]:
    """Sizes from `1,2,4`; the first is what growth is told over."""
    try:
        sizes = tuple(int(word) for word in text.split(","))
    except ValueError:
        raise UserError(f"--sizes {text}: write whole numbers with commas, as in --sizes 1,2,4") from None
    if not all(1 <= size <= LARGEST for size in sizes):
        raise UserError(f"--sizes {text}: each needs to be between 1 and {LARGEST}")
    return sizes


def _tell(sentence: str) -> None:
    print(f"{sentence} ...", file=sys.stderr)


def _sweep(args: argparse.Namespace) -> int:
    """What a sweep adds to its runs."""
    from coercivity_benchmarks.bench_sweeps import bench_sweeps

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
        f"{runs:,} runs: a sweep adds {found['ms_overhead_a_run']:.2f} ms a run "
        f"({found['ms_processor_overhead_a_run']:.2f} ms of processor time); two processes make "
        f"{found['one_over_two_processes']:.2f} times one; {found['files']} files; "
        f"{early:.0f} MiB after a tenth of the runs, {late:.0f} MiB at the end"
    )
    return OK
