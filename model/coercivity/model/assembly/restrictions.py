"""What export limits in force leave to third countries, and what they withhold from whom."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coercivity.model.behaviour.third_country import allowed_share
from coercivity.model.inputs.instruments import ExportCap, Instrument
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array

__all__ = ["third_country_limits", "withheld_share"]

LEAST = 1e-6  # t a year that arrived before, below which no share of it is told


def third_country_limits(
    e: Economy, instruments: Iterable[Instrument], limit: Array, usual: NDArray[Any]
) -> None:
    """(B.50) Set what third countries may take while a measure that follows content is in force, t, (l).

    usual: of the flows before measures, t a step, (l)
    """
    if not e.parameters.on("third_country"):
        return
    share = allowed_share(e.parameters["third_country.added"], e.parameters["third_country.enforcement"])
    for i in instruments:
        if isinstance(i, ExportCap) and i.approval != 1.0:
            rows = e.supply.third_rows.get(i.measure, [])
            limit[rows] = usual[rows] * share


def withheld_share(e: Economy, instruments: Iterable[Instrument], closed: NDArray[np.bool_]) -> Array:
    """Share of what arrived at every node before that limits of others withhold, 0 to 1, (n).

    closed: arcs that nothing may take, in a what-if, (t)
    """
    weight, nodes = e.supply.network.limit_weight, len(e.supply.network.nodes)
    held_back = closed.astype(float)
    for i in instruments:
        if isinstance(i, ExportCap) and i.approval is not None and i.alarm > 0:
            arcs = weight.column[np.isin(weight.row, e.supply.limit_rows[i.measure])]
            held_back[arcs] = np.maximum(held_back[arcs], 1.0 - i.approval)
    if not held_back.any():
        return np.zeros(nodes)
    end, before = np.asarray(e.supply.network.destination), np.maximum(e.reference, 0.0)
    total = np.bincount(end, before, nodes)
    lost = np.bincount(end, before * held_back, nodes)
    return np.asarray(np.divide(lost, total, out=np.zeros(nodes), where=total > LEAST))
