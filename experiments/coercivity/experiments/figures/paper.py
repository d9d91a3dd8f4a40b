"""Figures for paper: PDF, SVG and PNG at the width a journal asks for, the same bytes every time."""

import io
import math
import multiprocessing
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercivity.experiments.base.errors import UserError, nearest_or_all
from coercivity.experiments.figures.chart import Figure, Label, Scene, Shape, Style
from coercivity.experiments.figures.look import BAND, INCH, METADATA, PAGE, SMALLEST, apply_style, dash
from coercivity.experiments.figures.paper_panels import fill, height

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawn

UNITS = {"mm": 1.0, "cm": 10.0, "in": 25.4}
NARROWEST, WIDEST = 40.0, 500.0  # mm
COLUMN = 62.0  # mm a panel needs
LETTER = 1.5  # mm
WriteFigure = Callable[[Figure, Path], None]
MARKERS = {"line": "", "dot": "o", "cross": "x"}


def millimetres(text: str) -> float:
    """A width as typed. Raises UserError where it is no length, or none a page has.

    >>> millimetres("88mm"), millimetres("8.8 cm"), millimetres("2in")
    (88.0, 88.0, 50.8)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(mm|cm|in)\s*", text)
    if not found:
        raise UserError(f"--width {text} is not a length; write it with its unit, as in 88mm, 18cm or 7.2in")
    width = round(float(found[1]) * UNITS[found[2]], 6)
    if not NARROWEST <= width <= WIDEST:
        raise UserError(f"--width {text}: a figure may be {NARROWEST:g} to {WIDEST:g} mm wide")
    return width


def write(
    figure: Figure,
    folder: Path,
    width: float,
    asked: Mapping[str, str] | None = None,
    stem: str = "",
    kinds: Sequence[str] = ("pdf", "svg", "png"),
) -> list[Path]:
    """Write a figure at a width (mm), of the year and scenario asked for; return the files.

    stem: name of the files without ending; made of figure, choices and width if not given
    """
    import matplotlib.pyplot as plt

    asked = asked or {}
    check_choices(figure, asked)
    folder.mkdir(exist_ok=True)
    stem = stem or "-".join([figure.name, *(asked[key] for key in sorted(asked)), f"{width:g}mm"]).replace(
        ":", "-"
    )
    paths = []
    with apply_style(width):
        drawn = draw(figure, width, asked)
        drawn.draw_without_rendering()
        drawn.set_layout_engine(None)  # laid out once for all files
        for kind in kinds:
            path = folder / f"{stem}.{kind}"
            data = io.BytesIO()
            drawn.savefig(data, format=kind, metadata=dict(METADATA[kind]))
            path.write_bytes(data.getvalue())
            paths.append(path)
        plt.close(drawn)
    return paths


def check_choices(figure: Figure, asked: Mapping[str, str]) -> None:
    """Refuse a year or scenario the figure does not have."""
    choices = {choice.name: [value for value, _ in choice.options] for choice in figure.choices}
    for key, value in asked.items():
        if key not in choices:
            told = f", or give {' or '.join(choices)}" if choices else ""
            raise UserError(f"figure `{figure.name}` is not of one {key}; leave it out{told}")
        if value not in choices[key]:
            known = choices[key]
            hint = f"; it has {', '.join(known)}" if key == "year" else nearest_or_all(value, known, "it has")
            raise UserError(f"figure `{figure.name}` has no {key} {value}{hint}")


def draw(figure: Figure, width: float, asked: Mapping[str, str]) -> "Drawn":
    """The figure as matplotlib has it, `width` mm wide."""
    if figure.scene:
        return _scene(figure, figure.scene, width, asked)
    import matplotlib.pyplot as plt

    panels = [panel for panel in figure.panels if figure.shown(panel.keys, asked)]
    columns = min(max(1, int(width // COLUMN)), len(panels), 2 if len(panels) in (2, 4) else 3)
    columns = 2 if figure.name == "prices" and columns > 2 else columns
    rows = math.ceil(len(panels) / columns)
    heights = [max(map(height, panels[r * columns : (r + 1) * columns])) for r in range(rows)]
    drawn, axes = plt.subplots(
        rows,
        columns,
        figsize=(width / INCH, (sum(heights) + _legend_height(figure, width)) / INCH),
        height_ratios=heights,
        squeeze=False,
        layout="constrained",
    )
    flat = [axis for row in axes for axis in row]
    for axis, panel in zip(flat, panels, strict=False):
        fill(axis, panel, figure, width / columns)
    for axis in flat[len(panels) :]:
        axis.set_visible(False)
    _legend(drawn, figure, width)
    return drawn


def _legend(drawn: "Drawn", figure: Figure, width: float) -> None:
    if len(figure.legend) < 2:
        return
    handles = [_handle(style, figure.filled) for style in figure.legend]
    columns = _legend_columns(figure, width)
    drawn.legend(handles=handles, loc="outside upper left", ncols=columns, handlelength=2.2)


def _handle(style: Style, filled: bool) -> Any:
    """What a name looks like in a legend."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if style.mark == "area":
        return Patch(color=style.colour, alpha=BAND, linewidth=0, label=style.name)
    if style.mark == "line" and filled:
        return Patch(color=style.colour, label=style.name)
    mark = MARKERS[style.mark]
    line: Any = dash(style.dash) if style.mark == "line" else ""
    return Line2D(
        [],
        [],
        color=style.colour,
        linestyle=line,
        marker=mark,
        markersize=3.2,
        linewidth=1.2,
        label=style.name,
    )


