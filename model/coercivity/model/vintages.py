"""Products in use, by vintage: what has been taken up where, and what of it comes back as scrap."""

from collections.abc import Mapping

import numpy as np

from coercivity.model.behaviour.scrap import ages, collected
from coercivity.model.chain import Chain
from coercivity.model.evidence import Evidence
from coercivity.model.parameters import Parameters
from coercivity.model.wiring import Layout
from coercivity.optimise.market import Array

__all__ = ["Vintages"]


class Vintages:
    """Uptake of services by use and region, recorded up to the base year and lived after it."""

    def __init__(
        self, evidence: Evidence, chain: Chain, layout: Layout, numbers: Parameters, scale: float
    ) -> None:
        self.numbers, self.base = numbers, chain.year + 0.5
        self.uses = [use.name for use in chain.uses if use.recipe]
        self.regions = chain.regions
        self._life, self._rate, self._record = [], [], []
        for name in self.uses:
            fact = evidence.find("recipes", chain.names.scrap, "lifetime", name)
            life = (fact.number, float(fact.low), float(fact.high)) if fact else (15.0, 10.0, 20.0)
            self._life.append(ages(life[1], life[0], life[2]))
            self._rate.append(evidence.path("recipes", chain.names.scrap, "collection_rate", name))
            paths = [evidence.path("demand", name, "demand", region) for region in chain.regions]
            years = np.array(sorted({y for path in paths for y in path if y <= chain.year}) or [chain.year])
            table = [[scale * path.get(int(y), 0.0) for path in paths] for y in years]
            self._record.append((years + 0.5, np.array(table)))
        position: dict[tuple[str, str], list[int]] = {}
        for at, a in enumerate(layout.activities):
            if a.kind == "recipe" and chain.names.recipes.free not in a.name:
                position.setdefault((a.product.partition(":")[2], a.place), []).append(at)
        self._runs = position
        self._dates: list[float] = []
        self._lived: list[Array] = []

    def add(self, date: float, activity: Array, length: float) -> None:
        """Remember a step's uptake. activity: t, (a); length: years."""
        if not self.numbers.on("scrap"):
            return
        taken = [
            [float(activity[self._runs.get((use, region), [])].sum()) / length for region in self.regions]
            for use in self.uses
        ]
        self._dates.append(date)
        self._lived.append(np.array(taken))

    def uptake(self, use: int, dates: Array) -> Array:
        """Uptake of a use at past dates, t a year, (date, region)."""
        years, table = self._record[use]
        if self._dates:
            years = np.concatenate([years, self._dates])
            table = np.vstack([table, [lived[use] for lived in self._lived]])
        return np.array([np.interp(dates, years, column) for column in table.T]).T

    def retired(self, use: int, date: float) -> Array:
        """(B.30) What of a use comes to its end, t a year, by region."""
        at, weight = self._life[use]
        return np.asarray(weight @ self.uptake(use, date - at))

    def returned(self, date: float, dear: Array, added: Mapping[str, float]) -> Array:
        """Scrap collected beyond the base year's, t a year, by region.

        dear: price of the chain's signal over the base year's, by region; added: share that programmes add
        """
        total = np.zeros(len(self.regions))
        more = np.array([added.get(region, 0.0) for region in self.regions])
        on = self.numbers.on("scrap")
        response = self.numbers["scrap.response"] if on else 0.0
        for use, rates in enumerate(self._rate):
            now, first = _at(rates, date), _at(rates, self.base)
            share = collected(now, dear, response, self.numbers["scrap.most"])
            share = np.minimum(share + more, self.numbers["scrap.most"])
            total += np.maximum(share * self.retired(use, date) - first * self.retired(use, self.base), 0.0)
        return total


def _at(rates: Mapping[int, float], date: float) -> float:
    """A collection rate at a date, straight between the years of the evidence."""
    years = sorted(rates)
    return float(np.interp(date, years, [rates[y] for y in years])) if years else 0.0
