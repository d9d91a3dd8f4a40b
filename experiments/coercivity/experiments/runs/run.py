"""One run: settings in, a run folder out."""

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.progress import OnStep
from coercivity.experiments.config.chains import check_chain, default_chain
from coercivity.experiments.config.compose import Composed
from coercivity.experiments.config.evidence_reader import hash_evidence
from coercivity.experiments.config.levers import check_bans
from coercivity.experiments.runs import store
from coercivity.experiments.runs.folders import writing
from coercivity.experiments.runs.manifest import Manifest, seal
from coercivity.model.inputs.evidence import EvidenceError

if TYPE_CHECKING:
    from coercivity.model.world import World

    Tables = dict[str, pd.DataFrame]

POOL = [0]  # how many threads HiGHS was last asked for in this process
logger = logging.getLogger("coercivity.run")


@dataclass(frozen=True)
class RunOutcome:
    """A finished run: its manifest and its tables."""

    manifest: "Manifest"
    tables: "Tables"


def execute(
    composed: "Composed", evidence: Path, out: Path, on_step: OnStep, force: bool = False
) -> RunOutcome:
    """Run a configuration and write its run folder. force: replace whatever result is there."""
    with writing(out, "run", force) as draft:
        return run_into(draft, composed, evidence, on_step)


def run_into(draft: Path, composed: "Composed", evidence: Path, on_step: OnStep) -> RunOutcome:
    """Run a configuration and write everything a run folder holds into `draft`."""
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
    return RunOutcome(manifest, tables)


def build_world(composed: "Composed", evidence: Path) -> "World":
    """The world of a configuration before its first step. Raises UserError for what cannot be built."""
    from coercivity.experiments.runs.loader import World

    hash_evidence(evidence)  # says clearly when the folder is not there
    year = composed.values.get("market", {}).get("base_year")
    named = (composed.values.get("chain") or {}).get("name") or default_chain()
    chain = "" if named == default_chain() else f" chain={named}"
    if year and not (evidence / f"base_{year}.csv").is_file():
        raise UserError(
            f"base year {year} is not reconciled yet: `coercivity calibrate base-year {year}{chain}`"
        )
    if optimise := getattr(composed.settings, "optimise", None):
        _renew_threads(optimise.threads)
    check_chain(composed.values, evidence)
    check_bans(composed.values, evidence)
    try:
        return World(composed.settings, evidence)
    except EvidenceError as error:
        raise UserError(str(error)) from error


def _renew_threads(wanted: int) -> None:
    """HiGHS has one pool of threads a process and refuses another number: let go of the pool there is."""
    if POOL[0] not in (0, wanted):
        import highspy

        highspy.Highs.resetGlobalScheduler(True)
    POOL[0] = wanted


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
