"""Products in use, by vintage: what has been taken up where, and what of it comes back as scrap."""

from collections.abc import Mapping

import numpy as np

from coercivity.model.behaviour.scrap import ages, collection_share
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.parameters import Parameters
from coercivity.model.network.chain import Chain
from coercivity.model.network.layout import Layout
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
        self._life, self._rate = [], []
        self._record: list[tuple[Array, Array]] = []  # of every use: dates, and uptake then, (region, date)
        for name in self.uses:
            fact = evidence.find("recipes", chain.names.scrap, "lifetime", name)
            life = (fact.number, float(fact.low), float(fact.high)) if fact else (15.0, 10.0, 20.0)
            self._life.append(ages(life[1], life[0], life[2]))
            rates = evidence.path("recipes", chain.names.scrap, "collection_rate", name) or {chain.year: 0.0}
            self._rate.append((sorted(rates), [rates[year] for year in sorted(rates)]))
            paths = [evidence.path("demand", name, "demand", region) for region in chain.regions]
            years = np.array(sorted({y for path in paths for y in path if y <= chain.year}) or [chain.year])
            table = [[scale * path.get(int(y), 0.0) for y in years] for path in paths]
            self._record.append((years + 0.5, np.array(table)))
        position: dict[tuple[str, str], list[int]] = {}
        for at, a in enumerate(layout.activities):
            if a.kind == "recipe" and chain.names.recipes.free not in a.name:
                position.setdefault((a.product.partition(":")[2], a.place), []).append(at)
        self._runs = [[position.get((use, region), []) for region in self.regions] for use in self.uses]

    def add(self, date: float, activity: Array, length: float) -> None:
        """Remember a step's uptake. activity: t, (a); length: years."""
        if not self.numbers.on("scrap"):
            return
        for use, runs in enumerate(self._runs):
            taken = [float(activity[at].sum()) / length for at in runs]
            dates, table = self._record[use]
            self._record[use] = np.append(dates, date), np.column_stack([table, taken])

    def uptake(self, use: int, dates: Array) -> Array:
        """Uptake of a use at past dates, t a year, (date, region)."""
        return _between(dates, *self._record[use]).T

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
        for use, (years, rates) in enumerate(self._rate):
            now, first = np.interp((date, self.base), years, rates).tolist()
            share = collection_share(now, dear, response, self.numbers["scrap.most"])
            share = np.minimum(share + more, self.numbers["scrap.most"])
            total += np.maximum(share * self.retired(use, date) - first * self.retired(use, self.base), 0.0)
        return total


def _between(at: Array, dates: Array, table: Array) -> Array:
    """Columns of a table over dates at others, straight between them as `np.interp` is, for all its rows.

    >>> _between(np.array([0.0, 1.5, 9.0]), np.array([1.0, 2.0]), np.array([[3.0, 5.0]])).tolist()
    [[3.0, 4.0, 5.0]]
    """
    left = np.maximum(np.searchsorted(dates, at, "right") - 1, 0)
    right = np.minimum(left + 1, dates.size - 1)
    since = np.clip(at, dates[0], dates[-1]) - dates[left]
    before = table.take(left, axis=1)
    apart = np.maximum(dates[right] - dates[left], 1e-9)
    return np.asarray((table.take(right, axis=1) - before) / apart * since + before)
