"""Lines and drawings as SVG for the page: text stays text, and what a reader points at tells its numbers."""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import pairwise

from coercivity.experiments.config.places import HOME_NAME
from coercivity.experiments.figures.chart import Figure, Label, Layer, Lines, Scene, Series, Shape, Style
from coercivity.experiments.figures.direct import LINE, NAMES, name_lines, place_marks
from coercivity.experiments.figures.look import BAND
from coercivity.experiments.figures.scale import Scale, axis_number, scale_for, year_ticks

WIDTH, HEIGHT = 380.0, 232.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 8.0, 24.0, 24.0
DIGIT = 6.8  # width of a letter of a date
CROWDED = 0.8  # part of a panel above which lines are in the way of words


def lines(drawn: Lines, figure: Figure) -> str:
    """Series over time, or areas on top of each other."""
    values = _stack(drawn) if drawn.stacked else [series.ends for series in drawn.series]
    scale = scale_for((v for line in values for v in line), drawn.log, drawn.top)
    if drawn.stacked and drawn.top:
        scale = Scale(0.0, drawn.top, scale.ticks)
    right = NAMES if any(series.label for series in drawn.series) else RIGHT
    at = [_x(n, len(drawn.dates), right) for n in range(len(drawn.dates))]
    marked = list(_marks(figure, drawn.dates, at, right, _words_height(figure, drawn, scale)))
    parts = [_grid(scale, right), *_years(drawn.dates, at), *(line for line, _ in marked)]
    for n, series in reversed(list(enumerate(drawn.series))):
        below = values[n - 1] if drawn.stacked and n else None
        parts.append(
            _area(series, values[n], below, at, scale)
            if drawn.stacked
            else _band(series, at, scale, drawn.steps)
        )
    if not drawn.stacked:  # above all bands; dashed lines last, so that equal ones are both seen
        parts += [_line(series, at, scale, drawn.steps) for series in drawn.series]
    parts += [number for _, number in marked]
    parts += name_lines(drawn.series, at[-1] + 6 if at else LEFT, lambda value: _y(value, scale), HEIGHT)
    unit = f"{drawn.unit}, log scale" if scale.log else drawn.unit
    parts.append(f'<text class="unit" x="2" y="11">{escape(unit)}</text>')
    parts.append(f'<line class="cursor" y1="{TOP}" y2="{HEIGHT - BOTTOM}" visibility="hidden"/>')
    told = {
        "x": [round(x, 1) for x in at],
        "dates": [date[:7] for date in drawn.dates],
        "unit": drawn.unit,
        "series": [
            [s.style.name, s.style.colour, [_spoken(s, n) for n in range(len(drawn.dates))], _side(s)]
            for s in drawn.series
        ],
    }
    return svg(WIDTH, HEIGHT, parts, f'class="lines" data-told={_data(told)}')


def _side(series: Series) -> str:
    """What sets a second line of the same name apart, in a tip."""
    return f"inside {HOME_NAME}" if series.style.thin else ""


def _data(found: object) -> str:
    """Plain data as an attribute, in single quotes, so that JSON's double ones take a letter each."""
    text = json.dumps(found, separators=(",", ":"), ensure_ascii=False)
    return "'" + escape(text, quote=False).replace("'", "&#39;") + "'"


def scene(drawn: Scene, figure: Figure) -> str:
    """A drawing of its own geometry; layers that are not chosen are hidden."""
    parts = [_layer(layer, figure) for layer in drawn.layers if layer.shapes or layer.labels]
    return svg(drawn.width, drawn.height, parts, 'class="scene"')


def _layer(layer: Layer, figure: Figure) -> str:
    inner = "".join(map(_shape, layer.shapes)) + "".join(map(_label, layer.labels))
    return f"<g{choice_attributes(layer.keys, figure)}>{inner}</g>"


def choice_attributes(keys: Mapping[str, str], figure: Figure) -> str:
    """The attributes that show or hide an element by the reader's choices."""
    if not keys:
        return ""
    return f" data-keys={_data(dict(keys))}" + ("" if figure.shown(keys) else " data-away")


