"""What the account is held to: balances, records, factors, smoothness; each in sigmas."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from coercivity.model.calibration.account.description import (
    AccountDescription,
    AccountError,
    SeriesDescription,
    Smoothness,
)
from coercivity.model.calibration.account.flows import FILE, Constants, Flows, logit, product
from coercivity.model.calibration.account.slopes import Array, Sloped, join, log, total
from coercivity.model.inputs.evidence import Evidence

__all__ = ["Record", "evaluate_terms", "read_records", "series_values"]

ROUNDED = 0.5  # sigmas over which the corner of a lower bound is rounded, so that it has a slope


@dataclass(frozen=True)
class Record:
    """One figure of a series in a year. value: as printed · sigma: on the scale of the series.

    kind: record (printed or measured), level (a judgement of how much) or borrowed (of another file)
    """

    series: str
    year: int
    value: float
    sigma: float
    who: str
    kind: str

    @property
    def label(self) -> str:
        """Series, year and who says so."""
        return f"{self.series} {self.year}" + (f" ({self.who})" if self.who else "")


def read_records(
    evidence: Evidence,
    account: AccountDescription,
    last: int,
    without: Collection[str] = (),
    hidden: Collection[tuple[str, int]] = (),
) -> tuple[Record, ...]:
    """Records of all series but those left out, and but those of hidden (series, year)."""
    found = [*_own(evidence, account), *_borrowed_records(evidence, account)]
    ran = {f"mined.{name}": source.active(account.first, last) for name, source in account.sources.items()}
    return tuple(
        record
        for record in found
        if account.first <= record.year <= last
        and record.year in ran.get(record.series, (record.year,))
        and record.series not in without
        and (record.series, record.year) not in hidden
    )


def _own(evidence: Evidence, account: AccountDescription) -> Iterator[Record]:
    for kind in ("record", "level"):
        for fact in evidence.facts(FILE, kind):
            scale = account.series_of(fact.entity).scale
            low, high = (_to_scale(float(text), scale) for text in (fact.low, fact.high))
            if not high > low:
                raise AccountError(f"{fact.file}:{fact.line}: low and high are one sigma off, not the same")
            yield Record(fact.entity, fact.year, fact.number, (high - low) / 2, fact.item, kind)


def _borrowed_records(evidence: Evidence, account: AccountDescription) -> Iterator[Record]:
    for rows in account.borrowed:
        by_year: dict[int, float] = {}
        for fact in evidence.facts(rows.file, rows.attribute):
            if fact.entity == rows.entity and rows.item in ("", fact.item):
                by_year[fact.year] = by_year.get(fact.year, 0.0) + fact.number
        for year, value in sorted(by_year.items()):
            sigmas = [sigma for start, sigma in sorted(rows.sigma.items()) if start <= year]
            if sigmas:
                yield Record(rows.of, year, value, sigmas[-1], rows.file, "borrowed")


def _to_scale(value: float, scale: str) -> float:
    return float(np.log(value / (1 - value)) if scale == "logit" else np.log(value))


def series_values(flows: Flows, series: SeriesDescription, years: int) -> Sloped:
    """A series by year, on its scale: log, or log of odds."""
    top = total([product(flows, text) for text in series.sum]).stretch(years)
    if series.over:
        top = top / total([product(flows, text) for text in series.over])
    return logit(top) if series.scale == "logit" else _log(top)


def _log(x: Sloped) -> Sloped:
    """The log of what may be nothing in years in which it did not run."""
    return log(Sloped(np.where(x.value > 0, x.value, 1e-300), x.slope))


def evaluate_terms(
    account: AccountDescription, constants: Constants, records: tuple[Record, ...], flows: Flows
) -> tuple[Sloped, list[str]]:
    """All terms in sigmas, and what each is."""
    parts: list[Sloped] = []
    labels: list[str] = []

    def add(part: Sloped, names: list[str]) -> None:
        parts.append(part)
        labels.extend(names)

    years = constants.years
    for elements in account.covers.values():
        for one, other in pairwise(elements):
            apart = _log(flows[f"cover.{one}"]) - _log(flows[f"cover.{other}"])
            add(apart * (1 / account.apart), [f"stocks of {one} and {other} {y}" for y in years])
    add(flows["unsold"] * (1 / account.unsold), [f"unsold {y}" for y in years])
    over = (log(flows["returned"]) - float(np.log(constants.fixed["swarf_ceiling"]))) * (1 / account.ceiling)
    add(-_below(-over), [f"swarf ceiling {y}" for y in years])
    for records_part, names in _record_terms(account, years, records, flows):
        add(records_part, names)
    for name, (value, sigma) in constants.factors.items():
        add((log(flows[f"factor.{name}"]) - float(np.log(value))) * (1 / sigma), [f"factor {name}"])
    for smooth in account.smooth:
        for part, names in _smooth_terms(account, smooth, constants, flows):
            add(part, names)
    for name, sigma in account.anchors.items():
        add(_log(flows[name]) * (1 / sigma), [f"anchor {name} {k}" for k in range(len(flows[name]))])
    return join(parts), labels


def _record_terms(
    account: AccountDescription, years: tuple[int, ...], records: tuple[Record, ...], flows: Flows
) -> Iterator[tuple[Sloped, list[str]]]:
    """Records by series: what the account has less what is printed, in sigmas."""
    by_series: dict[str, list[Record]] = {}
    for record in records:
        by_series.setdefault(record.series, []).append(record)
    for name, own in by_series.items():
        series = account.series_of(name)
        values = series_values(flows, series, len(years))
        at = [years.index(record.year) for record in own]
        if series.span:
            seen = values[at] - values[[k - series.span for k in at]]
        else:
            seen = total([values[[k - back for k in at]] for back in range(series.mean)]) * (1 / series.mean)
        printed = np.array([_to_scale(record.value, series.scale) for record in own])
        off = (seen - printed) * np.array([1 / record.sigma for record in own])
        yield (_below(off) if series.side == "above" else off), [record.label for record in own]


def _below(off: Sloped) -> Sloped:
    """How far under a lower bound, rounded at the corner; nothing above it."""
    root = np.sqrt(off.value**2 + ROUNDED**2)
    value = (off.value - root) / 2
    factor = (1 - off.value / root) / 2
    return Sloped(value, None if off.slope is None else off.slope * factor)


def _smooth_terms(
    account: AccountDescription, smooth: Smoothness, constants: Constants, flows: Flows
) -> Iterator[tuple[Sloped, list[str]]]:
    """Changes of the log from year to year about a drift or a driver, in sigmas."""
    quantity = total([flows[name] for name in smooth.of])
    last = constants.years[-1]
    first = last + 1 - len(quantity)  # paths of stocks begin a year before
    years = list(range(first, last + 1))
    for name in smooth.of:
        source = account.sources.get(name.removeprefix("mined."))
        if source and name.startswith("mined."):
            years = [year for year in years if year in source.active(first, last)]
    ran = [year - first for year in years]
    if len(ran) < 2:
        return
    logs = _log(quantity[ran])
    drift: Array = np.full(len(ran) - 1, smooth.drift)
    if smooth.driver:
        drift = np.diff(np.log(constants.driver[smooth.driver]))
    sigma = np.array([smooth.years.get(year, smooth.sigma) for year in years[1:]])
    change = (logs[1:] - logs[:-1] - drift) * (1 / sigma)
    label = " and ".join(smooth.of)
    yield change, [f"change of {label} {year}" for year in years[1:]]
