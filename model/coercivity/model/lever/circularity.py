"""Recycling and substitution: collect more, pay recyclers, and bring on what needs fewer rare earths.

collected = (rate + added) × retired;  recyclers earn price + subsidy                   (D.32)
access' = access + adoption × factor × Δt;  extra cost of other recipes × factor        (D.33)

One's own answer to dependence, and China's to others' de-risking: urban mining instead of mines, and
recipes that thrift or do without. Other recipes spread only while what they replace is scarce.
"""

from typing import Any, ClassVar

from pydantic import Field, field_validator

from coercivity.model.instruments import Collection, Expense, Instrument, OutputSubsidy, Research, Subsidy
from coercivity.model.lever import Lever, Schedule, at, shares
from coercivity.model.observation import StateView


class Circularity(Lever):
    """collection: share added to what is collected; collection_cost: USD/kg of that.

    subsidy: USD/kg recycled at home; budget, capital_share: for recyclers at home
    adoption: factor on the speed at which other recipes spread; substitute_cost: on what they cost more
    research: what that costs, million USD a year
    """

    summary: ClassVar[str] = "collection, subsidy and capital for recycling; research on substitutes"
    collection: Schedule | None = None
    collection_cost: float = Field(1.0, ge=0, le=50)
    subsidy: Schedule | None = None
    budget: float = Field(0.0, ge=0)
    capital_share: float = Field(0.0, ge=0, le=1)
    adoption: Schedule | None = None
    substitute_cost: Schedule | None = None
    research: Schedule | None = None

    @field_validator("collection", "substitute_cost")
    @classmethod
    def _share(cls, given: Schedule | None) -> Schedule | None:
        return None if given is None else shares({"it": given})["it"]

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
