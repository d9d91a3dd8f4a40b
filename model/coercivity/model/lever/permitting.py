"""Permitting: how long a state takes over permits, next to what is usual there, and what it refuses."""

from typing import Any, ClassVar

from coercivity.model.instruments import Instrument, Permitting
from coercivity.model.lever import Lever, Schedule, at
from coercivity.model.observation import StateView


class Permits(Lever):
    """factor: on the years permits take at home (below 1 a fast track, above 1 opposition);
    refuse_from: month from which nothing new is permitted; stages: what it is about
    """

    staged: ClassVar[tuple[str, ...]] = ("stages",)
    summary: ClassVar[str] = "fast track, delay or refusal of permits for new plants at home"
    stages: list[str] = ["extract", "separate", "reduce", "assemble", "recycle"]
    factor: Schedule | None = None
    refuse_from: str = ""

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """The rule in force; at less than full strength it moves back towards what is usual."""
        factor = at(self.factor, view.date)
        refuse = bool(self.refuse_from) and strength > 0 and view.date[:7] >= self.refuse_from
        if factor is None and not refuse:
            return ()
        moved = 1.0 + strength * ((1.0 if factor is None else factor) - 1.0)
        return (Permitting(view.place, tuple(self.stages), max(moved, 0.0), refuse, lever=self.name),)


LEVER: Any = Permits
