"""Fit of behaviour on 2010-2014: priors, distance, and a search that can be taken up again.

    distance² = Σ_k min(|z_k|, 4)²,   z = (simulated − record) / half the band            (H.2)

A target read as a ratio is compared in logs. Every draw meets the same futures (one seed). Draws come
first from the prior (a Sobol sequence), then from Optuna's tree-structured Parzen estimator. The
nearest tenth is kept, as in approximate Bayesian computation by rejection (Beaumont 2010).
Since the estimator crowds near the best, the kept draws are narrower than a posterior would be: their
widths are a lower bound.
"""

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.config.evidence_reader import read_evidence
from coercivity.experiments.runs.execution import Crew
from coercivity.experiments.validation.history_outcome import Replay, replay, scenario, settings_with
from coercivity.experiments.validation.history_targets import FIRST, Target, statistic, targets
from coercivity.model.inputs.evidence import EvidenceError
from coercivity.optimise.errors import ClearingError

__all__ = ["LAST", "Budget", "Prior", "distances", "miss", "priors", "search"]

LAST = 2014  # nothing dated later may be read
SEED = 2009
FAR = 4.0  # bands beyond which a miss counts no more
UNREAD = 1e3  # distance of a draw whose market the model refuses


@dataclass(frozen=True)
class Prior:
    """A fitted number: rows of behaviour.csv it stands for, and its range there. log: searched in logs."""

    name: str
    rows: tuple[str, ...]
    start: float
    low: float
    high: float
    log: bool
    meaning: str
    source: str

    def values(self, value: float) -> dict[str, float]:
        """What it sets."""
        return dict.fromkeys(self.rows, value)


# name, rows of behaviour.csv, searched in logs, meaning. Start and range are the row's.
FITTED: tuple[tuple[str, tuple[str, ...], bool, str], ...] = (
    (
        "e_light",
        tuple(f"demand.short_elasticity.{e}" for e in ("La", "Ce", "Sm", "Gd", "Y", "other")),
        True,
        "short elasticity of demand for La, Ce, Sm, Gd, Y",
    ),
    (
        "e_phosphor",
        ("demand.short_elasticity.Tb", "demand.short_elasticity.Eu"),
        True,
        "short elasticity of demand for Eu, Tb outside magnets",
    ),
    ("e_service", ("demand.service_elasticity",), True, "factor on short elasticities of magnet uses"),
    ("sigma_short", ("thrift.sigma_short",), True, "short elasticity of heavy content per magnet"),
    ("kappa", ("demand.kappa",), True, "speed of the slow response of demand, a quarter"),
    ("risk_weight", ("stock.risk_weight",), False, "extra cover per unit of perceived risk"),
    ("holding", ("stock.holding_elasticity",), False, "elasticity of stocks held"),
    (
        "real_share",
        ("supply.output_fall_real_share",),
        False,
        "share of the reported fall in output that was real",
    ),
    ("grey_growth", ("grey.grey_growth",), False, "growth of smuggling with the premium"),
    ("worked", ("stock.worked_precaution",), False, "share of precaution on metals and magnets"),
    ("theta", ("licence.theta",), False, "conduct of quota holders"),
)  # fmt: skip


@dataclass(frozen=True)
class Budget:
    """Draws from the prior, then from the search; draws kept."""

    prior: int
    search: int
    kept: int


def priors(evidence: Any) -> list[Prior]:
    """Every fitted number with its sourced range, and the place of demand drivers in theirs."""
    found = []
    for name, rows, log, meaning in FITTED:
        entity, attribute, *item = rows[0].split(".")
        fact = evidence.find("behaviour", entity, attribute, item[0] if item else "")
        if fact is None or not fact.low or not fact.high:
            raise UserError(f"behaviour.csv: {rows[0]} needs a value with a range to be fitted")
        found.append(
            Prior(name, rows, fact.number, float(fact.low), float(fact.high), log, meaning, fact.source)
        )
    found.append(
        Prior("driver", (), 0.0, -1.0, 1.0, False, "place of demand drivers in their range", "drivers.csv")
    )
    return found


def distances(aims: Sequence[Target], outcome: Replay, evidence: Any) -> NDArray[np.float64]:
    """z of every target, clipped; a value that cannot be read counts as far."""
    found = [miss(aim, statistic(aim.spec, outcome, evidence)) for aim in aims]
    return np.asarray(np.clip(found, -FAR, FAR), dtype=float)


