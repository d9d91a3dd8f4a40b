"""Targets of the record, and how each is read off a replay.

A row of history.csv names a target, the period it belongs to, the statistic with its arguments, the
record and the band within which the model meets it. No value of a target is written here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from coercivity.experiments.validation.history_outcome import ELEMENTS, Replay, base_prices
from coercivity.model.inputs.evidence import Evidence

__all__ = ["FIRST", "SECOND", "Target", "statistic", "targets"]

FIRST, SECOND = "replay_2005_2014", "replay_2015_2024"
GROUPS = (("La", "Ce", "Sm"), ("Nd", "Pr", "Dy"), ("Eu", "Tb"))


@dataclass(frozen=True)
class Target:
    """One record. period: fitted or predicted; low, high: the band that counts as met."""

    name: str
    period: str
    spec: str
    record: float
    low: float
    high: float
    unit: str
    year: int
    source: str
    confidence: str
    note: str

    @property
    def replay(self) -> str:
        """The scenario it is read off."""
        return FIRST if self.period == "fitted" else SECOND

    def met(self, value: float) -> bool:
        """Whether a value lies in the band."""
        return bool(self.low <= value <= self.high)


def targets(evidence: "Evidence", period: str | None = None) -> list[Target]:
    """Targets of a period, in the order of the file."""
    return [
        Target(
            f.entity, f.attribute, f.item, f.number, float(f.low), float(f.high), f.unit, f.year, f.source,
            f.confidence, f.note,
        )
        for wanted in ([period] if period else ["fitted", "predicted"])
        for f in evidence.facts("history", wanted)
    ]  # fmt: skip


def statistic(spec: str, outcome: Replay, evidence: "Evidence") -> float:
    """The value of a statistic such as `fob:La:2011/2009` in a replay."""
    kind, *words = spec.split(":")
    reading = Reading(outcome, base_prices(evidence, int(outcome.when[0]) - 1)[1])
    return float(getattr(reading, kind)(*words))


@dataclass(frozen=True)
class Reading:
    """Statistics of a replay, one method each. base: recorded FOB prices of the base year, USD/kg."""

    outcome: Replay
    base: Mapping[str, float]

    def fob(self, element: str, years: str) -> float:
        """FOB of a year over that of another; the base year is the record."""
        now, then = (self._fob(element, year) for year in years.split("/"))
        return now / then

    def _fob(self, element: str, year: str) -> float:
        found = self.outcome.mean(self.outcome.fob[element], float(year))
        return self.base[element] if np.isnan(found) else found

    def order(self, years: str) -> float:
        """1 if every element of each group rose more than every element of the next, else 0."""
        rise = {e: self.fob(e, years) for group in GROUPS for e in group}
        pairs = pairwise(GROUPS)
        return float(all(min(rise[e] for e in more) > max(rise[e] for e in less) for more, less in pairs))

    def gap(self, element: str, year: str) -> float:
        """FOB over the Chinese price with value added tax, mean of the second half of a year."""
        ratio = self.outcome.fob[element] / (self.outcome.price[element] * (1.0 + self.outcome.vat))
        return self.outcome.mean(ratio, float(year) + 0.5, 0.5)

    def used(self, year: str) -> float:
        """Share of a year's quota that was used."""
        return self._total(self.outcome.used, year) / self._total(self.outcome.allowed, year)

    def _total(self, series: np.ndarray, year: str) -> float:
        return self.outcome.total(series, float(year))

    def share(self, year: str) -> float:
        """China's share of what is mined in the world, %."""
        world = sum(self._total(tonnes, year) for tonnes in self.outcome.mined.values())
        return 100.0 * self._total(self.outcome.mined["CN"], year) / world

    def _mines(self, names: str) -> np.ndarray:
        """Tonnes a step of these mines together."""
        none = np.zeros(self.outcome.when.size)
        chosen = [self.outcome.mine.get(name, none) for name in names.split("+")]
        return np.asarray(np.sum(chosen, axis=0))

    def started(self, names: str, least: str) -> float:
        """Date from which named mines together make more than so many tonnes a year; nan if never."""
        begun = np.flatnonzero(self._mines(names) / self.outcome.length >= float(least))
        return float(self.outcome.when[begun[0]]) if begun.size else float("nan")

    def mined(self, names: str, year: str) -> float:
        """Tonnes of named mines in a year."""
        return self._total(self._mines(names), year)

    def place(self, code: str, year: str) -> float:
        """Tonnes mined in a place in a year."""
        return self._total(self.outcome.mined.get(code, np.zeros(self.outcome.when.size)), year)

    def smuggled(self, year: str) -> float:
        """Tonnes that left China unseen in a year."""
        return self._total(self.outcome.grey, year)

    def idle(self, names: str, years: str) -> float:
        """Share of an earlier year's output of named mines that is gone in a later year."""
        before, after = (self.mined(names, year) for year in years.split("/"))
        return 1.0 - after / before if before > 0 else 1.0

    def level(self, element: str, basis: str, year: str) -> float:
        """Price of a year over the base year's as the replay clears it, FOB or inside China.

        The base year does not clear at its record to the last tenth, and a forecast is what the model
        makes of the change.
        """
        outcome = self.outcome
        if basis == "fob":
            return self._fob(element, year) / outcome.own_fob.get(element, self.base[element])
        start = outcome.own.get(element, outcome.start[element])
        return outcome.mean(outcome.price[element], float(year)) / start

    def common(self, year: str) -> float:
        """M of FOB_e(t) = M FOB_e(base) + Lambda."""
        return self._two_numbers(year)[0]

    def rent(self, year: str) -> float:
        """Lambda of the same."""
        return self._two_numbers(year)[1]

    def _two_numbers(self, year: str) -> tuple[float, float]:
        known = [e for e in ELEMENTS if e not in ("Gd", "Y")]  # no FOB record of 2009 to 2012
        start = np.array([self.base[e] for e in known])
        return fit_two_numbers(start, np.array([self._fob(e, year) for e in known]))


def fit_two_numbers(start: np.ndarray, now: np.ndarray) -> tuple[float, float]:
    """M and Lambda that come nearest, in logs, to prices from starting prices."""
    from scipy.optimize import minimize

    def off(x: np.ndarray) -> float:
        return float(((np.log(np.exp(x[0]) * start + np.exp(x[1])) - np.log(now)) ** 2).sum())

    found = minimize(off, np.log([2.0, 5.0]), method="Nelder-Mead", options={"maxiter": 400})
    return float(np.exp(found.x[0])), float(np.exp(found.x[1]))
