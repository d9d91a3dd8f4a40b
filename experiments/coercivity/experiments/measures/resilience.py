"""How a run takes a shock: recovery, substitution, supply response, independence and time bought.

The resilience measures of Sprecher et al. (2017), and the questions of leverage, from a run's tables.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import pandas as pd

from coercivity.experiments.base.tables import FUTURE
from coercivity.experiments.config.labels import Wording
from coercivity.experiments.config.places import BLOCS, HOME
from coercivity.experiments.measures.quantities import Measure, shortages
from coercivity.experiments.runs.gathered import GatheredTables, Tables, gather

Found = dict[str, dict[int, float]]  # a number by place and future

BEGINS = "export limit begins"
NEAR = 0.01  # of what is wanted: how near to its level before the shock shortage counts as recovered
SUBSTITUTED = 2.0  # years after a shock over which substitution is measured
RESPONSE = 5.0  # years after a shock over which the answer of supply is measured
AFFORDABLE = 0.05  # cost of a ban, as a share of what hangs on uses, below which a place is independent
ENOUGH = 0.1  # share of the services wanted that a place may lack and still be said to have enough
COST = "cost of a year's joint ban by"


def resilience(tables: Tables, years_per_step: float, wording: Wording) -> Iterator[Measure]:
    """Every measure the futures allow: those of a shock need one, those of independence need `what_if`."""
    mine = gather(tables)
    yield from enough(mine, wording)
    at = shocks(mine["events"])
    if at:
        yield from recovery(mine, at, years_per_step, wording)
        yield from substitution(mine["uses"], at, years_per_step, wording)
        yield from response(mine["activity"], at, years_per_step, wording)
    years: Found = {}
    asked = mine["indicators"]
    asked = asked[_list_costs(asked["indicator"])]
    for future, rows in asked.groupby(FUTURE):
        for place, year in independence(rows).items():
            if year is not None:
                years.setdefault(place, {})[_number(future)] = year
    for place in sorted(years):
        yield Measure("year of independence", place, "year", years[place], -1, relative=False)


def _number(future: Any) -> int:
    return int(future)


def _by_place(tables: GatheredTables, wording: Wording) -> "Iterator[tuple[str, int, pd.Series[Any]]]":
    """The shortage of services by date, for every place but China and every future."""
    share = shortages(tables)
    for unit in sorted(set(share.index.get_level_values(0))):
        if wording.is_service(unit):
            for key, series in share.loc[unit].groupby(level=[0, 1], observed=True):
                place, future = cast(tuple[str, int], key)
                if place != HOME:
                    yield str(place), _number(future), series.droplevel([0, 1])


def enough(tables: GatheredTables, wording: Wording) -> Iterator[Measure]:
    """The first year from which on, to the end, a place lacks less than a tenth of the services it wants.

    Independence as it is lived: under the restrictions in force. The year after the last where there is none.
    """
    found: Found = {}
    for place, future, series in _by_place(tables, wording):
        if place not in BLOCS:
            continue
        lacked: dict[int, list[float]] = {}
        for date, short in zip(series.index, series.to_numpy(), strict=True):
            lacked.setdefault(int(str(date)[:4]), []).append(short)
        lacking = [year for year, short in lacked.items() if sum(short) / len(short) >= ENOUGH]
        first = max(lacking) + 1 if lacking else min(lacked)
        found.setdefault(place, {})[future] = float(first)
    for place, years in found.items():
        yield Measure(f"year of enough {wording.services}", place, "year", years, -1)


def shocks(events: pd.DataFrame) -> dict[int, int]:
    """The step in which the first export limit begins, by future; only of futures in which one does."""
    if events.empty:
        return {}
    first = events[events["kind"] == BEGINS].groupby(FUTURE)["step"].min()
    return {_number(future): int(step) for future, step in first.items()}


def recovery(
    tables: GatheredTables, at: Mapping[int, int], years_per_step: float, wording: Wording
) -> Iterator[Measure]:
    """Years from the shock until the shortage of services is back where it was, and stays there."""
    found: Found = {}
    for place, future, series in _by_place(tables, wording):
        begins = at.get(future, len(series))
        if begins >= len(series):
            continue
        short = series.to_numpy()
        before = float(short[begins - 1]) if begins > 0 else 0.0
        worse = (short[begins:] > before + NEAR).nonzero()[0]
        if len(worse) and worse[-1] + 1 < len(short) - begins:
            found.setdefault(place, {})[future] = float(worse[-1] + 1) * years_per_step
    for place, years in found.items():
        yield Measure("recovery time", place, "years", years, -1)


def substitution(
    uses: pd.DataFrame, at: Mapping[int, int], years_per_step: float, wording: Wording
) -> Iterator[Measure]:
    """Share of services that move to another recipe a year, in the first years after the shock."""
    served = uses[(uses["unit"] == wording.names.units.service) & uses[FUTURE].isin(list(at))]
    other = served.assign(other=served["served"].where(served["recipe"] != "as usual", 0.0))
    keys = ["jurisdiction", FUTURE, "step"]
    sums = other.groupby(keys, observed=True)[["other", "served"]].sum()
    share = sums["other"] / sums["served"].where(sums["served"] > 0)
    found: Found = {}
    for key, mine in share.groupby(level=[0, 1], observed=True):
        place, future = cast(tuple[str, int], key)
        series, begins = mine.droplevel([0, 1]), at[_number(future)]
        end = min(begins + max(round(SUBSTITUTED / years_per_step), 1), int(series.index.max()))
        first = max(begins - 1, 0)
        if end > first:
            speed = (series.loc[end] - series.loc[first]) / ((end - first) * years_per_step)
            found.setdefault(str(place), {})[_number(future)] = float(speed)
    for place, speeds in found.items():
        yield Measure("substitution speed", place, "share/yr", speeds, 1)


def response(
    activity: pd.DataFrame, at: Mapping[int, int], years_per_step: float, wording: Wording
) -> Iterator[Measure]:
    """Growth a year of output outside China after the shock, by stage."""
    outside = activity[activity["jurisdiction"] != HOME]
    total = outside.groupby(["stage", FUTURE, "step"], observed=True)["tonnes"].sum()
    made = {key: float(tonnes) for key, tonnes in total.items()}
    final = activity.groupby(FUTURE)["step"].max()
    for stage in wording.names.words.stages:
        found: dict[int, float] = {}
        for future, begins in at.items():
            end = min(begins + max(round(RESPONSE / years_per_step), 1), int(final.get(future, 0)))
            first = max(begins - 1, 0)
            before = made.get((stage, future, first), 0.0)
            if end > first and before > 0:
                ratio = made.get((stage, future, end), 0.0) / before
                found[future] = float(ratio ** (1 / ((end - first) * years_per_step)) - 1)
        if found:
            yield Measure(f"supply response of {stage}", "OUTSIDE", "per year", found, 1)


def independence(indicators: pd.DataFrame, affordable: float = AFFORDABLE) -> dict[str, float | None]:
    """First year from which on a joint ban costs less than a share of what hangs on uses, by place.

    Every later year asked counts: a dip is no independence. None where the last year is none; empty where
    the run did not ask (`what_if.every=1`).
    """
    found: dict[str, float | None] = {}
    rows = indicators[_list_costs(indicators["indicator"])]
    if rows.empty:
        return found
    for place, asked in rows.sort_values("date").groupby("jurisdiction", observed=True):
        years = [float(str(date)[:4]) for date in asked["date"]]
        dear = [at for at, value in enumerate(asked["value"]) if value >= affordable]
        first = max(dear, default=-1) + 1
        found[str(place)] = years[first] if first < len(years) else None
    return found


def _list_costs(names: "pd.Series[Any]") -> "pd.Series[bool]":
    """Which indicators are costs of a ban."""
    return names.isin([name for name in names.unique() if str(name).startswith(COST)])


def time_bought(run: Tables, free: Tables) -> Mapping[str, float]:
    """Years by which a run puts independence off against free trade, where both reach it."""
    ours, theirs = independence(run["indicators"]), independence(free["indicators"])
    return {
        place: year - other
        for place, year in ours.items()
        if year is not None and (other := theirs.get(place)) is not None
    }
