"""The IAMC format of integrated assessment: model, scenario, region, variable, unit, then a column a year.

Huppmann et al. (2021, Open Research Europe) describe it; pyam reads it. Prices and shares are means of a
year, amounts are sums; variables are named `Price|Oxide|Dy`, `Production|Magnet`, `Shortage|t magnet`.
Only whole calendar years are written: half a year's output is not a year's.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.dataset as ds

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.config.places import NAMES
from coercivity.experiments.runs.result import load_result
from coercivity.experiments.sweeps.checking import check_dataset
from coercivity.experiments.sweeps.plan import read_plan, stored_design
from coercivity.model.inputs.settings import STEPS_A_YEAR

MODEL = "coercivity"
INDEX = ["model", "scenario", "region", "variable", "unit"]
TABLES = ("prices", "activity", "uses", "burdens", "indicators")
SUMMED = ("USD",)  # units of indicators that add up over a year; all others are averaged
Kept = Mapping[str, pd.DataFrame]


def write_iamc(folder: Path, out: Path) -> tuple[Path, str]:
    """Write a result's tables as IAMC; the file and what is in it."""
    frames, parts = [], set()
    for scenario, tables, months in _scenarios(folder):
        whole, part = split_years({date for table in tables.values() for date in table["date"]}, months)
        parts |= part
        if whole:
            frames.append(iamc(_keep_years(tables, whole), scenario))
    if not frames:
        raise UserError(
            f"{folder} holds no whole calendar year, and a table of the IAMC has a column a year; "
            "let the clock run from one January to another"
        )
    table = pd.concat(frames, ignore_index=True)
    wide = table.pivot_table(index=INDEX, columns="year", values="value", aggfunc="first").reset_index()
    wide.columns = [str(name) for name in wide.columns]
    wide.to_csv(out, index=False, lineterminator="\n")
    names = table["scenario"].nunique()
    said = f"{len(wide):,} rows of {table['variable'].nunique():,} variables for {names:,} scenarios"
    left_out = ", ".join(map(str, sorted(parts)))
    return out, f"{said}; left out, since they are not whole: {left_out}" if parts else said


