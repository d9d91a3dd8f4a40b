"""The question of a command line: an experiment of conf/, changed and filled in by options."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.sweeps import sampling
from coercivity.experiments.sweeps.question import SweepSpec, read_experiment, with_declared
from coercivity.experiments.sweeps.row_file import read_rows

SECONDS = 60.0  # of work in a shard
SHARE = 0.05  # of runs that may fail before the sweep says it has failed
WEIGHT = "weight"  # column of draws: how often a row is drawn


@dataclass(frozen=True)
class SweepRequest:
    """What a sweep asks and how its runs are made, as the options of the command name it."""

    overrides: Sequence[str] = ()
    design: str | None = None
    samples: int | None = None
    study_seed: int | None = None
    uncertainty: str | None = None
    rows: Path | None = None
    tables: str = ""
    engine: str = "local"
    workers: int | None = None
    array: int | None = None
    address: str | None = None
    shard_seconds: float = SECONDS
    shard_size: int | None = None
    folder: Path | None = None
    part: str | None = None
    retry_failures: bool = False
    max_failures: float = SHARE
    plan: bool = False
    out: Path | None = None
    evidence: Path | None = None
    force: bool = False


def question_from_args(args: SweepRequest) -> SweepSpec:
    """The question of the arguments of `sweep`."""
    names = [word.partition("=")[2] for word in args.overrides if word.startswith("experiment=")]
    overrides = [word for word in args.overrides if not word.startswith("experiment=")]
    if len(names) > 1:
        raise UserError("one sweep is one experiment; give experiment= once")
    if names:
        declared = read_experiment(names[0])
        question = SweepSpec(
            names[0],
            declared.about.title,
            declared.design.kind,
            (*declared.settings, *overrides),
            {name: tuple(words) for name, words in declared.policies.items()},
            (),
            declared.design.samples,
            declared.design.seed,
            {},
            tuple(declared.outcomes),
        )
        uncertainty = args.uncertainty or declared.uncertainty
    else:
        question = grid_question(overrides)
        uncertainty = args.uncertainty
    question = replace(
        question,
        kind=args.design or question.kind,
        samples=question.samples if args.samples is None else args.samples,
        seed=question.seed if args.study_seed is None else args.study_seed,
    )
    _check_drawn(question, args)
    question = _with_rows(question, args.rows)
    if question.kind not in sampling.SAMPLED:
        if args.uncertainty:
            raise UserError(f"--uncertainty goes with --design {', '.join(sampling.SAMPLED)}")
        return question
    return with_declared(question, uncertainty, args.evidence or question.evidence)


def _check_drawn(question: SweepSpec, args: SweepRequest) -> None:
    """Refuse options of designs that draw where this one does not."""
    drawn = (*sampling.SAMPLED, sampling.POSTERIOR)
    for option, given in (("--samples", args.samples), ("--study-seed", args.study_seed)):
        if given is not None and question.kind not in drawn:
            raise UserError(f"{option} goes with --design {', '.join(drawn)}, not with {question.kind}")
    if question.seed < 0:
        raise UserError(f"--study-seed {question.seed}: give a whole number of at least 0")


def grid_question(overrides: Sequence[str]) -> SweepSpec:
    """The question of plain Hydra overrides: every combination of their values."""
    scenarios = [word.partition("=")[2] for word in overrides if word.startswith("scenario=")]
    name = (scenarios[-1] if scenarios else "baseline").replace(",", "-")
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name).strip("-")
    return SweepSpec(safe[:60], "Sweep", sampling.GRID, tuple(overrides))


def _with_rows(question: SweepSpec, path: Path | None) -> SweepSpec:
    """The question with the rows of a file, for the designs that take one."""
    takes = question.kind in (sampling.LIST, sampling.POSTERIOR)
    if takes != (path is not None):
        need = f"--design {question.kind} needs --rows FILE" if takes else "--rows goes with --design list"
        raise UserError(f"{need}: a CSV or Parquet file with a column a setting and a row a run")
    if path is None:
        return question
    columns = read_rows(path)
    if WEIGHT in columns and question.kind != sampling.POSTERIOR:
        raise UserError(f"--rows {path}: the column `{WEIGHT}` goes with --design {sampling.POSTERIOR}")
    weights = columns.pop(WEIGHT, None)
    if question.kind == sampling.POSTERIOR:
        columns = _draw_rows(path, columns, weights, question)
    return replace(question, given=columns)


def _draw_rows(
    path: Path, columns: dict[str, list[Any]], weights: list[Any] | None, question: SweepSpec
) -> dict[str, list[Any]]:
    """Rows drawn with replacement by their weights; all of them once without weights and --samples."""
    count = len(next(iter(columns.values()), []))
    if question.samples > sampling.MOST:
        raise UserError(f"--samples {question.samples}: at most {sampling.MOST:,} draws are made")
    if question.samples < 0:
        raise UserError(f"--samples {question.samples}: give a number of draws of at least 1")
    if not columns:
        raise UserError(f"--rows {path}: it has no column of a setting beside `{WEIGHT}`")
    if not question.samples and weights is None:
        return columns
    try:
        chance = np.asarray(weights if weights is not None else [1.0] * count, dtype=float)
    except (TypeError, ValueError):
        chance = np.full(count, np.nan)
    if not (np.isfinite(chance).all() and (chance >= 0).all() and chance.sum() > 0):
        raise UserError(f"--rows {path}: the column `{WEIGHT}` must hold numbers of at least 0, not all 0")
    rng = np.random.default_rng(question.seed)
    chosen = rng.choice(count, question.samples or count, p=chance / chance.sum())
    return {name: [values[at] for at in chosen] for name, values in columns.items()}
