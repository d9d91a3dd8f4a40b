"""Seabed permit: a state lets deposits of the deep sea in its waters be mined, from a date on."""

from typing import Any, ClassVar

from pydantic import Field

from coercivity.model.instruments import Instrument
from coercivity.model.lever import Lever
from coercivity.model.observation import StateView
from coercivity.model.programmes import Expense, OutputSubsidy, SeabedPermit


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
        found: list[Instrument] = [SeabedPermit(view.place)]
        if self.programme > 0:
            found.append(Expense(view.place, "seabed_permit", strength * self.programme))
        if self.support > 0:
            here = (view.place,)
            stage = self.called("extract")
            found.append(OutputSubsidy(view.place, "seabed_permit", here, stage, strength * self.support))
        return tuple(found)


LEVER: Any = Seabed
