"""Progress on standard error: a bar where a person watches, nothing where nobody does."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

OnStep = Callable[[int, int], None]
OnProgress = Callable[[str, int, int], None]
Tell = Callable[[float, int], None]  # runs done, the one in hand in parts; runs failed


def silent(_step: int, _steps: int) -> None:
    """Report nothing."""


@contextmanager
def bars(titles: Mapping[str, str]) -> Iterator[OnProgress]:
    """A bar a run: told its name, the step and the number of steps."""
    if not sys.stderr.isatty():
        yield lambda _name, _step, _steps: None
        return

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        tasks = {name: shown.add_task(title, total=None) for name, title in titles.items()}
        yield lambda name, step, steps: shown.update(tasks[name], completed=step, total=steps)


@contextmanager
def sweep_bar(title: str, runs: int, before: int) -> Iterator[Tell]:
    """One bar for all runs of a sweep: done, rate, time left, failures so far.

    before: runs that an earlier command has made
    """
    if not sys.stderr.isatty():
        yield lambda _done, _failed: None
        return

    start = time.monotonic()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[pace]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(title, total=runs, completed=before, pace="starting")

        def tell(done: float, failed: int) -> None:
            shown.update(
                task,
                completed=before + done,
                pace=pace(done, runs - before - done, failed, time.monotonic() - start),
            )

        yield tell


def pace(done: float, left: float, failed: int, seconds: float) -> str:
    """Rate, time left and failures in words.

    >>> pace(50, 100, 2, 10.0)
    '5.0 runs/s, 20 s left, 2 failed'
    >>> pace(10, 5000, 0, 20.0)
    '2.0 s a run, 2 h 46 min left, none failed'
    >>> pace(0, 10, 0, 1.0)
    ''
    """
    if not done or seconds <= 0:
        return ""
    rate = done / seconds
    speed = f"{rate:.1f} runs/s" if rate >= 1 else f"{1 / rate:.1f} s a run"
    return f"{speed}, {duration(left / rate)} left, {failed or 'none'} failed"


def duration(seconds: float) -> str:
    """A length of time in words.

    >>> duration(42), duration(130), duration(9000), duration(200_000)
    ('42 s', '2 min', '2 h 30 min', '2 d 7 h')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h {minutes % 60} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"
