"""Friendshoring: public money for plants abroad or at home, alone or pooled between allies.

Grants, loans, shares and guarantees for capital, offtakes and price floors for revenue.
"""

import math
from typing import Any, ClassVar

from coercivity.model.inputs.fields import (
    Amount,
    Jurisdiction,
    LeverPart,
    MaterialName,
    Month,
    MonthOrNone,
    PlantName,
    ShareSchedule,
    Stage,
    setting,
)
from coercivity.model.inputs.instruments import Instrument, Offtake, PriceFloor, Subsidy
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever, at


class Floor(LeverPart):
    """A contract for difference."""

    price: Amount = setting(..., "the floor", "USD/kg", {"2025-10": 110.0})
    volume: float = setting(..., "what it covers", "t/yr", gt=0)
    plants: list[PlantName] = setting(
        [], "the only plants it is for, wherever they stand; none: all in the lever's places", "plants"
    )
    end: MonthOrNone = setting("", "month in which it ends, which owners know; none: no end", "month")
    upside: ShareSchedule = setting(0.0, "of the price above `above` that goes to the state", "share")
    above: float = setting(
        0.0, "price from which the state has its share; the floor, if that is higher", "USD/kg", ge=0
    )
    cap: float = setting(1e6, "most that the state takes so in a year", "million USD/yr", ge=0)

    def contract(
        self, state: str, material: str, places: tuple[str, ...], price: float, date: str, lever: str
    ) -> PriceFloor:
        """The instrument it is, at the price of the day."""
        return PriceFloor(
            state,
            material,
            places,
            price,
            self.volume,
            tuple(self.plants),
            int(self.end[:4]) + (int(self.end[5:7]) - 1) / 12.0 if self.end else math.inf,
            at(self.upside, date) or 0.0,
            self.above,
            self.cap,
            lever=lever,
        )


class Friendshoring(Lever):
    """Public money for plants abroad or at home, alone or pooled between allies."""

    summary: ClassVar[str] = "grant, loan, equity, guarantee, offtake and price floor for plants of allies"
    note: ClassVar[str] = (
        "Where several states list the same places they share what they pay in proportion to what is left "
        "of their budgets: that is pooling. A rule-following state stretches budget, share and cuts with "
        "its perceived risk (D.2)."
    )
    places: list[Jurisdiction] = setting([], "where it may be spent, home included if meant", "codes")
    stages: list[Stage] = setting(
        ["extract", "separate", "reduce", "assemble", "recycle"], "kinds of plant it is for", "stages"
    )
    plants: dict[PlantName, Amount] = setting(
        {},
        "the only plants it is for, wherever they stand, and how many units of each are paid for by then; "
        "none: any in its places",
        "units",
        {"generic_magnet_eu": {"2028-01": 4}},
    )
    award: dict[PlantName, Amount] = setting(
        {},
        "most public money that a unit of a plant is paid, as its tender says, whatever the unit comes to "
        "cost; none: its share of that",
        "million USD",
        {"generic_magnet_eu": 40.0},
    )
    start: Month = setting("2005-01", "month from which it is on offer", "month")
    end: Month = setting("2061-12", "month from which it is not any more", "month")
    budget: float = setting(
        0.0,
        "for grants, loans and shares; what is left over at the end of a year lapses",
        "million USD/yr",
        ge=0,
    )
    capital_share: float = setting(0.0, "of a project's capital cost given by the state", "share", ge=0, le=1)
    loan_share: float = setting(0.0, "of its capital cost lent by the state", "share", ge=0, le=1)
    loan_rate: float = setting(0.03, "interest on that loan, real", "per year", ge=0, le=0.2)
    loan_years: float = setting(
        15.0, "to pay it back in equal instalments from the opening on", "years", gt=0, le=40
    )
    equity_share: float = setting(
        0.0,
        "of its capital cost that the state takes in shares; it then has that part of profits",
        "share",
        ge=0,
        le=1,
    )
    loan_cut: float = setting(
        0.0,
        "points a guarantee of the owner's bonds takes off a project's hurdle rate; in force only with a "
        "budget. It costs nothing until an owner fails; then the state pays",
        "per year",
        ge=0,
        le=0.1,
    )
    offtake_cut: float = setting(
        0.0,
        "points a firm buyer takes off the hurdle rate (both cuts together count for at most 0.08)",
        "per year",
        ge=0,
        le=0.1,
    )
    offtake_share: float = setting(
        0.5,
        "of output bought forward at the price expected when it is signed: the state pays the difference, or "
        "keeps it",
        "share",
        gt=0,
        le=1,
    )
    offtake_most: float | None = setting(
        None,
        "multiple of the price as the run begins above which an offtake fixes none, as its tender says; "
        "none: any price of the day",
        "ratio",
        gt=0,
    )
    floor: dict[MaterialName, Floor] = setting(
        {},
        "contracts for difference by material: the state pays the gap between the floor and the last "
        "price, on the share of output in its places, or of the plants it names, that the volume covers",
        "contracts",
        {"oxide:Nd": {"price": {"2025-10": 110.0}, "volume": 12000.0}},
    )

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """What projects in its places may count on this step."""
        if not (self.start <= view.date[:7] < self.end) or strength <= 0:
            return ()
        places, stages = tuple(self.places), tuple(self.stages)
        units = tuple((name, at(schedule, view.date) or 0.0) for name, schedule in self.plants.items())
        stated = {name: at(schedule, view.date) for name, schedule in self.award.items()}
        awards = tuple((name, award) for name, award in stated.items() if award is not None)
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
                    units,
                    awards,
                    lever=self.name,
                )
            )
        if self.offtake_cut > 0:
            cut, most = strength * self.offtake_cut, self.offtake_most or math.inf
            share = self.offtake_share
            found.append(Offtake(view.place, places, stages, cut, share, units, most, lever=self.name))
        for material, floor in self.floor.items():
            price = at(floor.price, view.date)
            if price is not None and not (floor.end and view.date[:7] >= floor.end):
                found.append(floor.contract(view.place, material, places, price, view.date, self.name))
        return tuple(found)


LEVER: Any = Friendshoring
