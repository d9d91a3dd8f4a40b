"""Neither a long run nor many runs in one process hold on to memory.

Resident memory counts HiGHS and NumPy too, which Python's own tracing does not see. What a run has
to keep, its rows of tables, is told apart.
"""

import gc
import os
from pathlib import Path

import pytest

from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.config.compose import compose
from coercivity.model.world import World

STATM = Path("/proc/self/statm")
MEGABYTE = 1 << 20

pytestmark = pytest.mark.skipif(not STATM.is_file(), reason="the system does not say what a process holds")


def measure_memory() -> float:
    """Resident memory, MB, with garbage collected."""
    gc.collect()
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MEGABYTE


@pytest.mark.proof
def test_a_ten_year_run_is_flat() -> None:
    """After two years of warming up, a quarter adds its rows, about a fifth of a megabyte, and no more."""
    world = World(compose(["clock.start=2025-01", "clock.end=2035-01"]).settings, evidence_dir())
    after: list[float] = []
    for _ in range(40):
        world.step()
        after.append(measure_memory())
    growth = (after[-1] - after[8]) / (len(after) - 9)
    assert growth < 0.5, f"{growth:.2f} MB a step: {after}"


def test_repeated_runs_give_back_what_they_took() -> None:
    """A world takes some ten megabytes; the sixth adds less than two to what the third left."""
    settings = compose(["clock.step=year"]).settings
    after: list[float] = []
    for _ in range(6):
        world = World(settings, evidence_dir())
        world.step()
        del world
        after.append(measure_memory())
    assert (after[-1] - after[2]) / 3 < 2.0, after
