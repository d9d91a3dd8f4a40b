"""Titles that say what happened, made from the numbers that the figure shows."""

from collections.abc import Sequence

from coercivity.experiments.config.places import ALLIES, HOME, HOME_NAME, WORLD
from coercivity.experiments.figures.chart import Lines, Series
from coercivity.experiments.figures.subject import Subject
from coercivity.experiments.measures.bands import Band, in_digits
from coercivity.experiments.measures.comparison import ComparisonRow, number

FALLS = 0.8  # of what a stock begins with, below which its fall is worth a title
LEAST = 0.005  # of a share: a change that is worth a title
VISIBLE = 50.0  # million USD: what is less is told as 0.0 billion


def prices(subject: Subject, panels: Sequence[Lines]) -> str:
    """Where a price outside China is farthest above the one inside, at its peak."""
    rows = subject.comparison
    words = subject.wording
    best, title = 1.0, f"Prices outside {HOME_NAME} stay close to those inside"
    for material in words.names.words.telling:
        outside = rows.find(f"price of {words.priced(material)}, peak", "OUTSIDE")
        inside = rows.find(f"price of {words.priced(material)}, peak", HOME)
        if outside is None or inside is None:
            continue
        for name in subject.names:
            out, home = outside.values[name], inside.values[name]
            if out and home and out / home > max(1.02 * best, 1.2):
                best = out / home
                title = (
                    f"{_capital(words.spelt(material))} peaks at {_with_band(outside, name)} "
                    f"outside {HOME_NAME} and {_with_band(inside, name)} inside{_under(subject, name)}"
                )
    return title if panels else "Prices"


def shortage(subject: Subject) -> str:
    """How much Europe lacks at worst and at the end, where it lacks most."""
    comparison, services = subject.comparison, subject.wording.services
    rows = [row for row in comparison.rows if row.shown and row.jurisdiction != WORLD]
    worst = [row for row in rows if row.indicator == f"shortage of {services}, worst step"]
    row = next((one for one in worst if one.jurisdiction == "EU"), worst[0] if worst else None)
    if row is None:
        return f"Shortage of {services} by jurisdiction"
    name = max(subject.names, key=lambda one: row.values[one] or 0.0)
    end = comparison.find(f"shortage of {services}, last year", row.jurisdiction)
    later = f", {_with_band(end, name)} in {comparison.last_year}" if end else ""
    return (
        f"{_capital(row.place)} at worst lacks {_with_band(row, name)} of its {services}"
        f"{_under(subject, name)}{later}"
    )


def shares(subject: Subject) -> str:
    """Which scenario lowers China's share of separation most; of one run, from where to where it goes."""
    comparison, wording = subject.comparison, subject.wording
    stage = wording.stage(wording.names.stages.separate)
    first = comparison.find(f"share of {stage}, first year", HOME)
    last = comparison.find(f"share of {stage}, last year", HOME)
    if first is None or last is None:
        return f"{HOME_NAME}'s share by stage"
    if subject.alone:
        name = subject.names[0]
        return (
            f"{HOME_NAME}'s share of {stage} goes from {_with_band(first, name)} to {_with_band(last, name)}"
        )
    name = min(subject.names[1:], key=lambda one: last.change(one) or 0.0)
    change = last.change(name) or 0.0
    if abs(change) < LEAST or last.alike(name, subject.names[0]):
        return f"No scenario moves {HOME_NAME}'s share of {stage} in {comparison.last_year} visibly"
    found = last.change_band(name)
    points = f"{abs(100 * change):.1f} points"
    if found:
        ends = sorted((abs(100 * found.low), abs(100 * found.high)))
        points += f" ({ends[0]:.1f} to {ends[1]:.1f})"
    verb = "lower" if change < 0 else "higher"
    return (
        f"{HOME_NAME}'s share of {stage} in {comparison.last_year} is {points} {verb} under "
        f"{comparison.sentence(name)} than under {comparison.sentence(subject.names[0])}"
    )


def stocks(subject: Subject, panels: Sequence[Lines], public: bool) -> str:
    """Which stock falls most from where it begins; where none does, which scenario ends with most."""
    if told := _run_down(subject, panels[:-1] if public else panels):
        return told
    title = "Stockpiles" if public else "Stocks in private hands"
    panel = panels[-1] if public else panels[0]
    ends = [(end, series) for series in panel.series if (end := _last(series)) is not None]
    if not ends:
        return title
    _, most = max(ends, key=lambda pair: pair[0])
    what = panel.title[0].lower() + panel.title[1:]
    what += "," if "," in what else ""
    return f"{title}: {what} end at {_end(most, panel.unit)}{_where(subject, most)}"


def _run_down(subject: Subject, panels: Sequence[Lines]) -> str:
    """`Dy and Tb oxide outside China falls from 172 to 69 t (55 to 84) in 2025 under ...`."""
    lowest, title = FALLS, ""
    for panel in panels:
        for series in panel.series:
            known = [(value, n) for n, value in enumerate(series.values) if value is not None]
            (least, at), start = min(known, default=(0.0, 0)), known[0][0] if known else 0.0
            if start and least / start < 0.98 * lowest:
                lowest = least / start
                low, high = _band_at(series, at)
                band = "" if low is None or high is None else f" ({in_digits(low)} to {in_digits(high)})"
                what, year = panel.title.replace(",", ""), panel.dates[at][:4]
                title = (
                    f"Stocks of {what} fall from {in_digits(start)} to {in_digits(least)} {panel.unit}{band} "
                    f"in {year}{_where(subject, series)}"
                )
    return title


