"""The chain by jurisdiction as a Sankey: who makes for whom, from ore to what is used.

Every link of the chain is a share of the world's tonnes of its own form, since ore and what is made of
it are not tonnes of the same thing. What stays at home is output less exports.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from coercivity.experiments.config.labels import Link, Wording, falls_under
from coercivity.experiments.figures import messages
from coercivity.experiments.figures.chart import Figure, Label, Layer, Scene, Shape
from coercivity.experiments.figures.places import legend, place_name, style_of
from coercivity.experiments.figures.subject import Subject, pairs

WIDTH, HEIGHT = 900.0, 600.0
HEADS = (18.0, 38.0, 58.0)  # down the page: what is done, what flows on, and its unit
TOP, BOTTOM, LEFT, RIGHT, NODE = 74.0, 10.0, 136.0, 136.0, 14.0
GAP = 5.0  # between places of a column
LOWEST = 15.0  # height a place takes with its name, however small
LEAST = 0.006  # share of a link below which it is not drawn
SIZE = 13.6  # of letters

Ribbons = Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class PlacedNode:
    """A place in a column: from where to where down the page."""

    top: float
    height: float


def chain(subject: Subject) -> Figure | None:
    """The Sankey of every scenario and year."""
    wording = subject.wording
    layers = [_heads(wording)]
    seen: set[str] = set()
    for name, tables in subject.runs.items():
        every = links({key: subject.per_year(tables[key]) for key in ("activity", "flows", "uses")}, wording)
        for year in subject.drawn_years:
            found = every.get(year, [])
            if not any(found):
                continue
            seen |= {place for ribbons in found for pair in ribbons for place in pair}
            keys = {**subject.scenario_key(name), "year": year}
            layers.append(_layer(found, wording.links, keys, f"{subject.short(name)}, {year}"))
    if len(layers) < 2:
        return None
    counted = "; ".join(f"{link.what} in {link.unit}" for link in wording.links)
    return Figure(
        "chain",
        messages.chain(subject),
        f"The chain {wording.names.words.way}: each band is a share of the world's tonnes that pass from a "
        "stage to the next.",
        scene=Scene(WIDTH, HEIGHT, tuple(layers)),
        legend=legend(seen),
        choices=(*subject.scenario_choice(), subject.year_choice()),
        note=subject.one_seed
        + (
            f"Bands have the colour of where they come from; {counted}. Bands below {100 * LEAST:.1f} % are "
            "left out, and so is what recyclers give back. What stays at home is output less exports."
        ),
    )


def links(tables: Mapping[str, pd.DataFrame], wording: Wording) -> dict[str, list[Ribbons]]:
    """Tonnes a year by origin and destination for each link of the chain, by calendar year."""
    flows, activity = tables["flows"], tables["activity"]
    every: list[dict[str, Ribbons]] = []
    for link in wording.links:
        abroad = moved_by_year(flows[falls_under(flows["material"], link.patterns)])
        last = link.stage == wording.last
        made = activity[activity["stage"] == link.stage]
        home = _services_by_place(tables["uses"], wording) if last else _by_place(made, "tonnes")
        years = {*abroad, *home}
        every.append({y: _ribbons(abroad.get(y, {}), home.get(y, {}), at=int(last)) for y in years})
    return {
        year: [found.get(year, {}) for found in every] for year in {year for one in every for year in one}
    }


def _ribbons(abroad: Ribbons, home: Mapping[str, float], at: int) -> Ribbons:
    """What goes abroad, and what stays of all that a place makes (at 0) or uses (at 1)."""
    ribbons = dict(abroad)
    for place, tonnes in home.items():
        gone = sum(value for pair, value in ribbons.items() if pair[at] == place and pair[0] != pair[1])
        ribbons[place, place] = max(tonnes - gone, 0.0)
    return {pair: tonnes for pair, tonnes in ribbons.items() if tonnes > 0}


def moved_by_year(flows: pd.DataFrame) -> dict[str, dict[tuple[str, str], float]]:
    """Tonnes a year by calendar year, then by origin and destination."""
    keys = [flows[key] for key in ("year", "origin", "destination")]
    total = (flows["tonnes"] * flows["weight"]).groupby(keys).sum()
    found: dict[str, dict[tuple[str, str], float]] = {}
    for (year, origin, destination), tonnes in zip(total.index, total, strict=True):
        found.setdefault(str(year), {})[str(origin), str(destination)] = float(tonnes)
    return found


def _by_place(rows: pd.DataFrame, amount: str) -> dict[str, dict[str, float]]:
    """An amount a year by calendar year, then by place."""
    total = (rows[amount] * rows["weight"]).groupby([rows["year"], rows["jurisdiction"]]).sum()
    found: dict[str, dict[str, float]] = {}
    for (year, place), value in pairs(total):
        found.setdefault(year, {})[place] = value
    return found


def _services_by_place(uses: pd.DataFrame, wording: Wording) -> dict[str, dict[str, float]]:
    """Services used by place; those from makers at home are these less imports."""
    rows = uses[(uses["unit"] == wording.names.units.service) & ~uses["recipe"].str.startswith("free")]
    return _by_place(rows, "served")


def _heads(wording: Wording) -> Layer:
    columns = (*(wording.names.words.columns.get(link.stage, link.stage) for link in wording.links), "use")
    count = len(columns)
    words = [
        Label(_x(n, count), HEADS[0], word, _anchor(n, count), bold=True, size=SIZE)
        for n, word in enumerate(columns)
    ]
    middle = [(_x(n, count) + _x(n + 1, count)) / 2 for n in range(count - 1)]
    between = [
        Label(x, y, word, "middle", size=SIZE)
        for x, link in zip(middle, wording.links, strict=True)
        for y, word in zip(HEADS[1:], (link.what, f"(% of {link.unit})"), strict=True)
    ]
    return Layer((), (*words, *between))


def _anchor(column: int, count: int) -> str:
    return "start" if column == 0 else "end" if column == count - 1 else "middle"


def _x(column: int, count: int) -> float:
    """Where a column of so many stands across the page."""
    return LEFT + column * (WIDTH - LEFT - RIGHT) / (count - 1)


def _layer(found: Sequence[Ribbons], links: Sequence[Link], keys: Mapping[str, str], what: str) -> Layer:
    count = len(links) + 1
    shares = [
        {
            pair: tonnes / sum(ribbons.values())
            for pair, tonnes in ribbons.items()
            if tonnes > LEAST * sum(ribbons.values())
        }
        for ribbons in found
    ]
    sizes = [_sizes(shares, n) for n in range(count)]
    scale = min(_fit(tuple(column.values())) for column in sizes if column)
    columns = [_column(column, scale) for column in sizes]
    shapes: list[Shape] = []
    for n, ribbons in enumerate(shares):
        ends = _x(n, count) + NODE / 2, _x(n + 1, count) - NODE / 2
        shapes += _bands(links[n], ribbons, (columns[n], columns[n + 1]), found[n], scale, ends)
    words: list[Label] = []
    for n, nodes in enumerate(columns):
        for place, node in nodes.items():
            style = style_of(place)
            at = _x(n, count)
            box = (at - NODE / 2, node.top, at + NODE / 2, node.top + node.height)
            shapes.append(Shape(_box(*box), style.colour, name=style.name))
            words.append(_name(n == 0, at, place, node))
    return Layer(tuple(shapes), tuple(words), keys, f"{what}: {_largest_makers(links, shares)}")


def _name(left: bool, at: float, place: str, node: PlacedNode) -> Label:
    beside = at + (-NODE if left else NODE)
    return Label(
        beside, node.top + node.height / 2 + 4, place_name(place), "end" if left else "start", size=SIZE
    )


def _fit(sizes: Sequence[float]) -> float:
    """The height of all tonnes at which a column fills the page, small places by their names."""
    room, scale = HEIGHT - TOP - BOTTOM, HEIGHT
    for _ in range(len(sizes)):
        small = [size for size in sizes if size * scale + GAP < LOWEST]
        large = [size for size in sizes if size * scale + GAP >= LOWEST]
        scale = (room - LOWEST * len(small) - GAP * len(large)) / max(sum(large), 1e-9)
    return scale


def _sizes(shares: Sequence[Ribbons], n: int) -> dict[str, float]:
    """Each place of a column: the larger of what comes and goes, as a share of the world's."""
    sizes: dict[str, float] = {}
    for ribbons, at in ((shares[n - 1] if n else {}, 1), (shares[n] if n < len(shares) else {}, 0)):
        totals: dict[str, float] = {}
        for pair, share in ribbons.items():
            totals[pair[at]] = totals.get(pair[at], 0.0) + share
        for place, total in totals.items():
            sizes[place] = max(sizes.get(place, 0.0), total)
    return sizes


