"""The first screen of a report: the finding, four tiles, why, how sure, and what would change it."""

from collections.abc import Mapping, Sequence
from html import escape

from coercivity.experiments.base.tables import FUTURE
from coercivity.experiments.config.places import ALLIES, HOME, WORLD
from coercivity.experiments.figures.money import STOCK_ITEMS, by_item
from coercivity.experiments.figures.scale import Scale, axis_number, tenths
from coercivity.experiments.figures.subject import Subject
from coercivity.experiments.measures.bands import Band, band
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
from coercivity.experiments.reports.tiles import (
    Tile,
    TileNumber,
    range_of,
    spoken,
    strip_scale,
    tiles,
    years_of,
)

LONG = 6  # letters of a unit that stands beside each number, at most
TOGETHER = ("worst", "end")  # tiles that share a frame and a scale
MOST = 2  # scenarios that are told
PLACES = 6  # whose gains and losses are told
NOTES = (
    "Shortages: shares of what would be bought at base-year prices. Price: mean of all years. Cost: their "
    "sum, not discounted; below zero is income."
)
WELFARE = (
    "Users, makers, plants and public money together, against {first}. {sure}Other: not named in the model."
)
WHO = "Who gains, who loses (billion USD, {})"
BOLD = "Bold: all of the band has one sign. "
PARTLY = "Largest parts, as medians, which do not add up; the total is after income."
PARTS = 3  # parts of the public cost that are told, floors apart
FLOORS = "price floors"
LEAST = 0.05  # billion USD


def first_screen(subject: Subject) -> str:
    """What a reader needs within a minute, as HTML."""
    comparison = subject.comparison
    why = " ".join(reasons(comparison, projects_started(subject)))
    parts = {
        "Why": f"<p>{_keep_units(why)}</p>" if why else "",
        WHO.format(years_of(comparison)): "" if subject.alone else gainers(subject),
        "What it costs": "" if subject.alone else costs(subject),
    }
    sure = {
        "How sure": f"<p>{_keep_units(certainty(comparison))}</p>",
        "What would change it": changers_table(subject),
    }
    read = f"{how_to_read(comparison)} {NOTES}".strip()
    return (
        f"{page.headline(found_in(subject))}{_scenarios(subject)}"
        f'<div class="tiles">{tiles_of(subject)}</div><p class="soft reading">{_keep_units(read)}</p>'
        f'<div class="because">{_columns(parts)}</div><div class="because firm">{_columns(sure)}</div>'
    )


def _columns(parts: Mapping[str, str]) -> str:
    """Headings with what stands below them; those with nothing are left out."""
    return "".join(f"<div><h3>{escape(head)}</h3>{body}</div>" for head, body in parts.items() if body)


def _scenarios(subject: Subject) -> str:
    """What each scenario is, in a line beside its colour; a single run says that above."""
    if subject.alone:
        return ""
    told = "".join(
        f'<li><span class="who"><i style="background:{subject.styles[name].colour}"></i>'
        f"{escape(subject.short(name))}</span> {escape(subject.comparison.titles[name])}</li>"
        for name in subject.names
    )
    return f'<ul class="scenarios">{told}</ul>'


def found_in(subject: Subject) -> str:
    """The finding of a result, in one or two sentences."""
    return finding(subject.comparison)


def tiles_of(subject: Subject) -> str:
    """The tiles as HTML; worst and last shortage in one frame, on one scale."""
    found = tiles(subject.comparison)
    both = [tile for tile in found if tile.key in TOGETHER]
    scale = strip_scale([one for tile in both for one in tile.numbers])
    together = "".join(_tile(subject, tile, scale) for tile in both)
    apart = "".join(
        f'<div class="frame">{_tile(subject, tile, strip_scale(tile.numbers))}</div>'
        for tile in found
        if tile.key not in TOGETHER
    )
    return (f'<div class="frame double">{together}</div>' if together else "") + apart


def _tile(subject: Subject, tile: Tile, scale: Scale) -> str:
    rows = "".join(_number(subject, tile, one, scale) for one in tile.numbers)
    return (
        f'<section class="tile"><h3>{escape(_heading(tile))}</h3><div class="numbers">{rows}</div>'
        f"{_axis(scale, tile.unit)}</section>"
    )


def _axis(scale: Scale, unit: str) -> str:
    """The ends of the scale that the strips of a tile share, and zero, below them."""
    unit = f"\N{NO-BREAK SPACE}{unit}" if len(unit) <= LONG else ""
    at = 100 * scale.part(0.0)
    return (
        f'<div class="ends" aria-hidden="true"><span style="left:{at:.1f}%">0</span>'
        f"<span>{axis_number(scale.high)}{escape(unit)}</span></div>"
    )


def _heading(tile: Tile) -> str:
    """What a tile is of, with its unit where that is too long to stand beside each number."""
    return f"{tile.title}, {tile.unit}" if len(tile.unit) > LONG else tile.title


def _number(subject: Subject, tile: Tile, one: TileNumber, scale: Scale) -> str:
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


