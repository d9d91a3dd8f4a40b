"""Which scenario stands where, in one paragraph made by rule: no adjective the numbers don't carry."""

from collections.abc import Iterator

from coercivity.experiments.config.labels import Wording
from coercivity.experiments.config.places import BLOCS, WORLD
from coercivity.experiments.measures.comparison import Comparison, ComparisonRow, number, with_band


def _paragraph_measures(wording: Wording) -> tuple[tuple[str, str, str], ...]:
    """What the paragraph tells: indicator, where, and how a sentence begins."""
    first = wording.names.words.asked[0]
    word, made = wording.spelt(first), wording.stage(wording.names.stages.separate)
    return (
        (
            f"price of {wording.priced(first)}, mean",
            "OUTSIDE",
            f"{word[0].upper()}{word[1:]} outside China costs on average",
        ),
        (f"share of {made}, last year", "CN", f"China's share of {made} in the last year is"),
        ("fiscal cost", WORLD, "The world's states pay, less what they take in,"),
        ("welfare change", WORLD, "The world's welfare changes by"),
    )


def in_short(comparison: Comparison) -> str:
    """The paragraph: for every question the lowest and the highest scenario, ties named together."""
    told = [*_shortage(comparison)]
    for indicator, place, begin in _paragraph_measures(comparison.wording):
        row = comparison.find(indicator, place)
        if row is not None and (text := _ends(row, comparison)):
            told.append(f"{begin} {text}.")
    note = comparison.notes.get(comparison.first, "")
    more = f" {note[0].upper()}{note[1:]}." if note else ""
    if not told:
        return f"The scenarios do not differ by 1 % in any of the numbers people ask for first.{more}"
    sure = (
        f" Medians over {len(comparison.seeds)} futures; in brackets 80 % bands." if comparison.seeds else ""
    )
    return " ".join(told) + sure + more


def _shortage(comparison: Comparison) -> Iterator[str]:
    """The bloc whose worst step differs most between scenarios."""
    services = comparison.wording.services
    what = f"shortage of {services}, worst step"
    rows = [row for place in BLOCS if (row := comparison.find(what, place))]
    row = max(rows, key=_spread, default=None)
    if row is not None and (text := _ends(row, comparison)):
        where = {"US": "the United States"}.get(row.jurisdiction, row.place)
        begin = f"Of the {services} it would want at reference prices, {where} goes without, in its worst"
        yield f"{begin} {comparison.step}, {text}."


def _spread(row: ComparisonRow) -> float:
    found = [value for value in row.values.values() if value is not None]
    return max(found) - min(found) if found else 0.0


def _ends(row: ComparisonRow, comparison: Comparison) -> str:
    """`1.1 % in baseline (least) and 12.6 % in embargo (most)`; nothing where all are the same."""
    found = {name: value for name, value in row.values.items() if value is not None}
    if len(found) < 2:
        return ""
    low, high = min(found, key=lambda name: found[name]), max(found, key=lambda name: found[name])
    if row.alike(low, high):
        return ""
    parts, named = [], 0
    for end, other, word in ((low, high, "least"), (high, low, "most")):
        alike = [name for name in found if row.alike(name, end) and not row.alike(name, other)]
        named += len(alike)
        told: dict[str, list[str]] = {}
        for name in alike:
            told.setdefault(_amount(row, name), []).append(comparison.short(name))
        parts.append(f"{_and([f'{much} in {_and(names)}' for much, names in told.items()])} ({word})")
    between = len(found) - named
    more = "" if between < 1 else f"; {between} lie between" if between > 1 else "; one lies between"
    return f"{' and '.join(parts)}{more}{_apart(row, low, high)}"


def _apart(row: ComparisonRow, low: str, high: str) -> str:
    """The band of the difference between the ends, and how many futures agree, where there are several."""
    found = row.change_band(high, low)
    if found is None:
        return ""
    ends = [number(value, row.unit).replace("-", "\u2212") for value in (found.low, found.high)]
    unit = "" if row.unit == "share" else f" {row.unit}"
    if row.unit == "share":
        ends = [end.removesuffix(" %") for end in ends]
        unit = " percentage points"
    return f" (apart by {ends[0]} to {ends[1]}{unit})"


def _amount(row: ComparisonRow, name: str) -> str:
    text = with_band(row, name).replace("-", "\u2212")
    return text if row.unit == "share" else f"{text} {row.unit}"


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
