"""Figures as SVG for the page: text stays text, and what a reader points at tells its numbers."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape

from coercivity.experiments.view.chart import Bars, Figure, Label, Layer, Lines, Scene, Series, Shape
from coercivity.experiments.view.scale import Scale, scale_for, written, year_ticks

WIDTH, HEIGHT = 380.0, 232.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 8.0, 22.0, 24.0
ROW = 26.0  # height of a group of bars
NAMES = (60.0, 175.0)  # least and most room for the labels of bars
LETTER = 6.4  # width of a letter of a label


def panel(figure: Figure, drawn: Lines | Bars) -> str:
    """One panel as an SVG element."""
    return lines(drawn, figure) if isinstance(drawn, Lines) else bars(drawn)


def lines(drawn: Lines, figure: Figure) -> str:
    """Series over time, or areas on top of each other."""
    values = _added(drawn) if drawn.stacked else [series.values for series in drawn.series]
    scale = scale_for((v for line in values for v in line), drawn.log, drawn.top)
    if drawn.stacked and drawn.top:
        scale = Scale(0.0, drawn.top, scale.ticks)
    at = [_x(n, len(drawn.dates)) for n in range(len(drawn.dates))]
    parts = [_grid(scale), *_years(drawn.dates, at), *_marks(figure, drawn.dates, at)]
    for n, series in reversed(list(enumerate(drawn.series))):
        below = values[n - 1] if drawn.stacked and n else None
        parts.append(
            _area(series, values[n], below, at, scale) if drawn.stacked else _line(series, at, scale)
        )
    unit = f"{drawn.unit}, log scale" if scale.log else drawn.unit
    parts.append(f'<text class="unit" x="2" y="11">{escape(unit)}</text>')
    parts.append('<line class="cursor" y1="22" y2="208" visibility="hidden"/>')
    told = {
        "x": [round(x, 1) for x in at],
        "dates": [date[:7] for date in drawn.dates],
        "unit": drawn.unit,
        "series": [
            [s.style.name, s.style.colour, [None if v is None else _short(v) for v in s.values]]
            for s in drawn.series
        ],
    }
    data = escape(json.dumps(told, separators=(",", ":"), ensure_ascii=False), quote=True)
    return _svg(WIDTH, HEIGHT, parts, f'class="lines" data-told="{data}"')


def bars(drawn: Bars) -> str:
    """Groups of horizontal bars."""
    height = TOP + ROW * len(drawn.labels) + 34
    if drawn.stacked:
        ends = [sum(max(s.values[n] or 0.0, 0.0) for s in drawn.series) for n in range(len(drawn.labels))] + [
            sum(min(s.values[n] or 0.0, 0.0) for s in drawn.series) for n in range(len(drawn.labels))
        ]
    else:
        ends = [value or 0.0 for s in drawn.series for value in s.values]
    scale = scale_for(ends)

    names = min(max(NAMES[0], LETTER * max(map(len, drawn.labels), default=0) + 10), NAMES[1])

    end = WIDTH - 8 - LETTER * len(written(scale.ticks[-1])) / 2

    def across(value: float) -> float:
        return names + scale.part(value) * (end - names)

    foot = TOP + ROW * len(drawn.labels)
    parts = []
    for tick in scale.ticks:
        x = across(tick)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{foot:.1f}"/>')
        parts.append(
            f'<text class="tick" x="{x:.1f}" y="{foot + 13:.1f}" text-anchor="middle">{written(tick)}</text>'
        )
    for n, label in enumerate(drawn.labels):
        y = TOP + ROW * n
        parts.append(
            f'<text class="tick" x="{names - 6:.1f}" y="{y + ROW / 2 + 4:.1f}" text-anchor="end">'
            f"{escape(label)}</text>"
        )
        parts += _group(drawn, n, y, across)
    zero = across(0.0)
    parts.append(f'<line class="axis" x1="{zero:.1f}" x2="{zero:.1f}" y1="{TOP}" y2="{foot:.1f}"/>')
    middle = (names + end) / 2
    parts.append(
        f'<text class="unit" x="{middle:.1f}" y="{foot + 28:.1f}" text-anchor="middle">'
        f"{escape(drawn.unit)}</text>"
    )
    return _svg(WIDTH, height, parts, 'class="bars"')


def _group(drawn: Bars, n: int, y: float, across: Callable[[float], float]) -> Iterable[str]:
    """The bars of one label."""
    thick = ROW - 6 if drawn.stacked else (ROW - 4) / len(drawn.series)
    ends = {True: 0.0, False: 0.0}  # where the next bar of a stack begins, above and below nought
    for k, series in enumerate(drawn.series):
        value = series.values[n] or 0.0
        start = ends[value > 0] if drawn.stacked else 0.0
        ends[value > 0] = start + value
        x0, x1 = sorted((across(start), across(start + value)))
        top = y + 3 if drawn.stacked else y + 2 + k * thick
        tip = f"{drawn.labels[n]}, {series.style.name}: {_short(value)} {drawn.unit}"
        yield (
            f'<rect x="{x0:.1f}" y="{top:.1f}" width="{max(x1 - x0, 0.3):.1f}" height="{0.9 * thick:.1f}" '
            f'fill="{series.style.colour}"{_named(series.style.name, tip)}/>'
        )


def scene(drawn: Scene, figure: Figure) -> str:
    """A drawing of its own geometry; layers that are not chosen are hidden."""
    parts = [_layer(layer, figure) for layer in drawn.layers]
    return _svg(drawn.width, drawn.height, parts, 'class="scene"')


def _layer(layer: Layer, figure: Figure) -> str:
    inner = "".join(map(_shape, layer.shapes)) + "".join(map(_label, layer.labels))
    return f"<g{keyed(layer.keys, figure)}>{inner}</g>"


def keyed(keys: Mapping[str, str], figure: Figure) -> str:
    """The attributes that show or hide an element by the reader's choices."""
    if not keys:
        return ""
    data = escape(json.dumps(dict(keys), separators=(",", ":")), quote=True)
    return f' data-keys="{data}"' + ("" if figure.shown(keys) else " data-away")


