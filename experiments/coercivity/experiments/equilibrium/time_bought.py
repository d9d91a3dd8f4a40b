"""Time that a supplier buys: how much longer others depend on it, by what it does and what they answer.

What the others would lose if it stopped for a year (O.2) is a path. The area between that path and the path
under the supplier's first strategy, with the same answers in the same future, is counted in years of the
first year's dependence: two years bought are two years more in which they hang on it as at the start.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coercivity.experiments.equilibrium.menus import GameMenu, Profile
from coercivity.experiments.equilibrium.payoffs import DEPENDENCE, PayoffTable
from coercivity.experiments.measures.bands import band

__all__ = ["TimeBought", "list_time_bought"]

MANY = 12  # joint answers of the others above which only those that matter are told
Path = dict[str, float]


@dataclass(frozen=True)
class TimeBought:
    """What one strategy buys against one answer.

    years: mean over futures, low and high their 80 % band · left: dependence at the end, as a share of that
    under the first strategy at the start · answer: the others, by player
    """

    supplier: str
    strategy: str
    answer: dict[str, str]
    years: float
    low: float
    high: float
    left: float


def list_time_bought(table: PayoffTable, menu: GameMenu, chosen: Profile) -> list[TimeBought]:
    """Every strategy of the supplier against answers of the others; none where there is no supplier."""
    at = _find_supplier(table, menu, chosen)
    if at is None:
        return []
    others = [player.names for i, player in enumerate(menu.players) if i != at]
    answers = list(itertools.product(*others))
    if len(answers) > MANY:
        answers = list(dict.fromkeys((*profile[:at], *profile[at + 1 :]) for profile in (chosen, menu.start)))
    return [found for answer in answers for found in _against(table, menu, at, answer)]


def _find_supplier(table: PayoffTable, menu: GameMenu, profile: Profile) -> int | None:
    """The one player that all others depend on, and that does not depend on itself."""
    if not table.has(profile, 0):
        return None
    paths = [_sum_paths(table, menu, profile, 0, [i]) for i in range(len(menu.players))]
    free = [i for i, path in enumerate(paths) if not path]
    return free[0] if len(free) == 1 else None


def _against(table: PayoffTable, menu: GameMenu, at: int, answer: Sequence[str]) -> Iterator[TimeBought]:
    supplier = menu.players[at]
    others = [i for i in range(len(menu.players)) if i != at]
    named = {menu.players[i].name: name for i, name in zip(others, answer, strict=True)}

    def whole(name: str) -> Profile:
        return (*answer[:at], name, *answer[at:])

    first = whole(supplier.names[0])
    for name in supplier.names:
        met = min(table.count_futures(first), table.count_futures(whole(name)))
        if met < menu.futures:
            continue
        years, left = [], []
        for k in range(met):
            before = list(_sum_paths(table, menu, first, k, others).values())
            after = list(_sum_paths(table, menu, whole(name), k, others).values())
            if before and before[0] > 0:
                years.append((math.fsum(after) - math.fsum(before)) / before[0])
                left.append(after[-1] / before[0])
        if years:
            found, n = band(years), len(years)
            mean, end = math.fsum(years) / n, math.fsum(left) / n
            yield TimeBought(supplier.name, name, named, mean, found.low, found.high, end)


def _sum_paths(
    table: PayoffTable, menu: GameMenu, profile: Profile, future: int, whose: Sequence[int]
) -> Path:
    """Dependence of some players by year."""
    worth, total = table.worth(profile, future), Path()
    for state in (state for i in whose for state in menu.players[i].states):
        for name, (usd, _) in worth[table.codes[state]].items():
            if name.startswith(DEPENDENCE):
                total[name] = total.get(name, 0.0) + usd
    return dict(sorted(total.items()))
