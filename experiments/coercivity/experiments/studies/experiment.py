"""Named experiments: many runs, a verdict in numbers, and the page of the documentation that says so."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from coercivity.experiments.base.errors import OK, UserError, unknown
from coercivity.experiments.base.paths import repository
from coercivity.experiments.studies.trials import Reuse


@dataclass(frozen=True)
class Experiment:
    """An experiment: the module that does it, one line, and its page under docs/."""

    module: str
    summary: str
    page: str


EXPERIMENTS: Mapping[str, Experiment] = {
    "mechanisms": Experiment(
        "mechanisms", "what every mechanism does when it is switched off", "mechanisms.md"
    ),
    "stylised_facts": Experiment(
        "facts", "what the field takes for granted, put to the test", "stylised-facts.md"
    ),
    "benchmarks": Experiment(
        "benchmarks", "published results on the same questions beside the model's", "benchmarks.md"
    ),
    "owners": Experiment("owners", "what owners did, and in how many replays they do it", "owners.md"),
    "policy_record": Experiment(
        "policy_record",
        "measures that states' rules adopt in 2010 to 2024, against the record",
        "policy-record.md",
    ),
    "fronts": Experiment(
        "fronts", "what each state could choose, and at which weights it would choose otherwise", "fronts.md"
    ),
    "today": Experiment(
        "today",
        "scenarios of measures of 2025 and 2026, and how firm what came out is",
        "scenarios-of-today.md",
    ),
    "strategies": Experiment("strategies", "states that look ahead against their rule", "strategies.md"),
}


@dataclass(frozen=True)
class ExperimentRequest:
    """Which experiment to make, as the options of the command name it. no_runs: from what is known alone."""

    name: str
    workers: int = 1
    seeds: int = 20
    all: bool = False
    no_runs: bool = False
    out: Path | None = None


def run_experiment(args: ExperimentRequest) -> int:
    """Make the runs, write the page and say where it is."""
    if args.name not in EXPERIMENTS:
        raise UserError(unknown("experiment", args.name, [*EXPERIMENTS, "explorer"]))
    for option in ("workers", "seeds"):
        if getattr(args, option) < 1:
            raise UserError(f"--{option} {getattr(args, option)}: at least 1 is needed")
    root = repository()
    out = args.out or (root / "docs" if root else Path.cwd())
    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out} is a file; give the name of a folder")
    out.mkdir(parents=True, exist_ok=True)
    chosen = EXPERIMENTS[args.name]
    work = import_module(f"coercivity.experiments.studies.{chosen.module}")
    text = work.page(out, workers=args.workers, seeds=args.seeds, reuse=_reuse(args), tell=_tell)
    (out / chosen.page).write_text(text, encoding="utf-8")
    print(f"the page is {out / chosen.page}")
    return OK


def _reuse(args: ExperimentRequest) -> Reuse:
    if args.all and args.no_runs:
        raise UserError("--all makes every run and --no-runs makes none; give one of them")
    if args.no_runs and args.name in ("stylised_facts", "benchmarks", "owners"):
        raise UserError(f"--no-runs: {args.name} keeps no runs, so its page needs them; leave it out")
    return Reuse.NOTHING if args.all else Reuse.ONLY if args.no_runs else Reuse.KNOWN


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
