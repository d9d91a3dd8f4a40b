"""What a run's tables say, as a short list of numbers with units: the rows of a comparison."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coercivity.experiments.base.tables import FUTURE
from coercivity.experiments.config.labels import Wording
from coercivity.experiments.config.places import ALLIED, ALLIES, BLOCS, HOME, WORLD
from coercivity.experiments.measures.quantities import LARGER, Measure, Weights, by_future, shortages, uses_of
from coercivity.experiments.measures.resilience import resilience
from coercivity.experiments.runs.gathered import GatheredTables, Tables, gather


def measures(tables: Tables, years_per_step: float, weights: Weights, wording: Wording) -> list[Measure]:
    """Every number a comparison shows, in its order: of one run, or of every future of gathered tables."""
    mine = gather(tables)
    return [
        *prices(mine, weights, wording),
        *output(mine, years_per_step, wording),
        *lacking(mine, years_per_step, wording),
        *money(mine),
        *shares(mine, years_per_step, wording),
        *burdens(mine["burdens"], wording),
        *objectives(mine["indicators"]),
        *resilience(mine, years_per_step, wording),
    ]


def price_weights(tables: Tables) -> Weights:
    """Tonnes of each material that jurisdictions outside China import in the base year, in each future.

    Weights of the outside price, the same for all scenarios of a future, so that a price does not move
    because trade did.
    """
    imports = gather(tables)["base_imports"]
    abroad = imports[imports["jurisdiction"] != HOME]
    return abroad.set_index([FUTURE, "material", "jurisdiction"])["tonnes"]


def price_series(tables: Tables, material: str, weights: Weights) -> pd.DataFrame:
    """A material's price by date, `inside` China and `outside`, USD/kg; of gathered tables also by future."""
    found = price_table(gather(tables), weights)
    known = material in found.index.get_level_values(0)
    series = found.loc[[material]].droplevel(0) if known else found.iloc[:0].droplevel(0)
    return series if isinstance(tables, GatheredTables) else series.droplevel(0)


def price_table(tables: GatheredTables, weights: Weights) -> pd.DataFrame:
    """Prices by material, future and date: `inside` China and `outside`, USD/kg.

    Outside is weighted by imports of the base year, over the places in which there is a price. The weights
    are those of the futures, always the same.
    """
    return tables.derive("prices", lambda mine: _prices(mine["prices"], weights))


def _prices(rows: pd.DataFrame, weights: Weights) -> pd.DataFrame:
    keys = ["material", FUTURE, "date"]
    at_home = rows["jurisdiction"] == HOME
    abroad = rows[~at_home & rows["price"].notna()]
    present = _weight_of(abroad, weights)
    parts = abroad[keys].assign(total=abroad["price"].to_numpy() * present, present=present)
    sums = parts.groupby(keys, observed=True)[["total", "present"]].sum()
    outside = sums["total"] / sums["present"].where(sums["present"] > 0)
    inside = rows[at_home].set_index(keys)["price"]
    every = rows[keys].drop_duplicates().set_index(keys).sort_index()
    return every.assign(inside=inside, outside=outside)


def _weight_of(rows: pd.DataFrame, weights: Weights) -> "NDArray[np.float64]":
    """The weight of every row's future, material and jurisdiction; nought where there is none."""
    material, place = rows["material"].cat, rows["jurisdiction"].cat
    materials = {name: n for n, name in enumerate(material.categories)}
    places = {name: n for n, name in enumerate(place.categories)}
    futures = rows[FUTURE].to_numpy(dtype=int)
    table = np.zeros((futures.max(initial=0) + 1, len(materials), len(places)))
    for (future, name, where), tonnes in zip(weights.index, weights, strict=True):
        if future < len(table) and name in materials and where in places:
            table[future, materials[name], places[where]] = tonnes
    found: NDArray[np.float64] = table[futures, material.codes, place.codes]
    return found


def prices(tables: GatheredTables, weights: Weights, wording: Wording) -> Iterator[Measure]:
    """Mean and peak price of each material that the chain lists, inside China and outside."""
    words = wording.names.words
    every = price_table(tables, weights).groupby(level=["material", FUTURE], observed=True)
    found = {"mean": every.mean(), "peak": every.max()}
    known = set(found["mean"].index.get_level_values(0))
    for material in (one for one in (*words.bought, *words.listed) if one in known):
        bought = material in words.bought
        for side, place in (("inside", HOME), ("outside", "OUTSIDE")):
            for word, table in found.items():
                mean = (bought or material in words.mentioned) and word == "mean"
                of = words.services if bought else words.price
                called = wording.spelt(material) if bought else wording.brief(material)
                yield Measure(
                    f"price of {wording.priced(material)}, {word}", place, "USD/kg",
                    by_future(table.loc[material][side]), 0,
                    shown=material in words.asked or mean,
                    under=f"price of {of}, {word} of the period (USD/kg)",
                    called=called,
                )  # fmt: skip


