"""Promises: feed that owners keep for their own plants, what investors have tied abroad, and offtakes."""

from collections.abc import Iterable

import numpy as np

from coercivity.model.behaviour.offer import promised_feed
from coercivity.model.inputs.instruments import Instrument, Promise, Stake
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array

__all__ = ["promises"]


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


def _promise_owned_feed(e: Economy, share: float | None, kept: Array) -> None:
    """Feed promised to an owner's own plant: a share of the lesser of the two, as they stand.

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
        kept[row] = promised_feed(share, dug, room)
        for at, tonnes in ((mine, dug), (plant, room)):
            left[at] = max(left.get(at, tonnes) - min(dug, room), 0.0)


def _normal_output(e: Economy, at: int) -> float:
    """Output of a facility in a normal year: that of the base year, or of what stands, t a year."""
    facility = e.chain.facilities[at]
    output = facility.output if facility.terms is None else float(e.normal[at] * e.built[at])
    return 0.0 if e.closure.shut[at] else output


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
