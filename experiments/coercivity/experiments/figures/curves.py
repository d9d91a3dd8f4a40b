"""Figures over time: prices, shortages, shares, stocks and plants."""

import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import numpy as np
import pandas as pd

from coercivity.experiments.config.labels import falls_under
from coercivity.experiments.config.places import HOME, HOME_NAME, NAMES, WORLD
from coercivity.experiments.figures import messages
from coercivity.experiments.figures.chart import Figure, Lines, Series, Style
from coercivity.experiments.figures.look import INSIDE
from coercivity.experiments.figures.marks import marks
from coercivity.experiments.figures.subject import YARDSTICK, Subject
from coercivity.experiments.measures.bands import HIGH, LOW
from coercivity.experiments.measures.catalogue import price_of, share_of
from coercivity.experiments.measures.quantities import Tables, Weights, derive, shortages_of
from coercivity.model.inputs.names import form

BUYERS = ("EU", "US", "JP", "KR", "IN", WORLD)
SPREAD = 4.0  # highest over median price from which the scale is logarithmic
ROUNDING = 1e-9  # of a level: a smaller difference is none
Make = Callable[[Tables, Weights], "pd.Series[Any]"]


def prices(subject: Subject) -> Figure:
    """Prices inside China and outside in one panel a material: the gap is what is to be seen."""
    panels = [price_panel(subject, material) for material in telling(subject)]
    inside = Style(f"dotted: the price inside {HOME_NAME}", YARDSTICK, INSIDE, switch=False)
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


def _price(tables: Tables, weights: Weights, material: str, side: str) -> "pd.Series[Any]":
    return price_of(tables, material, weights)[side]


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
    return _figure(subject, "shares", messages.shares(subject), said, panels, marked=True)


def _share(tables: Tables, _weights: Weights, stage: str) -> "pd.Series[Any]":
    return 100 * share_of(tables, stage)


def shortage(subject: Subject) -> Figure | None:
    """Services wanted at reference prices and not served, by jurisdiction."""
    services = subject.wording.services
    every = {
        name: [shortages_of(tables) for tables in subject.every(name)] for name in subject.names
    }
    first = every[subject.names[0]][0]
    unit = next((unit for unit, _ in first if subject.wording.is_service(unit)), None)
    if unit is None:
        return None
    wanted = f"% of {services} wanted"
    panels = []
    for place in BUYERS:
        if (unit, place) in first:
            empty = pd.Series(dtype=float)
            found = {
                name: [100 * one.get((unit, place), empty) for one in mine] for name, mine in every.items()
            }
            title = NAMES.get(place, place)
            panels.append(_line_panel(subject, f"{title[0].upper()}{title[1:]}", wanted, found))
    said = f"{services.capitalize()} wanted at base-year prices and not served, by jurisdiction."
    return _figure(subject, "shortage", messages.shortage(subject), said, _level(panels), marked=True)


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
    note = "A plant that stands still in a step is not counted. A step's capacity is told as a year's."
    return _figure(subject, "plants", messages.plants(subject, panels), said, panels, note, marked=True)


def _under_construction(tables: Tables, _weights: Weights, dates: Sequence[str]) -> "pd.Series[Any]":
    """Projects under construction outside China by date: started, and not yet opened or given up."""
    spans = list(_spans(tables))
    begun, over = (np.sort([span[end] for span in spans]) if spans else np.array([], dtype=str) for end in (0, 1))
    at = np.array(dates, dtype=str)
    open_at = begun.searchsorted(at, side="right") - over.searchsorted(at, side="right")
    return pd.Series(open_at.astype(float), index=list(dates))


