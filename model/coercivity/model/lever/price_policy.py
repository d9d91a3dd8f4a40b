"""Price policy: quotas steer the price to a target, and flood the market when rivals build.

growth added = clip( gain · ln(p / (target · p₀)), ±clip ) + flood · [rivals > trigger]      (D.26)

With a target below what entrants need, every plant under construction abroad is answered by more
ore: rivals is the share of capacity at a stage that others have or are building, as announced.
"""

import math
from typing import Any, ClassVar

from coercivity.model.inputs.fields import Factor, MaterialName, Stage, setting
from coercivity.model.inputs.instruments import Instrument, QuotaShift
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever, at


class PricePolicy(Lever):
    """Quotas steered to a target price, and raised when rivals build."""

    summary: ClassVar[str] = "quotas steered to a target price, and raised when rivals build"
    note: ClassVar[str] = (
        "It works through the mining quota, so the state must hold production_quota as well."
    )
    material: MaterialName = setting("signal", "whose price at home is steered", "material", "oxide:Nd")
    target: Factor = setting(None, "multiple of its base-year price; null for no target", "factor")
    gain: float = setting(
        0.2, "growth of quotas per log of the price over its target, at most `clip`", "per year", ge=0, le=2
    )
    clip: float = setting(0.15, "most that steering adds to growth or takes off it", "log/yr", ge=0, le=1)
    flood: float = setting(0.0, "growth of quotas added while rivals build", "log/yr", ge=0, le=0.5)
    trigger: float = setting(
        0.3,
        "share of capacity at `stage` that others have or are building above which they are answered",
        "share",
        ge=0,
        le=1,
    )
    stage: Stage = setting("separate", "the stage that rivals are counted at", "stage")

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """What is added to the growth of every quota."""
        target = at(self.target, view.date)
        growth = 0.0
        if target is not None:
            dear = math.log(max(view.relative_price(self.material), 0.05) / target)
            growth += max(-self.clip, min(self.clip, self.gain * dear))
        if view.rivals.get(self.stage, 0.0) > self.trigger:
            growth += self.flood
        if growth == 0.0 or strength <= 0:
            return ()
        return tuple(QuotaShift(view.place, kind, strength * growth, lever=self.name) for kind in view.quotas)


LEVER: Any = PricePolicy
