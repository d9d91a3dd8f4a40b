"""Joint ventures only: foreigners may own part of a plant, and leave know-how and profit behind.

owner's capital and profit × share;  hurdle = hurdle + surrender;  no plant where share = 0   (D.24)
"""

from typing import Any, ClassVar

from pydantic import Field, field_validator

from coercivity.model.instruments import Access, Instrument
from coercivity.model.lever import Lever, Schedule, at, shares
from coercivity.model.observation import StateView


class JointVenture(Lever):
    """foreign_share: most that foreigners may own, 0 to 1, by stage; none listed, none limited.

    surrender: points added to the hurdle rate for know-how shared with a partner, a year
    """

    staged: ClassVar[tuple[str, ...]] = ("foreign_share",)
    summary: ClassVar[str] = "foreigners may own plants only with a partner at home, or not at all"
    foreign_share: dict[str, Schedule] = {}
    surrender: float = Field(0.02, ge=0, le=0.2)

    @field_validator("foreign_share")
    @classmethod
    def _share(cls, given: dict[str, Schedule]) -> dict[str, Schedule]:
        return shares(given)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """The rule of every stage limited now."""
        found: list[Instrument] = []
        for stage, schedule in self.foreign_share.items():
            share = at(schedule, view.date)
            if share is not None and share < 1.0 and strength > 0:
                found.append(Access(view.place, (stage,), share, strength * self.surrender, lever=self.name))
        return tuple(found)


LEVER: Any = JointVenture
