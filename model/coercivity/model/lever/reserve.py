"""Strategic reserve: a state, or several together, buys what is made at home and sells when it is dear.

    H(p) = [S + φ (S* − S)] (p / p_exp)^(−e),   S* = value / p_exp                          (D.3)

Unlike a stockpile, which its owner's users alone may draw on, it lies where things are made and may be
sold to anybody: the reserve of a producing ally, such as Australia's, that others may share the cost of.
"""

from typing import Any, ClassVar

from pydantic import Field

from coercivity.model.instruments import Instrument, PublicStock
from coercivity.model.lever import Lever, Schedule, at
from coercivity.model.observation import StateView


class Reserve(Lever):
    """value: what the reserve of each material is to be worth, million USD, a schedule by material;
    members: states that share its cost equally, home included; speed: share of the gap closed a year
    release_above: multiple of the expected price from which it is sold
    """

    summary: ClassVar[str] = "reserve of what is made at home, by worth, open to allies, its cost shared"
    value: dict[str, Schedule] = {}
    members: list[str] = []
    speed: float = Field(0.5, ge=0, le=4)
    release_above: float = Field(1.5, gt=1)

    @property
    def places(self) -> list[str]:
        """Every jurisdiction named."""
        return self.members

    def reserves(self, place: str) -> tuple[tuple[str, str], ...]:
        """Everything with a worth."""
        return tuple((place, material) for material in self.value)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """A target in tonnes for each material, at the price it fetches at home."""
        found: list[Instrument] = []
        for material, schedule in self.value.items():
            worth, price = at(schedule, view.date), view.offered.get(material, 0.0)
            if worth is not None and price > 0:
                tonnes = strength * worth * 1000.0 / price
                members = tuple(self.members) or (view.place,)
                target = tonnes, self.speed, self.release_above
                found.append(PublicStock(view.place, material, *target, "reserve", members, lever=self.name))
        return tuple(found)


LEVER: Any = Reserve
