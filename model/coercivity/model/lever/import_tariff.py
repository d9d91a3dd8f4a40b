"""Import tariff: a rate on what is landed, by material and origin."""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import Anywhere, MaterialPattern, Rate, setting
from coercivity.model.inputs.instruments import Instrument, Tariff
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever, at


class ImportTariffs(Lever):
    """A rate on what is landed, in the place of the tariff in taxes.csv."""

    summary: ClassVar[str] = "ad valorem tariff on imports, by material and origin"
    note: ClassVar[str] = "null gives the evidence's tariff (taxes.csv) back."
    rate: dict[MaterialPattern, dict[Anywhere, Rate]] = setting(
        {},
        "share of the price at the border before any licence premium, by material or pattern, then by "
        "origin (code, or all), in the place of the tariff in taxes.csv. Tax every form that trade may "
        "move to: oxide and metal",
        "share",
        {"magnet:*": {"CN": 0.25}},
    )

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
