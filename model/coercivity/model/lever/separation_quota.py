"""Separation quota: how much ore legal separators may take in.

Σ feed of legal separators ≤ (1 + slack) × quota                                       (D.22)

Mining quotas bound what is dug at home; this bounds what is separated, of home ore alone or of
imported ore as well.
"""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import Amount, OreFamily, setting
from coercivity.model.inputs.instruments import ActivityCap, Instrument
from coercivity.model.inputs.observation import StateView
from coercivity.model.inputs.provisions import Ceiling
from coercivity.model.lever import Lever, at


class SeparationQuota(Lever):
    """How much ore legal separators may take in."""

    summary: ClassVar[str] = "quota on what legal separators take in, of home or of all ore"
    note: ClassVar[str] = (
        "China's quota of 2024 was 254,000 t REO, on home ore (quotas.csv, separation_quota)."
    )
    tonnes: Amount = setting(None, "of feed, REO; null sets none", "t/yr")
    families: list[OreFamily] = setting(
        [],
        "kinds of ore that count; empty for all, imported ore included",
        "families",
        ["bayan_obo", "sichuan", "weishan", "ionic_clay"],
    )
    slack: float = setting(0.05, "how far it may be exceeded before it binds", "share", ge=0, le=1)

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
