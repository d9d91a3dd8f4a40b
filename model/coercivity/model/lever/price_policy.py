"""Price policy: quotas steer the price to a target, and flood the market when rivals build.

growth added = clip( gain · ln(p / (target · p₀)), ±most ) + flood · [rivals > trigger]      (D.26)

With a target below what entrants need, every plant under construction abroad is answered by more
ore: rivals is the share of capacity at a stage that others have or are building, as announced.
"""

import math
from typing import Any, ClassVar

from pydantic import Field

from coercivity.model.instruments import Instrument, QuotaShift
from coercivity.model.lever import Lever, Schedule, at
from coercivity.model.observation import StateView

MOST = 0.15  # a year, as for the quota itself


class PricePolicy(Lever):
    """target: multiple of the base-year price of `material`; gain: growth a year per log of price.

    flood: growth added, a year, while rivals' share of capacity at `stage` is above `trigger`
    """

    staged: ClassVar[tuple[str, ...]] = ("stage",)
    summary: ClassVar[str] = "quotas steered to a target price, and raised when rivals build"
    material: str = "signal"
    target: Schedule | None = None
    gain: float = Field(0.2, ge=0, le=2)
    flood: float = Field(0.0, ge=0, le=0.5)
    trigger: float = Field(0.3, ge=0, le=1)
    stage: str = "separate"

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """What is added to the growth of every quota."""
        target = at(self.target, view.date)
        growth = 0.0
        if target is not None:
            dear = math.log(max(view.relative_price(self.material), 0.05) / target)
            growth += max(-MOST, min(MOST, self.gain * dear))
        if view.rivals.get(self.stage, 0.0) > self.trigger:
            growth += self.flood
        if growth == 0.0 or strength <= 0:
            return ()
        return tuple(QuotaShift(view.place, kind, strength * growth, lever=self.name) for kind in view.quotas)


LEVER: Any = PricePolicy
