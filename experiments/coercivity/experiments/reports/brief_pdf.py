"""The brief as a PDF of one A4 page, laid out by matplotlib: no browser is needed."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coercivity.experiments.config.places import HOME_NAME
from coercivity.experiments.figures.chart import Figure
from coercivity.experiments.figures.look import INCH, METADATA, apply_style
from coercivity.experiments.figures.paper_panels import fill
from coercivity.experiments.reports.brief_content import BriefContent, tile_lines

WIDE, HIGH, MARGIN = 210.0, 297.0, 14.0  # mm
POINT = INCH / 72  # mm
SOFT, LINE = "#5b6475", "#d9dde4"
ROOMS = (62.0, 54.0, 46.0, 40.0)  # mm of the figures: the highest that leaves room for the words
LOWEST = HIGH - 8.0  # mm from the top where the last line ends, at most
NAMES = 40.0  # mm of the names of scenarios beside the table
SMALL = 8.4  # points, eleven pixels and a bit


class PdfPage:
    """A page that is written from the top down, in millimetres."""

    def __init__(self, drawn: Any) -> None:
        self.drawn, self.y = drawn, MARGIN
        self._renderer = drawn.canvas.get_renderer()

    def write(
        self, text: str, size: float, x: float = MARGIN, width: float = WIDE - 2 * MARGIN, **how: Any
    ) -> None:
        """A paragraph, wrapped to a width; goes on below it."""
        for line in self._wrap(text, size, width, how):
            self.put(line, size, x, **how)
            self.y += 1.32 * size * POINT

    def put(self, text: str, size: float, x: float, **how: Any) -> None:
        """A line of words at the present height."""
        self.drawn.text(x / WIDE, 1 - self.y / HIGH, text, fontsize=size, va="top", parse_math=False, **how)

    def rule(self, width: float, colour: str) -> None:
        """A line across the page."""
        from matplotlib.lines import Line2D

        ends, at = [MARGIN / WIDE, 1 - MARGIN / WIDE], 1 - self.y / HIGH
        self.drawn.add_artist(Line2D(ends, [at, at], color=colour, linewidth=width))

    def axes(self, x: float, width: float, height: float) -> Any:
        """Axes in a box whose top is the present height."""
        box = (x / WIDE, 1 - (self.y + height) / HIGH, width / WIDE, height / HIGH)
        return self.drawn.add_axes(box)

    def _wrap(self, text: str, size: float, width: float, how: dict[str, Any]) -> Iterator[str]:
        line = ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if line and self.width_of(longer, size, how) > width:
                yield line
                line = word
            else:
                line = longer
        yield line

    def width_of(self, text: str, size: float, how: dict[str, Any]) -> float:
        """Millimetres that words take."""
        from matplotlib.font_manager import FontProperties

        font = FontProperties(family=how.get("family"), size=size, weight=how.get("fontweight", "normal"))
        wide, _, _ = self._renderer.get_text_width_height_descent(text, font, False)
        millimetres: float = wide / self.drawn.dpi * INCH
        return millimetres


def write_pdf(content: BriefContent, path: Path) -> None:
    """Lay the brief out on one page, the same bytes every time."""
    import matplotlib.pyplot as plt

    with apply_style():
        for room in ROOMS:
            drawn = plt.figure(figsize=(WIDE / INCH, HIGH / INCH))
            if lay_out(PdfPage(drawn), content, room) <= LOWEST or room == ROOMS[-1]:
                break
            plt.close(drawn)
        data = io.BytesIO()
        drawn.savefig(data, format="pdf", metadata=dict(METADATA["pdf"]))
        path.write_bytes(data.getvalue())
        plt.close(drawn)


def lay_out(page: PdfPage, content: BriefContent, room: float) -> float:
    """Write all of a brief, its figures so many millimetres high; returns where it ends, mm from the top."""
    page.rule(3.0, "#1d2433")
    page.y += 3
    page.write(f"coercivity   {content.period}", SMALL, color=SOFT)
    page.y += 2
    page.write(content.finding, 13.0, family="DejaVu Serif", fontweight="bold")
    page.y += 3
    _write_tiles(page, content)
    page.y += 3
    page.write(content.why, 9)
    page.y += 4
    _draw_figures(page, content, room)
    page.y += 1
    column, top = (WIDE - 2 * MARGIN - 8) / 2, page.y
    page.write("What is assumed", 9.5, fontweight="bold")
    for text in content.assumed:
        page.write(text, SMALL, width=column)
        page.y += 0.8
    left, page.y = page.y, top
    beside = {"x": MARGIN + column + 8, "width": column}
    page.write("How firm it is", 9.5, fontweight="bold", **beside)
    page.write(content.firm, SMALL, **beside)
    page.y = max(page.y, left) + 3
    page.write(content.source.replace("`", ""), SMALL, color=SOFT)
    return page.y


def _write_tiles(page: PdfPage, content: BriefContent) -> None:
    """A table: a row a scenario, a column a tile, bands below their numbers."""
    page.rule(0.6, "#1d2433")
    page.y += 2
    column = (WIDE - 2 * MARGIN - NAMES) / len(content.tiles)
    top, lowest = page.y, page.y
    for n, tile in enumerate(content.tiles):
        page.y = top
        at = MARGIN + NAMES + n * column
        page.write(f"{tile.title}, {tile.unit}", SMALL, x=at, width=column - 3, fontweight="bold")
        lowest = max(lowest, page.y)
    page.y = lowest + 1.5
    rows = [tile_lines(content, tile) for tile in content.tiles]
    for k, (colour, name, _, _) in enumerate(rows[0]):
        page.put(name, 9, MARGIN, color=colour, fontweight="bold")
        for n, mine in enumerate(rows):
            page.put(mine[k][2], 11, MARGIN + NAMES + n * column, color=colour, fontweight="bold")
        page.y += 5
        for n, mine in enumerate(rows):
            page.put(mine[k][3], SMALL, MARGIN + NAMES + n * column, color=SOFT)
        page.y += 5 if any(mine[k][3] for mine in rows) else 1
    page.rule(0.6, LINE)


def _draw_figures(page: PdfPage, content: BriefContent, room: float) -> None:
    """The panels side by side, the names of the lines above them."""
    x = MARGIN
    for style in content.names.values():
        page.put(style.name, SMALL, x, color=style.colour, fontweight="bold")
        x += page.width_of(style.name, SMALL, {"fontweight": "bold"}) + 5
    page.put(f"shaded: 80 % band; dotted: inside {HOME_NAME}", SMALL, x, color=SOFT)
    page.y += 13
    wide = (WIDE - 2 * MARGIN) / len(content.figures)
    empty = Figure("brief", "", "")
    for n, panel in enumerate(content.figures):
        axis = page.axes(MARGIN + 13 + n * wide, wide - 18, room - 14)
        fill(axis, panel, empty, wide)
    page.y += room