def output(tables: GatheredTables, years_per_step: float, wording: Wording) -> Iterator[Measure]:
    """Output of the last stage a year by bloc."""
    activity = tables["activity"]
    what, unit = wording.names.words.output, wording.last_unit
    made = activity[activity["stage"] == wording.last]
    steps = activity.groupby(FUTURE)["step"].nunique().reindex(tables.futures)
    years = steps.fillna(0).clip(lower=1) * years_per_step
    blocs = made["jurisdiction"].astype(object).where(made["jurisdiction"].isin(BLOCS), "ROW")
    total = made["tonnes"].groupby([blocs, made[FUTURE]]).sum()
    for bloc in (*BLOCS, "ROW"):
        yield Measure(what, bloc, unit, by_future(_part(total, bloc, tables) / years), 0, True)
    yield Measure(what, WORLD, unit, by_future(_world(total, tables) / years), 0, True)


def _part(total: "pd.Series[Any]", name: str, tables: GatheredTables) -> "pd.Series[Any]":
    """What a name has in every future; nought where a future lacks it."""
    known = name in total.index.get_level_values(0)
    mine = total.loc[name] if known else pd.Series(dtype=float)
    return mine.reindex(tables.futures).fillna(0.0)


def _world(total: "pd.Series[Any]", tables: GatheredTables) -> "pd.Series[Any]":
    return total.groupby(level=FUTURE).sum().reindex(tables.futures).fillna(0.0)


def lacking(tables: GatheredTables, years_per_step: float, wording: Wording) -> Iterator[Measure]:
    """Mean shortage, the worst step's and the last year's, by kind of use and jurisdiction."""
    share, keys = shortages(tables), ["unit", "jurisdiction", FUTURE]
    every = share.groupby(level=keys, observed=True)
    last = every.tail(steps_of_year(years_per_step)).groupby(level=keys, observed=True).mean()
    found = {"worst step": every.max(), "last year": last, "mean": every.mean()}
    for unit, place in uses_of(found["mean"]):
        what = wording.kind_of_use(unit)
        shown = wording.is_service(unit) and place in (*BLOCS, WORLD)
        for word, table in found.items():
            seen = shown and word != "mean"
            values = by_future(table.loc[unit, place])
            yield Measure(f"shortage of {what}, {word}", place, "share", values, -1, seen)


def money(tables: GatheredTables) -> Iterator[Measure]:
    """Welfare and the cost to the public purse over the period, by jurisdiction, undiscounted.

    The level of welfare hangs on choke prices nobody has seen; only its change means something.
    """
    for name, what, better in (("welfare", "welfare change", 1), ("fiscal_cost", "fiscal cost", -1)):
        total = by_jurisdiction(tables, name)
        for place in sorted(set(total.index.get_level_values(0))):
            shown = place in (*BLOCS, WORLD)
            usd = by_future(total.loc[place], 1e-6)
            yield Measure(what, str(place), "million USD", usd, better, shown, name == "welfare")
        if name == "fiscal_cost":
            allied = total[total.index.get_level_values(0).isin(ALLIED)]
            usd = by_future(_world(allied, tables), 1e-6)
            yield Measure(what, ALLIES, "million USD", usd, better, True)


def by_jurisdiction(tables: GatheredTables, name: str) -> "pd.Series[Any]":
    """`welfare` or `fiscal_cost` over the period, USD, by place and future, with the world's total.

    The model's indicator where it has one, else the sum of the accounts. The indicator already
    counts stocks at base-year prices and surplus from them: (S.2) of `settlement.py`.
    """
    return tables.derive(name, lambda mine: _by_jurisdiction(mine, name))


def _by_jurisdiction(tables: GatheredTables, name: str) -> "pd.Series[Any]":
    table = tables["indicators"]
    rows = table[(table["indicator"] == name) & (table["jurisdiction"] != WORLD)]
    places = rows["jurisdiction"].astype(object)
    total = (
        rows["value"].groupby([places, rows[FUTURE]]).sum()
        if len(rows)
        else _totals_from_accounts(tables, name)
    )
    world = pd.concat({WORLD: total.groupby(level=1).sum()})
    return pd.concat([total, world.rename_axis(total.index.names)]) if len(total) else total


