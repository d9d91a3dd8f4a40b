"""Figures over time: prices, shares, shortages, stocks and plants."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import pandas as pd

from coercivity.experiments.config.labels import falls_under
from coercivity.experiments.config.places import HOME, NAMES, WORLD
from coercivity.experiments.figures.chart import Figure, Lines, Series, Style
from coercivity.experiments.figures.look import PLACES
from coercivity.experiments.figures.marks import marks
from coercivity.experiments.figures.places import OTHER, legend, style_of
from coercivity.experiments.figures.subject import Subject
from coercivity.experiments.measures.bands import HIGH, LOW
from coercivity.experiments.measures.catalogue import price_series, share_series
from coercivity.experiments.measures.quantities import Tables, Weights, shortage_series
from coercivity.model.inputs.names import form

BUYERS = ("US", "EU", "JP", "KR", "IN", WORLD)
PLACES_OF_PRICE = {"inside": "in China", "outside": "outside China"}
SPREAD = 4.0  # highest over median price from which the scale is logarithmic


def prices(subject: Subject) -> Figure:
    """Prices inside China and outside, with the telling events."""
    panels = [panel for material in telling(subject) for panel in price_panels(subject, material)]
    return _figure(
        subject,
        "prices",
        "Prices inside China and outside",
        f"What {subject.wording.names.words.prices} cost in China and, weighted by what arrives, outside.",
        panels,
        marked=True,
    )


def price_panels(subject: Subject, material: str) -> list[Lines]:
    """A material's price in China and outside, on the same scale: logarithmic where it soars."""
    sides = []
    for side in PLACES_OF_PRICE:
        price = partial(_price, material=material, side=side)
        sides.append(_lines(subject, _curve_title(subject, material, side), "USD/kg", price))
    every = sorted(v for panel in sides for line in panel.series for v in line.ends if v is not None)
    spiky = bool(every) and every[-1] > SPREAD * every[len(every) // 2]
    top = every[-1] if every else None
    return [replace(panel, log=spiky, top=top) for panel in sides]


def _curve_title(subject: Subject, material: str, side: str) -> str:
    return f"{subject.wording.priced(material)} {PLACES_OF_PRICE[side]}"


def _price(tables: Tables, weights: Weights, material: str, side: str) -> "pd.Series[Any]":
    return price_series(tables["prices"], material, weights)[side]


def telling(subject: Subject) -> list[str]:
    """The materials whose prices are shown: those the chain tells, else the first separated or any."""
    names = subject.wording.names
    known = sorted(set(subject.runs[subject.names[0]]["prices"]["material"]))
    found = [material for material in names.words.telling if material in known]
    separated = [material for material in known if form(material) == names.forms.separated]
    return found or separated[:3] or known[:3]


def shares(subject: Subject) -> Figure:
    """China's share of every stage, by scenario."""
    panels = []
    for stage in _stages(subject):
        title = f"{subject.wording.stage(stage)} ({subject.wording.counted(stage)})"
        share = partial(_share, stage=stage)
        panels.append(_lines(subject, title, "% of the world's output", share, top=100.0))
    said = "China's share of the world's output at every stage."
    return _figure(subject, "shares", "China's share by stage", said, panels, marked=True)


def _share(tables: Tables, _weights: Weights, stage: str) -> "pd.Series[Any]":
    return 100 * share_series(tables["activity"], stage)


def stages(subject: Subject) -> Figure:
    """Who makes what: shares of every stage by jurisdiction through time, one scenario at a time."""
    panels, seen = [], set()
    every = subject.every_step
    dates = subject.dates[::every]
    merged = {date: dates[n // every] for n, date in enumerate(subject.dates)}
    for name in subject.names:
        for stage in _stages(subject):
            made = pd.concat([_of_stage(tables, stage) for tables in subject.every(name)])
            made = made.assign(date=made["date"].map(merged))
            table = made.pivot_table(index="date", columns="jurisdiction", values="tonnes", aggfunc="sum")
            share = 100 * table.div(table.sum(axis=1), axis=0).fillna(0.0)
            grouped = share.T.groupby(lambda place: place if place in PLACES else "others").sum().T
            order = [place for place in (*PLACES, "others") if place in grouped]
            seen |= set(order)
            series = tuple(
                Series(OTHER if place == "others" else style_of(place), _values(grouped[place], dates))
                for place in order
            )
            title = f"{subject.wording.stage(stage)} ({subject.wording.counted(stage)})"
            keys = subject.scenario_key(name)
            unit = "% of the world's output"
            panels.append(Lines(title, unit, dates, series, stacked=True, top=100.0, keys=keys))
    together = f" Every {every} steps are drawn as one." if every > 1 else ""
    if subject.comparison.seeds:
        together += (
            " Means over futures, so that they add up; for China's share with its band see the figure of it."
        )
    return Figure(
        "stages",
        "Who makes what",
        "Shares of the world's output at every stage, by jurisdiction.",
        tuple(panels),
        legend=legend(seen),
        choices=subject.scenario_choice(),
        note=f"Others are all jurisdictions without a colour of their own.{together}",
    )


def _of_stage(tables: Tables, stage: str) -> pd.DataFrame:
    activity = tables["activity"]
    return activity[activity["stage"] == stage]


def shortage(subject: Subject) -> Figure | None:
    """Services wanted at reference prices and not served, by jurisdiction."""
    services = subject.wording.services
    first = shortage_series(subject.runs[subject.names[0]]["uses"])
    unit = next((unit for unit, _ in first if subject.wording.is_service(unit)), None)
    if unit is None:
        return None
    wanted = f"% of {services} wanted"
    panels = [
        _lines(subject, NAMES.get(place, place), wanted, partial(_short, key=(unit, place)))
        for place in BUYERS
        if (unit, place) in first
    ]
    said = f"{services.capitalize()} wanted at base-year prices and not served, by jurisdiction."
    title = f"Shortage of {services} by jurisdiction"
    return _figure(subject, "shortage", title, said, _level(panels), marked=True)


def _short(tables: Tables, _weights: Weights, key: tuple[str, str]) -> "pd.Series[Any]":
    return 100 * shortage_series(tables["uses"]).get(key, pd.Series(dtype=float))


def stocks(subject: Subject) -> Figure | None:
    """What is held outside China and in it, in private and public hands."""
    panels = []
    words = subject.wording.names.words
    for what, patterns in words.stocks.items():
        for side in ("in China", "outside China"):
            held = partial(_stock_by_date, patterns=patterns, home=side == "in China")
            panels.append(_lines(subject, f"{what} held {side}", "t", held))
    panels.append(_lines(subject, "public stocks of all materials, world", "t", _public))
    panels = [panel for panel in panels if any(value for line in panel.series for value in line.values)]
    if not panels:
        return None
    note = "" if "public" in panels[-1].title else "No state holds a stock in any of these runs."
    said = f"Stocks of {words.stocked} at the end of each step, private and public together."
    return _figure(subject, "stocks", "Stockpiles", said, panels, note)


def plants(subject: Subject) -> Figure | None:
    """Capacity at work outside China by stage, and how many projects are being built."""
    building = partial(_under_construction, dates=subject.dates)
    panels = [_lines(subject, "projects being built outside China", "projects", building)]
    for stage, unit in subject.wording.plants.items():
        working = partial(_capacity, stage=stage, years=subject.step_years)
        panel = _lines(subject, f"{stage} plants at work outside China", unit, working)
        if any(value is not None for line in panel.series for value in line.values):
            panels.append(panel)
    said = "Projects started and not yet open, and the capacity of plants that run, outside China."
    note = "A plant that stands still in a step is not counted. A step's capacity is told as a year's."
    return _figure(subject, "plants", "Capacity and what is being built", said, panels, note, marked=True)


def _under_construction(tables: Tables, _weights: Weights, dates: Sequence[str]) -> "pd.Series[Any]":
    """Projects under construction outside China by date: started, and not yet opened or given up."""
    count = pd.Series(0.0, index=list(dates))
    for start, end in _spans(tables):
        count.loc[(count.index >= start) & (count.index < end)] += 1
    return count


def _spans(tables: Tables) -> Iterator[tuple[str, str]]:
    """From when to when each project was built; it ends with its opening or its owner's failure."""
    events = tables["events"]
    at_home = set(tables["activity"].query("jurisdiction == @HOME")["plant"])
    for row in events[events["kind"] == "project started"].itertuples():
        if row.target in at_home:
            continue
        later = events[(events["date"] > row.date) & events["kind"].isin(["plant opened", "bankruptcy"])]
        mine = [target.split(";") for target in later["target"]]
        dates = [
            date for date, targets in zip(later["date"], mine, strict=True) if str(row.target) in targets
        ]
        yield str(row.date), min(dates, default="9999")


def _capacity(tables: Tables, _weights: Weights, stage: str, years: float) -> "pd.Series[Any]":
    rows = tables["activity"]
    rows = rows[(rows["stage"] == stage) & (rows["jurisdiction"] != HOME)]
    return rows.groupby(["date", "plant"])["capacity"].max().groupby(level=0).sum() / years


def _stock_by_date(
    tables: Tables, _weights: Weights, patterns: Sequence[str], home: bool
) -> "pd.Series[Any]":
    rows = tables["stocks"]
    held = falls_under(rows["material"], patterns)
    rows = rows[held & ((rows["jurisdiction"] == HOME) == home)]
    return rows.groupby("date")["tonnes"].sum()


def _public(tables: Tables, _weights: Weights) -> "pd.Series[Any]":
    rows = tables["stocks"]
    return rows[rows["kind"] == "public"].groupby("date")["tonnes"].sum()


def _stages(subject: Subject) -> list[str]:
    known = set(subject.runs[subject.names[0]]["activity"]["stage"])
    stages = subject.wording.names.stages
    return [stage for stage in (stages.extract, *stages.learnt) if stage in known]


def _lines(
    subject: Subject,
    title: str,
    unit: str,
    make: "Callable[[Tables, Weights], pd.Series[Any]]",
    top: float | None = None,
) -> Lines:
    """A line a scenario: its values, or the medians of its futures with their 80 % bands."""
    series = []
    for name in subject.names:
        found = subject.over_futures(make, name)
        if len(found) == 1:
            series.append(Series(subject.styles[name], _values(found[0], subject.dates)))
            continue
        table = pd.concat(found, axis=1)
        columns = (table.median(axis=1), table.quantile(LOW, axis=1), table.quantile(HIGH, axis=1))
        series.append(Series(subject.styles[name], *(_values(one, subject.dates) for one in columns)))
    return Lines(title, unit, subject.dates, tuple(series), top=top)


def _values(series: "pd.Series[Any]", dates: Sequence[str]) -> tuple[float | None, ...]:
    found = series.reindex(list(dates))
    return tuple(None if pd.isna(value) else float(value) for value in found)


def _level(panels: list[Lines]) -> list[Lines]:
    """The same scale for all panels, so that places can be held against each other."""
    values = [v for panel in panels for line in panel.series for v in line.ends if v is not None]
    return [replace(panel, top=max(values, default=1.0)) for panel in panels]


def _figure(
    subject: Subject,
    name: str,
    title: str,
    said: str,
    panels: list[Lines],
    note: str = "",
    marked: bool = False,
) -> Figure:
    shown: tuple[Style, ...] = (*subject.styles.values(), *subject.bands)
    told = tuple(marks(subject.runs)) if marked else ()
    return Figure(name, title, said, tuple(panels), legend=shown, marks=told, note=note)


Maker = Callable[[Subject], "Figure | None"]
MAKERS = cast("tuple[Maker, ...]", (prices, shares, stages, shortage, stocks, plants))
