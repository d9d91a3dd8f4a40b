"""What a ban takes from whoever has prepared for it: first calls that are paid, and stock that is used up.

A plan with a goal pays for both in the expected sense, by the chance that the first ban comes in a year the
goal looks at, and shipped scenarios are told the same. What a first call takes a tonne is not known
beforehand: the clearing says it of a plan, and the program is asked again at that price.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coercivity.experiments.planning.candidates import Menu
from coercivity.experiments.planning.settings import PlanSettings
from coercivity.optimise.market import Array

__all__ = ["LEAST", "Toll", "ban_chances", "ban_cost", "expected_toll", "first_ban", "premium_of"]

LEAST = 1.0  # t on call that are worth a contract
Where = tuple[int, int]  # world, year


@dataclass(frozen=True, slots=True)
class Toll:
    """What a year of ban takes, million USD. called: t that come by first calls, those of them that come
    beyond what comes with no plan, and what is paid, by member; let_go: worth of stock that is used up, at
    prices of peace"""

    called: Mapping[str, tuple[float, float, float]]
    let_go: float

    @property
    def paid(self) -> float:
        """For first calls, of all members."""
        return float(sum(usd for _, _, usd in self.called.values()))


def ban_chances(settings: PlanSettings, start: int, years: int) -> dict[int, float]:
    """Chance that the first ban begins in a year, by year from the first; each date stands up to the next."""
    dates = [date - start for date in settings.dates if 0 <= date - start < years]
    alive, found = 1.0, {}
    for at, date in enumerate(dates):
        span = (dates[at + 1] if at + 1 < len(dates) else years) - date
        stays = (1.0 - settings["hazard"]) ** span
        found[date] = alive * (1.0 - stays)
        alive *= stays
    return found


def first_ban(menu: Menu, since: int) -> Array:
    """Chance that the first ban comes in a year, times what money is then worth today, by year.

    since: the first year that is looked at
    """
    hazard, rate = menu.settings["hazard"], menu.settings["rate"]
    year = np.arange(menu.years)
    found = hazard * (1.0 - hazard) ** year * (1.0 + rate) ** -year.astype(float)
    return np.where(menu.start + year >= since, found, 0.0)


def ban_cost(menu: Menu, since: int, premium: Array) -> Array:
    """What a unit of every decision takes in a ban, expected, million USD today, (x).

    premium: of a tonne on call, USD/kg, (member, year)
    """
    years, weight = menu.years, first_ban(menu, since)
    price = np.array([stock.price for stock in menu.stocks]).reshape(-1, years) / 1e3
    found = np.zeros((len(menu.projects) + len(menu.stocks) + 3 * len(menu.members), years))
    stocks, calls = len(menu.projects), len(found) - len(menu.members)
    found[stocks : stocks + len(menu.stocks), :-1] = (price * weight)[:, 1:]  # held when the year begins
    found[calls:] = np.where(np.isfinite(premium), premium, 0.0) / 1e3 * weight
    return found.ravel()


def expected_toll(menu: Menu, since: int, tolls: Mapping[Where, Toll]) -> tuple[float, float]:
    """First calls and stock used up in the first ban, expected, million USD today: mean over worlds."""
    weight, worlds = first_ban(menu, since), max(len({w for w, _ in tolls}), 1)
    paid = sum(float(weight[y]) * toll.paid for (_, y), toll in tolls.items())
    used = sum(float(weight[y]) * toll.let_go for (_, y), toll in tolls.items())
    return paid / worlds, used / worlds


def premium_of(menu: Menu, tolls: Mapping[Where, Toll]) -> Array:
    """What a tonne on call takes by the clearing, USD/kg, (member, year), over those that come by it only.

    It is what is paid in all over the tonnes beyond what comes with no plan; the mean where none was asked.
    """
    members = [m.code for m in menu.members]
    more, paid = np.zeros((2, len(members), menu.years))
    for (_, y), toll in tolls.items():
        for at, code in enumerate(members):
            _, beyond, usd = toll.called.get(code, (0.0, 0.0, 0.0))
            more[at, y], paid[at, y] = more[at, y] + beyond, paid[at, y] + usd
    known = (more > LEAST) & (paid > 0)
    if not known.any():
        return np.full_like(more, np.inf)
    return np.where(known, paid / np.maximum(more, LEAST), paid.sum() / more.sum()) * 1e3
