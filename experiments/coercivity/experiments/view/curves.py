"""Figures over time: prices, shares, shortages, stocks and plants."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

import numpy as np
import pandas as pd

from coercivity.experiments.marks import marks
from coercivity.experiments.measures import (
    COUNTED,
    HOME,
    NAMES,
    STAGES,
    WORLD,
    Tables,
    price_series,
    share_series,
    shortage_series,
)
from coercivity.experiments.view.chart import Figure, Lines, Series, Style
from coercivity.experiments.view.places import COLOURS, OTHER, legend, style_of
from coercivity.experiments.view.subject import Subject

TELLING = ("oxide:Nd", "oxide:Dy", "oxide:Tb")  # whose prices are shown, where the chain has them
BUYERS = ("US", "EU", "JP", "KR", "IN", WORLD)
SPREAD = 4.0  # highest over median price from which the scale is logarithmic
KINDS = {  # what stocks are shown together, by how their materials begin
    "Nd and Pr oxide": ("oxide:Nd", "oxide:Pr"),
    "Dy and Tb oxide": ("oxide:Dy", "oxide:Tb"),
    "magnets": ("magnet:",),
}
PLANTS = {"separation": "t REO feed/yr", "metal": "t metal/yr", "magnet": "t blanks/yr"}


def prices(subject: Subject) -> Figure:
    """Prices inside China and outside, with the telling events."""
    panels = []
    for material in telling(subject):
        found = {
            name: price_series(tables["prices"], material, subject.weights)
            for name, tables in subject.runs.items()
        }
        every = np.concatenate([frame.to_numpy(dtype=float).ravel() for frame in found.values()])
        every = every[np.isfinite(every)]
        spiky = bool(len(every) and every.max() > SPREAD * np.median(every))
        top = float(every.max()) if len(every) else None
        for side, place in (("inside", "in China"), ("outside", "outside China")):
            title = f"{material.partition(':')[2]} {material.partition(':')[0]} {place}"
            series = {name: frame[side] for name, frame in found.items()}
            panels.append(_lines(subject, title, "USD/kg", series, log=spiky, top=top))
    return _figure(
        subject,
        "prices",
        "Prices inside China and outside",
        "What oxides cost in China and, weighted by what arrives, outside.",
        panels,
        marked=True,
    )


def telling(subject: Subject) -> list[str]:
    """The materials whose prices are shown: those people ask for, else the first oxides or materials."""
    known = sorted(set(subject.runs[subject.names[0]]["prices"]["material"]))
    found = [material for material in TELLING if material in known]
    oxides = [material for material in known if material.startswith("oxide:")]
    return found or oxides[:3] or known[:3]


def shares(subject: Subject) -> Figure:
    """China's share of every stage, by scenario."""
    panels = []
    for stage in _stages(subject):
        series = {name: 100 * share_series(t["activity"], stage) for name, t in subject.runs.items()}
        title = f"{STAGES.get(stage, stage)} ({COUNTED.get(stage, 't')})"
        panels.append(_lines(subject, title, "% of the world's output", series, top=100.0))
    said = "China's share of the world's output at every stage."
    return _figure(subject, "shares", "China's share by stage", said, panels, marked=True)


def stages(subject: Subject) -> Figure:
    """Who makes what: shares of every stage by jurisdiction through time, one scenario at a time."""
    panels, seen = [], set()
    for name, tables in subject.runs.items():
        for stage in _stages(subject):
            made = tables["activity"].query("stage == @stage")
            table = made.pivot_table(index="date", columns="jurisdiction", values="tonnes", aggfunc="sum")
            share = 100 * table.div(table.sum(axis=1), axis=0).fillna(0.0)
            grouped = share.T.groupby(lambda place: place if place in COLOURS else "others").sum().T
            order = [place for place in (*COLOURS, "others") if place in grouped]
            seen |= set(order)
            series = tuple(
                Series(OTHER if place == "others" else style_of(place), _values(grouped[place], subject))
                for place in order
            )
            title = f"{STAGES.get(stage, stage)} ({COUNTED.get(stage, 't')})"
            keys = subject.scenario_key(name)
            unit = "% of the world's output"
            panels.append(Lines(title, unit, subject.dates, series, stacked=True, top=100.0, keys=keys))
    return Figure(
        "stages",
        "Who makes what",
        "Shares of the world's output at every stage, by jurisdiction.",
        tuple(panels),
        legend=legend(seen),
        choices=subject.scenario_choice(),
        note="Others are all jurisdictions without a colour of their own.",
    )


