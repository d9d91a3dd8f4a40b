"""The model, loaded: what its imports leave in memory is set aside for good.

Else every collection of garbage goes through all of it again, which took a tenth of a step.
"""

import gc
import multiprocessing
import sys

from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.config.compose import compose
from coercivity.model.world import World
from coercivity.optimise.loops import has_machine_code, load

__all__ = ["World", "warm"]

STEPS = 4  # of the baseline, which take every way there is to an equilibrium

if not has_machine_code() and multiprocessing.parent_process() is None:
    print("coercivity: compiling the clearing for this machine; once, half a minute", file=sys.stderr)
load()
gc.freeze()


def warm() -> None:
    """Compile the loops of the clearing for this machine, so that no later command has to."""
    world = World(compose([]).settings, evidence_dir())
    for _ in range(STEPS):
        world.step()
