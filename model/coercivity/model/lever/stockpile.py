"""Public stockpile: a target in days of use, approached along one falling curve.

    H(p) = [S + φ (S* − S)] (p / p_exp)^(−e)                                               (D.3)

Below the expected price it buys faster, above it slower or sells; never both at once.
"""

from typing import Any, ClassVar

from pydantic import Field

from coercivity.model.instruments import Instrument, PublicStock
from coercivity.model.lever import Lever, Schedule, at
from coercivity.model.observation import StateView


class Stockpile(Lever):
    """Target by material pattern in days of base-year use; speed: share of the gap closed a year.

    release_above: multiple of the expected price from which the target falls to nothing
    """

    summary: ClassVar[str] = "public stocks: target in days of use, buys when cheap, sells when dear"
    days: dict[str, Schedule] = {}
    speed: float = Field(0.5, ge=0, le=4)
    release_above: float = Field(3.0, gt=1)

    def public(self, place: str) -> tuple[tuple[str, str], ...]:
        """Everything with a target."""
        return tuple((place, pattern) for pattern in self.days)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """A target in tonnes for each material stocked."""
        found: list[Instrument] = []
        for material, use in view.annual_use.items():
            days = [at(s, view.date) for p, s in self.days.items() if view.falls_under(material, p)]
            if days and days[-1] is not None:
                target = strength * days[-1] / 365.0 * use
                found.append(
                    PublicStock(view.place, material, target, self.speed, self.release_above, lever=self.name)
                )
        return tuple(found)


LEVER: Any = Stockpile