def _legend_columns(figure: Figure, width: float) -> int:
    longest = max(len(style.name) for style in figure.legend)
    return max(1, min(len(figure.legend), int(width / (10 + LETTER * longest))))


def _legend_height(figure: Figure, width: float) -> float:
    """Millimetres the names above a figure take."""
    if len(figure.legend) < 2:
        return 3.0
    return 4.0 + 3.9 * math.ceil(len(figure.legend) / _legend_columns(figure, width))


def _scene(figure: Figure, scene: Scene, width: float, asked: Mapping[str, str]) -> "Drawn":
    """A drawing of its own geometry, its letters no smaller than can be read."""
    import matplotlib.pyplot as plt

    high = width * scene.height / scene.width
    drawn, axis = plt.subplots(
        figsize=(width / INCH, (high + _legend_height(figure, width)) / INCH), layout="constrained"
    )
    axis.set_axis_off()
    axis.set_xlim(0, scene.width)
    axis.set_ylim(scene.height, 0)
    axis.set_aspect("equal")
    point = width / INCH * 72 / scene.width  # points a unit of the scene
    layers = [layer for layer in scene.layers if figure.shown(layer.keys, asked)]
    for z, shape in enumerate(shape for layer in layers for shape in layer.shapes):
        axis.add_patch(_patch(shape, point, z))
    taken: list[tuple[float, float, float, float]] = []
    for label in sorted((label for layer in layers for label in layer.labels), key=lambda o: -o.bold):
        _write(axis, label, point, taken)
    _legend(drawn, figure, width)
    return drawn


def _patch(shape: Shape, point: float, z: int) -> Any:
    from matplotlib.patches import Circle, PathPatch
    from matplotlib.path import Path as Outline

    if shape.path[0][0] == "O":
        x, y, r = shape.path[0][1]
        return Circle((x, y), r, color=shape.colour, alpha=shape.opacity, linewidth=0, zorder=z)
    codes: list[Any] = []
    points: list[tuple[float, float]] = []
    for letter, at in shape.path:
        pairs = [(at[n], at[n + 1]) for n in range(0, len(at), 2)] or [points[-1]]
        kind = {"M": Outline.MOVETO, "L": Outline.LINETO, "C": Outline.CURVE4, "Z": Outline.CLOSEPOLY}[letter]
        codes += [kind] * len(pairs)
        points += pairs
    outline = Outline(points, codes)
    if shape.width:
        return PathPatch(
            outline, fill=False, edgecolor=shape.colour, linewidth=shape.width * point,
            alpha=shape.opacity, zorder=z,
        )  # fmt: skip
    return PathPatch(outline, facecolor=shape.colour, linewidth=0, alpha=shape.opacity, zorder=z)


def _write(axis: "Axes", label: Label, point: float, taken: list[tuple[float, float, float, float]]) -> None:
    """A word, unless another stands there already."""
    from matplotlib.patheffects import withStroke

    size = max(label.size * point, SMALLEST)
    wide, high = 0.62 * size * len(label.text) / point, size / point
    left = label.x - {"start": 0.0, "middle": wide / 2, "end": wide}[label.anchor]
    box = (left, label.y - high, left + wide, label.y)
    if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
        return
    taken.append(box)
    axis.text(
        label.x, label.y, label.text, fontsize=size, zorder=10_000, clip_on=False,
        ha={"start": "left", "middle": "center", "end": "right"}[label.anchor], va="baseline",
        fontweight="bold" if label.bold else "normal",
        path_effects=[withStroke(linewidth=1.4, foreground="white")],
    )  # fmt: skip


@contextmanager
def writing_figures(workers: int) -> Iterator[WriteFigure]:
    """A function that writes a figure into a folder; all are written when the block ends.

    workers: processes that draw; with one, figures are drawn at once, in this process
    """
    if workers < 2:
        yield write_figure
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        begun: list[Future[None]] = []
        yield lambda figure, folder: begun.append(pool.submit(write_figure, figure, folder))
        for one in begun:
            one.result()


def write_figure(figure: Figure, folder: Path) -> None:
    """Write a figure as PNG and PDF, as wide as a page."""
    write(figure, folder, PAGE, stem=figure.name, kinds=("png", "pdf"))
