"""Export limits: quotas, licences and bans, over any materials, destinations and ways of counting.

Σ weight · f ≤ approval × reference flow,  or  ≤ tonnes                                 (C.4)
"""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from coercivity.model.instruments import ExportCap, Instrument, Measure
from coercivity.model.lever import Lever, Schedule, at
from coercivity.model.observation import StateView


class MeasureSettings(BaseModel):
    """One measure. approval: share of the flow before it; tonnes: a year, if set instead."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    materials: list[str]
    destinations: list[str] = ["all"]
    apart: list[Literal["material", "destination"]] = []
    weight: float = Field(1.0, gt=0)
    approval: Schedule | None = None
    tonnes: Schedule | None = None

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

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Measures in force; at less than full strength, approval moves back towards all."""
        found: list[Instrument] = []
        for name, m in self.measure.items():
            approval, tonnes = at(m.approval, view.date), at(m.tonnes, view.date)
            if strength <= 0 or (approval is None and tonnes is None):
                continue
            eased = None if approval is None else 1.0 - strength * (1.0 - approval)
            found.append(ExportCap(view.place, f"{view.place} {name}", eased, tonnes))
        return tuple(found)


LEVER: Any = ExportLimit
