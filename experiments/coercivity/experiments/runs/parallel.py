"""Several runs at once into a folder each; the answer is the same however many are made at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import CoercivityError, ScenarioError, describe
from coercivity.experiments.base.progress import OnProgress
from coercivity.experiments.config.compose import recompose
from coercivity.experiments.runs.execution import map_tasks, report
from coercivity.experiments.runs.run import run_into


@dataclass(frozen=True)
class RunTask:
    """A run to be made: its configuration as plain data and the folder it fills."""

    name: str
    values: Mapping[str, Any]
    evidence: Path
    folder: Path


def run_all(tasks: Sequence[RunTask], workers: int, on_progress: OnProgress) -> None:
    """Make every run: in this process for one worker, else in a process a worker."""
    for task in tasks:
        task.folder.mkdir(parents=True)
    for _ in map_tasks(_make_run, tasks, workers, lambda at, told: on_progress(tasks[at].name, *told)):
        pass


def _make_run(task: RunTask) -> None:
    try:
        run_into(task.folder, recompose(task.values), task.evidence, lambda *step: report(step))
    except CoercivityError:
        raise
    except Exception as error:
        raise ScenarioError(f"{task.name}: {describe(error)}") from error
