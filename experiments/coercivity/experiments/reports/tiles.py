"""The four numbers of a report's first screen: what they are called, and what each scenario has of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from coercivity.experiments.config.places import ALLIES, HOME, HOME_NAME, OUTSIDE
from coercivity.experiments.figures.scale import Scale, scale_for
from coercivity.experiments.measures.bands import Band
from coercivity.experiments.measures.comparison import Comparison, ComparisonRow, number

WHO = "EU"  # whose shortage is told first


@dataclass(frozen=True)
class TileNumber:
    """What one scenario has: the number, its 80 % band over futures, both in the tile's own unit."""

    scenario: str
    value: float
    band: Band | None = None

    @property
    def ends(self) -> tuple[float, ...]:
        """Every number an axis must hold."""
        return (self.value, self.band.low, self.band.high) if self.band else (self.value,)


@dataclass(frozen=True)
class Tile:
    """A number people ask for: its title, its unit, one entry a scenario.

    row, scale: where its numbers come from, and what they are multiplied by for its unit
    """

    key: str
    title: str
    unit: str
    numbers: tuple[TileNumber, ...]
    row: ComparisonRow
    scale: float

    def find(self, scenario: str) -> TileNumber | None:
        """What a scenario has of it."""
        return next((one for one in self.numbers if one.scenario == scenario), None)


def tiles(comparison: Comparison) -> list[Tile]:
    """Shortage at its worst and at the end, price of products, public cost, share of separation."""
    made = (
        *_shortage(comparison),
        _price(comparison),
        _public_cost(comparison),
        _separation(comparison),
    )
    return [tile for tile in made if tile is not None and tile.numbers]


def _shortage(comparison: Comparison) -> Iterator[Tile | None]:
    services = comparison.wording.services
    place = shortage_place(comparison)
    who = "Europe" if place == WHO else _name(comparison, place)
    for key, what, when in (
        ("worst", "worst step", f"in the worst {comparison.step}"),
        ("end", "last year", f"in {comparison.last_year}"),
    ):
        row = comparison.find(f"shortage of {services}, {what}", place)
        yield _tile(key, f"{services.capitalize()} {who} lacks {when}", row)


def shortage_place(comparison: Comparison) -> str:
    """Whose shortage is told: Europe's, or of a chain without it the place that lacks most."""
    what = f"shortage of {comparison.wording.services}, worst step"
    rows = [row for row in comparison.rows if row.indicator == what and row.shown]
    if any(row.jurisdiction == WHO for row in rows) or not rows:
        return WHO
    return max(rows, key=lambda row: max(v or 0.0 for v in row.values.values())).jurisdiction


def _price(comparison: Comparison) -> Tile | None:
    """The price of what buyers buy; where the chain names no such thing, of what is asked for first."""
    words = comparison.wording.names.words
    for material in (*words.bought, *words.asked):
        name = comparison.wording.spelt(material)
        row = comparison.find(f"price of {comparison.wording.priced(material)}, mean", OUTSIDE)
        if row is not None and any(value is not None for value in row.values.values()):
            title = f"Price of {name} outside {HOME_NAME}"
            return _tile("price", title, row)
    return None


def _public_cost(comparison: Comparison) -> Tile | None:
    row = comparison.find("fiscal cost", ALLIES)
    if row is None:
        return None
    return _tile("cost", "Public cost to allies", row)


def _separation(comparison: Comparison) -> Tile | None:
    wording = comparison.wording
    stage = wording.stage(wording.names.stages.separate)
    row = comparison.find(f"share of {stage}, last year", HOME)
    return _tile("share", f"{HOME_NAME}'s share of {stage} in {comparison.last_year}", row)


def years_of(comparison: Comparison) -> str:
    """The first and the last calendar year, as people say them."""
    first = comparison.start[:4]
    return first if first == comparison.last_year else f"{first} to {comparison.last_year}"


def _name(comparison: Comparison, place: str) -> str:
    row = next((row for row in comparison.rows if row.jurisdiction == place), None)
    return row.place if row else place


SCALES: Mapping[str, tuple[str, float]] = {"share": ("%", 100.0), "million USD": ("billion USD", 1e-3)}


def _tile(key: str, title: str, row: ComparisonRow | None) -> Tile | None:
    """A tile of a row, in the unit people say."""
    if row is None:
        return None
    unit, scale = SCALES.get(row.unit, (row.unit, 1.0))
    return Tile(key, title, unit, tuple(_numbers(row, scale)), row, scale)


def _numbers(row: ComparisonRow, scale: float) -> Iterator[TileNumber]:
    for name, value in row.values.items():
        if value is not None:
            found = row.band(name)
            scaled = Band(found.median * scale, found.low * scale, found.high * scale) if found else None
            yield TileNumber(name, value * scale, scaled)


def spoken(value: float, unit: str) -> str:
    """A number of a tile as people say it.

    >>> spoken(18.93, "%"), spoken(4.06, "%"), spoken(1642.2, "USD/kg"), spoken(-2.41, "billion USD")
    ('19', '4.1', '1,640', '−2.4')
    """
    if unit == "%":
        text = f"{value:.0f}" if abs(value) >= 9.95 else f"{value:.1f}"
    elif unit == "billion USD":
        text = f"{value:,.0f}" if abs(value) >= 99.5 else f"{value:.1f}"
    elif abs(value) >= 1000:
        text = f"{10 * round(value / 10):,}"
    else:
        text = number(value, unit)
    text = "0" if text in ("-0.0", "-0") else text
    return text.replace("-", "\N{MINUS SIGN}")


def with_ends(one: TileNumber, unit: str) -> str:
    """A number with its unit and its band, as a sentence has it.

    >>> with_ends(TileNumber("a", 19.0, Band(19.0, 14.0, 25.0)), "%")
    '19 % (14 to 25)'
    """
    text = f"{spoken(one.value, unit)} {unit}"
    return f"{text} ({range_of(one.band, unit)})" if one.band else text


def range_of(band: Band, unit: str) -> str:
    """The ends of a band, in the unit of what it is of."""
    return f"{spoken(band.low, unit)} to {spoken(band.high, unit)}"


def strip_scale(numbers: Sequence[TileNumber]) -> Scale:
    """The scale on which numbers and their bands stand: from zero, or from the lowest, to a round number.

    >>> strip_scale([TileNumber("a", 19.0, Band(19.0, 14.0, 27.0))]).high
    30.0
    """
    ends = [end for one in numbers for end in one.ends]
    held = scale_for(ends, wanted=3)
    low = min([0.0, *ends])
    return Scale(low, held.high, (0.0, held.high))
