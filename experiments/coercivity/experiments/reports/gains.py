"""Who gains, who loses, and what the public cost is made of, in a few sentences for the first screen."""

from collections.abc import Sequence

from coercivity.experiments.config.places import ALLIES, WORLD
from coercivity.experiments.figures.money import STOCK_ITEMS, by_item
from coercivity.experiments.figures.places import place_in_sentence
from coercivity.experiments.figures.scale import tenths
from coercivity.experiments.figures.subject import Subject
from coercivity.experiments.measures.bands import band
from coercivity.experiments.measures.comparison import ComparisonRow

MOST = 2  # scenarios that are told
PARTS = 3  # parts of the public cost that are told, floors apart
FLOORS = "price floors"
UNIT = "In billion USD over the period."
LEAST = 0.05  # billion USD


def gainers(subject: Subject) -> str:
    """Who gains and loses most against the first scenario, and what its extra public cost goes into."""
    rows = [
        row
        for row in subject.comparison.rows
        if row.indicator == "welfare change" and row.jurisdiction != WORLD
    ]
    told = [_ends(subject, name, rows) for name in subject.names[1 : 1 + MOST]]
    said = [text for text in (*told, _cost(subject)) if text]
    return " ".join([UNIT, *said]) if said else ""


def _ends(subject: Subject, name: str, rows: Sequence[ComparisonRow]) -> str:
    """Who loses and who gains most under a scenario, of those of whom it can be told."""
    first = subject.names[0]
    known = [row for row in rows if row.values[name] is not None and not row.alike(name, first)]
    order = sorted(known, key=lambda row: row.values[name] or 0.0)
    said = []
    if order and (order[0].values[name] or 0.0) < 0:
        said.append(f"{place_in_sentence(order[0].place)} loses most, {_of(order[0], name, -1.0)}")
    if order and (order[-1].values[name] or 0.0) > 0:
        said.append(f"{place_in_sentence(order[-1].place)} gains most, {_of(order[-1], name, 1.0)}")
    return f"{subject.short(name)}: {'; '.join(said)}." if said else ""


def _of(row: ComparisonRow, name: str, sign: float) -> str:
    found = row.band(name)
    draws = [value * sign / 1e3 for value in (row.values[name] or 0.0, *(found.ends if found else ()))]
    return _with_band(draws[0], draws[1:])


def _with_band(value: float, ends: Sequence[float]) -> str:
    low, high = (tenths(min(ends)), tenths(max(ends))) if ends else ("", "")
    return f"{tenths(value)}{f' ({low} to {high})' if ends else ''}"


def _cost(subject: Subject) -> str:
    """What the extra public cost of the dearest scenario goes into; price floors always."""
    row = subject.comparison.find("fiscal cost", ALLIES)
    if row is None:
        return ""
    first, *others = subject.names
    name = max(others, key=lambda one: row.change(one) or 0.0)
    if row.alike(name, first) or (row.change(name) or 0.0) <= 0:
        return ""
    extra = by_item(subject.every(name)).sub(by_item(subject.every(first)), fill_value=0.0)
    paid = {str(item): band(list(map(float, extra[item]))) for item in extra if item not in STOCK_ITEMS}
    order = sorted((item for item in paid if paid[item].median > LEAST), key=lambda item: -paid[item].median)
    kept = [item for n, item in enumerate(order) if n < PARTS or item == FLOORS]
    several = len(extra) > 1
    parts = [f"{item} {_with_band(paid[item].median, paid[item].ends if several else ())}" for item in kept]
    return f"What {subject.comparison.sentence(name)} costs all states: {', '.join(parts)}." if parts else ""
