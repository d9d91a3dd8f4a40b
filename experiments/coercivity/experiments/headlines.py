"""What a comparison found, in sentences made by rule from its rows."""

from coercivity.experiments.comparison import Comparison, Row, number
from coercivity.experiments.measures import BLOCS, WORLD

VISIBLE = 0.02  # a relative difference worth a sentence


def headlines(comparison: Comparison) -> list[str]:
    """A handful of sentences a scenario, each with numbers and units."""
    found: list[str] = []
    for name in comparison.scenarios[1:]:
        title = comparison.titles[name]
        said = [
            *_prices(comparison, name),
            *_shortage(comparison, name),
            *_shares(comparison, name),
            *_money(comparison, name),
            *_burden(comparison, name),
        ]
        found += [f"{title}: {sentence}" for sentence in said] or [
            f"{title}: no visible difference to {comparison.titles[comparison.first]}."
        ]
    return found


def _prices(comparison: Comparison, name: str) -> list[str]:
    said = []
    for element, word in (("Dy", "dysprosium"), ("Nd", "neodymium")):
        outside = comparison.find(f"price of {element} oxide, mean", "OUTSIDE")
        inside = comparison.find(f"price of {element} oxide, mean", "CN")
        if outside and inside and (_differs(outside, name) or _differs(inside, name)):
            said.append(
                f"{word} oxide averages {_of(outside, name)} USD/kg outside China"
                f"{_against(outside, name)} "
                f"and {_of(inside, name)} USD/kg inside{_against(inside, name)}."
            )
    return said


def _shortage(comparison: Comparison, name: str) -> list[str]:
    rows = [row for place in BLOCS if (row := comparison.find("shortage of magnets, worst step", place))]
    worst = max(rows, key=lambda row: row.values[name] or 0.0, default=None)
    if worst is None or not _differs(worst, name):
        return []
    before = number(worst.values[comparison.first], "share")
    first = comparison.titles[comparison.first]
    sentence = (
        f"in the worst {comparison.step}, {_where(worst)} goes without {_of(worst, name)} "
        f"of the magnets it wants at reference prices ({before} in {first})."
    )
    return [sentence]


def _shares(comparison: Comparison, name: str) -> list[str]:
    row = comparison.find("share of magnets, last year", "CN")
    if row is None or abs(row.change(name) or 0.0) < 0.005:
        return []
    before = number(row.values[comparison.first], "share")
    return [f"China makes {_of(row, name)} of all magnets in the last year, where it made {before}."]


def _money(comparison: Comparison, name: str) -> list[str]:
    rows = [row for place in (*BLOCS, WORLD) if (row := comparison.find("welfare", place))]
    told = [_gain(row, name) for row in rows if abs(row.change(name) or 0.0) >= 1.0]
    said = [f"over the period, {'; '.join(told)}."] if told else []
    spent = [
        f"{_where(row)} {_billions(row.change(name))} more"
        for place in BLOCS
        if (row := comparison.find("fiscal cost", place)) and (row.change(name) or 0.0) >= 1.0
    ]
    return [*said, f"public money spent: {', '.join(spent)}."] if spent else said


def _gain(row: Row, name: str) -> str:
    change = row.change(name) or 0.0
    return f"{_where(row)} {'gains' if change > 0 else 'loses'} {_billions(abs(change))}"


def _burden(comparison: Comparison, name: str) -> list[str]:
    for row in comparison.rows:
        if row.indicator.startswith("burden: ") and row.jurisdiction == "OUTSIDE" and _differs(row, name):
            what = row.indicator.removeprefix("burden: ")
            return [f"{what} outside China comes to {_of(row, name)} {row.unit}{_against(row, name)}."]
    return []


def _where(row: Row) -> str:
    """The place as a sentence has it."""
    return {"US": "the United States", WORLD: "the world"}.get(row.jurisdiction, row.place)


def _of(row: Row, name: str) -> str:
    return number(row.values[name], row.unit)


def _differs(row: Row, name: str) -> bool:
    change, first = row.change(name), next(iter(row.values.values()))
    if change is None or first is None:
        return False
    floor = 0.005 if row.unit == "share" else VISIBLE * abs(first)
    return abs(change) > floor


def _against(row: Row, name: str) -> str:
    """How it compares with the first scenario: as a multiple when large, as per cent otherwise."""
    value, first = row.values[name], next(iter(row.values.values()))
    if value is None or not first or first < 0:
        return ""
    ratio = value / first
    if ratio >= 2:
        return f" ({ratio:.1f} times as much)"
    if abs(ratio - 1) < 0.005:
        return " (the same)"
    return f" ({100 * (ratio - 1):+.0f} %)".replace("-", "\u2212")


def _billions(millions: float | None) -> str:
    value = millions or 0.0
    return f"{value / 1e3:,.1f} billion USD" if abs(value) >= 1e3 else f"{value:,.0f} million USD"
