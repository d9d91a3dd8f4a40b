"""Enforcement: crackdowns on illicit mining and on smuggling.

illicit mining and the grey channel × (1 − effort), at a cost that rises with effort    (D.30)

Tolerated for years, then fought in campaigns: the environmental turn of 2011 and after. Illicit diggers
thin out as in (B.28); what smugglers carry falls at once.
"""

from typing import Any, ClassVar

from pydantic import Field, field_validator

from coercivity.model.instruments import Enforcement, Expense, Instrument
from coercivity.model.lever import Lever, Schedule, at, shares
from coercivity.model.observation import StateView


class Crackdown(Lever):
    """effort: 0 (none) to 1 (all gone), against `mining` and `smuggling`; cost: million USD a year each
    at full effort.
    """

    summary: ClassVar[str] = "crackdown on illicit mining and on smuggling, by effort"
    effort: dict[str, Schedule] = {}
    cost: float = Field(100.0, ge=0)

    @field_validator("effort")
    @classmethod
    def _effort(cls, given: dict[str, Schedule]) -> dict[str, Schedule]:
        for against in given:
            if against not in ("mining", "smuggling"):
                raise ValueError(f"{against} is nothing to enforce against; known: mining, smuggling")
        return shares(given)

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
