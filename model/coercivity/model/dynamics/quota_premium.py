"""What holders of a tonnage ask for next: one more clearing at a slightly higher premium tells them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from coercivity.model.assembly.illicit import conduct
from coercivity.model.assembly.market import Assembled
from coercivity.model.behaviour.licence import PROBE, coordinated_premium, responsiveness
from coercivity.model.inputs.instruments import ExportCap, Instrument
from coercivity.optimise import Clearing
from coercivity.optimise.market import Array

if TYPE_CHECKING:
    from coercivity.model.dynamics.running import RunningWorld

__all__ = ["cartel_premium"]


def cartel_premium(
    world: "RunningWorld",
    instruments: Sequence[Instrument],
    assembled: Assembled,
    clearing: Clearing,
    used: Array,
    kept: Array,
) -> Array:
    """(B.40) Next asking premium, USD/kg, (l): of limits in tonnes whose holders act together now, what
    pays them; of others what is kept of the last. used: t gross of this step
    """
    theta = world.economy.parameters["licence.theta"] * conduct(world.economy, instruments)
    caps = [i for i in instruments if isinstance(i, ExportCap)]
    held = np.logical_and(_acting(world, caps, assembled, clearing), theta > 0)
    return (
        np.where(held, _next_premium(world, assembled, clearing, used, theta), kept) if held.any() else kept
    )


def _acting(
    world: "RunningWorld", caps: Sequence[ExportCap], assembled: Assembled, clearing: Clearing
) -> Array:
    """Limits in tonnes whose holders act: buyers are afraid, or the premium is worth having, (l)."""
    e, numbers = world.economy, world.economy.parameters
    held = np.zeros(len(e.supply.network.limits), dtype=bool)
    total = assembled.market.asking + clearing.licence
    weight, arcs = e.supply.network.limit_weight, e.supply.layout.arcs
    for i in caps:
        if i.tonnes:
            rows = e.supply.limit_rows[i.measure]
            covered = {arcs[int(at)].destination for at in weight.column[np.isin(weight.row, rows)]}
            alarmed = max((e.risk[place] for place in covered), default=0.0) >= numbers["licence.alarm"]
            held[rows] = alarmed | (total[rows] > numbers["licence.threshold"])
    return held


def _next_premium(
    world: "RunningWorld", assembled: Assembled, clearing: Clearing, used: Array, theta: Array
) -> Array:
    """What holders ask next by how exports answer a higher premium; less of a limit nobody uses, (l)."""
    e, numbers = world.economy, world.economy.parameters
    market, length = assembled.market, world.settings.clock.length
    total = np.maximum(market.asking + clearing.licence, numbers["licence.threshold"])
    finite = np.isfinite(market.limit) & (market.limit > 0)
    weight = e.supply.network.limit_weight
    higher = world.clearer(replace(market, asking=np.where(finite, total * PROBE, 0.0)))
    probed = np.bincount(weight.row, weight.value * higher.flow[weight.column], used.size).astype(float)
    eta = responsiveness(used, probed, total * PROBE, market.asking + clearing.licence)
    clip = numbers["licence.fall"], numbers["licence.rise"]
    asked = coordinated_premium(total, eta, theta, numbers["licence.gain"], clip, length)
    share = np.divide(used, market.limit, out=np.ones_like(used), where=finite)
    shunned = total * numbers["licence.low_use_decay"] ** (4.0 * length)
    return np.where(share < numbers["licence.low_use"], shunned, asked)
