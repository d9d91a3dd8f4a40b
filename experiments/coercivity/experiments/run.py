"""One run: settings in, a run folder out."""

import argparse
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coercivity.experiments.cli import add_out
from coercivity.experiments.errors import OK, UserError

if TYPE_CHECKING:
    import pandas as pd

    from coercivity.experiments.compose import Composed
    from coercivity.experiments.manifest import Manifest

    Tables = dict[str, pd.DataFrame]

logger = logging.getLogger("coercivity.run")
OnStep = Callable[[int, int], None]


@dataclass(frozen=True)
class Outcome:
    """A finished run: its manifest and its tables."""

    manifest: "Manifest"
    tables: "Tables"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `run`."""
    add_out(parser)


def main(args: argparse.Namespace) -> int:
    """Run once and say where the result is."""
    from coercivity.experiments.compose import compose
    from coercivity.experiments.paths import evidence_dir
    from coercivity.experiments.store import default_out
    from coercivity.experiments.summary import summary

    composed = compose(args.overrides)
    out = args.out or default_out("run", composed.scenario, composed.hash)
    with progress(composed.title) as on_step:
        outcome = execute(composed, args.evidence or evidence_dir(), out, on_step)
    print(summary(outcome.tables, composed))
    print(f"\n{outcome.manifest.seconds:.1f} s; the run is in {out}")
    return OK


def execute(composed: "Composed", evidence: Path, out: Path, on_step: OnStep) -> Outcome:
    """Run a configuration and write its run folder."""
    from coercivity.experiments import store

    with store.writing(out) as draft:
        return run_into(draft, composed, evidence, on_step)


def run_into(draft: Path, composed: "Composed", evidence: Path, on_step: OnStep) -> Outcome:
    """Run a configuration and write everything a run folder holds into `draft`."""
    from coercivity.experiments import store

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
    logger.info("complete in %.2f s: %d rows", seconds, sum(int(t["rows"]) for t in written.values()))
    return Outcome(manifest, tables)


def simulate(composed: "Composed", evidence: Path, on_step: OnStep) -> "tuple[Tables, pd.DataFrame]":
    """Step a world to the end of its clock and return its tables and timings."""
    from coercivity.experiments.levers import check_names
    from coercivity.experiments.manifest import hash_evidence
    from coercivity.model.evidence import EvidenceError
    from coercivity.model.world import World

    hash_evidence(evidence)  # says clearly when the folder is not there
    check_names(composed.values, evidence)
    year = composed.values.get("market", {}).get("base_year")
    if year and not (evidence / f"base_{year}.csv").is_file():
        raise UserError(f"base year {year} is not reconciled yet: `coercivity calibrate base-year {year}`")
    try:
        world = World(composed.settings, evidence)
    except EvidenceError as error:
        raise UserError(str(error)) from error
    steps = composed.settings.clock.steps
    for step in range(steps):
        world.step()
        on_step(step + 1, steps)
    return world.tables(), world.timing()


def silent(_step: int, _steps: int) -> None:
    """Report nothing."""


@contextmanager
def progress(title: str) -> Iterator[OnStep]:
    """A progress bar on standard error; nothing when that is not a terminal."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda step, steps: bar.update(task, completed=step, total=steps)


def multirun() -> int:
    """Hydra's own `--multirun`: one run folder for every combination it makes."""
    import hydra
    from hydra.core.hydra_config import HydraConfig
    from omegaconf import DictConfig

    from coercivity.experiments.paths import conf_dir

    def job(_cfg: DictConfig) -> None:
        from coercivity.experiments.compose import compose
        from coercivity.experiments.paths import evidence_dir

        settings = HydraConfig.get()
        composed = compose(list(settings.overrides.task))
        out = Path(settings.runtime.output_dir) / f"{composed.scenario}-{composed.hash[:8]}"
        execute(composed, evidence_dir(), out, silent)

    hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")(job)()
    return OK


if __name__ == "__main__":
    if {"-m", "--multirun"} & set(sys.argv[1:]):
        from coercivity.experiments.errors import guarded

        sys.exit(guarded(multirun))
    from coercivity.experiments.cli import main as command_line

    sys.exit(command_line(["run", *sys.argv[1:]]))
