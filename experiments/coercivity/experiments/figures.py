"""The figures of a comparison: one function each, from tables to a drawn figure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from coercivity.experiments.comparison import WELFARE, Comparison, Row
from coercivity.experiments.marks import Mark, marks
from coercivity.experiments.measures import (
    COUNTED,
    NAMES,
    STAGES,
    WORLD,
    Tables,
    price_series,
    price_weights,
    share_series,
    shortage_series,
)
from coercivity.experiments.style import COLOURS, DASHES, WIDTH, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Runs = Mapping[str, Tables]
BUYERS = ("US", "EU", "JP", "KR", "IN", WORLD)
DATA = "_data"  # label of what is data, not a mark; matplotlib keeps it out of legends
POLLUTANTS = 9  # panels of the last figure
LEAST = 0.02  # of the longest bar: what is shorter is not drawn
SPREAD = 4.0  # highest over median price from which the scale is logarithmic
PLACES = 7  # bars of a group


@dataclass(frozen=True)
class Drawing:
    """A figure with its file name, its title and what one sees on it, in words."""

    name: str
    title: str
    figure: "Figure"
    alt: str
    note: str = ""


def drawings(comparison: Comparison, runs: Runs) -> Iterator[Drawing]:
    """Every figure of a comparison, one at a time; each is closed when the next is asked for."""
    import matplotlib.pyplot as plt

    makers: Sequence[Callable[[Comparison, Runs], Drawing | None]] = (
        prices,
        shares,
        shortages,
        money,
        burdens,
    )
    for make in makers:
        with styled():
            drawing = make(comparison, runs)
            if drawing is not None:
                yield drawing
                plt.close(drawing.figure)


def prices(comparison: Comparison, runs: Runs) -> Drawing:
    """Neodymium and dysprosium, inside China and outside, with the telling events."""
    figure, axes = _panels(2, 2, 4.6, sharex=True, sharey="row")
    weights = price_weights(runs[comparison.first])
    told = marks(runs)
    for row, element in enumerate(("Nd", "Dy")):
        for column, (side, place) in enumerate((("inside", "in China"), ("outside", "outside China"))):
            panel = axes[row][column]
            for number, tables in enumerate(runs.values()):
                series = price_series(tables["prices"], f"oxide:{element}", weights)[side]
                _line(panel, series, number)
            panel.set_title(f"{element} oxide {place}")
            _mark(panel, told)
            _years(panel)
        _price_scale(axes[row])
    _legend(figure, comparison)
    alt = f"Prices of neodymium and dysprosium oxide in China and outside, {_period(comparison)}."
    return Drawing("prices", "Prices inside and outside China", figure, alt, _note(told))


def shares(comparison: Comparison, runs: Runs) -> Drawing:
    """China's share of mining, separation and magnets."""
    figure, axes = _panels(1, 3, 2.6, sharex=True, sharey=True)
    told = marks(runs)
    for panel, (stage, word) in zip(axes[0], STAGES.items(), strict=True):
        for number, tables in enumerate(runs.values()):
            _line(panel, 100 * share_series(tables["activity"], stage), number)
        panel.set_title(word)
        panel.set_ylim(0, 100)
        _mark(panel, told)
        _years(panel)
    axes[0][0].set_ylabel("China's share of output (%)")
    _legend(figure, comparison)
    tonnes = "; ".join(f"{word} in {COUNTED[stage]}" for stage, word in STAGES.items())
    alt = f"China's share of world output, counted as {tonnes}; {_period(comparison)}."
    return Drawing("shares", "China's share by stage", figure, alt, _note(told))


