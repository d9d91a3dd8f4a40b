"""`coercivity run`: arguments and output."""

import argparse
import sys
from pathlib import Path

from coercivity.experiments.base.arguments import add_out
from coercivity.experiments.base.errors import OK, UserError
from coercivity.experiments.base.paths import evidence_of
from coercivity.experiments.base.progress import bars
from coercivity.experiments.cli.entry import main as command_line
from coercivity.experiments.config.compose import Composed
from coercivity.experiments.config.ensemble import PLAIN, USUAL, read_asked
from coercivity.experiments.config.evidence_reader import hash_evidence
from coercivity.experiments.config.plain_yaml import say_yaml
from coercivity.experiments.config.remarks import say_remarks
from coercivity.experiments.config.validate import compose_file, compose_words
from coercivity.experiments.reports.summary import summary, summary_of_futures
from coercivity.experiments.runs.ensemble import execute_futures
from coercivity.experiments.runs.execution import read_workers
from coercivity.experiments.runs.folders import default_out
from coercivity.experiments.runs.run import execute
from coercivity.experiments.sweeps.multirun import multirun


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `run`."""
    parser.add_argument(
        "-m",
        "--multirun",
        action="store_true",
        help="Hydra's own: every combination of the values given, as in seed=1,2",
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="a whole configuration to run, such as the config.yaml of a run, or a scenario file",
    )
    parser.add_argument(
        "--cfg", choices=("job",), help="print the whole configuration as YAML, and run nothing"
    )
    parser.add_argument(
        "--workers", type=int, metavar="N", help="futures at the same time (default: one a processor)"
    )
    add_out(parser)


def main(args: argparse.Namespace) -> int:
    """Run once and say where the result is."""
    if args.multirun:
        if args.out or args.evidence or args.config or args.force:
            raise UserError(
                "--multirun takes Hydra's settings: hydra.sweeper.dir=DIR, not --out DIR, and no --config"
            )
        return multirun(args.overrides)
    workers = read_workers(args.workers)
    words, count, ensemble = read_asked(args.overrides, 1)
    composed = compose_file(args.config, words) if args.config else compose_words(words)
    if args.cfg:
        print(say_yaml(composed.values), end="")
        return OK
    if ensemble not in (None, PLAIN) and (count or 1) == 1:
        raise UserError(f"`ensemble={ensemble}` says what futures draw, and this run has one; add futures=20")
    if count and count > 1:
        return _run_several(args, composed, (count, ensemble or USUAL), workers)
    evidence = args.evidence or evidence_of(composed.values)
    out = args.out or default_out("run", composed.scenario, composed.hash, hash_evidence(evidence))
    say_remarks([composed])
    with bars({composed.scenario: composed.title}) as report:
        outcome = execute(
            composed,
            evidence,
            out,
            lambda *at: report(composed.scenario, *at),
            args.force,
        )
    print(summary(outcome.tables, composed))
    print(f"\n{outcome.manifest.seconds:.1f} s; the run is in {out}")
    return OK


def _run_several(args: argparse.Namespace, composed: Composed, futures: tuple[int, str], workers: int) -> int:
    """Run in several futures, and say what came of them as medians with bands."""
    evidence = args.evidence or evidence_of(composed.values)
    name = f"{composed.scenario}-{futures[0]}-futures"
    out = args.out or default_out("run", name, composed.hash, hash_evidence(evidence))
    say_remarks([composed])
    with bars({composed.scenario: composed.title}) as report:
        manifest = execute_futures(
            composed,
            evidence,
            out,
            futures,
            workers,
            lambda *at: report(composed.scenario, *at),
            args.force,
        )
    print(summary_of_futures(out))
    print(f"\n{manifest.seconds:.1f} s; the run is in {out}")
    return OK


if __name__ == "__main__":
    sys.exit(command_line(["run", *sys.argv[1:]]))
