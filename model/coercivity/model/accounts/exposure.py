"""What every place would lose if another stopped supplying it for a year.

Origin is followed up the chain: a magnet bought in Japan carries the Chinese share of the metal,
oxide and concentrate in it. With a the shares of what arrives, and U(X) = X with ones on the
diagonal (what a place makes itself stops when it stops):

    X(concentrate) = a(concentrate),   X(next stage) = a(next stage) · U(X(stage))         (O.1)
    own(concentrate) = a_jj,           own(next stage) = a_jj · own(stage)

    loss of a use = ∫ min(p(x), choke) dx from (1 − X) q to q, less p X q, for as long as
    stocks do not fill the gap; loss of makers = their value added times X                 (O.2)

p(x) is the use's short-run demand curve through today's price p and quantity q.

What hangs on some ways alone, such as those of a measure, follows the same chain. With c the share of
what arrives by them and r the rest, by origin:

    H(concentrate) = c,   H(next stage) = c(next stage) + r(next stage) · H(stage)         (O.4)
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coercivity.model.state.economy import Economy
from coercivity.optimise import Clearing
from coercivity.optimise.market import Array, Index

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
    separation, USD a year, by place; parts: the value by what uses are made of, (material, place, place)
    """

    value: Array
    share: Array
    own: Array
    added: Array
    parts: Array


