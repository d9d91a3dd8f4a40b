"""Rules as they could be known in 2014: two of their numbers, fitted on the record of 2010 to 2014.

What is tried, on what, and the hash of the set are conf/trial/policy_fit.yaml; the rest of the set is counts
and figures of the time, each with its source in conf/evidence/rules_2014.csv.
"""

import csv
import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from coercivity.experiments.base.paths import conf_dir, evidence_dir
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.runs.execution import map_tasks

__all__ = [
    "DATA",
    "Tried",
    "best",
    "log_likelihood",
    "plan",
    "read",
    "run_grid",
    "set_hash",
    "words",
    "write",
]

DATA = "data/policy_fit.csv"
COLUMNS = ("response", "japan", "log_likelihood")
Tried = list[tuple[float, float, float]]  # response of everybody, base of Japan, log-likelihood


@cache
def plan() -> Mapping[str, Any]:
    """The registered file."""
    found = read_yaml(conf_dir() / "trial" / "policy_fit.yaml")
    assert isinstance(found, dict)
    return found


def set_hash() -> str:
    """The sha256 of the set as it is."""
    return hashlib.sha256((evidence_dir() / f"{plan()['rules']}.csv").read_bytes()).hexdigest()


def words(importers: Sequence[str], response: float, japan: float) -> list[str]:
    """Settings of one point of the grid."""
    of_all = [f"state.{name}.role.importer.response={response}" for name in importers]
    return [*of_all, f"state.japan.role.importer.base={japan}"]


def run_grid(
    fates: Callable[[tuple[float, float, int]], pd.DataFrame], workers: int, tell: Callable[[str], None]
) -> Tried:
    """Log-likelihood of every point. fates: of (response, Japan, future) the cells, 0 or 1, and the record"""
    grid = plan()["grid"]
    points = [(float(r), float(j)) for r in grid["response"] for j in grid["japan"]]
    tasks = [(r, j, seed) for r, j in points for seed in range(plan()["futures"])]
    found: dict[tuple[float, float], list[pd.DataFrame]] = {point: [] for point in points}
    for done, (at, table) in enumerate(map_tasks(fates, tasks, workers), 1):
        found[tasks[at][:2]].append(table)
        tell(f"{done} of {len(tasks)} replays of the fit")
    return [(*point, log_likelihood(tables)) for point, tables in found.items()]


def log_likelihood(tables: Sequence[pd.DataFrame]) -> float:
    """Of the record, given what the rules did in each future; chances are drawn towards the base rate."""
    had = tables[0]["record"].to_numpy()
    did = np.array([table["chance"].to_numpy() for table in tables])
    chance = (did.sum(axis=0) + had.mean()) / (len(tables) + 1)
    return float(np.log(np.where(had > 0, chance, 1.0 - chance)).sum())


def best(tried: Tried) -> tuple[float, float]:
    """The likeliest point; among equals the nearest to what stood before."""
    before = plan()["before"]

    def order(point: tuple[float, float, float]) -> tuple[float, float]:
        response, japan, likely = point
        away = abs(math.log(response / before["response"])) + abs(math.log(japan / before["japan"]))
        return -round(likely, 6), away

    return min(tried, key=order)[:2]


def read(path: Path) -> Tried:
    """What was found before; nothing if it was not."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [(float(r), float(j), float(ll)) for r, j, ll in _rows(csv.reader(file))]


def _rows(lines: Iterator[list[str]]) -> Iterator[list[str]]:
    next(lines)
    return lines


def write(path: Path, tried: Tried) -> None:
    """Keep it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((r, j, f"{ll:.6f}") for r, j, ll in tried)
