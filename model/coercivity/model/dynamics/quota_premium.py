"""What holders of a tonnage ask for next, as an imagined clearing at a higher premium tells them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from coercivity.model.assembly.illicit import conduct
from coercivity.model.assembly.market import Assembled
from coercivity.model.behaviour.licence import PROBE, coordinated_premium, responsiveness
from coercivity.model.inputs.instruments import ExportCap, Instrument
from coercivity.model.state.economy import Economy
from coercivity.optimise import Clearing
from coercivity.optimise.market import Array, Market

__all__ = ["HeldLimits", "cartel_premium", "hold_limits"]


@dataclass(frozen=True, slots=True, eq=False)
class HeldLimits:
    """A step's market as holders who act together remember it when they next ask.

    acting: limits whose holders act, (l); total: what a licence was worth, USD/kg, (l); used: t gross, (l);
    theta: their conduct, (l); length: of the step, years
    """

    market: Market
    acting: Array
    total: Array
    used: Array
    theta: Array
    length: float


def hold_limits(
    e: Economy, instruments: Sequence[Instrument], assembled: Assembled, clearing: Clearing, length: float
) -> HeldLimits | None:
    """What is to be remembered of a step, or nothing where nobody acts together. Clears nothing."""
    theta = e.parameters["licence.theta"] * conduct(e, instruments)
    total = assembled.market.asking + clearing.licence
    acting = np.logical_and(_acting(e, instruments, total), theta > 0)
    if not acting.any():
        return None
    weight = e.supply.network.limit_weight
    used = np.bincount(weight.row, weight.value * clearing.flow[weight.column], total.size).astype(float)
    return HeldLimits(assembled.market, acting, total, used, theta, length)


def _acting(e: Economy, instruments: Sequence[Instrument], total: Array) -> Array:
    """Limits in tonnes whose holders act: buyers are afraid, or the premium is worth having, (l)."""
    numbers = e.parameters
    held = np.zeros(total.size, dtype=bool)
    weight, arcs = e.supply.network.limit_weight, e.supply.layout.arcs
    for i in instruments:
        if isinstance(i, ExportCap) and i.tonnes:
            rows = e.supply.limit_rows[i.measure]
            covered = {arcs[int(at)].destination for at in weight.column[np.isin(weight.row, rows)]}
            alarmed = max((e.risk[place] for place in covered), default=0.0) >= numbers["licence.alarm"]
            held[rows] = alarmed | (total[rows] > numbers["licence.threshold"])
    return held


def cartel_premium(e: Economy, held: HeldLimits, clear: Callable[[Market], Clearing]) -> Array:
    """(B.40) Next asking premium, USD/kg, (l): of limits whose holders act, what pays them by how exports
    answer a higher premium, less of a limit nobody uses; of others what it is."""
    numbers, market = e.parameters, held.market
    total = np.maximum(held.total, numbers["licence.threshold"])
    finite = np.isfinite(market.limit) & (market.limit > 0)
    weight = e.supply.network.limit_weight
    higher = clear(replace(market, asking=np.where(finite, total * PROBE, 0.0)))
    probed = np.bincount(weight.row, weight.value * higher.flow[weight.column], total.size).astype(float)
    eta = responsiveness(held.used, probed, total * PROBE, held.total)
    clip = numbers["licence.fall"], numbers["licence.rise"]
    asked = coordinated_premium(total, eta, held.theta, numbers["licence.gain"], clip, held.length)
    share = np.divide(held.used, market.limit, out=np.ones_like(held.used), where=finite)
    shunned = total * numbers["licence.low_use_decay"] ** (4.0 * held.length)
    return np.where(held.acting, np.where(share < numbers["licence.low_use"], shunned, asked), e.premium)
