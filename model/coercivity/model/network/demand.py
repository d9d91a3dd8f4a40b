"""What is wanted at reference prices: each use in each region, through time."""

import numpy as np

from coercivity.model.inputs.account_rows import ACCOUNT, EXPECTED, account_facts
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.network.chain import Chain
from coercivity.model.network.layout import Curve
from coercivity.optimise.market import Array

__all__ = ["CurveDemand", "DemandPaths", "elasticities"]


PAST = "history"
REPLAYS = (PAST, ACCOUNT, EXPECTED)
LONG = 50  # years that an expected growth goes on


class DemandPaths:
    """Demand of every use by region, t a year, as a function of the date.

    Between the years of the evidence an index moves at a constant rate; beyond the last it stays.
    Regions grow apart by `index_region` (a 2035 ratio), rescaled so that the world index holds.
    """

    def __init__(
        self, evidence: Evidence, chain: Chain, scenario: str, level: float = 1.0, driver: float = 0.0,
        services: float = 1.0,
    ) -> None:  # fmt: skip
        self.chain = chain
        uses, regions = chain.uses, chain.regions
        self.base = np.array(
            [[evidence.number("demand", u.name, "demand", r, chain.year, 0.0) for r in regions] for u in uses]
        )
        self.level = level
        self.drift = np.ones_like(self.base)  # factor from the streams of the world, (use, region)
        self._index = [
            _logs(
                past_index(evidence, u.name, chain.year, driver, scenario)
                if scenario in REPLAYS
                else evidence.path("demand", u.name, "index", scenario),
                chain.year,
            )
            for u in uses
        ]
        self._whole = self.base.sum(axis=1, keepdims=True)
        if scenario == ACCOUNT:
            for (_, logs), use, whole in zip(self._index, uses, self._whole[:, 0], strict=True):
                logs[1:] += _start(evidence, use.name, chain.year, services * float(whole))
        self._until = 2035.0 if scenario not in REPLAYS else chain.year + 5.0
        self._tilt = np.array([[self._apart(evidence, scenario, u.name, r) for r in regions] for u in uses])

    def _apart(self, evidence: Evidence, scenario: str, use: str, region: str) -> float:
        """Growth of a region relative to the others, from the base year to `_until`."""
        if scenario not in REPLAYS:
            return evidence.number("demand", use, "index_region", region, default=1.0)
        if self.chain.year != 2009:
            return 1.0
        return (1.0 + evidence.number("drivers", use, "growth_apart", region, default=0.0)) ** 5

    @property
    def last(self) -> float:
        """Date of the last figure of any use; beyond it demand stays."""
        return max(float(years[-1]) for years, _ in self._index)

    def at(self, date: float) -> Array:
        """Demand at a date in years, (use, region)."""
        world = np.exp([np.interp(date, years, logs) for years, logs in self._index])
        span = max(self._until - self.chain.year, 1.0)
        tilt = self._tilt ** (min(max(date - self.chain.year, 0.0), span) / span)
        apart = self.base * tilt
        total = apart.sum(axis=1, keepdims=True)
        scale = np.divide(self._whole, total, out=np.ones_like(total), where=total > 0)
        return np.asarray(apart * scale * world[:, None] * self.level * self.drift)


def past_index(
    evidence: Evidence, use: str, base: int, driver: float, scenario: str = PAST
) -> dict[int, float]:
    """What demand for a use would have come to at base-year prices, by year, base year = 1.

    Growth of drivers.csv, or levels of the account where it has the use; driver: -1 the low end of the
    range, 0 as given, 1 the high end.
    """
    if scenario == EXPECTED:
        growth = evidence.number("behaviour", "expectation", "market_growth")
        return {year: float(np.exp(growth * (year - base))) for year in range(base + 1, base + LONG)}
    if scenario == ACCOUNT and (known := _account_index(evidence, use, base, driver)):
        return known
    level, path = 1.0, {}
    for year in sorted(evidence.path("drivers", use, "growth", PAST)):
        fact = evidence.find("drivers", use, "growth", PAST, year)
        if year <= base or fact is None:
            continue
        end = float(fact.high if driver > 0 else fact.low)
        level *= 1.0 + fact.number + abs(driver) * (end - fact.number)
        path[year] = level
    return path


