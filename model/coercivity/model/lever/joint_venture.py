"""Joint ventures only: foreigners may own part of a plant, and leave know-how and profit behind.

owner's capital and profit × share;  hurdle = hurdle + surrender;  no plant where share = 0   (D.24)
"""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import ShareSchedule, Stage, setting
from coercivity.model.inputs.instruments import Access, Instrument
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever, at


class JointVenture(Lever):
    """Foreigners may own part of a plant, and leave know-how and profit behind."""

    summary: ClassVar[str] = "foreigners may own plants only with a partner at home, or not at all"
    foreign_share: dict[Stage, ShareSchedule] = setting(
        {},
        "most that foreigners may own, 0 (closed) to 1 (open), by stage; none listed, none limited. The "
        "partner bears and earns the rest",
        "share",
        {"mining": 0.0, "separation": 0.49, "magnet": {"2026-01": 0.49}},
    )
    surrender: float = setting(
        0.02,
        "points added to a foreigner's hurdle rate for know-how shared with a partner (estimate: 0.01 to "
        "0.04, the cut that a state's equity brings, turned round)",
        "per year",
        ge=0,
        le=0.2,
    )

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """The rule of every stage limited now."""
        found: list[Instrument] = []
        for stage, schedule in self.foreign_share.items():
            share = at(schedule, view.date)
            if share is not None and share < 1.0 and strength > 0:
                found.append(Access(view.place, (stage,), share, strength * self.surrender, lever=self.name))
        return tuple(found)


LEVER: Any = JointVenture
