"""Everything that is said of a backtest: table, numbers, figures and the sections of its report."""

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.figures.chart import Figure
from coercivity.experiments.figures.look import PAGE
from coercivity.experiments.figures.paper import write
from coercivity.experiments.reports import page
from coercivity.experiments.reports.page import Section
from coercivity.experiments.reports.sections import CERTIFIED, CHECKED
from coercivity.experiments.runs.manifest import Manifest, deriving, read_manifest
from coercivity.experiments.validation.backtest_figures import figures
from coercivity.experiments.validation.backtest_scores import ScoreRow, Scores
from coercivity.experiments.validation.backtest_store import Backtest, read, table_hash
from coercivity.experiments.validation.backtest_words import (
    UNITS,
    headline,
    markdown,
    parts,
    sentences,
    table_csv,
    value,
)

TITLE = "History replayed, and scored"
PERIOD = "Fitted on records to 2014, predicted from there to 2024; no value of a target is in the code."
NOTE = (
    '<p class="soft">Model: median over the draws of the fit, and where nine in ten lie. Point at a '
    "target for its source. Naive forecasts: {kinds}.</p>"
)


def write_report(folder: Path, found: Backtest | None = None) -> None:
    """Page, table, numbers and figures of a stored backtest."""
    found = found or read(folder)
    try:
        with deriving(folder):
            _write_all(folder, found)
    except OSError as error:
        raise UserError(f"--out {folder}: {error.strerror}; give another place") from error


def _write_all(folder: Path, found: Backtest) -> None:
    document = found.scores.document() | {"hash": table_hash(found.scores)}
    (folder / "backtest.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    (folder / "backtest.csv").write_text(table_csv(found.scores), encoding="utf-8")
    (folder / "backtest.md").write_text(markdown(found.scores), encoding="utf-8")
    drawn = figures(found)
    for figure in drawn:
        write(figure, folder / "figures", PAGE, stem=figure.name, kinds=("png", "pdf"))
    html = sheet(found, drawn, read_manifest(folder))
    (folder / "report.html").write_text(html, encoding="utf-8")


def sheet(found: Backtest, drawn: Sequence[Figure], manifest: Manifest) -> str:
    """The report as HTML."""
    scores = found.scores
    kinds = list(scores.skill)
    note = NOTE.format(kinds=", ".join(kinds))
    series = page.foldable(f"{len(scores.series)} prices by year", _table({"": scores.series}, kinds))
    return page.page(
        TITLE,
        PERIOD,
        (
            Section(
                "found",
                "What was found",
                page.lead([f"{headline(scores)}.", *sentences(scores)]),
            ),
            Section("targets", "Targets, misses first", _table(dict(parts(scores)), kinds) + note),
            Section("figures", "Figures", page.figures(drawn)),
            Section("series", "Price series of the predicted period", series),
            Section("without", "What each mechanism adds", _ablations(scores)),
            Section("certificates", "Is the clearing right?", _certificates(found)),
            Section("source", "Where this comes from", _provenance(found, manifest)),
        ),
    )


def _table(groups: dict[str, list[ScoreRow]], kinds: Sequence[str]) -> str:
    heads = ["unit", "record", "model", "90 % of draws", "model less record", *kinds, "record is"]
    rows = {
        f"{title[:1].upper()}{title[1:]}": [_row(one, kinds) for one in mine]
        for title, mine in groups.items()
    }
    return page.grouped_table("target", heads, rows, range(1, 5 + len(kinds)))


def _row(row: ScoreRow, kinds: Sequence[str]) -> tuple[str, list[str]]:
    note = escape(f"{row.note}. {row.source}", quote=True)
    unit = UNITS.get(row.unit, row.unit)
    interval = f"{value(row.low, row.unit)} to {value(row.high, row.unit)}"
    numbers = [value(row.record, row.unit), value(row.median, row.unit), interval, value(row.error)]
    naive = [value(row.naive[kind], row.unit) for kind in kinds]
    return f'<span title="{note}">{escape(row.name)}</span>', [unit, *numbers, *naive, row.confidence]


def _ablations(scores: Scores) -> str:
    """What is met when a mechanism is switched off."""
    if not scores.ablations:
        return ""
    met = sum(row.met for row in scores.rows)
    rows = [("everything at work", [f"{met:.0f}", f"{scores.rmse['model']:.2f}"])]
    rows += [
        (escape(kind), [f"{found['targets met']:.0f}", f"{found['log-RMSE']:.2f}"])
        for kind, found in scores.ablations.items()
    ]
    return page.table("runs", ["targets met", "log-RMSE of predicted prices"], rows, (0, 1))


def _certificates(found: Backtest) -> str:
    rows = [
        (escape(meaning), [f"{found.certificates[kind]:.1e}"])
        for kind, meaning in CERTIFIED.items()
        if kind in found.certificates
    ]
    return CHECKED + page.table("worst residual of all steps", ["replays of the draws"], rows, (0,))


def _provenance(found: Backtest, manifest: Manifest) -> str:
    facts = {
        "draws of the fit": ", ".join(f"{name} {manifest.parts[name][:12]}" for name in found.draws),
        "table": table_hash(found.scores),
        "command": f"coercivity backtest --draws {len(found.draws)}",
    }
    return page.provenance("from the scores and replayed prices beside this file", facts, manifest)
