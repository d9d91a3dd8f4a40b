"""Training the emulator: a design of runs, a fit, and its errors on runs it never saw. One command.

Runs are kept row by row in a working folder under results/, so that a training that was stopped goes on.
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coercivity.experiments.base.errors import OK, CoercivityError, UserError
from coercivity.experiments.base.paths import evidence_of, results_dir
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.labels import Wording
from coercivity.experiments.explorer.emulator_file import emulator_path, write_emulator
from coercivity.experiments.explorer.fingerprint import fingerprint
from coercivity.experiments.explorer.gaussian import HIGH, LOW, SliderEmulator, fit
from coercivity.experiments.explorer.outcomes import OUTCOMES, QUARTERS, Floats, backward, forward, outcomes
from coercivity.experiments.explorer.sliders import KEYS, NEVER, NONE, SLIDERS, STORIES, overrides
from coercivity.experiments.runs.execution import map_tasks
from coercivity.experiments.runs.run import forget_worlds, simulate

RUNS, CHECKS, SEED = 512, 60, 1
# Share of runs in which a slider stands exactly where its lever is off, or licences never end or never begin.
AT_AN_END = {"end": ((NEVER, 0.25), (NONE, 0.05)), "days": ((0.0, 0.2),), "floor": ((0.0, 0.2),),
             "budget": ((0.0, 0.2),)}  # fmt: skip


@dataclass(frozen=True)
class TrainingRequest:
    """How the emulator is trained. runs: of the design; checks: more, that only say how far off it is."""

    runs: int = RUNS
    checks: int = CHECKS
    workers: int = 1
    out: Path | None = None


def design(count: int, seed: int) -> Floats:
    """Rows of slider values and log elasticity: a scrambled Sobol sequence with some mass at natural ends."""
    from scipy.stats import qmc  # slow to import

    power = int(np.ceil(np.log2(max(count, 2))))
    u = qmc.Sobol(len(LOW), seed=seed).random_base2(power)[:count]
    x: Floats = LOW + u * (HIGH - LOW)
    for key, ends in AT_AN_END.items():
        column, low = KEYS.index(key), 0.0
        for value, share in ends:
            x[(u[:, column] >= low) & (u[:, column] < low + share), column] = value
            low += share
        rest = u[:, column] >= low
        first, last = SLIDERS[column].low, SLIDERS[column].high
        x[rest, column] = first + (u[rest, column] - low) / (1 - low) * (last - first)
    end = KEYS.index("end")
    x[:, end] = np.where(x[:, end] < 2026, NONE, np.round(4 * x[:, end]) / 4)
    return x


def train(args: TrainingRequest) -> int:
    """Make the runs that are not there yet, fit, check, and write the emulator."""
    if args.runs < 20 or args.checks < 1:
        raise UserError("--runs takes 20 or more, and --checks 1 or more")
    evidence = evidence_of(compose(overrides(next(iter(STORIES.values())))).values)
    mark = fingerprint(evidence)
    work = results_dir() / "emulator" / mark[:12]
    stories = np.array([[*values, 0.0] for values in STORIES.values()])
    rows = np.vstack([design(args.runs, SEED), stories, design(args.checks, SEED + 1)])
    start = time.perf_counter()
    made = _make_runs(rows, evidence, work, args.workers)
    known = np.asarray(np.isfinite(made).all(axis=(1, 2)))
    cut = args.runs + len(stories)
    trained, checked = known[:cut], known[cut:]
    if not trained[args.runs :].all():
        raise UserError("a story of the explorer does not run; `coercivity run` with its settings says why")
    sampled = int(trained[: args.runs].sum())
    emulator = fit(rows[:cut][trained], forward(made[:cut][trained]))
    widths = emulator.half_widths(sampled)
    errors = measure_errors(emulator, widths, rows[cut:][checked], made[cut:][checked])
    about = {
        "fingerprint": mark,
        "runs": sampled,
        "failed": int((~known).sum()),
        "checks": errors,
        "names": list(STORIES),
    }
    path = args.out or emulator_path()
    write_emulator(path, emulator, widths, about, list(made[args.runs : cut]))
    for name, value in errors.items():
        print(f"{name}: {json.dumps(value)}")
    print(f"{time.perf_counter() - start:.0f} s; the emulator is {path}, {path.stat().st_size / 1e6:.1f} MB")
    return OK


def measure_errors(emulator: SliderEmulator, widths: Floats, x: Floats, y: Floats) -> dict[str, Any]:
    """How far off it is on runs it never saw, in the words of the page's tiles."""
    emulated, exact = emulator.predict(x), forward(y)
    live = x[:, 1][:, None] > 2025 + np.arange(QUARTERS) / 4
    half = np.where(live[:, None, :], widths[None, :, :, 1], widths[None, :, :, 0])
    inside = np.abs(exact - emulated) <= half
    guess, names = backward(emulated), list(OUTCOMES)
    found: dict[str, Any] = {
        "count": len(x),
        "coverage": {name: round(float(inside[:, n].mean()), 3) for n, name in enumerate(names)},
    }
    peak = tile_values(guess)["dy_peak"] / tile_values(y)["dy_peak"] - 1
    found["dysprosium peak, relative, p95"] = round(float(np.quantile(np.abs(peak), 0.95)), 4)
    tiles = {}
    for name, values in tile_values(y).items():
        error = np.abs(tile_values(guess)[name] - values)
        error = error / values if name in RELATIVE else error
        tiles[name] = [round(float(np.quantile(error, share)), 5) for share in (0.5, 0.9)]
    found["tiles"] = tiles  # median and 90 % of the absolute error; of prices relative
    return found


