"""Many small runs, each reduced to what is asked of it where it was made."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

from coercivity.experiments.base.errors import CoercivityError, ScenarioError, describe
from coercivity.experiments.base.paths import evidence_of
from coercivity.experiments.base.progress import silent
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.ensemble import apply_changes
from coercivity.experiments.runs.execution import map_tasks
from coercivity.experiments.runs.gathered import Tables
from coercivity.experiments.runs.run import simulate

Extract = TypeVar("Extract")


class Reuse(Enum):
    """What an experiment takes from before: nothing, what it knows, or only that, without a run."""

    NOTHING = "nothing"
    KNOWN = "known"
    ONLY = "only"


def map_runs(
    wanted: Mapping[str, Sequence[str]],
    reduce: Callable[[Tables], Extract],
    workers: int,
    changes: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> Iterator[tuple[str, Extract]]:
    """Run each named list of overrides; yields name and what `reduce` makes of its tables, as they end.

    reduce: a function of a module, so that other processes find it; changes: what the future of a run
    changes in its configuration, by name
    Raises ScenarioError naming the run that failed.
    """
    tasks = [(name, words, changes.get(name, {})) for name, words in wanted.items()]
    for at, extract in map_tasks(partial(_run_reduced, reduce), tasks, workers):
        yield tasks[at][0], extract


def _run_reduced(
    reduce: Callable[[Tables], Extract], task: tuple[str, Sequence[str], Mapping[str, Any]]
) -> Extract:
    name, words, changes = task
    try:
        composed = compose(words)
        composed = apply_changes(composed, changes) if changes else composed
        tables, _ = simulate(composed, evidence_of(composed.values), silent)
        return reduce(tables)
    except CoercivityError:
        raise
    except Exception as error:
        raise ScenarioError(f"{name}: {describe(error)}") from error
