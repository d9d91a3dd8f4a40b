"""Seabed permit: a state lets deposits of the deep sea in its waters be mined, from a date on."""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import Month, MonthOrNone, setting
from coercivity.model.inputs.instruments import Expense, Instrument, OutputSubsidy, SeabedPermit
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever


class Seabed(Lever):
    """A state lets deposits of the deep sea in its waters be mined, from a date on."""

    summary: ClassVar[str] = "permits for deep-sea deposits, and the state's own programme for them"
    note: ClassVar[str] = (
        "Deposits: projects.csv with stage deep-sea, each of the state whose waters it lies in. A permit "
        "lets its owner decide; whether it pays is another matter."
    )
    start: MonthOrNone = setting("", "month from which permits are given; empty for none", "month")
    end: Month = setting("2061-12", "month from which they are not any more", "month")
    programme: float = setting(0.0, "what the state spends on making it possible", "million USD/yr", ge=0)
    support: float = setting(
        0.0,
        "paid by the state on what is mined at home, of land or sea: meant for states without mines on land",
        "USD/kg",
        ge=0,
        le=1000,
    )

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
