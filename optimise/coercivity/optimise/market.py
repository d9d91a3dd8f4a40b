"""The question put to the clearing (`Network`, `Market`) and its answer (`Clearing`).

Axes, in this order everywhere: n node · a activity · t arc · p plant · l limit · c cap ·
k contract · z disposal · d demand curve. Tonnes a step, USD/kg; hence thousand USD.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coercivity.optimise.errors import MarketError

Array: TypeAlias = NDArray[np.float64]
Index: TypeAlias = NDArray[np.int64]

__all__ = ["Array", "Clearing", "Conduct", "Index", "Market", "Network", "Triplets", "UNLIMITED"]

UNLIMITED = np.inf
LEAST = 1e-3  # t or USD/kg below which a field counts as nothing


def _lock_array(values: ArrayLike, dtype: type) -> NDArray[Any]:
    array: NDArray[Any] = np.array(values, dtype=dtype)
    array.flags.writeable = False
    return array


@dataclass(frozen=True, slots=True, eq=False)
class Triplets:
    """A sparse matrix as it is written down: row, column, value of every entry."""

    row: Index
    column: Index
    value: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "row", _lock_array(self.row, np.int64))
        object.__setattr__(self, "column", _lock_array(self.column, np.int64))
        object.__setattr__(self, "value", _lock_array(self.value, np.float64))

    @classmethod
    def of(cls, entries: Sequence[tuple[int, int, float]]) -> "Triplets":
        """From a list of (row, column, value); an empty list is an empty matrix."""
        if not entries:
            return cls(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
        row, column, value = zip(*entries, strict=True)
        return cls(np.array(row), np.array(column), np.array(value, dtype=float))


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Names and wiring; fixed for a run.

    nodes: a material in a place, one balance row each
    activities, arcs: what transforms, what moves; both may be subject to a plant's capacity
    technology: output (+) and input (-) per unit of activity, t/t, (n, a)
    origin, destination: node of each arc, (t)
    activity_plant, arc_plant: the plant whose capacity it uses, -1 for none, (a), (t)
    limit_weight: what a tonne on an arc counts for in a limit, (l, t)
    cap_weight: what a tonne of activity counts for in a quota or burden cap, (c, a)
    contract_activity, contract_arc: what counts towards a contract, (k, a), (k, t)
    disposal_node, demand_node: node of each surplus outlet and demand curve, (z), (d)
    """

    nodes: tuple[str, ...]
    activities: tuple[str, ...]
    arcs: tuple[str, ...]
    plants: tuple[str, ...]
    limits: tuple[str, ...]
    caps: tuple[str, ...]
    contracts: tuple[str, ...]
    disposals: tuple[str, ...]
    demands: tuple[str, ...]
    technology: Triplets
    origin: Index
    destination: Index
    activity_plant: Index
    arc_plant: Index
    limit_weight: Triplets
    cap_weight: Triplets
    contract_activity: Triplets
    contract_arc: Triplets
    disposal_node: Index
    demand_node: Index

    def __post_init__(self) -> None:
        lengths = {
            "origin": self.arcs, "destination": self.arcs, "arc_plant": self.arcs,
            "activity_plant": self.activities, "disposal_node": self.disposals,
            "demand_node": self.demands,
        }  # fmt: skip
        for name, axis in lengths.items():
            values = _lock_array(getattr(self, name), np.int64)
            object.__setattr__(self, name, values)
            if values.shape != (len(axis),):
                raise MarketError(f"Network.{name}: expected {len(axis)} entries, got {values.shape}")
            least, most = (-1, len(self.plants)) if name.endswith("_plant") else (0, len(self.nodes))
            astray = np.flatnonzero((values < least) | (values >= most))  # loops would not notice
            if astray.size:
                wrong = f"entry {astray[0]} is {values[astray[0]]}"
                raise MarketError(f"Network.{name}: {wrong}, which is none of {least} to {most - 1}")
        idle = np.flatnonzero(self.origin == self.destination)
        if idle.size:
            raise MarketError(f"Network arc {self.arcs[idle[0]]}: begins and ends at the same node")

    @property
    def sizes(self) -> dict[str, int]:
        """How many there are on each axis, by the axis letter."""
        return {
            "n": len(self.nodes), "a": len(self.activities), "t": len(self.arcs),
            "p": len(self.plants), "l": len(self.limits), "c": len(self.caps),
            "k": len(self.contracts), "z": len(self.disposals), "d": len(self.demands),
        }  # fmt: skip


AXES = {
    "supply": "n", "activity_cost": "a", "arc_cost": "t", "ad_valorem": "t", "arc_bound": "t",
    "capacity": "p", "spread": "p", "block": "p", "rise": "p",
    "limit": "l", "asking": "l", "cap": "c", "charge": "c",
    "contract": "k", "penalty": "k", "disposal_value": "z",
    "scale": "d", "reference": "d", "elasticity": "d", "choke": "d", "floor": "d",
}  # fmt: skip
MAY_BE_UNLIMITED = {"arc_bound", "limit", "cap"}
MAY_BE_NEGATIVE = {"activity_cost", "arc_cost", "ad_valorem", "charge", "disposal_value"}


