"""Figures for paper: PDF, SVG and PNG at the width a journal asks for, the same bytes every time."""

import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercivity.experiments.errors import UserError, did_you_mean
from coercivity.experiments.view.chart import Bars, Figure, Label, Lines, Scene, Series, Shape
from coercivity.experiments.view.scale import scale_for, written, year_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawn

UNITS = {"mm": 1.0, "cm": 10.0, "in": 25.4}
NARROWEST, WIDEST = 40.0, 500.0  # mm
COLUMN = 62.0  # mm a panel needs
HEIGHT = 42.0  # mm of a panel of lines
BAR = 4.6  # mm of a group of bars
SMALLEST = 5.0  # points
WIDE = 140.0  # mm from which letters are of full size
_SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "savefig.dpi": 300,
    "svg.hashsalt": "coercivity",
    "pdf.fonttype": 42,
}
_METADATA: Mapping[str, Mapping[str, None]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    "svg": {"Date": None, "Creator": None},
}


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
    _check(figure, asked)
    folder.mkdir(exist_ok=True)
    stem = stem or "-".join([figure.name, *(asked[key] for key in sorted(asked)), f"{width:g}mm"])
    paths = []
    with _styled(width):
        drawn = draw(figure, width, asked)
        for kind in kinds:
            path = folder / f"{stem}.{kind}"
            data = io.BytesIO()
            drawn.savefig(data, format=kind, metadata=dict(_METADATA[kind]))
            path.write_bytes(data.getvalue())
            paths.append(path)
        plt.close(drawn)
    return paths


def _check(figure: Figure, asked: Mapping[str, str]) -> None:
    """Refuse a year or scenario the figure does not have."""
    choices = {choice.name: [value for value, _ in choice.options] for choice in figure.choices}
    for key, value in asked.items():
        if key not in choices:
            raise UserError(f"figure `{figure.name}` is not of one {key}; leave out --{key}")
        if value not in choices[key]:
            known = choices[key]
            hint = did_you_mean(value, known) or f"; it has {', '.join(known)}"
            raise UserError(f"figure `{figure.name}` has no {key} {value}{hint}")


@contextmanager
def _styled(width: float) -> Iterator[None]:
    """Draw in our style, without a display, whatever the user's own settings are."""
    import matplotlib as mpl

    mpl.use("Agg")
    size = 8.0 if width >= WIDE else 7.0
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        mpl.rcParams.update({"font.size": size, "axes.titlesize": size + 0.5, "legend.fontsize": size})
        yield


