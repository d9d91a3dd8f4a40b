"""Export limits: quotas, licences and bans, over any materials, destinations and ways of counting.

Σ weight · f ≤ approval × reference flow × (1 − refused),  or  ≤ tonnes                 (C.4)

Nothing passes in the first `delay` months; what refused end uses take does not count.
"""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from coercivity.model.instruments import ExportCap, Instrument
from coercivity.model.lever import Lever, Schedule, at, months, shares, since
from coercivity.model.observation import StateView
from coercivity.model.provisions import Measure


class MeasureSettings(BaseModel):
    """One measure. approval: share of the flow before it; tonnes: a year, if set instead.

    delay: months that the first applications take; refuse: share of each end use that gets none
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    materials: list[str]
    destinations: list[str] = ["all"]
    apart: list[Literal["material", "destination"]] = []
    weight: float = Field(1.0, gt=0)
    approval: Schedule | None = None
    tonnes: Schedule | None = None
    delay: float = Field(0.0, ge=0, le=36)
    refuse: dict[str, float] = {}

    @field_validator("refuse")
    @classmethod
    def _refused(cls, given: dict[str, float]) -> dict[str, float]:
        shares(dict(given))
        return given

    @field_validator("approval")
    @classmethod
    def _share(cls, given: Schedule | None) -> Schedule | None:
        values = given.values() if isinstance(given, dict) else (given,)
        if any(value is not None and not 0.0 <= value <= 1.0 for value in values):
            raise ValueError("approval is a share of former shipments, from 0 to 1")
        return given


class ExportLimit(Lever):
    """Measures by name; each in force from the first date of its schedule."""

    summary: ClassVar[str] = "quota, licence approval or ban, by material and destination"
    measure: dict[str, MeasureSettings] = {}

    def measures(self, place: str) -> tuple[Measure, ...]:
        """One measure of the network for each setting."""
        return tuple(
            Measure(
                f"{place} {name}",
                place,
                tuple(m.materials),
                tuple(m.destinations),
                tuple(m.apart),
                m.weight,
            )
            for name, m in self.measure.items()
        )

    def uses(self) -> tuple[str, ...]:
        """End uses refused."""
        return tuple(use for m in self.measure.values() for use in m.refuse)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Measures in force; at less than full strength, approval moves back towards all."""
        found: list[Instrument] = []
        for name, m in self.measure.items():
            approval, tonnes = at(m.approval, view.date), at(m.tonnes, view.date)
            if strength <= 0 or (approval is None and tonnes is None):
                continue
            opened = _opened(m, view)
            eased = None if approval is None else 1.0 - strength * (1.0 - approval * opened)
            left = None if tonnes is None else tonnes * opened
            refused = tuple((use, min(strength * share, 1.0)) for use, share in m.refuse.items())
            found.append(
                ExportCap(view.place, f"{view.place} {name}", eased, left, refused=refused, lever=self.name)
            )
        return tuple(found)


def _opened(measure: MeasureSettings, view: StateView) -> float:
    """Share of a step in which licences come through: none while the first applications wait."""
    schedule = measure.tonnes if at(measure.approval, view.date) is None else measure.approval
    start = since(schedule, view.date)
    if start is None or measure.delay == 0.0:
        return 1.0
    first, end = (months(month) for month in view.span)
    waits = min(max(months(start) + measure.delay - first, 0.0), end - first)
    return 1.0 - waits / (end - first)


LEVER: Any = ExportLimit
