"""`coercivity calibrate history`: fit behaviour on 2010-2014 and keep the draws that come nearest."""

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from coercivity.experiments.base.errors import OK, UserError
from coercivity.experiments.base.paths import conf_dir, evidence_dir, results_dir
from coercivity.experiments.config.evidence_reader import hash_evidence, read_evidence
from coercivity.experiments.runs.execution import read_workers
from coercivity.experiments.validation.calibrate_request import CalibrationRequest
from coercivity.experiments.validation.history_fit import LAST, SEED, Budget, Prior, Trial, priors, search

__all__ = ["fit_history", "write_draws"]

MEDIAN = "history"


def fit_history(args: CalibrationRequest) -> int:
    """Spend the budget, show the fit, write the draws."""
    evidence = args.evidence or evidence_dir()
    print_hash = hash_evidence(evidence)
    out = args.out or conf_dir() / "calibrated"
    budget = Budget(args.prior, args.search, args.keep)
    if min(budget.prior, budget.search) < 0:
        raise UserError(f"--prior {budget.prior} --search {budget.search}: 0 or more of each is needed")
    if budget.kept > budget.prior + budget.search or budget.kept < 1:
        raise UserError(
            f"--keep {budget.kept}: keep between 1 and the {budget.prior + budget.search} draws made"
        )
    study = args.study or results_dir() / "calibrate" / f"history-{print_hash[:8]}.log"
    try:
        study.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--study {study}: {error.strerror}; give another place") from error
    if study.is_dir():
        raise UserError(f"--study {study} is a folder; give the name of a file")
    if study.exists():
        print(f"taking up {study}", file=sys.stderr)
    trials = search(study, evidence, budget, read_workers(args.workers), _progress)
    known = priors(read_evidence(evidence).until(LAST))
    kept = [trial for trial in trials if trial.statistics][: budget.kept]
    paths = write_draws(out, known, kept, trials, print_hash)
    _show(known, kept, trials)
    print(f"{len(kept)} draws and their middle are in {paths[0].parent} (calibrated={paths[0].stem})")
    return OK


def _progress(done: int, total: int, best: float) -> None:
    print(
        f"\r{done} of {total} draws, nearest at {best:.2f}",
        end="\n" if done >= total else "",
        file=sys.stderr,
    )


def _show(known: Sequence[Prior], kept: Sequence[Trial], trials: Sequence[Trial]) -> None:
    print(f"{len(trials)} draws, nearest at {trials[0].distance:.2f}, kept up to {kept[-1].distance:.2f}")
    print(f"  {'':<14} {'prior':>17}   {'kept: 5 %':>9} {'median':>8} {'95 %':>8}")
    for prior in known:
        found = np.quantile([t.parameters[prior.name] for t in kept], [0.05, 0.5, 0.95])
        print(
            f"  {prior.name:<14} {prior.low:8.3g} {prior.high:8.3g}   {found[0]:9.3g} {found[1]:8.3g}"
            f" {found[2]:8.3g}   {prior.meaning}"
        )


def write_draws(
    folder: Path, known: Sequence[Prior], kept: Sequence[Trial], trials: Sequence[Trial], evidence_hash: str
) -> list[Path]:
    """One file a draw, nearest first, and the one nearest to the middle of them as `history`."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{MEDIAN}*.yaml"):
        old.unlink()
    middle = _middle(known, kept)
    paths = []
    for name, trial in [(MEDIAN, middle), *((f"{MEDIAN}_{n:02d}", t) for n, t in enumerate(kept, 1))]:
        path = folder / f"{name}.yaml"
        path.write_text(_text(name, trial, known, kept, trials, evidence_hash), encoding="utf-8")
        paths.append(path)
    return paths


def _middle(known: Sequence[Prior], kept: Sequence[Trial]) -> Trial:
    """The kept draw nearest to the medians, in ranges of the priors: a draw that was run, not a mean."""
    median = {p.name: float(np.median([t.parameters[p.name] for t in kept])) for p in known}
    return min(
        kept,
        key=lambda t: sum(((t.parameters[p.name] - median[p.name]) / (p.high - p.low)) ** 2 for p in known),
    )


def _text(
    name: str,
    trial: Trial,
    known: Sequence[Prior],
    kept: Sequence[Trial],
    trials: Sequence[Trial],
    digest: str,
) -> str:
    what = "The kept draw nearest to the medians" if name == MEDIAN else "One draw"
    values: dict[str, Any] = {}
    for prior in known:
        values |= {row: float(f"{trial.parameters[prior.name]:.6g}") for row in prior.rows}
    head = (
        f"# {what} of the fit on 2010-2014: coercivity calibrate history, {date.today().isoformat()};\n"
        f"# docs/validation.md. Draw {trial.number} of {len(trials)}, distance {trial.distance:.3f};\n"
        f"# {len(kept)} kept, up to {kept[-1].distance:.3f}; seed {SEED}; evidence {digest[:12]}.\n"
    )
    body = {
        "name": name,
        "source": "coercivity calibrate history, on records to 2014",
        "driver": 0.0,
        "values": values,
    }
    body["driver"] = float(f"{trial.parameters['driver']:.6g}")
    return head + yaml.safe_dump(body, sort_keys=False, width=110)
