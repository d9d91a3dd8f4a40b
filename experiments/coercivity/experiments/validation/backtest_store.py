"""A backtest as a folder: scores to the last digit, replayed prices, the record, and a manifest."""

import hashlib
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.runs.store import read_bound
from coercivity.experiments.validation.backtest_scores import ScoreRow, Scores
from coercivity.experiments.validation.history_outcome import Replay
from coercivity.model.inputs.evidence import Evidence

__all__ = ["Backtest", "build_backtest", "read", "table_hash", "write"]

SCORES, PATHS, KIND = "scores.json", "paths.parquet", "backtest"


@dataclass(frozen=True)
class Backtest:
    """What a backtest found.

    paths: FOB prices of the replays by scenario, draw, element and date, USD/kg · record: FOB prices by
    element and year, USD/kg · certificates: worst residual of every kind · draws: names, nearest first
    """

    scores: Scores
    paths: pd.DataFrame
    record: Mapping[str, Mapping[int, float]]
    certificates: Mapping[str, float]
    draws: Sequence[str]


def build_backtest(
    scores: Scores, replays: "Mapping[str, Sequence[Replay]]", evidence: "Evidence", draws: Sequence[str]
) -> Backtest:
    """Everything a report needs of the replays of the draws."""
    paths, worst = [], dict[str, float]()
    for scenario, outcomes in replays.items():
        for draw, outcome in zip(draws, outcomes, strict=True):
            dates = [_date(when - outcome.length / 2) for when in outcome.when]
            for element, values in outcome.fob.items():
                keys = {"scenario": scenario, "draw": draw, "element": element}
                paths.append(pd.DataFrame({**keys, "date": dates, "fob": values}))
            for kind, value in outcome.residuals.items():
                worst[kind] = max(worst.get(kind, 0.0), value)
    elements = list(next(iter(replays.values()))[0].fob)
    record = {e: evidence.path("prices", f"oxide:{e}", "fob") for e in elements}
    return Backtest(scores, pd.concat(paths, ignore_index=True), record, worst, draws)


def _date(year: float) -> str:
    """The first day of the month in which a moment lies.

    >>> _date(2010.25)
    '2010-04-01'
    """
    whole = math.floor(year + 1e-6)
    return f"{whole}-{math.floor(12 * (year - whole) + 1e-6) + 1:02d}-01"


def table_hash(scores: Scores) -> str:
    """The sha256 of everything the table shows, numbers to six digits."""
    text = json.dumps(scores.document(), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def write(folder: Path, found: Backtest) -> None:
    """Scores, replayed prices and the record into a folder."""
    about = {"record": found.record, "certificates": found.certificates, "draws": list(found.draws)}
    stored = {"scores": asdict(found.scores), **about}
    (folder / SCORES).write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    found.paths.to_parquet(folder / PATHS, index=False)


def read(folder: Path) -> Backtest:
    """A stored backtest. Raises UserError where its files are not what was written."""
    try:
        stored = json.loads(read_bound(folder, SCORES))
        record = {e: {int(year): p for year, p in path.items()} for e, path in stored["record"].items()}
        paths = pd.read_parquet(io.BytesIO(read_bound(folder, PATHS)))
        scores = _scores(stored["scores"])
        return Backtest(scores, paths, record, stored["certificates"], stored["draws"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{folder}: {SCORES} and {PATHS} of a backtest cannot be read: {error}") from error


def _scores(stored: Mapping[str, Any]) -> Scores:
    rows = {key: [_row(one) for one in stored[key]] for key in ("rows", "series")}
    return Scores(**{**stored, **rows})


def _row(stored: Mapping[str, Any]) -> ScoreRow:
    return ScoreRow(**{**stored, "draws": tuple(stored["draws"])})