def _spans(tables: Tables) -> Iterator[tuple[str, str]]:
    """From when to when each project was built; it ends with its opening or its owner's failure."""
    events = tables["events"]
    activity = tables["activity"]
    at_home = set(activity.loc[activity["jurisdiction"] == HOME, "plant"])
    ended: dict[str, list[str]] = {}
    ends = events[events["kind"].isin(["plant opened", "bankruptcy"])]
    for date, targets in zip(ends["date"], ends["target"], strict=True):
        for target in str(targets).split(";"):
            ended.setdefault(target, []).append(str(date))
    starts = events[events["kind"] == "project started"]
    for date, target in zip(starts["date"].astype(str), starts["target"].astype(str), strict=True):
        if target not in at_home:
            yield date, min((end for end in ended.get(target, ()) if end > date), default="9999")


def _capacity(tables: Tables, _weights: Weights, stage: str, years: float) -> "pd.Series[Any]":
    found = derive(tables, "capacity", lambda: _capacities(tables["activity"]))
    return found.get(stage, pd.Series(dtype=float)) / years


def _capacities(activity: pd.DataFrame) -> "dict[str, pd.Series[Any]]":
    """Capacity of the plants outside China that run, a step, by date, for every stage."""
    abroad = activity[activity["jurisdiction"] != HOME]
    largest = abroad.groupby(["stage", "date", "plant"], observed=True)["capacity"].max()
    total = largest.groupby(level=[0, 1], observed=True).sum()
    return {str(stage): part.droplevel(0) for stage, part in total.groupby(level=0, observed=True)}


def _stock_by_date(
    tables: Tables, _weights: Weights, patterns: Sequence[str], home: bool
) -> "pd.Series[Any]":
    table = derive(tables, "stocks", lambda: _held(tables["stocks"]))
    wanted = falls_under(table.index.get_level_values("material").to_series(), patterns).to_numpy()
    here = (table.index.get_level_values("jurisdiction") == HOME) == home
    return table[wanted & here].groupby(level="date").sum()


def _held(stocks: pd.DataFrame) -> "pd.Series[Any]":
    """What is held, by material, place and date."""
    return stocks.groupby(["material", "jurisdiction", "date"], observed=True)["tonnes"].sum()


def _public(tables: Tables, _weights: Weights) -> "pd.Series[Any]":
    rows = tables["stocks"]
    return rows[rows["kind"] == "public"].groupby("date")["tonnes"].sum()


def _stages(subject: Subject) -> list[str]:
    known = set(subject.runs[subject.names[0]]["activity"]["stage"])
    stages = subject.wording.names.stages
    return [stage for stage in (stages.extract, *stages.learnt) if stage in known]


def _lines(subject: Subject, title: str, unit: str, make: Make, named: bool = True) -> Lines:
    """A line a scenario: its values, or the medians of its futures with their 80 % bands."""
    found = {name: subject.over_futures(make, name) for name in subject.names}
    return _line_panel(subject, title, unit, found, named)


def _differences(subject: Subject, title: str, unit: str, make: Make) -> Lines:
    """A line a scenario but the first: the difference to that, future by future."""
    held = subject.over_futures(make, subject.names[0])
    found = {
        name: [_less(mine, base) for mine, base in zip(subject.over_futures(make, name), held, strict=True)]
        for name in subject.names[1:]
    }
    return _line_panel(subject, title, unit, found)


def _less(mine: "pd.Series[Any]", base: "pd.Series[Any]") -> "pd.Series[Any]":
    """A series less another; what differs by rounding alone differs by nothing."""
    change = mine - base
    return change.mask(change.abs() <= ROUNDING * base.abs(), 0.0)


def _line_panel(
    subject: Subject,
    title: str,
    unit: str,
    found: "dict[str, list[pd.Series[Any]]]",
    named: bool = True,
) -> Lines:
    series = []
    for name, mine in found.items():
        label = subject.short(name) if named and not subject.alone else ""
        table = np.array([one.reindex(subject.dates).to_numpy(dtype=float) for one in mine])
        shares = (0.5, LOW, HIGH) if len(mine) > 1 else (0.5,)
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
