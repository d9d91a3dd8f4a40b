"""The comparison as a table that fits 100 columns of a terminal."""

from rich.console import Console
from rich.table import Table

from coercivity.experiments.measures.comparison import WELFARE, Comparison, ComparisonRow, with_band
from coercivity.experiments.reports.finding import finding
from coercivity.experiments.reports.headlines import headlines
from coercivity.experiments.reports.sensitivity import certainty

WIDTH = 100
MARKS = "+ best, ! worst, where one direction is better and they differ by 1 % or more."
SURE = "\nMedians with 80 % bands; marked where the band of the difference leaves out zero."
_STYLE = {"best": "bold green", "worst": "red", "": ""}
_SIGN = {"best": " +", "worst": " !", "": "  "}


def show(comparison: Comparison) -> None:
    """Print the rows people ask for first; all of them are in compare.csv."""
    console = Console(highlight=False)
    if not console.is_terminal or console.width > WIDTH:
        console = Console(highlight=False, width=WIDTH)
    first, widest = comparison.short(comparison.first), 20 if comparison.seeds else 14
    table = Table(
        title=f"{comparison.start} to {comparison.end}, by {comparison.step}: {comparison.futures}",
        caption=f"{MARKS}{SURE if comparison.seeds else ''}\n{WELFARE} {first}.",
        title_justify="left",
        caption_justify="left",
        box=None,
        padding=(0, 1, 0, 0),
    )
    table.add_column("", overflow="fold", max_width=36 if comparison.seeds else 52)
    for name in comparison.scenarios:
        table.add_column(comparison.short(name), justify="right", overflow="fold", max_width=widest)
    for heading, rows in comparison.by_heading().items():
        if table.row_count:
            table.add_row()
        table.add_row(f"[bold]{heading}[/]")
        for row in rows:
            table.add_row(f"  {row.label}", *_cells(row))
    console.print(table)
    for line in beats(comparison):
        console.print(f"\n{line}")
    console.print(f"\n[bold]{finding(comparison)}[/] {certainty(comparison)}")
    for sentence in headlines(comparison):
        console.print(f"\n{sentence}")


def beats(comparison: Comparison) -> list[str]:
    """How many futures agree, a line a scenario: of the rows people ask for first that can be better."""
    if not comparison.seeds:
        return []
    return [text for name in comparison.scenarios[1:] if (text := _agreement(comparison, name))]


def _agreement(comparison: Comparison, name: str) -> str:
    """In what a scenario beats the first in all futures, in none, and in what share of them."""
    told: dict[str, list[str]] = {}
    for row in comparison.rows:
        share = row.share_above(name, comparison.first) if row.shown and row.better else None
        if share is None or row.same(row.values[name] or 0.0, row.values[comparison.first] or 0.0):
            continue
        word = {1.0: "all", 0.0: "none"}.get(share, f"{100 * share:.0f} %")
        told.setdefault(word, []).append(f"{row.indicator.partition(',')[0]} ({row.place})")
    if not told:
        return ""
    short, first = comparison.short(name), comparison.short(comparison.first)
    order = sorted(told, key=lambda word: {"all": -101.0, "none": 1.0}.get(word) or -float(word.split()[0]))
    parts = "; ".join(f"in {word}: {', '.join(dict.fromkeys(told[word]))}" for word in order)
    return f"[bold]Futures in which {short} beats {first}[/], {parts}."


def _cells(row: ComparisonRow) -> list[str]:
    cells = []
    for name in row.values:
        mark = row.mark(name)
        text = with_band(row, name).replace(" %", "") + _SIGN[mark]
        cells.append(f"[{_STYLE[mark]}]{text}[/]" if mark else text)
    return cells
