"""Seabed diplomacy: a state slows what others would mine at sea, and not what it would itself.

lead time of others' deep-sea projects = lead time + delay                              (D.34)

Rules for the sea floor are made by many; who sits in every committee, pays for the secretariat and calls
for caution, or for protection, gains years. Its own firms, and plants in its own waters, are spared.
"""

from typing import Any, ClassVar

from pydantic import Field

from coercivity.model.instruments import Expense, Instrument, SeaDelay
from coercivity.model.lever import Lever, Schedule, at
from coercivity.model.observation import StateView


class SeabedDiplomacy(Lever):
    """delay: years that others' deep-sea projects are held up, a schedule; cost: million USD a year."""

    summary: ClassVar[str] = "years by which others' deep-sea projects are held up"
    delay: Schedule | None = None
    cost: float = Field(5.0, ge=0)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """The delay in force, and what it costs."""
        years = strength * (at(self.delay, view.date) or 0.0)
        if years <= 0:
            return ()
        paid = Expense(view.place, strength * self.cost, lever=self.name)
        return SeaDelay(view.place, years, lever=self.name), paid


LEVER: Any = SeabedDiplomacy
