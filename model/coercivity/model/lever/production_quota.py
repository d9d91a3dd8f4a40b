"""Production quota: how much ore may be mined; the holders' capacity follows it.

quota' = quota × exp(clip(trend + response × ln(p / anchor), ±clip))  a year           (D.1)
"""

import math
from typing import Any, ClassVar

from coercivity.model.inputs.fields import MaterialName, OreKind, setting
from coercivity.model.inputs.instruments import Instrument, ProductionQuota
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever


class Quota(Lever):
    """How much ore may be mined; the holders' capacity follows it."""

    summary: ClassVar[str] = "mining quota by kind of ore; grows by trend and with the price"
    note: ClassVar[str] = (
        "Quotas exist where the evidence has them: on legal mines in China, light (Bayan Obo, Sichuan, "
        "Weishan) and heavy (ionic clay). Leave it {} elsewhere."
    )
    trend: dict[OreKind, float] = setting(
        {"light": 0.03, "heavy": 0.0}, "growth by kind of ore", "log/yr", {"light": 0.03, "heavy": 0.0}
    )
    response: float = setting(
        0.2, "growth per log of the price over its base-year price", "per year", ge=0, le=2
    )
    clip: float = setting(
        0.15,
        "most that growth and response together add or take: quotas grew by up to a quarter in 2021-2022, "
        "ahead of a lean 2023-2024",
        "log/yr",
        ge=0,
        le=1,
    )
    material: MaterialName = setting("signal", "whose price at home it answers to", "material", "oxide:Nd")
    slack: float = setting(
        0.05,
        "share by which output may exceed the quota before it binds",
        "share",
        ge=0,
        le=1,
    )

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Next quota of each kind, t REO a year."""
        dear = math.log(max(view.relative_price(self.material), 0.05))
        found: list[Instrument] = []
        for kind, quota in view.quotas.items():
            growth = self.trend.get(kind, 0.0) + self.response * dear
            growth = strength * max(-self.clip, min(self.clip, growth))
            found.append(
                ProductionQuota(
                    view.place, kind, quota * math.exp(growth * view.length), self.slack, lever=self.name
                )
            )
        return tuple(found)


LEVER: Any = Quota
