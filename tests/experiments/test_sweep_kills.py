"""Kills of a sweep at random moments: nothing is lost, doubled or changed."""

import json
import os
import random
import signal
import time
from pathlib import Path

import pandas as pd
import pytest

WORDS = ("clock.step=year", "--shard-seconds", 1)


def content(folder: Path) -> str:
    return str(json.loads((folder / "manifest.json").read_text())["tables"]["summary"]["sha256"])


def workers_of(parent: int) -> list[int]:
    """The processes a process has started that serve shards."""
    try:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        lines = {int(child): Path(f"/proc/{child}/cmdline").read_text() for child in children}
    except OSError:
        return []
    return [child for child, line in lines.items() if "spawn_main" in line]


@pytest.mark.proof
@pytest.mark.parametrize(("kills", "runs"), [(4, 80), (20, 400)])
def test_kills_change_nothing(kills: int, runs: int, toy_process, toy_typed, tmp_path: Path) -> None:
    rng = random.Random(os.environ.get("TOY_KILL_SEED", "6"))
    out = tmp_path / "sweep"
    killed = {"parent": 0, "worker": 0}
    for kill in range(kills):
        process = toy_process(
            "sweep", f"seed=range(0,{runs})", *WORDS, "--workers", 2, "--out", out, TOY_SLEEPS="0.01"
        )
        begun = time.monotonic()
        while process.poll() is None and len(workers_of(process.pid)) < 2 and time.monotonic() - begun < 30:
            time.sleep(0.02)
        time.sleep(rng.uniform(0.0, 3.0))
        workers = workers_of(process.pid)
        who = "worker" if workers and kill % 2 else "parent"
        if process.poll() is None:
            os.kill(rng.choice(workers) if who == "worker" else process.pid, signal.SIGKILL)
            killed[who] += 1
        if who == "worker":  # the sweep goes on without it, for a while
            time.sleep(rng.uniform(0.0, 1.0))
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
    got = toy_typed("sweep", f"seed=range(0,{runs})", *WORDS, "--workers", 2, "--out", out)
    assert got.code == 0, got.err
    assert f"{runs} runs, none failed" in got.out
    assert (
        toy_typed(
            "sweep", f"seed=range(0,{runs})", *WORDS, "--workers", 1, "--out", tmp_path / "undisturbed"
        ).code
        == 0
    )
    assert content(out) == content(tmp_path / "undisturbed")
    summary = pd.concat(pd.read_parquet(path) for path in (out / "summary").glob("part-*.parquet"))
    assert not summary.duplicated(["run", "indicator", "jurisdiction", "unit"]).any()
    assert sorted(summary["run"].unique()) == list(range(runs))
    assert sum(path.is_file() for path in out.rglob("*")) <= 10
    assert killed["parent"]
