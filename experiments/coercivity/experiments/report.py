"""Everything said of a run or a comparison: CSV, Markdown, JSON, figures and one HTML file."""

import argparse
import csv
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from coercivity.experiments.comparison import WELFARE, Comparison, number
from coercivity.experiments.errors import OK, UserError

if TYPE_CHECKING:
    from coercivity.experiments.view.subject import Subject

WIDTH = 183.0  # mm: two columns of a journal page


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `report`."""
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help="the folder of a run or a comparison, or a dataset"
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


def main(args: argparse.Namespace) -> int:
    """Build the report and the figures of a result anew, or single figures at the width asked for."""
    from coercivity.experiments.manifest import read_manifest

    if args.number:
        from coercivity.experiments.provenance import told

        print("\n".join(told(args.folder, args.number, args.run)))
        return OK
    if read_manifest(args.folder).kind == "sweep":
        from coercivity.experiments.analyse import analyse

        if args.figure:
            raise UserError("--figure draws runs and comparisons; those of a dataset are in its analysis/")
        analyse(args.folder, args.folder / "analysis")
        print(f"the report is {args.folder / 'analysis' / 'report.html'}")
        return OK
    subject = load(args.folder)
    if args.figure:
        return _single_figures(subject, args)
    if args.year or args.scenario:
        raise UserError("--year and --scenario choose what one figure shows: give --figure NAME too")
    start = time.perf_counter()
    write_report(args.folder, subject)
    print(f"{time.perf_counter() - start:.1f} s; the report is {args.folder / 'report.html'}")
    return OK


def _single_figures(subject: "Subject", args: argparse.Namespace) -> int:
    from coercivity.experiments.view.gallery import figure
    from coercivity.experiments.view.paper import millimetres, write

    width = millimetres(args.width)
    chosen = {"year": args.year, "scenario": args.scenario}
    for name in args.figure:
        found = figure(subject, name)
        asked = {key: value for key, value in chosen.items() if value}
        for path in write(found, subject.folder / "figures", width, asked):
            print(path)
    return OK


def load(folder: Path) -> "Subject":
    """What is to be reported of a result folder. Raises UserError where it is neither run nor comparison."""
    from coercivity.experiments.compare import NEEDED, load_comparison
    from coercivity.experiments.comparison import compared
    from coercivity.experiments.manifest import read_manifest
    from coercivity.experiments.measures import YEARS
    from coercivity.experiments.paths import evidence_dir
    from coercivity.experiments.store import read_config, read_table
    from coercivity.experiments.view.subject import Subject

    manifest = read_manifest(folder)
    if manifest.kind == "compare":
        comparison, runs = load_comparison(folder)
        configs = {name: read_config(folder / "runs" / name) for name in runs}
        return Subject(folder, comparison, runs, configs, evidence_dir())
    if manifest.kind != "run":
        raise UserError(
            f"{folder} is the result of `{manifest.kind}`; `report` takes the folder of a run or a comparison"
        )
    name, config = manifest.scenario, read_config(folder)
    tables = {table: read_table(folder, table) for table in NEEDED}
    clock = config["clock"]
    rows = compared({name: tables}, YEARS[clock["step"]])
    comparison = Comparison(
        {name: manifest.title}, rows, str(clock["start"]), str(clock["end"]), str(clock["step"])
    )
    return Subject(folder, comparison, {name: tables}, {name: config}, evidence_dir())


def write_report(folder: Path, subject: "Subject | None" = None) -> Comparison:
    """Write all that is derived from the runs of a result folder."""
    from coercivity.experiments.headlines import findings, headlines
    from coercivity.experiments.in_short import in_short
    from coercivity.experiments.manifest import read_manifest
    from coercivity.experiments.view.gallery import KEPT, figures
    from coercivity.experiments.view.page import page
    from coercivity.experiments.view.paper import write

    subject = subject or load(folder)
    comparison = subject.comparison
    said = findings(comparison) if subject.alone else [in_short(comparison), *headlines(comparison)]
    if not subject.alone:
        _write_csv(folder / "compare.csv", comparison)
        (folder / "compare.md").write_text(markdown(comparison, said), encoding="utf-8")
        text = json.dumps(comparison.as_dict(), indent=1, ensure_ascii=False)
        (folder / "compare.json").write_text(text + "\n", encoding="utf-8")
    drawn = figures(subject)
    for figure in drawn:
        if figure.name in KEPT:
            write(figure, folder / "figures", WIDTH, stem=figure.name, kinds=("png", "pdf"))
    html = page(subject, said, drawn, read_manifest(folder))
    (folder / "report.html").write_text(html, encoding="utf-8")
    return comparison


def _write_csv(path: Path, comparison: Comparison) -> None:
    rows = [row.as_dict() for row in comparison.rows]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]) if rows else ["indicator"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def markdown(comparison: Comparison, said: Sequence[str]) -> str:
    """The comparison as Markdown: what was found, then the rows people ask for first."""
    names = [comparison.short(name) for name in comparison.scenarios]
    lines = [
        f"# {', '.join(names[1:])} against {names[0]}",
        "",
        f"{comparison.start} to {comparison.end}, by {comparison.step}; same seed, same futures.",
        "",
        *(f"- {comparison.short(name)}: {title}" for name, title in comparison.titles.items()),
        "",
        *(line for sentence in said for line in (sentence, "")),
        f"| | {' | '.join(names)} |",
        f"| --- |{' ---: |' * len(names)}",
    ]
    for heading, rows in comparison.by_heading().items():
        lines.append(f"| **{heading}** |{'  |' * len(names)}")
        for row in rows:
            cells = [
                f"**{number(v, row.unit)}**" if row.mark(name) == "best" else number(v, row.unit)
                for name, v in row.values.items()
            ]
            lines.append(f"| {row.label} | {' | '.join(cells)} |")
    note = "Best in bold, where one direction is better. All rows: compare.csv."
    return "\n".join([*lines, "", f"{note} {WELFARE} {names[0]}.", ""])


if __name__ == "__main__":
    from coercivity.experiments.cli import main as command_line

    sys.exit(command_line(["report", *sys.argv[1:]]))
