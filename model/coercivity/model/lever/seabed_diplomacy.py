"""Seabed diplomacy: a state slows what others would mine at sea, and not what it would itself.

lead time of others' deep-sea projects = lead time + delay                              (D.34)

Rules for the sea floor are made by many; who sits in every committee, pays for the secretariat and calls
for caution, or for protection, gains years. Its own firms, and plants in its own waters, are spared.
"""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import Amount, setting
from coercivity.model.inputs.instruments import Expense, Instrument, SeaDelay
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever, at


class SeabedDiplomacy(Lever):
    """A state slows what others would mine at sea, and not what it would itself."""

    summary: ClassVar[str] = "years by which others' deep-sea projects are held up"
    note: ClassVar[str] = (
        "It bears on deep-sea projects not yet decided on, of other states' waters and owners; permits "
        "are another lever, seabed_permit."
    )
    delay: Amount = setting(None, "added to their lead time (estimate: 0 to 5)", "years")
    cost: float = setting(5.0, "of it (estimate: 1 to 20)", "million USD/yr", ge=0)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """The delay in force, and what it costs."""
        years = strength * (at(self.delay, view.date) or 0.0)
        if years <= 0:
            return ()
        paid = Expense(view.place, strength * self.cost, lever=self.name)
        return SeaDelay(view.place, years, lever=self.name), paid


LEVER: Any = SeabedDiplomacy
