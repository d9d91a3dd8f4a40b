"""A market some times as large: copies of a real one, a little apart from each other, that trade.

A larger model of the same kind has more jurisdictions and more materials of the kinds there are. So
a copy has every node, activity, arc, plant, limit, cap, contract, outlet and curve of the original;
its costs, amounts and capacities differ by a seeded few per cent, since equal copies would clear
alike; and whatever is made in one copy may be sold to the next for a little more freight, so that
the whole is one market and does not fall apart into blocks.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from coercivity.optimise.market import AXES, Array, Index, Market, Network, Triplets

__all__ = ["Enlarged", "enlarge"]

APART = 0.05  # relative, of costs, amounts and capacities of a copy
FARTHER = 0.5  # USD/kg, extra freight from one copy to the next

MEMBERS = {
    "nodes": "n", "activities": "a", "arcs": "t", "plants": "p", "limits": "l", "caps": "c",
    "contracts": "k", "disposals": "z", "demands": "d",
}  # fmt: skip
TABLES = {
    "technology": ("n", "a"), "limit_weight": ("l", "t"), "cap_weight": ("c", "a"),
    "contract_activity": ("k", "a"), "contract_arc": ("k", "t"),
}  # fmt: skip
POINTERS = {
    "origin": "n", "destination": "n", "activity_plant": "p", "arc_plant": "p",
    "disposal_node": "n", "demand_node": "n",
}  # fmt: skip
DIFFERS = ("activity_cost", "arc_cost", "limit", "cap", "contract", "penalty", "disposal_value")


@dataclass(frozen=True, slots=True, eq=False)
class Enlarged:
    """A network some times as large, and how to enlarge any market of the original alike.

    factor: of each copy of a field over the original, (copies, size of its axis)
    linked: arcs of the original whose copies also lead to the next copy, (links)
    """

    network: Network
    factor: dict[str, Array]
    linked: Index

    def market(self, original: Market) -> Market:
        """The market that is to `original` as this network is to its own."""
        fields: dict[str, Any] = {}
        for name, axis in AXES.items():
            values = np.tile(getattr(original, name), (self.copies, 1)) * self.factor.get(name, 1.0)
            links = values[:, self.linked] if axis == "t" else values[:, :0]
            fields[name] = np.concatenate([values.ravel(), links.ravel()])
        fields["arc_cost"][self.copies * original.arc_cost.size :] += FARTHER
        return Market(network=self.network, **fields)

    @property
    def copies(self) -> int:
        """How many times as large."""
        return int(self.factor["supply"].shape[0])


def enlarge(market: Market, copies: int, seed: int = 0) -> Enlarged:
    """A network of `copies` times as many of everything as that of `market`.

    The first copy is the original itself. Links follow the cheapest arc from every node.
    """
    linked = _cheapest(market) if copies > 1 else np.zeros(0, dtype=np.int64)
    return Enlarged(_network(market.network, copies, linked), _factors(market.network, copies, seed), linked)


def _cheapest(market: Market) -> Index:
    """The arc of least cost from every node that something leaves."""
    origin = market.network.origin
    order = np.lexsort((market.arc_cost, origin))
    return order[np.unique(origin[order], return_index=True)[1]]


def _factors(network: Network, copies: int, seed: int) -> dict[str, Array]:
    """How far each copy's numbers are from the original's; what belongs together stays together.

    Stocks on offer and the curves that buy them back share the factor of their node, capacity and
    the strained block that of their plant; prices of curves do not differ.
    """
    rng, sizes = np.random.default_rng(seed), network.sizes

    def drawn(axis: str) -> Array:
        values = rng.uniform(1.0 - APART, 1.0 + APART, (copies, sizes[axis]))
        values[0] = 1.0
        return values

    node, plant = drawn("n"), drawn("p")
    factor = {name: drawn(AXES[name]) for name in DIFFERS}
    shared = {"supply": node, "scale": node[:, network.demand_node], "capacity": plant, "block": plant}
    return factor | shared


def _network(network: Network, copies: int, linked: Index) -> Network:
    """Copies side by side, axis by axis; links come after all copies of arcs."""
    sizes = network.sizes
    made: dict[str, Any] = {
        name: tuple(f"{member} #{copy + 1}" for copy in range(copies) for member in getattr(network, name))
        for name in MEMBERS
    }
    for name, (row, column) in TABLES.items():
        entries: Triplets = getattr(network, name)
        made[name] = Triplets(
            _shifted(entries.row, copies, sizes[row]).ravel(),
            _shifted(entries.column, copies, sizes[column]).ravel(),
            np.tile(entries.value, copies),
        )
    shifted = {name: _shifted(getattr(network, name), copies, sizes[to]) for name, to in POINTERS.items()}
    made |= {name: values.ravel() for name, values in shifted.items()}
    made["arcs"] += tuple(
        f"{network.arcs[arc]} #{copy + 1} to #{(copy + 1) % copies + 1}"
        for copy in range(copies)
        for arc in linked
    )
    for name, turn in (("origin", 0), ("destination", -1), ("arc_plant", 0)):
        links = np.roll(shifted[name], turn, axis=0)[:, linked]
        made[name] = np.concatenate([made[name], links.ravel()])
    return Network(**made)


def _shifted(target: Index, copies: int, size: int) -> Index:
    """Positions in every copy, (copies, ...); -1 stays -1."""
    return np.where(target < 0, -1, target + size * np.arange(copies)[:, None])
