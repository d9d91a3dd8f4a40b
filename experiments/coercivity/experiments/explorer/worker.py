"""Runs made in processes of their own: kept warm, told to stop, replaced when they die."""

import multiprocessing
import os
import queue
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import resource_tracker
from pathlib import Path
from threading import Event
from typing import Any

from coercivity.experiments.base.errors import RunError, UserError, describe
from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.base.progress import OnStep
from coercivity.experiments.config.labels import Wording
from coercivity.experiments.explorer.outcomes import outcomes
from coercivity.experiments.runs.execution import limit_threads

GRACE = 1.0  # s that a process may take to end by itself
STEPS_AHEAD = 2  # of a world that is built so that the next is built sooner
PATIENCE = 5.0  # s from being told to stop to being stopped
WARM = "warm"
STEP, DONE, STOPPED, MISTAKE, FAILED = "step", "done", "stopped", "mistake", "failed"


class StoppedError(UserError):
    """The run was stopped before its end, as asked."""


@dataclass(frozen=True)
class Order:
    """A run to be made: its configuration as plain data, what was typed for it, the run folder it becomes."""

    values: Mapping[str, Any]
    overrides: tuple[str, ...]
    evidence: Path
    out: Path
    measured: bool = False  # only what the first screen shows of it is wanted, and no folder


class Worker:
    """One process that makes one run at a time."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._start()

    def _start(self) -> None:
        self._pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(target=_serve, args=(theirs,), daemon=True)
        with _deaf_to_the_keyboard():
            self._process.start()
        theirs.close()

    def make(self, order: Order, on_step: OnStep, stop: Event) -> Any:
        """Make a run, and return what was measured of it.

        Raises UserError for the user's mistake, StoppedError, RunError for our failure.
        """
        if not self._process.is_alive():
            self.dismiss()
            self._start()
        try:
            self._pipe.send(order)
            return self._follow(order.out, on_step, stop)
        except (EOFError, OSError) as error:
            self._kill(order.out)
            raise RunError("the process that made the run ended without a word; run it again") from error

    def _kill(self, out: Path) -> None:
        """End the process, wait until it is gone, and clear away what it had begun."""
        self._process.kill()
        self._process.join()
        shutil.rmtree(out.parent / f".{out.name}.tmp-{self._process.pid}", ignore_errors=True)

    def _follow(self, out: Path, on_step: OnStep, stop: Event) -> Any:
        """Pass on what the process tells until it is done."""
        waited = 0.0
        while True:
            if not self._pipe.poll(0.05):
                if stop.is_set():
                    if not waited:
                        self._pipe.send(None)
                    waited += 0.05
                    if waited > PATIENCE:
                        self._kill(out)
                        raise StoppedError("stopped")
                continue
            kind, *said = self._pipe.recv()
            if kind == STEP:
                on_step(*said)
            elif kind == DONE:
                return said[0] if said else None
            elif kind == STOPPED:
                raise StoppedError("stopped")
            elif kind == MISTAKE:
                raise UserError(said[0])
            elif kind == FAILED:
                raise RunError(said[0])

    def warm(self) -> None:
        """Let the process build a world ahead of the first order; one that comes meanwhile goes first."""
        with suppress(OSError):  # it has died: replaced when a run is asked for
            self._pipe.send(WARM)

    def dismiss(self) -> None:
        """Let the process end by itself: it stops at its next step."""
        with suppress(OSError):
            self._pipe.close()

    def close(self) -> None:
        """Wait for the process to end, and make it where it does not."""
        self.dismiss()
        self._process.join(GRACE)
        if self._process.is_alive():
            self._process.terminate()  # still loading, which no word down the pipe ends
            self._process.join(PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


class Workers:
    """A few workers, lent one at a time."""

    def __init__(self, count: int) -> None:
        limit_threads()
        self._all = [Worker() for _ in range(count)]
        self._free: queue.LifoQueue[Worker] = queue.LifoQueue()  # who has just run is warmest
        for worker in self._all:
            self._free.put(worker)

    @contextmanager
    def lent(self, stop: Event) -> Iterator[Worker]:
        """A worker that is free, waited for. Raises StoppedError when told to stop meanwhile."""
        while True:
            if stop.is_set():
                raise StoppedError("stopped")
            try:
                worker = self._free.get(timeout=0.1)
                break
            except queue.Empty:
                continue
        try:
            yield worker
        finally:
            self._free.put(worker)

    def warm(self) -> None:
        """Let those that have nothing to do prepare."""
        free: list[Worker] = []
        with suppress(queue.Empty):
            while True:
                free.append(self._free.get_nowait())
        for worker in free:
            worker.warm()
            self._free.put(worker)

    def close(self) -> None:
        """End every process."""
        for worker in self._all:
            worker.dismiss()
        for worker in self._all:
            worker.close()


@contextmanager
def _deaf_to_the_keyboard() -> Iterator[None]:
    """Processes begun here never hear Ctrl-C, not even while they load: the parent answers it for all."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    _track_quietly()  # else the tracker starts below, and lets the signal through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _track_quietly() -> None:
    """Start what clears up after processes that were killed, without words about it to the user."""
    named = "PYTHONWARNINGS"
    before = os.environ.get(named)
    os.environ[named] = ",".join(filter(None, (before, "ignore:resource_tracker")))
    try:
        resource_tracker.ensure_running()
    finally:
        os.environ.pop(named)
        if before is not None:
            os.environ[named] = before


def _serve(pipe: Any) -> None:
    """Make runs until nobody asks any more; the parent answers the keyboard."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # as any end: what is kept in this process goes
    with suppress(EOFError, OSError):
        from coercivity.experiments.runs.run import forget_worlds  # slow, so now rather than when asked
        from coercivity.model import world as _world  # noqa: F401

        while True:
            order = pipe.recv()
            if order == WARM:
                with suppress(Exception):  # what is wrong is said by the run that is asked for
                    _prepare(pipe)
            elif order is not None:  # a word to stop that came too late
                pipe.send(_make_run(order, pipe))
            forget_worlds()


def _prepare(pipe: Any) -> None:
    """Take the first steps of a world, which load what every run needs; leave off when something is asked."""
    from coercivity.experiments.config.compose import compose
    from coercivity.experiments.runs.run import build_world

    composed = compose([])
    if pipe.poll():
        return
    world = build_world(composed, evidence_dir())
    for _ in range(STEPS_AHEAD):
        if pipe.poll():
            return
        world.step()


def _make_run(order: Order, pipe: Any) -> tuple[Any, ...]:
    """Make one run, telling of its steps; then how it ended. Anything heard meanwhile is a word to stop."""
    from coercivity.experiments.config.compose import recompose
    from coercivity.experiments.runs.run import execute, simulate

    def on_step(step: int, steps: int) -> None:
        if pipe.poll():
            with suppress(EOFError):  # nobody waits any more
                pipe.recv()
            raise StoppedError("stopped")
        pipe.send((STEP, step, steps))

    try:
        composed = replace(recompose(order.values), overrides=order.overrides)
        if order.measured:
            tables, _ = simulate(composed, order.evidence, on_step)
            return DONE, outcomes(tables, Wording.of(composed.values)).tolist()
        execute(composed, order.evidence, order.out, on_step)
    except StoppedError:
        return (STOPPED,)
    except UserError as error:
        return MISTAKE, str(error)
    except RunError as error:
        return FAILED, str(error)
    except Exception as error:
        return FAILED, describe(error)
    return (DONE,)
