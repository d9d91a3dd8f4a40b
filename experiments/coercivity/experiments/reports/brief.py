"""A brief of one A4 page: the finding, three figures, the assumptions, how firm it is. HTML and PDF."""

from html import escape
from importlib import resources
from pathlib import Path

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.figures.chart import Figure, Style
from coercivity.experiments.figures.subject import Subject
from coercivity.experiments.figures.svg import lines
from coercivity.experiments.reports.brief_content import BriefContent, brief_content, tile_lines
from coercivity.experiments.reports.brief_pdf import write_pdf
from coercivity.experiments.reports.page import words
from coercivity.experiments.reports.tiles import Tile
from coercivity.experiments.runs.manifest import deriving, read_manifest

MOST = 4  # scenarios that fit on a page


def write_brief(folder: Path, subject: Subject) -> tuple[Path, Path]:
    """Write brief.html and brief.pdf into a result folder, and enter them in its manifest."""
    if len(subject.names) > MOST:
        raise UserError(
            f"{folder} compares {len(subject.names)} scenarios; a brief of one page has room for {MOST}: "
            "compare those that a reader has to choose between"
        )
    content = brief_content(subject, read_manifest(folder))
    paths = folder / "brief.html", folder / "brief.pdf"
    with deriving(folder):
        paths[0].write_text(html_of(content), encoding="utf-8")
        write_pdf(content, paths[1])
    return paths


def html_of(content: BriefContent) -> str:
    """The brief as one HTML file that prints on one A4 page."""
    style = (resources.files("coercivity.experiments") / "reports" / "brief.css").read_text(encoding="utf-8")
    figures = "".join(
        f"<figure><h3>{escape(panel.title)}</h3>{lines(panel, Figure('brief', '', ''))}</figure>"
        for panel in content.figures
    )
    assumed = "".join(f"<li>{escape(text)}</li>" for text in content.assumed)
    return "\n".join(
        [
            '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(content.finding[:80])}</title><style>{style}</style></head><body><main>",
            f'<p class="top"><b>coercivity</b> {escape(content.period)}</p>',
            f"<h1>{words(content.finding)}</h1>",
            _numbers(content),
            f'<p>{words(content.why)}</p><div class="figures">{figures}',
            f"<section><h2>How firm it is</h2><p>{words(content.firm)}</p></section></div>",
            f"<h2>What is assumed</h2><ul>{assumed}</ul>",
            f'<p class="top">{words(content.source)}</p></main></body></html>',
            "",
        ]
    )


def _numbers(content: BriefContent) -> str:
    """A table: a row a scenario, a column a number, bands below their numbers."""
    heads = "".join(f'<th scope="col">{escape(_heading(tile))}</th>' for tile in content.tiles)
    lines = [{name: rest for _, name, *rest in tile_lines(content, tile)} for tile in content.tiles]

    def cells(style: Style) -> str:
        mine = (line.get(style.name, ["-", ""]) for line in lines)
        return "".join(_cell(style, tile, *one) for tile, one in zip(content.tiles, mine, strict=True))

    rows = "".join(
        f'<tr><th scope="row" style="color:{style.colour}">{escape(style.name)}</th>{cells(style)}</tr>'
        for style in content.names.values()
    )
    return f'<table class="numbers"><thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _heading(tile: Tile) -> str:
    return f"{tile.title}, {tile.unit}".replace(" %", "\N{NO-BREAK SPACE}%")


def _cell(style: Style, tile: Tile, number: str, band: str) -> str:
    """A number and its band; on a narrow page what they are of stands above."""
    return (
        f'<td data-of="{escape(_heading(tile), quote=True)}"><b style="color:{style.colour}">'
        f"{escape(number)}</b> <span>{escape(band)}</span></td>"
    )
