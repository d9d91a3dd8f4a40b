"""Coercion: exports to a state are cut when a quarrel drives relations below a threshold.

restrict from the step after relations fell below `start`, until they are above `stop` or
`longest` has passed                                                                   (D.28)

This is the pattern of 2010: an incident, a halt, and a quiet end. Nothing is restricted while
relations are merely bad; it takes a new quarrel.
"""

from typing import Any, ClassVar

from pydantic import model_validator

from coercivity.model.inputs.fields import Abroad, MaterialPattern, setting
from coercivity.model.inputs.instruments import ExportCap, Instrument
from coercivity.model.inputs.observation import StateView
from coercivity.model.inputs.provisions import LimitMeasure
from coercivity.model.lever import Lever


class Coercion(Lever):
    """Export limits on a state with which relations have just broken down."""

    summary: ClassVar[str] = "export limits on a state with which relations have just broken down"
    note: ClassVar[str] = "What it does to relations and reputation: (B.22), (B.25)."
    targets: list[Abroad] = setting([], "states that may be coerced", "codes")
    materials: list[MaterialPattern] = setting(
        ["made"],
        "materials that are then restricted; `made` for all that is made of ore",
        "patterns",
        ["oxide:*"],
    )
    approval: float = setting(
        0.2, "share of the flow before the measure that is let through", "share", ge=0, le=1
    )
    start: float = setting(
        -0.5,
        "relations, -1 (hostile) to 1 (allied), below which a new quarrel brings the measure",
        "relations",
        ge=-1,
        le=1,
    )
    stop: float = setting(
        -0.3,
        "relations above which it ends; China and the allies come back to -0.2 (behaviour.csv)",
        "relations",
        ge=-1,
        le=1,
    )
    longest: float = setting(1.0, "after which it ends whatever relations are", "years", gt=0, le=30)

    @model_validator(mode="after")
    def _order(self) -> "Coercion":
        if self.stop < self.start:
            raise ValueError(f"stop {self.stop:g} is below start {self.start:g}")
        return self

    def measures(self, place: str) -> tuple[LimitMeasure, ...]:
        """One measure a target, apart by material."""
        each = tuple(self.materials)
        return tuple(
            LimitMeasure(_name(place, t), place, each, (t,), ("material",), follows=True)
            for t in self.targets
        )

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Measures begun or kept up now."""
        found: list[Instrument] = []
        for target in self.targets:
            name, near = _name(view.place, target), view.relations.get(target, 0.0)
            lasted = view.restricting.get(name)
            begins = lasted is None and near < self.start and view.cooled.get(target, 0.0) > 0
            goes_on = lasted is not None and near < self.stop and lasted < self.longest
            if (begins or goes_on) and strength > 0:
                eased = 1.0 - strength * (1.0 - self.approval)
                found.append(ExportCap(view.place, name, eased, lever=self.name))
        return tuple(found)


def _name(place: str, target: str) -> str:
    return f"{place} coerces {target}"


LEVER: Any = Coercion
