"""Recycling and substitution: collect more, pay recyclers, and bring on what needs fewer rare earths.

collected = (rate + added) × retired;  recyclers earn price + subsidy                   (D.32)
access' = access + adoption × factor × Δt;  extra cost of other recipes × factor        (D.33)

One's own answer to dependence, and China's to others' de-risking: urban mining instead of mines, and
recipes that thrift or do without. Other recipes spread only while what they replace is scarce.
"""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import Amount, ShareSchedule, setting
from coercivity.model.inputs.instruments import (
    Collection,
    Expense,
    Instrument,
    OutputSubsidy,
    Research,
    Subsidy,
)
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever, at


class Circularity(Lever):
    """Collection, subsidy and capital for recycling; research on substitutes."""

    summary: ClassVar[str] = "collection, subsidy and capital for recycling; research on substitutes"
    collection: ShareSchedule = setting(
        None, "share added to what is collected of end-of-life magnets at home", "share"
    )
    collection_cost: float = setting(
        1.0, "paid by the state on magnet collected on top (estimate: 0.3 to 3)", "USD/kg", ge=0, le=50
    )
    subsidy: Amount = setting(None, "paid by the state on oxide that recyclers at home make", "USD/kg")
    budget: float = setting(0.0, "for recycling plants at home", "million USD/yr", ge=0)
    capital_share: float = setting(0.0, "share of their capital cost given", "share", ge=0, le=1)
    adoption: Amount = setting(
        None, "factor on the speed at which recipes with less or no rare earths spread at home", "factor"
    )
    substitute_cost: ShareSchedule = setting(None, "factor on what such recipes cost more", "factor")
    research: Amount = setting(None, "what faster and cheaper substitutes cost the state", "million USD/yr")

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Programmes in force, scaled by strength."""
        if strength <= 0:
            return ()
        found: list[Instrument] = []
        added, paid = at(self.collection, view.date), at(self.subsidy, view.date)
        if added:
            found.append(Collection(view.place, strength * added, self.collection_cost, lever=self.name))
        if paid:
            stage = self.called("recycle")
            found.append(OutputSubsidy(view.place, (view.place,), stage, strength * paid, lever=self.name))
        if self.budget > 0:
            share = min(strength * self.capital_share, 1.0)
            budget = strength * self.budget
            found.append(
                Subsidy(
                    view.place, (view.place,), (self.called("recycle"),), share, 0.0, budget, lever=self.name
                )
            )
        faster, cheaper = at(self.adoption, view.date), at(self.substitute_cost, view.date)
        if faster is not None or cheaper is not None:
            speed = 1.0 + strength * ((1.0 if faster is None else faster) - 1.0)
            cost = 1.0 - min(strength, 1.0) * (1.0 - (1.0 if cheaper is None else cheaper))
            found.append(Research(view.place, speed, cost, lever=self.name))
        spent = at(self.research, view.date)
        if spent:
            found.append(Expense(view.place, strength * spent, lever=self.name))
        return tuple(found)


LEVER: Any = Circularity
