"""What a sweep costs beyond the model: the same runs in a bare loop, as a sweep, and by two processes."""

import io
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

FIRST = 1_000  # seed of the first run
SHORT = ("clock.start=2025-01", "clock.end=2025-04", "clock.step=quarter")


def bench_sweeps(overrides: Sequence[str], runs: int) -> dict[str, Any]:
    """Seconds of `runs` runs each way, and what follows from them.

    The bare loop makes and measures every run from a configuration that is ready; what a sweep adds is its
    design, its configurations, its hashes and its files. Memory: the most this process has held after a
    tenth of the runs and at the end, MiB.
    """
    asked = [*SHORT, *overrides]
    with tempfile.TemporaryDirectory() as place:  # what is loaded once is loaded before anything is timed
        _swept(Path(place) / "first", asked, 1, 1)
    tenth, half = max(1, runs // 10), max(1, runs // 2)
    loops = [_bare(asked, range(tenth))]
    memory = [_mebibytes()]
    loops.append(_bare(asked, range(tenth, half)))
    with tempfile.TemporaryDirectory() as place:
        spent = time.process_time()
        one_process, files = _swept(Path(place) / "one", asked, runs, 1)
        sweep_spent = time.process_time() - spent
        loops.append(_bare(asked, range(half, runs)))  # half before, half after: a machine's pace wanders
        memory.append(_mebibytes())
        two_processes, _ = _swept(Path(place) / "two", asked, runs, 2)
    bare, bare_spent = (sum(parts) for parts in zip(*loops, strict=True))
    return {
        "runs": runs,
        "seconds": {"bare loop": bare, "sweep": one_process, "two processes": two_processes},
        "ms_overhead_a_run": 1000.0 * (one_process - bare) / runs,
        "ms_processor_overhead_a_run": 1000.0 * (sweep_spent - bare_spent) / runs,
        "one_over_two_processes": one_process / two_processes,
        "files": files,
        "memory": memory,
    }


def _bare(asked: Sequence[str], numbers: range) -> tuple[float, float]:
    """Seconds that some of the runs take in a loop, and seconds of the processor."""
    from coercivity.experiments.base.paths import evidence_dir
    from coercivity.experiments.config.compose import compose
    from coercivity.experiments.runs.run import forget_worlds
    from coercivity.experiments.sweeps.runner import summarise_run

    passed = worked = 0.0
    for at in numbers:
        one = compose([*asked, f"seed={FIRST + at}"])  # not kept: the collector would look at all of them
        start, spent = time.perf_counter(), time.process_time()
        summarise_run(one, evidence_dir())
        forget_worlds()
        passed, worked = passed + time.perf_counter() - start, worked + time.process_time() - spent
    return passed, worked


def _swept(folder: Path, asked: Sequence[str], runs: int, workers: int) -> tuple[float, int]:
    """Seconds from the question to the whole dataset, and the files it has."""
    from coercivity.experiments.base.paths import evidence_dir
    from coercivity.experiments.sweeps.asking import grid_question
    from coercivity.experiments.sweeps.sweep import ExecutionOptions, open_dataset, run_sweep

    start = time.perf_counter()
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        question = grid_question([*asked, f"seed=range({FIRST},{FIRST + runs})"])
        where, plan = open_dataset(question, evidence_dir(), folder, ())
        run_sweep(where, plan, ExecutionOptions(workers=workers), 0.0)
    return time.perf_counter() - start, sum(path.is_file() for path in folder.rglob("*"))


def _mebibytes() -> float:
    """The most memory this process has held so far."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 2**10
