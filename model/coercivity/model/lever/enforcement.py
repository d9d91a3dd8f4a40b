"""Enforcement: crackdowns on illicit mining and on smuggling.

illicit mining and the grey channel × (1 − effort), at a cost that rises with effort    (D.30)

Tolerated for years, then fought in campaigns: the environmental turn of 2011 and after. Illicit diggers
thin out as in (B.28); what smugglers carry falls at once.
"""

from typing import Any, ClassVar, Literal

from coercivity.model.inputs.fields import ShareSchedule, setting
from coercivity.model.inputs.instruments import Enforcement, Expense, Instrument
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever, at


class Crackdown(Lever):
    """A crackdown on illicit mining and on smuggling."""

    summary: ClassVar[str] = "crackdown on illicit mining and on smuggling, by effort"
    effort: dict[Literal["mining", "smuggling"], ShareSchedule] = setting(
        {},
        "0 (none) to 1 (all gone), against `mining` and `smuggling`. Illicit mines and separators are "
        "those whose firm's name begins with illicit; smuggling is the grey channel",
        "share",
        {"mining": {"2026-01": 0.7}},
    )
    cost: float = setting(100.0, "of each at full effort (estimate: 30 to 300)", "million USD/yr", ge=0)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Effort in force, and what it costs."""
        mining, smuggling = (
            min(strength * (at(self.effort.get(against), view.date) or 0.0), 1.0)
            for against in ("mining", "smuggling")
        )
        if mining == smuggling == 0.0:
            return ()
        spent = self.cost * (mining + smuggling)
        paid = Expense(view.place, spent, lever=self.name)
        return Enforcement(view.place, mining, smuggling, lever=self.name), paid


LEVER: Any = Crackdown
