"""Costs that states share: a reserve's purchases and sales, split among its members."""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from coercivity.model.inputs.instruments import Instrument, PublicStock
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array

__all__ = ["shared_costs"]


def shared_costs(
    economy: Economy, instruments: Iterable[Instrument], held: Array, served: Array, price: Array
) -> Iterator[tuple[tuple[str, str, str], float]]:
    """What members owe each other for a reserve in a step, USD, by account: equal parts of its net cost.

    held, served: stock before and after, t, (d); price: USD/kg, (n)
    """
    curves, node = economy.supply.layout.curves, np.asarray(economy.supply.network.demand_node)
    for i in instruments:
        if not isinstance(i, PublicStock) or i.members in ((), (i.state,)):
            continue
        cost = math.fsum(
            float(price[node[at]] * (served[at] - held[at])) * 1000.0
            for at, c in enumerate(curves)
            if c.kind == "public" and (c.place, c.material, c.what) == (i.state, i.material, i.what)
        )
        for member in i.members:
            if member != i.state:
                yield (member, "state", "share of reserve"), -cost / len(i.members)
                yield (i.state, "state", "share of reserve"), cost / len(i.members)
