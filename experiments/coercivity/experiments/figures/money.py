"""Figures of totals over the period: who pays, what it costs the public, where the pollution goes."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

import pandas as pd

from coercivity.experiments.config.places import WORLD
from coercivity.experiments.figures.chart import Bars, Figure, Series, Style
from coercivity.experiments.figures.places import homes, place_name
from coercivity.experiments.figures.subject import Subject
from coercivity.experiments.measures.bands import HIGH, LOW, band
from coercivity.experiments.measures.catalogue import by_jurisdiction
from coercivity.experiments.measures.comparison import WELFARE, ComparisonRow
from coercivity.experiments.measures.quantities import Tables

PLACES = 8  # places of a panel
LEAST = 0.02  # of the longest bar: what is shorter is not drawn
POLLUTANTS = 9  # panels of the last figure
BILLION = 1e9
KINDS = {
    "purse": Style("public purse", "#0072B2"),
    "firms": Style("firms, as booked without stocks", "#E69F00"),
    "rest": Style("users, and everybody's stocks", "#9a9a9a"),
}
STOCK_ITEMS = ("use of stock", "stock released", "stock taken up")

MEANS = (
    " Parts are means over futures, so that they add up; in brackets the 80 % band of a place's whole change."
)


def who_pays(subject: Subject) -> Figure | None:
    """The change of welfare by jurisdiction and by who bears it."""
    if subject.alone:
        return None
    first, *others = subject.names
    where = homes(subject.evidence)
    base = [_borne(tables, where) for tables in subject.every(first)]
    panels = []
    for name in others:
        every = [
            _borne(tables, where).sub(held, fill_value=0.0) / BILLION
            for tables, held in zip(subject.every(name), base, strict=True)
        ]
        change = _mean(every)
        size = change.abs().sum(axis=1).sort_values(ascending=False)
        kept = [place for place in size.index[:PLACES] if size[place] > LEAST * size.iloc[0]]
        series = tuple(Series(KINDS[kind], tuple(map(float, change.loc[kept, kind]))) for kind in KINDS)
        labels = tuple(f"{place_name(place)}{_band_of(every, place)}" for place in kept)
        keys = subject.scenario_key(name) if len(others) > 1 else {}
        panels.append(
            Bars(subject.short(name), "change, billion USD", labels, series, stacked=True, keys=keys)
        )
    choices = tuple(
        choice.__class__(choice.name, choice.title, choice.options[1:])
        for choice in subject.scenario_choice()
    )
    return Figure(
        "who_pays",
        "Who pays",
        f"Change of welfare against {subject.short(first)}, {subject.period}, by jurisdiction and bearer.",
        tuple(panels),
        legend=tuple(KINDS.values()),
        choices=choices if len(others) > 1 else (),
        note=(
            "The three parts add up to the change of welfare. The purse is minus the change of fiscal cost; "
            "firms are what their accounts changed by, by their home, stocks left out; users and "
            f"everybody's stocks are the rest. {WELFARE} {subject.short(first)}."
            f"{MEANS if subject.comparison.seeds else ''}"
        ),
    )


def _mean(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The mean over futures, whose parts add up; who is not there has nought."""
    return pd.concat(found).groupby(level=0).sum() / len(found)


def _band_of(every: Sequence[pd.DataFrame], place: str) -> str:
    """The 80 % band of a place's whole change, where there are several futures."""
    if len(every) < 2:
        return ""
    whole = [change.sum(axis=1).reindex([place], fill_value=0.0) for change in every]
    found = band([float(one.iloc[0]) for one in whole])
    return f" ({found.low:.2g} to {found.high:.2g})".replace("-", "\u2212")


def _borne(tables: Tables, where: Mapping[str, str]) -> pd.DataFrame:
    """Welfare over the period, USD, by jurisdiction and who has it."""
    welfare = by_jurisdiction(tables, "welfare").drop(WORLD, errors="ignore")
    purse = -by_jurisdiction(tables, "fiscal_cost").drop(WORLD, errors="ignore")
    accounts = tables["accounts"]
    rows = accounts[(accounts["kind"] == "firm") & ~accounts["item"].isin(STOCK_ITEMS)]
    capacity = tables["activity"].groupby(["firm", "jurisdiction"])["capacity"].sum()
    largest = capacity.sort_values().reset_index().drop_duplicates("firm", keep="last")
    home = dict(zip(largest["firm"], largest["jurisdiction"], strict=True)) | dict(where)
    firms = rows.groupby(rows["owner"].map(home).fillna("ROW"))["usd"].sum()
    borne = pd.DataFrame({"purse": purse, "firms": firms, "welfare": welfare}).fillna(0.0)
    borne["rest"] = borne["welfare"] - borne["purse"] - borne["firms"]
    return borne.drop(columns="welfare")


