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
    """(B.28) Illicit mines grow with the price of their ore, separators with that of all, unless chased."""
    e, numbers = economy, economy.parameters
    if not numbers.on("illicit"):
        return
    effort = {i.state: i.mining for i in instruments if isinstance(i, Enforcement)}
    names = e.chain.names
    mines = e.chain.at_stage(names.stages.extract)
    ores: dict[str, list[str]] = {}
    for _, mine in mines:
        if mine.firm.startswith(ILLICIT) and mine.family not in ores.setdefault(mine.place, []):
            ores[mine.place].append(mine.family)
    for at, facility in enumerate(e.chain.facilities) if ores else ():
        if facility.terms is not None or not facility.firm.startswith(ILLICIT) or facility.place not in ores:
            continue
        dug = [facility.family] if facility.family in ores[facility.place] else ores[facility.place]
        nodes = [
            e.supply.layout.node[facility.place, f"{names.forms.extracted}:{ore}", "made"] for ore in dug
        ]
        dearer = np.mean([e.price[node] / max(float(e.first_price[node]), 0.1) for node in nodes], axis=0)
        e.built[at] = diggers(
            e.built[at], dearer, np.asarray(effort.get(facility.place, 0.0)),
            numbers["illicit.elasticity"], numbers["illicit.speed"], numbers["illicit.most"], length,
        )  # fmt: skip


def conduct(economy: Economy, instruments: Sequence[Instrument]) -> Array:
    """(D.31) How far the holders of every limit act as one, 0 to 1, (l)."""
    found = {i.state: i.conduct for i in instruments if isinstance(i, Consolidation)}
    if not found:
        return np.ones(len(economy.supply.network.limits))
    return np.array([found.get(name.split(" ")[0], 1.0) for name in economy.supply.network.limits])
