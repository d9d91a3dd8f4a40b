"""Several runs at once, each in a process with one thread; the answer is the same."""

import multiprocessing
import os
import queue
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import CoercivityError, ScenarioError, UserError, describe
from coercivity.experiments.base.progress import OnProgress, silent
from coercivity.experiments.config.compose import Composed, recompose
from coercivity.experiments.runs.run import run_into

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True)
class Job:
    """A run to be made: its configuration as plain data and the folder it fills."""

    name: str
    values: Mapping[str, Any]
    evidence: Path
    folder: Path


def run_all(jobs: Sequence[Job], workers: int, on_progress: OnProgress) -> None:
    """Make every run: in this process for one worker, else in a process a worker."""
    for job in jobs:
        job.folder.mkdir(parents=True)
    if workers <= 1 or len(jobs) == 1:
        for job in jobs:
            _run(job, lambda step, steps, name=job.name: on_progress(name, step, steps))  # type: ignore[misc]
        return
    one_thread()
    context = multiprocessing.get_context("spawn")
    news: multiprocessing.Queue[tuple[str, int, int]] = context.Queue()
    with ProcessPoolExecutor(min(workers, len(jobs)), context, _start, (news,)) as pool:
        futures = [pool.submit(_run_in_worker, job) for job in jobs]
        try:
            _relay(news, futures, on_progress)
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def workers_by_default() -> int:
    """As many as this process may use processors."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def one_thread() -> None:
    """Keep linear algebra of this process and its children to one thread, unless told otherwise."""
    for name in THREADS:
        os.environ.setdefault(name, "1")


def at_least_one(asked: int | None) -> int:
    """The workers asked for, or as many as there are processors."""
    if asked is not None and asked < 1:
        raise UserError(f"--workers {asked}: at least 1 is needed")
    return asked or workers_by_default()


def _relay(news: Any, futures: Sequence["Future[None]"], on_progress: OnProgress) -> None:
    """Pass on what the workers tell until all are done or one has failed."""
    while not all(future.done() for future in futures):
        if any(future.done() and future.exception() for future in futures):
            return
        try:
            on_progress(*news.get(timeout=0.2))
        except queue.Empty:
            continue


_news: Any = None


def _start(news: Any) -> None:
    global _news
    _news = news


def _run_in_worker(job: Job) -> None:
    _run(job, lambda step, steps: _news.put((job.name, step, steps)))


def _run(job: Job, on_step: Callable[[int, int], None] = silent) -> None:
    try:
        run_into(job.folder, _composed(job), job.evidence, on_step)
    except CoercivityError:
        raise
    except Exception as error:
        raise ScenarioError(f"{job.name}: {describe(error)}") from error


def _composed(job: Job) -> Composed:
    return recompose(job.values)