def _shape(shape: Shape) -> str:
    if shape.path[0][0] == "O":
        x, y, r = shape.path[0][1]
        faint = f'fill="{shape.colour}" opacity="{shape.opacity}"{name_attribute(shape.name, shape.tip)}'
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" {faint}/>'
    path = "".join(letter + " ".join(f"{number:.1f}" for number in at) for letter, at in shape.path)
    faint = f' opacity="{shape.opacity}"' if shape.opacity < 1 else ""
    paint = (
        f'fill="none" stroke="{shape.colour}" stroke-width="{shape.width:.1f}"'
        if shape.width
        else f'fill="{shape.colour}"'
    )
    return f'<path d="{path}" {paint}{faint}{name_attribute(shape.name, shape.tip)}/>'


def _label(label: Label) -> str:
    weight = ' font-weight="700"' if label.bold else ""
    return (
        f'<text class="label" x="{label.x:.1f}" y="{label.y:.1f}" font-size="{label.size}" '
        f'text-anchor="{label.anchor}"{weight}>{escape(label.text)}</text>'
    )


def name_attribute(name: str, tip: str) -> str:
    told = f' data-tip="{escape(tip, quote=True)}"' if tip else ""
    return (f' data-name="{escape(name, quote=True)}"' if name else "") + told


def _x(n: int, count: int, right: float = RIGHT) -> float:
    return LEFT + (WIDTH - LEFT - right) * (n + 0.5 if count == 1 else n / (count - 1))


def _y(value: float, scale: Scale) -> float:
    return HEIGHT - BOTTOM - scale.part(value) * (HEIGHT - TOP - BOTTOM)


def _grid(scale: Scale, right: float) -> str:
    parts = []
    for tick in scale.ticks:
        y = _y(tick, scale)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(
            f'<text class="tick" x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{axis_number(tick)}</text>'
        )
    return "".join(parts)


def _years(dates: Sequence[str], at: Sequence[float]) -> Iterable[str]:
    for n, word in year_ticks(dates):
        x = min(at[n], WIDTH - len(word) * DIGIT / 2)
        yield f'<text class="tick" x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="middle">{word}</text>'


