"""The rows of a comparison: every measure of every scenario, and what differs from the first."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coercivity.experiments.config.labels import Wording
from coercivity.experiments.config.places import HOME_NAME, NAMES
from coercivity.experiments.config.unreached import unreached_notes
from coercivity.experiments.measures.bands import Band, band, in_digits
from coercivity.experiments.measures.catalogue import measures, price_weights
from coercivity.experiments.measures.nearest import nearest, short_titles
from coercivity.experiments.measures.quantities import YEARS, Measure
from coercivity.experiments.runs.gathered import GatheredTables, Tables, gather
from coercivity.experiments.runs.result import Result

WELFARE = (
    "Welfare adds what consumers, firms and states have, surplus and stocks counted from base-year prices. "
    "Its level depends on choke prices nobody has seen (compare again with market.backstop=0.5, and 2), "
    "so only its change is shown: a sum over the period, not discounted, against"
)
NOTHING = {"million USD": 1.0, "share": 0.001}  # what is smaller is no difference, by unit
ARTICLES = ("the ", "a ", "an ")
ROUNDING = 1e-9  # a smaller relative difference is none
VISIBLE = 0.01  # a relative difference that is told as better or worse


@dataclass(frozen=True)
class ComparisonRow:
    """One measure over all scenarios; a value is None where a scenario has no such number.

    draws: what each future gave, by scenario, where there are several; values are then their medians
    under, called: heading and name there, of a measure that has its own
    """

    indicator: str
    jurisdiction: str
    unit: str
    better: int
    shown: bool
    values: Mapping[str, float | None]
    draws: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    under: str = ""
    called: str = ""

    @property
    def place(self) -> str:
        """The jurisdiction's name for people."""
        return NAMES.get(self.jurisdiction, self.jurisdiction)

    @property
    def heading(self) -> str:
        """What the row is listed under, with its unit where all rows of the heading share one."""
        kind = self.indicator.partition(" of ")[0]
        if self.under:
            return self.under
        if kind == "share":
            return f"{HOME_NAME}'s share of output (%)"
        if kind.startswith("burden"):
            return "environmental burden over the period"
        unit = "%" if self.unit == "share" else self.unit
        return f"{self.indicator} ({unit})"

    @property
    def label(self) -> str:
        """What the row is called under its heading."""
        if self.called:
            return f"{self.called}, {self.place}" if self.under else self.called
        if self.indicator.startswith("burden"):
            return f"{self.indicator.removeprefix('burden: ')} ({self.unit}), {self.place}"
        return self.place

    @property
    def varies(self) -> bool:
        """Whether futures gave different numbers."""
        return any(len(set(draws)) > 1 for draws in self.draws.values())

    def change(self, scenario: str, other: str = "") -> float | None:
        """The difference to the first scenario or another; over futures the median of the differences."""
        held = other or next(iter(self.values))
        if self.draws:
            found = self.change_band(scenario, held)
            return found.median if found else None
        first, value = self.values[held], self.values[scenario]
        return None if first is None or value is None else less(value, first)

    def band(self, scenario: str) -> Band | None:
        """The 80 % band of a scenario's number over futures, where there are several."""
        draws = self.draws.get(scenario, ())
        return band(draws) if len(draws) > 1 else None

    def change_band(self, scenario: str, other: str = "") -> Band | None:
        """The 80 % band of the difference, future by future, to the first scenario or another."""
        pairs = self._pairs(scenario, other)
        return band([less(mine, held) for mine, held in pairs]) if pairs else None

    def ratio_band(self, scenario: str, other: str = "") -> Band | None:
        """The 80 % band of the ratio, future by future, to the first scenario or another above zero."""
        pairs = self._pairs(scenario, other)
        return band([mine / held for mine, held in pairs]) if pairs and all(h > 0 for _, h in pairs) else None

    def share_above(self, scenario: str, other: str) -> float | None:
        """Share of futures in which a scenario does better than another; has more, where neither is better.

        Futures in which both are the same count half.
        """
        pairs, sign = self._pairs(scenario, other), self.better or 1
        ahead = [sign * less(mine, held) for mine, held in pairs]
        won = [0.5 if change == 0 else float(change > 0) for change in ahead]
        return math.fsum(won) / len(won) if won else None

    def _pairs(self, scenario: str, other: str = "") -> list[tuple[float, float]]:
        """What two scenarios have in each future; nothing where there is one future, or a number lacks."""
        mine, held = (self.draws.get(name, ()) for name in (scenario, other or next(iter(self.values))))
        return list(zip(mine, held, strict=True)) if 1 < len(mine) == len(held) else []

    def mark(self, scenario: str) -> str:
        """`best`, `worst` or nothing: where one direction is better and scenarios differ.

        What cannot be told apart from either end is neither.
        """
        found = {name: value for name, value in self.values.items() if value is not None}
        if not self.better or scenario not in found or len(found) < 2:
            return ""
        low, high = min(found, key=lambda name: found[name]), max(found, key=lambda name: found[name])
        if self.alike(low, high):
            return ""
        best, worst = (high, low) if self.better > 0 else (low, high)
        first, last = self.alike(scenario, best), self.alike(scenario, worst)
        if first == last:
            return ""
        return "best" if first else "worst"

    def alike(self, one: str, other: str) -> bool:
        """Whether two scenarios are too near to be told apart: by their values, or over futures."""
        first, second = self.values[one], self.values[other]
        if first is None or second is None or self.same(first, second):
            return True
        apart = self.change_band(one, other)
        return apart is not None and apart.low <= 0 <= apart.high

    def same(self, one: float, other: float) -> bool:
        """Whether two values are too near each other to be told apart."""
        return abs(one - other) <= max(VISIBLE * max(abs(one), abs(other)), NOTHING.get(self.unit, 0.0))

    def as_dict(self) -> dict[str, Any]:
        """The row as the JSON document has it: over futures, a value is its median, low and high."""
        scenarios = list(self.values)
        if not self.draws:
            changes = {f"{name} minus {scenarios[0]}": self.change(name) for name in scenarios[1:]}
            return {**self._head(), **self.values, **changes}
        plain: dict[str, Any] = {name: _plain(self.band(name)) for name in scenarios}
        for name in scenarios[1:]:
            plain[f"{name} minus {scenarios[0]}"] = _plain(self.change_band(name))
        return {**self._head(), **plain, **self._shares()}

    def flat(self) -> dict[str, Any]:
        """The row as a line of a CSV file: a band is three columns, the first with the median."""
        found: dict[str, Any] = {}
        for key, value in self.as_dict().items():
            if isinstance(value, dict):
                found |= {key: value["median"], f"{key} low": value["low"], f"{key} high": value["high"]}
            elif value is None and self.draws:
                found |= {key: None, f"{key} low": None, f"{key} high": None}
            else:
                found[key] = value
        return found

    def _head(self) -> dict[str, Any]:
        return {"indicator": self.indicator, "jurisdiction": self.jurisdiction, "unit": self.unit}

    def _shares(self) -> dict[str, float | str]:
        """Share of futures in which a scenario is ahead of each one before it: better, or else higher."""
        scenarios = list(self.values)
        pairs = [(a, b) for n, a in enumerate(scenarios) for b in scenarios[:n]]
        found = {f"{a} ahead of {b}": self.share_above(a, b) for a, b in pairs}
        return {key: "" if share is None else share for key, share in found.items()}