def miss(aim: Target, value: float) -> float:
    """z of a target: how far a value lies from its record, in half bands."""
    if not math.isfinite(value):
        return FAR
    if aim.low == aim.high:
        return 0.0 if value == aim.record else 1.5
    if aim.spec.startswith("gap"):
        return min(math.log(min(value, aim.record) / aim.record) / math.log(aim.record / aim.low), 0.0)
    if aim.unit == "ratio" and aim.low > 0:
        return math.log(max(value, 1e-6) / aim.record) / (0.5 * math.log(aim.high / aim.low))
    return (value - aim.record) / (0.5 * (aim.high - aim.low))


@dataclass(frozen=True)
class Trial:
    """One draw: parameters by prior, distance, and the values of all targets."""

    number: int
    parameters: Mapping[str, float]
    distance: float
    statistics: Mapping[str, float]


def simulate(
    parameters: Mapping[str, float], known: Sequence[Prior], evidence: Path, seed: int = SEED
) -> Replay:
    """Replay 2010-2014 with a draw."""
    values: dict[str, float] = {}
    for prior in known:
        if prior.rows:
            values |= prior.values(parameters[prior.name])
    settings = settings_with(scenario(FIRST), values, seed, parameters.get("driver", 0.0))
    return replay(settings, evidence)


def judge(parameters: Mapping[str, float], evidence: Path) -> tuple[float, dict[str, float]]:
    """Distance of a draw, and what it makes of every fitted target. Reads nothing dated after `LAST`."""
    record = read_evidence(evidence).until(LAST)
    aims = targets(record, "fitted")
    try:
        outcome = simulate(parameters, priors(record), evidence)
    except (EvidenceError, ClearingError):
        return UNREAD, {}  # a market that would chase its own trend for ever, or that does not settle
    z = distances(aims, outcome, record)
    return float(np.sqrt((z**2).sum())), {a.name: statistic(a.spec, outcome, record) for a in aims}


def search(
    study_file: Path,
    evidence: Path,
    budget: Budget,
    workers: int,
    on_trial: Callable[[int, int, float], None],
) -> list[Trial]:
    """Spend the budget, or what is left of it, and return all trials by distance."""
    import optuna
    from optuna.distributions import BaseDistribution, FloatDistribution
    from optuna.samplers import QMCSampler, TPESampler
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # the Sobol sampler
    known = priors(read_evidence(evidence).until(LAST))
    space: dict[str, BaseDistribution] = {p.name: FloatDistribution(p.low, p.high, log=p.log) for p in known}
    study_file.parent.mkdir(parents=True, exist_ok=True)
    storage = JournalStorage(JournalFileBackend(str(study_file)))
    study = optuna.create_study(storage=storage, study_name="history", load_if_exists=True)
    if not study.trials:
        study.enqueue_trial({p.name: p.start for p in known})
    total = budget.prior + budget.search
    with Crew[int](workers) as crew:
        while (done := _count_finished(study)) < total:
            early = done < budget.prior
            study.sampler = (
                QMCSampler(scramble=True, seed=SEED, warn_independent_sampling=False)
                if early
                else TPESampler(seed=SEED + done, multivariate=True, n_startup_trials=0, constant_liar=True)
            )
            batch = [study.ask(space) for _ in range(min(4 * workers, total - done))]
            results = dict(crew.map(_judge_task, [(dict(t.params), str(evidence)) for t in batch]))
            for at, trial in enumerate(batch):
                distance, found = results[at]
                trial.set_user_attr("statistics", found)
                study.tell(trial, distance)
            on_trial(_count_finished(study), total, study.best_value)
    return sorted(
        (
            Trial(t.number, dict(t.params), float(t.value), dict(t.user_attrs.get("statistics", {})))
            for t in study.trials
            if t.value is not None
        ),
        key=lambda t: (t.distance, t.number),
    )


def _count_finished(study: Any) -> int:
    return sum(trial.value is not None for trial in study.trials)


def _judge_task(job: tuple[dict[str, float], str]) -> tuple[float, dict[str, float]]:
    return judge(job[0], Path(job[1]))
