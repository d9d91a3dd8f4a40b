"""Technology export ban: know-how, equipment and engineers stay at home.

capital = capital × (1 + added);  lead time = lead time + delay;  learning × factor     (D.23)

for projects of others abroad at the stages it covers; plants of the state's own firms are spared.
"""

from typing import Any, ClassVar

from pydantic import Field

from coercivity.model.instruments import Instrument, TechnologyBan
from coercivity.model.lever import Lever, Schedule, at
from coercivity.model.observation import StateView


class TechnologyExportBan(Lever):
    """in_force: how strictly, 0 to 1; stages; capital: share added to capital cost; delay: years.

    learning: factor on learning by doing abroad
    """

    staged: ClassVar[tuple[str, ...]] = ("stages",)
    summary: ClassVar[str] = "ban on exports of technology: dearer, later and slower learning abroad"
    in_force: Schedule | None = None
    stages: list[str] = ["extract", "separate", "reduce", "assemble"]
    capital: float = Field(0.1, ge=0, le=2)
    delay: float = Field(0.5, ge=0, le=10)
    learning: float = Field(0.7, ge=0, le=1)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """The ban, as strict as it is now."""
        strict = strength * (at(self.in_force, view.date) or 0.0)
        if strict <= 0:
            return ()
        learning = 1.0 - min(strict, 1.0) * (1.0 - self.learning)
        stages, added, later = tuple(self.stages), strict * self.capital, strict * self.delay
        return (TechnologyBan(view.place, stages, added, later, learning, lever=self.name),)


LEVER: Any = TechnologyExportBan
