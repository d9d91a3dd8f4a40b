"""`coercivity backtest`: futures replayed, forecasts scored as registered, kept beside the targets."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from coercivity.experiments.base.errors import OK, UserError
from coercivity.experiments.base.paths import evidence_dir, repository
from coercivity.experiments.config.evidence_reader import read_evidence
from coercivity.experiments.forecasts.replays import FITTED, plan_futures, run_futures
from coercivity.experiments.forecasts.rules import KINDS, Rules, read_rules
from coercivity.experiments.forecasts.score import ForecastScores, discrepancies, score_forecasts
from coercivity.experiments.forecasts.sealed import write_discrepancy
from coercivity.experiments.forecasts.words import misses, section
from coercivity.experiments.runs.execution import read_workers
from coercivity.experiments.runs.manifest import deriving
from coercivity.experiments.validation.calibrate_request import CalibrationRequest
from coercivity.model.inputs.evidence import Evidence

__all__ = ["Scored", "score_history", "write_page"]

FOLDER, ROWS, SCORES, PAGE = "forecasts", "futures.parquet", "scores.json", "forecasts.md"
MARKS = {
    name: (f"<!-- {name}: begin -->", f"<!-- {name}: end -->") for name in ("misses", "forecasts", "targets")
}
DRAWS = 400  # of the discrepancy kept for each group
LEAST = 3  # futures from which there is a spread


@dataclass(frozen=True)
class Scored:
    """Scores, the rules they follow, and the hash of their table."""

    scores: ForecastScores
    rules: Rules
    digest: str


def score_history(out: Path, futures: int | None, workers: int | None, evidence: Path | None) -> Scored:
    """Replay futures and score them, into a folder of the back-test `out`."""
    folder = evidence or evidence_dir()
    rules, known = read_rules(folder), read_evidence(folder)
    count = futures if futures is not None else int(rules["futures"])
    check_futures(count)
    rows = run_futures(plan_futures(rules, known, count), folder, read_workers(workers))
    return keep_scores(out, rows, rules, score_forecasts(rows, rules, known))


def check_futures(count: int | None) -> None:
    """Refuse fewer futures than a distribution needs; none at all leave it out."""
    if count not in (None, 0) and count < LEAST:
        raise UserError(f"--futures {count}: at least {LEAST} are needed, or 0 to leave forecasts out")


def fit_discrepancies(args: CalibrationRequest) -> int:
    """`calibrate discrepancy`: futures of the fitted years, every group's discrepancy, draws of it kept."""
    folder = args.evidence or evidence_dir()
    rules, known = read_rules(folder), read_evidence(folder)
    tasks = [t for t in plan_futures(rules, known, int(rules["futures"])) if t.variant == FITTED]
    rows = run_futures(tasks, folder, read_workers(args.workers))
    return keep_discrepancies(rows, rules, known)


def keep_discrepancies(rows: pd.DataFrame, rules: Rules, known: Evidence) -> int:
    """Fit every group, show it, and keep draws in conf/calibrated."""
    found = {kind: discrepancies(rows, kind, rules, rules.known(known))[0] for kind in KINDS}
    for kind, groups in found.items():
        for name, group in groups.items():
            told = ", ".join(f"{word} {value:.2f}" for word, value in group.summary().items())
            print(f"{kind}, {name}: {told}")
    print(f"draws are in {write_discrepancy(found, DRAWS, int(rules['seed']))}")
    return OK


def keep_scores(out: Path, rows: pd.DataFrame, rules: Rules, scores: ForecastScores) -> Scored:
    """Write the futures, the scores and their page."""
    document = scores.document()
    digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    with deriving(out):
        place = out / FOLDER
        place.mkdir(exist_ok=True)
        rows.to_parquet(place / ROWS, index=False)
        (place / SCORES).write_text(
            json.dumps({**document, "hash": digest}, indent=1) + "\n", encoding="utf-8"
        )
        (place / PAGE).write_text(section(scores, rules), encoding="utf-8")
    return Scored(scores, rules, digest)


def write_page(out: Path, scored: Scored | None) -> Path:
    """Write the tables of docs/validation.md anew, between their marks."""
    root = repository()
    page = root / "docs" / "validation.md" if root else out / "validation.md"
    text = (
        page.read_text(encoding="utf-8") if page.is_file() else "\n".join("".join(m) for m in MARKS.values())
    )
    targets = (out / "backtest.md").read_text(encoding="utf-8")
    text = _between(text, "targets", f"\n{targets}\n")
    if scored is not None:
        told = section(scored.scores, scored.rules)
        missed = f"- **{targets.splitlines()[0].rstrip('.')}.**\n{misses(scored.scores, scored.rules)}"
        text = _between(text, "misses", f"\n{missed}\n")
        text = _between(text, "forecasts", f"{told}\nTable {scored.digest[:16]} of forecasts.\n")
    page.write_text(text, encoding="utf-8")
    return page


def _between(text: str, name: str, new: str) -> str:
    begin, end = MARKS[name]
    before, found, rest = text.partition(begin)
    if not found or end not in rest:
        raise UserError(f"docs/validation.md has lost its marks {begin} and {end}: put them back")
    return before + begin + new + end + rest.partition(end)[2]
