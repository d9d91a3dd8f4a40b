"""Domestic first: users at home pay less than the price, or most of output may not leave.

price at home = price × (1 − subsidy);   exports ≤ (1 − keep) × last output            (D.21)

The subsidy is paid by the state; what is kept back lowers the price at home by as much as it must
to be used there. Neither is a preference without a price.
"""

from typing import Any, ClassVar

from pydantic import field_validator

from coercivity.model.inputs.fields import (
    MaterialName,
    MaterialPattern,
    PartSchedule,
    Schedule,
    ShareSchedule,
    setting,
)
from coercivity.model.inputs.instruments import ExportCap, HomeSubsidy, Instrument
from coercivity.model.inputs.observation import StateView
from coercivity.model.inputs.provisions import LimitMeasure
from coercivity.model.lever import Lever, at


class DomesticFirst(Lever):
    """Users at home pay less than the price, or a share of output may not leave."""

    summary: ClassVar[str] = "subsidy of users at home, or a share of output that must stay"
    subsidy: dict[MaterialPattern, PartSchedule] = setting(
        {},
        "share of the price that the state pays for users at home, by material or pattern",
        "share",
        {"oxide:*": {"2026-01": 0.05}},
    )
    keep: dict[MaterialName, ShareSchedule] = setting(
        {},
        "share of last step's output that may not leave, by material, one by one",
        "share",
        {"oxide:Dy": 0.9},
    )

    @field_validator("keep")
    @classmethod
    def _one(cls, given: dict[str, Schedule]) -> dict[str, Schedule]:
        if any("*" in material for material in given):
            raise ValueError("keep names materials one by one, such as oxide:Dy, not a pattern")
        return given

    def measures(self, place: str) -> tuple[LimitMeasure, ...]:
        """One export limit a material kept."""
        return tuple(LimitMeasure(f"{place} keeps {m}", place, (m,), ("all",)) for m in self.keep)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Subsidies and limits in force, scaled by strength."""
        found: list[Instrument] = []
        for pattern, schedule in self.subsidy.items():
            rate = at(schedule, view.date)
            if rate is not None:
                found.append(HomeSubsidy(view.place, pattern, min(strength * rate, 1.0), lever=self.name))
        for material, schedule in self.keep.items():
            share = at(schedule, view.date)
            if share is not None and strength > 0:
                leaves = (1.0 - min(strength * share, 1.0)) * view.output.get(material, 0.0)
                name = f"{view.place} keeps {material}"
                found.append(ExportCap(view.place, name, None, leaves, lever=self.name))
        return tuple(found)


LEVER: Any = DomesticFirst
