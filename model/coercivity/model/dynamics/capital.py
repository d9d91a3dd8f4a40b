"""Capital beside that of projects: what quotas call for, and what works under way still cost.

Holders of a quota build what it allows before they use it, if it pays: Δcapacity · unit capital, paid in
the step (B.56). Works under way at the start of a run spend what their lead time leaves, evenly until
they open.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from coercivity.model.accounts.treasury import Accounts, investors
from coercivity.model.assembly.market import base_quota, quota_plants
from coercivity.model.inputs.instruments import Instrument, ProductionQuota
from coercivity.model.inputs.names import ILLICIT
from coercivity.model.state.economy import Economy

__all__ = ["Works", "begun_projects", "carry_on", "extend"]

LEAST = 1e-9  # share of a plant: less is no extension
Judge = Callable[[int, float, float], bool]  # facility, t a year, million USD: whether it is worth it
Works = dict[int, tuple[float, float]]  # million USD a year and the year it ends, by facility


def extend(
    economy: Economy, instruments: Sequence[Instrument], pays: Judge, pace: float, posted: Accounts
) -> list[tuple[str, str, str, str]]:
    """(B.56) Holders build what quotas call for beyond what stands, if it pays; returns events.

    pace: share of what separators may add that is decided on in a step. Source of the unit cost:
    behaviour.csv, `quota_capital`, thousand USD per t REO a year.
    """
    e, events = economy, []
    for at, more, unit in (*_mines(e, instruments), *_separators(e, instruments, pace)):
        facility = e.chain.facilities[at]
        tonnes = more * facility.capacity
        if more < LEAST or not pays(at, tonnes, tonnes * unit / 1000.0):
            continue
        _post(posted, (facility.firm, "firm", "investment"), -tonnes * unit * 1000.0)
        e.grown[at] += more
        if facility.stage == e.chain.names.stages.separate:
            e.built[at] += more
        events.append((facility.firm, "capacity extended", facility.name, f"{tonnes:.0f} t a year"))
    return events


def _growth(e: Economy, instruments: Sequence[Instrument]) -> dict[str, tuple[float, float]]:
    """Quota now and in the base year, t REO, by kind of ore."""
    return {
        i.kind: (i.tonnes, base_quota(e, i.kind))
        for i in instruments
        if isinstance(i, ProductionQuota) and i.kind in e.supply.quota_rows
    }


def _mines(e: Economy, instruments: Sequence[Instrument]) -> Iterator[tuple[int, float, float]]:
    """Mines under a quota: by how much of what stood it calls for more, and what a tonne of that costs."""
    for kind, (now, before) in _growth(e, instruments).items():
        unit = e.evidence.number("behaviour", "investment", "quota_capital", kind)
        for at in quota_plants(e, kind):
            yield at, now / before - float(e.grown[at]), unit


def _separators(
    e: Economy, instruments: Sequence[Instrument], pace: float
) -> Iterator[tuple[int, float, float]]:
    """Licensed separators at home may grow as all quotas together do: both are set in the same notices."""
    quotas = _growth(e, instruments).values()
    if not quotas or not e.parameters.on("invest"):
        return
    factor = math.fsum(now for now, _ in quotas) / math.fsum(before for _, before in quotas)
    unit = e.evidence.number("behaviour", "investment", "quota_capital", "separation")
    for at, facility in e.chain.at_stage(e.chain.names.stages.separate):
        licensed = facility.place == e.chain.names.home and not facility.firm.startswith(ILLICIT)
        if licensed and facility.terms is None and facility.capacity > 0:
            yield at, pace * (factor - float(e.grown[at])), unit


def begun_projects(economy: Economy, date: float) -> Works:
    """What works under way have still to spend: their capital, by the share of their lead time left."""
    works: Works = {}
    for at, facility in enumerate(economy.chain.facilities):
        left = float(economy.opens[at]) - date
        if facility.terms is not None and economy.started[at] == float("-inf") and 0 < left < float("inf"):
            lead_time = max(facility.terms.lead_time, left, 1e-6)
            works[at] = facility.terms.capex / lead_time, float(economy.opens[at])
    return works


def carry_on(
    economy: Economy, works: Works, homes: Mapping[str, str], date: float, length: float, posted: Accounts
) -> None:
    """Spend a step's part on works under way. Their owners raised the money before: investors pay it out.

    date: first day of the step, years
    """
    for at, (rate, until) in works.items():
        if economy.opens[at] > until:  # given up
            continue
        firm = economy.chain.facilities[at].firm
        usd = rate * 1e6 * min(max(until - date, 0.0), length)
        _post(posted, (firm, "firm", "investment"), -usd)
        _post(posted, (firm, "firm", "capital raised"), usd)
        _post(posted, (investors(homes, firm), "firm", "capital raised"), -usd)


def _post(posted: Accounts, account: tuple[str, str, str], usd: float) -> None:
    if usd:
        posted[account] = posted.get(account, 0.0) + usd
