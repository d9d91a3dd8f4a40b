"""Friendshoring: public money for plants abroad or at home, alone or pooled between allies.

Grants, loans, shares and guarantees for capital, offtakes and price floors for revenue.
"""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from coercivity.model.instruments import Instrument, Offtake, PriceFloor, Subsidy
from coercivity.model.lever import Lever, Schedule, at
from coercivity.model.observation import StateView


class Floor(BaseModel):
    """A contract for difference: USD/kg, and tonnes a year it covers."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    price: Schedule
    volume: float = Field(gt=0)


class Friendshoring(Lever):
    """places: where it may be spent; budget: million USD a year, for grants, loans and shares.

    capital_share, loan_share, equity_share: of capex; loan_rate: real, a year; loan_years: from opening
    loan_cut: points a guarantee takes off the hurdle rate; offtake_cut: and an offtake of offtake_share
    stages: by name, or by part, as in the chain's file; floor: by material
    """

    staged: ClassVar[tuple[str, ...]] = ("stages",)
    summary: ClassVar[str] = "grant, loan, equity, guarantee, offtake and price floor for plants of allies"
    places: list[str] = []
    stages: list[str] = ["extract", "separate", "reduce", "assemble", "recycle"]
    start: str = "2005-01"
    end: str = "2061-12"
    budget: float = Field(0.0, ge=0)
    capital_share: float = Field(0.0, ge=0, le=1)
    loan_share: float = Field(0.0, ge=0, le=1)
    loan_rate: float = Field(0.03, ge=0, le=0.2)
    loan_years: float = Field(15.0, gt=0, le=40)
    equity_share: float = Field(0.0, ge=0, le=1)
    loan_cut: float = Field(0.0, ge=0, le=0.1)
    offtake_cut: float = Field(0.0, ge=0, le=0.1)
    offtake_share: float = Field(0.5, gt=0, le=1)
    floor: dict[str, Floor] = {}

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """What projects in its places may count on this step."""
        if not (self.start <= view.date[:7] < self.end) or strength <= 0:
            return ()
        places, stages = tuple(self.places), tuple(self.stages)
        found: list[Instrument] = []
        if self.budget > 0:
            found.append(
                Subsidy(
                    view.place,
                    places,
                    stages,
                    min(strength * self.capital_share, 1.0),
                    strength * self.loan_cut,
                    strength * self.budget,
                    min(strength * self.loan_share, 1.0),
                    self.loan_rate,
                    self.loan_years,
                    min(strength * self.equity_share, 1.0),
                    lever=self.name,
                )
            )
        if self.offtake_cut > 0:
            cut = strength * self.offtake_cut
            found.append(Offtake(view.place, places, stages, cut, self.offtake_share, lever=self.name))
        for material, floor in self.floor.items():
            price = at(floor.price, view.date)
            if price is not None:
                found.append(PriceFloor(view.place, material, places, price, floor.volume, lever=self.name))
        return tuple(found)


LEVER: Any = Friendshoring
