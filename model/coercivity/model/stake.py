"""What every place would lose if another stopped supplying it for a year.

Origin is followed up the chain: a magnet bought in Japan carries the Chinese share of the metal,
oxide and concentrate in it. With a the shares of what arrives, and U(X) = X with ones on the
diagonal (what a place makes itself stops when it stops):

    X(concentrate) = a(concentrate),   X(next stage) = a(next stage) · U(X(stage))         (O.1)
    own(concentrate) = a_jj,           own(next stage) = a_jj · own(stage)

    loss of a use = ∫ min(p(x), choke) dx from (1 − X) q to q, less p X q, for as long as
    stocks do not fill the gap; loss of makers = their value added times X                 (O.2)

p(x) is the use's short-run demand curve through today's price p and quantity q.
"""

from dataclasses import dataclass

import numpy as np

from coercivity.model.economy import Economy
from coercivity.optimise import Clearing
from coercivity.optimise.market import Array

__all__ = ["SHIPPED", "Stakes", "lost_surplus"]

THOUSAND = 1000.0
SHIPPED = 1e-3  # t: of less, shares say nothing; a clearing that moves 200,000 t leaves grams where none go


def lost_surplus(price: Array, taken: Array, elasticity: Array, choke: Array, lost: Array) -> Array:
    """(O.2) Users' loss when a share of what they take is gone, thousand USD (USD/kg times t).

    >>> import numpy as np
    >>> one = np.ones(1)
    >>> float(lost_surplus(10 * one, 5 * one, 0.5 * one, 100 * one, 0 * one)[0])
    0.0
    >>> float(lost_surplus(10 * one, 5 * one, 0.5 * one, 10 * one, one)[0])
    0.0
    """
    q = np.maximum(taken, 1e-12)
    top = np.maximum(choke, price)
    left = np.maximum(1.0 - lost, 0.0)
    edge = (top / np.maximum(price, 1e-9)) ** -elasticity  # share of q at which the price is choke
    power = 1.0 - 1.0 / np.where(np.abs(elasticity - 1.0) < 1e-6, 1.0 + 1e-6, elasticity)
    curve = price * q * (1.0 - np.maximum(left, edge) ** power) / power
    backstop = top * q * np.maximum(edge - left, 0.0)
    return np.asarray(curve + backstop - price * q * (1.0 - left))


@dataclass(frozen=True, slots=True)
class Exposure:
    """Dependence of row places on column places.

    value: loss of the one if the other stops, USD a year; share: of its supply, by value of uses
    own: share of its supply that is its own from mine to use; added: value added of makers after
    separation, USD a year, by place
    """

    value: Array
    share: Array
    own: Array
    added: Array


@dataclass(frozen=True, slots=True)
class Content:
    """reach: (O.1) by material, (place, place); own: by material, (place); metal: the worst makers need."""

    reach: dict[str, Array]
    own: dict[str, Array]
    metal: Array


