"""What a run's tables say, as a short list of numbers with units: the rows of a comparison."""

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import pandas as pd

from coercivity.experiments.config.labels import Wording
from coercivity.experiments.config.places import ALLIED, ALLIES, BLOCS, HOME, WORLD
from coercivity.experiments.measures.quantities import (
    LARGER,
    Measure,
    Tables,
    Weights,
    derive,
    shortage_table,
    study,
)
from coercivity.experiments.measures.resilience import resilience


def measures(tables: Tables, years_per_step: float, weights: Weights, wording: Wording) -> list[Measure]:
    """Every number a comparison shows, in its order."""
    tables = study(tables)
    return [
        *prices(tables, weights, wording),
        *output(tables["activity"], years_per_step, wording),
        *shortages(tables, years_per_step, wording),
        *money(tables),
        *shares(tables, years_per_step, wording),
        *burdens(tables["burdens"], wording),
        *objectives(tables),
        *resilience(tables, years_per_step, wording),
    ]


def price_weights(tables: Tables) -> dict[str, "pd.Series[Any]"]:
    """Tonnes of each material that jurisdictions outside China import in the base year.

    Weights of the outside price, the same for all scenarios of a future, so that a price does not move
    because trade did.
    """
    imports = tables["base_imports"]
    total = imports[imports["jurisdiction"] != HOME].set_index(["material", "jurisdiction"])["tonnes"]
    return {str(name): part.droplevel(0) for name, part in total.groupby(level=0)}


def price_series(prices: pd.DataFrame, material: str, weights: Weights) -> pd.DataFrame:
    """The price of a material by date: `inside` China and `outside`, USD/kg."""
    return _of_material(price_table(prices[prices["material"] == material], weights), material)


def price_of(tables: Tables, material: str, weights: Weights) -> pd.DataFrame:
    """The same from the tables of a run, all materials worked out at once.

    The weights are those of the run's future, always the same.
    """
    table = derive(tables, "prices", lambda: price_table(tables["prices"], weights))
    return derive(tables, ("price", material), lambda: _of_material(table, material))


def _of_material(table: pd.DataFrame, material: str) -> pd.DataFrame:
    known = material in table.index.get_level_values(0)
    return table.loc[material] if known else table.iloc[:0].droplevel(0)


def price_table(prices: pd.DataFrame, weights: Weights) -> pd.DataFrame:
    """Prices by material and date: `inside` China and `outside`, USD/kg.

    Outside is weighted by imports of the base year, over the places in which there is a price.
    """
    wide = prices.pivot(index=["material", "date"], columns="jurisdiction", values="price")
    inside = wide[HOME] if HOME in wide else pd.Series(float("nan"), index=wide.index)
    abroad = wide.drop(columns=[HOME], errors="ignore")
    materials = wide.index.get_level_values(0)
    none = pd.Series(dtype=float)
    by_material = pd.DataFrame(
        {name: weights.get(name, none).reindex(abroad.columns) for name in materials.unique()},
        index=abroad.columns,
        dtype=float,
    )
    weight = by_material.fillna(0.0).T.reindex(materials).to_numpy()
    value = abroad.to_numpy(dtype=float)
    present = (weight * ~np.isnan(value)).sum(axis=1)
    total = (weight * np.nan_to_num(value)).sum(axis=1)
    outside = np.divide(total, present, out=np.full(len(wide), np.nan), where=present > 0)
    return pd.DataFrame({"inside": inside, "outside": outside})


def prices(tables: Tables, weights: Weights, wording: Wording) -> Iterator[Measure]:
    """Mean and peak price of each material that the chain lists, inside China and outside."""
    words = wording.names.words
    for material in (*words.bought, *words.listed):
        bought = material in words.bought
        series = price_of(tables, material, weights)
        if series.empty:
            continue
        means, peaks = series.mean(), series.max()
        for side, place in (("inside", HOME), ("outside", "OUTSIDE")):
            for word, value in (("mean", means[side]), ("peak", peaks[side])):
                mean = (bought or material in words.mentioned) and word == "mean"
                of = words.services if bought else words.price
                called = wording.spelt(material) if bought else wording.brief(material)
                yield Measure(
                    f"price of {wording.priced(material)}, {word}", place, "USD/kg", float(value), 0,
                    shown=material in words.asked or mean,
                    under=f"price of {of}, {word} of the period (USD/kg)",
                    called=called,
                )  # fmt: skip


def output(activity: pd.DataFrame, years_per_step: float, wording: Wording) -> Iterator[Measure]:
    """Output of the last stage a year by bloc."""
    what, unit = wording.names.words.output, wording.last_unit
    made = activity[activity["stage"] == wording.last]
    years = max(activity["step"].nunique(), 1) * years_per_step
    blocs = made["jurisdiction"].where(made["jurisdiction"].isin(BLOCS), "ROW")
    total = made.groupby(blocs)["tonnes"].sum() / years
    for bloc in (*BLOCS, "ROW"):
        yield Measure(what, bloc, unit, float(total.get(bloc, 0.0)), 0, True)
    yield Measure(what, WORLD, unit, float(total.sum()), 0, True)


