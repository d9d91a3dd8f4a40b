"""Outbound investment: public money for mines abroad, and their ore in return.

feed tied = tie × output of mines paid for, or owned by firms of the state              (D.25)

What Belt and Road money does in mining: it shares the capital, lowers the hurdle, and takes the
concentrate to the investor's own separators before anyone else's.
"""

from typing import Any, ClassVar

from pydantic import Field

from coercivity.model.instruments import Instrument, Stake, Subsidy
from coercivity.model.lever import Lever
from coercivity.model.observation import StateView
from coercivity.model.provisions import Investor


class OutboundInvestment(Lever):
    """places: codes of hosts; budget: million USD a year; start, end: months, end exclusive.

    capital_share, equity_share, loan_share: of capital cost, given, held, lent at loan_rate for
    loan_years; loan_cut: points a guarantee takes off the hurdle rate
    tie: share of output; buy_in: share of capital bought of mines that others have begun
    """

    staged: ClassVar[tuple[str, ...]] = ("stages",)
    summary: ClassVar[str] = "capital for mines abroad whose concentrate is tied to separators at home"
    places: list[str] = []
    stages: list[str] = ["extract"]
    start: str = "2005-01"
    end: str = "2061-12"
    budget: float = Field(0.0, ge=0)
    capital_share: float = Field(0.0, ge=0, le=1)
    equity_share: float = Field(0.0, ge=0, le=1)
    loan_share: float = Field(0.0, ge=0, le=1)
    loan_rate: float = Field(0.03, ge=0, le=0.2)
    loan_years: float = Field(15.0, gt=0, le=40)
    loan_cut: float = Field(0.0, ge=0, le=0.1)
    buy_in: float = Field(0.0, ge=0, le=1)
    tie: float = Field(0.7, ge=0, le=1)

    def investors(self, place: str) -> tuple[Investor, ...]:
        """Where feed may be tied."""
        return (Investor(place, tuple(self.places)),)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Capital while it is on offer; ties for as long as the mines run."""
        if view.date[:7] < self.start or strength <= 0:
            return ()
        places, stages = tuple(self.places), tuple(self.stages)
        found: list[Instrument] = [
            Stake(view.place, places, self.tie, min(strength * self.buy_in, 1.0), lever=self.name)
        ]
        if self.budget > 0 and view.date[:7] < self.end:
            shares = self.capital_share, self.equity_share, self.loan_share
            given, held, lent = (min(strength * share, 1.0) for share in shares)
            cut, budget = strength * self.loan_cut, strength * self.budget
            terms = lent, self.loan_rate, self.loan_years, held
            found.append(Subsidy(view.place, places, stages, given, cut, budget, *terms, lever=self.name))
        return tuple(found)


LEVER: Any = OutboundInvestment
