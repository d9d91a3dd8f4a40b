"""Prices ahead: the market as it would clear some years from now, by what firms can know today (B.59).

Known are the books of last step, works decided on with their dates as built, what states set last, how
quotas have grown, and published demand; in a run of the past, whose demand nobody had published, demand
is taken to grow as owners take for granted (`market_growth`). Luck, plans and noise are not known.
"""

import copy
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np

from coercivity.model.assembly.market import Assembler, base_quota
from coercivity.model.behaviour.outlook import YEARS, lasting
from coercivity.model.dynamics.updates import landed_cost
from coercivity.model.inputs.account_rows import ACCOUNT
from coercivity.model.inputs.instruments import ExportCap, Instrument, PriceFloor, ProductionQuota
from coercivity.model.network.demand import PAST
from coercivity.model.state.ahead import PriceProspect
from coercivity.model.state.economy import Economy
from coercivity.optimise import Clearer, ClearingError
from coercivity.optimise.market import Array

__all__ = ["look_ahead"]

KNOWN = 4.0  # years of record that the prior on a quota's growth is worth
EVERY = 2.0  # years between one look and the next, as studies are renewed
BESIDE = ExportCap  # measures that may end before three years are over


def look_ahead(
    economy: Economy, assembler: Assembler, clearer: Clearer, instruments: Sequence[Instrument],
    made: Array, date: float, cohorts: Mapping[int, Sequence[float]],
) -> int:  # fmt: skip
    """Work out prices ahead if they are due; returns how many markets were cleared for it.

    instruments: what states set last; made: last activity, t a year; date: years; cohorts: when units
    open of what may be built again and again. A market that does not clear leaves that year unknown.
    """
    e = economy
    if not (e.parameters.on("invest") and e.parameters.on("outlook")) or date < e.ahead.due - 1e-9:
        return 0
    e.ahead.due, e.ahead.prospects = date + EVERY, []
    free = [i for i in instruments if not isinstance(i, BESIDE)]
    restricted = len(free) < len(instruments)
    found: dict[float, tuple[Array, Array] | None] = {}
    for years in reversed(YEARS):
        kept = restricted and years == YEARS[0]
        found[years] = _clear(
            e, assembler, clearer, instruments if kept else free, made, date, years, cohorts
        )
    chance = lasting(e.parameters["outlook.end_hazard"], YEARS[0]) if restricted else 1.0
    for years, odds, market in (
        (YEARS[0], chance, found[YEARS[0]]),
        (YEARS[0], 1.0 - chance, found[YEARS[1]]),
        *((years, 1.0, found[years]) for years in YEARS[1:]),
    ):
        if odds > 0.0 and market is not None:
            e.ahead.prospects.append(PriceProspect(years, odds, *market))
    e.ahead.keep_whole()
    return len(YEARS)


def _clear(
    e: Economy, assembler: Assembler, clearer: Clearer, instruments: Sequence[Instrument], made: Array,
    date: float, years: float, cohorts: Mapping[int, Sequence[float]],
) -> tuple[Array, Array] | None:  # fmt: skip
    """Prices, and what landing a tonne costs, some years from now."""
    with _then(e, assembler, date + years, years, cohorts):
        given = [_later(e, i, date + years, years) for i in instruments if not isinstance(i, PriceFloor)]
        known = assembler.settings.market.demand_scenario not in (PAST, ACCOUNT)
        growth = (
            None if known else np.full(len(e.chain.regions), np.exp(e.parameters["crowding.growth"] * years))
        )
        assembled = assembler(date + years if known else date, given, growth, made)
        private = assembler.private
        supply, scale = assembled.market.supply.copy(), assembled.market.scale.copy()
        np.add.at(supply, assembler.node[private], -e.stock[private])
        supply[np.abs(supply) < 1e-6], scale[private] = 0.0, 0.0
        market = dataclasses.replace(assembled.market, supply=supply, scale=scale)
        try:
            clearing = clearer(market)
        except ClearingError:
            return None
        e.price = clearing.price
        return clearing.price.copy(), landed_cost(e, assembler.arc_cost, assembled)


@contextmanager
def _then(
    e: Economy, assembler: Assembler, date: float, years: float, cohorts: Mapping[int, Sequence[float]]
) -> Iterator[None]:
    """The economy as it would be then, put back as it was after."""
    names = ("built", "log_k", "short", "grown", "stopped", "price", "closure", "floored")
    before, stood = {name: getattr(e, name) for name in names}, assembler._stood
    slow = np.where(assembler.kind == "thrift", e.parameters["thrift.speed"], e.parameters["demand.kappa"])
    left = (1.0 - slow) ** (4.0 * years)
    e.log_k, e.short = e.log_k * left, e.short + e.gap * (1.0 - left)
    e.grown, e.stopped = np.full(e.grown.size, np.inf), np.zeros(e.stopped.size)
    e.closure, e.floored = copy.copy(e.closure), dict(e.floored)
    e.closure.shut = np.zeros(e.closure.shut.size, dtype=bool)
    e.built = e.built.copy()
    due = e.chain.projects.at[e.opens[e.chain.projects.at] <= date]
    e.built[due] = [sum(opens <= date for opens in cohorts.get(at, (0.0,))) for at in due.tolist()]
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(e, name, value)
        assembler._stood = stood


def _later(e: Economy, instrument: Instrument, date: float, years: float) -> Instrument:
    """A quota grown on as it has grown since the base year; every other instrument as it is.

    Before there is a record to go by, it is taken to grow with the market: the prior counts for KNOWN years.
    date: then, years from now
    """
    if not isinstance(instrument, ProductionQuota) or instrument.kind not in e.supply.quota_rows:
        return instrument
    since = max(date - years - e.chain.year - 0.5, 0.0)
    so_far = np.log(max(instrument.tonnes, 1e-9) / base_quota(e, instrument.kind))
    growth = (so_far + KNOWN * e.parameters["crowding.growth"]) / (since + KNOWN)
    span = min(years, max(e.paths.last - (date - years), 0.0))  # beyond what is published, nothing grows
    return dataclasses.replace(instrument, tonnes=instrument.tonnes * float(np.exp(growth * span)))