def _column(sizes: Mapping[str, float], scale: float) -> dict[str, PlacedNode]:
    """Where each place stands in a column, largest first."""
    nodes, top = {}, TOP
    for place in sorted(sizes, key=lambda place: (-sizes[place], place)):
        tall = sizes[place] * scale
        room = max(tall + GAP, LOWEST)
        nodes[place] = PlacedNode(top + (room - GAP - tall) / 2 if tall < LOWEST - GAP else top, tall)
        top += room
    return nodes


def _bands(
    link: Link,
    ribbons: Ribbons,
    columns: tuple[Mapping[str, PlacedNode], Mapping[str, PlacedNode]],
    tonnes: Ribbons,
    scale: float,
    ends: tuple[float, float],
) -> list[Shape]:
    """The bands of one link, each column's ends in the order of the places they meet."""
    left, right = columns
    out = {place: node.top for place, node in left.items()}
    into = {place: node.top for place, node in right.items()}
    order = sorted(ribbons, key=lambda pair: (left[pair[0]].top, right[pair[1]].top))
    thick = {pair: ribbons[pair] * scale for pair in order}
    starts: dict[tuple[str, str], float] = {}
    for pair in order:
        starts[pair] = out[pair[0]]
        out[pair[0]] += thick[pair]
    shapes = []
    for pair in sorted(order, key=lambda pair: (right[pair[1]].top, left[pair[0]].top)):
        a, b, h = starts[pair], into[pair[1]], thick[pair]
        into[pair[1]] += h
        route = (
            f"{place_name(pair[0])} to {place_name(pair[1])}"
            if pair[0] != pair[1]
            else f"within {place_name(pair[0])}"
        )
        share = f"{100 * ribbons[pair]:.1f} %"
        tip = f"{link.what}, {route}: {share}, {tonnes[pair]:,.0f} {link.unit}/yr"
        style = style_of(pair[0])
        shapes.append(Shape(_band(*ends, a, b, h), style.colour, 0.45, tip=tip, name=style.name))
    return shapes


