"""Tasks made by several processes of this machine: one engine for comparisons, sweeps, studies and fits.

Every worker is a pool of one process (`concurrent.futures`), so that a process that dies names the one task
it had in hand, and the others go on. A pipe beside it carries progress up and the word to stop down. A worker
keeps linear algebra to one thread, leaves interrupts to its parent, and ends when its parent does.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, Self, TypeVar

from coercivity.experiments.base.errors import RunError, UserError

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
GUARD = 'if __name__ == "__main__":'
PATIENCE = 0.2  # seconds between two looks at what the caller wants

Key = TypeVar("Key")
Item = TypeVar("Item")
Result = TypeVar("Result")
OnNews = Callable[[Any], None]
OnItemNews = Callable[[int, Any], None]  # the item's place, and what was reported


@dataclass(frozen=True)
class News(Generic[Key]):
    """What a task reported on its way."""

    key: Key
    what: Any


@dataclass(frozen=True)
class Done(Generic[Key]):
    """A task that ended: what it gave, or what it raised."""

    key: Key
    result: Any = None
    error: BaseException | None = None


@dataclass(frozen=True)
class Died(Generic[Key]):
    """A task whose process ended under it. how: `signal SIGKILL` or `exit code 3`"""

    key: Key
    how: str


def count_processors() -> int:
    """Count the processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def read_workers(asked: int | None) -> int:
    """Read the workers asked for; as many as there are processors where none are."""
    if asked is not None and asked < 1:
        raise UserError(f"--workers {asked}: at least 1 is needed")
    return asked or count_processors()


def no_news(_at: int, _what: Any) -> None:
    """Listen to nothing."""


def limit_threads() -> None:
    """Keep linear algebra of this process and its children to one thread, unless told otherwise."""
    for name in THREADS:
        os.environ.setdefault(name, "1")


class Crew(Generic[Key]):
    """Worker processes that hold one task each.

    Leaving it ends them: at once after an error, else when they have nothing in hand.
    """

    def __init__(self, workers: int) -> None:
        if getattr(multiprocessing.current_process(), "_inheriting", False):  # as the standard library asks
            raise UserError(f"a script that asks for several processes makes its calls under `{GUARD}`")
        self._most = max(workers, 1)
        self._workers: list[_Worker] = []
        self._tasks: dict[Connection, tuple[Key, Future[Any]]] = {}

    def __enter__(self) -> Self:
        limit_threads()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for worker in self._workers:
            worker.end(kill=kind is not None or worker.pipe in self._tasks)

    @property
    def room(self) -> int:
        """Tasks that can be begun now."""
        return self._most - len(self._tasks)

    @property
    def busy(self) -> bool:
        """Whether a task is in hand."""
        return bool(self._tasks)

    def begin(self, key: Key, function: Callable[..., Any], *given: Any) -> None:
        """Hand a task to a worker with nothing in hand. function: of a module, so that it is found there."""
        for worker in [one for one in self._workers if one.pipe not in self._tasks]:
            try:
                self._tasks[worker.pipe] = key, worker.submit(function, given)
                return
            except BrokenProcessPool:  # it ended while it had nothing in hand
                self._leave(worker)
        worker = _Worker()
        self._workers.append(worker)
        self._tasks[worker.pipe] = key, worker.submit(function, given)

    def ask_to_stop(self) -> None:
        """Ask every worker to end its task early; `stop_asked` tells it there."""
        for worker in self._workers:
            worker.say("stop")

    def events(self) -> "Iterator[News[Key] | Done[Key] | Died[Key]]":
        """What has happened since, waiting a moment for the first."""
        for pipe in wait(list(self._tasks), timeout=PATIENCE):
            assert isinstance(pipe, Connection)
            key, future = self._tasks[pipe]
            try:
                kind, what = pipe.recv()
            except (EOFError, OSError):
                kind, what = "end", None
            if kind == "news":
                yield News(key, what)
                continue
            del self._tasks[pipe]
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                worker = next(one for one in self._workers if one.pipe == pipe)
                yield Died(key, self._leave(worker))
            else:
                yield Done(key, None if error else future.result(), error)

    def _leave(self, worker: "_Worker") -> str:
        self._workers.remove(worker)
        return worker.end(kill=True)

    def map(
        self, function: Callable[[Item], Result], items: Sequence[Item], on_news: OnItemNews = no_news
    ) -> Iterator[tuple[int, Result]]:
        """Do a function for every item; yields the item's place and the result, as they end.

        With one worker, or one item, in this process. What a task raises is raised here, and the others are
        given up. on_news: told the item's place and what `report` was given there
        """
        if self._most <= 1 or len(items) == 1:
            for at, item in enumerate(items):
                with _reporting(lambda what, at=at: on_news(at, what)):  # type: ignore[misc]
                    result = function(item)
                yield at, result
            return
        crew: Crew[Any] = self
        left = iter(enumerate(items))
        more = True
        while more or crew.busy:
            while more and crew.room:
                following = next(left, None)
                more = following is not None
                if following is not None:
                    crew.begin(following[0], function, following[1])
            for event in crew.events():
                if isinstance(event, News):
                    on_news(event.key, event.what)
                elif isinstance(event, Died):
                    guard = f", or a script its guard: {GUARD}" if "exit code" in event.how else ""
                    raise RunError(
                        f"the process of a run died ({event.how}); give it more memory or --workers 1{guard}"
                    )
                elif event.error is not None:
                    raise event.error
                else:
                    yield event.key, event.result


