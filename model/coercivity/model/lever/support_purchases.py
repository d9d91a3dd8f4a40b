"""Support purchases: a state buys what is cheap into its reserve and sells what is dear.

    S* = most  if p < buy_below · p₀;   0  if p > sell_above · p₀;   else S             (D.27)

approached along the curve of (D.3). It props prices up for producers at home when they fall, as the
purchases of a reserve bureau or of a producer group do.
"""

from typing import Any, ClassVar

from pydantic import model_validator

from coercivity.model.inputs.fields import MaterialPattern, setting
from coercivity.model.inputs.instruments import Instrument, PublicStock
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever

NEVER = 1e6  # multiple of the expected price at which a reserve would be released by itself


class SupportPurchases(Lever):
    """A state buys what is cheap into its reserve and sells what is dear."""

    summary: ClassVar[str] = "reserve that buys below a support price and sells above a ceiling"
    note: ClassVar[str] = (
        "Do not stock the same material with stockpile. China's reserve bureau bought 10,090 t in 2014, "
        "Baotou supported NdPr in 2011 (policies.csv)."
    )
    materials: list[MaterialPattern] = setting(
        [], "materials or patterns it may buy", "patterns", ["oxide:Nd"]
    )
    buy_below: float = setting(
        0.8, "multiple of the base-year price at home below which it buys", "factor", gt=0
    )
    sell_above: float = setting(2.0, "multiple of that price above which it sells", "factor", gt=0)
    most: float = setting(60.0, "of base-year use that the reserve may hold", "days", ge=0, le=3650)
    speed: float = setting(0.5, "share of the gap closed in a year", "per year", ge=0, le=4)

    @model_validator(mode="after")
    def _order(self) -> "SupportPurchases":
        if self.sell_above <= self.buy_below:
            raise ValueError(f"sell_above {self.sell_above:g} is not above buy_below {self.buy_below:g}")
        return self

    def public(self, place: str) -> tuple[tuple[str, str], ...]:
        """Everything it may buy."""
        return tuple((place, pattern) for pattern in self.materials)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """A target for each material bought or sold now; the others just lie there."""
        found: list[Instrument] = []
        for material, use in view.annual_use.items():
            if not any(view.falls_under(material, pattern) for pattern in self.materials):
                continue
            price = view.relative_price(material)
            if price < self.buy_below:
                aim = strength * self.most / 365.0 * use
            elif price > self.sell_above:
                aim = 0.0
            else:
                continue
            found.append(
                PublicStock(view.place, material, aim, self.speed, NEVER, lever=self.name, buy_below=NEVER)
            )
        return tuple(found)


LEVER: Any = SupportPurchases
