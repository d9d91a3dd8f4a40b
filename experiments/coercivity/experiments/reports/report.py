"""Everything said of a run or a comparison: CSV, Markdown, JSON, figures and one HTML file."""

import argparse
import csv
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from coercivity.experiments.base.errors import OK, UserError
from coercivity.experiments.measures.comparison import WELFARE, Comparison, with_interval
from coercivity.experiments.runs.manifest import deriving

if TYPE_CHECKING:
    from coercivity.experiments.figures.chart import Figure
    from coercivity.experiments.figures.subject import Subject

LARGEST = 2_400_000  # bytes of a page
YEARS_DRAWN = (30, 15, 8)  # scenarios times years of a drawing of one year, tried in turn
CHOICES = ("year", "scenario", "material")  # what may be chosen of a figure


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `report`."""
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        metavar="DIR",
        help="the folder of a run, a comparison, a sweep or a backtest (default: the newest under results/)",
    )
    parser.add_argument(
        "--number", metavar="INDICATOR@PLACE", help="say where this number comes from, and build nothing"
    )
    parser.add_argument("--run", type=int, metavar="N", help="with --number, the run of a dataset")
    parser.add_argument(
        "--figure", metavar="NAME", action="append", help="only this figure, for a paper: PDF, SVG and PNG"
    )
    parser.add_argument(
        "--width", metavar="LENGTH", default="183mm", help="width of the figure: 88mm, 18cm or 7.2in"
    )
    parser.add_argument("--year", metavar="YYYY", help="the year of a figure of one year (default: the last)")
    parser.add_argument(
        "--scenario", metavar="NAME", help="the scenario of a figure of one scenario (default: the last)"
    )
    parser.add_argument("--material", metavar="NAME", help="the material of a figure of one material")


def main(args: argparse.Namespace) -> int:
    """Build the report and the figures of a result anew, or single figures at the width asked for."""
    from coercivity.experiments.runs.manifest import read_manifest

    if args.folder is None:
        args.folder = _newest()
        print(f"of the newest result, {args.folder}")

    if not args.figure and any(getattr(args, key) for key in CHOICES):
        raise UserError(
            "--year, --scenario and --material choose what one figure shows: give --figure NAME too"
        )
    if args.number:
        from coercivity.experiments.provenance.trace import told

        print("\n".join(told(args.folder, args.number, args.run)))
        return OK
    kind = read_manifest(args.folder).kind
    if kind in OTHERS:
        return OTHERS[kind](args)
    subject = load_subject(args.folder)
    if args.figure:
        from coercivity.experiments.figures.gallery import figure

        return _single_figures(lambda name: figure(subject, name), args.folder / "figures", args)
    start = time.perf_counter()
    write_report(args.folder, subject)
    print(f"{time.perf_counter() - start:.1f} s; the report is {args.folder / 'report.html'}")
    return OK


def _newest() -> Path:
    """The result that was written last. Raises UserError where there is none."""
    from coercivity.experiments.base.paths import results_dir
    from coercivity.experiments.runs.manifest import NAME

    found = [path for path in results_dir().glob(f"*/*/{NAME}") if path.is_file()]
    if not found:
        example = "`coercivity compare baseline embargo`"
        raise UserError(f"there is no result under {results_dir()} yet; make one, as in {example}")
    return max(found, key=lambda path: path.stat().st_mtime_ns).parent


def _of_dataset(args: argparse.Namespace) -> int:
    """The report of a sweep, or single figures of it."""
    from coercivity.experiments.analysis.analyse import analyse, load_analysis
    from coercivity.experiments.analysis.pictures import figure

    place = args.folder / "analysis"
    if args.figure:
        answers, found = load_analysis(args.folder)
        place.mkdir(exist_ok=True)
        return _single_figures(lambda name: figure(answers, found, name), place / "figures", args)
    analyse(args.folder, place)
    print(f"the report is {place / 'report.html'}")
    return OK


def _of_backtest(args: argparse.Namespace) -> int:
    """The report of a backtest, or single figures of it."""
    from coercivity.experiments.validation.backtest_figures import figure
    from coercivity.experiments.validation.backtest_page import write_report
    from coercivity.experiments.validation.backtest_store import read

    if args.figure:
        found = read(args.folder)
        return _single_figures(lambda name: figure(found, name), args.folder / "figures", args)
    write_report(args.folder)
    print(f"the report is {args.folder / 'report.html'}")
    return OK


OTHERS: "Mapping[str, Callable[[argparse.Namespace], int]]" = {"sweep": _of_dataset, "backtest": _of_backtest}


def _single_figures(make: "Callable[[str], Figure]", folder: Path, args: argparse.Namespace) -> int:
    """Write the figures asked for, of the year, scenario or material asked for."""
    from coercivity.experiments.figures.paper import millimetres, write

    width = millimetres(args.width)
    chosen = {key: getattr(args, key) for key in CHOICES if getattr(args, key)}
    with deriving(args.folder):
        for name in args.figure:
            found = make(name)
            for path in write(found, folder, width, chosen):
                print(path)
            print(f"caption: {found.caption}")
    return OK


def load_subject(folder: Path) -> "Subject":
    """What is to be reported of a result folder. Raises UserError where it is neither run nor comparison."""
    from coercivity.experiments.base.paths import evidence_of
    from coercivity.experiments.figures.subject import Subject
    from coercivity.experiments.measures.comparison import compare_result
    from coercivity.experiments.runs.result import load_result

    result = load_result(folder)
    if not result.runs:
        raise UserError(
            f"{folder} is the result of `{result.kind}`; `report` takes the folder of a run or a comparison"
        )
    first = {name: run.tables for name, run in result.first.items()}
    configs = {name: run.config for name, run in result.first.items()}
    futures = result.tables if result.kind == "compare" else {}
    return Subject(folder, compare_result(result), first, configs, evidence_of(result.config), futures)


def write_report(folder: Path, subject: "Subject | None" = None) -> Comparison:
    """Write all that is derived from the runs of a result folder, and enter it in the manifest."""
    subject = subject or load_subject(folder)
    with deriving(folder):
        return _write_all(folder, subject)


def _write_all(folder: Path, subject: "Subject") -> Comparison:
    from coercivity.experiments.figures.gallery import KEPT
    from coercivity.experiments.figures.look import PAGE
    from coercivity.experiments.figures.paper import write
    from coercivity.experiments.reports.headlines import findings, headlines
    from coercivity.experiments.reports.in_short import in_short

    comparison = subject.comparison
    said = findings(comparison) if subject.alone else [in_short(comparison), *headlines(comparison)]
    if not subject.alone:
        _write_csv(folder / "compare.csv", comparison)
        (folder / "compare.md").write_text(markdown(comparison, said), encoding="utf-8")
        text = json.dumps(comparison.as_dict(), indent=1, ensure_ascii=False)
        (folder / "compare.json").write_text(text + "\n", encoding="utf-8")
    drawn, html = _page(folder, subject, said)
    for figure in drawn:
        if figure.name in KEPT:
            write(figure, folder / "figures", PAGE, stem=figure.name, kinds=("png", "pdf"))
    (folder / "report.html").write_text(html, encoding="utf-8")
    return comparison


def _page(folder: Path, subject: "Subject", said: Sequence[str]) -> "tuple[list[Figure], str]":
    """The figures and the page, of fewer years where it would otherwise be large."""
    from coercivity.experiments.figures.gallery import figures
    from coercivity.experiments.reports.sections import sheet
    from coercivity.experiments.runs.manifest import read_manifest

    manifest = read_manifest(folder)
    for most in YEARS_DRAWN:
        drawn = figures(replace(subject, most_drawn=most))
        html = sheet(subject, said, drawn, manifest)
        if len(html.encode()) < LARGEST:
            break
    return drawn, html


def _write_csv(path: Path, comparison: Comparison) -> None:
    rows = [row.as_dict() for row in comparison.rows]
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
                f"**{with_interval(row, name)}**" if row.mark(name) == "best" else with_interval(row, name)
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


if __name__ == "__main__":
    from coercivity.experiments.cli import main as command_line

    sys.exit(command_line(["report", *sys.argv[1:]]))
