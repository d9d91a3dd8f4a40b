"""The engine that makes runs in several processes: results, news, deaths, and no process left behind."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coercivity.experiments.base.errors import RunError, UserError
from coercivity.experiments.runs.execution import Crew, Died, Done, map_tasks, report, stop_asked


def square(number: int) -> int:
    report(number)
    if number < 0:
        raise UserError(f"{number} is below nought")
    return number * number


def dies(_number: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def waits(_number: int) -> str:
    while not stop_asked():
        time.sleep(0.01)
    return "stopped"


@pytest.mark.parametrize("workers", [1, 2])
def test_results_and_news_come_with_their_item(workers: int) -> None:
    news: list[tuple[int, int]] = []
    found = dict(map_tasks(square, [3, 1, 2], workers, lambda at, what: news.append((at, what))))
    assert found == {0: 9, 1: 1, 2: 4}
    assert sorted(news) == [(0, 3), (1, 1), (2, 2)]


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_task_raises_is_raised_and_nobody_is_left(workers: int) -> None:
    with pytest.raises(UserError, match="-1 is below nought"):
        list(map_tasks(square, [-1, 2, 3, 4], workers))
    assert multiprocessing.active_children() == []


def test_a_death_names_its_task_and_the_others_go_on() -> None:
    with Crew[str](2) as crew:
        crew.begin("bad", dies, 0)
        crew.begin("good", square, 5)
        ended: dict[str, Done[str] | Died[str]] = {}
        while crew.busy:
            ended |= {event.key: event for event in crew.events() if isinstance(event, Done | Died)}
        crew.begin("after", square, 6)
        while crew.busy:
            ended |= {event.key: event for event in crew.events() if isinstance(event, Done | Died)}
    assert ended["bad"] == Died("bad", "signal SIGKILL")
    assert (ended["good"], ended["after"]) == (Done("good", 25), Done("after", 36))
    with pytest.raises(RunError, match="signal SIGKILL"):
        list(map_tasks(dies, [1, 2], 2))


def test_a_script_without_its_guard_is_told_of_it(tmp_path: Path) -> None:
    """Every new process begins by importing the script, and would ask for processes in its turn."""
    script = tmp_path / "mine.py"
    module = "coercivity.experiments.runs.execution"
    script.write_text(f"from {module} import map_tasks\nprint(list(map_tasks(abs, [1, 2], 2)))\n")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "a script that asks for several processes makes its calls under" in done.stderr
    assert done.stderr.strip().splitlines()[-1].endswith('or a script its guard: if __name__ == "__main__":')


def test_tasks_end_early_when_asked() -> None:
    with Crew[int](1) as crew:
        crew.begin(0, waits, 0)
        crew.ask_to_stop()
        found = []
        while crew.busy:
            found += list(crew.events())
    assert found == [Done(0, "stopped")]


def test_progress_is_told_before_the_first_run_has_ended(
    coercivity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coercivity.experiments.sweeps import sweep

    told: list[float] = []

    @contextmanager
    def bar(*_: object) -> Iterator[object]:
        yield lambda done, _failed: told.append(done)

    monkeypatch.setattr(sweep, "sweep_bar", bar)
    assert coercivity("sweep", "seed=1,2", "--workers", 1, "--out", tmp_path / "x").code == 0
    assert 0 < told[0] < 1
    assert told[-1] == 2
