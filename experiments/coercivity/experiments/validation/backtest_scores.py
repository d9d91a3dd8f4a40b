"""Scores of a replay against the record and against naive forecasts.

log-RMSE = √ mean (ln x̂ − ln x)²;  skill = 1 − log-RMSE / log-RMSE of the naive one    (H.3)
CRPS = mean |X − x| − ½ mean |X − X'|,  X, X' draws, x the record, all in logs          (H.4)
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from coercivity.experiments.validation.history_targets import Target

__all__ = ["ScoreRow", "Scores", "crps", "log_rmse", "score_rows"]

LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True)
class ScoreRow:
    """A target, what the draws make of it, and what naive forecasts make of it."""

    name: str
    period: str
    record: float
    median: float
    low: float
    high: float
    band_low: float
    band_high: float
    unit: str
    met: bool
    covered: bool
    naive: Mapping[str, float]
    ablation: Mapping[str, float]
    source: str
    confidence: str
    note: str
    draws: tuple[float, ...] = field(default=(), repr=False)

    @property
    def error(self) -> float:
        """Median less record."""
        return self.median - self.record


@dataclass(frozen=True)
class Scores:
    """Everything a backtest found."""

    rows: list[ScoreRow]
    series: list[ScoreRow]
    skill: Mapping[str, float]
    rmse: Mapping[str, float]
    crps: Mapping[str, float]
    coverage: float
    direction: float
    by_element: Mapping[str, Mapping[str, float]]
    ablations: Mapping[str, Mapping[str, float]]
    draws: int

    def document(self) -> dict[str, Any]:
        """As plain data, numbers rounded to six digits; `targets` and `skill` as interfaces have it."""
        data = asdict(self)
        data["targets"] = data.pop("rows")
        for row in (*data["targets"], *data["series"]):
            row.pop("draws")
        return dict(_round_value(data))


def _round_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _round_value(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_round_value(v) for v in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


def score_rows(
    aims: Sequence[Target],
    draws: Mapping[str, Sequence[float]],
    naive: Mapping[str, Mapping[str, float]],
    ablation: Mapping[str, Mapping[str, float]],
) -> list[ScoreRow]:
    """A row a target. draws, naive and ablation: values by target; of a draw that has none, nan."""
    rows = []
    for aim in aims:
        values = np.array(draws[aim.name], dtype=float)
        known = values[np.isfinite(values)]
        median, low, high = (
            (float(np.quantile(known, q)) for q in (0.5, LOW, HIGH)) if known.size else [math.nan] * 3
        )
        # A replay in which nothing ever happens has no date: the median is then none.
        if known.size < 0.5 * values.size:
            median = math.nan
        rows.append(
            ScoreRow(
                aim.name, aim.period, aim.record, median, low, high, aim.low, aim.high, aim.unit,
                aim.met(median), low <= aim.record <= high,
                {kind: found[aim.name] for kind, found in naive.items()},
                {kind: found[aim.name] for kind, found in ablation.items()},
                aim.source, aim.confidence, aim.note, tuple(float(v) for v in values),
            )
        )  # fmt: skip
    return rows


def log_rmse(found: Sequence[float], record: Sequence[float]) -> float:
    """Root mean squared error in logs.

    >>> round(log_rmse([2.0, 2.0], [1.0, 1.0]), 4)
    0.6931
    """
    off = np.log(np.maximum(np.asarray(found, dtype=float), 1e-9) / np.asarray(record, dtype=float))
    return float(np.sqrt(np.mean(off**2)))


def crps(draws: Sequence[float], record: float) -> float:
    """(H.4) Continuous ranked probability score in logs; of a single draw, its absolute error.

    >>> round(crps([math.e], 1.0), 6)
    1.0
    """
    x = np.log(np.maximum(np.asarray(draws, dtype=float), 1e-9))
    apart = np.abs(x[:, None] - x[None, :]).mean()
    return float(np.abs(x - math.log(record)).mean() - 0.5 * apart)


def assemble(rows: list[ScoreRow], series: list[ScoreRow], kinds: Sequence[str]) -> Scores:
    """Pooled and by element scores of the predicted price series, and the level targets they make."""
    elements = list(dict.fromkeys(row.name.split(" ")[0] for row in series))
    parts = {e: [row for row in series if row.name.startswith(f"{e} ")] for e in elements}
    by_element = {e: _errors(part, kinds) for e, part in parts.items()}
    rmse = _errors(series, kinds)
    return Scores(
        rows=rows + [_level_row(e, by_element[e], kinds) for e in elements],
        series=series,
        skill={k: 1.0 - rmse["model"] / rmse[k] for k in kinds},
        rmse=rmse,
        crps={
            "model": float(np.mean([crps(r.draws, r.record) for r in series])),
            **{k: float(np.mean([crps([r.naive[k]], r.record) for r in series])) for k in kinds},
        },
        coverage=float(np.mean([row.covered for row in series])),
        direction=_direction(parts),
        by_element=by_element,
        ablations={
            kind: {
                "targets met": float(sum(_in_band(r, r.ablation[kind]) for r in rows)),
                "log-RMSE": log_rmse([r.ablation[kind] for r in series], [r.record for r in series]),
            }
            for kind in (series[0].ablation if series else {})
        },
        draws=len(series[0].draws) if series else 0,
    )


def _in_band(row: ScoreRow, value: float) -> bool:
    return bool(row.band_low <= value <= row.band_high)


def _errors(series: Sequence[ScoreRow], kinds: Sequence[str]) -> dict[str, float]:
    record = [row.record for row in series]
    found = {"model": log_rmse([row.median for row in series], record)}
    return found | {k: log_rmse([row.naive[k] for row in series], record) for k in kinds}


def _level_row(element: str, errors: Mapping[str, float], kinds: Sequence[str]) -> ScoreRow:
    """A target of its own: the model's error is below that of every naive forecast."""
    best = min(errors[k] for k in kinds)
    return ScoreRow(
        f"{element} oxide, price level 2015-2024: log-RMSE against the best naive forecast", "predicted",
        best, errors["model"], errors["model"], errors["model"], 0.0, best, "log",
        errors["model"] < best, False, {k: errors[k] for k in kinds}, {},
        "prices.csv, ten years over 2014", "derived", "met if below every naive forecast",
    )  # fmt: skip


def _direction(parts: Mapping[str, Sequence[ScoreRow]]) -> float:
    """Share of years in which the median moves the way the record moves."""
    right = total = 0
    for rows in parts.values():
        record, found = [1.0, *(r.record for r in rows)], [1.0, *(r.median for r in rows)]
        for at in range(1, len(record)):
            right += (record[at] - record[at - 1]) * (found[at] - found[at - 1]) > 0
            total += 1
    return right / total if total else math.nan