def shortages(comparison: Comparison, runs: Runs) -> Drawing | None:
    """Shortage of magnets by jurisdiction."""
    series = [shortage_series(tables["uses"]) for tables in runs.values()]
    unit = next((unit for unit, _ in series[0] if "magnet" in unit), None)
    if unit is None:
        return None
    places = [place for place in BUYERS if (unit, place) in series[0]]
    rows = (len(places) + 2) // 3
    figure, axes = _panels(rows, 3, 0.9 + 1.7 * rows, sharex=True, sharey=True)
    told = marks(runs)
    panels = [panel for line in axes for panel in line]
    for panel, place in zip(panels, places, strict=False):
        for number, found in enumerate(series):
            if (unit, place) in found:
                _line(panel, 100 * found[(unit, place)], number)
        panel.set_title(NAMES.get(place, place))
        _mark(panel, told)
        _years(panel)
    for panel in panels[len(places) :]:
        panel.set_visible(False)
    for line in axes:
        line[0].set_ylim(bottom=0)
        line[0].set_ylabel("not served (%)")
    _legend(figure, comparison)
    alt = f"Share of magnets wanted at reference prices and not served, {_period(comparison)}."
    return Drawing("shortage", "Shortage of magnets by jurisdiction", figure, alt, _note(told))


def money(comparison: Comparison, _runs: Runs) -> Drawing | None:
    """Change of welfare and of the cost to the public purse, by jurisdiction."""
    known = {row.indicator for row in comparison.rows}
    kinds = [name for name in ("welfare change", "fiscal cost") if name in known]
    if not kinds or len(comparison.scenarios) < 2:
        return None
    figure, axes = _panels(1, len(kinds), 3.2)
    for panel, kind in zip(axes[0], kinds, strict=True):
        rows = _largest([row for row in comparison.rows if row.indicator == kind], change=True)
        _bars(panel, rows, comparison, change=True, scale=1e-3)
        panel.set_title(
            "change of welfare" if kind == "welfare change" else "change of cost to the public purse"
        )
        panel.set_xlabel(f"against {comparison.short(comparison.first)} (billion USD)")
    _legend(figure, comparison, bars=True, skip=1)
    alt = f"Change of welfare and public cost by jurisdiction, billion USD, {_period(comparison)}."
    note = f"{WELFARE} {comparison.short(comparison.first)}"
    return Drawing("money", "Change of welfare and public cost", figure, alt, note)


def burdens(comparison: Comparison, _runs: Runs) -> Drawing | None:
    """Where the pollution goes."""
    rows = [row for row in comparison.rows if row.indicator.startswith("burden: ")]
    names = list(dict.fromkeys(row.indicator for row in rows))[:POLLUTANTS]
    if not names:
        return None
    from matplotlib.ticker import MaxNLocator

    lines, columns = (len(names) + 2) // 3, min(3, len(names))
    figure, axes = _panels(lines, columns, 0.8 + 2.3 * lines)
    panels = [panel for line in axes for panel in line]
    for panel, name in zip(panels, names, strict=False):
        mine = _largest([row for row in rows if row.indicator == name and row.jurisdiction != "OUTSIDE"])
        _bars(panel, mine, comparison, change=False, scale=1.0)
        panel.set_title(name.removeprefix("burden: "))
        panel.set_xlabel(f"{mine[0].unit} over the period" if mine else "")
        panel.xaxis.set_major_locator(MaxNLocator(3))
        panel.xaxis.set_major_formatter("{x:,.0f}")
    for panel in panels[len(names) :]:
        panel.set_visible(False)
    _legend(figure, comparison, bars=True)
    alt = f"Environmental burdens by jurisdiction and pollutant, totals over {_period(comparison)}."
    return Drawing("burdens", "Environmental burdens by jurisdiction", figure, alt)


def _panels(rows: int, columns: int, height: float, **sharing: Any) -> "tuple[Figure, list[list[Axes]]]":
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        rows, columns, figsize=(WIDTH, height), squeeze=False, layout="constrained", **sharing
    )
    return figure, [list(line) for line in axes]


def _line(panel: "Axes", series: "pd.Series[Any]", number: int) -> None:
    dates = pd.to_datetime(series.index.to_series())
    panel.plot(
        dates.to_numpy(),
        series.to_numpy(dtype=float),
        color=COLOURS[number % len(COLOURS)],
        linestyle=DASHES[number % len(DASHES)],
        marker="o" if len(series) < 2 else "",
        label=DATA,
    )


