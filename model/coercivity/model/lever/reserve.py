"""Strategic reserve: a state, or several together, buys what is made at home and sells when it is dear.

    H(p) = [S + φ (S* − S)] (p / p_exp)^(−e),   S* = value / p_exp                          (D.3)

Unlike a stockpile, which its owner's users alone may draw on, it lies where things are made and may be
sold to anybody: the reserve of a producing ally, such as Australia's, that others may share the cost of.
"""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import Amount, Jurisdiction, MaterialName, setting
from coercivity.model.inputs.instruments import Instrument, PublicStock
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever, at


class Reserve(Lever):
    """A reserve of what is made at home, which others may share the cost of."""

    summary: ClassVar[str] = "reserve of what is made at home, by worth, open to allies, its cost shared"
    note: ClassVar[str] = (
        "Australia announced 1,185 million AUD for the end of 2026, 185 of them for stocks (policies.csv, "
        "critical_minerals_strategic_reserve)."
    )
    value: dict[MaterialName, Amount] = setting(
        {},
        "what the reserve of each material is to be worth, by material made at home",
        "million USD",
        {"concentrate:mt_weld": {"2026-12": 60.0}, "oxide:Nd": {"2028-01": 60.0}},
    )
    members: list[Jurisdiction] = setting(
        [], "states that share its net cost equally, its owner included; empty for the owner alone", "codes"
    )
    speed: float = setting(
        0.5,
        "share of the gap to the target closed in a year (0.99 and above is at once)",
        "per year",
        ge=0,
        le=4,
    )
    release_above: float = setting(
        1.5, "multiple of the slow mean price above which the target falls to nothing", "factor", gt=1
    )

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
