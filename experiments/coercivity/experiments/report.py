"""Everything said of a comparison: CSV, Markdown, JSON, figures and one HTML file."""

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from coercivity.experiments.comparison import WELFARE, Comparison, number
from coercivity.experiments.errors import OK, UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `report`."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="a comparison folder, or a dataset")
    parser.add_argument(
        "--number", metavar="INDICATOR@PLACE", help="say where this number comes from, and build nothing"
    )
    parser.add_argument("--run", type=int, metavar="N", help="with --number, the run of a dataset")


def main(args: argparse.Namespace) -> int:
    """Build the report and the figures of a result anew."""
    from coercivity.experiments.manifest import read_manifest

    if args.number:
        from coercivity.experiments.provenance import told

        print("\n".join(told(args.folder, args.number, args.run)))
        return OK
    kind = read_manifest(args.folder).kind
    if kind == "sweep":
        from coercivity.experiments.analyse import analyse

        analyse(args.folder, args.folder / "analysis")
        print(f"the report is {args.folder / 'analysis' / 'report.html'}")
        return OK
    if kind != "compare":
        raise UserError(f"{args.folder} is not a comparison folder; make one with `coercivity compare`")
    write_report(args.folder)
    print(f"the report is {args.folder / 'report.html'}")
    return OK


def write_report(folder: Path) -> Comparison:
    """Write all that is derived from the runs of a comparison folder."""
    from coercivity.experiments.compare import load_comparison
    from coercivity.experiments.figures import drawings
    from coercivity.experiments.headlines import headlines
    from coercivity.experiments.manifest import read_manifest
    from coercivity.experiments.page import Picture, page
    from coercivity.experiments.style import as_svg, save

    comparison, runs = load_comparison(folder)
    said = headlines(comparison)
    _write_csv(folder / "compare.csv", comparison)
    (folder / "compare.md").write_text(markdown(comparison, said), encoding="utf-8")
    text = json.dumps(comparison.as_dict(), indent=1, ensure_ascii=False)
    (folder / "compare.json").write_text(text + "\n", encoding="utf-8")
    figures = folder / "figures"
    figures.mkdir(exist_ok=True)
    pictures: list[Picture] = []
    for drawing in drawings(comparison, runs):
        save(drawing.figure, figures, drawing.name)
        pictures.append(Picture(drawing.title, as_svg(drawing.figure), drawing.alt, drawing.note))
    html = page(comparison, said, pictures, read_manifest(folder))
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
