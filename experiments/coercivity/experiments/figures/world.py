"""The world map: what flows from where to where, and where the burdens fall."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from coercivity.experiments.config.labels import Link, falls_under
from coercivity.experiments.figures import globe
from coercivity.experiments.figures.chart import Choice, Figure, Label, Layer, Scene, Shape, Style
from coercivity.experiments.figures.places import place_name, points
from coercivity.experiments.figures.subject import Subject, pairs
from coercivity.experiments.measures.quantities import LARGER

LEAST = 0.01  # of the widest flow of a form: what is less is not drawn
WIDEST = 9.0  # points
LARGEST = 30.0  # radius of a disc
ROW = "ROW"
COLOURS = ("#E69F00", "#0072B2", "#CC79A7", "#009E73")  # of forms, from ore on
BURDEN = Style("burden", "#7a7a7a")

Forms = Sequence[tuple[Style, Link]]
Path = tuple[tuple[str, tuple[float, ...]], ...]


@dataclass(frozen=True)
class TradeFlow:
    """Tonnes a year of a form from one place to another."""

    origin: str
    destination: str
    tonnes: float


def world(subject: Subject) -> Figure | None:
    """Flows by form and burdens by pollutant, for every scenario and year."""
    where = points(subject.evidence)
    if not where:
        return None
    burdens = {name: subject.per_year(tables["burdens"]) for name, tables in subject.runs.items()}
    shipped = subject.wording.shipped
    forms = tuple((Style(link.what, colour), link) for link, colour in zip(shipped, COLOURS, strict=False))
    flows = {
        name: _flows(subject.per_year(tables["flows"]), where, shipped)
        for name, tables in subject.runs.items()
    }
    widest = [
        max((f.tonnes for years in flows.values() for y in years.values() for f in y[n]), default=0.0)
        for n in range(len(forms))
    ]
    pollutants = _pollutants(burdens)
    layers = [_ground()]
    for name in subject.names:
        for year in subject.drawn_years:
            keys = {**subject.scenario_key(name), "year": year}
            of_year = burdens[name][burdens[name]["year"] == year]
            for pollutant, (unit, largest) in pollutants.items():
                layers.append(_discs(of_year, pollutant, unit, largest, where, {**keys, "burden": pollutant}))
            what, moved = f"{subject.short(name)}, {year}", flows[name].get(year)
            layers.append(_arcs(forms, moved, widest, where, keys, what))
    layers.append(_names(subject, where))
    options = tuple((name, _plain(name)) for name in pollutants)
    widths = "; ".join(
        f"{style.name} {most:,.0f} {link.unit}/yr"
        for (style, link), most in zip(forms, widest, strict=True)
        if most
    )
    areas = "; ".join(
        f"{_plain(name)} {largest:,.0f} {unit}/yr" for name, (unit, largest) in pollutants.items()
    )
    burden = (Choice("burden", "burden shown as discs", options),) if options else ()
    return Figure(
        "map",
        "Flows and burdens on the map",
        "What moves between jurisdictions in a year, and where pollution arises.",
        scene=Scene(globe.WIDTH, globe.HEIGHT, tuple(layers)),
        legend=(*(style for (style, _), most in zip(forms, widest, strict=True) if most), BURDEN),
        choices=(*subject.scenario_choice(), subject.year_choice(), *burden),
        note=subject.one_seed
        + (
            "Arcs bow to the left of their way, as wide as their tonnes; the widest of all years and "
            f"scenarios: {widths}. Flows below {LEAST:.0%} of it are left out. Discs by area; the largest: "
            f"{areas}. The rest of the world is one nominal point, at the Horn of Africa. No borders are "
            f"drawn. Projection Equal Earth. Coast lines: {globe.source()}."
        ),
    )


def _flows(
    flows: pd.DataFrame, where: Mapping[str, tuple[float, float]], links: Sequence[Link]
) -> dict[str, tuple[list[TradeFlow], ...]]:
    """By year and form: what moved between places the map knows."""
    moved = flows[
        (flows["origin"] != flows["destination"])
        & flows["origin"].isin(where)
        & flows["destination"].isin(where)
    ]
    found: dict[str, tuple[list[TradeFlow], ...]] = {}
    for year, rows in moved.groupby("year"):
        found[str(year)] = tuple(list(_of_form(rows, link)) for link in links)
    return found


def _of_form(rows: pd.DataFrame, link: Link) -> Iterator[TradeFlow]:
    mine = rows[falls_under(rows["material"], link.patterns)]
    total = (mine["tonnes"] * mine["weight"]).groupby([mine["origin"], mine["destination"]]).sum()
    for (origin, destination), tonnes in pairs(total):
        yield TradeFlow(origin, destination, tonnes)


def _pollutants(burdens: Mapping[str, pd.DataFrame]) -> dict[str, tuple[str, float]]:
    """Every pollutant with its unit and the largest amount of a place in a year; CO2 last, so first shown."""
    found: dict[str, tuple[str, float]] = {}
    for table in burdens.values():
        amounts = table.assign(amount=table["amount"] * table["weight"])
        sums = amounts.groupby(["pollutant", "unit", "jurisdiction", "year"])["amount"].sum()
        for (pollutant, given), most in pairs(sums.groupby(level=[0, 1]).max()):
            unit, scale = LARGER.get(given, (given, 1.0))
            before = found.get(pollutant, (unit, 0.0))[1]
            found[pollutant] = (unit, max(before, most * scale))
    kept = [name for name in sorted(found) if found[name][1] > 0]
    return {name: found[name] for name in sorted(kept, key=lambda name: (name == "co2", name))}


def _plain(pollutant: str) -> str:
    return pollutant.replace("_", " ").replace("co2", "CO2")


def _ground() -> Layer:
    return Layer(
        (
            Shape(globe.graticule(), "#e3e9ee", width=0.6),
            Shape(globe.land(), "#ece7dc"),
            Shape(globe.land(), "#b9b2a3", width=0.5),
        )
    )


def _discs(
    burdens: pd.DataFrame,
    pollutant: str,
    unit: str,
    largest: float,
    where: Mapping[str, tuple[float, float]],
    keys: Mapping[str, str],
) -> Layer:
    """A disc a place, by area; the largest first, so that small ones lie on top."""
    rows = burdens[burdens["pollutant"] == pollutant]
    scale = LARGER.get(str(rows["unit"].iloc[0]), ("", 1.0))[1] if len(rows) else 1.0
    total = (rows["amount"] * rows["weight"]).groupby(rows["jurisdiction"]).sum() * scale
    shapes = []
    for place, amount in total.sort_values(ascending=False).items():
        radius = LARGEST * math.sqrt(max(float(amount), 0.0) / largest) if largest else 0.0
        if str(place) in where and radius > 1.0:
            tip = f"{place_name(str(place))}: {float(amount):,.3g} {unit}/yr of {_plain(pollutant)}"
            x, y = globe.place_on_page(*where[str(place)])
            shapes.append(Shape((("O", (x, y, radius)),), BURDEN.colour, 0.4, tip=tip, name=BURDEN.name))
    return Layer(tuple(shapes), keys=keys)


def _arcs(
    forms: Forms,
    moved: tuple[list[TradeFlow], ...] | None,
    widest: list[float],
    where: Mapping[str, tuple[float, float]],
    keys: Mapping[str, str],
    what: str,
) -> Layer:
    """An arc a flow, widest first, with the largest of each form told in words."""
    shapes, told = [], []
    for n, (style, link) in enumerate(forms):
        unit = link.unit
        flows = sorted(moved[n] if moved else [], key=lambda f: (-f.tonnes, f.origin, f.destination))
        drawn = [flow for flow in flows if flow.tonnes > LEAST * widest[n]]
        for flow in drawn:
            route = f"{place_name(flow.origin)} to {place_name(flow.destination)}"
            tip = f"{style.name}, {route}: {flow.tonnes:,.0f} {unit}/yr"
            width = max(WIDEST * flow.tonnes / widest[n], 0.7)
            path = _arc(
                globe.place_on_page(*where[flow.origin]), globe.place_on_page(*where[flow.destination]), n
            )
            shapes.append(Shape(path, style.colour, 0.75, width, tip, style.name))
        if drawn:
            first = drawn[0]
            told.append(
                f"the largest flow of {style.name} is {place_name(first.origin)} to "
                f"{place_name(first.destination)}, "
                f"{first.tonnes:,.0f} {unit}/yr"
            )
    return Layer(tuple(shapes), keys=keys, said=f"{what}: {'; '.join(told) or 'nothing moves'}.")


def _arc(start: tuple[float, float], end: tuple[float, float], n: int) -> Path:
    """A curve that bows to the left of its way, each form a little more than the one before."""
    (x0, y0), (x1, y1) = start, end
    dx, dy = x1 - x0, y1 - y0
    bow = 0.16 + 0.05 * n
    cx, cy = (x0 + x1) / 2 + bow * dy, (y0 + y1) / 2 - bow * dx
    a, b = (x0 + 2 / 3 * (cx - x0), y0 + 2 / 3 * (cy - y0)), (x1 + 2 / 3 * (cx - x1), y1 + 2 / 3 * (cy - y1))
    return (("M", start), ("C", (*a, *b, *end)))


def _names(subject: Subject, where: Mapping[str, tuple[float, float]]) -> Layer:
    """The names of places that make or use something, where no other name stands yet."""
    flows = pd.concat([tables["flows"] for tables in subject.runs.values()])
    both = pd.concat(
        [flows.groupby("origin")["tonnes"].sum(), flows.groupby("destination")["tonnes"].sum()], axis=1
    ).sum(axis=1)
    size = both.sort_values(ascending=False)
    labels: list[Label] = []
    for place in size.index[size > 1e-4 * size.max()]:
        if place not in where:
            continue
        x, y = globe.place_on_page(*where[place])
        text = place_name(str(place)) if place != ROW else "rest of the world"
        if all(abs(y - o.y) > 11 or abs(x - o.x) > 3.2 * (len(text) + len(o.text)) for o in labels):
            labels.append(Label(x, y, text, "middle", size=10))
    return Layer((), tuple(labels))
