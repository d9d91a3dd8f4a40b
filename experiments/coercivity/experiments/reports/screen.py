"""The comparison as a table that fits 100 columns of a terminal."""

from rich.console import Console
from rich.table import Table

from coercivity.experiments.measures.comparison import WELFARE, Comparison, Row, with_interval
from coercivity.experiments.reports.headlines import headlines
from coercivity.experiments.reports.in_short import in_short

WIDTH = 100
MARKS = "+ best, ! worst, where one direction is better and they differ by 1 % or more."
SURE = "\n±: 95 % interval over seeds; marked where that of the paired difference leaves out nought."
_STYLE = {"best": "bold green", "worst": "red", "": ""}
_SIGN = {"best": " +", "worst": " !", "": "  "}


def show(comparison: Comparison) -> None:
    """Print the rows people ask for first; all of them are in compare.csv."""
    console = Console(highlight=False)
    if not console.is_terminal or console.width > WIDTH:
        console = Console(highlight=False, width=WIDTH)
    first, widest = comparison.short(comparison.first), 18 if comparison.seeds else 14
    table = Table(
        title=f"{comparison.start} to {comparison.end}, by {comparison.step}: {comparison.futures}",
        caption=f"{MARKS}{SURE if comparison.seeds else ''}\n{WELFARE} {first}.",
        title_justify="left",
        caption_justify="left",
        box=None,
        padding=(0, 1, 0, 0),
    )
    table.add_column("", overflow="fold", max_width=52)
    for name in comparison.scenarios:
        table.add_column(comparison.short(name), justify="right", overflow="fold", max_width=widest)
    for heading, rows in comparison.by_heading().items():
        if table.row_count:
            table.add_row()
        table.add_row(f"[bold]{heading}[/]")
        for row in rows:
            table.add_row(f"  {row.label}", *_cells(row))
    console.print(table)
    console.print(f"\n[bold]In short.[/] {in_short(comparison)}")
    for sentence in headlines(comparison):
        console.print(f"\n{sentence}")


def _cells(row: Row) -> list[str]:
    cells = []
    for name in row.values:
        mark = row.mark(name)
        text = with_interval(row, name).removesuffix(" %") + _SIGN[mark]
        cells.append(f"[{_STYLE[mark]}]{text}[/]" if mark else text)
    return cells