def _words_height(figure: Figure, drawn: Lines, scale: Scale) -> float:
    """Where the words of moments begin: at the top, or at the foot where lines run along the top there."""
    top, foot = TOP + 10, HEIGHT - BOTTOM - 6 - LINE * (len(figure.marks) - 1)
    early = max(1, len(drawn.dates) // 3)
    parts = [scale.part(v) for s in drawn.series for v in s.values[:early] if v is not None]
    return foot if parts and max(parts) > CROWDED and min(parts) > 1 - CROWDED else top


def _marks(
    figure: Figure, dates: Sequence[str], at: Sequence[float], right: float, first: float
) -> Iterable[tuple[str, str]]:
    """A thin line, and in a few words what happened there; words that would meet stand lower."""
    where = []
    for mark in figure.marks:
        n = max((n for n, date in enumerate(dates) if date <= mark.date), default=0)
        where.append((at[n], mark.short or mark.text[:18]))
    for mark, (x, word, y, anchor) in zip(
        figure.marks, place_marks(where, WIDTH - right, first), strict=True
    ):
        tip = name_attribute("", f"{mark.date[:7]}: {mark.text}")
        line = f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
        beside = x + 3 if anchor == "start" else x - 3
        spot = f'x="{beside:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
        yield line, f'<text class="mark" {spot}{tip}>{escape(word)}</text>'


def _spoken(series: Series, n: int) -> str | None:
    """A value of a series, with its interval where it has one."""
    value = series.values[n]
    if value is None:
        return None
    low, high = (ends[n] if ends else None for ends in (series.low, series.high))
    return short(value) if low is None or high is None else f"{short(value)} ({short(low)} to {short(high)})"


def _band(series: Series, at: Sequence[float], scale: Scale, steps: bool = False) -> str:
    """The interval behind a line; nothing where a series has none."""
    ends = [
        (x, low, high)
        for x, low, high in zip(at, series.low, series.high, strict=False)
        if low is not None and high is not None
    ]
    if not ends:
        return ""
    if len(ends) == 1:
        x, low, high = ends[0]
        y = f'y1="{_y(low, scale):.1f}" y2="{_y(high, scale):.1f}"'
        paint = f'stroke="{series.style.colour}" stroke-width="8" opacity="{BAND}"'
        ends_at = f'class="band" x1="{x:.1f}" x2="{x:.1f}"'
        return f"<line {ends_at} {y} {paint}{name_attribute(series.style.name, '')}/>"
    if steps:
        ends = [one for a, b in pairwise(ends) for one in (a, (b[0], *a[1:]))] + ends[-1:]
    up = [f"{x:.1f} {_y(high, scale):.1f}" for x, _, high in ends]
    down = [f"{x:.1f} {_y(low, scale):.1f}" for x, low, _ in reversed(ends)]
    faint = BAND / 2 if series.style.thin else BAND
    style = f'fill="{series.style.colour}" opacity="{faint}"{name_attribute(series.style.name, "")}'
    return f'<path class="band" d="M{"L".join([*up, *down])}Z" {style}/>'


def marker(style: Style, x: float, y: float, tip: str = "") -> str:
    """A dot or a cross of a name."""
    more = name_attribute(style.name, tip)
    if style.mark == "cross":
        path = f"M{x - 3:.1f} {y - 3:.1f}l6 6M{x - 3:.1f} {y + 3:.1f}l6 -6"
        return f'<path d="{path}" fill="none" stroke="{style.colour}" stroke-width="1.6"{more}/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="{style.colour}"{more}/>'


def _line(series: Series, at: Sequence[float], scale: Scale, steps: bool = False) -> str:
    known = [(x, value) for x, value in zip(at, series.values, strict=True) if value is not None]
    if not known:
        return ""
    if series.style.mark != "line" or len(known) == 1:
        return "".join(marker(series.style, x, _y(value, scale)) for x, value in known)
    path, pen = "", "M"
    for x, value in zip(at, series.values, strict=True):
        if value is None or (scale.log and value <= 0):
            pen = "M"
            continue
        path += (
            f"H{x:.1f}V{_y(value, scale):.1f}"
            if steps and pen == "L"
            else f"{pen}{x:.1f} {_y(value, scale):.1f}"
        )
        pen = "L"
    dash = f' stroke-dasharray="{series.style.dash}"' if series.style.dash else ""
    style = f'stroke="{series.style.colour}"{dash}{name_attribute(series.style.name, "")}'
    kind = "line thin" if series.style.thin else "line"
    return f'<path class="{kind}" d="{path}" {style}/>'


def _stack(drawn: Lines) -> list[tuple[float | None, ...]]:
    """Values of a stack from the bottom up."""
    sums, total = [], [0.0] * len(drawn.dates)
    for series in drawn.series:
        total = [t + (v or 0.0) for t, v in zip(total, series.values, strict=True)]
        sums.append(tuple(total))
    return [tuple(line) for line in sums]


def _area(
    series: Series,
    top: Sequence[float | None],
    below: Sequence[float | None] | None,
    at: Sequence[float],
    scale: Scale,
) -> str:
    foot = below or [0.0] * len(at)
    up = [f"{x:.1f} {_y(v or 0.0, scale):.1f}" for x, v in zip(at, top, strict=True)]
    down = [f"{x:.1f} {_y(v or 0.0, scale):.1f}" for x, v in zip(at, foot, strict=True)][::-1]
    style = f'fill="{series.style.colour}" stroke="#fff" stroke-width="0.7"'
    return f'<path d="M{"L".join([*up, *down])}Z" {style}{name_attribute(series.style.name, "")}/>'


def short(value: float) -> str:
    """A number in a tip: three digits, thousands apart."""
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return text.replace("-", "\u2212")


def svg(width: float, height: float, parts: Iterable[str], more: str) -> str:
    box = f'viewBox="0 0 {width:g} {height:.0f}" role="img" aria-hidden="true"'
    return f"<svg {box} {more}>{''.join(parts)}</svg>"
