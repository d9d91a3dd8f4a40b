"""Production quota: how much ore may be mined; the holders' capacity follows it.

quota' = quota × exp(trend + response × ln(p / anchor))  a year                        (D.1)
"""

import math
from typing import Any, ClassVar

from pydantic import Field

from coercivity.model.instruments import Instrument, ProductionQuota
from coercivity.model.lever import Lever
from coercivity.model.observation import StateView

MOST = 0.15  # a year: quotas grew by up to a quarter in 2021-2022, ahead of a lean 2023-2024


class Quota(Lever):
    """trend: growth a year; response: to the log price of `material` over its base-year price.

    slack: how far output may exceed the quota before it binds, as a share
    """

    summary: ClassVar[str] = "mining quota by kind of ore; grows by trend and with the price"
    trend: dict[str, float] = {"light": 0.03, "heavy": 0.0}
    response: float = Field(0.2, ge=0, le=2)
    material: str = "signal"
    slack: float = Field(0.05, ge=0, le=1)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Next quota of each kind, t REO a year."""
        dear = math.log(max(view.relative_price(self.material), 0.05))
        found: list[Instrument] = []
        for kind, quota in view.quotas.items():
            growth = self.trend.get(kind, 0.0) + self.response * dear
            growth = strength * max(-MOST, min(MOST, growth))
            found.append(
                ProductionQuota(
                    view.place, kind, quota * math.exp(growth * view.length), self.slack, lever=self.name
                )
            )
        return tuple(found)


LEVER: Any = Quota
