"""Smooth curves, and the steps that stand in for them in a linear program.

A demand curve takes from its node:          q = scale (p / reference) ** -elasticity
A rise curve adds room to its plant:         spread then block, each linear in the rent

Between re-solves the steps are re-centred on the latest prices: a narrow middle step whose
value is that price, and wider ones outwards to the ends of the curve. Steps never decide the
answer (`finish.py` does); they only bring it close. Source: model design, section 4.
"""

from dataclasses import dataclass

import numpy as np

from coercivity.optimise.market import Array, Market

__all__ = ["DEMAND_STEPS", "RISE_STEPS", "DemandCurves", "RiseCurves"]

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


@dataclass(frozen=True, slots=True, eq=False)
class DemandCurves:
    """Isoelastic demand of every use and stock, (d)."""

    scale: Array
    reference: Array
    elasticity: Array
    choke: Array
    floor: Array

    @classmethod
    def of(cls, market: Market) -> "DemandCurves":
        """The demand side of a market."""
        return cls(market.scale, market.reference, market.elasticity, market.choke, market.floor)

    def quantity(self, price: Array) -> Array:
        """Tonnes taken at `price`: nil above choke, constant below floor."""
        inside = np.clip(price, self.floor, self.choke)
        taken = self.scale * (inside / self.reference) ** -self.elasticity
        return np.where(price > self.choke, 0.0, taken)

    def slope(self, price: Array) -> Array:
        """dq/dp, t per USD/kg; nil outside (floor, choke)."""
        inside = (price > self.floor) & (price < self.choke)
        safe = np.clip(price, self.floor, self.choke)
        return np.where(inside, -self.elasticity * self.quantity(safe) / safe, 0.0)

    def area(self, price: Array) -> Array:
        """∫ p dq from nothing to what is taken at `price`, thousand USD: gross benefit."""
        safe = np.clip(price, self.floor, self.choke)
        least, taken = self.quantity(self.choke), self.quantity(safe)
        curved = self.elasticity * self.scale * self.reference**self.elasticity
        power = 1.0 - self.elasticity
        level = np.abs(power) < 1e-9
        exponent = np.where(level, 1.0, power)
        integral = np.where(
            level,
            np.log(self.choke / safe),
            (self.choke**exponent - safe**exponent) / exponent,
        )
        gross = self.choke * least + curved * integral
        return np.where(taken > 0, gross, 0.0)

    def steps(self, centre: Array, narrow: Array) -> tuple[Array, Array]:
        """Values (USD/kg) and widths (t) of the steps around `centre`, each (d, i), value falling.

        narrow: how much finer than at first each curve is cut, 1 at first, (d).
        The backstop comes last in the table though its value is the highest.
        """
        middle = np.clip(centre, self.floor * 1.0000001, self.choke / 1.0000001)
        offsets = np.asarray(OFFSETS * narrow[:, None] ** NARROWING)
        edges = np.concatenate([np.exp(offsets[:, ::-1]), np.exp(-offsets)], axis=1)
        edges = middle[:, None] * edges
        edges = np.clip(edges, self.floor[:, None], self.choke[:, None])
        edges = np.concatenate([self.choke[:, None], edges, self.floor[:, None]], axis=1)
        ratio = edges / self.reference[:, None]
        taken = self.scale[:, None] * ratio ** -self.elasticity[:, None]
        width = np.maximum(np.diff(taken, axis=1), 0.0)
        value = np.sqrt(edges[:, :-1] * edges[:, 1:])
        value[:, OFFSETS.size] = middle
        value = np.concatenate([value, self.choke[:, None]], axis=1)
        width = np.concatenate([width, taken[:, :1]], axis=1)
        return value, width


@dataclass(frozen=True, slots=True, eq=False)
class RiseCurves:
    """Room of every plant against its rent: `normal` tonnes over `spread`, `block` over `rise`, (p)."""

    normal: Array
    spread: Array
    block: Array
    rise: Array

    @classmethod
    def of(cls, market: Market) -> "RiseCurves":
        """The capacity side of a market. A spread or rise of zero is a wall, kept barely sloped."""
        return cls(
            market.capacity,
            np.maximum(market.spread, WALL),
            market.block,
            np.maximum(market.rise, WALL),
        )

    def quantity(self, rent: Array) -> Array:
        """Tonnes of room called up at `rent`."""
        low = np.clip(rent / self.spread, 0.0, 1.0)
        high = np.clip((rent - self.spread) / self.rise, 0.0, 1.0)
        return self.normal * low + self.block * high

    def slope(self, rent: Array) -> Array:
        """dq/dρ, t per USD/kg; nil beyond the last tonne."""
        low = (rent >= 0) & (rent < self.spread)
        high = (rent >= self.spread) & (rent < self.spread + self.rise)
        return np.where(low, self.normal / self.spread, 0.0) + np.where(high, self.block / self.rise, 0.0)

    def area(self, rent: Array) -> Array:
        """∫ ρ dq up to `rent`, thousand USD: what straining the plant costs."""
        low = np.clip(rent / self.spread, 0.0, 1.0)
        high = np.clip((rent - self.spread) / self.rise, 0.0, 1.0)
        strained = self.normal * self.spread * low**2 / 2
        return strained + self.block * (self.spread * high + self.rise * high**2 / 2)

    def steps(self, centre: Array, narrow: Array) -> tuple[Array, Array]:
        """Costs (USD/kg) and widths (t) of the steps around the rent `centre`, each (p, j)."""
        reach = FRACTIONS * narrow[:, None]
        share, width = _cut(centre / self.spread, reach[:, :1])
        strain, room = _cut((centre - self.spread) / self.rise, reach)
        cost = self.spread[:, None] + strain * self.rise[:, None]
        return (
            np.concatenate([share * self.spread[:, None], cost], axis=1),
            np.concatenate([width * self.normal[:, None], room * self.block[:, None]], axis=1),
        )


def _cut(centre: Array, reach: Array) -> tuple[Array, Array]:
    """Middles and widths of the steps of [0, 1] around `centre`, cut at `reach` to either side."""
    at = np.clip(centre, 0.0, 1.0)[:, None]
    edges = np.clip(np.concatenate([at - reach[:, ::-1], at + reach], axis=1), 0.0, 1.0)
    edges = np.concatenate([np.zeros_like(at), edges, np.ones_like(at)], axis=1)
    return (edges[:, 1:] + edges[:, :-1]) / 2, np.diff(edges, axis=1)
