"""`hydra/sweeper=coercivity`: Hydra's `--multirun` into one dataset, composed once a choice of files.

Hydra imports every plugin whenever it starts, so what is heavy is imported when a sweep begins. (No
postponed annotations here: Hydra runs this file before the module is known by its name.)
"""

from dataclasses import dataclass
from typing import Any, Dict, List, Optional  # noqa: UP035 (OmegaConf reads these)

from hydra.core.config_store import ConfigStore
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf


@dataclass
class SweeperConf:
    """The settings of the sweeper, `hydra.sweeper.*`.

    params: sweeps that stand in a file, as in Hydra's own sweeper · workers: processes, empty for one a
    processor · shard_seconds: work in a shard · dir: the dataset, empty for a folder of its own name under
    hydra.sweep.dir
    """

    _target_: str = "hydra_plugins.coercivity_sweeper.sweeper.DatasetSweeper"
    params: Optional[Dict[str, str]] = None  # noqa: UP006, UP045
    workers: Optional[int] = None  # noqa: UP045
    shard_seconds: float = 60.0
    max_failures: float = 0.05
    dir: Optional[str] = None  # noqa: UP045


ConfigStore.instance().store(
    group="hydra/sweeper", name="coercivity", node=SweeperConf, provider="coercivity"
)


class DatasetSweeper(Sweeper):
    """Numbers its jobs as Hydra's own sweeper does; the job's number is the run's in the dataset."""

    def __init__(
        self,
        params: Optional[Dict[str, str]] = None,  # noqa: UP006, UP045
        workers: Optional[int] = None,  # noqa: UP045
        shard_seconds: float = 60.0,
        max_failures: float = 0.05,
        dir: Optional[str] = None,  # noqa: A002, UP045
    ) -> None:
        self.params, self.workers, self.shard_seconds = params or {}, workers, shard_seconds
        self.max_failures, self.dir = max_failures, dir
        self.config: Optional[DictConfig] = None  # noqa: UP045

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep Hydra's configuration; runs are made by coercivity's own engines."""
        self.config = config

    def sweep(self, arguments: List[str]) -> Any:  # noqa: UP006
        """Make every combination of the arguments."""
        from coercivity.experiments.sweeps.multirun import swept

        assert self.config is not None
        overrides = [*(f"{key}={value}" for key, value in self.params.items()), *arguments]
        parent = str(OmegaConf.to_container(self.config.hydra.sweep, resolve=False)["dir"])
        swept(overrides, parent, self.dir, self.workers, self.shard_seconds, self.max_failures)