@dataclass(frozen=True, slots=True)
class Content:
    """reach: (O.1), (material, place, place); own: (material, place); metal: the worst makers need.

    inside: of what is made in a place, the share that hangs on another, by material that moves:
    (material, place, place)
    """

    reach: Array
    own: Array
    metal: Array
    inside: Array


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
        self._diagonal = np.arange(len(self.places))
        material = np.array([self.moved[arc.material] for arc in layout.arcs])
        self.lane = (material * len(self.places) + destination) * len(self.places) + origin
        self.arc_material, self.arc_origin = material, origin
        kept = layout.node.items()
        self.node = (
            np.array([self.moved.get(material, len(self.moved)) for (_, material, _), _ in kept], dtype=int),
            np.array([where[place] for (place, _, _), _ in kept], dtype=int),
            np.array([at for _, at in kept], dtype=int),
        )
        self._last: tuple[Array, Array] | None = None
        self._known: tuple[Array, Content] | None = None
        self.elements = [e for e in chain.elements if e != "other"]
        used = [at for at, c in enumerate(layout.curves) if c.kind == "use"]
        self.used = np.array(used, dtype=int)
        self.user = np.array([where[layout.curves[at].place] for at in used], dtype=int)
        recipes = [self._recipe(at) for at in used]
        self.served = [m for m in chain.metals if any(m in recipe for recipe in recipes)]
        self.part, self.material = self._shares(recipes)
        self.ores, self.single = self._weights()
        technology = economy.supply.network.technology
        making = (*chain.names.stages.worked, "dose")
        makes = np.array([a.kind in making for a in layout.activities])
        at = np.flatnonzero(makes[technology.column])
        self.making = technology.row[at], technology.column[at], technology.value[at]
        self.site = np.array([where[a.place] for a in layout.activities])[technology.column[at]]
        self.stored = np.array(
            [
                at
                for at, c in enumerate(layout.curves)
                if c.kind in ("private", "public") and chain.names.is_made(c.material)
            ],
            dtype=int,
        )
        self.holder = np.array([where[layout.curves[at].place] for at in self.stored], dtype=int)
        node = np.asarray(economy.supply.network.demand_node)[self.stored]
        self.first = np.sort(np.unique(node, return_index=True)[1])  # of the stocks at each node

    def _shares(self, recipes: list[dict[str, float]]) -> tuple[Array, Index]:
        """What uses are made of by mass, and its position among `materials`, (slot, use); rest nil."""
        position = {material: at for at, material in enumerate(self.materials)}
        shape = max(map(len, recipes), default=0), len(recipes)
        part, material = np.zeros(shape), np.zeros(shape, dtype=int)
        for use, recipe in enumerate(recipes):
            for slot, (name, share) in enumerate(recipe.items()):
                part[slot, use], material[slot, use] = share, position[name]
        return part, material

    @property
    def materials(self) -> list[str]:
        """What content is worked out of, as far as uses may take it."""
        separated = self.economy.chain.names.forms.separated
        return [*(f"{separated}:{e}" for e in self.elements), *self.served, *self.economy.chain.grades]

    def _weights(self) -> tuple[list[tuple[int, Array]], Index]:
        """Ores that move with what a tonne holds of every element; then what else is followed, by number.

        The others: every element separated, the worked materials it goes into, grades.
        """
        chain, names = self.economy.chain, self.economy.chain.names
        ores = {f"{names.forms.extracted}:{family}": basket for family, basket in chain.baskets.items()}
        held = [
            (self.moved[ore], np.array([max(basket.get(e, 0.0), 0.0) for e in self.elements])[:, None, None])
            for ore, basket in ores.items()
            if ore in self.moved
        ]
        self.worked = [e for e in self.elements if e in names.worked_from]
        others = [f"{names.forms.separated}:{e}" for e in self.elements]
        others += [*(names.worked_from[e] for e in self.worked), *chain.grades]
        return held, np.array([self.moved.get(m, len(self.moved)) for m in others], dtype=int)

    def _recipe(self, at: int) -> dict[str, float]:
        """What a use is made of by mass, or the one element it takes."""
        curve = self.economy.supply.layout.curves[at]
        if not curve.what:
            return {curve.material: 1.0}
        use = next(use for use in self.economy.chain.uses if use.name == curve.what)
        total = math.fsum(use.recipe.values())
        return {grade: share / total for grade, share in use.recipe.items()}

    def __call__(self, clearing: Clearing, served: Array, length: float) -> Exposure:
        """(O.1), (O.2) from a cleared step. served: of every curve, t; length: of the step, years."""
        e = self.economy
        content = self._content(clearing.flow)
        price = clearing.price[np.asarray(e.supply.network.demand_node)[self.used]]
        taken = served[self.used] / length
        lost = np.zeros((len(self.used), len(self.places)))
        home = np.zeros(len(self.used))
        for part, material in zip(self.part, self.material, strict=True):
            lost += part[:, None] * content.reach[material, self.user]
            home += part * content.own[material, self.user]
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
        parts = self._by_material(loss * bare, value)
        return Exposure(value, share, np.asarray(own, dtype=float), added, parts)

    def _by_material(self, table: Array, value: Array) -> Array:
        """Losses of places told apart by what uses are made of, by mass; makers' losses in proportion."""
        count = len(self.places)
        found = np.zeros((len(self.materials), count, count))
        for part, material in zip(self.part, self.material, strict=True):
            np.add.at(found, (material, self.user), part[:, None] * table)
        total = found.sum(axis=0)
        return np.asarray(found * np.divide(value, total, out=np.zeros_like(total), where=total > 0))

    def _by_place(self, table: Array) -> Array:
        """Rows of uses added up by the place of the user."""
        count = len(self.places)
        cell = (self.user[:, None] * count + self._diagonal).ravel()
        return np.asarray(np.bincount(cell, table.ravel(), count * count), dtype=float).reshape(count, count)

    def value_added(self, clearing: Clearing) -> Array:
        """Sales less purchases of makers after separation, USD a step, by place."""
        row, column, value = self.making
        worth = value * clearing.price[row] * clearing.activity[column]
        return np.asarray(np.bincount(self.site, worth, len(self.places)) * THOUSAND)

    def origin_content(self, flow: Array, source: str) -> Array:
        """Share of what every arc carries that holds content made in a place, 0 to 1, (t).

        Of what holds several elements, that of the one which hangs on the place most.
        """
        return np.asarray(
            self._content(flow).inside[self.arc_material, self.arc_origin, self.places.index(source)]
        )

    def _content(self, flow: Array) -> "Content":
        """(O.1) What every material in every place hangs on, kept for the flows last asked for."""
        if self._known is None or self._known[0] is not flow:
            self._known = flow, self._traced(flow)
        return self._known[1]

    def _traced(self, flow: Array) -> "Content":
        """(O.1) What every material in every place hangs on, and how much of it is its own."""
        names, count = self.economy.chain.names, len(self.elements)
        arrives = self._arrivals(flow)
        safe = arrives[:, self._diagonal, self._diagonal]
        ore, oxide, worked, grade = np.cumsum([0, count, count, len(self.worked)])
        mined = self._stopped(arrives[ore:oxide])
        separated = arrives[oxide:worked] @ mined
        mine = safe[oxide:worked] * safe[ore:oxide]
        into = [self.elements.index(e) for e in self.worked]
        reduced = self._stopped(separated[into])
        metal = arrives[worked:grade] @ reduced
        inside = np.zeros((len(self.moved) + 1, len(self.places), len(self.places)))
        inside[:, self._diagonal, self._diagonal] = 1.0
        inside[self.single[:count]] = mined
        np.maximum.at(inside, self.single[count : count + len(into)], reduced)
        own = safe[worked:grade] * mine[into]
        number = {element: at for at, element in enumerate(self.worked)}
        reach, owned = [*separated], [*mine]
        for material in self.served:  # made of one stage less, and used as it is
            at = [number[e] for e, made in names.worked_from.items() if made == material and e in number]
            reach.append(metal[at].max(axis=0))
            owned.append(own[at].min(axis=0))
        for row, name in enumerate(self.economy.chain.grades, start=int(grade)):
            # The element whose supply is least safe decides.
            at = [number[e] for e in names.essential.get(name, tuple(number)) if e in number]
            assembled = self._stopped(metal[at].max(axis=0))
            inside[self.single[row - int(ore) - count]] = assembled
            reach.append(arrives[row] @ assembled)
            owned.append(safe[row] * own[at].min(axis=0))
        worst = metal[[number[e] for e in names.makers_need]].max(axis=0, initial=0.0)
        return Content(np.array(reach), np.array(owned), worst, inside)

    def hanging_on(self, flow: Array, ways: NDArray[np.bool_]) -> Array:
        """(O.4) Share of what is held at every node that some ways bring, as it is or in what it is made of.

        flow: (t); ways: which arcs, (t); returns shares, 0 to 1, (n). Scrap is not followed into what is won.
        """
        names, count = self.economy.chain.names, len(self.elements)
        every, theirs = self._square(self._table(flow)), self._square(self._table(flow * ways))
        total = every.sum(axis=2, keepdims=True)
        share = [
            np.divide(part, total, out=np.zeros_like(part), where=total > SHIPPED)
            for part in (theirs, every - theirs)
        ]
        brought, rest = share[0].sum(axis=2), share[1]
        oxide, worked, grade = count, 2 * count, 2 * count + len(self.worked)
        into = [self.elements.index(e) for e in self.worked]
        mined = brought[:oxide]
        separated = brought[oxide:worked] + _pass_on(rest[oxide:worked], mined)
        metal = brought[worked:grade] + _pass_on(rest[worked:grade], separated[into])
        found = np.zeros((len(self.moved) + 1, len(self.places)))
        found[self.single[:count]] = separated
        np.maximum.at(found, self.single[count : count + len(into)], metal)
        number = {element: at for at, element in enumerate(self.worked)}
        for row, name in enumerate(self.economy.chain.grades):
            at = [number[e] for e in names.essential.get(name, tuple(number)) if e in number]
            made = metal[at].max(axis=0, initial=0.0)  # the element whose supply is least safe decides
            found[self.single[grade - count + row]] = brought[grade + row] + rest[grade + row] @ made
        found[-1] = 0.0  # what never moves
        material, place, node = self.node
        out = np.zeros(node.size)
        out[node] = found[material, place]
        return out

    def _stopped(self, reach: Array) -> Array:
        """U(X): what a place makes stops when it stops, whatever it is made of."""
        out = reach.copy()
        out[..., self._diagonal, self._diagonal] = 1.0
        return out

    def shipped(self, flow: Array, material: str) -> Array:
        """Tonnes that arrive in each place (row) from each place (column)."""
        return np.asarray(np.maximum(self._tonnes(flow)[self.moved.get(material, len(self.moved))], 0.0))

    def _tonnes(self, flow: Array) -> Array:
        """Tonnes of every material into every place from every place, and none of another that never moves;
        kept for the flows last asked for.
        """
        if self._last is not None and self._last[0] is flow:
            return self._last[1]
        self._last = flow, self._table(flow)
        return self._last[1]

    def _table(self, flow: Array) -> Array:
        shape = len(self.moved) + 1, len(self.places), len(self.places)
        return np.asarray(np.bincount(self.lane, flow, int(np.prod(shape))), dtype=float).reshape(shape)

    def _arrivals(self, flow: Array) -> Array:
        """Share of what arrives in each place (row) from each place (column); nil where nothing does.

        Of every element in ore, then of the others that `_weights` lists, (material, place, place).
        """
        square = self._square(self._tonnes(flow))
        total = square.sum(axis=2, keepdims=True)
        return np.asarray(np.divide(square, total, out=np.zeros_like(square), where=total > SHIPPED))

    def _square(self, tonnes: Array) -> Array:
        """Tonnes of every element in ore, then of the others, (material, place, place)."""
        ore = np.zeros((len(self.elements), *tonnes.shape[1:]))
        for number, held in self.ores:
            ore += held * tonnes[number]
        return np.asarray(np.maximum(np.concatenate([ore, tonnes[self.single]]), 0.0))

    def _cover(self, clearing: Clearing) -> Array:
        """Years of recent use that stocks of what is made last, by value, by place."""
        e, count = self.economy, len(self.places)
        worth = np.maximum(e.base_price[self.stored], 1e-6)
        node = np.asarray(e.supply.network.demand_node)[self.stored]
        held = np.bincount(self.holder, clearing.served[self.stored] * worth, count)
        once = self.first  # use at a node counts once, however many hold stocks there
        used = np.bincount(self.holder[once], e.use[node[once]] * worth[once], count)
        return np.divide(held, used, out=np.zeros(count), where=used > 0)


def _pass_on(rest: Array, before: Array) -> Array:
    """What a stage takes over from the one before. rest: shares by origin, (m, p, o); before: (m, o)."""
    return np.asarray(np.einsum("mpo,mo->mp", rest, before))