def shortages(tables: Tables, years_per_step: float, wording: Wording) -> Iterator[Measure]:
    """Mean shortage, the worst step's and the last year's, by kind of use and jurisdiction."""
    year = steps_of_year(years_per_step)
    share = shortage_table(tables)
    last = share.groupby(level=[0, 1]).tail(year)
    every = share.groupby(level=[0, 1])
    found = {"worst step": every.max(), "last year": last.groupby(level=[0, 1]).mean(), "mean": every.mean()}
    for unit, place in found["mean"].index:
        what = wording.kind_of_use(unit)
        shown = wording.is_service(unit) and place in (*BLOCS, WORLD)
        for word, values in found.items():
            seen = shown and word != "mean"
            value = float(values[unit, place])
            yield Measure(f"shortage of {what}, {word}", place, "share", value, -1, seen)


def money(tables: Tables) -> Iterator[Measure]:
    """Welfare and the cost to the public purse over the period, by jurisdiction, undiscounted.

    The level of welfare hangs on choke prices nobody has seen; only its change means something.
    """
    for name, what, better in (("welfare", "welfare change", 1), ("fiscal_cost", "fiscal cost", -1)):
        total = by_jurisdiction(tables, name)
        for place in sorted(total.index):
            shown = place in (*BLOCS, WORLD)
            usd = float(total[place]) / 1e6
            yield Measure(what, str(place), "million USD", usd, better, shown, name == "welfare")
        if name == "fiscal_cost":
            usd = float(total.reindex(list(ALLIED)).fillna(0.0).sum()) / 1e6
            yield Measure(what, ALLIES, "million USD", usd, better, True)


def by_jurisdiction(tables: Tables, name: str) -> "pd.Series[Any]":
    """`welfare` or `fiscal_cost` added up over the period, USD, with the world's total.

    The model's indicator where it has one, else the sum of the accounts. The indicator already
    counts stocks at base-year prices and surplus from them: (S.2) of `settlement.py`.
    """
    table = tables["indicators"]
    rows = table[(table["indicator"] == name) & (table["jurisdiction"] != WORLD)]
    total = rows.groupby("jurisdiction")["value"].sum() if len(rows) else _totals_from_accounts(tables, name)
    if len(total):
        total.loc[WORLD] = total.sum()
    return total


def _totals_from_accounts(tables: Tables, name: str) -> "pd.Series[Any]":
    """The same from the accounts; a firm counts where most of its capacity stands."""
    accounts = tables["accounts"]
    if name == "fiscal_cost":
        states = accounts[accounts["kind"] == "state"]
        return -states.groupby("owner")["usd"].sum()
    capacity = tables["activity"].groupby(["firm", "jurisdiction"])["capacity"].sum()
    largest = capacity.sort_values().reset_index().drop_duplicates("firm", keep="last")
    home = largest.set_index("firm")["jurisdiction"]
    place = accounts["owner"].map(home).where(accounts["kind"] == "firm", accounts["owner"])
    return accounts["usd"].groupby(place.fillna("ROW")).sum()


def share_of(tables: Tables, stage: str) -> "pd.Series[Any]":
    """China's share of what a stage puts out, by date."""
    found = derive(tables, "shares", lambda: share_series(tables["activity"]))
    return found.get(stage, pd.Series(dtype=float))


def share_series(activity: pd.DataFrame) -> "dict[str, pd.Series[Any]]":
    """China's share of what every stage puts out, by date."""
    keys = ["stage", "date"]
    total = activity.groupby(keys, observed=True)["tonnes"].sum()
    home = activity[activity["jurisdiction"] == HOME].groupby(keys, observed=True)["tonnes"].sum()
    share = (home.reindex(total.index).fillna(0.0) / total.where(total > 0)).dropna()
    return {str(stage): part.droplevel(0) for stage, part in share.groupby(level=0, observed=True)}


def shares(tables: Tables, years_per_step: float, wording: Wording) -> Iterator[Measure]:
    """China's share of each stage in the first and in the last year."""
    year = steps_of_year(years_per_step)
    for stage, word in wording.names.words.stages.items():
        series = share_of(tables, stage)
        if series.empty:
            continue
        for when, part in (("first year", series.iloc[:year]), ("last year", series.iloc[-year:])):
            called, value = f"{word} ({wording.counted(stage)}), {when}", float(part.mean())
            yield Measure(f"share of {word}, {when}", HOME, "share", value, 0, True, called=called)


def steps_of_year(years_per_step: float) -> int:
    """How many steps the last year of a run has."""
    return max(round(1 / years_per_step), 1)


def objectives(tables: Tables) -> Iterator[Measure]:
    """What each state makes of the period by its own objective (O.3); a change, like welfare's."""
    rows = tables["indicators"].query("indicator == 'objective'")
    total = rows.groupby("jurisdiction")["value"].sum()
    for place in sorted(total.index):
        usd = float(total[place]) / 1e6
        yield Measure("objective change", str(place), "million USD", usd, 1, False, True)


def burdens(table: pd.DataFrame, wording: Wording) -> Iterator[Measure]:
    """Environmental burden over the period, by pollutant and jurisdiction."""
    total = table.groupby(["pollutant", "unit", "jurisdiction"])["amount"].sum()
    for key, rows in total.groupby(level=[0, 1]):
        pollutant, given = cast(tuple[str, str], key)
        unit, scale = LARGER.get(given, (given, 1.0))
        part = rows.droplevel([0, 1]) * scale
        what = f"burden: {str(pollutant).replace('_', ' ').replace('co2', 'CO2')}"
        shown = pollutant in wording.names.words.burdens
        for place, amount in part.items():
            yield Measure(what, str(place), unit, float(amount), -1, shown and place == HOME)
        abroad = float(part.drop(HOME, errors="ignore").sum())
        yield Measure(what, "OUTSIDE", unit, abroad, -1, shown)