@dataclass(frozen=True, slots=True, eq=False)
class Conduct:
    """Sellers with market power; see `conduct.py`.

    desk: the plant that carries all of one seller's arcs to one node; node: where it sells
    theta: 0 for competition to 1 for Cournot, one per desk
    """

    desk: Index
    node: Index
    theta: Array

    def __post_init__(self) -> None:
        for name, dtype in (("desk", np.int64), ("node", np.int64), ("theta", np.float64)):
            object.__setattr__(self, name, _lock_array(getattr(self, name), dtype))
        if not self.desk.shape == self.node.shape == self.theta.shape:
            raise MarketError("Conduct: desk, node and theta need one entry per desk")
        if not ((self.theta >= 0) & (self.theta <= 1)).all():
            raise MarketError("Conduct.theta: needs to be between 0 and 1")


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """One step as the program sees it: everything it may know, and nothing else.

    supply: tonnes offered unconditionally, such as stocks on offer, t, (n)
    activity_cost: operating cost, USD/kg, (a)
    arc_cost, ad_valorem: freight and specific charges, USD/kg; taxes as a share of the
        origin's price in this very solve, (t)
    arc_bound: most an arc may carry, t, (t)
    capacity, spread: tonnes at normal cost, and by how much cost rises over them, t, USD/kg, (p)
    block, rise: the last tonnes, and the cost at their end over their start, t, USD/kg, (p)
    limit, asking: most an export limit allows, t; its holders' asking premium, USD/kg, (l)
    cap, charge: most a quota or burden cap allows; price of a unit, thousand USD/unit, (c)
    contract, penalty: tonnes promised; cost of not delivering, USD/kg, (k)
    disposal_value: what a surplus tonne saves by not being finished, USD/kg, (z)
    scale, reference, elasticity: demand = scale (p / reference) ** -elasticity, (d)
    choke, floor: demand is nil above choke, and no longer grows below floor, USD/kg, (d)
    conduct: sellers with market power; none by default

    Raises MarketError naming the field and position that does not fit.
    """

    network: Network
    supply: Array
    activity_cost: Array
    arc_cost: Array
    ad_valorem: Array
    arc_bound: Array
    capacity: Array
    spread: Array
    block: Array
    rise: Array
    limit: Array
    asking: Array
    cap: Array
    charge: Array
    contract: Array
    penalty: Array
    disposal_value: Array
    scale: Array
    reference: Array
    elasticity: Array
    choke: Array
    floor: Array
    conduct: Conduct | None = None

    def __post_init__(self) -> None:
        sizes = self.network.sizes
        names = _axis_names(self.network)
        for name, axis in AXES.items():
            values = _lock_array(getattr(self, name), np.float64)
            object.__setattr__(self, name, values)
            if values.shape != (sizes[axis],):
                raise MarketError(f"Market.{name}: expected {sizes[axis]} values, got shape {values.shape}")
            wrong = np.isnan(values) | (values == -np.inf)
            if name not in MAY_BE_UNLIMITED:
                wrong |= np.isinf(values)
            if name not in MAY_BE_NEGATIVE:
                wrong |= values < 0
            if wrong.any():
                at = int(np.argmax(wrong))
                raise MarketError(f"Market.{name} at {names[axis][at]}: {values[at]} is not usable")
        curve = (self.reference <= 0) | (self.floor <= 0) | (self.choke < self.floor)
        if curve.any():
            name = self.network.demands[int(np.argmax(curve))]
            raise MarketError(f"Market demand curve {name}: needs reference > 0, 0 < floor <= choke")


def _axis_names(network: Network) -> dict[str, tuple[str, ...]]:
    return {
        "n": network.nodes, "a": network.activities, "t": network.arcs, "p": network.plants,
        "l": network.limits, "c": network.caps, "k": network.contracts,
        "z": network.disposals, "d": network.demands,
    }  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Clearing:
    """The cleared step. If you hold one, it is a certified equilibrium.

    activity, flow, disposal, served, slack: tonnes, (a), (t), (z), (d), (k)
    price, low, high: dual of each balance and the ends of its interval, USD/kg, (n)
    rent: of capacity, USD/kg, (p); licence: dual of each limit, USD/kg, (l)
    permit: dual of each cap, thousand USD/unit, (c); priority: dual of each contract, (k)
    objective: welfare of the program, thousand USD
    certificate: residuals by name; solves, iterations: linear programs, simplex iterations
    newton_steps: of the finish, in all programs; seconds: what HiGHS reports of its own time
    """

    activity: Array
    flow: Array
    disposal: Array
    served: Array
    slack: Array
    price: Array
    low: Array
    high: Array
    rent: Array
    licence: Array
    permit: Array
    priority: Array
    objective: float
    certificate: dict[str, float]
    solves: int
    iterations: int
    newton_steps: int
    seconds: float


def same_clearing(left: Clearing, right: Clearing, relative: float = 1e-6) -> list[str]:
    """Names of the fields in which two clearings differ by more than `relative` of their scale."""
    differing = []
    for field in fields(Clearing):
        one, other = getattr(left, field.name), getattr(right, field.name)
        if isinstance(one, np.ndarray) and one.size:
            finite = np.isfinite(one) & np.isfinite(other)
            scale = max(float(np.abs(one[finite]).max(initial=0.0)), LEAST)
            apart = float(np.abs(one[finite] - other[finite]).max(initial=0.0)) > relative * scale
            if apart or not np.array_equal(one[~finite], other[~finite]):
                differing.append(field.name)
    return differing
