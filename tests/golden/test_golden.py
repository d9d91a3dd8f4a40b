"""Every scenario's first year, number by number: a change of results is noticed and meant.

`make golden` writes the files of this folder anew.
"""

import csv
import os
from pathlib import Path

import pandas as pd
import pytest

HERE = Path(__file__).parent
SCENARIOS = sorted(path.stem for path in (HERE.parents[1] / "conf" / "scenario").glob("*.yaml"))
CLOCK = ("clock.start=2025-01", "clock.end=2026-01", "clock.step=quarter")
PAST = ("clock.start=2010-01", "clock.end=2011-01", "clock.step=quarter")
PREDICTED = ("clock.start=2015-01", "clock.end=2016-01", "clock.step=quarter")
GALLIUM = ("clock.start=2023-07", "clock.end=2025-07", "clock.step=quarter")  # licences, then the ban
RISE = ("clock.start=1991-01", "clock.end=1996-01", "clock.step=year")
CLOCKS = {1990: RISE, 2009: PAST, 2014: PREDICTED, 2022: GALLIUM, 2024: CLOCK}
RELATIVE, ABSOLUTE = 1e-6, 1e-8
PRICES = {
    "rare_earths": (
        *(("oxide:Nd", "CN"), ("oxide:Nd", "US"), ("oxide:Dy", "CN"), ("oxide:Dy", "JP")),
        ("oxide:Tb", "EU"),
    ),
    "gallium_germanium": (("refined:Ga", "CN"), ("refined:Ga", "JP"), ("pure:Ge", "CN"), ("pure:Ge", "US")),
    "rare_earths_1990": (("oxide:RE", "CN"), ("oxide:RE", "JP"), ("oxide:RE", "US")),
}
INDICATORS = {
    "rare_earths": (
        *(("share of mining", "CN"), ("share of separation", "CN"), ("share of magnet", "CN")),
        *(("shortage of magnets", "WORLD"), ("fiscal_cost", "US"), ("welfare", "WORLD")),
    ),
    "gallium_germanium": (
        *(("share of recovery", "CN"), ("share of refining", "CN"), ("share of purification", "CN")),
        *(("shortage of high-purity metal", "WORLD"), ("welfare", "WORLD")),
    ),
    "rare_earths_1990": (
        *(("share of mining", "CN"), ("share of mining", "US"), ("share of separation", "CN")),
        *(("fiscal_cost", "CN"), ("welfare", "WORLD")),
    ),
}


def first_year(scenario: str) -> pd.DataFrame:
    """A dozen numbers a quarter, by date."""
    from coercivity.experiments.base.paths import evidence_of
    from coercivity.experiments.base.progress import silent
    from coercivity.experiments.config.compose import compose
    from coercivity.experiments.runs.run import simulate

    settings = compose([f"scenario={scenario}"]).settings
    chain, clock = settings.chain.name, CLOCKS[settings.market.base_year]
    composed = compose([f"scenario={scenario}", *clock])
    tables, _ = simulate(composed, evidence_of(composed.values), silent)
    prices = tables["prices"].set_index(["material", "jurisdiction", "date"])["price"].sort_index()
    indicators = tables["indicators"].set_index(["indicator", "jurisdiction", "date"])["value"].sort_index()
    legal = tables["flows"].query("channel == 'legal' and origin == 'CN'")
    columns = {f"{material} {place} USD/kg": prices[material, place] for material, place in PRICES[chain]}
    columns |= {f"{name} {place}": indicators[name, place] for name, place in INDICATORS[chain]}
    columns["exports of China t"] = legal.groupby("date")["tonnes"].sum()
    co2 = tables["burdens"].query("pollutant == 'co2'")
    columns["co2 t"] = co2.groupby("date")["amount"].sum()
    return pd.DataFrame(columns).fillna(0.0)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_first_year_is_as_it_was(scenario: str) -> None:
    file = HERE / f"{scenario}.csv"
    now = first_year(scenario)
    if os.environ.get("COERCIVITY_GOLDEN") == "rewrite":
        now.to_csv(file, index_label="date", float_format="%.10g", lineterminator="\n")
    with file.open(encoding="utf-8", newline="") as stream:
        before = {row.pop("date"): row for row in csv.DictReader(stream)}
    assert list(before) == list(now.index)
    for date, row in before.items():
        expected = {name: float(value) for name, value in row.items()}
        assert now.loc[date].to_dict() == pytest.approx(expected, rel=RELATIVE, abs=ABSOLUTE), (
            f"{scenario} at {date} differs; when that is meant, `make golden` writes it anew"
        )
