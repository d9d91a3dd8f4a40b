"""What a comparison found in one sentence, and why: by rule, from rows."""

from collections.abc import Iterator, Mapping, Sequence

from coercivity.experiments.config.places import ALLIES, HOME, HOME_NAME, OUTSIDE
from coercivity.experiments.measures.bands import Band, band
from coercivity.experiments.measures.comparison import Comparison, ComparisonRow
from coercivity.experiments.reports.plain_words import IN_FULL
from coercivity.experiments.reports.tiles import (
    Tile,
    range_of,
    shortage_place,
    spoken,
    tiles,
    with_ends,
)

LEAST = 0.5  # percentage points of a shortage that are worth a sentence
DEAR = 0.1  # billion USD that are worth one
SPLIT = 1.5  # a price outside over inside from which there are two markets
MUCH = 0.02  # share of a price or an output that is worth one


def finding(comparison: Comparison) -> str:
    """The finding: what the worst scenario does, and what the one that helps most does about it.

    Its help is told against the scenario that it builds on: the earlier one that it changes least.
    """
    found = {tile.key: tile for tile in tiles(comparison)}
    if "worst" not in found or len(comparison.scenarios) < 2:
        return _alone(comparison, found) if found else "Nothing that people ask for first is in this result."
    shock, best = told_scenarios(comparison, found)
    said = [_shock(comparison, found["worst"], shock)]
    if best:
        said.append(_answer(comparison, found, best, shock))
    return " ".join(said)


def told_scenarios(comparison: Comparison, found: Mapping[str, Tile]) -> tuple[str, str]:
    """The scenario of the worst shortage, and of those that build on it the one that helps most, if any."""
    first, *others = comparison.scenarios
    shock = max(others, key=lambda name: _value(found["worst"], name))
    answers = [name for name in others if name != shock and comparison.builds_on.get(name, first) == shock]
    return shock, min(answers, key=lambda name: _value(found["end"], name), default="")


def _value(tile: Tile, name: str) -> float:
    one = tile.find(name)
    return one.value if one else 0.0


def _shock(comparison: Comparison, tile: Tile, name: str) -> str:
    """What a scenario does to the shortage, against the first."""
    who = who_lacks(comparison)
    services = comparison.wording.services
    mine, held = tile.find(name), tile.find(comparison.first)
    if mine is None or held is None:
        return ""
    against = f"{with_ends(held, tile.unit)} under {comparison.sentence(comparison.first)}"
    row = shortage_row(comparison, "worst step")
    if row is None or row.alike(name, comparison.first) or abs(mine.value - held.value) < LEAST:
        return (
            f"No scenario changes {who}'s worst shortage of {IN_FULL.get(services, services)} visibly: "
            f"{with_ends(mine, tile.unit)} under {comparison.sentence(name)}, against {against}."
        )
    return (
        f"Under {comparison.sentence(name)}, {who} lacks {with_ends(mine, tile.unit)} of the "
        f"{IN_FULL.get(services, services)} it needs in its worst {comparison.step}, against {against}."
    )


def _answer(comparison: Comparison, found: Mapping[str, Tile], name: str, shock: str) -> str:
    """What a scenario that builds on the shock changes of it, and what that costs."""
    begin = capital(comparison.sentence(name))
    parts = [_softens(comparison, found["worst"], name, shock)]
    end, when = found["end"], comparison.last_year
    mine, held, row = end.find(name), end.find(shock), shortage_row(comparison, "last year")
    if mine and held and row:
        if row.alike(name, shock):
            parts.append(f"leaves the shortage in {when} at {with_ends(mine, end.unit)}")
        else:
            verb = "cuts" if mine.value < held.value else "raises"
            ends = f"from {with_ends(held, end.unit)} to {with_ends(mine, end.unit)}"
            parts.append(f"{verb} the shortage in {when} {ends}")
    cost = _extra_cost(comparison, name, shock)
    return f"{begin} {_join(parts)}{cost}."