def fiscal(subject: Subject) -> Figure | None:
    """What states pay and take in, by item and by jurisdiction."""
    items = {
        name: pd.DataFrame(
            [_states(tables).groupby("item")["usd"].sum() / BILLION for tables in subject.every(name)]
        ).fillna(0.0)
        for name in subject.names
    }
    panels = [_totals(subject, "world, by item (paid below zero)", "billion USD", items)]
    rows = [row for row in subject.comparison.rows if row.indicator == "fiscal cost"]
    if rows:
        panels.append(_bars(subject, "fiscal cost by jurisdiction", "billion USD", rows, 1e-3))
    if not any(panel.labels for panel in panels):
        return None
    return Figure(
        "fiscal",
        "What it costs the public",
        f"What states took in and paid, {subject.period}, added up and not discounted.",
        tuple(panel for panel in panels if panel.labels),
        legend=tuple(subject.styles.values()),
        note=(
            "A cost below zero is revenue. Use of the states' own stocks is left out of the cost."
            f"{subject.sure}"
        ),
    )


def _states(tables: Tables) -> pd.DataFrame:
    accounts = tables["accounts"]
    return accounts[(accounts["kind"] == "state") & ~accounts["item"].isin(["use of stock"])]


def burdens(subject: Subject) -> Figure | None:
    """Where the pollution goes."""
    rows = [
        row
        for row in subject.comparison.rows
        if row.indicator.startswith("burden: ") and row.jurisdiction != "OUTSIDE"
    ]
    names = list(dict.fromkeys(row.indicator for row in rows))[:POLLUTANTS]
    if not names:
        return None
    panels = []
    for name in names:
        mine = [row for row in rows if row.indicator == name]
        panels.append(_bars(subject, name.removeprefix("burden: "), mine[0].unit, mine, 1.0))
    return Figure(
        "burdens",
        "Environmental burdens by jurisdiction",
        f"Pollution where it arises, totals of {subject.period}.",
        tuple(panels),
        legend=tuple(subject.styles.values()),
        note=(
            f"Places below {LEAST:.0%} of the largest are not drawn; all are in the table of all numbers."
            f"{subject.sure}"
        ),
    )


def _bars(subject: Subject, title: str, unit: str, rows: Sequence[ComparisonRow], scale: float) -> Bars:
    """The rows that matter most, largest first; the world last."""

    def size(row: ComparisonRow) -> float:
        return max(abs(value or 0.0) for value in row.values.values())

    places = sorted((row for row in rows if row.jurisdiction != WORLD), key=size, reverse=True)[:PLACES]
    most = max(map(size, places), default=0.0)
    kept = [row for row in places if size(row) > LEAST * most]
    kept += [row for row in rows if row.jurisdiction == WORLD]
    series = tuple(_bar(subject.styles[name], name, kept, scale) for name in subject.names)
    return Bars(title, unit, tuple(row.place for row in kept), series)


def _bar(style: Style, name: str, rows: Sequence[ComparisonRow], scale: float) -> Series:
    """A scenario's bars, with 80 % bands where there are several futures."""
    values = tuple((row.values[name] or 0.0) * scale for row in rows)
    spans = [row.band(name) for row in rows]
    if not any(spans):
        return Series(style, values)
    low = tuple(span.low * scale if span else None for span in spans)
    return Series(style, values, low, tuple(span.high * scale if span else None for span in spans))


def _totals(subject: Subject, title: str, unit: str, found: Mapping[str, pd.DataFrame]) -> Bars:
    """Bars of what each scenario has in every future, a row a future: medians, with bands where several."""
    middle = pd.DataFrame({name: table.median() for name, table in found.items()}).fillna(0.0)
    size = middle.abs().max(axis=1).sort_values(ascending=False)
    kept = [item for item in size.index[: PLACES + 4] if size[item] > 0.001]
    series = []
    for name, table in found.items():
        mine = table.reindex(columns=kept).fillna(0.0)
        ends = [mine.quantile(share) for share in (LOW, HIGH)] if len(mine) > 1 else []
        series.append(Series(subject.styles[name], *(tuple(map(float, v)) for v in (mine.median(), *ends))))
    return Bars(title, unit, tuple(map(str, kept)), tuple(series))


Maker = Callable[[Subject], "Figure | None"]
MAKERS = cast("tuple[Maker, ...]", (who_pays, fiscal, burdens))