def _shape(shape: Shape) -> str:
    if shape.path[0][0] == "O":
        x, y, r = shape.path[0][1]
        faint = f'fill="{shape.colour}" opacity="{shape.opacity}"{_named(shape.name, shape.tip)}'
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" {faint}/>'
    path = "".join(letter + " ".join(f"{number:.1f}" for number in at) for letter, at in shape.path)
    faint = f' opacity="{shape.opacity}"' if shape.opacity < 1 else ""
    paint = (
        f'fill="none" stroke="{shape.colour}" stroke-width="{shape.width:.1f}"'
        if shape.width
        else f'fill="{shape.colour}"'
    )
    return f'<path d="{path}" {paint}{faint}{_named(shape.name, shape.tip)}/>'


def _label(label: Label) -> str:
    weight = ' font-weight="700"' if label.bold else ""
    return (
        f'<text class="label" x="{label.x:.1f}" y="{label.y:.1f}" font-size="{label.size}" '
        f'text-anchor="{label.anchor}"{weight}>{escape(label.text)}</text>'
    )


def _named(name: str, tip: str) -> str:
    told = f' data-tip="{escape(tip, quote=True)}"' if tip else ""
    return (f' data-name="{escape(name, quote=True)}"' if name else "") + told


def _x(n: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (n + 0.5 if count == 1 else n / (count - 1))


def _y(value: float, scale: Scale) -> float:
    return HEIGHT - BOTTOM - scale.part(value) * (HEIGHT - TOP - BOTTOM)


def _grid(scale: Scale) -> str:
    parts = []
    for tick in scale.ticks:
        y = _y(tick, scale)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(
            f'<text class="tick" x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{written(tick)}</text>'
        )
    return "".join(parts)


def _years(dates: Sequence[str], at: Sequence[float]) -> Iterable[str]:
    for n, word in year_ticks(dates):
        anchor = "start" if n == 0 and len(dates) > 1 else "end" if n == len(dates) - 1 else "middle"
        yield f'<text class="tick" x="{at[n]:.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}">{word}</text>'


def _marks(figure: Figure, dates: Sequence[str], at: Sequence[float]) -> Iterable[str]:
    """A thin line and a number where something happened; numbers that are close stand lower."""
    depth, before = 0, -99.0
    for mark in figure.marks:
        n = max((n for n, date in enumerate(dates) if date <= mark.date), default=0)
        x = at[n]
        depth, before = (depth + 1 if x - before < 14 else 0), x
        tip = f"{mark.date[:7]}: {mark.text}"
        yield f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
        yield (
            f'<text class="mark" x="{x + 3:.1f}" y="{TOP + 9 + 10 * depth}"{_named("", tip)}>'
            f"{mark.number}</text>"
        )


def _line(series: Series, at: Sequence[float], scale: Scale) -> str:
    path, pen = "", "M"
    for x, value in zip(at, series.values, strict=True):
        if value is None or (scale.log and value <= 0):
            pen = "M"
            continue
        path += f"{pen}{x:.1f} {_y(value, scale):.1f}"
        pen = "L"
    dash = f' stroke-dasharray="{series.style.dash}"' if series.style.dash else ""
    style = f'stroke="{series.style.colour}"{dash}{_named(series.style.name, "")}'
    if len([value for value in series.values if value is not None]) == 1:
        left, top = path[1:].split(" ")
        named = _named(series.style.name, "")
        return f'<circle cx="{left}" cy="{top}" r="3.5" fill="{series.style.colour}"{named}/>'
    return f'<path class="line" d="{path}" {style}/>'


def _added(drawn: Lines) -> list[tuple[float | None, ...]]:
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
    return f'<path d="M{"L".join([*up, *down])}Z" {style}{_named(series.style.name, "")}/>'


def _short(value: float) -> str:
    """A number in a tip: three digits, thousands apart."""
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return text.replace("-", "\u2212")


def _svg(width: float, height: float, parts: Iterable[str], more: str) -> str:
    box = f'viewBox="0 0 {width:g} {height:.0f}" role="img" aria-hidden="true"'
    return f"<svg {box} {more}>{''.join(parts)}</svg>"