def shortage(subject: Subject) -> Figure | None:
    """Magnets wanted at reference prices and not served, by jurisdiction."""
    found = {name: shortage_series(tables["uses"]) for name, tables in subject.runs.items()}
    first = found[subject.names[0]]
    unit = next((unit for unit, _ in first if "magnet" in unit), None)
    if unit is None:
        return None
    panels = [
        _lines(
            subject,
            NAMES.get(place, place),
            "% of magnets wanted",
            {name: 100 * series[unit, place] for name, series in found.items() if (unit, place) in series},
        )
        for place in BUYERS
        if (unit, place) in first
    ]
    said = "Magnets wanted at base-year prices and not served, by jurisdiction."
    return _figure(
        subject, "shortage", "Shortage of magnets by jurisdiction", said, _level(panels), marked=True
    )


def stocks(subject: Subject) -> Figure | None:
    """What is held outside China and in it, in private and public hands."""
    panels = []
    for what, begins in KINDS.items():
        for side in ("in China", "outside China"):
            series = {
                name: _held(tables, begins, home=side == "in China") for name, tables in subject.runs.items()
            }
            if any(float(values.sum()) > 0 for values in series.values()):
                panels.append(_lines(subject, f"{what} held {side}", "t", series))
    public = {name: _public(tables) for name, tables in subject.runs.items()}
    if any(float(values.sum()) > 0 for values in public.values()):
        panels.append(_lines(subject, "public stocks of all materials, world", "t", public))
    if not panels:
        return None
    note = "" if "public" in panels[-1].title else "No state holds a stock in any of these runs."
    said = "Stocks of oxides and magnets at the end of each step, private and public together."
    return _figure(subject, "stocks", "Stockpiles", said, panels, note)


def plants(subject: Subject) -> Figure | None:
    """Capacity at work outside China by stage, and how many projects are being built."""
    panels = [_lines(subject, "projects being built outside China", "projects", _built(subject))]
    for stage, unit in PLANTS.items():
        series = {
            name: _capacity(tables, stage) / subject.step_years for name, tables in subject.runs.items()
        }
        if any(len(values) for values in series.values()):
            panels.append(_lines(subject, f"{stage} plants at work outside China", unit, series))
    said = "Projects started and not yet open, and the capacity of plants that run, outside China."
    note = "A plant that stands still in a step is not counted. A step's capacity is told as a year's."
    return _figure(subject, "plants", "Capacity and what is being built", said, panels, note, marked=True)


def _built(subject: Subject) -> "dict[str, pd.Series[Any]]":
    """Projects under construction outside China by date: started, and not yet opened or given up."""
    found = {}
    for name, tables in subject.runs.items():
        count = pd.Series(0.0, index=list(subject.dates))
        for start, end in _spans(tables):
            count.loc[(count.index >= start) & (count.index < end)] += 1
        found[name] = count
    return found


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


def _capacity(tables: Tables, stage: str) -> "pd.Series[Any]":
    rows = tables["activity"]
    rows = rows[(rows["stage"] == stage) & (rows["jurisdiction"] != HOME)]
    return rows.groupby(["date", "plant"])["capacity"].max().groupby(level=0).sum()


def _held(tables: Tables, begins: Iterable[str], home: bool) -> "pd.Series[Any]":
    rows = tables["stocks"]
    rows = rows[rows["material"].str.startswith(tuple(begins)) & ((rows["jurisdiction"] == HOME) == home)]
    return rows.groupby("date")["tonnes"].sum()


def _public(tables: Tables) -> "pd.Series[Any]":
    rows = tables["stocks"]
    return rows[rows["kind"] == "public"].groupby("date")["tonnes"].sum()


def _stages(subject: Subject) -> list[str]:
    known = set(subject.runs[subject.names[0]]["activity"]["stage"])
    return [stage for stage in ("mining", "separation", "metal", "magnet") if stage in known]


def _lines(
    subject: Subject,
    title: str,
    unit: str,
    found: "dict[str, pd.Series[Any]]",
    log: bool = False,
    top: float | None = None,
) -> Lines:
    series = tuple(Series(subject.styles[name], _values(values, subject)) for name, values in found.items())
    return Lines(title, unit, subject.dates, series, log=log, top=top)


def _values(series: "pd.Series[Any]", subject: Subject) -> tuple[float | None, ...]:
    found = series.reindex(list(subject.dates))
    return tuple(None if pd.isna(value) else float(value) for value in found)


def _level(panels: list[Lines]) -> list[Lines]:
    """The same scale for all panels, so that places can be held against each other."""
    from dataclasses import replace

    values = [v for panel in panels for line in panel.series for v in line.values if v is not None]
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
    shown: tuple[Style, ...] = tuple(subject.styles.values())
    told = tuple(marks(subject.runs)) if marked else ()
    return Figure(name, title, said, tuple(panels), legend=shown, marks=told, note=note)


Maker = Callable[[Subject], "Figure | None"]
MAKERS = cast("tuple[Maker, ...]", (prices, shares, stages, shortage, stocks, plants))
