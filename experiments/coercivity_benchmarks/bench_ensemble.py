"""What an ensemble costs beside one run of it in a warm process, and what the common jobs take by it."""

import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from coercivity.experiments.base.paths import evidence_of
from coercivity.experiments.base.progress import silent
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.ensemble import USUAL
from coercivity.experiments.runs.execution import count_processors
from coercivity.experiments.runs.futures import draw, in_each
from coercivity.experiments.runs.parallel import RunTask, run_all
from coercivity.experiments.runs.run import run_into

SCENARIOS = ("policies_frozen", "restrictions_2025", "friendshoring_pooled")
FUTURES, QUICK_FUTURES = 20, 2
JOBS = {"run": 1, "compare of 3 x 20": 60, "back-test of 16 draws": 32, "sweep of 10,000": 10_000}  # runs


def bench_ensemble(
    overrides: Sequence[str], futures: int, tell: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Time three scenarios in several futures, and one run in a process that has made one before.

    runs: how many the ensemble makes · seconds: of the ensemble, by all processors · single_seconds: of one
    run · ratio: of the two · processor_seconds, single_processor_seconds: worked, whatever else goes on here
    """
    composed = {name: compose([f"scenario={name}", *overrides]) for name in SCENARIOS}
    evidence = evidence_of(composed[SCENARIOS[0]].values)
    drawn, ensemble = draw(USUAL, range(futures), composed, evidence)
    every = {name: in_each(one, ensemble, drawn) for name, one in composed.items()}
    with tempfile.TemporaryDirectory() as place:
        tell("one run, twice")
        single, worked = 0.0, 0.0
        for turn in range(2):
            folder = Path(place) / f"single-{turn}"
            folder.mkdir()
            start, before = time.perf_counter(), time.process_time()
            run_into(folder, every[SCENARIOS[-1]][0], evidence, silent)
            single, worked = time.perf_counter() - start, time.process_time() - before
        tasks = [
            RunTask(f"{name}-{number}", dict(one.values), evidence, Path(place) / name / str(number))
            for name, mine in every.items()
            for number, one in enumerate(mine)
        ]
        tell(f"{len(tasks)} runs by {count_processors()} processes")
        start, before = time.perf_counter(), _worked()
        run_all(tasks, count_processors(), lambda *_: None)
        seconds = time.perf_counter() - start
        processor = _worked() - before
    return {
        "runs": len(tasks),
        "seconds": seconds,
        "single_seconds": single,
        "ratio": seconds / single,
        "processor_seconds": processor,
        "single_processor_seconds": worked,
        "processes": count_processors(),
    }


def bench_budget(found: dict[str, Any]) -> dict[str, float]:
    """Minutes that the common jobs take on this machine, at what a run of the ensemble took."""
    each = found["seconds"] / found["runs"]
    return {name: (found["single_seconds"] if runs == 1 else runs * each) / 60 for name, runs in JOBS.items()}


def _worked() -> float:
    """Seconds of processor of this process and of those it has ended."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)
