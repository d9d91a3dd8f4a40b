"""What a comparison found, in a paragraph a scenario, made by rule from its rows."""

from coercivity.experiments.config.places import BLOCS, HOME, HOME_NAME, OUTSIDE, WORLD
from coercivity.experiments.measures.bands import Band
from coercivity.experiments.measures.comparison import Comparison, ComparisonRow, between, number

VISIBLE = 0.02  # a relative difference worth a sentence
LEAST_SHARE = 0.005
LEAST_MILLIONS = 1.0


def headlines(comparison: Comparison) -> list[str]:
    """A paragraph for every scenario but the first: numbers with units and what they are held against."""
    return [_paragraph(comparison, name) for name in comparison.scenarios[1:]]


def findings(comparison: Comparison) -> list[str]:
    """What a single run found: a sentence a subject, numbers with units."""
    name = comparison.first
    begin = f"{comparison.short(name)}, {comparison.start} to {comparison.end}"
    told = [*_price_levels(comparison, name), *_shortages(comparison, name)]
    told += [*_share_paths(comparison, name), *_public_cost(comparison, name), *_pollution(comparison, name)]
    return [f"{begin[0].upper()}{begin[1:]}.", *(f"{text[0].upper()}{text[1:]}" for text in told)]


def _price_levels(comparison: Comparison, name: str) -> list[str]:
    said, wording = [], comparison.wording
    for material in wording.names.words.asked:
        word = wording.spelt(material)
        rows = [
            comparison.find(f"price of {wording.priced(material)}, {what}", place)
            for what in ("mean", "peak")
            for place in (OUTSIDE, HOME)
        ]
        if all(row and row.values[name] is not None for row in rows):
            outside, inside, peak_out, peak_in = (_of(row, name) for row in rows if row)
            said.append(
                f"{word} averages {outside} USD/kg outside {HOME_NAME} and {inside} USD/kg inside; "
                f"at the peak it costs {peak_out} and {peak_in} USD/kg."
            )
    return said


def _shortages(comparison: Comparison, name: str) -> list[str]:
    worst, services = _worst(comparison, name), comparison.wording.services
    if worst is None or _most(worst, name) < LEAST_SHARE:
        return [f"no large consumer lacks as much as 0.5 % of the {services} it needs."]
    without = f"{_where(worst)} lacks {_of(worst, name)} of the {services} it needs"
    return [f"in the worst {comparison.step}, {without}; no other large consumer lacks more."]


def _share_paths(comparison: Comparison, name: str) -> list[str]:
    found = []
    for what in comparison.wording.names.words.stages.values():
        first = comparison.find(f"share of {what}, first year", HOME)
        last = comparison.find(f"share of {what}, last year", HOME)
        if first and last:
            found.append(f"{what} from {_of(first, name)} to {_of(last, name)}")
    return [f"{HOME_NAME}'s share of the world's output, first to last year: {_and(found)}."] if found else []


def _public_cost(comparison: Comparison, name: str) -> list[str]:
    rows = [row for place in (*BLOCS, WORLD) if (row := comparison.find("fiscal cost", place))]
    told = [
        f"{_millions(value)}{_millions_between(row.band(name))} for {_where(row)}"
        for row in rows
        if abs(value := row.values[name] or 0.0) >= LEAST_MILLIONS
    ]
    return [f"governments pay {_and(told)} (below zero they take in)."] if told else []


def _pollution(comparison: Comparison, name: str) -> list[str]:
    for what in ("CO2", "wastewater"):
        inside = comparison.find(f"burden: {what}", HOME)
        outside = comparison.find(f"burden: {what}", "OUTSIDE")
        if inside and outside:
            home, abroad = _of(inside, name), _of(outside, name)
            return [
                f"{what} comes to {home} {inside.unit} in {HOME_NAME} and {abroad} {outside.unit} outside."
            ]
    return []


def _worst(comparison: Comparison, name: str) -> ComparisonRow | None:
    what = f"shortage of {comparison.wording.services}, worst step"
    rows = [row for place in BLOCS if (row := comparison.find(what, place))]
    return max(rows, key=lambda row: row.values[name] or 0.0, default=None)


def _paragraph(comparison: Comparison, name: str) -> str:
    told = [
        *_prices(comparison, name),
        *_shortage(comparison, name),
        *_shares(comparison, name),
        *_money(comparison, name),
        *_burden(comparison, name),
    ]
    first = comparison.short(comparison.first)
    begin = f"{comparison.short(name)} against {first}, {comparison.start} to {comparison.end}"
    begin = begin[0].upper() + begin[1:]
    note = comparison.notes.get(name, "")
    if not told:
        return f"{begin}: {note or 'no visible difference'}."
    told += [f"{note}."] if note else []
    return f"{begin}: {' '.join([told[0], *(f'{text[0].upper()}{text[1:]}' for text in told[1:])])}"


