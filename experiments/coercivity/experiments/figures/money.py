"""Figures of totals over the period: who pays, what it costs the public, where the pollution goes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

import pandas as pd

from coercivity.experiments.base.tables import FUTURE
from coercivity.experiments.config.places import ALLIES, HOME_NAME, WORLD
from coercivity.experiments.figures import messages
from coercivity.experiments.figures.chart import Bars, Figure, Series, Style
from coercivity.experiments.figures.look import BEARERS
from coercivity.experiments.figures.places import homes, place_in_sentence, place_name
from coercivity.experiments.figures.scale import tenths
from coercivity.experiments.figures.subject import Subject
from coercivity.experiments.measures.bands import HIGH, LOW, band
from coercivity.experiments.measures.catalogue import by_jurisdiction, main_homes
from coercivity.experiments.measures.comparison import WELFARE, ComparisonRow
from coercivity.experiments.runs.gathered import GatheredTables

PLACES = 8  # places of a panel
LEAST = 0.02  # of the longest bar: what is shorter is not drawn
POLLUTANTS = 9  # panels of the last figure
BILLION = 1e9
VISIBLE = 0.05  # billion USD: what is less is told as 0.0
DOLLAR = 1e-9  # billion USD: what is less is rounding
KINDS = {
    "budgets": Style("government budgets", BEARERS[0]),
    "firms": Style("company profits, by the owner's home", BEARERS[1]),
    "rest": Style("users, and changes in the value of stocks", BEARERS[2]),
}
NET = Style("net change", "#111111", switch=False)
ALLIES_ARE = "Allies are the United States, Europe, Japan, Korea and Australia."
STOCK_ITEMS = ("use of stock", "stock released", "stock taken up")

MEANS = (
    " Parts are means over futures, so that they add up; the diamond is the median of the whole change, with "
    "its 80 % band."
)


def who_pays(subject: Subject) -> Figure | None:
    """The change of welfare by jurisdiction and by who bears it, of all scenarios at once."""
    if subject.alone:
        return None
    first, *others = subject.names
    where = homes(subject.evidence)
    base = _borne(subject.every(first), where)
    panels = [_change(subject, name, where, base) for name in others]
    held = subject.comparison.sentence(first)
    return Figure(
        "who_pays",
        _who_loses(subject, panels),
        f"Change of welfare against {held}, {subject.period}, by place and by who bears it.",
        tuple(panels),
        legend=(*KINDS.values(), NET),
        note=(
            "Each bar splits the change into government budgets, company profits (by the owner's home "
            "country), and everybody else: users, and changes in the value of stocks. Right of the line is a "
            "gain. "
            f"{WELFARE} {held}.{MEANS if subject.comparison.seeds else ''}"
        ),
    )


def _change(subject: Subject, name: str, where: Mapping[str, str], base: pd.DataFrame) -> Bars:
    """The places whose welfare a scenario changes most, by the size of the whole change."""
    futures = subject.every(name).futures
    every = _borne(subject.every(name), where).sub(base, fill_value=0.0) / BILLION
    every = every.where(every.abs() > DOLLAR, 0.0)
    change = every.groupby(level=0).sum() / len(futures)  # the mean, whose parts add up
    size = change.abs().sum(axis=1).sort_values(ascending=False)
    kept = [place for place in size.index[:PLACES] if size[place] > LEAST * size.iloc[0]]
    whole = every.sum(axis=1).unstack().reindex(columns=futures).fillna(0.0)
    bands = {place: band([float(value) for value in whole.loc[place]]) for place in kept}
    kept.sort(key=lambda place: -abs(bands[place].median))
    series = tuple(Series(KINDS[kind], tuple(map(float, change.loc[kept, kind]))) for kind in KINDS)
    found = [bands[place] for place in kept]
    net = Series(NET, tuple(one.median for one in found))
    if len(futures) > 1:
        net = replace(net, low=tuple(one.low for one in found), high=tuple(one.high for one in found))
    labels = tuple(_capital(place_name(place)) for place in kept)
    title = f"{subject.short(name)}: net change and band on the right"
    return Bars(title, "change, billion USD", labels, series, stacked=True, net=net)


def _who_loses(subject: Subject, panels: Sequence[Bars]) -> str:
    """Who loses most and who gains most, in the first scenario that is held against the yardstick."""
    name, panel = subject.names[1], panels[0]
    net = panel.net
    if net is None or not net.values:
        return "Who pays"
    order = sorted(range(len(panel.labels)), key=lambda n: net.values[n] or 0.0)
    loser, winner = order[0], order[-1]
    said = []
    if (net.values[loser] or 0.0) <= -VISIBLE:
        who = place_in_sentence(panel.labels[loser])
        said.append(f"largest loss: {who}, {_billions(net, loser)}")
    if (net.values[winner] or 0.0) >= VISIBLE and winner != loser:
        who = place_in_sentence(panel.labels[winner])
        said.append(f"largest gain: {who}, {_billions(net, winner)}")
    return f"{subject.short(name)}: {'; '.join(said) or 'nobody gains or loses 0.1 billion USD'}"


def _billions(series: Series, n: int) -> str:
    value = abs(series.values[n] or 0.0)
    text = f"{value:.1f} billion USD"
    low, high = (ends[n] if ends else None for ends in (series.low, series.high))
    if low is None or high is None:
        return text
    sign = 1.0 if (series.values[n] or 0.0) >= 0 else -1.0
    ends = sorted((sign * low, sign * high))
    return f"{text} ({tenths(ends[0])} to {tenths(ends[1])})"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _borne(tables: GatheredTables, where: Mapping[str, str]) -> pd.DataFrame:
    """Welfare over the period, USD, by jurisdiction and future, and by who has it."""
    welfare, cost = (
        total[total.index.get_level_values(0) != WORLD]
        for total in (by_jurisdiction(tables, name) for name in ("welfare", "fiscal_cost"))
    )
    accounts = tables["accounts"]
    rows = accounts[(accounts["kind"] == "firm") & ~accounts["item"].isin(STOCK_ITEMS)]
    owners = rows["owner"].astype(object)
    largest = main_homes(tables).reindex(pd.MultiIndex.from_arrays([rows[FUTURE], owners]))
    home = owners.map(where).fillna(pd.Series(largest.to_numpy(dtype=object), index=rows.index))
    firms = rows["usd"].groupby([home.fillna("ROW"), rows[FUTURE]]).sum()
    borne = pd.DataFrame({"budgets": -cost, "firms": firms, "welfare": welfare}).fillna(0.0)
    borne["rest"] = borne["welfare"] - borne["budgets"] - borne["firms"]
    return borne.drop(columns="welfare")


def fiscal(subject: Subject) -> Figure | None:
    """What states pay and take in, by item and by jurisdiction; cost is above zero throughout."""
    items = {name: by_item(subject.every(name)) for name in subject.names}
    rows = [
        row
        for row in subject.comparison.rows
        if row.indicator == "fiscal cost" and row.jurisdiction != ALLIES
    ]
    panels = [_bars(subject, "By state", "cost, billion USD", rows, 1e-3)] if rows else []
    panels.append(_totals(subject, "By item, all states", "cost, billion USD", items))
    if not any(panel.labels for panel in panels):
        return None
    return Figure(
        "fiscal",
        messages.fiscal(subject),
        f"What states pay less what they take in, {subject.period}, added up and not discounted.",
        tuple(panel for panel in panels if panel.labels),
        legend=tuple(subject.styles.values()),
        note=(
            "Right of the line is a cost, left of it revenue. Use of the states' own stocks is left out. "
            f"{ALLIES_ARE}{subject.sure}"
        ),
    )


def by_item(tables: GatheredTables) -> pd.DataFrame:
    """What all states pay less what they take in, billion USD: a row a future, a column an item."""
    accounts = tables["accounts"]
    rows = accounts[(accounts["kind"] == "state") & ~accounts["item"].isin(["use of stock"])]
    paid = -rows["usd"].groupby([rows[FUTURE], rows["item"].astype(object)]).sum() / BILLION
    return paid.unstack().reindex(tables.futures).fillna(0.0)


def burdens(subject: Subject) -> Figure | None:
    """Where the pollution goes: of a comparison, how it moves from the first scenario's."""
    rows = [
        row
        for row in subject.comparison.rows
        if row.indicator.startswith("burden: ") and row.jurisdiction != "OUTSIDE"
    ]
    names = list(dict.fromkeys(row.indicator for row in rows))[:POLLUTANTS]
    panels = []
    for name in names:
        mine = [row for row in rows if row.indicator == name]
        title = _capital(name.removeprefix("burden: "))
        if subject.alone:
            panels.append(_bars(subject, title, mine[0].unit, mine, 1.0))
        elif (panel := _changes(subject, title, f"change, {mine[0].unit}", mine)).labels:
            panels.append(panel)
    if not panels:
        return None
    first = subject.comparison.sentence(subject.names[0])
    against = "" if subject.alone else f", change against {first}"
    legend = tuple(subject.styles[name] for name in (subject.names if subject.alone else subject.names[1:]))
    return Figure(
        "burdens",
        _burden_title(subject),
        f"Pollution where it arises, totals of {subject.period}{against}.",
        tuple(panels),
        legend=legend,
        note=(
            f"Places below {100 * LEAST:.0f} % of the largest are not drawn; all are in the table of all "
            f"numbers."
            f"{subject.sure}"
        ),
    )


