"""Evasion: what limits cover, and how much of it the grey channel carries all the same."""

from collections.abc import Iterable, Sequence

import numpy as np

from coercivity.model.inputs.instruments import Enforcement, ExportCap, Instrument
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array, Index

__all__ = ["leak", "leaks", "restricted_arcs"]


def leaks(economy: Economy, instruments: Sequence[Instrument]) -> Array:
    """What the grey channel can carry on each arc, t a year: a share of what limits cover, (t).

    The share starts at the leak of the evidence and grows with the premium (B.8); enforcement cuts it.
    """
    out = np.zeros(len(economy.supply.network.arcs))
    covered = restricted_arcs(economy, instruments)
    if not covered.size or not economy.parameters.on("grey"):
        economy.grey = 0.0
        return out
    economy.grey = economy.grey or leak(economy)
    effort = {i.state: i.smuggling for i in instruments if isinstance(i, Enforcement)}
    carried = economy.grey * (1.0 - effort.get(economy.chain.names.home, 0.0))
    arcs = economy.supply.layout.arcs
    twin = {(arcs[i].origin, arcs[i].destination, arcs[i].material): i for i in covered}
    for at, arc in enumerate(arcs):
        if arc.channel == "grey":
            legal = twin.get((arc.origin, arc.destination, arc.material))
            out[at] = 0.0 if legal is None else carried * economy.reference[legal]
    return out


def leak(economy: Economy) -> float:
    """Share of restricted shipments that get out anyway at first."""
    return economy.parameters["grey.leak"]


def restricted_arcs(economy: Economy, instruments: Iterable[Instrument]) -> Index:
    """Arcs that a measure in force covers."""
    rows = [
        row for i in instruments if isinstance(i, ExportCap) for row in economy.supply.limit_rows[i.measure]
    ]
    weight = economy.supply.network.limit_weight
    return np.unique(weight.column[np.isin(weight.row, rows)])
