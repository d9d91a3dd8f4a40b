"""A figure in words and as a table, for those who cannot see it and for those who want the numbers."""

from collections.abc import Iterator, Mapping
from html import escape

from coercivity.experiments.view.chart import Bars, Figure, Lines
from coercivity.experiments.view.scale import written
from coercivity.experiments.view.svg import keyed


def told(figure: Figure) -> Iterator[tuple[str, Mapping[str, str]]]:
    """A sentence for every panel or drawing, with the choices under which it holds."""
    if figure.scene:
        yield from ((layer.said, layer.keys) for layer in figure.scene.layers if layer.said)
    for panel in figure.panels:
        yield _of_lines(panel) if isinstance(panel, Lines) else _of_bars(panel), panel.keys


def _of_lines(panel: Lines) -> str:
    parts = []
    for series in panel.series:
        known = [(v, date) for v, date in zip(series.values, panel.dates, strict=True) if v is not None]
        if not known:
            continue
        most, when = max(known)
        text = f"{series.style.name} {_number(known[0][0])} to {_number(known[-1][0])}"
        if most > 1.02 * max(known[0][0], known[-1][0]):
            text += f", highest {_number(most)} in {when[:7]}"
        parts.append(text)
    return f"{panel.title} ({panel.unit}): {'; '.join(parts) or 'no values'}."


def _of_bars(panel: Bars) -> str:
    parts = []
    for series in panel.series:
        values = [
            f"{label} {_number(value or 0.0)}"
            for label, value in zip(panel.labels, series.values, strict=True)
        ]
        parts.append(f"{series.style.name}: {', '.join(values[:4])}")
    return f"{panel.title} ({panel.unit}): {'; '.join(parts)}."


def tables(figure: Figure) -> Iterator[str]:
    """Every panel as an HTML table: years down, names across; or labels down.

    A drawing's table is made on the page from what it shows at the time.
    """
    for panel in figure.panels:
        names = [series.style.name for series in panel.series]
        rows = list(_by_year(panel) if isinstance(panel, Lines) else _by_label(panel))
        yield (
            f"<div{keyed(panel.keys, figure)}>"
            + _table(f"{panel.title} ({panel.unit})", names, rows)
            + "</div>"
        )


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


def _by_label(panel: Bars) -> Iterator[tuple[str, list[str]]]:
    for n, label in enumerate(panel.labels):
        yield label, [_number(series.values[n] or 0.0) for series in panel.series]


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


def _number(value: float) -> str:
    return written(value) if abs(value) >= 100 else f"{value:.3g}".replace("-", "\u2212")