def map_tasks(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int, on_news: OnItemNews = no_news
) -> Iterator[tuple[int, Result]]:
    """Do a function for every item with workers of its own: `Crew.map`."""
    with Crew[int](min(workers, max(len(items), 1))) as crew:
        yield from crew.map(function, items, on_news)


class _Worker:
    """A pool of one process, and our end of its pipe."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        known = multiprocessing.active_children()
        self._pool = ProcessPoolExecutor(1, context, _enter, (theirs,))
        self._pool.submit(os.getpid)  # which starts the process
        self._process: BaseProcess | None = next(
            (one for one in multiprocessing.active_children() if one not in known), None
        )
        theirs.close()

    def submit(self, function: Callable[..., Any], given: tuple[Any, ...]) -> "Future[Any]":
        return self._pool.submit(_do, function, given)

    def say(self, what: str) -> None:
        with suppress(OSError):  # it has gone, which the next event tells
            self.pipe.send(what)

    def end(self, kill: bool) -> str:
        """End the process; how it ended."""
        if kill and self._process is not None and self._process.is_alive():
            self._process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.pipe.close()
        return _describe_end(self._process.exitcode if self._process else None)


def _describe_end(exitcode: int | None) -> str:
    """How a process ended, in words.

    >>> _describe_end(-9), _describe_end(3)
    ('signal SIGKILL', 'exit code 3')
    """
    if exitcode is not None and exitcode < 0:
        return f"signal {signal.Signals(-exitcode).name}"
    return f"exit code {exitcode}"


# Inside a worker: its end of the pipe. In the process of the caller: who is told of news.
_pipe: Connection | None = None
_stop = False
_listener: OnNews | None = None


def report(what: Any) -> None:
    """Tell whoever began this task how it goes; outside a task nobody hears it."""
    if _listener is not None:
        _listener(what)
    elif _pipe is not None:
        _pipe.send(("news", what))


def stop_asked() -> bool:
    """Whether this worker was asked to end its task early."""
    global _stop
    while _pipe is not None and not _stop and _pipe.poll():
        _stop = _pipe.recv() == "stop"
    return _stop


@contextmanager
def _reporting(listener: OnNews) -> Iterator[None]:
    global _listener
    before, _listener = _listener, listener
    try:
        yield
    finally:
        _listener = before


def _enter(pipe: Connection) -> None:
    """Begin the life of a worker."""
    global _pipe
    _pipe = pipe
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


def _do(function: Callable[..., Any], given: tuple[Any, ...]) -> Any:
    try:
        return function(*given)
    finally:
        assert _pipe is not None
        _pipe.send(("end", None))
