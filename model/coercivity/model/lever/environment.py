"""Environmental stringency: what pollution costs, how much is tolerated."""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import Amount, Pollutant, setting
from coercivity.model.inputs.instruments import BurdenCap, Charge, Instrument
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever, at


class Environment(Lever):
    """What pollution costs, and how much of it is tolerated."""

    summary: ClassVar[str] = "charge on each pollutant and cap on its amount"
    note: ClassVar[str] = (
        "Pollutants: ammonia_nitrogen (kg), co2, leaching_salt, radioactive_residue, tailings (t), "
        "waste_gas, wastewater (m3)."
    )
    charge: dict[Pollutant, Amount] = setting(
        {},
        "factor on the charge in force (burdens.csv, scaled to compliance cost) by pollutant, or `all`; 1 "
        "is the evidence",
        "factor",
        {"all": {"2026-01": 1.5, "2030-01": 4.0}},
    )
    cap: dict[Pollutant, Amount] = setting(
        {},
        "most of a pollutant tolerated, in the unit of burdens.csv a year",
        "units/yr",
        {"wastewater": 4.0e7},
    )

    def caps(self, place: str) -> tuple[tuple[str, str], ...]:
        """Every pollutant with a cap."""
        return tuple((place, pollutant) for pollutant in self.cap)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Charges as factors, moved towards 1 at less than full strength; caps as they are."""
        found: list[Instrument] = []
        for pollutant, schedule in self.charge.items():
            factor = at(schedule, view.date)
            if factor is not None:
                found.append(Charge(view.place, pollutant, 1.0 + strength * (factor - 1.0), lever=self.name))
        for pollutant, schedule in self.cap.items():
            amount = at(schedule, view.date)
            if amount is not None and strength > 0:
                found.append(BurdenCap(view.place, pollutant, amount, lever=self.name))
        return tuple(found)


LEVER: Any = Environment
