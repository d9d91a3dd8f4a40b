"""Consolidation: how many groups hold a state's quotas and licences, and how far they act as one.

conduct = coordination + (1 − coordination) / groups                                    (D.31)

One seller keeps asking what scarcity once paid (B.6); many undercut each other. Without this lever
holders act as one, as the two groups of 2024 may.
"""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import Groups, setting
from coercivity.model.inputs.instruments import Consolidation, Instrument
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever, at


class ConsolidationOfGroups(Lever):
    """How many groups hold a state's quotas and licences, and how far they act as one."""

    summary: ClassVar[str] = "number of groups that hold all quotas, and how far they act as one seller"
    note: ClassVar[str] = (
        "China had six groups with quotas in 2016 and two in 2024 (policies.csv, consolidation). Without "
        "it, holders act as one (behaviour.csv, theta)."
    )
    groups: Groups = setting(
        None, "how many hold all quotas; null leaves conduct as it is", "groups", {"2026-01": 6}
    )
    coordination: float = setting(
        0.5, "0 (each group for itself) to 1 (as one seller), whatever their number", "ratio", ge=0, le=1
    )

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Conduct of the groups there are."""
        groups = at(self.groups, view.date)
        if groups is None or strength <= 0:
            return ()
        conduct = self.coordination + (1.0 - self.coordination) / max(groups, 1.0)
        return (Consolidation(view.place, conduct, lever=self.name),)


LEVER: Any = ConsolidationOfGroups
