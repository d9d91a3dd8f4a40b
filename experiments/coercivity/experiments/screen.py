"""The comparison as a table that fits 100 columns of a terminal."""

from coercivity.experiments.comparison import Comparison, Row, number

WIDTH = 100
_STYLE = {"best": "bold green", "worst": "red", "": ""}
_SIGN = {"best": " +", "worst": " !", "": "  "}


def show(comparison: Comparison) -> None:
    """Print the rows people ask for first; all of them are in compare.csv."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if not console.is_terminal or console.width > WIDTH:
        console = Console(highlight=False, width=WIDTH)
    table = Table(
        title=f"{comparison.start} to {comparison.end}, by {comparison.step}: the same futures",
        caption="+ best   ! worst   (where one direction is better and the difference is visible)",
        title_justify="left",
        caption_justify="left",
        box=None,
        padding=(0, 1, 0, 0),
    )
    table.add_column("", overflow="fold", max_width=34)
    table.add_column("", overflow="fold", max_width=14)
    table.add_column("unit", overflow="fold", max_width=11)
    for name in comparison.scenarios:
        table.add_column(name.replace("_", " "), justify="right", overflow="fold", min_width=9)
    before = ""
    for row in (row for row in comparison.rows if row.shown):
        group = row.indicator.partition(",")[0].partition(" of ")[0].partition(":")[0]
        if before and group != before:
            table.add_row()
        before = group
        table.add_row(row.indicator, row.place, "%" if row.unit == "share" else row.unit, *_cells(row))
    console.print(table)


def _cells(row: Row) -> list[str]:
    cells = []
    for name, value in row.values.items():
        mark = row.mark(name)
        text = number(value, row.unit).removesuffix(" %") + _SIGN[mark]
        cells.append(f"[{_STYLE[mark]}]{text}[/]" if mark else text)
    return cells
