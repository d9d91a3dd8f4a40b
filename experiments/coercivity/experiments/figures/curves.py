"""Figures over time: prices, shortages, shares, stocks and plants."""

import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import numpy as np
import pandas as pd

from coercivity.experiments.base.tables import FUTURE
from coercivity.experiments.config.labels import falls_under
from coercivity.experiments.config.places import HOME, HOME_NAME, NAMES, WORLD
from coercivity.experiments.figures import messages
from coercivity.experiments.figures.chart import Figure, Lines, Series, Style
from coercivity.experiments.figures.look import AXIS, INSIDE
from coercivity.experiments.figures.marks import marks
from coercivity.experiments.figures.subject import Subject
from coercivity.experiments.measures.bands import HIGH, LOW
from coercivity.experiments.measures.catalogue import price_series, share_series
from coercivity.experiments.measures.quantities import Weights, shortages, uses_of
from coercivity.experiments.runs.gathered import GatheredTables
from coercivity.model.inputs.names import form

BUYERS = ("EU", "US", "JP", "KR", "IN", WORLD)
SPREAD = 4.0  # highest over median price from which the scale is logarithmic
ROUNDING = 1e-9  # of a level: a smaller difference is none
Make = Callable[[GatheredTables, Weights], "pd.Series[Any]"]  # by future and date


def prices(subject: Subject) -> Figure:
    """Prices inside China and outside in one panel a material: the gap is what is to be seen."""
    panels = [price_panel(subject, material) for material in telling(subject)]
    inside = Style(f"dotted: the price inside {HOME_NAME}", AXIS, INSIDE, switch=False)
    made = _figure(
        subject,
        "prices",
        messages.prices(subject, panels),
        f"Prices outside {HOME_NAME}, weighted by imports of the base year, and inside (dotted).",
        panels,
        marked=True,
    )
    return replace(made, legend=(*made.legend[: len(subject.names)], inside, *subject.bands))


