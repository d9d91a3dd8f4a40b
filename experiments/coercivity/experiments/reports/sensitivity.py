"""How sure a report is of what its first screen says, and what would change it: counts, bands and sizes."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from coercivity.experiments.figures.subject import Subject
from coercivity.experiments.measures.bands import Band, band
from coercivity.experiments.measures.comparison import Comparison, less
from coercivity.experiments.measures.drivers import MOST, Driver, Quarter, by_chance, drivers, quarters
from coercivity.experiments.reports import page
from coercivity.experiments.reports.finding import (
    DEAR,
    LEAST,
    capital,
    shortage_row,
    told_scenarios,
    who_lacks,
)
from coercivity.experiments.reports.plain_words import ASSUMPTIONS, RATIOS
from coercivity.experiments.reports.tiles import Tile, range_of, spoken, tiles
from coercivity.experiments.runs.futures import Futures

ONE_FUTURE = (
    "One future, without a band: read it as an example. Ask again with futures=20 for medians and 80 % bands."
)
LEFT_OUT = "Bands hold what is drawn, not what the model leaves out."
UNASKED = (
    "Assumptions that nobody knows well: the share of licences approved, how strongly users respond to "
    "prices, and the price at which they give up. Ask with futures=20 to see which one decides, and by how "
    "much."
)
QUARTERS = (
    "Low, high: medians of the {part} of {count} futures with the lowest and the highest value, all else "
    "varying; in brackets all {part}."
)


@dataclass(frozen=True)
class HeldDifference:
    """How a number of the first screen differs between two scenarios, and in how many futures it does.

    change: its median and 80 % band · held: futures of its sign, or with hardly a difference where that is
    what is found: then `within` says what hardly is
    """

    tile: Tile
    change: Band
    held: int
    count: int
    within: float | None = None

    @property
    def told(self) -> str:
        """`+3.1 (2.1 to 11) in 20 of 20`; `about the same in 18 of 20` where that is what is found."""
        if self.within is not None:
            return f"about the same in {self.held} of {self.count}"
        sign = "+" if self.change.median > 0 else ""
        text = f"{sign}{spoken(self.change.median, self.tile.unit)}"
        return f"{text} ({range_of(self.change, self.tile.unit)}) in {self.held} of {self.count}"

    def verb(self, more: str, less: str, same: str) -> str:
        """The word for its direction."""
        return same if self.within is not None else more if self.change.median > 0 else less


def claim_of(tile: Tile, name: str, other: str) -> HeldDifference | None:
    """How a scenario differs in a tile from another, where there are several futures."""
    pairs = zip(tile.row.draws.get(name, ()), tile.row.draws.get(other, ()), strict=True)
    changes = [less(mine, held) * tile.scale for mine, held in pairs]
    if len(changes) < 2:
        return None
    found, least = band(changes), {"%": LEAST, "billion USD": DEAR}.get(tile.unit, 0.0)
    if abs(found.median) <= least:
        near = sum(abs(change) <= least for change in changes)
        return HeldDifference(tile, found, near, len(changes), least)
    alike = sum(change * found.median > 0 for change in changes)
    return HeldDifference(tile, found, alike, len(changes))


def certainty(comparison: Comparison) -> str:
    """How sure the finding is, in a sentence or two: in how many futures each part of it holds."""
    count = len(comparison.seeds)
    if not count:
        return ONE_FUTURE
    found = {tile.key: tile for tile in tiles(comparison)}
    if "worst" not in found or len(comparison.scenarios) < 2:
        return f"Medians over {count} futures, with the band that holds eight in ten of them."
    shock, answer = told_scenarios(comparison, found)
    said = []
    if (worst := claim_of(found["worst"], shock, comparison.first)) is not None:
        said.append(
            f"{capital(who_lacks(comparison))}'s worst {comparison.step} is "
            f"{worst.verb('worse', 'better', 'no worse')} under {comparison.sentence(shock)} than under "
            f"{comparison.sentence(comparison.first)} in {worst.held} of {count} futures"
        )
    if answer:
        of = {
            "worst": f"the worst {comparison.step}",
            "end": f"the shortage in {comparison.last_year}",
            "cost": "public cost",
        }
        parts = [
            f"{one.verb('raises', 'lowers', 'hardly changes')} {of[tile.key]} in {one.held}"
            for tile in found.values()
            if tile.key in of and (one := claim_of(tile, answer, shock))
        ]
        said.append(f"{comparison.sentence(answer)} {', '.join(parts)}")
    return f"{'; '.join(said)}. {LEFT_OUT}"


def how_to_read(comparison: Comparison) -> str:
    """What the counts of the first screen are of; nothing where there is one future."""
    if not comparison.seeds or len(comparison.scenarios) < 2:
        return ""
    others = {name: built_on(comparison, name) for name in comparison.scenarios[1:]}
    held = f"difference from {comparison.sentence(comparison.first)}"
    if len(set(others.values())) > 1:
        told = [f"from {comparison.sentence(b)} ({comparison.sentence(a)})" for a, b in others.items()]
        held = f"difference {', '.join(told[:-1])} and {told[-1]}"
    count = len(comparison.seeds)
    return (
        f"Medians of {count} futures, with 80 % bands: eight futures in ten. Below a bar: {held}, taken "
        "future by future, and in how many it has that sign."
    )


def built_on(comparison: Comparison, name: str) -> str:
    """The scenario that another is held against on the first screen: the one it builds on."""
    return comparison.builds_on.get(name, comparison.first)


@dataclass(frozen=True)
class Mover:
    """An assumption that a headline follows, and what the headline is where it is lowest and highest."""

    driver: Driver
    words: str
    unit: str
    lowest: Quarter
    highest: Quarter


def movers(comparison: Comparison, drawn: Futures) -> list[Mover]:
    """The drawn assumptions that the worst shortage follows most closely, with their sizes."""
    row, name = shortage_row(comparison, "worst step"), _worst_scenario(comparison)
    if row is None:
        return []
    return [
        Mover(
            one,
            ASSUMPTIONS.get(one.key, one.key),
            str(drawn.assumptions[one.key]["unit"]),
            *quarters(row, name, drawn, one.key),
        )
        for one in drivers(row, name, drawn)
    ]


def _worst_scenario(comparison: Comparison) -> str:
    row = shortage_row(comparison, "worst step")
    names = comparison.scenarios[1:] or comparison.scenarios
    return max(names, key=lambda one: (row.values[one] if row else None) or 0.0)


def _share(quarter: Quarter) -> str:
    """The median of a shortage in a quarter of the futures."""
    return f"{spoken(100 * band(quarter.numbers).median, '%')} %"


def _all(quarter: Quarter) -> str:
    """The shortage in a quarter of the futures: its median, all of them, and what was drawn there."""
    low, high = (spoken(100 * end(quarter.numbers), "%") for end in (min, max))
    first, last = (
        one if isinstance(one, str) else f"{one:.{3 if one >= 1 else 2}g}"
        for one in (quarter.drawn[0], quarter.drawn[-1])
    )
    drawn = first if first == last else f"{first} to {last}"
    return f"{_share(quarter)} ({low} to {high}) at {drawn}"


def changers(comparison: Comparison, drawn: Futures | None) -> str:
    """What would change the answer, in a sentence: the assumptions it follows most closely, with sizes."""
    if drawn is None or shortage_row(comparison, "worst step") is None:
        return UNASKED
    found = movers(comparison, drawn)
    begin = _say_headline(comparison)
    if not found:
        return f"{begin} follows no drawn assumption more than by chance over {len(drawn.drawn)} futures."
    told = [f"{one.words} ({_share(one.lowest)} if low, {_share(one.highest)} if high)" for one in found]
    return f"{begin} follows most closely: {', '.join(told)}."


def _say_headline(comparison: Comparison) -> str:
    who = capital(who_lacks(comparison))
    return f"{who}'s worst shortage under {comparison.sentence(_worst_scenario(comparison))}"


def changers_table(subject: Subject) -> str:
    """The same as HTML: a row an assumption, its size where it is lowest and highest, and its source."""
    comparison, drawn = subject.comparison, subject.drawn
    found = movers(comparison, drawn) if drawn else []
    if drawn is None or not found:
        return f"<p>{escape(changers(comparison, drawn))}</p>"
    rows = [(escape(_say_assumption(one)), [_all(one.lowest), _all(one.highest)]) for one in found]
    table = page.table(_say_headline(comparison), ["if this is low", "if this is high"], rows)
    sources = "".join(f"<p>{escape(f'{capital(one.words)}: {one.driver.source}.')}</p>" for one in found)
    words = QUARTERS.format(part=len(found[0].lowest.numbers), count=len(drawn.drawn))
    return (
        f'{table}<p class="soft">{escape(words)}</p>{page.foldable("where these ranges come from", sources)}'
    )


def _say_assumption(one: Mover) -> str:
    """`The share of licences approved (share)`."""
    unit = RATIOS.get(one.driver.key, one.unit)
    return f"{capital(one.words)} ({unit})" if unit else capital(one.words)


WORDS = (
    "<p>The same futures, asked another way: of the assumptions that the ensemble draws, the {most} that "
    "each headline follows most closely, by rank correlation over {count} futures (1: always with it; "
    "\u22121: always against it). Below {chance:.2f} in size it may be chance, and is left out.</p>"
)


def moved_by(subject: Subject) -> str:
    """The table of headlines and what moves them, with sources; nothing for a single future."""
    if subject.drawn is None or not subject.drawn.assumptions:
        return ""
    rows = list(_rows(subject))
    count = len(subject.drawn.drawn)
    words = WORDS.format(most=MOST, count=count, chance=by_chance(count))
    if not rows:
        return f"{words}<p>No headline follows any of them that closely.</p>"
    return words + page.foldable(
        "which assumptions, with their sources",
        page.table("headline", ["scenario", "assumption", "correlation", "source"], rows),
    )


def _rows(subject: Subject) -> Iterator[tuple[str, list[str]]]:
    """A row a headline, scenario and assumption; of every scenario but the first, what it changes."""
    assert subject.drawn is not None
    names = subject.names if subject.alone else subject.names[1:]
    for row in subject.comparison.rows:
        if not row.shown or (subject.alone and row.indicator.endswith("change")):
            continue
        for name in names:
            for one in drivers(row, name, subject.drawn):
                sign = f"{one.correlation:+.2f}".replace("-", "\u2212")
                head = f"{escape(row.indicator)}, {escape(row.place)}"
                yield head, [subject.short(name), one.key, sign, one.source]
