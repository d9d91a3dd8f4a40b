"""Smooth curves, and the steps that stand in for them in a linear program.

A demand curve takes from its node:          q = scale (p / reference) ** -elasticity
A rise curve adds room to its plant:         spread then block, each linear in the rent

Between re-solves the steps are re-centred on the latest prices: a narrow middle step whose
value is that price, and wider ones outwards to the ends of the curve. Columns of one curve are alike
but for what they stand for, so the one in the last basis stands for the middle step, and the basis
moves with the curve. Steps never decide the answer (`finish.py` does); they only bring it close.
Source: model design, section 4.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coercivity.optimise.loops import compiled_loop, inline
from coercivity.optimise.market import Array, Market

__all__ = [
    "DEMAND_STEPS", "NONE", "RISE_STEPS", "DemandCurves", "Leads", "RiseCurves", "easing", "falling",
    "room", "quantity_taken",
]  # fmt: skip

Leads = NDArray[np.intp]  # of each curve's columns, the one that stands for the middle step
NONE = -1  # ... where the middle one itself does

# Half-widths of the steps around the last price, in logs: 1 %, 5 %, 25 %, threefold.
OFFSETS = np.array([0.01, 0.05, 0.25, 1.1])
NARROWING = np.array([1.0, 1.0, 0.5, 0.0])  # how far each follows when steps are narrowed
# Half-widths for a rise curve, as shares of its range.
FRACTIONS = np.array([0.02, 0.15])
DEMAND_STEPS = 2 * OFFSETS.size + 2  # ... the last is the backstop, flat at the choke price
SPREAD_STEPS = 3
WALL = 1e-4  # least spread and rise, USD/kg: twins at one cost share evenly by it
RISE_STEPS = SPREAD_STEPS + 2 * FRACTIONS.size + 1
BACKSTOP = DEMAND_STEPS - 1


@inline
def quantity_taken(curves: "DemandCurves", use: int, price: float) -> float:
    """Tonnes that one use takes at `price`: nil above choke, constant below floor."""
    if price > curves.choke[use]:
        return 0.0
    inside = max(price, curves.floor[use])
    return float(curves.scale[use] * (inside / curves.reference[use]) ** -curves.elasticity[use])


@inline
def falling(curves: "DemandCurves", use: int, price: float) -> float:
    """dq/dp of one use, t per USD/kg; nil outside (floor, choke)."""
    if not curves.floor[use] < price < curves.choke[use]:
        return 0.0
    return float(-curves.elasticity[use] * quantity_taken(curves, use, price) / price)


@inline
def room(curves: "RiseCurves", plant: int, rent: float) -> float:
    """Tonnes of room that one plant calls up at `rent`."""
    low = min(max(rent / curves.spread[plant], 0.0), 1.0)
    high = min(max((rent - curves.spread[plant]) / curves.rise[plant], 0.0), 1.0)
    return float(curves.normal[plant] * low + curves.block[plant] * high)


@inline
def easing(curves: "RiseCurves", plant: int, rent: float) -> float:
    """dq/dρ of one plant, t per USD/kg; nil beyond the last tonne."""
    if rent >= curves.spread[plant]:
        if rent < curves.spread[plant] + curves.rise[plant]:
            return float(curves.block[plant] / curves.rise[plant])
        return 0.0
    if rent >= 0.0:
        return float(curves.normal[plant] / curves.spread[plant])
    return 0.0


@inline
def benefit(curves: "DemandCurves", use: int, price: float) -> float:
    """∫ p dq of one use from nothing to what it takes at `price`, thousand USD."""
    choke, elasticity = curves.choke[use], curves.elasticity[use]
    safe = min(max(price, curves.floor[use]), choke)
    if quantity_taken(curves, use, safe) <= 0.0:
        return 0.0
    curved = elasticity * curves.scale[use] * curves.reference[use] ** elasticity
    power = 1.0 - elasticity
    level = choke * quantity_taken(curves, use, choke)
    if abs(power) < 1e-9:
        return float(level + curved * np.log(choke / safe))
    return float(level + curved * (choke**power - safe**power) / power)


@inline
def straining(curves: "RiseCurves", plant: int, rent: float) -> float:
    """∫ ρ dq of one plant up to `rent`, thousand USD."""
    spread, rise = curves.spread[plant], curves.rise[plant]
    low = min(max(rent / spread, 0.0), 1.0)
    high = min(max((rent - spread) / rise, 0.0), 1.0)
    strained = curves.normal[plant] * spread * low**2 / 2
    return float(strained + curves.block[plant] * (spread * high + rise * high**2 / 2))


@compiled_loop
def _all_taken(curves: "DemandCurves", price: Array) -> Array:
    return np.array([quantity_taken(curves, use, price[use]) for use in range(price.size)])


@compiled_loop
def _all_falling(curves: "DemandCurves", price: Array) -> Array:
    return np.array([falling(curves, use, price[use]) for use in range(price.size)])


@compiled_loop
def _all_benefit(curves: "DemandCurves", price: Array) -> Array:
    return np.array([benefit(curves, use, price[use]) for use in range(price.size)])


@compiled_loop
def _all_straining(curves: "RiseCurves", rent: Array) -> Array:
    return np.array([straining(curves, plant, rent[plant]) for plant in range(rent.size)])


@compiled_loop
def _demand_steps(curves: "DemandCurves", centre: Array, narrow: Array, lead: Leads) -> tuple[Array, Array]:
    steps = OFFSETS.size
    value, width = np.empty((centre.size, DEMAND_STEPS)), np.empty((centre.size, DEMAND_STEPS))
    edge, most = np.empty(2 * steps + 2), np.empty(2 * steps + 2)
    for use in range(centre.size):
        floor, choke, elasticity = curves.floor[use], curves.choke[use], curves.elasticity[use]
        middle = min(max(centre[use], floor * 1.0000001), choke / 1.0000001)
        at_middle = quantity_taken(curves, use, middle)
        edge[0], most[0] = choke, quantity_taken(curves, use, choke)
        edge[-1], most[-1] = floor, quantity_taken(curves, use, floor)
        for i in range(steps):
            offset = OFFSETS[i] * (narrow[use] ** NARROWING[i] if narrow[use] < 1.0 else 1.0)
            dearer, fewer = np.exp(offset), np.exp(-elasticity * offset)
            up, down = steps - i, steps + 1 + i
            edge[up], most[up] = middle * dearer, at_middle * fewer
            edge[down], most[down] = middle / dearer, at_middle / fewer
            if edge[up] >= choke:
                edge[up], most[up] = choke, most[0]
            if edge[down] <= floor:
                edge[down], most[down] = floor, most[-1]
        for i in range(BACKSTOP):
            value[use, i] = np.sqrt(edge[i] * edge[i + 1])
            width[use, i] = max(most[i + 1] - most[i], 0.0)
        value[use, steps] = middle
        value[use, BACKSTOP], width[use, BACKSTOP] = choke, most[0]
        _swap(value, width, use, steps, lead[use])
    return value, width


@compiled_loop
def _rise_steps(curves: "RiseCurves", centre: Array, narrow: Array, lead: Leads) -> tuple[Array, Array]:
    cost, width = np.empty((centre.size, RISE_STEPS)), np.empty((centre.size, RISE_STEPS))
    edge, cuts = np.empty(RISE_STEPS), FRACTIONS.size
    for plant in range(centre.size):
        spread, rise = curves.spread[plant], curves.rise[plant]
        _cut(edge, centre[plant] / spread, narrow[plant], 1)
        for i in range(SPREAD_STEPS):
            cost[plant, i] = spread * (edge[i] + edge[i + 1]) / 2
            width[plant, i] = curves.normal[plant] * (edge[i + 1] - edge[i])
        _cut(edge, (centre[plant] - spread) / rise, narrow[plant], cuts)
        for i in range(2 * cuts + 1):
            cost[plant, SPREAD_STEPS + i] = spread + rise * (edge[i] + edge[i + 1]) / 2
            width[plant, SPREAD_STEPS + i] = curves.block[plant] * (edge[i + 1] - edge[i])
        middle = SPREAD_STEPS // 2 if centre[plant] < spread else SPREAD_STEPS + cuts
        _swap(cost, width, plant, middle, lead[plant])
    return cost, width


@inline
def _swap(value: Array, width: Array, curve: int, middle: int, lead: int) -> None:
    """Let a curve's leading column stand for its middle step, and that one for what the other did."""
    if lead != NONE:
        value[curve, middle], value[curve, lead] = value[curve, lead], value[curve, middle]
        width[curve, middle], width[curve, lead] = width[curve, lead], width[curve, middle]