def _plain(found: Band | None) -> dict[str, float] | None:
    return found.as_dict() if found else None


@dataclass(frozen=True)
class Comparison:
    """Scenarios under the same futures, in the order given; the first is the yardstick.

    seeds: of the futures, where there are several; ensemble: what these draw, in words; wording: of the
    chain; notes: by scenario, what it has that cannot show in these runs; shorts: what sentences call each
    builds_on: by scenario, the earlier one that it changes least
    """

    titles: Mapping[str, str]
    rows: Sequence[ComparisonRow]
    start: str
    end: str
    step: str
    seeds: tuple[int, ...] = ()
    wording: Wording = field(default_factory=Wording)
    notes: Mapping[str, str] = field(default_factory=dict)
    ensemble: str = ""
    shorts: Mapping[str, str] = field(default_factory=dict)
    builds_on: Mapping[str, str] = field(default_factory=dict)

    @property
    def scenarios(self) -> list[str]:
        """Their names."""
        return list(self.titles)

    def short(self, scenario: str) -> str:
        """A scenario's name as figures have it.

        >>> Comparison({}, [], "", "", "", shorts={"a": "an embargo"}).short("a")
        'Embargo'
        """
        name = self.sentence(scenario)
        bare = name.partition(" ")[2] if name.startswith(ARTICLES) else name
        return bare[0].upper() + bare[1:] if scenario in self.shorts and bare else bare

    def sentence(self, scenario: str) -> str:
        """The same inside a sentence, with its article."""
        return self.shorts.get(scenario) or scenario.replace("_", " ")

    @property
    def last_year(self) -> str:
        """The calendar year of the last step, as people say it."""
        year, month = int(self.end[:4]), int(self.end[5:7] or 1)
        return str(year - 1 if month == 1 else year)

    @property
    def first(self) -> str:
        """The scenario the others are held against."""
        return self.scenarios[0]

    def find(self, indicator: str, jurisdiction: str) -> ComparisonRow | None:
        """The row of an indicator in a jurisdiction."""
        for row in self.rows:
            if row.indicator == indicator and row.jurisdiction == jurisdiction:
                return row
        return None

    def by_heading(self, every: bool = False) -> dict[str, list[ComparisonRow]]:
        """The rows people ask for first, or all of them, under their headings."""
        found: dict[str, list[ComparisonRow]] = {}
        for row in self.rows:
            if row.shown or every:
                found.setdefault(row.heading, []).append(row)
        return found

    def as_dict(self) -> dict[str, Any]:
        """The comparison as one JSON document."""
        seeds = {"seeds": list(self.seeds), "ensemble": self.ensemble} if self.seeds else {}
        notes = {"notes": dict(self.notes)} if self.notes else {}
        rows = [row.as_dict() for row in self.rows]
        return {
            "scenarios": self.scenarios,
            "futures": max(len(self.seeds), 1),
            **seeds,
            **notes,
            "rows": rows,
        }

    @property
    def futures(self) -> str:
        """What futures are met, in words."""
        if not self.seeds:
            return "the same future for all"
        same = ", the same for all" if len(self.titles) > 1 else ""
        drawn = f"; they draw: {self.ensemble[:1].lower()}{self.ensemble[1:]}" if self.ensemble else ""
        return (
            f"medians over {len(self.seeds)} futures (seeds {_list_seeds(self.seeds)}){same}, in brackets "
            f"the 80 % band{drawn}"
        )


