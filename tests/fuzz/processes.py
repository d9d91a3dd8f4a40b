"""Cases judged in processes of their own, which are replaced when they hang or die."""

import contextlib
import multiprocessing
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from multiprocessing.connection import Connection, wait
from typing import Any

HUNG = 1200.0  # s without a word from a process, which may wait long for a busy machine
FRESH = 300  # cases of one process: what libraries keep goes with it


def judged(seed: int, numbers: Iterable[int], workers: int) -> Iterable[dict[str, Any]]:
    """Verdicts of cases as they come, from processes that are replaced when they hang or die."""
    context, todo = multiprocessing.get_context("spawn"), iter(numbers)
    at: dict[Connection, tuple[Any, int, float, int]] = {}  # process, case, since when, cases before

    def start() -> None:
        if (number := next(todo, None)) is not None:
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, seed), daemon=True)
            process.start()
            theirs.close()
            ours.send(number)
            at[ours] = process, number, time.monotonic() + 60.0, 0  # loading takes its time

    for _ in range(workers):
        start()
    while at:
        for pipe in wait(list(at), timeout=1.0):
            assert isinstance(pipe, Connection)
            process, number, _, done = at.pop(pipe)
            try:
                yield pipe.recv()
            except (EOFError, OSError):
                process.join()
                yield _lost(number, f"the process died with code {process.exitcode}")
                start()
                continue
            after = next(todo, None) if done < FRESH else None
            if after is not None:
                pipe.send(after)
                at[pipe] = process, after, time.monotonic(), done + 1
            else:
                pipe.close()
                process.join()
                start()
        for pipe, (process, number, since, _) in list(at.items()):
            if time.monotonic() - since > HUNG:
                del at[pipe]
                process.kill()
                process.join()
                yield _lost(number, f"no word for {HUNG:.0f} s")
                start()


def _lost(number: int, said: str) -> dict[str, Any]:
    return {"number": number, "outcome": "fault", "said": said, "where": "process", "seconds": HUNG}


def _serve(pipe: Connection, seed: int) -> None:
    from fuzz.cases import case
    from fuzz.judge import PLAIN, judge, run

    run(PLAIN)  # loads, and compiles what the clearing needs for this machine: no case is late for that
    with contextlib.suppress(EOFError, OSError):
        while True:
            one = case(seed, pipe.recv())
            verdict = judge(one)
            more: Mapping[str, Any] = one.told() if verdict.outcome == "fault" else {}
            pipe.send({"number": one.number, "kind": one.kind, **asdict(verdict), **more})
