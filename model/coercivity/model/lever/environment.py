"""Environmental stringency: what pollution costs, how much is tolerated."""

from typing import Any, ClassVar

from coercivity.model.instruments import BurdenCap, Charge, Instrument
from coercivity.model.lever import Lever, Schedule, at
from coercivity.model.observation import StateView


class Environment(Lever):
    """charge: factor on the rate in force, by pollutant (`all` for any); cap: units a year."""

    summary: ClassVar[str] = "charge on each pollutant and cap on its amount"
    charge: dict[str, Schedule] = {}
    cap: dict[str, Schedule] = {}

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
