"""Offtake: deliveries signed for ahead, by one state or by several that buy together.

    Σ f + s ≥ tonnes, from a contract's origins to its members                             (C.6)

As Japan's agency did with Lynas: finance for a mine abroad against first call on its output. Members
that buy together need not each have their part: whoever lacks it most is served. The states pay what
it takes to be served first, up to `pay`.
"""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import Amount, Jurisdiction, LeverPart, MaterialPattern, setting
from coercivity.model.inputs.instruments import Instrument, Promise
from coercivity.model.inputs.observation import StateView
from coercivity.model.inputs.provisions import Delivery
from coercivity.model.lever import Lever, at


class Contract(LeverPart):
    """A delivery signed for: who delivers what to whom, and what is paid to be served first."""

    materials: list[MaterialPattern] = setting(
        ..., "materials or patterns it is about", "patterns", ["oxide:Nd"]
    )
    origins: list[Jurisdiction] = setting(..., "who delivers, out of their own output", "codes", ["MY"])
    members: list[Jurisdiction] = setting(
        [], "who is delivered; several buy jointly; empty for the state alone", "codes"
    )
    tonnes: Amount = setting(..., "all materials together", "t/yr")
    pay: float = setting(5.0, "most paid to be served first", "USD/kg", gt=0, le=1000)


class Offtakes(Lever):
    """Deliveries signed for ahead, by one state or by several that buy together."""

    summary: ClassVar[str] = "deliveries signed for ahead, alone or in joint purchasing with others"
    note: ClassVar[str] = (
        "Pair it with friendshoring.equity_share or loan_share for finance against first call on the "
        "output, as between Japan's agency and Lynas (policies.csv, jare_lynas)."
    )
    contract: dict[str, Contract] = setting(
        {},
        "any number of contracts by a name of your own",
        "contracts",
        {"jare": {"materials": ["oxide:Nd", "oxide:Pr"], "origins": ["MY"], "tonnes": 7200.0, "pay": 20.0}},
    )

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
