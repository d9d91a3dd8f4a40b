"""Separation quota: how much ore legal separators may take in.

Σ feed of legal separators ≤ (1 + slack) × quota                                       (D.22)

Mining quotas bound what is dug at home; this bounds what is separated, of home ore alone or of
imported ore as well.
"""

from typing import Any, ClassVar

from pydantic import Field

from coercivity.model.instruments import ActivityCap, Instrument
from coercivity.model.lever import Lever, Schedule, at
from coercivity.model.observation import StateView
from coercivity.model.provisions import Ceiling


class SeparationQuota(Lever):
    """tonnes: t REO of feed a year; families: kinds of ore that count, all where empty.

    slack: how far it may be exceeded before it binds, as a share
    """

    summary: ClassVar[str] = "quota on what legal separators take in, of home or of all ore"
    tonnes: Schedule | None = None
    families: list[str] = []
    slack: float = Field(0.05, ge=0, le=1)

    def ceilings(self, place: str) -> tuple[Ceiling, ...]:
        """The cap on legal separators."""
        return (
            Ceiling(f"separation quota of {place}", place, self.called("separate"), tuple(self.families)),
        )

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """The quota in force."""
        quota = at(self.tonnes, view.date)
        if quota is None or strength <= 0:
            return ()
        name = f"separation quota of {view.place}"
        return (ActivityCap(view.place, name, (1.0 + self.slack) * quota, lever=self.name),)


LEVER: Any = SeparationQuota