class Stakes:
    """Who depends on whom, from the flows of one step. Wiring is read once."""

    def __init__(self, economy: Economy) -> None:
        self.economy = economy
        layout, chain = economy.supply.layout, economy.chain
        self.places = sorted(chain.places)
        where = {place: at for at, place in enumerate(self.places)}
        origin = np.array([where[arc.origin] for arc in layout.arcs])
        destination = np.array([where[arc.destination] for arc in layout.arcs])
        self.moved = {m: at for at, m in enumerate(dict.fromkeys(arc.material for arc in layout.arcs))}
        material = np.array([self.moved[arc.material] for arc in layout.arcs])
        self.lane = (material * len(self.places) + destination) * len(self.places) + origin
        self._last: tuple[Array, Array] | None = None
        self.elements = [e for e in chain.elements if e != "other"]
        used = [at for at, c in enumerate(layout.curves) if c.kind == "use"]
        self.used = np.array(used, dtype=int)
        self.user = np.array([where[layout.curves[at].place] for at in used], dtype=int)
        self.materials = [self._recipe(at) for at in used]
        self.served = [m for m in chain.metals if any(m in recipe for recipe in self.materials)]
        technology = economy.supply.network.technology
        making = (*chain.names.stages.worked, "dose")
        makes = np.array([a.kind in making for a in layout.activities])
        self.making = np.flatnonzero(makes[technology.column])
        site = np.array([where[a.place] for a in layout.activities])
        self.site = site[technology.column[self.making]]
        self.stored = [
            (at, where[c.place], economy.supply.network.demand_node[at])
            for at, c in enumerate(layout.curves)
            if c.kind in ("private", "public") and chain.names.is_made(c.material)
        ]

    def _recipe(self, at: int) -> dict[str, float]:
        """What a use is made of by mass, or the one element it takes."""
        curve = self.economy.supply.layout.curves[at]
        if not curve.what:
            return {curve.material: 1.0}
        use = next(use for use in self.economy.chain.uses if use.name == curve.what)
        total = sum(use.recipe.values())
        return {grade: share / total for grade, share in use.recipe.items()}

    def __call__(self, clearing: Clearing, served: Array, length: float) -> Exposure:
        """(O.1), (O.2) from a cleared step. served: of every curve, t; length: of the step, years."""
        e = self.economy
        content = self._content(clearing.flow)
        price = clearing.price[np.asarray(e.supply.network.demand_node)[self.used]]
        taken = served[self.used] / length
        lost = np.zeros((len(self.used), len(self.places)))
        home = np.zeros(len(self.used))
        for row, (recipe, user) in enumerate(zip(self.materials, self.user, strict=True)):
            for material, part in recipe.items():
                lost[row] += part * content.reach[material][user]
                home[row] += part * content.own[material][user]
        lost = np.clip(lost, 0.0, 1.0)
        lost[np.arange(len(self.used)), self.user] = 0.0
        short, choke = e.short[self.used][:, None], e.choke[self.used][:, None]
        loss = lost_surplus(price[:, None], taken[:, None], short, choke, lost)
        cover = self._cover(clearing)[self.user][:, None]
        bare = 1.0 - np.minimum(cover / np.maximum(lost, 1e-9), 1.0)
        usual = e.base_price[self.used] * taken
        worth = np.bincount(self.user, usual, len(self.places))
        value, share = self._by_place(loss * bare), self._by_place(lost * usual[:, None])
        share = np.divide(share, worth[:, None], out=np.zeros_like(share), where=worth[:, None] > 0)
        own = np.bincount(self.user, home * usual, len(self.places))
        own = np.divide(own, worth, out=np.zeros_like(own), where=worth > 0)
        added = self.value_added(clearing) / length
        inputs = content.metal.copy()
        np.fill_diagonal(inputs, 0.0)
        value = value * THOUSAND + np.maximum(added, 0.0)[:, None] * inputs
        return Exposure(value, share, np.asarray(own, dtype=float), added)

    def _by_place(self, table: Array) -> Array:
        """Rows of uses added up by the place of the user."""
        out = np.zeros((len(self.places), len(self.places)))
        np.add.at(out, self.user, table)
        return out

    def value_added(self, clearing: Clearing) -> Array:
        """Sales less purchases of makers after separation, USD a step, by place."""
        technology = self.economy.supply.network.technology
        at = self.making
        worth = (
            technology.value[at]
            * clearing.price[technology.row[at]]
            * clearing.activity[technology.column[at]]
        )
        return np.asarray(np.bincount(self.site, worth, len(self.places)) * THOUSAND)

    def _content(self, flow: Array) -> "Content":
        """(O.1) What every material in every place hangs on, and how much of it is its own."""
        reach: dict[str, Array] = {}
        own: dict[str, Array] = {}
        metals: dict[str, tuple[Array, Array]] = {}
        names = self.economy.chain.names
        separated = names.forms.separated
        for element in self.elements:
            ore = self._arrivals(flow, self._concentrates(element))
            arrives = self._arrivals(flow, {f"{separated}:{element}": 1.0})
            oxide, mine = arrives @ _stopped(ore), np.diag(arrives) * np.diag(ore)
            reach[f"{separated}:{element}"], own[f"{separated}:{element}"] = oxide, mine
            if element in names.worked_from:
                arrives = self._arrivals(flow, {names.worked_from[element]: 1.0})
                metals[element] = arrives @ _stopped(oxide), np.diag(arrives) * mine
        for material in self.served:  # made of one stage less, and used as it is
            found = [metals[e] for e, made in names.worked_from.items() if made == material and e in metals]
            reach[material] = np.max([r for r, _ in found], axis=0)
            own[material] = np.min([mine for _, mine in found], axis=0)
        for grade in self.economy.chain.grades:
            # The element whose supply is least safe decides.
            needed = [metals[e] for e in names.essential.get(grade, tuple(metals)) if e in metals]
            arrives = self._arrivals(flow, {grade: 1.0})
            reach[grade] = arrives @ _stopped(np.max([r for r, _ in needed], axis=0))
            own[grade] = np.diag(arrives) * np.min([mine for _, mine in needed], axis=0)
        nobody = np.zeros((len(self.places), len(self.places)))
        worst = np.max([nobody, *(metals[e][0] for e in names.makers_need)], axis=0)
        return Content(reach, own, worst)

    def _concentrates(self, element: str) -> dict[str, float]:
        """What a tonne of each ore holds of an element."""
        baskets, form = self.economy.chain.baskets, self.economy.chain.names.forms.extracted
        return {f"{form}:{family}": basket.get(element, 0.0) for family, basket in baskets.items()}

    def shipped(self, flow: Array, weight: dict[str, float]) -> Array:
        """Tonnes that arrive in each place (row) from each place (column), materials weighted."""
        table = np.zeros((len(self.places), len(self.places)))
        for material, factor in weight.items():
            if material in self.moved and factor > 0:
                table += factor * self._tonnes(flow)[self.moved[material]]
        return np.maximum(table, 0.0)

    def _tonnes(self, flow: Array) -> Array:
        """Tonnes of every material into every place from every place; kept for the flows last asked for."""
        if self._last is not None and self._last[0] is flow:
            return self._last[1]
        shape = len(self.moved), len(self.places), len(self.places)
        table = np.asarray(np.bincount(self.lane, flow, int(np.prod(shape))), dtype=float).reshape(shape)
        self._last = flow, table
        return table

    def _arrivals(self, flow: Array, weight: dict[str, float]) -> Array:
        """Share of what arrives in each place (row) from each place (column); nil where nothing does."""
        square = self.shipped(flow, weight)
        total = square.sum(axis=1, keepdims=True)
        return np.asarray(np.divide(square, total, out=np.zeros_like(square), where=total > SHIPPED))

    def _cover(self, clearing: Clearing) -> Array:
        """Years of recent use that stocks of what is made last, by value, by place."""
        e = self.economy
        held, used = np.zeros(len(self.places)), np.zeros(len(self.places))
        seen: set[int] = set()
        for at, place, node in self.stored:
            worth = max(float(e.base_price[at]), 1e-6)
            held[place] += float(clearing.served[at]) * worth
            if int(node) not in seen:
                used[place] += float(e.use[node]) * worth
                seen.add(int(node))
        return np.divide(held, used, out=np.zeros_like(held), where=used > 0)


def _stopped(reach: Array) -> Array:
    """U(X): what a place makes stops when it stops, whatever it is made of."""
    out = reach.copy()
    np.fill_diagonal(out, 1.0)
    return out
