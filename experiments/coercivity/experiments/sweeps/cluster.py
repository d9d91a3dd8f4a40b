"""Runs made elsewhere: an array job of Slurm, or tasks on a Ray cluster. Both only make shards.

All machines must see the dataset's folder. Nothing is kept by scheduler or cluster: what has been made is
what lies in the folder.
"""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import RunError, UserError, describe
from coercivity.experiments.runs.execution import THREADS, limit_threads
from coercivity.experiments.sweeps.local import Progress, make_shard
from coercivity.experiments.sweeps.runner import Receipt
from coercivity.experiments.sweeps.work import Work

SCRIPT = "sweep.sbatch"
IN_FLIGHT = 2  # tasks a processor that Ray holds at a time
RETRIES = 5

_SBATCH = """#!/bin/bash
# Fills the dataset {name} in {tasks} parts. Submit it with
#     sbatch {script}
# and when all parts have ended, check and merge what they made with
#     {finish}
# A part that is stopped or lost takes nothing with it: submit this file again.
#SBATCH --job-name=coercivity
#SBATCH --array=0-{last}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task={workers}
#SBATCH --mem-per-cpu=2G
#SBATCH --time=24:00:00
#SBATCH --requeue
#SBATCH --signal=B:TERM@120
#SBATCH --output=/dev/null

# The log is opened here and not by Slurm, which would read % and \\ in the folder's name as its own signs.
# With exec the program takes this shell's place, so that the signal above reaches it.
exec >> {logs}/"$SLURM_ARRAY_TASK_ID.log" 2>&1
{threads}
exec {command} --part "$SLURM_ARRAY_TASK_ID/{tasks}" --workers "$SLURM_CPUS_PER_TASK"
"""


def write_sbatch(folder: Path, tasks: int, workers: int) -> Path:
    """Write the script of an array job beside the dataset. tasks: parts; workers: processes in each."""
    if tasks < 1:
        raise UserError(f"--array {tasks}: at least 1 part is needed")
    folder = folder.absolute()
    if not str(folder).isprintable():
        raise UserError(f"{str(folder)!r}: a shell script cannot name this folder; give another with --out")
    go_on = [sys.executable, "-m", "coercivity.experiments", "sweep", "--continue", str(folder)]
    script = folder / SCRIPT
    logs = folder.parent / f"{folder.name}.logs"
    logs.mkdir(exist_ok=True)
    text = _SBATCH.format(
        name=folder.name,
        tasks=tasks,
        last=tasks - 1,
        workers=workers,
        script=shlex.quote(str(script)),
        finish=shlex.join(go_on),
        logs=shlex.quote(str(logs)),
        threads="\n".join(f"export {name}=1" for name in THREADS),
        command=shlex.join(go_on),
    )
    script.write_text(text, encoding="utf-8")
    return script


def part_of(text: str, runs: int) -> tuple[int, int]:
    """The runs of part K of N, given as `K/N`, counting from 0.

    >>> part_of("0/3", 10), part_of("2/3", 10)
    ((0, 3), (6, 10))
    """
    at, slash, of = text.partition("/")
    if not (slash and at.isdecimal() and of.isdecimal() and int(at) < int(of)):
        raise UserError(f"--part {text}: write K/N with K from 0 to N-1, such as 0/20")
    k, n = int(at), int(of)
    return k * runs // n, (k + 1) * runs // n


def within(spans: list[tuple[int, int]], part: tuple[int, int]) -> list[tuple[int, int]]:
    """The spans' share of a part."""
    cut = [(max(first, part[0]), min(stop, part[1])) for first, stop in spans]
    return [(first, stop) for first, stop in cut if first < stop]


def on_ray(
    folder: Path, work: Work, progress: Progress, stopping: Callable[[], bool], address: str | None
) -> None:
    """Make every shard as a Ray task, few at a time; tasks lost with their node are made again."""
    try:
        import ray
    except ImportError:
        raise UserError("--engine ray needs Ray, which is not installed: pip install 'ray>=2.40'") from None
    began = not ray.is_initialized()
    if began:
        limit_threads()
        ray.init(address=address, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    try:
        _drive(ray, folder.absolute(), work, progress, stopping)
    finally:
        if began:
            ray.shutdown()


def _drive(ray: Any, folder: Path, work: Work, progress: Progress, stopping: Callable[[], bool]) -> None:
    threads = {"env_vars": dict.fromkeys(THREADS, "1")}
    task = ray.remote(max_retries=RETRIES, retry_exceptions=[OSError], runtime_env=threads)(make_shard)
    flying: dict[Any, tuple[int, int]] = {}
    lost: dict[tuple[int, int], int] = {}
    while True:
        room = IN_FLIGHT * max(int(ray.cluster_resources().get("CPU", 1)), 1)
        while len(flying) < room and not stopping() and (span := work.next()):
            flying[task.remote(folder, *span)] = span
        if not flying:
            return
        ready, _ = ray.wait(list(flying), timeout=0.5)
        for reference in ready:
            span = flying.pop(reference)
            try:
                receipt: Receipt = ray.get(reference)
            except (ray.exceptions.RayTaskError, ray.exceptions.RayError) as error:
                lost[span] = lost.get(span, 0) + 1
                if lost[span] >= RETRIES:
                    raise RunError(
                        f"runs {span[0]} to {span[1] - 1} cannot be made: {describe(error)}"
                    ) from error
                work.requeue(*span)
                continue
            work.update_pace(receipt)
            work.requeue(receipt.stop, span[1])
            progress.add(receipt.stop - receipt.first, receipt.failures)
