"""What quotas call forth and what holds them together: undocumented diggers, and holders as one seller."""

from collections.abc import Sequence

import numpy as np

from coercivity.model.behaviour.illicit import diggers
from coercivity.model.inputs.instruments import Consolidation, Enforcement, Instrument
from coercivity.model.inputs.names import ILLICIT
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array

__all__ = ["conduct", "dig"]


def dig(economy: Economy, instruments: Sequence[Instrument], length: float) -> None:
    """(B.28) Illicit mines and separators grow with the price of their ore, and shrink when chased."""
    e, numbers = economy, economy.parameters
    if not numbers.on("illicit"):
        return
    effort = {i.state: i.mining for i in instruments if isinstance(i, Enforcement)}
    names = e.chain.names
    mines = e.chain.at_stage(names.stages.extract)
    ore = {f.place: f.family for _, f in mines if f.firm.startswith(ILLICIT)}
    for at, facility in enumerate(e.chain.facilities) if ore else ():
        if facility.terms is not None or not facility.firm.startswith(ILLICIT) or facility.place not in ore:
            continue
        node = e.supply.layout.node[facility.place, f"{names.forms.extracted}:{ore[facility.place]}", "made"]
        base = max(float(e.first_price[node]), 0.1)
        e.built[at] = diggers(
            e.built[at], e.price[node] / base, np.asarray(effort.get(facility.place, 0.0)),
            numbers["illicit.elasticity"], numbers["illicit.speed"], numbers["illicit.most"], length,
        )  # fmt: skip


def conduct(economy: Economy, instruments: Sequence[Instrument]) -> Array:
    """(D.31) How far the holders of every limit act as one, 0 to 1, (l)."""
    found = {i.state: i.conduct for i in instruments if isinstance(i, Consolidation)}
    if not found:
        return np.ones(len(economy.supply.network.limits))
    return np.array([found.get(name.split(" ")[0], 1.0) for name in economy.supply.network.limits])
