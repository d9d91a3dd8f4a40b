"""Buying in: states that tie feed also buy shares of mines which others have begun."""

from collections.abc import Sequence

from coercivity.model.accounts.treasury import Accounts, Claim
from coercivity.model.assembly.promises import home
from coercivity.model.dynamics.investment import Pipeline
from coercivity.model.dynamics.offers import RIVAL
from coercivity.model.inputs.instruments import Instrument, Stake, Subsidy
from coercivity.model.state.economy import Economy

__all__ = ["buy_shares"]


def buy_shares(pipeline: Pipeline, instruments: Sequence[Instrument], date: float) -> Accounts:
    """Shares bought this step from what is left of budgets; returns postings, USD, by account.

    The cheapest mine for its capacity goes first, at cost. A mine has one buyer. Owners at home with a
    state that ties feed of its own, or in China, do not sell. With a share goes the feed: (D.25).
    """
    posted: Accounts = {}
    stakes = {i.state: i for i in instruments if isinstance(i, Stake)}
    for giver in instruments:
        stake = stakes.get(giver.state) if isinstance(giver, Subsidy) else None
        if stake is None or stake.buys <= 0 or not isinstance(giver, Subsidy):
            continue
        for at, capex in _for_sale(pipeline.economy, stake, frozenset(stakes)):
            price = stake.buys * capex
            spent = pipeline.spent.get((giver.state, int(date)), 0.0)
            if price > giver.budget - spent:
                break
            pipeline.spent[giver.state, int(date)] = spent + price
            pipeline.economy.staked[giver.state, at] = 1.0
            pipeline.treasury.claims.append(Claim(at, giver.state, stake.buys))
            mine = pipeline.economy.chain.facilities[at]
            pipeline.events.append((giver.state, "stake bought", mine.name, f"{price:.0f} million USD"))
            for account, usd in (((giver.state, "state"), -price), ((mine.firm, "firm"), price)):
                key = (*account, "shares sold")
                posted[key] = posted.get(key, 0.0) + usd * 1e6
    return posted


def _for_sale(e: Economy, stake: Stake, investors: frozenset[str]) -> list[tuple[int, float]]:
    """Mines begun in a stake's places that nobody has a stake in, and their capital, cheapest first."""
    taken = {at for _, at in e.staked}
    found = [
        (at, mine.terms.capex, mine.terms.capex / mine.capacity)
        for at, mine in e.chain.at_stage(e.chain.names.stages.extract)
        if mine.terms is not None
        and e.started[at] < float("inf")
        and mine.place in stake.places
        and mine.place != stake.state
        and at not in taken
        and home(e, at) not in investors
        and e.chain.places[home(e, at)].bloc != RIVAL
    ]
    return [(at, capex) for at, capex, _ in sorted(found, key=lambda one: one[2])]