def split_years(dates: Iterable[str], months: int) -> tuple[set[int], set[int]]:
    """Calendar years that steps of so many months fill, and those of which they hold a part.

    >>> split_years(("2025-01-01", "2025-07-01", "2026-01-01"), 6)
    ({2025}, {2026})
    """
    held: dict[int, set[int]] = {}
    for date in set(dates):
        first = 12 * int(date[:4]) + int(date[5:7]) - 1
        for month in range(first, first + months):
            held.setdefault(month // 12, set()).add(first)
    size = 12 // months
    whole = {year for year, steps in held.items() if len(steps) == size and min(steps) == 12 * year}
    return whole, set(held) - whole


def is_iamc(path: Path) -> bool:
    """Whether a file is a table as written here."""
    with path.open("rb") as stream:
        return stream.readline(200).startswith(",".join(INDEX).encode())


def iamc(tables: Kept, scenario: str) -> pd.DataFrame:
    """The tables of a run, a row a region, variable and year."""
    parts = [part for name, make in _MAKERS.items() if name in tables for part in make(tables[name])]
    found = pd.concat(parts, ignore_index=True)
    found = found[found["value"].notna()]
    found["region"] = found["region"].map(lambda code: NAMES.get(code, code)).replace({"world": "World"})
    return found.assign(model=MODEL, scenario=scenario)


def _keep_years(tables: Kept, years: set[int]) -> Kept:
    return {name: table[table["date"].str[:4].astype(int).isin(years)] for name, table in tables.items()}


def _scenarios(folder: Path) -> Iterator[tuple[str, Kept, int]]:
    """Tables and months of a step of every run, by its name."""
    result = load_result(folder)
    if result.kind == "sweep":
        months = _months(result.config)
        yield from ((name, tables, months) for name, tables in _of_dataset(folder))
        return
    if not result.runs:
        raise UserError(f"{folder} is the result of `{result.kind}`, which keeps no tables with years")
    for name, runs in result.runs.items():
        for run in runs:
            many = f"{name} seed {run.manifest.seed}" if len(runs) > 1 else name
            yield many, {table: run.tables[table] for table in TABLES}, _months(run.config)


def _months(config: Mapping[str, Any]) -> int:
    return 12 // STEPS_A_YEAR[config["clock"]["step"]]


def _of_dataset(folder: Path) -> Iterator[tuple[str, Kept]]:
    """The runs of a dataset that kept tables, one at a time."""
    check_dataset(folder)
    kept = [name for name in read_plan(folder).tables if name in TABLES]
    if not kept:
        raise UserError(
            f"{folder} kept no table with years; sweep with --tables {','.join(TABLES)} to export runs"
        )
    sources = {name: ds.dataset(folder / "tables" / name, format="parquet") for name in kept}
    design = stored_design(folder).table
    for run, policy in zip(design["run"].to_pylist(), design["policy"].to_pylist(), strict=True):
        tables = {
            name: source.to_table(filter=ds.field("run") == run).to_pandas()
            for name, source in sources.items()
        }
        if any(len(table) for table in tables.values()):
            yield f"{policy} {run:06d}", tables


def _yearly(table: pd.DataFrame, keys: list[str], value: str, how: str) -> pd.DataFrame:
    """A column by its keys and year."""
    dated = table.assign(year=table["date"].str[:4].astype(int))
    grouped: Any = dated.groupby([*keys, "year"], sort=False)[value]
    return pd.DataFrame(grouped.agg(how)).reset_index().rename(columns={value: "value", keys[0]: "region"})


def _prices(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    found = _yearly(table, ["jurisdiction", "material"], "price", "mean")
    names = {
        name: "|".join(["Price", *(_title(part) for part in name.split(":"))]) for name in found["material"]
    }
    yield found.assign(variable=found["material"].map(names), unit="USD/kg").drop(columns="material")


def _activity(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    found = _yearly(table, ["jurisdiction", "stage"], "tonnes", "sum")
    everywhere = found.groupby(["stage", "year"], as_index=False)["value"].sum().assign(region="WORLD")
    for part in (found, everywhere):
        yield part.assign(variable="Production|" + part["stage"].map(_title), unit="t/yr").drop(
            columns="stage"
        )


def _uses(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    lacking = table.assign(short=table["shortage"] * table["wanted"])
    for how, column in (("Demand|Wanted", "wanted"), ("Demand|Served", "served"), ("Demand|Short", "short")):
        found = _yearly(lacking, ["jurisdiction", "unit"], column, "sum")
        yield found.assign(variable=how + "|" + found["unit"], unit=found["unit"] + "/yr")


def _burdens(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    found = _yearly(table, ["jurisdiction", "pollutant", "unit"], "amount", "sum")
    named = "Burden|" + found["pollutant"].map(_title)
    yield found.assign(variable=named, unit=found["unit"] + "/yr").drop(columns="pollutant")


def _indicators(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for summed in (True, False):
        mine = table[table["unit"].isin(SUMMED) == summed]
        if len(mine):
            found = _yearly(mine, ["jurisdiction", "indicator", "unit"], "value", "sum" if summed else "mean")
            units = found["unit"].map(lambda unit: f"{unit}/yr" if unit in SUMMED else unit)
            named = "Indicator|" + found["indicator"].str.replace(": ", "|")
            yield found.assign(variable=named, unit=units).drop(columns="indicator")


def _title(text: str) -> str:
    """A word of ours as IAMC writes it.

    >>> _title("high_coercivity"), _title("Dy")
    ('High Coercivity', 'Dy')
    """
    return " ".join(word[:1].upper() + word[1:] for word in text.split("_"))


_MAKERS = {
    "prices": _prices,
    "activity": _activity,
    "uses": _uses,
    "burdens": _burdens,
    "indicators": _indicators,
}
