"""Permitting: how long a state takes over permits, next to what is usual there, and what it refuses."""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import Amount, MonthOrNone, Stage, setting
from coercivity.model.inputs.instruments import Instrument, Permitting
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever, at


class Permits(Lever):
    """How long a state takes over permits, next to what is usual there, and what it refuses."""

    summary: ClassVar[str] = "fast track, delay or refusal of permits for new plants at home"
    stages: list[Stage] = setting(
        ["extract", "separate", "reduce", "assemble", "recycle"], "kinds of plant it is about", "stages"
    )
    factor: Amount = setting(
        None,
        "on the years that permits usually take there (jurisdictions.csv, permitting): 0.45 for 27 months "
        "where five years are usual (Critical Raw Materials Act), 2 for organised opposition",
        "factor",
    )
    refuse_from: MonthOrNone = setting(
        "", "month from which nobody may begin such a plant; empty for never", "month"
    )

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """The rule in force; at less than full strength it moves back towards what is usual."""
        factor = at(self.factor, view.date)
        refuse = bool(self.refuse_from) and strength > 0 and view.date[:7] >= self.refuse_from
        if factor is None and not refuse:
            return ()
        moved = 1.0 + strength * ((1.0 if factor is None else factor) - 1.0)
        return (Permitting(view.place, tuple(self.stages), max(moved, 0.0), refuse, lever=self.name),)


LEVER: Any = Permits
