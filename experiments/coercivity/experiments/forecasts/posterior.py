"""The posterior of behaviour on records to 2014, by an emulator of replays and importance weights.

    p(θ | record) ∝ even prior × (b + ½ Σ_k (E z_k² ))^−(a + n/2)                                   (H.11)

z_k is the miss of target k in half bands (H.2) as the emulators have it, their uncertainty included. The
scale of all misses is unknown and integrated out, since no draw of the model meets every target; n counts
targets that move together once (registered.yaml, forecasts).
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coercivity.experiments.base.errors import OK, RunError
from coercivity.experiments.base.hypercube import latin_hypercube
from coercivity.experiments.base.paths import conf_dir, evidence_dir, results_dir
from coercivity.experiments.config.evidence_reader import hash_evidence, read_evidence
from coercivity.experiments.forecasts.emulator import Emulator, emulate
from coercivity.experiments.forecasts.replays import POSTERIOR
from coercivity.experiments.forecasts.rules import Rules, read_rules
from coercivity.experiments.runs.execution import read_workers
from coercivity.experiments.validation.calibrate_request import CalibrationRequest
from coercivity.experiments.validation.history_fit import (
    FAR,
    LAST,
    SEED,
    Budget,
    Prior,
    Trial,
    miss,
    priors,
    search,
)
from coercivity.experiments.validation.history_targets import Target, targets

__all__ = ["Posterior", "draw_posterior", "fit_posterior"]

Array = NDArray[np.float64]
DRAWN, BATCHES, KEPT = 20_000, 40, 600  # from the prior, at a time, kept by weight
LEAST_SPREAD = 1e-6


@dataclass(frozen=True)
class Posterior:
    """Draws (draw, prior), how many independent ones the weights are worth, fit of emulators."""

    draws: Array
    effective: float
    emulated: dict[str, float]


def fit_posterior(args: CalibrationRequest) -> int:
    """Make the replays that are missing, emulate them, draw, and write the draws."""
    evidence = args.evidence or evidence_dir()
    rules = read_rules(evidence)
    digest = hash_evidence(evidence)
    study = args.study or results_dir() / "calibrate" / f"history-{digest[:8]}.log"
    budget = Budget(args.prior, args.search, args.keep)
    trials = search(study, evidence, budget, read_workers(args.workers), _progress)
    record = read_evidence(evidence).until(LAST)
    known, aims = priors(record), targets(record, "fitted")
    found = draw_posterior(trials, known, aims, rules)
    least = rules["posterior"]["effective_draws_least"]
    if found.effective < least:
        raise RunError(f"{found.effective:.0f} effective draws; {least} were registered")
    out = (args.out or conf_dir() / "calibrated") / POSTERIOR
    out.parent.mkdir(parents=True, exist_ok=True)
    _write(out, known, found.draws)
    _show(known, found, len(trials))
    print(f"{len(found.draws)} draws are in {out}")
    return OK


def _progress(done: int, total: int, best: float) -> None:
    print(f"\r{done} of {total} replays, nearest at {best:.2f}", end="", file=sys.stderr, flush=True)


def draw_posterior(
    trials: Sequence[Trial], known: Sequence[Prior], aims: Sequence[Target], rules: Rules
) -> Posterior:
    """(H.11) Emulate the misses of every target and sample."""
    read = [trial for trial in trials if trial.statistics]
    x = np.array([[_unit(p, trial.parameters[p.name]) for p in known] for trial in read])
    emulators: list[Emulator] = []
    fixed, fits = 0.0, {}
    for aim in aims:
        z = np.clip([miss(aim, trial.statistics[aim.name]) for trial in read], -FAR, FAR)
        if z.std() < LEAST_SPREAD:
            fixed += float(z[0] ** 2)
            continue
        emulators.append(emulate(x, np.asarray(z, dtype=float)))
        fits[aim.name] = emulators[-1].left_out
    form = rules["posterior"]
    a, b = form["prior_scale"]
    power = a + 0.5 * form["effective_targets"]

    def log_density(points: Array) -> Array:
        total = np.full(len(points), fixed)
        for emulator in emulators:
            mean, variance = emulator(points)
            total += np.minimum(mean**2 + variance, FAR**2)
        return np.asarray(-power * np.log(b + 0.5 * total))

    points = latin_hypercube(x.shape[1], DRAWN, np.random.default_rng(SEED))
    logs = np.concatenate([log_density(part) for part in np.array_split(points, BATCHES)])
    weight = np.exp(logs - logs.max())
    weight /= weight.sum()
    at = np.searchsorted(np.cumsum(weight), (np.arange(KEPT) + 0.5) / KEPT)
    draws = np.array([[_value(p, u) for p, u in zip(known, points[n], strict=True)] for n in at])
    mixed = draws[np.random.default_rng(SEED).permutation(KEPT)]
    return Posterior(mixed, float(1.0 / (weight**2).sum()), fits)


def _unit(prior: Prior, value: float) -> float:
    """Where a value lies in its range, 0 to 1; in logs where it is searched so."""
    low, high = (np.log(prior.low), np.log(prior.high)) if prior.log else (prior.low, prior.high)
    return float(((np.log(value) if prior.log else value) - low) / (high - low))


def _value(prior: Prior, unit: float) -> float:
    low, high = (np.log(prior.low), np.log(prior.high)) if prior.log else (prior.low, prior.high)
    at = low + float(unit) * (high - low)
    return float(np.clip(np.exp(at) if prior.log else at, prior.low, prior.high))


def _write(path: Path, known: Sequence[Prior], draws: Array) -> None:
    """One row a draw: `driver`, and a column for every row of behaviour.csv that is set."""
    columns = {row: draws[:, at] for at, prior in enumerate(known) for row in prior.rows}
    driver = next(at for at, prior in enumerate(known) if not prior.rows)
    table = pd.DataFrame({"driver": draws[:, driver], **columns})
    path.write_text(table.to_csv(index=False, float_format="%.6g", lineterminator="\n"), encoding="utf-8")


def _show(known: Sequence[Prior], found: Posterior, replays: int) -> None:
    print(f"\n{replays} replays; {found.effective:,.0f} effective draws of {DRAWN:,}")
    print(f"  {'':<14} {'prior':>17}   {'5 %':>9} {'median':>8} {'95 %':>8}")
    for at, prior in enumerate(known):
        low, middle, high = np.quantile(found.draws[:, at], [0.05, 0.5, 0.95])
        print(f"  {prior.name:<14} {prior.low:8.3g} {prior.high:8.3g}   {low:9.3g} {middle:8.3g} {high:8.3g}")
    print("emulators, share of the variance of runs left out that they predict:")
    for name, share in found.emulated.items():
        print(f"  {share:6.2f}  {name}")