def _list_seeds(seeds: Sequence[int]) -> str:
    """Seeds in words.

    >>> _list_seeds([0, 1, 2]), _list_seeds([3, 7])
    ('0 to 2', '3, 7')
    """
    run = list(seeds) == list(range(seeds[0], seeds[0] + len(seeds))) and len(seeds) > 2
    return f"{seeds[0]} to {seeds[-1]}" if run else ", ".join(map(str, seeds))


def compare_result(result: Result, tables: Mapping[str, GatheredTables] | None = None) -> Comparison:
    """The rows of a run or a comparison; over futures, where there are several.

    tables: those of every scenario's runs, where they are gathered already
    """
    tables = tables or {name: gather(mine) for name, mine in result.tables.items()}
    clock, wording = result.config["clock"], Wording.of(result.config)
    rows = compare_tables(tables, YEARS[clock["step"]], wording)
    titles = {name: run.manifest.title for name, run in result.first.items()}
    configs = {name: run.config for name, run in result.first.items()}
    shorts = short_titles(configs)
    ends = str(clock["start"]), str(clock["end"]), str(clock["step"])
    notes = unreached_notes(configs) if len(titles) > 1 else {}
    below = nearest(list(titles), configs)
    return Comparison(titles, rows, *ends, result.seeds, wording, notes, result.ensemble_title, shorts, below)


