"""Consolidation: how many groups hold a state's quotas and licences, and how far they act as one.

conduct = coordination + (1 − coordination) / groups                                    (D.31)

One seller keeps asking what scarcity once paid (B.6); many undercut each other. Without this lever
holders act as one, as the two groups of 2024 may.
"""

from typing import Any, ClassVar

from pydantic import Field

from coercivity.model.instruments import Consolidation, Instrument
from coercivity.model.lever import Lever, Schedule, at
from coercivity.model.observation import StateView


class ConsolidationOfGroups(Lever):
    """groups: how many hold all quotas, a schedule; coordination: 0 (each for itself) to 1 (as one)."""

    summary: ClassVar[str] = "number of groups that hold all quotas, and how far they act as one seller"
    groups: Schedule | None = None
    coordination: float = Field(0.5, ge=0, le=1)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Conduct of the groups there are."""
        groups = at(self.groups, view.date)
        if groups is None or strength <= 0:
            return ()
        conduct = self.coordination + (1.0 - self.coordination) / max(groups, 1.0)
        return (Consolidation(view.place, conduct, lever=self.name),)


LEVER: Any = ConsolidationOfGroups