def _softens(comparison: Comparison, tile: Tile, name: str, shock: str) -> str:
    row, mine = shortage_row(comparison, "worst step"), tile.find(name)
    if row is None or mine is None:
        return ""
    if row.alike(name, shock) or abs(mine.value - _value(tile, shock)) < LEAST:
        return "does not change the worst quarter"
    verb = "softens" if mine.value < _value(tile, shock) else "deepens"
    return f"{verb} the worst {comparison.step} to {with_ends(mine, tile.unit)}"


def _join(parts: Sequence[str]) -> str:
    """Two predicates: opposed by `but` where the first says nothing changes."""
    first, *rest = [part for part in parts if part]
    if not rest:
        return first
    opposed = first.startswith("does not") and not rest[0].startswith("leaves")
    return f"{first} {'but' if opposed else 'and'} {rest[0]}"


def _extra_cost(comparison: Comparison, name: str, other: str) -> str:
    """`, at an extra public cost to allies of 10.1 billion USD (9.0 to 11.2 billion USD)`."""
    row = comparison.find("fiscal cost", ALLIES)
    change = row.change(name, other) if row else None
    if row is None or change is None or abs(change) < 1e3 * DEAR:
        return ""
    text = f"{spoken(abs(change) / 1e3, 'billion USD')} billion USD"
    found = row.change_band(name, other)
    if found is not None:
        if found.low <= 0 <= found.high:
            return ""
        ends = sorted((abs(found.low), abs(found.high)))
        text += f" ({range_of(Band(0.0, ends[0] / 1e3, ends[1] / 1e3), 'billion USD')})"
    if change > 0:
        return f", at an extra public cost to allies of {text}"
    return f", and saves allied budgets {text}"


def _alone(comparison: Comparison, found: Mapping[str, Tile]) -> str:
    """What a single run found."""
    name, who, services = comparison.first, who_lacks(comparison), comparison.wording.services
    parts = []
    if (worst := found.get("worst")) and (one := worst.find(name)):
        parts.append(
            f"Under {comparison.sentence(name)}, {who} lacks {with_ends(one, worst.unit)} of the "
            f"{IN_FULL.get(services, services)} it needs in its worst {comparison.step}"
        )
        if (end := found.get("end")) and (last := end.find(name)):
            parts.append(f"and {with_ends(last, end.unit)} in {comparison.last_year}")
    return f"{' '.join(parts)}." if parts else f"{comparison.short(name)}: see the numbers below."


def reasons(comparison: Comparison, projects: Mapping[str, Sequence[int]] | None = None) -> list[str]:
    """Why: sentences on prices, on signs that surprise, and on plants that are built.

    projects: by scenario, how many projects start outside China in every future
    """
    return [*_price_gap(comparison), *_surprises(comparison), *_building(comparison, projects or {})]


def _price_gap(comparison: Comparison) -> Iterator[str]:
    """How far the price outside runs from the price inside, in the scenario where it is farthest."""
    words = comparison.wording
    material = words.names.words.asked[0]
    rows = [comparison.find(f"price of {words.priced(material)}, peak", place) for place in (OUTSIDE, HOME)]
    outside, inside = rows
    if outside is None or inside is None:
        return
    gaps = {
        name: (outside.values[name] or 0.0) / held
        for name in comparison.scenarios
        if (held := inside.values[name])
    }
    if not gaps:
        return
    name = next(one for one in gaps if gaps[one] > (1 - MUCH) * max(gaps.values()))
    pairs = zip(outside.draws.get(name, ()), inside.draws.get(name, ()), strict=True)
    dearer = [abroad > home for abroad, home in pairs]
    begin = "The market splits: under" if gaps[name] > SPLIT else "Under"
    yield (
        f"{begin} {comparison.sentence(name)}, {words.spelt(material)} costs up to "
        f"{_price(outside, name)} outside {HOME_NAME} and {_price(inside, name)} inside"
        f"{in_futures(dearer, 'dearer outside ')}."
    )


