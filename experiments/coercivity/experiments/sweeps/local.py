"""Runs made on this machine: in this process, or in several that are watched one by one.

A worker is a process with a pipe of its own. When it dies, exactly the shard in its hands is known: it is
cut in halves and tried again, until a run that takes its process down with it stands alone and is written
down as a failure. A worker whose parent has gone reads the end of its pipe and leaves.
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import RunError, describe
from coercivity.experiments.runs.parallel import one_thread
from coercivity.experiments.sweeps.dataset import why
from coercivity.experiments.sweeps.plan import read_plan
from coercivity.experiments.sweeps.runner import SUMMARY, Receipt, Runner
from coercivity.experiments.sweeps.shard import failed, write_shard
from coercivity.experiments.sweeps.work import Work

TRIES = 3  # times a run may take its process down before it counts as a failure
TELL = 0.1  # seconds between two reports of a worker

OnProgress = Callable[[int, int], None]


@dataclass
class Tally:
    """Runs made and failed so far, passed on as they come."""

    on_progress: OnProgress
    done: int = 0
    bad: int = 0

    def add(self, done: int, bad: int) -> None:
        """Count a few more."""
        self.done += done
        self.bad += bad
        self.on_progress(self.done, self.bad)


def in_process(folder: Path, work: Work, tally: Tally, stopping: Callable[[], bool]) -> None:
    """Make every shard in this process."""
    runner = Runner(folder)
    while not stopping() and (span := work.next()):
        try:
            receipt = runner.shard(*span, lambda good: tally.add(1, not good), stopping)
        except OSError as error:
            raise _unwritten(folder, error) from error
        work.learn(receipt)
        work.back(receipt.stop, span[1])


@dataclass
class _Worker:
    """A process, our end of its pipe, and what it is doing."""

    process: SpawnProcess
    pipe: Connection
    span: tuple[int, int] | None = None
    told: list[int] = field(default_factory=lambda: [0, 0])


def processes(folder: Path, work: Work, tally: Tally, stopping: Callable[[], bool], workers: int) -> None:
    """Make every shard, `workers` at a time; go on without those that die."""
    one_thread()
    crew = [_hire(folder) for _ in range(min(workers, max(work.left, 1)))]
    crashes: dict[int, int] = {}
    told_to_stop = False
    try:
        while True:
            if stopping() and not told_to_stop:
                told_to_stop = True
                for worker in crew:
                    _say(worker, "stop")
            if not told_to_stop:
                for at, worker in enumerate(crew):
                    if worker.span is None and (span := work.next()):
                        crew[at] = _give(folder, worker, span)
            busy = {worker.pipe: worker for worker in crew if worker.span is not None}
            if not busy:
                return
            for pipe in wait(list(busy), timeout=0.2):
                worker = busy[pipe]  # type: ignore[index]
                if not _hear(folder, worker, work, tally):
                    crew[crew.index(worker)] = _replace(folder, worker, work, tally, crashes)
    finally:
        for worker in crew:
            _dismiss(worker)


def _give(folder: Path, worker: _Worker, span: tuple[int, int]) -> _Worker:
    """Hand a shard to a worker, or to a fresh one when it has gone."""
    worker.span = span
    if not _say(worker, span):
        _dismiss(worker)
        worker = _hire(folder)
        worker.span = span
        _say(worker, span)
    return worker


def _hear(folder: Path, worker: _Worker, work: Work, tally: Tally) -> bool:
    """Take in one message; False when the worker has died or left."""
    try:
        kind, what = worker.pipe.recv()
    except (EOFError, OSError):
        return False
    assert worker.span is not None
    if kind == "runs":
        worker.told = [worker.told[0] + what[0], worker.told[1] + what[1]]
        tally.add(*what)
    elif kind == "done":
        receipt: Receipt = what
        tally.add(receipt.stop - receipt.first - worker.told[0], receipt.failures - worker.told[1])
        work.learn(receipt)
        work.back(receipt.stop, worker.span[1])
        worker.span, worker.told = None, [0, 0]
    elif kind == "unwritten":
        raise _unwritten(folder, what)
    else:
        raise RunError(f"a worker could not begin: {what}")
    return True


def _replace(folder: Path, worker: _Worker, work: Work, tally: Tally, crashes: dict[int, int]) -> _Worker:
    """A fresh worker for one that died; what it held goes back in halves."""
    _dismiss(worker)
    tally.add(-worker.told[0], -worker.told[1])
    assert worker.span is not None
    first, stop = worker.span
    if stop - first > 1:
        middle = (first + stop) // 2
        work.back(middle, stop)
        work.back(first, middle)
    else:
        crashes[first] = crashes.get(first, 0) + 1
        if crashes[first] < TRIES:
            work.back(first, stop)
        else:
            how = worker.process.exitcode
            write_shard(
                folder / SUMMARY,
                read_plan(folder).hash,
                [failed(first, f"the process of this run died {TRIES} times ({_died(how)})", 0.0)],
            )
            tally.add(1, 1)
    return _hire(folder)


def _died(exitcode: int | None) -> str:
    """How a process ended.

    >>> _died(-9), _died(3)
    ('signal SIGKILL', 'exit code 3')
    """
    if exitcode is not None and exitcode < 0:
        return f"signal {signal.Signals(-exitcode).name}"
    return f"exit code {exitcode}"


def _hire(folder: Path) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, folder), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _say(worker: _Worker, what: Any) -> bool:
    try:
        worker.pipe.send(what)
    except OSError:
        return False
    return True


def _dismiss(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.join(timeout=0.5 if worker.span is None else 0.0)
    if worker.process.is_alive():
        worker.process.kill()
    worker.process.join()


def _unwritten(folder: Path, error: OSError) -> RunError:
    return RunError(
        f"an answer could not be written in {folder}: {why(error)}; what was written before is whole: "
        "mend it and give the same command again"
    )


def _serve(pipe: Connection, folder: Path) -> None:
    """A worker's life: make the shards it is handed until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    parent = os.getppid()
    try:
        runner = Runner(folder)
    except Exception as error:
        pipe.send(("no start", describe(error)))
        return
    stop = False
    reported = [time.monotonic(), 0, 0]

    def on_run(good: bool) -> None:
        reported[1] += 1
        reported[2] += not good
        if time.monotonic() - reported[0] >= TELL:
            pipe.send(("runs", (reported[1], reported[2])))
            reported[:] = [time.monotonic(), 0, 0]

    def stopping() -> bool:
        nonlocal stop
        if os.getppid() != parent:
            os._exit(0)
        while not stop and pipe.poll():
            stop = pipe.recv() == "stop"
        return stop

    try:
        while not stop:
            span = pipe.recv()
            if span == "stop":
                return
            reported[:] = [time.monotonic(), 0, 0]
            first, end = span
            pipe.send(("done", runner.shard(first, end, on_run, stopping)))
    except EOFError:
        return
    except OSError as error:
        if isinstance(error, BrokenPipeError | ConnectionResetError):
            return
        pipe.send(("unwritten", error))
