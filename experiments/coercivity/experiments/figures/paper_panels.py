"""Panels on paper: lines, bars, ranges and planes as matplotlib draws them."""

import math
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from coercivity.experiments.figures.chart import (
    Axis,
    Bars,
    Figure,
    Lines,
    Panel,
    Plane,
    Ranges,
    Series,
    Trace,
)
from coercivity.experiments.figures.look import AXIS, BAND, SMALLEST, dash
from coercivity.experiments.figures.scale import axis_number, scale_for, year_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 42.0  # mm of a panel of lines
BAR = 4.6  # mm of a group of bars
LINE = 3.1  # mm of a line of a label
ABOVE = 16.0  # mm of title and axis of a panel of rows
LETTERS = 26  # of a line of a label
BOLD, MARGIN = 1.9, 14.0  # mm of a letter of a title, and beside it


def height(panel: Panel) -> float:
    """Millimetres a panel takes."""
    if isinstance(panel, Bars | Ranges):
        return ABOVE + _row(panel) * max(len(panel.labels), 3)
    return HEIGHT if isinstance(panel, Lines) else HEIGHT + 8


def _row(panel: Bars | Ranges) -> float:
    """Millimetres of a row: room for its longest label and for what it shows."""
    lines = max((len(wrap(label, LETTERS)) for label in panel.labels), default=1)
    each = 2.0 * len(panel.series) if isinstance(panel, Ranges) else 0.0
    return max(BAR, LINE * lines + 1.0, each + 1.0)


def fill(axis: "Axes", panel: Panel, figure: Figure, width: float) -> None:
    """Draw a panel that is `width` mm wide."""
    axis.set_title("\n".join(wrap(panel.title, int((width - MARGIN) / BOLD))))
    if isinstance(panel, Lines):
        _lines(axis, panel, figure)
    elif isinstance(panel, Bars):
        _bars(axis, panel)
    elif isinstance(panel, Ranges):
        _ranges(axis, panel)
    else:
        _plane(axis, panel)


def _lines(axis: "Axes", panel: Lines, figure: Figure) -> None:
    at = range(len(panel.dates))
    if panel.stacked:
        values = [[v or 0.0 for v in series.values] for series in panel.series]
        colours = [series.style.colour for series in panel.series]
        axis.stackplot(at, values, colors=colours, edgecolor="white", linewidth=0.3)
        axis.set_ylim(0, panel.top or None)
    else:
        for series in panel.series:
            _line(axis, series, panel.steps)
        scale = scale_for((v for s in panel.series for v in s.ends), panel.log, panel.top)
        if scale.log:
            axis.set_yscale("log")
            axis.minorticks_off()
        axis.set_yticks(scale.ticks, [axis_number(tick) for tick in scale.ticks])
        axis.set_ylim(scale.low, scale.high)
    _marks(axis, panel, figure)
    named = year_ticks(panel.dates)
    axis.set_xticks([n for n, _ in named], [word for _, word in named])
    axis.set_xlim(-0.5 if len(panel.dates) < 2 else 0, max(len(panel.dates) - 1, 0.5))
    log = panel.log and axis.get_yscale() == "log"
    axis.set_ylabel("\n".join(wrap(f"{panel.unit}, log scale" if log else panel.unit, LETTERS)))


REACH = 0.35  # of an axis: what the longest word of a mark takes
SMALLER = 1.0  # points by which the words of marks are smaller than others


