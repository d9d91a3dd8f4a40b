"""Stoppage: a host's politics or a war close part of what stands there, at dates of the scenario."""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import ShareSchedule, Stage, setting
from coercivity.model.inputs.instruments import Instrument, Stoppage
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever, at


class Stoppages(Lever):
    """A host's politics or a war close part of what stands there, at dates of the scenario."""

    summary: ClassVar[str] = "mines or plants at home closed by politics or war, at dates of the scenario"
    note: ClassVar[str] = "For stops by luck instead of by date: firm.outage.active=true (B.13)."
    share: dict[Stage, ShareSchedule] = setting(
        {},
        "of what stands at a stage at home that stands still, from each date on; null ends it",
        "share",
        {"mining": {"2026-01": 0.5, "2027-01": None}, "separation": {"2026-07": 1.0, "2026-10": None}},
    )

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """What stands still this step."""
        found = {stage: at(schedule, view.date) for stage, schedule in self.share.items()}
        return tuple(
            Stoppage(view.place, (stage,), min(strength * share, 1.0), lever=self.name)
            for stage, share in found.items()
            if share
        )


LEVER: Any = Stoppages
