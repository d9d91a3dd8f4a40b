"""The world map: what flows from where to where, and where the burdens fall."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from coercivity.experiments.config.labels import Link, falls_under
from coercivity.experiments.figures import globe
from coercivity.experiments.figures.chain import moved_by_year
from coercivity.experiments.figures.chart import Choice, Figure, Label, Layer, Scene, Shape, Style
from coercivity.experiments.figures.places import legend, place_name, points, style_of
from coercivity.experiments.figures.subject import Subject
from coercivity.experiments.measures.bands import in_digits
from coercivity.experiments.measures.quantities import LARGER

LEAST = 0.01  # of the widest flow of a form: what is less is not drawn
WIDEST = 9.0  # points
LARGEST = 30.0  # radius of a disc
ROW = "ROW"
BURDEN = Style("burden: discs by area", "#55606e")
SIZE = 13.6  # of letters
WIDTHS_AT = 0.6  # how far across the page the widths are told: in the South Pacific, where no place is named
LETTER = 7.8  # width of a letter
BESIDE = (
    (0, 16, "middle"),
    (0, -8, "middle"),
    (8, 5, "start"),
    (-8, 5, "end"),
)  # where a place is named, tried in turn
BOW = 0.18  # how far an arc leaves the straight way

Point = tuple[float, float]
Path = tuple[tuple[str, tuple[float, ...]], ...]


@dataclass(frozen=True)
class TradeFlow:
    """Tonnes a year of a form from one place to another."""

    origin: str
    destination: str
    tonnes: float


def world(subject: Subject) -> Figure | None:
    """Flows of one form at a time and burdens by pollutant, for every scenario and year."""
    where = {place: at for place, at in points(subject.evidence).items() if place != ROW}
    if not where:
        return None
    burdens, pollutants = _burdens(
        {name: subject.per_year(tables["burdens"]) for name, tables in subject.runs.items()}
    )
    links = subject.wording.shipped
    flows = {
        name: _flows(subject.per_year(tables["flows"]), where, links) for name, tables in subject.runs.items()
    }
    widest = [
        max((f.tonnes for years in flows.values() for y in years.values() for f in y[n]), default=0.0)
        for n in range(len(links))
    ]
    forms = [(n, link) for n, link in enumerate(links) if widest[n] > 0]
    layers = [_ground()]
    seen: set[str] = set()
    for name in subject.names:
        for year in subject.drawn_years:
            keys = {**subject.scenario_key(name), "year": year}
            for pollutant, (unit, largest) in pollutants.items():
                amounts = burdens[name].get((pollutant, year), {})
                layers.append(_discs(amounts, pollutant, unit, largest, where, {**keys, "burden": pollutant}))
            what, moved = f"{subject.short(name)}, {year}", flows[name].get(year)
            for n, link in forms:
                drawn = _drawn_flows(moved[n] if moved else [], widest[n])
                seen |= {flow.origin for flow in drawn}
                layers.append(_arcs(link, drawn, widest[n], where, {**keys, "form": link.what}, what))
    layers += [_widths(link, widest[n]) for n, link in forms]
    layers.append(_names(subject, where))
    options = tuple((name, _plain(name)) for name in pollutants)
    burden = (Choice("burden", "burden shown as discs", (*options, ("none", "none"))),)
    form = Choice("form", "what is shipped", tuple((link.what, link.what) for _, link in forms))
    return Figure(
        "map",
        _map_title(subject, flows, [n for n, _ in forms]),
        "What moves between jurisdictions in a year, from where its colour is to where its arrow points.",
        scene=Scene(globe.WIDTH, globe.HEIGHT, tuple(layers)),
        legend=(*legend(seen), *((BURDEN,) if options else ())),
        choices=(*subject.scenario_choice(), subject.year_choice(), form, *(burden if options else ())),
        note=subject.one_seed
        + (
            f"Left out: flows below {100 * LEAST:.0f} % of the widest, and those of other countries, which "
            f"are no one place. Projection Equal Earth; {globe.source()}."
        ),
    )


def _map_title(
    subject: Subject, flows: Mapping[str, Mapping[str, tuple[list[TradeFlow], ...]]], forms: Sequence[int]
) -> str:
    """The largest flow of the last form in the last year of the last scenario."""
    name, year = subject.names[-1], subject.drawn_years[-1]
    found = flows[name].get(year)
    last = found[forms[-1]] if found and forms else []
    if not last:
        return "Who ships to whom"
    link, most = subject.wording.shipped[forms[-1]], max(last, key=lambda flow: flow.tonnes)
    future = f" (one future of {len(subject.comparison.seeds)})" if subject.comparison.seeds else ""
    under = "" if subject.alone else f" under {subject.comparison.sentence(name)}"
    return (
        f"In {year} the largest flow of {link.what} is {place_name(most.origin)} to "
        f"{place_name(most.destination)}, {in_digits(most.tonnes)} {link.unit}{under}{future}"
    )


def _drawn_flows(flows: Sequence[TradeFlow], widest: float) -> list[TradeFlow]:
    """The flows that are drawn, widest first."""
    kept = [flow for flow in flows if flow.tonnes > LEAST * widest]
    return sorted(kept, key=lambda f: (-f.tonnes, f.origin, f.destination))


def _widths(link: Link, widest: float) -> Layer:
    """How wide an arc of so many tonnes is, where the map is empty."""
    x, y = WIDTHS_AT * globe.WIDTH, globe.HEIGHT - 46.0
    shapes, words = [], [Label(x, y - 8, f"{link.what}, {link.unit} a year", size=SIZE)]
    for n, share in enumerate((1.0, 0.25)):
        tonnes, at = widest * share, y + 12 + 18 * n
        shapes.append(Shape((("M", (x, at - 4)), ("L", (x + 40, at - 4))), "#55606e", width=WIDEST * share))
        words.append(Label(x + 48, at, in_digits(tonnes), size=SIZE))
    return Layer(tuple(shapes), tuple(words), {"form": link.what})


def _flows(
    flows: pd.DataFrame, where: Mapping[str, tuple[float, float]], links: Sequence[Link]
) -> dict[str, tuple[list[TradeFlow], ...]]:
    """By year and form: what moved between places the map knows."""
    moved = flows[
        (flows["origin"] != flows["destination"])
        & flows["origin"].isin(where)
        & flows["destination"].isin(where)
    ]
    of_link = [moved_by_year(moved[falls_under(moved["material"], link.patterns)]) for link in links]
    return {
        str(year): tuple(
            [TradeFlow(*pair, t) for pair, t in one.get(str(year), {}).items()] for one in of_link
        )
        for year in moved["year"].unique()
    }


def _burdens(
    tables: Mapping[str, pd.DataFrame],
) -> tuple[dict[str, dict[tuple[str, str], dict[str, float]]], dict[str, tuple[str, float]]]:
    """Amounts a year by scenario, pollutant and year, then by place; the unit and the most of a pollutant.

    CO2 comes last, so that it is shown first.
    """
    found: dict[str, dict[tuple[str, str], dict[str, float]]] = {}
    most: dict[str, tuple[str, float]] = {}
    for name, table in tables.items():
        mine = found.setdefault(name, {})
        keys = [table[key] for key in ("pollutant", "unit", "year", "jurisdiction")]
        sums = (table["amount"] * table["weight"]).groupby(keys).sum()
        for (pollutant, given, year, place), amount in zip(sums.index, sums, strict=True):
            unit, scale = LARGER.get(str(given), (str(given), 1.0))
            value = float(amount) * scale
            mine.setdefault((str(pollutant), str(year)), {})[str(place)] = value
            most[str(pollutant)] = (unit, max(most.get(str(pollutant), (unit, 0.0))[1], value))
    kept = [name for name in most if most[name][1] > 0]
    return found, {name: most[name] for name in sorted(kept, key=lambda name: (name == "co2", name))}


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
    amounts: Mapping[str, float],
    pollutant: str,
    unit: str,
    largest: float,
    where: Mapping[str, tuple[float, float]],
    keys: Mapping[str, str],
) -> Layer:
    """A disc a place, by area; the largest first, so that small ones lie on top."""
    shapes = []
    for place, amount in sorted(amounts.items(), key=lambda one: -one[1]):
        radius = LARGEST * math.sqrt(max(amount, 0.0) / largest) if largest else 0.0
        if place in where and radius > 1.0:
            tip = f"{place_name(place)}: {amount:,.3g} {unit}/yr of {_plain(pollutant)}"
            x, y = globe.place_on_page(*where[place])
            shapes.append(Shape((("O", (x, y, radius)),), BURDEN.colour, 0.4, tip=tip, name=BURDEN.name))
    x, y = WIDTHS_AT * globe.WIDTH, globe.HEIGHT - 78.0
    told = Label(x, y, f"largest disc: {in_digits(largest)} {unit} a year", size=SIZE)
    return Layer(tuple(shapes), (told,), keys)


def _arcs(
    link: Link,
    drawn: Sequence[TradeFlow],
    widest: float,
    where: Mapping[str, tuple[float, float]],
    keys: Mapping[str, str],
    what: str,
) -> Layer:
    """An arc with its head a flow, in the colour of where it comes from; the largest told in words."""
    shapes, told = [], "nothing moves"
    for flow in drawn:
        style = style_of(flow.origin)
        route = f"{place_name(flow.origin)} to {place_name(flow.destination)}"
        tip = f"{link.what}, {route}: {flow.tonnes:,.0f} {link.unit}/yr"
        width = max(WIDEST * flow.tonnes / widest, 0.9)
        ends = globe.place_on_page(*where[flow.origin]), globe.place_on_page(*where[flow.destination])
        path, head = _arc(*ends, width)
        shapes.append(Shape(path, style.colour, 0.85, width, tip, style.name))
        shapes.append(Shape(head, style.colour, 1.0, tip=tip, name=style.name))
    if drawn:
        first = drawn[0]
        told = (
            f"the largest flow of {link.what} is {place_name(first.origin)} to "
            f"{place_name(first.destination)}, {first.tonnes:,.0f} {link.unit}/yr"
        )
    return Layer(tuple(shapes), keys=keys, said=f"{what}: {told}.")


def _arc(start: Point, end: Point, width: float) -> tuple[Path, Path]:
    """A curve that bows to the left of its way, and its head."""
    (x0, y0), (x1, y1) = start, end
    dx, dy = x1 - x0, y1 - y0
    cx, cy = (x0 + x1) / 2 + BOW * dy, (y0 + y1) / 2 - BOW * dx
    size = 6.0 + 0.9 * width
    away = math.hypot(x1 - cx, y1 - cy) or 1.0
    ux, uy = (x1 - cx) / away, (y1 - cy) / away
    foot = (x1 - size * ux, y1 - size * uy)
    a = (x0 + 2 / 3 * (cx - x0), y0 + 2 / 3 * (cy - y0))
    b = (foot[0] + 2 / 3 * (cx - foot[0]), foot[1] + 2 / 3 * (cy - foot[1]))
    half = 0.55 * size
    sides = [(foot[0] - half * uy, foot[1] + half * ux), (foot[0] + half * uy, foot[1] - half * ux)]
    head = (("M", end), ("L", sides[0]), ("L", sides[1]), ("Z", ()))
    return (("M", start), ("C", (*a, *b, *foot))), head


def _names(subject: Subject, where: Mapping[str, tuple[float, float]]) -> Layer:
    """The names of places that make or use something, beside them where no other name stands yet."""
    flows = pd.concat([tables["flows"] for tables in subject.runs.values()])
    both = pd.concat(
        [flows.groupby("origin")["tonnes"].sum(), flows.groupby("destination")["tonnes"].sum()], axis=1
    ).sum(axis=1)
    size = both.sort_values(ascending=False)
    labels: list[Label] = []
    for place in size.index[size > 1e-4 * size.max()]:
        if place in where:
            x, y = globe.place_on_page(*where[place])
            tried = (
                Label(x + dx, y + dy, place_name(str(place)), side, size=SIZE) for dx, dy, side in BESIDE
            )
            labels += [one for one in tried if not any(_meet(one, other) for other in labels)][:1]
    return Layer((), tuple(labels))


def _meet(one: Label, other: Label) -> bool:
    """Whether two labels would stand on each other."""
    (a, b), (c, d) = _ends(one), _ends(other)
    return abs(one.y - other.y) <= SIZE and a < d and c < b


def _ends(label: Label) -> tuple[float, float]:
    wide = LETTER * len(label.text)
    left = {"start": 0.0, "middle": 0.5 * wide, "end": wide}[label.anchor]
    return label.x - left - 3, label.x - left + wide + 3
