"""The first screen of a report: the finding, four tiles, why, how sure, and what would change it."""

from collections.abc import Mapping, Sequence
from html import escape

from coercivity.experiments.base.tables import FUTURE
from coercivity.experiments.config.places import ALLIES, HOME, WORLD
from coercivity.experiments.figures.money import STOCK_ITEMS, by_item
from coercivity.experiments.figures.places import place_in_sentence
from coercivity.experiments.figures.scale import tenths
from coercivity.experiments.figures.subject import Subject
from coercivity.experiments.measures.bands import band
from coercivity.experiments.measures.comparison import ComparisonRow
from coercivity.experiments.reports import page
from coercivity.experiments.reports.finding import finding, reasons
from coercivity.experiments.reports.plain_words import keep_units
from coercivity.experiments.reports.sensitivity import (
    built_on,
    certainty,
    changers_table,
    claim_of,
    how_to_read,
)
from coercivity.experiments.reports.tiles import Tile, TileNumber, range_of, share_scale, spoken, tiles

LONG = 6  # letters of a unit that stands beside each number, at most
TOGETHER = ("worst", "end")  # tiles that share a frame
MOST = 2  # scenarios that are told
WELFARE = "Against {}, all years: users, makers, plants and public money together."
PARTLY = "The largest parts, as medians: they do not add up to the total, from which income is taken off."
PARTS = 3  # parts of the public cost that are told, floors apart
FLOORS = "price floors"
UNIT = "\N{NO-BREAK SPACE}billion USD"
LEAST = 0.05  # billion USD


def first_screen(subject: Subject) -> str:
    """What a reader needs within a minute, as HTML."""
    comparison = subject.comparison
    why = " ".join(reasons(comparison, projects_started(subject)))
    parts = {
        "Why": [why],
        "Who gains, who loses": [] if subject.alone else gainers(subject),
        "What it costs": [] if subject.alone else costs(subject),
        "How sure": [how_to_read(comparison), certainty(comparison)],
    }
    told = "".join(
        f"<div><h3>{escape(head)}</h3>{''.join(f'<p>{_keep_units(text)}</p>' for text in lines)}</div>"
        for head, lines in parts.items()
        if any(lines)
    )
    shown = (
        f'<div class="tiles">{tiles_of(subject)}</div><div class="because">{told}</div>'
        f'<div class="because firm"><div><h3>What would change it</h3>{changers_table(subject)}</div></div>'
    )
    return page.headline(found_in(subject)) + shown


def found_in(subject: Subject) -> str:
    """The finding of a result, in one or two sentences."""
    return finding(subject.comparison)


def tiles_of(subject: Subject) -> str:
    """The tiles as HTML; worst and last shortage in one frame."""
    found = tiles(subject.comparison)
    together = "".join(_tile(subject, tile) for tile in found if tile.key in TOGETHER)
    apart = "".join(
        f'<div class="frame">{_tile(subject, tile)}</div>' for tile in found if tile.key not in TOGETHER
    )
    return (f'<div class="frame double">{together}</div>' if together else "") + apart


def _tile(subject: Subject, tile: Tile) -> str:
    scale = share_scale(tile.numbers)
    rows = "".join(_number(subject, tile, one, scale) for one in tile.numbers)
    return (
        f'<section class="tile"><h3>{escape(_heading(tile))}</h3><div class="numbers">{rows}</div>'
        f'<p class="soft">{escape(tile.note)}</p></section>'
    )


def _heading(tile: Tile) -> str:
    """What a tile is of, with its unit where that is too long to stand beside each number."""
    return f"{tile.title}, {tile.unit}" if len(tile.unit) > LONG else tile.title


def _number(subject: Subject, tile: Tile, one: TileNumber, scale: tuple[float, float]) -> str:
    """A scenario's number, its band in words and on a strip."""
    style = subject.styles[one.scenario]
    band = f'<span class="band">{escape(range_of(one.band, tile.unit))}</span>' if one.band else ""
    who = (
        ""
        if subject.alone
        else f'<span class="who"><i style="background:{style.colour}"></i>{escape(style.name)}</span>'
    )
    unit = f" <small>{escape(tile.unit)}</small>" if len(tile.unit) <= LONG else ""
    return (
        f'<div class="of">{who}<b>{spoken(one.value, tile.unit)}{unit}</b>{band}'
        f"{_strip(one, scale, style.colour)}{_difference(subject, tile, one.scenario)}</div>"
    )


def _difference(subject: Subject, tile: Tile, name: str) -> str:
    """How it differs from the scenario it builds on, and in how many futures it goes that way."""
    first = subject.names[0]
    claim = None if name == first else claim_of(tile, name, built_on(subject.comparison, name))
    return f'<span class="change">{escape(claim.told)}</span>' if claim else ""


