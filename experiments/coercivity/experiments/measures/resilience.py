"""How a run takes a shock: recovery, substitution, supply response, independence and time bought.

The resilience measures of Sprecher et al. (2017), and the questions of leverage, from a run's tables.
"""

from collections.abc import Iterator, Mapping

import pandas as pd

from coercivity.experiments.config.labels import Wording
from coercivity.experiments.config.places import BLOCS, HOME
from coercivity.experiments.measures.quantities import Measure, Tables, shortages_of

BEGINS = "export limit begins"
NEAR = 0.01  # of what is wanted: how near to its level before the shock shortage counts as recovered
SUBSTITUTED = 2.0  # years after a shock over which substitution is measured
RESPONSE = 5.0  # years after a shock over which the answer of supply is measured
AFFORDABLE = 0.05  # cost of a ban, as a share of what hangs on uses, below which a place is independent
ENOUGH = 0.1  # share of the services wanted that a place may lack and still be said to have enough
COST = "cost of a year's joint ban by"


def resilience(tables: Tables, years_per_step: float, wording: Wording) -> Iterator[Measure]:
    """Every measure a run allows: those of a shock need one, those of independence need `what_if`."""
    yield from enough(tables, wording)
    at = shock(tables["events"])
    if at is not None:
        yield from recovery(tables, at, years_per_step, wording)
        yield from substitution(tables["uses"], at, years_per_step, wording)
        yield from response(tables["activity"], at, years_per_step, wording)
    for place, year in independence(tables["indicators"]).items():
        if year is not None:
            yield Measure("year of independence", place, "year", year, -1, relative=False)


def enough(tables: Tables, wording: Wording) -> Iterator[Measure]:
    """The first year from which on, to the end, a place lacks less than a tenth of the services it wants.

    Independence as it is lived: under the restrictions in force. The year after the last where there is none.
    """
    for (unit, place), series in shortages_of(tables).items():
        if not wording.is_service(unit) or place not in BLOCS or place == HOME:
            continue
        yearly = series.groupby([str(date)[:4] for date in series.index]).mean()
        lacking = [int(str(year)) for year, short in yearly.items() if short >= ENOUGH]
        first = max(lacking) + 1 if lacking else int(str(yearly.index[0]))
        yield Measure(f"year of enough {wording.services}", place, "year", float(first), -1)


def shock(events: pd.DataFrame) -> int | None:
    """The step in which the first export limit begins, if any does."""
    begun = events[events["kind"] == BEGINS]["step"] if len(events) else pd.Series(dtype=int)
    return int(begun.min()) if len(begun) else None


def recovery(tables: Tables, at: int, years_per_step: float, wording: Wording) -> Iterator[Measure]:
    """Years from the shock until the shortage of services is back where it was, and stays there."""
    for (unit, place), series in shortages_of(tables).items():
        if not wording.is_service(unit) or place == HOME or at >= len(series):
            continue
        before = float(series.iloc[at - 1]) if at > 0 else 0.0
        worse = series.iloc[at:] > before + NEAR
        if not worse.any():
            continue
        last = len(worse) - 1 - int(worse.to_numpy()[::-1].argmax())
        if last + 1 < len(worse):
            yield Measure("recovery time", place, "years", (last + 1) * years_per_step, -1)


def substitution(uses: pd.DataFrame, at: int, years_per_step: float, wording: Wording) -> Iterator[Measure]:
    """Share of services that move to another recipe a year, in the first years after the shock."""
    served = uses[uses["unit"] == wording.names.units.service]
    other = served.assign(other=served["served"].where(served["recipe"] != "as usual", 0.0))
    sums = other.groupby(["jurisdiction", "step"])[["other", "served"]].sum()
    share = sums["other"] / sums["served"].where(sums["served"] > 0)
    for place, found in share.groupby(level=0):
        series = found.droplevel(0)
        end = min(at + max(round(SUBSTITUTED / years_per_step), 1), int(series.index.max()))
        first = max(at - 1, 0)
        if end > first:
            speed = (series.loc[end] - series.loc[first]) / ((end - first) * years_per_step)
            yield Measure("substitution speed", str(place), "share/yr", float(speed), 1)


def response(activity: pd.DataFrame, at: int, years_per_step: float, wording: Wording) -> Iterator[Measure]:
    """Growth a year of output outside China after the shock, by stage."""
    outside = activity[activity["jurisdiction"] != HOME]
    for stage in wording.names.words.stages:
        made = outside[outside["stage"] == stage].groupby("step")["tonnes"].sum()
        end = min(at + max(round(RESPONSE / years_per_step), 1), int(activity["step"].max()))
        first = max(at - 1, 0)
        if end > first and made.get(first, 0.0) > 0:
            growth = (made.get(end, 0.0) / made[first]) ** (1 / ((end - first) * years_per_step)) - 1
            yield Measure(f"supply response of {stage}", "OUTSIDE", "per year", float(growth), 1)


def independence(indicators: pd.DataFrame, affordable: float = AFFORDABLE) -> dict[str, float | None]:
    """First year from which on a joint ban costs less than a share of what hangs on uses, by place.

    Every later year asked counts: a dip is no independence. None where the last year is none; empty where
    the run did not ask (`what_if.every=1`).
    """
    found: dict[str, float | None] = {}
    rows = indicators[indicators["indicator"].str.startswith(COST)]
    if rows.empty:
        return found
    for place, asked in rows.sort_values("date").groupby("jurisdiction"):
        years = [float(str(date)[:4]) for date in asked["date"]]
        dear = [at for at, value in enumerate(asked["value"]) if value >= affordable]
        first = max(dear, default=-1) + 1
        found[str(place)] = years[first] if first < len(years) else None
    return found


def time_bought(run: Tables, free: Tables) -> Mapping[str, float]:
    """Years by which a run puts independence off against free trade, where both reach it."""
    ours, theirs = independence(run["indicators"]), independence(free["indicators"])
    return {
        place: year - other
        for place, year in ours.items()
        if year is not None and (other := theirs.get(place)) is not None
    }
