"""A figure in words and as a table, for those who cannot see it and for those who want the numbers."""

from collections.abc import Iterator, Mapping
from html import escape

from coercivity.experiments.figures.chart import Bars, Figure, Lines, Panel, Plane, Ranges, Series
from coercivity.experiments.figures.scale import axis_number
from coercivity.experiments.figures.svg import choice_attributes


def describe_panels(figure: Figure) -> Iterator[tuple[str, Mapping[str, str]]]:
    """A sentence for every panel or drawing, with the choices under which it holds."""
    if figure.scene:
        yield from ((layer.said, layer.keys) for layer in figure.scene.layers if layer.said)
    for panel in figure.panels:
        yield _describe(panel), panel.keys


def _describe(panel: Panel) -> str:
    if isinstance(panel, Lines):
        return _of_lines(panel)
    if isinstance(panel, Plane):
        return f"{panel.title}: {panel.said}"
    return _of_rows(panel)


def _of_lines(panel: Lines) -> str:
    parts = []
    for series in panel.series:
        known = [(v, date) for v, date in zip(series.values, panel.dates, strict=True) if v is not None]
        if not known:
            continue
        most, when = max(known)
        text = f"{series.style.name} {_number(known[0][0])} to {_number(known[-1][0])}"
        if series.low and series.low[-1] is not None and series.high[-1] is not None:
            text += f" (at the end {_number(series.low[-1])} to {_number(series.high[-1])})"
        if most > 1.02 * max(known[0][0], known[-1][0]):
            text += f", highest {_number(most)} in {when[:7]}"
        parts.append(text)
    return f"{panel.title} ({panel.unit}): {'; '.join(parts) or 'no values'}."


def _of_rows(panel: Bars | Ranges) -> str:
    parts = []
    for series in panel.series:
        values = [
            f"{label} {_with_interval(series, n, panel.unit)}"
            for n, label in enumerate(panel.labels)
            if isinstance(panel, Bars) or series.values[n] is not None
        ]
        parts.append(f"{series.style.name}: {', '.join(values[:4])}")
    return f"{panel.title} ({panel.unit}): {'; '.join(parts)}."


def _with_interval(series: Series, n: int, unit: str = "") -> str:
    """A value, with its interval where there is one."""
    value = series.values[n]
    if value is None:
        return "-"
    low, high = (ends[n] if ends else None for ends in (series.low, series.high))
    if low is None or high is None:
        return _number(value, unit)
    return f"{_number(value, unit)} ({_number(low, unit)} to {_number(high, unit)})"


def tables(figure: Figure) -> Iterator[str]:
    """Every panel as an HTML table: years down, names across; or labels down.

    A drawing's table is made on the page from what it shows at the time.
    """
    for panel in figure.panels:
        if isinstance(panel, Plane):
            told = list(_by_point(panel))
            made = _table(f"{panel.title}: {panel.across.title}", [panel.up.title], told) if told else ""
        else:
            names = [series.style.name for series in panel.series]
            rows = list(_by_year(panel) if isinstance(panel, Lines) else _by_label(panel))
            made = _table(f"{panel.title} ({panel.unit})", names, rows)
        yield f"<div{choice_attributes(panel.keys, figure)}>{made}</div>" if made else ""


def _by_year(panel: Lines) -> Iterator[tuple[str, list[str]]]:
    """The mean of each year."""
    for year in dict.fromkeys(date[:4] for date in panel.dates):
        cells = []
        for series in panel.series:
            values = [
                v
                for v, d in zip(series.values, panel.dates, strict=True)
                if d.startswith(year) and v is not None
            ]
            cells.append(_number(sum(values) / len(values)) if values else "-")
        yield f"{year}, mean", cells


def _by_label(panel: Bars | Ranges) -> Iterator[tuple[str, list[str]]]:
    for n, label in enumerate(panel.labels):
        yield label, [_with_interval(series, n, panel.unit) for series in panel.series]


def _by_point(panel: Plane) -> Iterator[tuple[str, list[str]]]:
    """The points that tell something of themselves."""
    for trace in panel.traces:
        for _, y, tip in trace.tips:
            yield tip, [_number(y, panel.up.unit)]


def _table(title: str, names: list[str], rows: list[tuple[str, list[str]]]) -> str:
    head = "".join(f'<th scope="col" class="n">{escape(name)}</th>' for name in names)
    body = "".join(
        f'<tr><th scope="row">{escape(label)}</th>'
        + "".join(f'<td class="n">{cell}</td>' for cell in cells)
        + "</tr>"
        for label, cells in rows
    )
    return (
        f'<table><caption>{escape(title)}</caption><thead><tr><th scope="col"></th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _number(value: float, unit: str = "") -> str:
    if unit == "year":
        return f"{value:.0f}"
    return axis_number(value) if abs(value) >= 100 else f"{value:.3g}".replace("-", "\u2212")
