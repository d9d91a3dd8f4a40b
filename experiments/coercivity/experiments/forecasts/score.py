"""Forecasts of 2015 to 2024 as distributions, and every score the rules ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coercivity.experiments.forecasts.discrepancy import (
    Discrepancy,
    GridPrior,
    fit_discrepancy,
    sample_discrepancy,
)
from coercivity.experiments.forecasts.records import floor_of, fob_path, magnet_path, recorded_levels
from coercivity.experiments.forecasts.replays import FITTED, QUOTA_ONLY, VARIANTS
from coercivity.experiments.forecasts.rivals import rival_samples
from coercivity.experiments.forecasts.rules import KINDS, Rules
from coercivity.experiments.forecasts.scoring import (
    PitTest,
    Skill,
    coverage,
    crps,
    energy_scores,
    judge_pit,
    log_rmse,
    skill,
    width,
)
from coercivity.model.inputs.evidence import Evidence

__all__ = ["ForecastScores", "KindScores", "Line", "discrepancies", "score_forecasts"]

Array = NDArray[np.float64]
ALONE, MAIN = "model alone", "model"


@dataclass(frozen=True)
class Line:
    """The scores of one forecast. by_horizon: share of records in the 90 % intervals; skill: of the main
    forecast of the variant against this one; rolling: CRPS and coverage of 90 % by years ahead
    """

    crps: float
    energy: float
    log_rmse: float
    covered_90: float
    covered_80: float
    width_90: float
    by_horizon: Mapping[str, float]
    by_series: Mapping[str, float]
    skill: Skill | None = None
    pit: PitTest | None = None
    rolling: Mapping[str, tuple[float, float]] | None = None


@dataclass(frozen=True)
class KindScores:
    """Scores of prices or quantities: by forecast, the discrepancy by group, the record."""

    lines: Mapping[str, Line]
    discrepancy: Mapping[str, Mapping[str, float]]
    residuals: Mapping[str, Sequence[float]]
    quantiles: Sequence[tuple[str, int, float, float, float, float]]
    futures: int


@dataclass(frozen=True)
class ForecastScores:
    """Scores by variant and kind, and the bars."""

    kinds: Mapping[str, Mapping[str, KindScores]]
    registered: str

    def document(self) -> dict[str, Any]:
        """As plain data, numbers rounded to six digits."""
        return dict(_round(asdict(self)))


def _round(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _round(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_round(one) for one in value]
    return float(f"{value:.6g}") if isinstance(value, float | np.floating) else value


def level_table(
    rows: pd.DataFrame, variant: str, kind: str, series: Sequence[str]
) -> tuple[Array, list[int]]:
    """Log levels (series, year, future) and the years."""
    mine = rows[(rows["variant"] == variant) & (rows["kind"] == kind)]
    table = mine.pivot_table(index=["series", "year"], columns="future", values="level")
    years = sorted(mine["year"].unique().tolist())
    return np.array([[table.loc[(name, year)].to_numpy() for year in years] for name in series]), years


def discrepancies(
    rows: pd.DataFrame, kind: str, rules: Rules, known: Evidence
) -> tuple[dict[str, Discrepancy], dict[str, list[float]]]:
    """(H.8) The discrepancy of every group, and residuals by series. known: nothing later than 2014."""
    form = rules["discrepancy"]
    fitted: dict[str, Discrepancy] = {}
    residuals: dict[str, list[float]] = {}
    for name, series in rules.groups(kind).items():
        levels, years = level_table(rows, FITTED, kind, series)
        paths = [
            fob_path(known, s) if kind == "prices" else magnet_path(known, "account_2014", s) for s in series
        ]
        used = [year for year in years if all(year in path for path in paths)]
        at = [years.index(year) for year in used]
        record = np.array([[path[year] - path[2009] for year in used] for path in paths])
        mine = levels[:, at]
        residual = record - np.median(mine, axis=-1)
        spread = (
            np.cov(mine.reshape(-1, mine.shape[-1]))
            if mine.shape[-1] > 1
            else np.zeros((mine[..., 0].size,) * 2)
        )
        floor = floor_of(known, kind, series, form["floor"])
        prior = GridPrior(form["prior_s"][kind], floor, form["rho_most"], tuple(form["samples_grid"]))
        fitted[name] = fit_discrepancy(series, residual, spread, [y - 2009 for y in used], prior)
        residuals |= {s: [float(x) for x in row] for s, row in zip(series, residual, strict=True)}
    return fitted, residuals


def score_forecasts(rows: pd.DataFrame, rules: Rules, evidence: Evidence) -> ForecastScores:
    """Every score. rows: of `run_futures`."""
    found: dict[str, dict[str, KindScores]] = {variant: {} for variant in VARIANTS}
    for kind in KINDS:
        groups, residuals = discrepancies(rows, kind, rules, rules.known(evidence))
        for variant in VARIANTS:
            found[variant][kind] = _score_kind(rows, variant, kind, groups, residuals, rules, evidence)
    return ForecastScores(found, rules.sentence())


def _score_kind(
    rows: pd.DataFrame, variant: str, kind: str, groups: Mapping[str, Discrepancy],
    residuals: Mapping[str, Sequence[float]], rules: Rules, evidence: Evidence,
) -> KindScores:  # fmt: skip
    series = rules.series(kind)
    model, years = level_table(rows, variant, kind, series)
    record = recorded_levels(evidence, kind, series, years)
    forecasts = _forecasts(rows, model, kind, groups, rules, evidence)
    main = crps(forecasts[MAIN], record)
    lines = {}
    for name, samples in forecasts.items():
        line = _line(samples, record, years, series, rules)
        lines[name] = _compare_line(line, name, main, samples, record, rules)
    ends = np.quantile(forecasts[MAIN], [0.05, 0.5, 0.95], axis=-1)
    quantiles = [
        (name, year, float(record[i, t]), float(ends[0, i, t]), float(ends[1, i, t]), float(ends[2, i, t]))
        for i, name in enumerate(series)
        for t, year in enumerate(years)
    ]
    told = {name: group.summary() for name, group in groups.items()}
    return KindScores(lines, told, residuals, quantiles, model.shape[-1])


def _forecasts(
    rows: pd.DataFrame,
    model: Array,
    kind: str,
    groups: Mapping[str, Discrepancy],
    rules: Rules,
    evidence: Evidence,
) -> dict[str, Array]:
    """Samples of the model, with and without the discrepancy, and of every rival, (series, year, sample)."""
    horizons, futures = model.shape[1], model.shape[2]
    count = int(rules["samples"]) * futures
    rng = np.random.default_rng(rules["seed"])
    apart = sample_discrepancy(groups, list(range(1, horizons + 1)), count, rng)
    quota, _ = level_table(rows, QUOTA_ONLY, kind, rules.series(kind))
    known = rules.known(evidence)
    naive = rival_samples(known, kind, rules.groups(kind), horizons, count, rules["seed"])
    return {
        MAIN: np.repeat(model, int(rules["samples"]), axis=-1) + apart,
        ALONE: model,
        "same": apart,
        **naive,
        QUOTA_ONLY: quota + apart,
    }


def _line(samples: Array, record: Array, years: Sequence[int], series: Sequence[str], rules: Rules) -> Line:
    found, held = crps(samples, record), coverage(samples, record, 0.9)
    spans = rules["horizons"].items()
    at = {
        name: np.array([first <= year <= last for year in years], dtype=bool) for name, (first, last) in spans
    }
    return Line(
        crps=float(found.mean()),
        energy=float(energy_scores(samples, record).mean()),
        log_rmse=log_rmse(samples, record),
        covered_90=float(held.mean()),
        covered_80=float(coverage(samples, record, 0.8).mean()),
        width_90=width(samples),
        by_horizon={name: float(held[:, mine].mean()) for name, mine in at.items()},
        by_series={name: float(found[i].mean()) for i, name in enumerate(series)},
    )


def _compare_line(line: Line, name: str, main: Array, samples: Array, record: Array, rules: Rules) -> Line:
    """A line with the skill of the main forecast against it, its PIT test and its rolling origins."""
    against = None
    if name != MAIN:
        against = skill(main, crps(samples, record), rules["blocks"], rules["resamples"], rules["seed"])
    test = rules["pit_test"]
    pit = judge_pit(samples, record, test["worlds"], test["power"], rules["seed"])
    return Line(**{**vars(line), "skill": against, "pit": pit, "rolling": _roll(samples, record, rules)})


def _roll(samples: Array, record: Array, rules: Rules) -> dict[str, tuple[float, float]]:
    """CRPS and coverage of 90 % by years ahead, every origin taken as a base year: changes only."""
    first = int(rules["last_fitted"])
    start_s = np.concatenate([np.zeros_like(samples[:, :1]), samples], axis=1)
    start_r = np.concatenate([np.zeros_like(record[:, :1]), record], axis=1)
    found = {}
    for ahead in rules["rolling_horizons"]:
        at = np.array(
            [year - first for year in rules["rolling_origins"] if year - first + ahead < start_r.shape[1]]
        )
        moved, known = start_s[:, at + ahead] - start_s[:, at], start_r[:, at + ahead] - start_r[:, at]
        found[str(ahead)] = (float(crps(moved, known).mean()), float(coverage(moved, known, 0.9).mean()))
    return found