def _burden_title(subject: Subject) -> str:
    """What happens to CO2 outside China, in the last scenario that changes it visibly."""
    row = subject.comparison.find("burden: CO2", "OUTSIDE")
    name = subject.names[-1]
    if row is None or subject.alone or row.alike(name, subject.names[0]):
        return "Pollution by place"
    change = messages.change_of(row, name)
    return f"CO2 outside {HOME_NAME} {change} under {subject.comparison.sentence(name)}"


def _changes(subject: Subject, title: str, unit: str, rows: Sequence[ComparisonRow]) -> Bars:
    """The places where scenarios differ most from the first; the world last."""
    names = subject.names[1:]

    def size(row: ComparisonRow) -> float:
        return max(abs(row.change(name) or 0.0) for name in names)

    places = sorted((row for row in rows if row.jurisdiction != WORLD), key=size, reverse=True)[:PLACES]
    most = max(map(size, places), default=0.0)
    kept = [row for row in places if size(row) > LEAST * most > 0]
    series = []
    for name in names:
        values = tuple(row.change(name) or 0.0 for row in kept)
        spans = [row.change_band(name) for row in kept]
        made = Series(subject.styles[name], values)
        if all(spans) and spans:
            made = replace(
                made,
                low=tuple(span.low if span else None for span in spans),
                high=tuple(span.high if span else None for span in spans),
            )
        series.append(made)
    return Bars(title, unit, tuple(_capital(row.place) for row in kept), tuple(series))


def _bars(subject: Subject, title: str, unit: str, rows: Sequence[ComparisonRow], scale: float) -> Bars:
    """The rows that matter most, largest first; the world last."""

    def size(row: ComparisonRow) -> float:
        return max(abs(value or 0.0) for value in row.values.values())

    places = sorted((row for row in rows if row.jurisdiction != WORLD), key=size, reverse=True)[:PLACES]
    most = max(map(size, places), default=0.0)
    kept = [row for row in places if size(row) > LEAST * most]
    kept += [row for row in rows if row.jurisdiction == WORLD]
    series = tuple(_bar(subject.styles[name], name, kept, scale) for name in subject.names)
    return Bars(title, unit, tuple(_capital(row.place) for row in kept), series)


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
    return Bars(title, unit, tuple(_capital(str(item)) for item in kept), tuple(series))


Maker = Callable[[Subject], "Figure | None"]
MAKERS = cast("tuple[Maker, ...]", (who_pays, fiscal, burdens))
