"""Outbound investment: public money for mines abroad, and their ore in return.

feed tied = tie × output of mines paid for, or owned by firms of the state              (D.25)

What Belt and Road money does in mining: it shares the capital, lowers the hurdle, and takes the
concentrate to the investor's own separators before anyone else's.
"""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import Jurisdiction, Month, Stage, setting
from coercivity.model.inputs.instruments import Instrument, Stake, Subsidy
from coercivity.model.inputs.observation import StateView
from coercivity.model.inputs.provisions import Investor
from coercivity.model.lever import Lever


class OutboundInvestment(Lever):
    """Public money for mines abroad, and their ore in return."""

    summary: ClassVar[str] = "capital for mines abroad whose concentrate is tied to separators at home"
    note: ClassVar[str] = (
        "Where states of rival blocs court the same project, it takes the better offer of capital; allies "
        "pool."
    )
    places: list[Jurisdiction] = setting([], "hosts", "codes")
    stages: list[Stage] = setting(
        ["extract"], "kinds of plant paid for; only concentrate of mines is tied", "stages"
    )
    start: Month = setting("2005-01", "month from which capital is on offer", "month")
    end: Month = setting("2061-12", "month from which it is not any more; ties last as mines run", "month")
    budget: float = setting(
        0.0,
        "what is left over at the end of a year lapses. Belt and Road money for metals and mining was "
        "21,400 million USD in 2024 (policies.csv); rare earths are a small part of it",
        "million USD/yr",
        ge=0,
    )
    capital_share: float = setting(0.0, "of a project's capital cost, given", "share", ge=0, le=1)
    equity_share: float = setting(0.0, "of its capital cost, held; all three at most 1", "share", ge=0, le=1)
    loan_share: float = setting(0.0, "of its capital cost, lent", "share", ge=0, le=1)
    loan_rate: float = setting(0.03, "interest on that loan, real", "per year", ge=0, le=0.2)
    loan_years: float = setting(15.0, "to pay it back from the opening on", "years", gt=0, le=40)
    loan_cut: float = setting(
        0.0,
        "points a guarantee takes off the hurdle rate; in force only with a budget",
        "per year",
        ge=0,
        le=0.1,
    )
    buy_in: float = setting(
        0.0,
        "of the capital, at cost, that it buys of mines in its places which others have begun, the "
        "cheapest for its capacity first, as the budget lasts; feed goes with it",
        "share",
        ge=0,
        le=1,
    )
    tie: float = setting(
        0.7,
        "of output tied to the investor's separators (behaviour.csv, tie_share of contracts: 0.7, range "
        "0.4 to 0.9); it holds for mines owned by firms of the state, too. Failing it costs "
        "market.tie_penalty",
        "share",
        ge=0,
        le=1,
    )

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
