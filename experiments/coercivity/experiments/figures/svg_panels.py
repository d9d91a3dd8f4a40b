"""Bars, ranges and planes as SVG for the page."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

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
from coercivity.experiments.figures.look import AXIS
from coercivity.experiments.figures.scale import Scale, axis_number, scale_for, tenths
from coercivity.experiments.figures.svg import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    lines,
    marker,
    name_attribute,
    short,
    svg,
)

ROW = 28.0  # height of a group of bars
THIN = 11.0  # height of a range
LINE = 13.0  # height of a line of a label
NAMES = (70.0, 175.0)  # least and most room for the labels of rows
LETTER = 6.8  # width of a letter of a label
BROAD = "MWmw"  # letters half as wide again
NET = 92.0  # room right of stacked bars for what they add up to
GAP = 9.0  # between two words of an axis
HEAD = 6.0  # room above the rows
FOOT = 36.0  # room below the rows for numbers and unit


def panel(figure: Figure, drawn: Panel) -> str:
    """One panel as an SVG element."""
    if isinstance(drawn, Lines):
        return lines(drawn, figure)
    if isinstance(drawn, Bars):
        return bars(drawn)
    return ranges(drawn) if isinstance(drawn, Ranges) else plane(drawn)


def stacked_ends(drawn: Bars) -> list[float]:
    """How far every stack reaches above and below nought."""
    rows = [[series.values[n] or 0.0 for series in drawn.series] for n in range(len(drawn.labels))]
    return [sum(max(v, 0.0) for v in row) for row in rows] + [sum(min(v, 0.0) for v in row) for row in rows]


def bars(drawn: Bars) -> str:
    """Groups of horizontal bars."""
    ends = stacked_ends(drawn) if drawn.stacked else [value or 0.0 for s in drawn.series for value in s.ends]
    ends += [value or 0.0 for value in drawn.net.ends] if drawn.net else []
    wanted = 3 if drawn.net else 4
    rows = Rows(drawn.labels, scale_for(ends, wanted=wanted), drawn.unit, ROW, NET if drawn.net else 0.0)
    parts = list(rows.frame())
    for n in range(len(drawn.labels)):
        parts += _group(drawn, n, rows)
    parts.append(rows.line(0.0))
    if drawn.net:
        parts += [_net(drawn, drawn.net, n, rows) for n in range(len(drawn.labels))]
    return svg(WIDTH, rows.height, parts, 'class="bars"')


def ranges(drawn: Ranges) -> str:
    """Points with their intervals, a row a label."""
    scale = scale_for((v for s in drawn.series for v in s.ends), drawn.log, wanted=3, nought=drawn.nought)
    rows = Rows(drawn.labels, scale, drawn.unit, max(THIN * len(drawn.series) + 6, 20.0))
    parts = list(rows.frame())
    if drawn.reference is not None and scale.low <= drawn.reference <= scale.high:
        parts.append(rows.line(drawn.reference))
    for n, label in enumerate(drawn.labels):
        for k, series in enumerate(drawn.series):
            y = rows.tops[n] + rows.heights[n] * (0.1 + 0.8 * (k + 0.5) / len(drawn.series))
            parts += _range(drawn, label, series, n, rows, y)
    return svg(WIDTH, rows.height, parts, 'class="bars"')


@dataclass(frozen=True)
class Rows:
    """Labels down the left, an axis of numbers below; a label that is long takes several lines."""

    labels: Sequence[str]
    scale: Scale
    unit: str
    least: float  # height of a row
    right: float = 0.0  # room kept free right of the axis

    @property
    def names(self) -> float:
        """Where the labels end."""
        letters = [len(line) + 0.5 * sum(map(line.count, BROAD)) for lines in self.words for line in lines]
        longest = max(letters, default=0.0)
        return min(max(NAMES[0], LETTER * longest + 10), NAMES[1])

    @property
    def words(self) -> list[list[str]]:
        """The lines of every label."""
        return [wrap(label, int((NAMES[1] - 10) / LETTER)) or [""] for label in self.labels]

    @property
    def heights(self) -> list[float]:
        """Height of every row."""
        return [max(self.least, LINE * len(lines) + 6) for lines in self.words]

    @property
    def tops(self) -> list[float]:
        """Where every row begins, and at last where they end."""
        found = [HEAD]
        for height in self.heights:
            found.append(found[-1] + height)
        return found

    @property
    def height(self) -> float:
        """Of the whole panel."""
        return self.tops[-1] + FOOT

    @property
    def end(self) -> float:
        """Where the axis ends."""
        return WIDTH - self.right - 8 - LETTER * len(axis_number(self.scale.ticks[-1], self.unit)) / 2

    def across(self, value: float) -> float:
        """Where a value stands."""
        return self.names + self.scale.part(value) * (self.end - self.names)

    def line(self, value: float) -> str:
        """A line down all rows."""
        x = f'x1="{self.across(value):.1f}" x2="{self.across(value):.1f}"'
        return f'<line class="axis" {x} y1="{HEAD}" y2="{self.tops[-1]:.1f}"/>'

    def frame(self) -> Iterator[str]:
        """Lines and words around what is drawn."""
        foot = self.tops[-1]
        free = WIDTH  # where the word to the right begins
        for tick in reversed(self.scale.ticks):
            x, word = self.across(tick), axis_number(tick, self.unit)
            yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{HEAD}" y2="{foot:.1f}"/>'
            room = LETTER * len(word) / 2
            if x + room < free:
                yield f'<text class="tick" x="{x:.1f}" y="{foot + 13:.1f}" text-anchor="middle">{word}</text>'
                free = x - room - GAP
        for words, top, height in zip(self.words, self.tops, self.heights, strict=False):
            first = top + height / 2 + 4 - LINE * (len(words) - 1) / 2
            for n, word in enumerate(words):
                at = f'x="{self.names - 6:.1f}" y="{first + LINE * n:.1f}"'
                yield f'<text class="tick" {at} text-anchor="end">{escape(word)}</text>'
        middle = (self.names + self.end) / 2
        unit = f"{self.unit}, log scale" if self.scale.log else self.unit
        at = f'x="{middle:.1f}" y="{foot + 29:.1f}" text-anchor="middle"'
        yield f'<text class="unit" {at}>{escape(unit)}</text>'


def _group(drawn: Bars, n: int, rows: Rows) -> Iterable[str]:
    """The bars of one label."""
    y, room = rows.tops[n], rows.heights[n]
    thick = room - 6 if drawn.stacked else (room - 4) / len(drawn.series)
    ends = {True: 0.0, False: 0.0}  # where the next bar of a stack begins, above and below nought
    for k, series in enumerate(drawn.series):
        value = series.values[n] or 0.0
        start = ends[value > 0] if drawn.stacked else 0.0
        ends[value > 0] = start + value
        x0, x1 = sorted((rows.across(start), rows.across(start + value)))
        top = y + 3 if drawn.stacked else y + 2 + k * thick
        tip = f"{drawn.labels[n]}, {series.style.name}: {_with_interval(series, n)} {drawn.unit}"
        yield (
            f'<rect x="{x0:.1f}" y="{top:.1f}" width="{max(x1 - x0, 0.3):.1f}" height="{0.9 * thick:.1f}" '
            f'fill="{series.style.colour}"{name_attribute(series.style.name, tip)}/>'
        )
        yield _whisker(series, n, rows.across, top + 0.45 * thick, AXIS, 1.0)


def _net(drawn: Bars, net: Series, n: int, rows: Rows) -> str:
    """What a stack adds up to: a diamond with its interval, and the number beside all bars."""
    value = net.values[n] or 0.0
    x, y = rows.across(value), rows.tops[n] + rows.heights[n] / 2
    told = _with_interval(net, n)
    values = [tenths(one) for one in (value, *(low_high(net, n) or ()))]
    tip = name_attribute(net.style.name, f"{drawn.labels[n]}, {net.style.name}: {told} {drawn.unit}")
    path = f"M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5Z"
    band = f"{values[1]} to {values[2]}" if len(values) > 1 else ""
    at = WIDTH - NET + 4
    spot = f'class="tick" x="{at:.1f}"'
    words = f'<text {spot} y="{y + (0 if band else 4):.1f}" font-weight="700">{values[0]}</text>'
    if band:
        words += f'<text {spot} y="{y + 12:.1f}">{band}</text>'
    mark = f'<path d="{path}" fill="{net.style.colour}" stroke="#fff" stroke-width="1"{tip}/>'
    return _whisker(net, n, rows.across, y, net.style.colour, 1.4) + mark + words


def low_high(series: Series, n: int) -> tuple[float, float] | None:
    """The interval of a value, where it has one."""
    low, high = (ends[n] if ends else None for ends in (series.low, series.high))
    return None if low is None or high is None else (low, high)


def _with_interval(series: Series, n: int) -> str:
    """A value with its interval."""
    low, high = (ends[n] if ends else None for ends in (series.low, series.high))
    value = short(series.values[n] or 0.0)
    return value if low is None or high is None else f"{value} ({short(low)} to {short(high)})"


def _whisker(
    series: Series, n: int, across: Callable[[float], float], y: float, colour: str, width: float
) -> str:
    """The interval of a value as a line; nothing where there is none."""
    low, high = (ends[n] if ends else None for ends in (series.low, series.high))
    if low is None or high is None:
        return ""
    x = f'x1="{across(low):.1f}" x2="{across(high):.1f}"'
    style = f'stroke="{colour}" stroke-width="{width}"{name_attribute(series.style.name, "")}'
    return f'<line {x} y1="{y:.1f}" y2="{y:.1f}" {style}/>'


def _range(drawn: Ranges, label: str, series: Series, n: int, rows: Rows, y: float) -> Iterator[str]:
    """A point with its interval."""
    value = series.values[n]
    yield _whisker(series, n, rows.across, y, series.style.colour, 2.2)
    if value is None:
        return
    tip = f"{label}, {series.style.name}: {_with_interval(series, n)} {drawn.unit}"
    yield marker(series.style, rows.across(value), y, tip)


def plane(drawn: Plane) -> str:
    """Lines and dots over two axes."""
    foot = HEIGHT + 14
    xs = [x for trace in drawn.traces for x in trace.x]
    ys = [y for trace in drawn.traces for y in trace.y]
    across, up = _axis_scale(drawn.across, xs), _axis_scale(drawn.up, ys)
    wide, high = WIDTH - LEFT - RIGHT - 6, foot - 14 - BOTTOM - TOP

    def at(x: float, y: float) -> tuple[float, float]:
        return LEFT + across.part(x) * wide, TOP + (1 - up.part(y)) * high

    parts = []
    for value, word in _ticks(drawn.up, up):
        y = at(across.low, value)[1]
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{LEFT + wide}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(
            f'<text class="tick" x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{escape(word)}</text>'
        )
    for value, word in _ticks(drawn.across, across):
        x = min(at(value, up.low)[0], WIDTH - 2)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{TOP + high:.1f}"/>')
        room = 0.5 * LETTER * len(word)
        anchor = "end" if x + room > WIDTH else "middle"
        below = f'y="{TOP + high + 14:.1f}" text-anchor="{anchor}"'
        parts.append(f'<text class="tick" x="{x:.1f}" {below}>{escape(word)}</text>')
    parts.append(f'<text class="unit" x="2" y="11">{escape(drawn.up.title)}</text>')
    middle = f'x="{LEFT + wide / 2:.1f}" y="{foot - 3:.1f}" text-anchor="middle"'
    parts.append(f'<text class="unit" {middle}>{escape(drawn.across.title)}</text>')
    parts += [part for trace in drawn.traces for part in _trace(trace, at)]
    for axis, value in drawn.edges:
        scale, (x0, y0), (x1, y1) = (across, at(value, up.low), at(value, up.high))
        if axis == "y":
            scale, (x0, y0), (x1, y1) = up, at(across.low, value), at(across.high, value)
        if scale.low <= value <= scale.high:
            parts.append(f'<line class="axis" x1="{x0:.1f}" x2="{x1:.1f}" y1="{y0:.1f}" y2="{y1:.1f}"/>')
    return svg(WIDTH, foot, parts, 'class="bars"')


def _axis_scale(axis: Axis, values: Sequence[float]) -> Scale:
    if axis.names:
        return Scale(-0.5, len(axis.names) - 0.5, tuple(map(float, range(len(axis.names)))))
    return scale_for(values, axis.log, nought=False)


def _ticks(axis: Axis, scale: Scale) -> Iterator[tuple[float, str]]:
    for n, tick in enumerate(scale.ticks):
        yield tick, axis.names[n] if axis.names else axis_number(tick, axis.unit)


def _trace(trace: Trace, at: Callable[[float, float], tuple[float, float]]) -> Iterator[str]:
    points = [at(x, y) for x, y in zip(trace.x, trace.y, strict=True)]
    if not points:
        return
    style = name_attribute(trace.style.name, "")
    if trace.style.mark == "line":
        dash = f' stroke-dasharray="{trace.style.dash}"' if trace.style.dash else ""
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        yield f'<path class="line" d="M{path}" stroke="{trace.style.colour}"{dash}{style}/>'
        for x, y, tip in trace.tips:
            yield marker(trace.style, *at(x, y), tip)
        return
    path = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in points)
    pen = f'stroke="{trace.style.colour}" stroke-width="4.4" stroke-linecap="round" opacity="0.8"'
    yield f'<path d="{path}" fill="none" {pen}{style}/>'
