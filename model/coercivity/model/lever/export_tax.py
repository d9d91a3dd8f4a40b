"""Export tax: a rate on the origin's price in the very solve, in the duty's place."""

from typing import Any, ClassVar

from coercivity.model.instruments import ExportTax, Instrument
from coercivity.model.lever import Lever, Schedule, at
from coercivity.model.observation import StateView


class ExportTaxes(Lever):
    """Rates by material pattern, such as `oxide:*`, as shares."""

    summary: ClassVar[str] = "ad valorem tax on exports, by material"
    rate: dict[str, Schedule] = {}

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Rates in force, scaled by strength."""
        rates = {pattern: at(schedule, view.date) for pattern, schedule in self.rate.items()}
        return tuple(
            ExportTax(view.place, pattern, rate * strength, lever=self.name)
            for pattern, rate in rates.items()
            if rate is not None
        )


LEVER: Any = ExportTaxes
