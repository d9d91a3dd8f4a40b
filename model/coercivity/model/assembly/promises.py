"""Promises: feed that owners keep for their own plants, what investors have tied abroad, and offtakes."""

from collections.abc import Iterable

import numpy as np

from coercivity.model.behaviour.offer import called_in, promised_feed
from coercivity.model.inputs.instruments import Instrument, Promise, Stake
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array

__all__ = ["pledges", "promises"]

PLEDGED = 0.5  # share of capital from which on a lender has a say in where feed goes


def promises(economy: Economy, share: float | None, instruments: Iterable[Instrument], made: Array) -> Array:
    """(C.6) Tonnes a year promised on every contract, (k).

    share: of an owner's feed, where the run sets it; made: last activity, t a year
    """
    kept = np.zeros(len(economy.supply.network.contracts))
    _promise_owned_feed(economy, share, kept)
    _promise_staked_feed(economy, instruments, made, kept)
    signed = {i.delivery: i.tonnes for i in instruments if isinstance(i, Promise)}
    for row, delivery in economy.supply.deliveries.items():
        kept[row] = signed.get(delivery.name, 0.0)
    return kept


def pledges(economy: Economy, usual: float) -> Array:
    """(B.64) What owners pay for feed that they keep from their own plant, USD/kg, (k).

    Of a plant that states paid for, the money comes due; of others, usual.
    """
    out = np.full(len(economy.supply.network.contracts), usual)
    for row, (_, plant) in economy.supply.ties.items():
        terms = economy.chain.facilities[plant].terms
        if terms is not None:
            due = called_in(
                economy.backed.get(plant, 0.0), terms.capex, economy.chain.facilities[plant].capacity
            )
            out[row] = max(usual, due)
    return out


def _promise_owned_feed(e: Economy, share: float | None, kept: Array) -> None:
    """Feed promised to an owner's own plant: a share of the lesser of the two, as they stand; all of it
    where states paid for half of the plant or more.

    What is under way is promised what those that stood before it leave.
    """
    if not e.parameters.on("offer"):
        return
    share = e.parameters["offer.tie_share"] if share is None else share
    left: dict[int, float] = {}
    for row, (mine, plant) in e.supply.ties.items():
        dug, room = _normal_output(e, mine), _normal_output(e, plant)
        if e.chain.facilities[mine].terms is not None or e.chain.facilities[plant].terms is not None:
            dug, room = left.get(mine, dug), left.get(plant, room)
        kept[row] = promised_feed(1.0 if e.backed.get(plant, 0.0) >= PLEDGED else share, dug, room)
        for at, tonnes in ((mine, dug), (plant, room)):
            left[at] = max(left.get(at, tonnes) - min(dug, room), 0.0)


def _normal_output(e: Economy, at: int) -> float:
    """Output of a facility in a normal year: that of the base year, or of what stands and is not stopped,
    t a year.
    """
    facility = e.chain.facilities[at]
    output = facility.output if facility.terms is None else float(e.normal[at] * e.built[at])
    return 0.0 if e.closure.shut[at] else output * (1.0 - float(e.stopped[at]))


def _promise_staked_feed(e: Economy, instruments: Iterable[Instrument], made: Array, kept: Array) -> None:
    """Feed of mines an investor paid for, or whose owner is at home there: a share of last output.

    It follows what was mined, so that nobody owes what no mine gave. Who paid goes before who owns.
    """
    tie = {i.state: i.tie for i in instruments if isinstance(i, Stake)}
    paid = {at for _, at in e.staked}
    for row, (state, mines) in e.supply.stakes.items():
        for at in mines:
            part = e.staked.get((state, at), 0.0 if at in paid else float(home(e, at) == state))
            output = float(made[e.supply.layout.runs[at]].sum())
            kept[row] += tie.get(state, 0.0) * part * output


def home(economy: Economy, facility: int) -> str:
    """Where the owner of a facility is at home."""
    return economy.chain.firms.get(economy.chain.facilities[facility].firm, "ROW")
