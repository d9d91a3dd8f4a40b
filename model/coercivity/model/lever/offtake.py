"""Offtake: deliveries signed for ahead, by one state or by several that buy together.

    Σ f + s ≥ tonnes, from a contract's origins to its members                             (C.6)

As Japan's agency did with Lynas: finance for a mine abroad against first call on its output. Members
that buy together need not each have their part: whoever lacks it most is served. The states pay what
it takes to be served first, up to `pay`.
"""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from coercivity.model.instruments import Instrument, Promise
from coercivity.model.lever import Lever, Schedule, at
from coercivity.model.observation import StateView
from coercivity.model.provisions import Delivery


class Contract(BaseModel):
    """materials: patterns; origins: who delivers; members: who is delivered, home included if meant;
    tonnes: a year, all materials together; pay: most paid to be served first, USD/kg
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    materials: list[str]
    origins: list[str]
    members: list[str] = []
    tonnes: Schedule
    pay: float = Field(5.0, gt=0, le=1000)


class Offtakes(Lever):
    """contract: deliveries by a name of one's own."""

    summary: ClassVar[str] = "deliveries signed for ahead, alone or in joint purchasing with others"
    contract: dict[str, Contract] = {}

    @property
    def places(self) -> list[str]:
        """Every jurisdiction named."""
        return [p for c in self.contract.values() for p in (*c.origins, *c.members)]

    def deliveries(self, place: str) -> tuple[Delivery, ...]:
        """One row a contract."""
        return tuple(
            Delivery(
                f"{place} {name}", place, tuple(c.materials), tuple(c.origins), tuple(c.members or [place])
            )
            for name, c in self.contract.items()
        )

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """What is promised this step; strength does not stretch what is signed."""
        found = []
        for name, c in self.contract.items():
            tonnes = at(c.tonnes, view.date)
            if tonnes is not None and strength > 0:
                found.append(Promise(view.place, f"{view.place} {name}", tonnes, c.pay, lever=self.name))
        return tuple(found)


LEVER: Any = Offtakes
