"""Seabed permit: a state lets deposits of the deep sea in its waters be mined, from a date on."""

from typing import Any, ClassVar

from pydantic import Field

from coercivity.model.instruments import Expense, Instrument, OutputSubsidy, SeabedPermit
from coercivity.model.lever import Lever
from coercivity.model.observation import StateView


class Seabed(Lever):
    """start, end: months between which permits are given; programme: what the state spends on making
    it possible, million USD a year; support: USD/kg of what mines at home give
    """

    summary: ClassVar[str] = "permits for deep-sea deposits, and the state's own programme for them"
    start: str = ""
    end: str = "2061-12"
    programme: float = Field(0.0, ge=0)
    support: float = Field(0.0, ge=0, le=1000)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """A permit while it lasts."""
        if not self.start or strength <= 0 or not self.start <= view.date[:7] < self.end:
            return ()
        found: list[Instrument] = [SeabedPermit(view.place, lever=self.name)]
        if self.programme > 0:
            found.append(Expense(view.place, strength * self.programme, lever=self.name))
        if self.support > 0:
            here = (view.place,)
            stage = self.called("extract")
            found.append(OutputSubsidy(view.place, here, stage, strength * self.support, lever=self.name))
        return tuple(found)


LEVER: Any = Seabed