def compare_tables(
    runs: Mapping[str, Tables], years_per_step: float, wording: Wording
) -> list[ComparisonRow]:
    """The rows of a comparison, from the tables of its runs; gathered ones have the same futures each."""
    every = {name: gather(tables) for name, tables in runs.items()}
    first, held = next(iter(every.items()))
    weights = price_weights(held)
    found = {
        name: {m.key: m for m in measures(tables, years_per_step, weights, wording)}
        for name, tables in every.items()
    }
    order = {key: m for mine in reversed(found.values()) for key, m in mine.items()}
    keys = dict.fromkeys(key for mine in found.values() for key in mine)
    return [
        _row({name: mine.get(key) for name, mine in found.items()}, order[key], first, held.futures)
        for key in keys
    ]


def _row(found: Mapping[str, Measure | None], m: Measure, first: str, futures: range) -> ComparisonRow:
    """A row of what scenarios have: one number each, or with every future's where there are several.

    A number that a scenario lacks in any future is left out of all.
    """
    held = found[first] if m.relative else None
    draws = {name: _draws(mine, held, m, futures) for name, mine in found.items()}
    full = {name: mine for name, mine in draws.items() if mine}
    values = {name: band(full[name]).median if name in full else None for name in found}
    return ComparisonRow(
        m.indicator,
        m.jurisdiction,
        m.unit,
        m.better,
        m.shown,
        values,
        full if len(futures) > 1 else {},
        under=m.under,
        called=m.called,
    )


def _draws(mine: Measure | None, held: Measure | None, m: Measure, futures: range) -> tuple[float, ...]:
    """A scenario's number in every future, or its difference to the first's; empty where one lacks it."""
    given = mine.values if mine else {}
    base = held.values if held else {}
    if m.relative:
        given = {n: less(value, base[n]) for n, value in given.items() if n in base}
    values = tuple(given[n] for n in futures if n in given and math.isfinite(given[n]))
    return values if len(values) == len(futures) else ()


def less(value: float, other: float) -> float:
    """A value less another; what differs by rounding alone differs by nothing.

    >>> less(3.0, 2.0), less(0.1 + 0.2, 0.3)
    (1.0, 0.0)
    """
    return 0.0 if math.isclose(value, other, rel_tol=ROUNDING) else value - other


def number(value: float | None, unit: str) -> str:
    """A number as people read it: shares as per cent, the rest with three digits, or four.

    >>> number(0.1234, "share"), number(-1e-5, "share"), number(1234567.0, "t"), number(3.14159, "USD/kg")
    ('12.3 %', '0.0 %', '1,230,000', '3.14')
    """
    if value is None:
        return "-"
    if unit == "share":
        return f"{round(100 * value, 1) + 0.0:.1f} %"
    if unit == "year":
        return f"{value:.0f}"
    if not value or (unit == "million USD" and abs(value) < 0.005):
        return "0"
    size = abs(value)
    if size >= 1e9:
        return f"{value:.3g}"
    if size >= 100:
        return f"{value:,.0f}" if size < 1e4 else in_digits(value)
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 0.01 else f"{value:.2g}"


def with_band(row: ComparisonRow, scenario: str) -> str:
    """A value as people read it, over futures with its 80 % band.

    >>> with_band(ComparisonRow("x", "EU", "USD/kg", 0, True, {"a": 2.0}, {"a": (1.0, 2.0, 3.0)}), "a")
    '2.00 (1.20 to 2.80)'
    """
    text, found = number(row.values[scenario], row.unit), row.band(scenario)
    return f"{text} ({between(found, row.unit)})" if found else text


def between(found: Band, unit: str) -> str:
    """The ends of a band as people read them; of shares, the per cent is said once."""
    low, high = number(found.low, unit), number(found.high, unit)
    return f"{low.removesuffix(' %')} to {high}"