def _strip(one: TileNumber, scale: Scale, colour: str) -> str:
    """Where the number and its band stand on the scale of the tile; a tick at zero."""

    def at(value: float) -> float:
        return 100 * scale.part(value)

    band = ""
    if one.band:
        left, right = at(one.band.low), at(one.band.high)
        wide = max(right - left, 0.8)
        place = f'x="{left:.1f}" y="3" width="{wide:.1f}" height="6"'
        band = f'<rect {place} fill="{colour}" opacity=".3"/>'
    return (
        '<svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect y="5.4" width="100" height="1.2" fill="#e3e6eb"/>'
        f'<rect x="{at(0.0) - 0.2:.1f}" y="1" width=".5" height="10" fill="#8b93a1"/>{band}'
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


def gainers(subject: Subject) -> str:
    """Who gains and who loses against the first scenario, as a table: a row a place, most first."""
    comparison = subject.comparison
    names, first = subject.names[1 : 1 + MOST], subject.names[0]
    rows = [
        row
        for row in comparison.rows
        if row.indicator == "welfare change"
        and row.jurisdiction != WORLD
        and any(row.values[name] is not None and not row.same(row.values[name] or 0.0, 0.0) for name in names)
    ]
    kept = _largest(rows, names)
    if not kept:
        return ""
    order = sorted(kept, key=lambda row: -(row.values[names[0]] or 0.0))
    body = [(escape(_capital(row.place)), [_gain(row, name, first) for name in names]) for row in order]
    sure = BOLD if comparison.seeds else ""
    words = _keep_units(WELFARE.format(first=comparison.sentence(first), sure=sure))
    return f'{_small_table([subject.short(name) for name in names], body)}<p class="soft">{words}</p>'


def _largest(rows: Sequence[ComparisonRow], names: Sequence[str]) -> list[ComparisonRow]:
    """Rows that gain and lose most under each scenario, the home of the restrictions, then the largest."""
    ends = [row for name in names for row in _ends(rows, name)]
    ends += [row for row in rows if row.jurisdiction == HOME]
    size = sorted(rows, key=lambda row: -max(abs(row.values[name] or 0.0) for name in names))
    kept = {row.jurisdiction: row for row in (*ends, *size)}
    return list(kept.values())[:PLACES]


def _ends(rows: Sequence[ComparisonRow], name: str) -> Sequence[ComparisonRow]:
    order = sorted(rows, key=lambda row: row.values[name] or 0.0)
    return order[:1] + order[-1:]


def _gain(row: ComparisonRow, name: str, first: str) -> str:
    """`+0.6 (0.2 to 0.9)`, in bold where its whole band has one sign."""
    found, value = row.band(name), (row.values[name] or 0.0) / 1e3
    sign = "+" if tenths(value).strip("0.") and value > 0 else ""
    text = f"{sign}{tenths(value)}"
    if found is None:
        return f"<b>{text}</b>"
    ends = f' <span class="range">({tenths(found.low / 1e3)} to {tenths(found.high / 1e3)})</span>'
    return f"{text}{ends}" if row.alike(name, first) else f"<b>{text}</b>{ends}"


def _small_table(heads: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    """A table of the first screen: a name and its numbers, both HTML; heads are words."""
    names = "".join(f'<th scope="col" class="n">{escape(one)}</th>' for one in heads)
    head = f'<thead><tr><th scope="col"></th>{names}</tr></thead>' if heads else ""
    body = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(f"<td class=n>{cell}</td>" for cell in cells)}</tr>'
        for name, cells in rows
    )
    return f'<table class="small">{head}<tbody>{body}</tbody></table>'


def costs(subject: Subject) -> str:
    """What the extra public cost of the dearest scenario goes into, a row a part; price floors always."""
    row = subject.comparison.find("fiscal cost", ALLIES)
    if row is None:
        return ""
    first, *others = subject.names
    name = max(others, key=lambda one: row.change(one) or 0.0)
    if row.alike(name, first) or (row.change(name) or 0.0) <= 0:
        return ""
    base = built_on(subject.comparison, name)
    extra = by_item(subject.every(name)).sub(by_item(subject.every(base)), fill_value=0.0)
    paid = {str(item): band(list(map(float, extra[item]))) for item in extra if item not in STOCK_ITEMS}
    order = sorted((item for item in paid if paid[item].median > LEAST), key=lambda item: -paid[item].median)
    kept = [item for n, item in enumerate(order) if n < PARTS or item == FLOORS]
    several = len(extra) > 1
    body = [(escape(_capital(item)), [_cost_cell(paid[item], several)]) for item in kept]
    what = f"{subject.short(name)} beyond {subject.comparison.sentence(base)}, billion USD:"
    words = f'<p class="soft">{_keep_units(PARTLY)}</p>'
    return f"<p>{_keep_units(what)}</p>{_small_table([], body)}{words}" if body else ""


def _cost_cell(found: Band, several: bool) -> str:
    ends = f' <span class="range">({tenths(found.low)} to {tenths(found.high)})</span>' if several else ""
    return f"<b>{tenths(found.median)}</b>{ends}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
