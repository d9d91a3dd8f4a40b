"""One run: settings in, a run folder out."""

import argparse
import logging
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coercivity.experiments.base.arguments import add_out
from coercivity.experiments.base.errors import OK, UserError
from coercivity.experiments.base.progress import OnStep, bars

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.experiments.config.compose import Composed
    from coercivity.experiments.runs.manifest import Manifest
    from coercivity.model.world import World

    Tables = dict[str, pd.DataFrame]

logger = logging.getLogger("coercivity.run")


@dataclass(frozen=True)
class Outcome:
    """A finished run: its manifest and its tables."""

    manifest: "Manifest"
    tables: "Tables"


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
    add_out(parser)


def main(args: argparse.Namespace) -> int:
    """Run once and say where the result is."""
    from coercivity.experiments.base.paths import evidence_of
    from coercivity.experiments.config.compose import compose
    from coercivity.experiments.config.evidence_reader import hash_evidence
    from coercivity.experiments.config.remarks import say_remarks
    from coercivity.experiments.config.validate import compose_file
    from coercivity.experiments.reports.summary import summary
    from coercivity.experiments.runs.folders import default_out

    if args.multirun:
        if args.out or args.evidence or args.config or args.force:
            raise UserError(
                "--multirun takes Hydra's settings: hydra.sweeper.dir=DIR, not --out DIR, and no --config"
            )
        from coercivity.experiments.sweeps.multirun import multirun

        return multirun(args.overrides)
    composed = compose_file(args.config, args.overrides) if args.config else compose(args.overrides)
    evidence = args.evidence or evidence_of(composed.values)
    out = args.out or default_out("run", composed.scenario, composed.hash, hash_evidence(evidence))
    say_remarks([composed])
    with bars({composed.scenario: composed.title}) as told:
        outcome = execute(
            composed,
            evidence,
            out,
            lambda *at: told(composed.scenario, *at),
            args.force,
        )
    print(summary(outcome.tables, composed))
    print(f"\n{outcome.manifest.seconds:.1f} s; the run is in {out}")
    return OK


def execute(composed: "Composed", evidence: Path, out: Path, on_step: OnStep, force: bool = False) -> Outcome:
    """Run a configuration and write its run folder. force: replace whatever result is there."""
    from coercivity.experiments.runs.folders import writing

    with writing(out, "run", force) as draft:
        return run_into(draft, composed, evidence, on_step)


def run_into(draft: Path, composed: "Composed", evidence: Path, on_step: OnStep) -> Outcome:
    """Run a configuration and write everything a run folder holds into `draft`."""
    from coercivity.experiments.runs import store
    from coercivity.experiments.runs.manifest import seal

    store.write_config(draft, composed.values)
    logger.info(
        "scenario %s, configuration %s, evidence %s",
        composed.scenario,
        composed.hash[:12],
        evidence,
    )
    start = time.perf_counter()
    tables, timing = simulate(composed, evidence, on_step)
    seconds = time.perf_counter() - start
    written = store.write_tables(draft, tables)
    store.write_timing(draft, timing)
    manifest = store.make_manifest(composed, evidence, "run", seconds, tables=written)
    manifest.write(draft)
    manifest = seal(draft)
    logger.info("complete in %.2f s: %d rows", seconds, sum(int(t["rows"]) for t in written.values()))
    return Outcome(manifest, tables)


def build_world(composed: "Composed", evidence: Path) -> "World":
    """The world of a configuration before its first step. Raises UserError for what cannot be built."""
    from coercivity.experiments.config.chains import usual
    from coercivity.experiments.config.evidence_reader import hash_evidence
    from coercivity.experiments.runs.loader import World
    from coercivity.model.inputs.evidence import EvidenceError

    hash_evidence(evidence)  # says clearly when the folder is not there
    year = composed.values.get("market", {}).get("base_year")
    named = (composed.values.get("chain") or {}).get("name") or usual()
    chain = "" if named == usual() else f" chain={named}"
    if year and not (evidence / f"base_{year}.csv").is_file():
        raise UserError(
            f"base year {year} is not reconciled yet: `coercivity calibrate base-year {year}{chain}`"
        )
    try:
        return World(composed.settings, evidence)
    except EvidenceError as error:
        raise UserError(str(error)) from error


def simulate(composed: "Composed", evidence: Path, on_step: OnStep) -> "tuple[Tables, pd.DataFrame]":
    """Step a world to the end of its clock and return its tables and timings."""
    world = build_world(composed, evidence)
    steps = composed.settings.clock.steps
    for step in range(steps):
        world.step()
        on_step(step + 1, steps)
    return world.tables(), world.timing()


def forget_worlds() -> None:
    """Let go of every world: Mesa counts the agents of each in a table that outlives them."""
    import mesa

    counted = getattr(mesa.Agent, "_ids", None)
    if isinstance(counted, dict):
        counted.clear()


if __name__ == "__main__":
    from coercivity.experiments.cli import main as command_line

    sys.exit(command_line(["run", *sys.argv[1:]]))
