"""Technology export ban: know-how, equipment and engineers stay at home.

capital = capital × (1 + added);  lead time = lead time + delay;  learning × factor     (D.23)

for projects of others abroad at the stages it covers; plants of the state's own firms are spared.
"""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import ShareSchedule, Stage, setting
from coercivity.model.inputs.instruments import Instrument, TechnologyBan
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever, at


class TechnologyExportBan(Lever):
    """Know-how, equipment and engineers stay at home."""

    summary: ClassVar[str] = "ban on exports of technology: dearer, later and slower learning abroad"
    note: ClassVar[str] = (
        "It bears on projects of others abroad that are not yet decided on; plants of the state's own "
        "firms are spared."
    )
    in_force: ShareSchedule = setting(None, "how strictly; null for no ban", "share", {"2023-12": 1.0})
    stages: list[Stage] = setting(
        ["extract", "separate", "reduce", "assemble"],
        "kinds of plant covered (policies.csv, technology_export_ban)",
        "stages",
    )
    capital: float = setting(
        0.1, "share added to capital cost (policies.csv: 0.1, range 0 to 0.25)", "share", ge=0, le=2
    )
    delay: float = setting(
        0.5, "added to the lead time (policies.csv: 0.5, range 0 to 1.5)", "years", ge=0, le=10
    )
    learning: float = setting(
        0.7,
        "factor on learning by doing abroad (behaviour.csv, technology_ban_learning_factor: 0.7, range "
        "0.4 to 0.95)",
        "factor",
        ge=0,
        le=1,
    )

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """The ban, as strict as it is now."""
        strict = strength * (at(self.in_force, view.date) or 0.0)
        if strict <= 0:
            return ()
        learning = 1.0 - min(strict, 1.0) * (1.0 - self.learning)
        stages, added, later = tuple(self.stages), strict * self.capital, strict * self.delay
        return (TechnologyBan(view.place, stages, added, later, learning, lever=self.name),)


LEVER: Any = TechnologyExportBan
