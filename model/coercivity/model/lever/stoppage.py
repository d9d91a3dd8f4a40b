"""Stoppage: a host's politics or a war close part of what stands there, at dates of the scenario."""

from typing import Any, ClassVar

from pydantic import field_validator

from coercivity.model.instruments import Instrument, Stoppage
from coercivity.model.lever import Lever, Schedule, at
from coercivity.model.observation import StateView


class Stoppages(Lever):
    """share: of each stage's plants at home that stands still, from each date on; null ends it."""

    staged: ClassVar[tuple[str, ...]] = ("share",)
    summary: ClassVar[str] = "mines or plants at home closed by politics or war, at dates of the scenario"
    share: dict[str, Schedule] = {}

    @field_validator("share")
    @classmethod
    def _shares(cls, given: dict[str, Schedule]) -> dict[str, Schedule]:
        for schedule in given.values():
            values = schedule.values() if isinstance(schedule, dict) else (schedule,)
            if any(value is not None and not 0.0 <= value <= 1.0 for value in values):
                raise ValueError("share is of what stands there, from 0 to 1")
        return given

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """What stands still this step."""
        found = {stage: at(schedule, view.date) for stage, schedule in self.share.items()}
        return tuple(
            Stoppage(view.place, (stage,), min(strength * share, 1.0), lever=self.name)
            for stage, share in found.items()
            if share
        )


LEVER: Any = Stoppages