RELATIVE = ("dy_peak", "magnet_mean")


def tile_values(y: Floats) -> dict[str, Floats]:
    """What the tiles of the page say of runs: (run,) by tile."""
    at = {name: y[:, n] for n, name in enumerate(OUTCOMES)}
    return {
        "short_peak": at["short_EU"].max(1),
        "short_end": at["short_EU"][:, -4:].mean(1),
        "magnet_mean": at["magnet_out"].mean(1),
        "dy_peak": at["dy_out"].max(1),
        "cost": at["cost"][:, -1],
        "separation": at["separation"][:, -4:].mean(1),
    }


def _make_runs(rows: Floats, evidence: Path, work: Path, workers: int) -> Floats:
    """The outcomes of every row, from the working folder where they are there; NaN where a run failed."""
    work.mkdir(parents=True, exist_ok=True)
    paths = [work / f"{_name(row)}.npy" for row in rows]
    left = [(tuple(map(float, row)), evidence, path) for row, path in zip(rows, paths, strict=True)]
    left = [one for one in dict.fromkeys(left) if not one[2].is_file()]
    for number, _ in enumerate(map_tasks(_make_row, left, workers), start=1):
        if number % 10 == 0 or number == len(left):
            print(f"{number} of {len(left)} runs", file=sys.stderr, flush=True)
    return np.array([np.load(path) for path in paths])


def _make_row(task: tuple[Sequence[float], Path, Path]) -> None:
    """One run, its outcomes kept; a run that fails is kept as such, since a failure is an answer too."""
    row, evidence, path = task
    composed = compose(row_overrides(row))
    try:
        tables, _ = simulate(composed, evidence, lambda *_: None)
        made = outcomes(tables, Wording.of(composed.values))
    except CoercivityError as error:
        print(f"failed: {' '.join(row_overrides(row))[:200]}: {error}", file=sys.stderr, flush=True)
        made = np.full((len(OUTCOMES), QUARTERS), np.nan)
    forget_worlds()
    draft = path.with_suffix(".tmp.npy")
    np.save(draft, made)
    draft.replace(path)


def row_overrides(row: Sequence[float]) -> list[str]:
    """The settings of a row: sliders, then the log of elasticity."""
    return overrides(row[:-1], float(np.exp(row[-1])))


def _name(row: Floats) -> str:
    """A row as the name of a file."""
    return "_".join(f"{value:.6g}" for value in row)
