"""Everything said of a run or a comparison: CSV, Markdown, JSON, figures and one HTML file."""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import evidence_of
from coercivity.experiments.figures.chart import Figure
from coercivity.experiments.figures.gallery import figures, redraw
from coercivity.experiments.figures.paper import writing_figures
from coercivity.experiments.figures.subject import Subject
from coercivity.experiments.measures.comparison import WELFARE, Comparison, compare_result, with_band
from coercivity.experiments.reports.finding import finding
from coercivity.experiments.reports.headlines import findings, headlines
from coercivity.experiments.reports.sections import sheet
from coercivity.experiments.runs.execution import count_processors
from coercivity.experiments.runs.gathered import gather
from coercivity.experiments.runs.manifest import deriving, read_manifest
from coercivity.experiments.runs.result import load_result

LARGEST = 2_400_000  # bytes of a page
MANY, DRAWING = 4, 2  # futures from which figures are drawn by processes of their own, and these at most
YEARS_DRAWN = (30, 15, 8)  # scenarios times years of a drawing of one year, tried in turn


def load_subject(folder: Path) -> "Subject":
    """What is to be reported of a result folder. Raises UserError where it is neither run nor comparison."""
    result = load_result(folder)
    if not result.runs:
        raise UserError(
            f"{folder} is the result of `{result.kind}`; give the folder of a run or a comparison"
        )
    tables = {name: gather(mine) for name, mine in result.tables.items()}
    first = {name: run.tables for name, run in result.first.items()}
    configs = {name: run.config for name, run in result.first.items()}
    return Subject(
        folder,
        compare_result(result, tables),
        first,
        configs,
        evidence_of(result.config),
        tables,
        drawn=result.futures,
    )


def write_report(folder: Path, subject: "Subject | None" = None) -> Comparison:
    """Write all that is derived from the runs of a result folder, and enter it in the manifest."""
    subject = subject or load_subject(folder)
    with deriving(folder):
        return _write_all(folder, subject)


def _write_all(folder: Path, subject: "Subject") -> Comparison:
    comparison = subject.comparison
    said = findings(comparison) if subject.alone else [finding(comparison), *headlines(comparison)]
    if not subject.alone:
        _write_csv(folder / "compare.csv", comparison)
        (folder / "compare.md").write_text(markdown(comparison, said), encoding="utf-8")
        text = json.dumps(comparison.as_dict(), indent=1, ensure_ascii=False)
        (folder / "compare.json").write_text(text + "\n", encoding="utf-8")
    many = len(comparison.seeds) >= MANY
    with writing_figures(min(count_processors(), DRAWING) if many else 1) as write_figure:
        html = _page(folder, subject, said, lambda figure: write_figure(figure, folder / "figures"))
    (folder / "report.html").write_text(html, encoding="utf-8")
    return comparison


def _page(folder: Path, subject: "Subject", said: Sequence[str], on_kept: Callable[[Figure], object]) -> str:
    """The page, with figures of fewer years where it would otherwise be large."""
    manifest, drawn = read_manifest(folder), figures(subject, on_kept)
    for most in YEARS_DRAWN:
        if most != subject.most_drawn:
            drawn = redraw(drawn, replace(subject, most_drawn=most))
        html = sheet(subject, said, drawn, manifest)
        if len(html.encode()) < LARGEST:
            break
    return html


def _write_csv(path: Path, comparison: Comparison) -> None:
    rows = [row.flat() for row in comparison.rows]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]) if rows else ["indicator"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def markdown(comparison: Comparison, said: Sequence[str]) -> str:
    """The comparison as Markdown: what was found, then the rows people ask for first."""
    names = [plain(comparison.short(name)) for name in comparison.scenarios]
    lines = [
        f"# {', '.join(names[1:])} against {names[0]}",
        "",
        f"{comparison.start} to {comparison.end}, by {comparison.step}; {comparison.futures}.",
        "",
        *(f"- {plain(comparison.short(name))}: {plain(title)}" for name, title in comparison.titles.items()),
        "",
        *(line for sentence in said for line in (plain(sentence), "")),
        f"| | {' | '.join(names)} |",
        f"| --- |{' ---: |' * len(names)}",
    ]
    for heading, rows in comparison.by_heading().items():
        lines.append(f"| **{plain(heading)}** |{'  |' * len(names)}")
        for row in rows:
            cells = [
                f"**{with_band(row, name)}**" if row.mark(name) == "best" else with_band(row, name)
                for name in row.values
            ]
            lines.append(f"| {plain(row.label)} | {' | '.join(cells)} |")
    note = "Best in bold, where one direction is better. All rows: compare.csv."
    return "\n".join([*lines, "", f"{note} {WELFARE} {names[0]}.", ""])


def plain(text: str) -> str:
    """A text of a user in Markdown: on one line, neither HTML nor the cells of a table.

    >>> plain("a <script>\\n| b")
    'a &lt;script&gt; \\\\| b'
    """
    return escape(" ".join(text.split()), quote=False).replace("|", "\\|")