def plants(subject: Subject, panels: Sequence[Lines]) -> str:
    """How much capacity works outside China at the end, where it is most."""
    for panel in panels[1:] or panels:
        ends = [(end, series) for series in panel.series if (end := _last(series)) is not None]
        if ends:
            _, most = max(ends, key=lambda pair: pair[0])
            _, least = min(ends, key=lambda pair: pair[0])
            title = f"{panel.title} reach {_end(most, panel.unit)}{_where(subject, most)}"
            if least is not most:
                title += f", against {_plain(_last(least), panel.unit)}{_where(subject, least)}"
            return title
    return "Capacity and what is being built"


def chain(subject: Subject) -> str:
    """What share of the last product China makes in the last year."""
    comparison, wording = subject.comparison, subject.wording
    stage = wording.stage(wording.last)
    row = comparison.find(f"share of {stage}, last year", HOME)
    if row is None:
        return f"The chain {wording.names.words.way} by jurisdiction"
    name = subject.names[-1]
    return (
        f"{HOME_NAME} makes {_with_band(row, name)} of the world's {stage} in {comparison.last_year}"
        f"{_under(subject, name)}"
    )


def fiscal(subject: Subject) -> str:
    """What the dearest scenario costs the allies."""
    row = subject.comparison.find("fiscal cost", ALLIES)
    if row is None:
        return "What it costs the public"
    name = max(subject.names, key=lambda one: row.values[one] or 0.0)
    value = row.values[name] or 0.0
    if abs(value) < VISIBLE:
        return f"{subject.short(name)} moves allied budgets by less than 0.1 billion USD"
    verb = "costs allied budgets" if value > 0 else "brings allied budgets"
    return (
        f"{subject.short(name)} {verb} {_billions(row, name)}"
        if not subject.alone
        else (f"Allied budgets {'pay' if value > 0 else 'take in'} {_billions(row, name)}")
    )


def _billions(row: ComparisonRow, name: str) -> str:
    value, found = row.values[name] or 0.0, row.band(name)
    sign = 1.0 if value > 0 else -1.0
    text = f"{sign * value / 1e3:.1f} billion USD"
    if found:
        ends = sorted((sign * found.low / 1e3, sign * found.high / 1e3))
        text += f" ({ends[0]:.1f} to {ends[1]:.1f})"
    return text.replace("-", "\N{MINUS SIGN}")


def change_of(row: ComparisonRow, name: str) -> str:
    """`rises by 4,080 kt (2,190 to 5,150)`: how a scenario differs from the first."""
    change, found = row.change(name) or 0.0, row.change_band(name)
    sign = 1.0 if change >= 0 else -1.0
    text = f"{'rises' if change >= 0 else 'falls'} by {in_digits(sign * change)} {row.unit}"
    if not found:
        return text
    low, high = sorted((sign * found.low, sign * found.high))
    return f"{text} ({in_digits(low)} to {in_digits(high)})".replace("(-", "(\N{MINUS SIGN}")


def _with_band(row: ComparisonRow, name: str) -> str:
    """A number with its unit and its band: `1,640 USD/kg (930 to 2,800)`."""
    found = row.band(name)
    unit = "" if row.unit == "share" else f" {row.unit}"
    text = f"{_plain(row.values[name], row.unit)}{unit}"
    return f"{text} ({_ends(found, row.unit)})" if found else text


def _plain(value: float | None, unit: str) -> str:
    if value is not None and unit != "share" and abs(value) >= 1000:
        return in_digits(value)
    if value is not None and unit == "share" and abs(value) >= 0.0995:
        return f"{100 * value:.0f} %"
    return number(value, unit)


def _ends(found: Band, unit: str) -> str:
    return f"{_plain(found.low, unit).removesuffix(' %')} to {_plain(found.high, unit)}"


def _last(series: Series) -> float | None:
    return next((value for value in reversed(series.values) if value is not None), None)


def _end(series: Series, unit: str) -> str:
    """The last value with its band."""
    at = max(n for n, value in enumerate(series.values) if value is not None)
    value, (low, high) = series.values[at], _band_at(series, at)
    text = f"{_plain(value, unit)} {unit}"
    return text if low is None or high is None else f"{text} ({_plain(low, unit)} to {_plain(high, unit)})"


def _band_at(series: Series, at: int) -> tuple[float | None, float | None]:
    return (series.low[at], series.high[at]) if series.low and series.high else (None, None)


def _under(subject: Subject, name: str) -> str:
    return "" if subject.alone else f" under {subject.comparison.sentence(name)}"


def _where(subject: Subject, series: Series) -> str:
    names = (name for name, style in subject.styles.items() if style.name == series.style.name)
    return _under(subject, next(names, subject.names[0]))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