def _price(row: ComparisonRow, name: str) -> str:
    found = row.band(name)
    text = f"{spoken(row.values[name] or 0.0, row.unit)} {row.unit}"
    return f"{text} ({range_of(found, row.unit)})" if found else text


def _surprises(comparison: Comparison) -> Iterator[str]:
    """A price outside that falls although more is lacking, with what the accounts say of its buyers."""
    words, first = comparison.wording, comparison.first
    material = words.names.words.asked[0]
    price = comparison.find(f"price of {words.priced(material)}, mean", OUTSIDE)
    short = shortage_row(comparison, "worst step")
    made = [row for row in comparison.rows if row.indicator == words.names.words.output]
    if price is None or short is None:
        return
    for name in comparison.scenarios[1:]:
        lower, lack = price.change(name), short.change(name)
        held = price.values[first]
        if lower is None or lack is None or not held or price.alike(name, first):
            continue
        if lower < -MUCH * held and lack > 0.01 and not short.alike(name, first):
            yield (
                f"{words.spelt(material).capitalize()} outside {HOME_NAME} is cheaper on average under "
                f"{comparison.sentence(name)} although more is lacking"
                f"{_makers_stop(comparison, made, name)}."
            )


def _makers_stop(comparison: Comparison, made: Sequence[ComparisonRow], name: str) -> str:
    """`: its buyers, makers of magnets outside China, make 12 % less`, where the accounts say so."""
    first = comparison.first
    abroad = [row for row in made if row.jurisdiction not in (HOME, "WORLD")]
    before = sum(row.values[first] or 0.0 for row in abroad)
    now = sum(row.values[name] or 0.0 for row in abroad)
    if not before or now > (1 - MUCH) * before:
        return ""
    makers = comparison.wording.names.words.makers or "makers"
    return f": its buyers, {makers} outside {HOME_NAME}, make {100 * (1 - now / before):.0f} % less (medians)"


def _building(comparison: Comparison, projects: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """Where most projects start, against the first scenario."""
    counts = {name: found for name, found in projects.items() if found}
    if comparison.first not in counts or len(counts) < 2:
        return
    middle = {name: band([float(one) for one in found]).median for name, found in counts.items()}
    most = max(middle, key=lambda name: middle[name])
    if middle[most] > middle[comparison.first]:
        more = [mine > held for mine, held in zip(counts[most], counts[comparison.first], strict=True)]
        yield (
            f"New plants take years: {_count(counts[most])} projects start outside {HOME_NAME} under "
            f"{comparison.sentence(most)}, against {_count(counts[comparison.first])} under "
            f"{comparison.sentence(comparison.first)}{in_futures(more, 'more ')}."
        )


def _count(found: Sequence[int]) -> str:
    """`8 (7 to 9)`."""
    middle = band([float(one) for one in found])
    text = f"{middle.median:.0f}"
    return f"{text} ({middle.low:.0f} to {middle.high:.0f})" if len(found) > 1 else text


def in_futures(held: Sequence[bool], what: str = "") -> str:
    """In how many futures something holds, where there are several.

    >>> in_futures([True, True, False], "more ")
    ' (more in 2 of 3 futures)'
    """
    return f" ({what}in {sum(held)} of {len(held)} futures)" if len(held) > 1 else ""


def capital(text: str) -> str:
    """A text that begins a sentence."""
    return text[:1].upper() + text[1:]


def shortage_row(comparison: Comparison, what: str) -> ComparisonRow | None:
    """A shortage of the place that is told of: its `worst step`, or its `last year`."""
    return comparison.find(f"shortage of {comparison.wording.services}, {what}", shortage_place(comparison))


def who_lacks(comparison: Comparison) -> str:
    """That place, as a sentence has it."""
    row = shortage_row(comparison, "worst step")
    return {"US": "the United States"}.get(row.jurisdiction, row.place) if row else "Europe"