def _strip(one: TileNumber, scale: tuple[float, float], colour: str) -> str:
    """Where the number and its band stand between zero and the largest of the tile."""
    low, high = scale

    def at(value: float) -> float:
        return 100 * (value - low) / (high - low)

    band = ""
    if one.band:
        left, right = at(one.band.low), at(one.band.high)
        wide = max(right - left, 0.8)
        place = f'x="{left:.1f}" y="3" width="{wide:.1f}" height="6"'
        band = f'<rect {place} fill="{colour}" opacity=".3"/>'
    return (
        '<svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect y="5.4" width="100" height="1.2" fill="#e3e6eb"/>{band}'
        f'<rect x="{at(one.value) - 0.5:.1f}" y="1" width="1.4" height="10" fill="{colour}"/></svg>'
    )


def projects_started(subject: Subject) -> Mapping[str, list[int]]:
    """How many projects start outside China, by scenario, in every future."""
    found: dict[str, list[int]] = {}
    for name in subject.names:
        tables = subject.every(name)
        events, activity = tables["events"], tables["activity"]
        plants = activity[activity["jurisdiction"] == HOME].drop_duplicates([FUTURE, "plant"])
        at_home = set(zip(plants[FUTURE], plants["plant"], strict=True))
        started = events[events["kind"] == "project started"]
        abroad = [one for one in zip(started[FUTURE], started["target"], strict=True) if one not in at_home]
        found[name] = [sum(future == number for future, _ in abroad) for number in tables.futures]
    return found


def _keep_units(text: str) -> str:
    """A sentence in HTML; a number keeps its unit beside it."""
    return escape(keep_units(text))


def gainers(subject: Subject) -> list[str]:
    """Who gains and loses most against the first scenario, a sentence a scenario."""
    rows = [
        row
        for row in subject.comparison.rows
        if row.indicator == "welfare change" and row.jurisdiction != WORLD
    ]
    told = [text for name in subject.names[1 : 1 + MOST] if (text := _ends(subject, name, rows))]
    return [*told, WELFARE.format(subject.comparison.sentence(subject.names[0]))] if told else []


def _ends(subject: Subject, name: str, rows: Sequence[ComparisonRow]) -> str:
    """Who loses and who gains most under a scenario, of those of whom it can be told."""
    first = subject.names[0]
    known = [row for row in rows if row.values[name] is not None and not row.alike(name, first)]
    order = sorted(known, key=lambda row: row.values[name] or 0.0)
    said = []
    if order and (order[-1].values[name] or 0.0) > 0:
        said.append(f"{place_in_sentence(order[-1].place)} gains most, {_of(order[-1], name, 1.0)}")
    if order and (order[0].values[name] or 0.0) < 0:
        said.append(f"{place_in_sentence(order[0].place)} loses most, {_of(order[0], name, -1.0)}")
    return f"{subject.short(name)}: {', '.join(said)}." if said else ""


def _of(row: ComparisonRow, name: str, sign: float) -> str:
    found = row.band(name)
    draws = [value * sign / 1e3 for value in (row.values[name] or 0.0, *(found.ends if found else ()))]
    held = [value * sign > 0 for value in row.draws.get(name, ())]
    count = f"{sum(held)} of {len(held)}" if held else ""
    return _with_band(draws[0], draws[1:], count=count)


def _with_band(value: float, ends: Sequence[float], unit: str = UNIT, count: str = "") -> str:
    low, high = (tenths(min(ends)), tenths(max(ends))) if ends else ("", "")
    more = f"; {count}" if count else ""
    return f"{tenths(value)}{unit}{f' ({low} to {high}{more})' if ends else ''}"


def costs(subject: Subject) -> list[str]:
    """What the extra public cost of the dearest scenario goes into, a line a part; price floors always."""
    row = subject.comparison.find("fiscal cost", ALLIES)
    if row is None:
        return []
    first, *others = subject.names
    name = max(others, key=lambda one: row.change(one) or 0.0)
    if row.alike(name, first) or (row.change(name) or 0.0) <= 0:
        return []
    base = built_on(subject.comparison, name)
    extra = by_item(subject.every(name)).sub(by_item(subject.every(base)), fill_value=0.0)
    paid = {str(item): band(list(map(float, extra[item]))) for item in extra if item not in STOCK_ITEMS}
    order = sorted((item for item in paid if paid[item].median > LEAST), key=lambda item: -paid[item].median)
    kept = [item for n, item in enumerate(order) if n < PARTS or item == FLOORS]
    several = len(extra) > 1
    parts = [
        f"{item}: {_with_band(paid[item].median, paid[item].ends if several else (), '')}" for item in kept
    ]
    head = f"{subject.short(name)} costs states, in billion USD beyond {subject.comparison.sentence(base)}:"
    return [head, *(f"{part[0].upper()}{part[1:]}" for part in parts), PARTLY] if parts else []
