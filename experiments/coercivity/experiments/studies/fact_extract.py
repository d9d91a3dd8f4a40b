"""What stylised facts are judged by: the tables of a run cut down, and panels of their figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from coercivity.experiments.runs.gathered import Tables


@dataclass(frozen=True)
class Panel:
    """One panel of a figure: lines by name, over dates."""

    title: str
    unit: str
    lines: "Mapping[str, pd.Series[Any]]"


@dataclass(frozen=True)
class Boiled:
    """What facts ask of a run: prices by material and place, output by stage, place and firm, and more."""

    price: pd.DataFrame
    output: pd.DataFrame
    stock: pd.DataFrame
    indicators: pd.DataFrame
    events: pd.DataFrame

    def prices(self, material: str, place: str) -> "pd.Series[Any]":
        """USD/kg by date."""
        found: pd.Series[Any] = self.price[material].loc[:, place]
        return found

    def made(self, stage: str, outside: Sequence[str] = (), inside: Sequence[str] = ()) -> "pd.Series[Any]":
        """Tonnes by date, without some places, or only in some."""
        rows = self.output[self.output["stage"] == stage]
        if outside:
            rows = rows[~rows["jurisdiction"].isin(list(outside))]
        if inside:
            rows = rows[rows["jurisdiction"].isin(list(inside))]
        return rows.groupby("date")["tonnes"].sum().reindex(self.price.index, fill_value=0.0)

    def stored(self, materials: Sequence[str], outside: Sequence[str]) -> "pd.Series[Any]":
        """Tonnes in private and public stocks by date, without some places."""
        rows = self.stock[self.stock["material"].isin(list(materials))]
        rows = rows[~rows["jurisdiction"].isin(list(outside))]
        return rows.groupby("date")["tonnes"].sum().reindex(self.price.index, fill_value=0.0)

    def indicator(self, name: str, place: str) -> "pd.Series[Any]":
        """An indicator by date."""
        rows = self.indicators[
            (self.indicators["indicator"] == name) & (self.indicators["jurisdiction"] == place)
        ]
        return rows.set_index("date")["value"].reindex(self.price.index, fill_value=0.0)

    def happened(self, kind: str) -> pd.DataFrame:
        """Events of a kind."""
        return self.events[self.events["kind"] == kind]


MATERIALS = ("oxide:Nd", "oxide:Dy", "oxide:La", "oxide:Ce", "magnet:standard", "magnet:high_coercivity")


def extract(tables: Tables) -> Boiled:
    """The few columns that facts need."""
    prices = tables["prices"]
    few = prices[prices["material"].isin(MATERIALS)]
    keys = ["date", "stage", "jurisdiction", "firm"]
    return Boiled(
        few.pivot_table(index="date", columns=["material", "jurisdiction"], values="price"),
        tables["activity"].groupby(keys)["tonnes"].sum().reset_index(),
        tables["stocks"][["date", "jurisdiction", "material", "tonnes"]],
        tables["indicators"][["date", "indicator", "jurisdiction", "value"]],
        tables["events"],
    )
