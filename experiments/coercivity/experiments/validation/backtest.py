"""Replay history over draws of the fit and score it against the record and naive forecasts."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import conf_dir, evidence_dir
from coercivity.experiments.config.compose import config_hash
from coercivity.experiments.config.evidence_reader import hash_evidence, read_evidence
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.runs.differences import Difference, difference
from coercivity.experiments.runs.execution import map_tasks, read_workers
from coercivity.experiments.runs.folders import check_out, default_out, writing
from coercivity.experiments.runs.manifest import Manifest
from coercivity.experiments.runs.store import make_manifest, write_config
from coercivity.experiments.validation.backtest_page import write_report
from coercivity.experiments.validation.backtest_scores import Scores, assemble, score_rows
from coercivity.experiments.validation.backtest_store import (
    KIND,
    SCORES,
    Backtest,
    build_backtest,
    read,
    table_hash,
    write,
)
from coercivity.experiments.validation.history_naive import no_change, trend
from coercivity.experiments.validation.history_outcome import Replay, replay, scenario, settings_with
from coercivity.experiments.validation.history_targets import FIRST, SECOND, Target, statistic, targets
from coercivity.experiments.validation.registered import read_registration

__all__ = ["BacktestRequest", "run_backtest"]

KINDS = ("no change", "trend", "quota only")
# What an ablation switches off, by name; `quota only` is the program with fixed stocks and no behaviour.
ABLATIONS = {
    "without inventories": ("inventory",),
    "without smuggling": ("grey",),
    "without learning": ("risk", "demand", "thrift", "knowhow"),
    "without conduct of quota holders": ("licence",),
}
NOTHING = (
    "inventory", "demand", "thrift", "risk", "licence", "grey", "invest", "exit",
    "integration", "knowhow", "relations", "reputation", "finance",
)  # fmt: skip
FIXED = {"stock.holding_elasticity": 0.1, "stock.phi": 1e-4}  # stocks move as little as evidence may say
FEW = 3  # draws an ablation is run with
WHOLE = "all mechanisms, the draws of the ablations"


@dataclass(frozen=True)
class BacktestRequest:
    """What to replay. draws: of the fit, all where nothing is said; workers: processes."""

    draws: int | None = None
    ablations: bool = True
    workers: int | None = None
    out: Path | None = None
    evidence: Path | None = None
    force: bool = False


def run_backtest(args: BacktestRequest) -> "tuple[Scores, dict[str, str | None], Path]":
    """Replay and score; the scores, what they rest on (hash of the table, registration), and the folder."""
    start = time.perf_counter()
    folder = args.evidence or evidence_dir()
    fixed = read_registration(folder)
    draws = read_draws(args.draws)
    name, digest = f"draws-{len(draws)}", config_hash({draw.name: draw.hash for draw in draws})
    out = args.out or default_out("backtest", name, digest, hash_evidence(folder))
    check_out(out, KIND, args.force)
    jobs = plan(draws, args.ablations)
    outcomes = run_jobs(jobs, folder, read_workers(args.workers))
    scores = score(jobs, outcomes, folder)
    found = build_backtest(
        scores, outcomes_of(jobs, outcomes), read_evidence(folder), [draw.name for draw in draws]
    )
    _keep(out, found, draws, folder, time.perf_counter() - start, args.force)
    about = {
        "hash": table_hash(scores),
        "registered": fixed.digest if fixed else None,
        "sentence": fixed.sentence() if fixed else None,
    }
    return scores, about, out


def _keep(
    out: Path, found: "Backtest", draws: "Sequence[Draw]", evidence: Path, seconds: float, force: bool = False
) -> None:
    """The folder of a backtest, which appears when it is complete."""
    with writing(out, KIND, force) as draft:
        composed = scenario(SECOND)
        write_config(draft, composed.values)
        write(draft, found)
        tables = {"scores": {"rows": len(found.scores.rows), "sha256": table_hash(found.scores)}}
        parts = {draw.name: draw.hash for draw in draws}
        make_manifest(composed, evidence, KIND, seconds, parts=parts, tables=tables).write(draft)
        write_report(draft, found)


@dataclass(frozen=True)
class Draw:
    """A stored draw of the fit."""

    name: str
    driver: float
    values: dict[str, float]

    @property
    def hash(self) -> str:
        """The hash of its numbers."""
        return config_hash({"driver": self.driver, **self.values})


def read_draws(count: int | None) -> list[Draw]:
    """Draws of conf/calibrated, nearest first."""
    paths = sorted((conf_dir() / "calibrated").glob("history_*.yaml"))
    if not paths:
        raise UserError("conf/calibrated holds no draws: make them with `coercivity calibrate history`")
    if count is not None and not 1 <= count <= len(paths):
        raise UserError(
            f"--draws {count}: there are {len(paths)} draws; give a number from 1 to {len(paths)}"
        )
    found = [read_yaml(path) for path in paths[:count]]
    return [Draw(str(d["name"]), float(d.get("driver", 0.0)), dict(d["values"])) for d in found]


@dataclass(frozen=True)
class ReplayTask:
    """One replay to run. kind: draw, quota only, or an ablation."""

    kind: str
    scenario: str
    values: dict[str, float]
    seed: int
    driver: float
    off: tuple[str, ...] = ()


def plan(draws: Sequence[Draw], ablations: bool) -> list[ReplayTask]:
    """Every replay: all draws over both periods, the quota-only program, ablations with the first draws.

    The place of demand drivers is the draw's in the fitted years; after 2014 it is spread evenly over
    the range, since nothing of those years may be fitted.
    """
    count = len(draws)
    spread = [2.0 * ((7 * n + 3) % count + 0.5) / count - 1.0 for n in range(count)]
    jobs = []
    for name in (SECOND, FIRST):
        for n, draw in enumerate(draws):
            driver = draw.driver if name == FIRST else spread[n]
            jobs.append(ReplayTask("draw", name, draw.values, n, driver))
        first = draws[0]
        jobs.append(
            ReplayTask(
                KINDS[2], name, first.values | FIXED, 0, first.driver if name == FIRST else 0.0, NOTHING
            )
        )
        for kind, off in ABLATIONS.items() if ablations else ():
            for n, draw in enumerate(draws[:FEW]):
                driver = draw.driver if name == FIRST else spread[n]
                jobs.append(ReplayTask(kind, name, draw.values, n, driver, off))
    return jobs


def run_jobs(jobs: Sequence[ReplayTask], evidence: Path, workers: int) -> list["Replay"]:
    """Every replay, in order, on as many processes as asked for."""
    found: dict[int, Replay] = {}
    for at, outcome in map_tasks(_run, [(job, str(evidence)) for job in jobs], workers):
        found[at] = outcome
        end = "\n" if len(found) == len(jobs) else ""
        print(f"\r{len(found)} of {len(jobs)} replays", end=end, file=sys.stderr, flush=True)
    return [found[at] for at in range(len(jobs))]


def _run(task: tuple[ReplayTask, str]) -> "Replay":
    job, evidence = task
    settings = settings_with(scenario(job.scenario), job.values, job.seed, job.driver, job.off)
    return replay(settings, Path(evidence))


def outcomes_of(jobs: Sequence[ReplayTask], outcomes: Sequence["Replay"]) -> dict[str, list["Replay"]]:
    """Replays of the draws, by scenario."""
    found: dict[str, list[Replay]] = {}
    for job, outcome in zip(jobs, outcomes, strict=True):
        if job.kind == "draw":
            found.setdefault(job.scenario, []).append(outcome)
    return found


def score(jobs: Sequence[ReplayTask], outcomes: Sequence["Replay"], folder: Path) -> "Scores":
    """All scores."""
    evidence = read_evidence(folder)
    replays = outcomes_of(jobs, outcomes)

    def values(aims: Sequence[Target], kind: str) -> dict[str, list[float]]:
        mine = [(j, o) for j, o in zip(jobs, outcomes, strict=True) if j.kind == kind]
        return {
            a.name: [statistic(a.spec, o, evidence) for j, o in mine if j.scenario == a.replay] for a in aims
        }

    def middle(aims: Sequence[Target], kind: str) -> dict[str, float]:
        return {name: float(np.median(found)) for name, found in values(aims, kind).items()}

    kinds = [kind for kind in ABLATIONS if any(job.kind == kind for job in jobs)]

    def rows(aims: Sequence[Target]) -> list[Any]:
        naive = {KINDS[2]: middle(aims, KINDS[2])}
        for kind, forecast in zip(KINDS, (no_change, trend), strict=False):
            naive[kind] = {
                a.name: statistic(a.spec, forecast(evidence, replays[a.replay][0]), evidence) for a in aims
            }
        ablation = {kind: middle(aims, kind) for kind in kinds}
        if kinds:
            whole = {name: float(np.median(found[:FEW])) for name, found in values(aims, "draw").items()}
            ablation = {WHOLE: whole} | ablation
        return score_rows(aims, values(aims, "draw"), {k: naive[k] for k in KINDS}, ablation)

    return assemble(rows(targets(evidence)), rows(targets(evidence, "series")), KINDS)


def repeat_draws(
    folder: Path, manifest: "Manifest", count: int, evidence: Path
) -> list[tuple[str, int, "Difference"]]:
    """Replay draws spread over a stored backtest again: name, numbers held against it, how far they are.

    Raises UserError when the backtest is not what its manifest says, or the draws have changed since.
    """
    stored = read(folder)
    if table_hash(stored.scores) != manifest.tables["scores"]["sha256"]:
        raise UserError(f"{folder} was changed after the backtest: its scores are not those of manifest.json")
    draws = read_draws(len(stored.draws))
    if {draw.name: draw.hash for draw in draws} != dict(manifest.parts):
        raise UserError(
            f"conf/calibrated no longer holds the draws of {folder}; check out the commit it names"
        )
    known = read_evidence(evidence)
    aims = {aim.name: aim for part in (None, "series") for aim in targets(known, part)}
    rows = [row for row in (*stored.scores.rows, *stored.scores.series) if row.draws and row.name in aims]
    count, most = min(count, len(draws)), len(draws) - 1
    chosen = sorted({at * most // max(count - 1, 1) for at in range(count)})
    jobs = [job for job in plan(draws, ablations=False) if job.kind == "draw" and job.seed in chosen]
    outcomes = {(job.scenario, job.seed): _run((job, str(evidence))) for job in jobs}
    found = []
    for at in chosen:
        old, new = [], []
        for row in rows:
            aim = aims[row.name]
            new.append(statistic(aim.spec, outcomes[aim.replay, at], known))
            old.append(row.draws[at])
        units = [f"{row.name} ({row.unit})" for row in rows]
        tables = [pd.DataFrame({"row": units, "unit": units, "value": values}) for values in (old, new)]
        found.append((draws[at].name, len(rows), difference(SCORES, *tables)))
    return found
