"""Export tax: a rate on the origin's price in the very solve, in the duty's place."""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import MaterialPattern, Rate, setting
from coercivity.model.inputs.instruments import ExportTax, Instrument
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever, at


class ExportTaxes(Lever):
    """A rate on the origin's price, in the place of the duty in taxes.csv."""

    summary: ClassVar[str] = "ad valorem tax on exports, by material"
    note: ClassVar[str] = "null gives the evidence's duty (taxes.csv) back."
    rate: dict[MaterialPattern, Rate] = setting(
        {},
        "share of the price including unrefunded value added tax, by material or pattern, in the place of "
        "the duty in taxes.csv; the last pattern that fits holds. Tax every form that trade may move to: "
        "oxide and metal",
        "share",
        {"oxide:*": 0.15, "metal:*": 0.15},
    )

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Rates in force, scaled by strength."""
        rates = {pattern: at(schedule, view.date) for pattern, schedule in self.rate.items()}
        return tuple(
            ExportTax(view.place, pattern, rate * strength, lever=self.name)
            for pattern, rate in rates.items()
            if rate is not None
        )


LEVER: Any = ExportTaxes