def _marks(axis: "Axes", panel: Lines, figure: Figure) -> None:
    """A thin line, and a word that no line strikes out, where something happened; lower where two meet."""
    from matplotlib import rcParams
    from matplotlib.patheffects import withStroke

    size = max(rcParams["font.size"] - SMALLER, SMALLEST)
    taken: list[int] = []
    for mark in figure.marks:
        n = max((n for n, date in enumerate(panel.dates) if date <= mark.date), default=0)
        axis.axvline(n, color="#888888", linewidth=0.5, linestyle=":", zorder=0)
        axis.annotate(
            mark.short or mark.text[:18],
            (n, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(
                1.5,
                -(size + 1) * (1 + sum(abs(n - other) < REACH * len(panel.dates) for other in taken)),
            ),
            textcoords="offset points",
            fontsize=size,
            color="#555555",
            path_effects=[withStroke(linewidth=1.5, foreground="white")],
        )
        taken.append(n)


def _floats(values: Sequence[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in values]


def _line(axis: "Axes", series: Series, steps: bool = False) -> None:
    style, values = series.style, _floats(series.values)
    if series.low:
        low, high = _floats(series.low), _floats(series.high)
        wide = 8.0 if len(values) == 1 else 0.0
        hold: Any = "post" if steps else None
        axis.fill_between(
            range(len(values)), low, high, color=style.colour, alpha=BAND, linewidth=wide, step=hold
        )
    if style.mark != "line":
        axis.plot(values, _MARKERS[style.mark], color=style.colour, markersize=3, clip_on=False, zorder=3)
        return
    mark = "o" if len(values) < 2 else ""
    how: Any = {"drawstyle": "steps-post"} if steps else {}
    wide = 0.8 if style.thin else 1.2
    axis.plot(
        values,
        color=style.colour,
        linestyle=dash(style.dash),
        linewidth=wide,
        marker=mark,
        markersize=3,
        **how,
    )


_MARKERS = {"dot": "o", "cross": "x", "line": "o"}


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
        if series.low:
            axis.hlines(at, _floats(series.low), _floats(series.high), color=AXIS, linewidth=0.7)
    if panel.net:
        _net(axis, panel.net)
    _rows(axis, panel)
    axis.axvline(0, color="black", linewidth=0.6)
    axis.locator_params(axis="x", nbins=4)
    axis.xaxis.set_major_formatter(lambda value, _at: axis_number(value))
    axis.set_xlabel(panel.unit)


def _net(axis: "Axes", net: Series) -> None:
    """What a stack adds up to, as a diamond with its interval."""
    at = range(len(net.values))
    if net.low:
        axis.hlines(at, _floats(net.low), _floats(net.high), color=net.style.colour, linewidth=0.9)
    axis.plot(_floats(net.values), at, "D", color=net.style.colour, markersize=3, zorder=4)


def _rows(axis: "Axes", panel: Bars | Ranges) -> None:
    """Labels down the side, the first at the top."""
    axis.set_yticks(range(len(panel.labels)), ["\n".join(wrap(label, LETTERS)) for label in panel.labels])
    axis.set_ylim(max(len(panel.labels), 1) - 0.5, -0.5)
    axis.grid(visible=False, axis="y")


def _ranges(axis: "Axes", panel: Ranges) -> None:
    count = len(panel.series)
    scale = scale_for((v for s in panel.series for v in s.ends), panel.log, nought=panel.nought, wanted=3)
    if scale.log:
        axis.set_xscale("log")
        axis.minorticks_off()
    for k, series in enumerate(panel.series):
        at = [n + (k - (count - 1) / 2) * 0.8 / count for n in range(len(panel.labels))]
        if series.low:
            low, high = _floats(series.low), _floats(series.high)
            axis.hlines(at, low, high, color=series.style.colour, linewidth=1.2)
        mark = _MARKERS[series.style.mark]
        axis.plot(_floats(series.values), at, mark, color=series.style.colour, markersize=3.2, clip_on=False)
    if panel.reference is not None:
        axis.axvline(panel.reference, color="black", linewidth=0.6)
    _rows(axis, panel)
    axis.set_xticks(scale.ticks, [axis_number(tick, panel.unit) for tick in scale.ticks])
    axis.set_xlim(scale.low, scale.high)
    axis.set_xlabel(f"{panel.unit}, log scale" if scale.log else panel.unit)


def _plane(axis: "Axes", panel: Plane) -> None:
    for trace in panel.traces:
        _trace(axis, trace)
    for which, value in panel.edges:
        draw = axis.axvline if which == "x" else axis.axhline
        draw(value, color="#222222", linewidth=0.8)
    _measure(axis, panel.across, "x", [x for trace in panel.traces for x in trace.x])
    _measure(axis, panel.up, "y", [y for trace in panel.traces for y in trace.y])


def _trace(axis: "Axes", trace: Trace) -> None:
    style = trace.style
    if style.mark == "line":
        axis.plot(trace.x, trace.y, color=style.colour, linestyle=dash(style.dash), linewidth=1.2)
    else:
        axis.scatter(trace.x, trace.y, s=5, color=style.colour, linewidths=0)


def _measure(axis: "Axes", measured: Axis, which: str, values: Sequence[float]) -> None:
    """Numbers, limits and the name of an axis of a plane."""
    set_ticks: Any = axis.set_xticks if which == "x" else axis.set_yticks
    set_limits: Any = axis.set_xlim if which == "x" else axis.set_ylim
    set_label: Any = axis.set_xlabel if which == "x" else axis.set_ylabel
    if measured.names:
        set_ticks(range(len(measured.names)), list(measured.names))
        set_limits(-0.5, len(measured.names) - 0.5)
    else:
        scale = scale_for(values, measured.log, nought=False)
        if scale.log:
            (axis.set_xscale if which == "x" else axis.set_yscale)("log")
            axis.minorticks_off()
        set_ticks(scale.ticks, [axis_number(tick, measured.unit) for tick in scale.ticks])
        set_limits(scale.low, scale.high)
    set_label(measured.title if which == "x" else "\n".join(wrap(measured.title, LETTERS)))