def _totals_from_accounts(tables: GatheredTables, name: str) -> "pd.Series[Any]":
    """The same from the accounts; a firm counts where most of its capacity stands."""
    accounts = tables["accounts"]
    owners = accounts["owner"].astype(object)
    if name == "fiscal_cost":
        states = accounts["kind"] == "state"
        return -accounts["usd"][states].groupby([owners[states], accounts[FUTURE][states]]).sum()
    firms = pd.MultiIndex.from_arrays([accounts[FUTURE], owners])
    home = pd.Series(main_homes(tables).reindex(firms).to_numpy(dtype=object), index=accounts.index)
    place = home.where(accounts["kind"] == "firm", owners).fillna("ROW")
    return accounts["usd"].groupby([place, accounts[FUTURE]]).sum()


def main_homes(tables: GatheredTables) -> "pd.Series[Any]":
    """Where most of each firm's capacity stands, by future and firm."""
    keys = [FUTURE, "firm", "jurisdiction"]
    capacity = tables["activity"].groupby(keys, observed=True)["capacity"].sum()
    largest = capacity.sort_values().reset_index().drop_duplicates(keys[:2], keep="last")
    return largest.astype({"firm": object, "jurisdiction": object}).set_index(keys[:2])["jurisdiction"]


def share_series(tables: Tables, stage: str) -> "pd.Series[Any]":
    """China's share of what a stage puts out, by date. Of gathered tables, by future."""
    found = share_table(gather(tables))
    known = stage in found.index.get_level_values(0)
    series = found.loc[stage] if known else found.iloc[:0].droplevel(0)
    return series if isinstance(tables, GatheredTables) else series.droplevel(0)


def share_table(tables: GatheredTables) -> "pd.Series[Any]":
    """China's share of what every stage puts out, by stage, future and date."""
    return tables.derive("shares", lambda mine: _shares(mine["activity"]))


def _shares(activity: pd.DataFrame) -> "pd.Series[Any]":
    keys = ["stage", FUTURE, "date"]
    total = activity.groupby(keys, observed=True)["tonnes"].sum()
    home = activity[activity["jurisdiction"] == HOME].groupby(keys, observed=True)["tonnes"].sum()
    return (home.reindex(total.index).fillna(0.0) / total.where(total > 0)).dropna()


def shares(tables: GatheredTables, years_per_step: float, wording: Wording) -> Iterator[Measure]:
    """China's share of each stage in the first and in the last year."""
    year, every = steps_of_year(years_per_step), share_table(tables)
    groups = every.groupby(level=[0, 1], observed=True)
    ends = {"first year": groups.head(year), "last year": groups.tail(year)}
    found = {when: part.groupby(level=[0, 1], observed=True).mean() for when, part in ends.items()}
    known = set(every.index.get_level_values(0))
    for stage, word in wording.names.words.stages.items():
        for when, table in found.items() if stage in known else ():
            called, values = f"{word} ({wording.counted(stage)}), {when}", by_future(table.loc[stage])
            yield Measure(f"share of {word}, {when}", HOME, "share", values, 0, True, called=called)


def steps_of_year(years_per_step: float) -> int:
    """How many steps the last year of a run has."""
    return max(round(1 / years_per_step), 1)


def objectives(indicators: pd.DataFrame) -> Iterator[Measure]:
    """What each state makes of the period by its own objective (O.3); a change, like welfare's."""
    rows = indicators[indicators["indicator"] == "objective"]
    total = rows.groupby(["jurisdiction", FUTURE], observed=True)["value"].sum()
    for place in sorted(set(total.index.get_level_values(0))):
        usd = by_future(total.loc[place], 1e-6)
        yield Measure("objective change", str(place), "million USD", usd, 1, False, True)


def burdens(table: pd.DataFrame, wording: Wording) -> Iterator[Measure]:
    """Environmental burden over the period, by pollutant and jurisdiction."""
    keys = ["pollutant", "unit", "jurisdiction", FUTURE]
    total = table.groupby(keys, observed=True)["amount"].sum()
    for pollutant, given in uses_of(total):
        unit, scale = LARGER.get(given, (given, 1.0))
        part = total.loc[pollutant, given]
        what = f"burden: {str(pollutant).replace('_', ' ').replace('co2', 'CO2')}"
        shown = pollutant in wording.names.words.burdens
        for place, amounts in part.groupby(level=0, observed=True):
            values = by_future(amounts.droplevel(0), scale)
            yield Measure(what, str(place), unit, values, -1, shown and place == HOME)
        abroad = part[part.index.get_level_values(0) != HOME].groupby(level=FUTURE).sum()
        nothing = part.groupby(level=FUTURE).sum() * 0.0
        values = by_future(abroad.add(nothing, fill_value=0.0), scale)
        yield Measure(what, "OUTSIDE", unit, values, -1, shown)
