"""Capital that no appraisal decides on: what quotas call for, and what works under way still cost.

Holders of a quota build what it allows before they use it: Δcapacity · unit capital, paid in the step
(B.56). Works under way at the start of a run spend what their lead time leaves, evenly until they open.
"""

from collections.abc import Iterable, Mapping

from coercivity.model.accounts.treasury import Accounts, investors
from coercivity.model.assembly.market import base_quota, quota_plants
from coercivity.model.inputs.instruments import Instrument, ProductionQuota
from coercivity.model.state.economy import Economy

__all__ = ["Works", "begun_projects", "carry_on", "extend"]

Works = dict[int, tuple[float, float]]  # million USD a year and the year it ends, by facility


def extend(economy: Economy, instruments: Iterable[Instrument], posted: Accounts) -> None:
    """Pay for the capacity that quotas call for beyond what has been paid; then it stands.

    Source of the unit cost: behaviour.csv, `quota_capital`, thousand USD per t REO a year, by kind of ore.
    """
    e = economy
    for i in instruments:
        if not isinstance(i, ProductionQuota) or i.kind not in e.supply.quota_rows:
            continue
        factor = i.tonnes / base_quota(e, i.kind)
        for at in quota_plants(e, i.kind):
            if factor <= e.grown[at]:
                continue
            facility = e.chain.facilities[at]
            unit = e.evidence.number("behaviour", "investment", "quota_capital", i.kind)
            usd = (factor - float(e.grown[at])) * facility.capacity * unit * 1000.0
            _post(posted, (facility.firm, "firm", "investment"), -usd)
            e.grown[at] = factor


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