def _legend(figure: "Figure", comparison: Comparison, bars: bool = False, skip: int = 0) -> None:
    """Every scenario's name beside its line or bar, above the panels."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = []
    for n, title in list(enumerate(map(comparison.short, comparison.scenarios)))[skip:]:
        colour, dash = COLOURS[n % len(COLOURS)], DASHES[n % len(DASHES)]
        line = Line2D([], [], color=colour, linestyle=dash, label=title)
        handles.append(Patch(color=colour, label=title) if bars else line)
    columns = min(3 if max(map(len, comparison.scenarios)) > 18 else 4, len(handles))
    figure.legend(handles=handles, loc="outside upper left", ncols=columns, handlelength=2.6)


def _mark(panel: "Axes", told: Sequence[Mark]) -> None:
    """A thin line and a number where something happened."""
    crowded = pd.Timedelta(days=400)  # numbers of marks this close are set one below the other
    depth, before = 0, None
    for mark in told:
        depth = depth + 1 if before is not None and mark.date - before < crowded else 0
        before = mark.date
        at: Any = mark.date.to_numpy()
        panel.axvline(at, color="#888888", linewidth=0.6, linestyle=":", zorder=0)
        panel.annotate(
            str(mark.number),
            (at, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(2, -7 - 8 * depth),
            textcoords="offset points",
            fontsize=6.5,
            color="#555555",
        )


def _bars(panel: "Axes", rows: Sequence[Row], comparison: Comparison, change: bool, scale: float) -> None:
    """Horizontal bars: a group a jurisdiction, a bar a scenario."""
    names = comparison.scenarios[1:] if change else comparison.scenarios
    height = 0.8 / len(names)
    for n, name in enumerate(names):
        values = [(row.change(name) if change else row.values[name]) or 0.0 for row in rows]
        at = [place + (n - (len(names) - 1) / 2) * height for place in range(len(rows))]
        colour = COLOURS[(n + change) % len(COLOURS)]
        panel.barh(at, [value * scale for value in values], height=0.9 * height, color=colour)
    panel.set_yticks(range(len(rows)), [row.place for row in rows])
    panel.invert_yaxis()
    panel.grid(visible=False, axis="y")
    if change:
        panel.axvline(0, color="black", linewidth=0.8)


def _years(panel: "Axes") -> None:
    """Few enough dates below a panel that they stand apart."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=3, maxticks=6)  # type: ignore[no-untyped-call]
    panel.xaxis.set_major_locator(locator)
    shown = ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]
    panel.xaxis.set_major_formatter(shown)


def _price_scale(panels: "Sequence[Axes]") -> None:
    """From nought; logarithmic where a spike would flatten everything else."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    values = pd.Series([value for panel in panels for line in panel.lines for value in _drawn(line)])
    if values.empty:
        return
    spiky = values.max() > SPREAD * values.median()
    for panel in panels:
        if not spiky:
            panel.set_ylim(0, 1.1 * values.max())
            continue
        panel.set_yscale("log")
        panel.yaxis.set_major_locator(LogLocator(10, (1.0, 2.0, 5.0)))
        panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _at: f"{value:,.0f}"))
        panel.yaxis.set_minor_formatter(NullFormatter())
        panel.set_ylim(0.7 * values.min(), 1.6 * values.max())
    panels[0].set_ylabel("price (USD/kg, log scale)" if spiky else "price (USD/kg)")


def _drawn(line: Any) -> list[float]:
    """The finite values of a line that is data, not a mark."""
    return list(pd.Series(line.get_ydata(), dtype=float).dropna()) if line.get_label() == DATA else []


def _note(told: Sequence[Mark]) -> str:
    said = "; ".join(f"{mark.number} {mark.date:%Y-%m}: {mark.text}" for mark in told)
    return f"Marked: {said}" if said else ""


def _largest(rows: Sequence[Row], change: bool = False) -> list[Row]:
    """The rows that matter most, largest first; the world last."""

    def size(row: Row) -> float:
        values = [row.change(name) if change else value for name, value in row.values.items()]
        return max(abs(value or 0.0) for value in values)

    most = max((size(row) for row in rows), default=0.0)
    placed = sorted((row for row in rows if row.jurisdiction != WORLD), key=size, reverse=True)[:PLACES]
    kept = [row for row in placed if size(row) > LEAST * most]
    return kept + [row for row in rows if row.jurisdiction == WORLD]


def _period(comparison: Comparison) -> str:
    return f"{comparison.start} to {comparison.end}, by scenario"
