"""Incident: a quarrel with another state at a date, however it came about.

It is no choice of the state's, but a scenario's: a collision at sea, a visit, an arrest. What follows is
in (B.22): relations fall, buyers take fright, and whoever holds `coercion` may answer.
"""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import Abroad, Month, Severity, setting
from coercivity.model.inputs.instruments import Incident, Instrument
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever


class Incidents(Lever):
    """Quarrels with others at dates that the scenario sets."""

    summary: ClassVar[str] = "quarrels with others at dates that the scenario sets"
    note: ClassVar[str] = (
        "It is no choice of the state's but a scenario's. Incidents by luck are another thing: "
        "firm.incident.active=true."
    )
    between: dict[Abroad, dict[Month, Severity]] = setting(
        {},
        "severity by month, by code of the other state; 1 is one like that of September 2010",
        "severity",
        {"JP": {"2026-09": 1.0}},
    )

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Incidents whose month falls in this step."""
        first, end = view.span
        return tuple(
            Incident(view.place, other, severity * strength, lever=self.name)
            for other, dates in self.between.items()
            for month, severity in dates.items()
            if first <= month < end and strength > 0
        )


LEVER: Any = Incidents
