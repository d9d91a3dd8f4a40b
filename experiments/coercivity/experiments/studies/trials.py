"""Many small runs, each boiled down to what is asked of it where it was made."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from enum import Enum
from typing import TypeVar

from coercivity.experiments.base.errors import CoercivityError, ScenarioError, describe
from coercivity.experiments.measures.catalogue import Tables
from coercivity.experiments.runs.parallel import THREADS

Boiled = TypeVar("Boiled")


class Reuse(Enum):
    """What an experiment takes from before: nothing, what it knows, or only that, without a run."""

    NOTHING = "nothing"
    KNOWN = "known"
    ONLY = "only"


def trials(
    wanted: Mapping[str, Sequence[str]], boil: Callable[[Tables], Boiled], workers: int
) -> Iterator[tuple[str, Boiled]]:
    """Run each named list of overrides; yields name and what `boil` makes of its tables, as they end.

    boil: a function of a module, so that other processes find it
    Raises ScenarioError naming the run that failed.
    """
    if workers <= 1 or len(wanted) == 1:
        for name, words in wanted.items():
            yield name, _tried(name, words, boil)
        return
    for name in THREADS:
        os.environ.setdefault(name, "1")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(wanted)), context) as pool:
        futures = {pool.submit(_tried, name, words, boil): name for name, words in wanted.items()}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _tried(name: str, words: Sequence[str], boil: Callable[[Tables], Boiled]) -> Boiled:
    from coercivity.experiments.base.paths import evidence_of
    from coercivity.experiments.base.progress import silent
    from coercivity.experiments.config.compose import compose
    from coercivity.experiments.runs.run import simulate

    try:
        composed = compose(words)
        tables, _ = simulate(composed, evidence_of(composed.values), silent)
        return boil(tables)
    except CoercivityError:
        raise
    except Exception as error:
        raise ScenarioError(f"{name}: {describe(error)}") from error
