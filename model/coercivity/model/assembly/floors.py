"""Price floors: what a contract for difference adds to each unit made, and who pays how much.

A floor pays the gap between its price and the last one on at most its volume a year. What is made
in its places shares that volume in proportion to what each is expected to make: last step's output,
moved with the room that opened or shut since. What is paid never exceeds the volume, whatever the
step turns out to make.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coercivity.model.inputs.instruments import Instrument, OutputSubsidy, PriceFloor
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array, Index

__all__ = ["FloorTerms", "floor_entries", "offered_floors"]


@dataclass(frozen=True, slots=True)
class FloorTerms:
    """One floor in force. activity: entries it covers; amount: USD/kg a unit of each earns;
    yields: covered tonnes a unit makes, as far as the floor counts on them; volume: t a step
    item: what the state's account calls it. A subsidy of output is a floor without gap or end.
    """

    state: str
    activity: Index
    amount: Array
    yields: Array
    volume: float
    item: str = "price floors"

    def paid(self, made: Array) -> Array:
        """What each entry is paid for what was made, thousand USD: all of it, or down to the volume."""
        run = np.maximum(made[self.activity], 0.0)
        covered = float((self.yields * run).sum())
        share = min(1.0, self.volume / covered) if covered > 0 else 1.0
        return np.asarray(self.amount * run * share)


def floor_entries(economy: Economy, floor: PriceFloor) -> Index:
    """Entries of the technology that make a floored material in the floor's places."""
    node = economy.supply.layout.node
    nodes = [node[key] for p in floor.places if (key := (p, floor.material, "made")) in node]
    technology = economy.supply.network.technology
    return np.flatnonzero(np.isin(technology.row, nodes) & (technology.value > 0))


def offered_floors(
    economy: Economy, instruments: Sequence[Instrument], made: Array, length: float
) -> tuple[Array, tuple[FloorTerms, ...]]:
    """What a unit of each activity is topped up by, USD/kg, (a), and the floors that do it.

    made: what each activity is expected to make, t a year
    """
    technology = economy.supply.network.technology
    top_up = np.zeros(len(economy.supply.network.activities))
    terms: list[FloorTerms] = []
    for i in instruments:
        if not isinstance(i, PriceFloor):
            continue
        entries = floor_entries(economy, i)
        at, yields = technology.column[entries], technology.value[entries]
        output = float((yields * made[at]).sum())
        economy.floored[i.state, i.material] = output
        share = min(1.0, i.volume / output) if output > 0 else 1.0
        gap = np.maximum(i.floor - economy.price[technology.row[entries]], 0.0)
        amount = gap * yields * share
        np.add.at(top_up, at, amount)
        terms.append(FloorTerms(i.state, at, amount, yields * share, i.volume * length))
    for i in instruments:
        if isinstance(i, OutputSubsidy):
            at = np.array(economy.supply.layout.stage_in(i.stage, i.places), dtype=int)
            top_up[at] += i.amount
            every = np.ones(at.size)
            terms.append(FloorTerms(i.state, at, i.amount * every, every, np.inf, f"subsidy of {i.stage}"))
    return top_up, tuple(terms)