def draw(figure: Figure, width: float, asked: Mapping[str, str]) -> "Drawn":
    """The figure as matplotlib has it, `width` mm wide."""
    if figure.scene:
        return _scene(figure, figure.scene, width, asked)
    import matplotlib.pyplot as plt

    panels = [panel for panel in figure.panels if figure.shown(panel.keys, asked)]
    columns = min(max(1, int(width // COLUMN)), len(panels), 2 if len(panels) in (2, 4) else 3)
    columns = 2 if figure.name == "prices" and columns > 2 else columns
    rows = math.ceil(len(panels) / columns)
    heights = [max(map(_height, panels[r * columns : (r + 1) * columns])) for r in range(rows)]
    drawn, axes = plt.subplots(
        rows,
        columns,
        figsize=(width / 25.4, (sum(heights) + _legend_height(figure, width)) / 25.4),
        height_ratios=heights,
        squeeze=False,
        layout="constrained",
    )
    flat = [axis for row in axes for axis in row]
    for axis, panel in zip(flat, panels, strict=False):
        _lines(axis, panel, figure) if isinstance(panel, Lines) else _bars(axis, panel)
    for axis in flat[len(panels) :]:
        axis.set_visible(False)
    _legend(drawn, figure, panels, width)
    return drawn


def _height(panel: Lines | Bars) -> float:
    return HEIGHT if isinstance(panel, Lines) else 16 + BAR * max(len(panel.labels), 3)


def _lines(axis: "Axes", panel: Lines, figure: Figure) -> None:
    at = range(len(panel.dates))
    if panel.stacked:
        values = [[v or 0.0 for v in series.values] for series in panel.series]
        colours = [series.style.colour for series in panel.series]
        axis.stackplot(at, values, colors=colours, edgecolor="white", linewidth=0.3)
        axis.set_ylim(0, panel.top)
    else:
        for series in panel.series:
            _line(axis, series)
        scale = scale_for((v for s in panel.series for v in s.values), panel.log, panel.top)
        if scale.log:
            axis.set_yscale("log")
            axis.minorticks_off()
        axis.set_yticks(scale.ticks, [written(tick) for tick in scale.ticks])
        axis.set_ylim(scale.low, scale.high)
    for mark in figure.marks:
        n = max((n for n, date in enumerate(panel.dates) if date <= mark.date), default=0)
        axis.axvline(n, color="#888888", linewidth=0.5, linestyle=":", zorder=0)
        axis.annotate(
            str(mark.number),
            (n, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(1.5, -6),
            textcoords="offset points",
            fontsize=SMALLEST,
            color="#555555",
        )
    named = year_ticks(panel.dates)
    axis.set_xticks([n for n, _ in named], [word for _, word in named])
    axis.set_xlim(-0.5 if len(panel.dates) < 2 else 0, max(len(panel.dates) - 1, 0.5))
    axis.set_title(panel.title)
    axis.set_ylabel(f"{panel.unit}, log scale" if panel.log and axis.get_yscale() == "log" else panel.unit)


def _line(axis: "Axes", series: Series) -> None:
    values = [math.nan if value is None else value for value in series.values]
    dash: Any = (0, tuple(float(n) / 2 for n in series.style.dash.split())) if series.style.dash else "-"
    mark = "o" if len(values) < 2 else ""
    axis.plot(values, color=series.style.colour, linestyle=dash, linewidth=1.2, marker=mark, markersize=3)


def _bars(axis: "Axes", panel: Bars) -> None:
    places = range(len(panel.labels))
    count = 1 if panel.stacked else len(panel.series)
    ends = {True: [0.0] * len(panel.labels), False: [0.0] * len(panel.labels)}
    for k, series in enumerate(panel.series):
        values = [value or 0.0 for value in series.values]
        left = [ends[v > 0][n] if panel.stacked else 0.0 for n, v in enumerate(values)]
        for n, value in enumerate(values):
            ends[value > 0][n] += value
        at = [n + (0 if panel.stacked else (k - (count - 1) / 2) * 0.8 / count) for n in places]
        axis.barh(at, values, left=left, height=0.74 / count, color=series.style.colour)
    axis.set_yticks(places, panel.labels)
    axis.invert_yaxis()
    axis.grid(visible=False, axis="y")
    axis.axvline(0, color="black", linewidth=0.6)
    axis.locator_params(axis="x", nbins=4)
    axis.xaxis.set_major_formatter(lambda value, _at: written(value))
    axis.set_title(panel.title)
    axis.set_xlabel(panel.unit)


def _legend(drawn: "Drawn", figure: Figure, panels: Sequence[Lines | Bars], width: float) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if len(figure.legend) < 2:
        return
    filled = any(isinstance(panel, Bars) or panel.stacked for panel in panels) or figure.scene is not None
    handles: list[Any] = []
    for style in figure.legend:
        dash: Any = (0, tuple(float(n) / 2 for n in style.dash.split())) if style.dash else "-"
        line = Line2D([], [], color=style.colour, linestyle=dash, linewidth=1.2, label=style.name)
        handles.append(Patch(color=style.colour, label=style.name) if filled else line)
    columns = _legend_columns(figure, width)
    drawn.legend(handles=handles, loc="outside upper left", ncols=columns, handlelength=2.2)


def _legend_columns(figure: Figure, width: float) -> int:
    longest = max(len(style.name) for style in figure.legend)
    return max(1, min(len(figure.legend), int(width / (10 + 1.5 * longest))))


def _legend_height(figure: Figure, width: float) -> float:
    """Millimetres the names above a figure take."""
    if len(figure.legend) < 2:
        return 3.0
    return 4.0 + 3.9 * math.ceil(len(figure.legend) / _legend_columns(figure, width))


def _scene(figure: Figure, scene: Scene, width: float, asked: Mapping[str, str]) -> "Drawn":
    """A drawing of its own geometry, its letters no smaller than can be read."""
    import matplotlib.pyplot as plt

    height = width * scene.height / scene.width
    drawn, axis = plt.subplots(
        figsize=(width / 25.4, (height + _legend_height(figure, width)) / 25.4), layout="constrained"
    )
    axis.set_axis_off()
    axis.set_xlim(0, scene.width)
    axis.set_ylim(scene.height, 0)
    axis.set_aspect("equal")
    point = width / 25.4 * 72 / scene.width  # points a unit of the scene
    layers = [layer for layer in scene.layers if figure.shown(layer.keys, asked)]
    for z, shape in enumerate(shape for layer in layers for shape in layer.shapes):
        axis.add_patch(_patch(shape, point, z))
    taken: list[tuple[float, float, float, float]] = []
    for label in sorted((label for layer in layers for label in layer.labels), key=lambda o: -o.bold):
        _write(axis, label, point, taken)
    _legend(drawn, figure, (), width)
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
