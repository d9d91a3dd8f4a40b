"""Programmes of recycling and substitution: what added collection costs, and what research changes."""

from collections.abc import Iterator, Sequence

import numpy as np

from coercivity.model.inputs.instruments import Collection, Instrument, Research
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array

__all__ = ["collection_costs", "substitution_speed"]


def collection_costs(
    economy: Economy, instruments: Sequence[Instrument], dear: Array, date: float, length: float
) -> Iterator[tuple[tuple[str, str, str], float]]:
    """What states pay for what is collected on top, USD, by account: owner, kind, item.

    dear: price of the chain's signal over the base year's, by region, as collectors saw it
    """
    programmes = {i.state: i for i in instruments if isinstance(i, Collection)}
    if not programmes:
        return
    returned = economy.vintages.returned
    added = returned(date, dear, {state: i.share for state, i in programmes.items()})
    more = np.maximum(added - returned(date, dear, {}), 0.0)
    for region, tonnes in zip(economy.chain.regions, more, strict=True):
        if tonnes > 0 and region in programmes:
            usd = programmes[region].cost * float(tonnes) * 1000.0 * length
            yield (region, "state", "programme circularity"), -usd


def substitution_speed(economy: Economy, instruments: Sequence[Instrument]) -> dict[str, float]:
    """Speed of substitution by place, as a factor; other recipes get cheaper as programmes have it."""
    found = {i.state: i for i in instruments if isinstance(i, Research)}
    now = {place: i.cost for place, i in found.items()}
    for place in now.keys() | economy.recipe_cost.keys():
        change = now.get(place, 1.0) - economy.recipe_cost.get(place, 1.0)
        for at in economy.supply.layout.stage_in("recipe", (place,)) if change else ():
            economy.unit_cost[at] += change * economy.supply.layout.activities[at].cost
    economy.recipe_cost = now
    return {place: i.adoption for place, i in found.items()}