@inline
def _cut(edge: Array, centre: float, narrow: float, cuts: int) -> None:
    """Cut [0, 1] around `centre`, so many times to either side."""
    at = min(max(centre, 0.0), 1.0)
    edge[0], edge[2 * cuts + 1] = 0.0, 1.0
    for i in range(cuts):
        edge[cuts - i] = max(at - narrow * FRACTIONS[i], 0.0)
        edge[cuts + 1 + i] = min(at + narrow * FRACTIONS[i], 1.0)


class DemandCurves(NamedTuple):
    """Isoelastic demand of every use and stock, (d)."""

    scale: Array
    reference: Array
    elasticity: Array
    choke: Array
    floor: Array

    @classmethod
    def of(cls, market: Market) -> "DemandCurves":
        """The demand side of a market."""
        parts = market.scale, market.reference, market.elasticity, market.choke, market.floor
        return cls(*map(np.array, parts))  # read-only ones would compile every loop again

    def quantity(self, price: Array) -> Array:
        """Tonnes taken at `price`: nil above choke, constant below floor."""
        return _all_taken(self, price)

    def slope(self, price: Array) -> Array:
        """dq/dp, t per USD/kg; nil outside (floor, choke)."""
        return _all_falling(self, price)

    def area(self, price: Array) -> Array:
        """∫ p dq from nothing to what is taken at `price`, thousand USD: gross benefit."""
        return _all_benefit(self, price)

    def steps(self, centre: Array, narrow: Array, lead: Leads) -> tuple[Array, Array]:
        """Values (USD/kg) and widths (t) of the steps around `centre`, each (d, i).

        Values fall, but for the two that change places where another than the middle one leads, and
        for the backstop, which comes last. narrow: how much finer than at first each curve is cut, 1 at
        first, (d).
        """
        return _demand_steps(self, centre, narrow, lead)


class RiseCurves(NamedTuple):
    """Room of every plant against its rent: `normal` tonnes over `spread`, `block` over `rise`, (p)."""

    normal: Array
    spread: Array
    block: Array
    rise: Array

    @classmethod
    def of(cls, market: Market) -> "RiseCurves":
        """The capacity side of a market. A spread or rise of zero is a wall, kept barely sloped."""
        spread, rise = np.maximum(market.spread, WALL), np.maximum(market.rise, WALL)
        return cls(np.array(market.capacity), spread, np.array(market.block), rise)

    def area(self, rent: Array) -> Array:
        """∫ ρ dq up to `rent`, thousand USD: what straining the plant costs."""
        return _all_straining(self, rent)

    def steps(self, centre: Array, narrow: Array, lead: Leads) -> tuple[Array, Array]:
        """Costs (USD/kg) and widths (t) of the steps around the rent `centre`, each (p, j).

        Costs rise, but for the two that change places where another than the middle one leads.
        """
        return _rise_steps(self, centre, narrow, lead)