def _band(x0: float, x1: float, a: float, b: float, h: float) -> tuple[tuple[str, tuple[float, ...]], ...]:
    middle = (x0 + x1) / 2
    return (
        ("M", (x0, a)),
        ("C", (middle, a, middle, b, x1, b)),
        ("L", (x1, b + h)),
        ("C", (middle, b + h, middle, a + h, x0, a + h)),
        ("Z", ()),
    )


def _box(x0: float, y0: float, x1: float, y1: float) -> tuple[tuple[str, tuple[float, ...]], ...]:
    return (("M", (x0, y0)), ("L", (x1, y0)), ("L", (x1, y1)), ("L", (x0, y1)), ("Z", ()))


def _largest_makers(links: Sequence[Link], shares: Sequence[Ribbons]) -> str:
    """The largest makers of each link in words."""
    told = []
    for link, ribbons in zip(links, shares, strict=True):
        totals: dict[str, float] = {}
        for (origin, _), share in ribbons.items():
            totals[origin] = totals.get(origin, 0.0) + share
        first = sorted(totals, key=lambda place: (-totals[place], place))[:3]
        if first:
            told.append(
                f"{link.what} from " + ", ".join(f"{place_name(p)} {100 * totals[p]:.0f} %" for p in first)
            )
    return "; ".join(told) + "."
