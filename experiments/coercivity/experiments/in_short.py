"""Which scenario stands where, in one paragraph made by rule: no adjective the numbers don't carry."""

from collections.abc import Iterator

from coercivity.experiments.comparison import Comparison, Row, number
from coercivity.experiments.measures import BLOCS, WORLD

ASKED = (  # what the paragraph tells: indicator, where, and how a sentence begins
    ("price of Dy oxide, mean", "OUTSIDE", "Dysprosium oxide outside China costs on average"),
    ("share of separation, last year", "CN", "China's share of separation in the last year is"),
    ("fiscal cost", WORLD, "The world's states pay, less what they take in,"),
    ("welfare change", WORLD, "The world's welfare changes by"),
)


def in_short(comparison: Comparison) -> str:
    """The paragraph: for every question the lowest and the highest scenario, ties named together."""
    told = [*_shortage(comparison)]
    for indicator, place, begin in ASKED:
        row = comparison.find(indicator, place)
        if row is not None and (text := _ends(row, comparison)):
            told.append(f"{begin} {text}.")
    if not told:
        return "The scenarios do not differ by 1 % in any of the numbers people ask for first."
    return " ".join(told)


def _shortage(comparison: Comparison) -> Iterator[str]:
    """The bloc whose worst step differs most between scenarios."""
    rows = [row for place in BLOCS if (row := comparison.find("shortage of magnets, worst step", place))]
    row = max(rows, key=_spread, default=None)
    if row is not None and (text := _ends(row, comparison)):
        where = {"US": "the United States"}.get(row.jurisdiction, row.place)
        begin = f"Of the magnets it would want at reference prices, {where} goes without, in its worst"
        yield f"{begin} {comparison.step}, {text}."


def _spread(row: Row) -> float:
    found = [value for value in row.values.values() if value is not None]
    return max(found) - min(found) if found else 0.0


def _ends(row: Row, comparison: Comparison) -> str:
    """`1.1 % in baseline, least, and 12.6 % in embargo, most`; nothing where all are the same."""
    found = {name: value for name, value in row.values.items() if value is not None}
    if len(found) < 2:
        return ""
    low, high = min(found.values()), max(found.values())
    if row.same(low, high):
        return ""
    parts, named = [], 0
    for end, word in ((low, "least"), (high, "most")):
        names = [comparison.short(name) for name, value in found.items() if row.same(value, end)]
        named += len(names)
        parts.append(f"{_amount(end, row.unit)} in {_and(names)} ({word})")
    between = len(found) - named
    more = "" if between < 1 else f"; {between} lie between" if between > 1 else "; one lies between"
    return f"{' and '.join(parts)}{more}"


def _amount(value: float, unit: str) -> str:
    text = number(value, unit).replace("-", "\u2212")
    return text if unit == "share" else f"{text} {unit}"


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
