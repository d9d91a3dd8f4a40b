"""Price floors: what a contract for difference adds to each unit made, and who pays how much.

A floor pays the gap between its price and the last one on at most its volume a year. What is made
in its places, or by the plants it names, shares that volume in proportion to what each is expected to
make: last step's output, moved with the room that opened or shut since. What is paid never exceeds the
volume, whatever the step turns out to make.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coercivity.model.inputs.instruments import Instrument, OutputSubsidy, PriceFloor
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array, Index

__all__ = ["FloorTerms", "floor_entries", "offered_floors", "payment"]


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
    """Entries of the technology that make a floored material: of the plants it names, else of its places."""
    layout, technology = economy.supply.layout, economy.supply.network.technology
    places = economy.chain.places if floor.plants else floor.places
    nodes = [layout.node[key] for p in places if (key := (p, floor.material, "made")) in layout.node]
    makes = np.isin(technology.row, nodes) & (technology.value > 0)
    if floor.plants:
        named = [at for at, f in enumerate(economy.chain.facilities) if f.name in floor.plants]
        makes &= np.isin(np.asarray(economy.supply.network.activity_plant)[technology.column], named)
    return np.flatnonzero(makes)


def payment(floor: PriceFloor, price: Array, tonnes: float) -> Array:
    """(D.55) What a covered tonne is paid at a price, USD/kg: the gap below, less the state's share above.

    tonnes: a year that are covered, for the cap on what the state takes

    >>> import numpy as np
    >>> terms = {"upside": 0.3, "threshold": 150.0, "cap": 10.0}
    >>> deal = PriceFloor("US", "oxide:Nd", ("US",), 110.0, 6000.0, lever="", **terms)
    >>> payment(deal, np.array([60.0, 120.0, 160.0]), 1000.0).tolist()
    [50.0, 0.0, -3.0]
    >>> payment(deal, np.array([160.0]), 5000.0).tolist()
    [-2.0]
    """
    above = np.maximum(price - max(floor.threshold, floor.floor), 0.0)
    taken = np.minimum(floor.upside * above, floor.cap * 1000.0 / max(tonnes, 1e-9))
    return np.asarray(np.maximum(floor.floor - price, 0.0) - np.where(above > 0, taken, 0.0))


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
        gap = payment(i, economy.price[technology.row[entries]], min(output, i.volume))
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
