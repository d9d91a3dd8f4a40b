"""Shards made on this machine: in this process, or by workers that are watched one by one.

When a worker dies, exactly the shard in its hands is known: it is cut in halves and tried again, until a run
that takes its process down with it stands alone and is recorded as a failure.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import RunError, describe
from coercivity.experiments.runs.execution import Crew, Died, Done, News, report, stop_asked
from coercivity.experiments.sweeps.dataset import why
from coercivity.experiments.sweeps.plan import read_plan
from coercivity.experiments.sweeps.runner import SUMMARY, Receipt, Runner
from coercivity.experiments.sweeps.shard import failure_record, write_shard
from coercivity.experiments.sweeps.work import Work

TRIES = 3  # times a run may take its process down before it counts as a failure
TELL = 0.1  # seconds between two reports of a worker

Span = tuple[int, int]
OnProgress = Callable[[float, int], None]


@dataclass
class Progress:
    """Runs made and failed so far, and shares of those in hand, passed on as they come."""

    on_progress: OnProgress
    done: int = 0
    failed: int = 0
    _shares: dict[Any, float] = field(default_factory=dict)

    def add(self, done: int, failed: int) -> None:
        """Count a few more."""
        self.done += done
        self.failed += failed
        self._tell()

    def in_hand(self, who: Any, share: float) -> None:
        """Take note of how far the run in somebody's hands is, from 0 to 1."""
        self._shares[who] = share
        self._tell()

    def _tell(self) -> None:
        self.on_progress(self.done + sum(self._shares.values()), self.failed)


@dataclass
class _Reporter:
    """Reports the runs of a shard as they end, and how far the one in hand is; not too often."""

    tell: Callable[[int, int, float], None]
    _last: float = field(default_factory=time.monotonic)
    _runs: int = 0
    _failed: int = 0

    def on_run(self, good: bool) -> None:
        self._runs += 1
        self._failed += not good
        self._report(0.0)

    def on_step(self, step: int, steps: int) -> None:
        self._report(step / max(steps, 1))

    def _report(self, share: float) -> None:
        if time.monotonic() - self._last >= TELL:
            self.tell(self._runs, self._failed, share)
            self._last, self._runs, self._failed = time.monotonic(), 0, 0


def make_in_process(folder: Path, work: Work, progress: Progress, stopping: Callable[[], bool]) -> None:
    """Make every shard in this process."""
    runner = Runner(folder)

    def on_run(good: bool) -> None:
        progress.in_hand(0, 0.0)
        progress.add(1, not good)

    def on_step(step: int, steps: int) -> None:
        progress.in_hand(0, step / max(steps, 1))

    while not stopping() and (span := work.next()):
        try:
            receipt = runner.shard(*span, on_run, stopping, on_step)
        except OSError as error:
            raise _unwritten(folder, error) from error
        work.update_pace(receipt)
        work.requeue(receipt.stop, span[1])


def make_in_processes(
    folder: Path, work: Work, progress: Progress, stopping: Callable[[], bool], workers: int
) -> None:
    """Make every shard, `workers` at a time; go on without those that die."""
    counted: dict[Span, list[int]] = {}
    crashes: dict[int, int] = {}
    told_to_stop = False
    with Crew[Span](min(workers, max(work.remaining, 1))) as crew:
        while True:
            if stopping() and not told_to_stop:
                told_to_stop = True
                crew.ask_to_stop()
            while not told_to_stop and crew.room and (span := work.next()):
                counted[span] = [0, 0]
                crew.begin(span, make_shard, folder, *span)
            if not crew.busy:
                return
            for event in crew.events():
                progress.in_hand(event.key, 0.0)
                if isinstance(event, News):
                    done, failed, share = event.what
                    counted[event.key] = [counted[event.key][0] + done, counted[event.key][1] + failed]
                    progress.add(done, failed)
                    progress.in_hand(event.key, share)
                elif isinstance(event, Done):
                    _take_in(folder, event, work, progress, counted.pop(event.key))
                else:
                    _take_back(folder, event, work, progress, counted.pop(event.key), crashes)


_runners: dict[Path, Runner] = {}


def make_shard(folder: Path, first: int, stop: int) -> Receipt:
    """Make one shard where runs are made; what runs share is kept for the next."""
    if folder not in _runners:
        _runners.clear()
        _runners[folder] = Runner(folder)
    reporter = _Reporter(lambda done, failed, share: report((done, failed, share)))
    return _runners[folder].shard(first, stop, reporter.on_run, stop_asked, reporter.on_step)


def _take_in(folder: Path, event: Done[Span], work: Work, progress: Progress, counted: list[int]) -> None:
    """Count what a shard holds beyond what was reported on the way."""
    if isinstance(event.error, OSError):
        raise _unwritten(folder, event.error)
    if event.error is not None:
        raise RunError(f"a worker could not go on: {describe(event.error)}") from event.error
    receipt: Receipt = event.result
    progress.add(receipt.stop - receipt.first - counted[0], receipt.failures - counted[1])
    work.update_pace(receipt)
    work.requeue(receipt.stop, event.key[1])


def _take_back(
    folder: Path,
    event: Died[Span],
    work: Work,
    progress: Progress,
    counted: list[int],
    crashes: dict[int, int],
) -> None:
    """Give back, in halves, what a worker held that died; record the run that does it again and again."""
    progress.add(-counted[0], -counted[1])
    first, stop = event.key
    if stop - first > 1:
        middle = (first + stop) // 2
        work.requeue(middle, stop)
        work.requeue(first, middle)
        return
    crashes[first] = crashes.get(first, 0) + 1
    if crashes[first] < TRIES:
        work.requeue(first, stop)
        return
    said = f"the process of this run died {TRIES} times ({event.how})"
    write_shard(folder / SUMMARY, read_plan(folder).hash, [failure_record(first, said, 0.0)])
    progress.add(1, 1)


def _unwritten(folder: Path, error: OSError) -> RunError:
    return RunError(
        f"an answer could not be written in {folder}: {why(error)}; what was written before is whole: "
        "mend it and give the same command again"
    )
