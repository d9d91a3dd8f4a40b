"""What the explorer shows of a run: a row of numbers by quarter for every outcome."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coercivity.experiments.config.labels import Wording
from coercivity.experiments.config.places import ALLIED
from coercivity.experiments.measures.catalogue import price_series, price_weights, share_series
from coercivity.experiments.measures.quantities import shortages
from coercivity.experiments.runs.gathered import Tables, gather

Floats = NDArray[np.float64]
QUARTERS = 40
PRICE, SHORT, PLAIN = "price", "short", "plain"  # how an outcome is emulated: as a log, a root, or as it is
OUTCOMES: Mapping[str, str] = {
    "dy_out": PRICE,
    "dy_in": PRICE,
    "magnet_out": PRICE,
    "magnet_in": PRICE,
    "short_EU": SHORT,
    "short_US": SHORT,
    "short_JP": SHORT,
    "ndpr_out": PRICE,
    "ndpr_in": PRICE,
    "separation": PLAIN,
    "magnets": PLAIN,
    "cost": PLAIN,
}
GROUPS = (  # outcomes that share how far sliders reach
    ("dy_out", "dy_in", "magnet_out", "magnet_in", "short_EU", "short_US", "short_JP"),
    ("ndpr_out", "ndpr_in"),
    ("separation", "magnets"),
    ("cost",),
)


def outcomes(tables: Tables, wording: Wording) -> Floats:
    """Every outcome of a run by quarter, in the order of `OUTCOMES`.

    Prices outside are weighted by imports of the base year, as everywhere; public cost is
    what the allies have paid since the start, billion USD. A quarter without trade keeps the last price.
    """
    tables = gather(tables)
    dates = sorted(tables["prices"]["date"].unique())
    weights = price_weights(tables)

    def price(material: str) -> pd.DataFrame:
        return price_series(tables, material, weights).droplevel(0)

    dysprosium, magnet = price("oxide:Dy"), price("magnet:high_coercivity")
    light = 0.8 * price("oxide:Nd") + 0.2 * price("oxide:Pr")
    short = shortages(tables)
    unit = wording.names.units.service
    stages = wording.names.stages
    found: dict[str, pd.Series[Any]] = {
        "dy_out": dysprosium["outside"],
        "dy_in": dysprosium["inside"],
        "magnet_out": magnet["outside"],
        "magnet_in": magnet["inside"],
        **{f"short_{place}": short.loc[unit, place].droplevel(0) for place in ("EU", "US", "JP")},
        "ndpr_out": light["outside"],
        "ndpr_in": light["inside"],
        "separation": share_series(tables, stages.separate).droplevel(0),
        "magnets": share_series(tables, wording.last).droplevel(0),
        "cost": _cost(tables["indicators"]).reindex(dates).fillna(0.0).cumsum(),
    }
    rows = [found[name].reindex(dates).ffill().bfill().to_numpy(dtype=float) for name in OUTCOMES]
    return np.array(rows)


def _cost(indicators: pd.DataFrame) -> "pd.Series[Any]":
    """What the allies pay less what they take in, by date, billion USD."""
    mine = indicators["indicator"].eq("fiscal_cost") & indicators["jurisdiction"].isin(ALLIED)
    return indicators[mine].groupby("date", observed=True)["value"].sum() / 1e9


def forward(values: Floats) -> Floats:
    """Outcomes (run, outcome, quarter) as they are emulated."""
    made = values.copy()
    for n, kind in enumerate(OUTCOMES.values()):
        if kind == PRICE:
            made[:, n] = np.log(np.maximum(values[:, n], 1e-3))
        elif kind == SHORT:
            made[:, n] = np.sqrt(np.maximum(values[:, n], 0.0))
    return made


def backward(emulated: Floats) -> Floats:
    """What is emulated, in the units of outcomes."""
    made = emulated.copy()
    for n, kind in enumerate(OUTCOMES.values()):
        if kind == PRICE:
            made[:, n] = np.exp(emulated[:, n])
        elif kind == SHORT:
            made[:, n] = np.maximum(emulated[:, n], 0.0) ** 2
    return made