def _prices(comparison: Comparison, name: str) -> list[str]:
    said, wording = [], comparison.wording
    for material in wording.names.words.asked:
        priced, word = wording.priced(material), wording.spelt(material)
        outside = comparison.find(f"price of {priced}, mean", "OUTSIDE")
        inside = comparison.find(f"price of {priced}, mean", HOME)
        peak = comparison.find(f"price of {priced}, peak", "OUTSIDE")
        if not (outside and inside and (_differs(outside, name) or _differs(inside, name))):
            continue
        highest = ""
        if peak and _differs(peak, name):
            highest = f"; its highest {comparison.step} outside is {_of(peak, name)} USD/kg ({_before(peak)})"
        said.append(
            f"{word} averages {_of(outside, name)} USD/kg outside {HOME_NAME}{_against(outside, name)} "
            f"and {_of(inside, name)} USD/kg inside{_against(inside, name)}{highest}."
        )
    return said


def _shortage(comparison: Comparison, name: str) -> list[str]:
    worst = _worst(comparison, name)
    if worst is None or not _differs(worst, name):
        return []
    services = comparison.wording.services
    without = f"{_where(worst)} lacks {_of(worst, name)} of the {services} it needs"
    return [f"In its worst {comparison.step}, {without} ({_before(worst)})."]


def _shares(comparison: Comparison, name: str) -> list[str]:
    words = comparison.wording.names.words
    told = {words.stages[stage]: what for stage, what in words.products.items()}
    found = [
        f"{_of(row, name)} of {what} ({_before(row)})"
        for stage, what in told.items()
        if (row := comparison.find(f"share of {stage}, last year", HOME)) and _differs(row, name)
    ]
    return [f"In the last year, {HOME_NAME} makes {' and '.join(found)}."] if found else []


def _money(comparison: Comparison, name: str) -> list[str]:
    said = []
    for indicator, begin in (
        ("welfare change", "Welfare over the period changes by"),
        ("fiscal cost", "Public cost changes by"),
    ):
        rows = [row for place in (*BLOCS, WORLD) if (row := comparison.find(indicator, place))]
        told = [
            f"{_millions(change)}{_millions_between(row.change_band(name))} for {_where(row)}"
            for row in rows
            if abs(change := row.change(name) or 0.0) >= LEAST_MILLIONS and not _by_chance(row, name)
        ]
        if told:
            said.append(f"{begin} {_and(told)}.")
    return said


def _burden(comparison: Comparison, name: str) -> list[str]:
    for what in ("CO2", "wastewater"):
        row = comparison.find(f"burden: {what}", "OUTSIDE")
        if row and _differs(row, name):
            return [f"{what} outside {HOME_NAME} comes to {_of(row, name)} {row.unit}{_against(row, name)}."]
    return []


def _where(row: ComparisonRow) -> str:
    """The place as a sentence has it."""
    return {"US": "the United States", WORLD: "the world"}.get(row.jurisdiction, row.place)


def _of(row: ComparisonRow, name: str) -> str:
    """A value, over futures with its 80 % band."""
    text, found = number(row.values[name], row.unit), row.band(name)
    return f"{text} ({between(found, row.unit)})" if found else text


def _most(row: ComparisonRow, name: str) -> float:
    """A value, or the upper end of its band."""
    found = row.band(name)
    return found.high if found else row.values[name] or 0.0


def _before(row: ComparisonRow) -> str:
    return f"{_of(row, next(iter(row.values)))} before"


def _differs(row: ComparisonRow, name: str) -> bool:
    change, first = row.change(name), next(iter(row.values.values()))
    if change is None or first is None:
        return False
    floor = LEAST_SHARE if row.unit == "share" else VISIBLE * abs(first)
    return abs(change) > floor and not _by_chance(row, name)


def _by_chance(row: ComparisonRow, name: str) -> bool:
    """Whether the band of the difference to the first scenario holds zero."""
    found = row.change_band(name)
    return found is not None and found.low <= 0 <= found.high


def _against(row: ComparisonRow, name: str) -> str:
    """How it compares with the first scenario: as a multiple when large, as per cent otherwise.

    Over futures as the band of the ratio, future by future.
    """
    found = row.ratio_band(name)
    if found is not None:
        if found.low >= 2:
            return f", {found.low:.1f} to {found.high:.1f} times as much"
        low, high = (f"{100 * (end - 1):+.0f}".replace("-", "\u2212") for end in (found.low, found.high))
        return f", {low} to {high} %"
    value, first = row.values[name], next(iter(row.values.values()))
    if value is None or not first or first < 0 or row.draws:
        return ""
    ratio = value / first
    if ratio >= 2:
        return f" ({ratio:.1f} times as much)"
    if abs(ratio - 1) < 0.005:
        return " (the same)"
    return f" ({100 * (ratio - 1):+.0f} %)".replace("-", "\u2212")


def _millions(value: float) -> str:
    """Millions of dollars with their sign.

    >>> _millions(1234.0), _millions(12.0)
    ('+1.2 billion USD', '+12 million USD')
    """
    text = f"{value / 1e3:+,.1f} billion USD" if abs(value) >= 1e3 else f"{value:+,.0f} million USD"
    return text.replace("-", "\u2212")


def _millions_between(found: Band | None) -> str:
    """The band of a number of millions, where there are several futures."""
    return f" ({_millions(found.low)} to {_millions(found.high)})" if found else ""


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