def _account_index(evidence: Evidence, use: str, base: int, driver: float) -> dict[int, float]:
    """Levels of the account over that of the base year; none where it has not the use."""
    facts = account_facts(evidence, f"use.{use}", base)
    path = {}
    for year, fact in facts.items():
        end = float(fact.high if driver > 0 else fact.low)
        path[year] = (fact.number + abs(driver) * (end - fact.number)) / facts[base].number
    return {year: level for year, level in path.items() if year > base}


def _start(evidence: Evidence, use: str, base: int, wanted: float) -> float:
    """Log of the account's base year over what the base year wants, so that the account's levels are met and
    not its growth from another start; nought where it has not the use. wanted: as reconciled, t a year
    """
    facts = account_facts(evidence, f"use.{use}", base)
    return float(np.log(facts[base].number / wanted)) if facts and wanted > 0 else 0.0


def _logs(path: dict[int, float], base: int) -> tuple[Array, Array]:
    """Middles of an index's years, and its logs then; base year = 1, straight between.

    >>> years, logs = _logs({2024: 1.0, 2030: 4.0}, 2024)
    >>> round(float(np.exp(np.interp(2027.5, years, logs))), 6)
    2.0
    """
    known = {base + 0.5: 1.0} | {year + 0.5: value for year, value in path.items() if year > base}
    years = np.array(sorted(known))
    return years, np.log([known[y] for y in years])


class CurveDemand:
    """Demand of every use curve, t a year, (d): a service, or all that use one element in a region.

    factor: on the demand of each element, from the base-year reconciliation
    """

    def __init__(self, chain: Chain, curves: list[Curve], factor: dict[str, float]) -> None:
        uses = [(at, curve) for at, curve in enumerate(curves) if curve.kind == "use"]
        number = {use.name: at for at, use in enumerate(chain.uses)}
        elements = [c.material.partition(":")[2] for _, c in uses if not c.what]
        self.size = len(curves)
        self.service = np.array([at for at, c in uses if c.what], dtype=int)
        self.what = np.array([number[c.what] for _, c in uses if c.what], dtype=int)
        self.where = np.array([chain.regions.index(c.place) for _, c in uses if c.what], dtype=int)
        self.other = np.array([at for at, c in uses if not c.what], dtype=int)
        self.column = np.array([chain.regions.index(c.place) for _, c in uses if not c.what], dtype=int)
        self.share = [np.array([u.composition.get(e, 0.0) for e in elements]) for u in chain.uses]
        self.factor = np.array([factor.get(element, 1.0) for element in elements])

    def __call__(self, table: Array) -> Array:
        """table: demand, t a year, (use, region)."""
        out = np.zeros(self.size)
        out[self.service] = table[self.what, self.where]
        taken = np.zeros(self.other.size)
        for row, share in zip(table, self.share, strict=True):
            taken += row[self.column] * share
        out[self.other] = taken * self.factor
        return out


def elasticities(evidence: Evidence, curve: Curve) -> tuple[float, float]:
    """Short- and long-run elasticity of a use curve, as positive numbers."""
    if curve.what:
        factor = evidence.number("behaviour", "demand", "service_elasticity", default=1.0)
        return (
            factor * evidence.number("uses", curve.what, "elasticity_short"),
            evidence.number("uses", curve.what, "elasticity_long"),
        )
    element = curve.material.partition(":")[2]
    return (
        evidence.number("behaviour", "demand", "short_elasticity", element),
        evidence.number("behaviour", "demand", "long_elasticity"),
    )


def backstop(evidence: Evidence, chain: Chain, curve: Curve) -> float:
    """Choke price of a use curve, USD/kg; for an element the mean of its uses, by base demand."""
    if curve.what:
        return evidence.number("uses", curve.what, "backstop_price")
    element = curve.material.partition(":")[2]
    total = weight = 0.0
    for use in chain.uses:
        share = use.composition.get(element, 0.0)
        fact = evidence.find("uses", use.name, "backstop_price", element)
        if share and fact is not None:
            wanted = evidence.number("demand", use.name, "demand", curve.place, chain.year, 0.0)
            total += fact.number * wanted * share
            weight += wanted * share
    if weight == 0.0:
        known = chain.names.choke
        return known.get(element, known.get("other", 300.0))
    return total / weight