def price_panel(subject: Subject, material: str) -> Lines:
    """A material's prices outside China and inside; logarithmic where it soars."""
    sides = []
    for side, thin in (("outside", False), ("inside", True)):
        panel = _lines(subject, "", "USD/kg", partial(_price, material=material, side=side), named=not thin)
        sides += [
            replace(line, style=replace(line.style, dash=INSIDE, thin=True)) if thin else line
            for line in panel.series
        ]
    every = sorted(v for line in sides for v in line.ends if v is not None)
    spiky = bool(every) and every[-1] > SPREAD * every[len(every) // 2]
    spelt = subject.wording.spelt(material)
    return Lines(f"{spelt[0].upper()}{spelt[1:]}", "USD/kg", subject.dates, tuple(sides), log=spiky)


def _price(tables: GatheredTables, weights: Weights, material: str, side: str) -> "pd.Series[Any]":
    found: pd.Series[Any] = price_series(tables, material, weights)[side]
    return found


def telling(subject: Subject) -> list[str]:
    """The materials whose prices are shown: those the chain tells, else the first separated or any."""
    names = subject.wording.names
    known = sorted(set(subject.runs[subject.names[0]]["prices"]["material"]))
    found = [material for material in (*names.words.telling, *names.words.bought[:1]) if material in known]
    separated = [material for material in known if form(material) == names.forms.separated]
    return found or separated[:3] or known[:3]


def shares(subject: Subject) -> Figure:
    """China's share of every stage: of a comparison, how far it moves from the first scenario's."""
    panels = []
    for stage in _stages(subject):
        share = partial(_share, stage=stage)
        level = _lines(subject, subject.wording.stage(stage).capitalize(), "% of the world's output", share)
        if subject.alone:
            panels.append(level)
            continue
        path = next(iter(level.series)).values
        known = [value for value in path if value is not None]
        first = subject.comparison.sentence(subject.names[0])
        ends = f" ({first}: {known[0]:.0f} to {known[-1]:.0f} %)" if known else ""
        unit = f"percentage points against {first}"
        panels.append(_differences(subject, f"{level.title}{ends}", unit, share))
    said = f"{HOME_NAME}'s share of the world's output at every stage."
    if not subject.alone:
        said = (
            f"How far {HOME_NAME}'s share of the world's output moves from its path under {first}, by stage."
        )
    made = _figure(subject, "shares", messages.shares(subject), said, panels, marked=True)
    return made if subject.alone else replace(made, legend=made.legend[1:])  # the first is the line at zero


def _share(tables: GatheredTables, _weights: Weights, stage: str) -> "pd.Series[Any]":
    return 100 * share_series(tables, stage)


def shortage(subject: Subject) -> Figure | None:
    """Services wanted at reference prices and not served, by jurisdiction."""
    services = subject.wording.services
    every = {name: shortages(subject.every(name)) for name in subject.names}
    first = uses_of(every[subject.names[0]])
    unit = next((unit for unit, _ in first if subject.wording.is_service(unit)), None)
    if unit is None:
        return None
    wanted = f"% of {services} wanted"
    panels = []
    for place in BUYERS:
        if (unit, place) in first:
            found = {name: _lacking(mine, unit, place) for name, mine in every.items()}
            title = NAMES.get(place, place)
            panels.append(_line_panel(subject, f"{title[0].upper()}{title[1:]}", wanted, found))
    said = f"{services.capitalize()} wanted at base-year prices and not served, by jurisdiction."
    return _figure(subject, "shortage", messages.shortage(subject), said, _level(panels), marked=True)


def _lacking(share: "pd.Series[Any]", unit: str, place: str) -> "pd.Series[Any]":
    """Per cent lacking in a place, by future and date."""
    known = (unit, place) in share.index
    mine: pd.Series[Any] = share.loc[(unit, place)] if known else share.iloc[:0].droplevel([0, 1])
    return 100 * mine


def stocks(subject: Subject) -> Figure | None:
    """What is held outside China and in it, in private and public hands."""
    panels = []
    words = subject.wording.names.words
    for what, patterns in words.stocks.items():
        for side in (f"outside {HOME_NAME}", f"in {HOME_NAME}"):
            held = partial(_stock_by_date, patterns=patterns, home=side == f"in {HOME_NAME}")
            panels.append(_lines(subject, f"{what[0].upper()}{what[1:]}, {side}", "t", held))
    public = _lines(subject, "Public stocks of the world, all materials", "t", _public)
    panels = [panel for panel in (*panels, public) if _holds_any(panel)]
    if not panels:
        return None
    said = f"Stocks of {words.stocked} at the end of each step, private and public together."
    return _figure(subject, "stocks", messages.stocks(subject, panels, _holds_any(public)), said, panels)


def _holds_any(panel: Lines) -> bool:
    return any(value for line in panel.series for value in line.values)


def plants(subject: Subject) -> Figure | None:
    """Capacity at work outside China by stage, and how many projects are being built."""
    building = partial(_under_construction, dates=subject.dates)
    panels = [_lines(subject, f"Projects being built outside {HOME_NAME}", "projects", building)]
    for stage, unit in subject.wording.plants.items():
        working = partial(_capacity, stage=stage, years=subject.step_years)
        panel = _lines(subject, f"{stage.capitalize()} plants at work outside {HOME_NAME}", unit, working)
        if any(value is not None for line in panel.series for value in line.values):
            panels.append(panel)
    panels = [replace(panel, steps=True) for panel in panels]
    said = f"Projects started and not yet open, and the capacity of plants that run, outside {HOME_NAME}."
    note = "A plant that stands still in a step is not counted. Capacity is a year's, whatever the step."
    return _figure(subject, "plants", messages.plants(subject, panels), said, panels, note, marked=True)


def _under_construction(tables: GatheredTables, _weights: Weights, dates: Sequence[str]) -> "pd.Series[Any]":
    """Projects under construction outside China by date: started, and not yet opened or given up."""
    spans: dict[int, list[tuple[str, str]]] = {future: [] for future in tables.futures}
    for future, start, end in _spans(tables):
        spans[future].append((start, end))
    counts: pd.Series[Any] = pd.concat({future: _count_open(one, dates) for future, one in spans.items()})
    return counts


def _count_open(spans: Sequence[tuple[str, str]], dates: Sequence[str]) -> "pd.Series[Any]":
    """How many spans are open at each date: begun, and not yet over."""
    at = np.array(dates, dtype=str)
    begun, over = (np.sort(np.array([span[end] for span in spans], dtype=str)) for end in (0, 1))
    count = begun.searchsorted(at, side="right") - over.searchsorted(at, side="right")
    return pd.Series(count.astype(float), index=list(dates))


def _spans(tables: GatheredTables) -> Iterator[tuple[int, str, str]]:
    """Future, start and end of the building of each project: it opens, or its owner fails."""
    events, activity = tables["events"], tables["activity"]
    plants = activity[activity["jurisdiction"] == HOME].drop_duplicates([FUTURE, "plant"])
    at_home = set(zip(plants[FUTURE], plants["plant"], strict=True))
    columns = [FUTURE, "date", "target"]
    ended: dict[tuple[int, str], list[str]] = {}
    ends = events.loc[events["kind"].isin(["plant opened", "bankruptcy"]), columns]
    for future, date, targets in ends.astype({"date": str, "target": str}).itertuples(index=False):
        for target in targets.split(";"):
            ended.setdefault((future, target), []).append(date)
    starts = events.loc[events["kind"] == "project started", columns]
    for future, date, target in starts.astype({"date": str, "target": str}).itertuples(index=False):
        if (future, target) not in at_home:
            yield future, date, min((e for e in ended.get((future, target), ()) if e > date), default="9999")


def _capacity(tables: GatheredTables, _weights: Weights, stage: str, years: float) -> "pd.Series[Any]":
    found = tables.derive("capacity", lambda mine: _capacities(mine["activity"]))
    mine: pd.Series[Any] = found[found.index.get_level_values(0) == stage].droplevel(0)
    return mine / years


def _capacities(activity: pd.DataFrame) -> "pd.Series[Any]":
    """Capacity of the plants outside China that run, a step, by stage, future and date."""
    abroad = activity[activity["jurisdiction"] != HOME]
    largest = abroad.groupby(["stage", FUTURE, "date", "plant"], observed=True)["capacity"].max()
    return largest.groupby(level=[0, 1, 2], observed=True).sum()


def _stock_by_date(
    tables: GatheredTables, _weights: Weights, patterns: Sequence[str], home: bool
) -> "pd.Series[Any]":
    rows = tables["stocks"]
    held = falls_under(rows["material"], patterns)
    rows = rows[held & ((rows["jurisdiction"] == HOME) == home)]
    return rows.groupby([FUTURE, "date"], observed=True)["tonnes"].sum()


def _public(tables: GatheredTables, _weights: Weights) -> "pd.Series[Any]":
    rows = tables["stocks"]
    return rows[rows["kind"] == "public"].groupby([FUTURE, "date"], observed=True)["tonnes"].sum()


def _stages(subject: Subject) -> list[str]:
    known = set(subject.runs[subject.names[0]]["activity"]["stage"])
    stages = subject.wording.names.stages
    return [stage for stage in (stages.extract, *stages.learnt) if stage in known]


def _lines(subject: Subject, title: str, unit: str, make: Make, named: bool = True) -> Lines:
    """A line a scenario: its values, or the medians of its futures with their 80 % bands."""
    found = {name: make(subject.every(name), subject.weights) for name in subject.names}
    return _line_panel(subject, title, unit, found, named)


def _differences(subject: Subject, title: str, unit: str, make: Make) -> Lines:
    """A line a scenario but the first: the difference to that, future by future."""
    first, *others = subject.names
    held = make(subject.every(first), subject.weights)
    found = {name: _less(make(subject.every(name), subject.weights), held) for name in others}
    return _line_panel(subject, title, unit, found)


def _less(mine: "pd.Series[Any]", base: "pd.Series[Any]") -> "pd.Series[Any]":
    """A series less another; what differs by rounding alone differs by nothing."""
    change = mine - base
    return change.mask(change.abs() <= ROUNDING * base.abs(), 0.0)


def _line_panel(
    subject: Subject,
    title: str,
    unit: str,
    found: "Mapping[str, pd.Series[Any]]",
    named: bool = True,
) -> Lines:
    series = []
    for name, mine in found.items():
        label = subject.short(name) if named and not subject.alone else ""
        futures = subject.every(name).futures
        every = pd.MultiIndex.from_product([futures, subject.dates])
        table = mine.reindex(every).to_numpy(dtype=float).reshape(len(futures), len(subject.dates))
        shares = (0.5, LOW, HIGH) if len(futures) > 1 else (0.5,)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "All-NaN slice")
            columns = np.nanquantile(table, shares, axis=0)
        series.append(replace(Series(subject.styles[name], *map(_values, columns)), label=label))
    return Lines(title, unit, subject.dates, tuple(series))


def _values(found: Iterable[float]) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(value) else float(value) for value in found)


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
    told = tuple(marks(subject.runs, subject.sentences)) if marked else ()
    return Figure(name, title, said, tuple(panels), legend=shown, marks=told, note=note)


Maker = Callable[[Subject], "Figure | None"]
MAKERS = cast("tuple[Maker, ...]", (prices, shortage, shares, stocks, plants))
