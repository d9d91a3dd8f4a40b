"""Import tariff: a rate on what is landed, by material and origin."""

from typing import Any, ClassVar

from coercivity.model.instruments import Instrument, Tariff
from coercivity.model.lever import Lever, Schedule, at
from coercivity.model.observation import StateView


class ImportTariffs(Lever):
    """Rates by material pattern and origin (`all` for any), as shares; they replace the evidence's."""

    summary: ClassVar[str] = "ad valorem tariff on imports, by material and origin"
    rate: dict[str, dict[str, Schedule]] = {}

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Rates in force, scaled by strength."""
        found: list[Instrument] = []
        for pattern, origins in self.rate.items():
            for origin, schedule in origins.items():
                rate = at(schedule, view.date)
                if rate is not None:
                    found.append(Tariff(view.place, pattern, origin, rate * strength, lever=self.name))
        return tuple(found)


LEVER: Any = ImportTariffs
