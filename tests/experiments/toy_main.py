"""The command line over the toy model, in this process and in every process it starts."""

import os
import resource
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import fake_model

fake_model.replace_model()
sys.modules[fake_model.LOADER] = fake_model

_step = fake_model.World.step


def _troubled(world: fake_model.World) -> None:
    """A step as the environment wants it: slow, or the end of the process."""
    time.sleep(float(os.environ.get("TOY_SLEEPS", "0")))
    if limit := os.environ.get("TOY_FILE_LIMIT"):  # as a disk that fills up once runs are made
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    dies = os.environ.get("TOY_DIES_AT") == str(world.settings.seed)
    if dies and world.settings.scenario == os.environ.get("TOY_DIES_IN", "baseline"):
        os.kill(os.getpid(), signal.SIGKILL)
    _step(world)


def ready() -> None:
    """For processes that import this file and do nothing else with it, as Ray's do."""


fake_model.World.step = _troubled  # type: ignore[method-assign]

if __name__ == "__main__":
    from coercivity.experiments.cli import main

    sys.exit(main(sys.argv[1:]))
