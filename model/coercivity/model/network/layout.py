"""Names and positions of everything in a network, while it is being laid out."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from coercivity.optimise import Network, Triplets
from coercivity.optimise.market import Index

__all__ = ["Activity", "Arc", "Curve", "Layout"]


@dataclass(frozen=True, slots=True)
class Activity:
    """One way of turning materials into others.

    kind: a stage of the chain, dose or recipe; facility: -1 for the last two
    product: main output; cost: USD/kg of one unit; burden: pollutant -> units per t
    """

    name: str
    kind: str
    place: str
    facility: int
    product: str
    cost: float
    burden: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arc:
    """A material moving from where it is made to where it is held; channel: legal or grey."""

    origin: str
    destination: str
    material: str
    channel: str
    freight: float
    insurance: float


@dataclass(frozen=True, slots=True)
class Curve:
    """A demand curve: kind use, private (stock), public (stock) or thrift; what: use or material."""

    kind: str
    place: str
    what: str
    material: str
    owner: str


class Layout:
    """A network being laid out: names in, positions out. is_made: whether plants make a material of ore"""

    def __init__(self, is_made: Callable[[str], bool]) -> None:
        self.is_made = is_made
        self.node: dict[tuple[str, str, str], int] = {}
        self.activities: list[Activity] = []
        self.arcs: list[Arc] = []
        self.curves: list[Curve] = []
        self.plants: list[str] = []
        self.limits: list[str] = []
        self.caps: list[str] = []
        self.contracts: list[str] = []
        self.disposal: list[int] = []
        self._technology: list[tuple[int, int, float]] = []
        self._activity_plant: list[int] = []
        self._arc_plant: list[int] = []
        self._ends: list[tuple[int, int]] = []
        self._curve_node: list[int] = []
        self._limit: list[tuple[int, int, float]] = []
        self._cap: list[tuple[int, int, float]] = []
        self._contract: list[tuple[int, int, float]] = []
        self._contract_arc: list[tuple[int, int, float]] = []

    def at(self, place: str, material: str, side: str) -> int:
        """The node of a material in a place, made or held; laid out on first mention."""
        return self.node.setdefault((place, material, side), len(self.node))

    def activity(self, activity: Activity, flows: dict[int, float], plant: int) -> int:
        """Add an activity with its inputs (-) and outputs (+) by node, and the plant it runs in."""
        at = len(self.activities)
        self._technology += [(node, at, amount) for node, amount in flows.items() if amount]
        self._activity_plant.append(plant)
        self.activities.append(activity)
        return at

    def arc(self, arc: Arc, plant: int = -1) -> int:
        """Add an arc from the made side of its origin to the held side of its destination."""
        at = len(self.arcs)
        self._ends.append(
            (
                self.at(arc.origin, arc.material, "made"),
                self.at(arc.destination, arc.material, "held"),
            )
        )
        self._arc_plant.append(plant)
        self.arcs.append(arc)
        return at

    def curve(self, curve: Curve, node: int) -> int:
        """Add a demand curve at a node."""
        self._curve_node.append(node)
        self.curves.append(curve)
        return len(self.curves) - 1

    def plant(self, name: str) -> int:
        """Add a capacity row."""
        self.plants.append(name)
        return len(self.plants) - 1

    def limit(self, name: str, weights: dict[int, float]) -> int:
        """Add an export limit over arcs."""
        at = len(self.limits)
        self._limit += [(at, arc, weight) for arc, weight in weights.items()]
        self.limits.append(name)
        return at

    def cap(self, name: str, weights: dict[int, float]) -> int:
        """Add a quota or burden cap over activities."""
        at = len(self.caps)
        self._cap += [(at, activity, weight) for activity, weight in weights.items()]
        self.caps.append(name)
        return at

    def contract(self, name: str, activities: dict[int, float], arcs: dict[int, float] | None = None) -> int:
        """Add a promise over activities, or over arcs."""
        at = len(self.contracts)
        self._contract += [(at, activity, weight) for activity, weight in activities.items()]
        self._contract_arc += [(at, arc, weight) for arc, weight in (arcs or {}).items()]
        self.contracts.append(name)
        return at

    def outlet(self, node: int) -> None:
        """Let what is surplus at a node be discarded."""
        self.disposal.append(node)

    @cached_property
    def runs(self) -> dict[int, list[int]]:
        """Activities of every facility that runs any."""
        found: dict[int, list[int]] = {}
        for at, activity in enumerate(self.activities):
            if activity.facility >= 0:
                found.setdefault(activity.facility, []).append(at)
        return found

    @cached_property
    def here(self) -> dict[tuple[str, str], tuple[list[str], Index]]:
        """Materials of every place and side, and their nodes."""
        found: dict[tuple[str, str], dict[str, int]] = {}
        for (place, material, side), node in self.node.items():
            found.setdefault((place, side), {})[material] = node
        return {key: (list(nodes), np.array([*nodes.values()], dtype=int)) for key, nodes in found.items()}

    @cached_property
    def public(self) -> dict[str, list[tuple[str, int]]]:
        """Materials of the public stocks of every place that has any, and their curves."""
        found: dict[str, list[tuple[str, int]]] = {}
        for at, curve in enumerate(self.curves):
            if curve.kind == "public":
                found.setdefault(curve.place, []).append((curve.material, at))
        return found

    @cached_property
    def sent(self) -> dict[str, Index]:
        """Legal arcs abroad, by where they begin."""
        found: dict[str, list[int]] = {}
        for at, arc in enumerate(self.arcs):
            if arc.origin != arc.destination and arc.channel == "legal":
                found.setdefault(arc.origin, []).append(at)
        return {place: np.array(arcs, dtype=int) for place, arcs in found.items()}

    @cached_property
    def sent_made(self) -> dict[str, tuple[Index, list[str], Index]]:
        """Of those that carry what plants make: where they end, and of each arc the number of its end."""
        found: dict[str, tuple[Index, list[str], Index]] = {}
        for place, arcs in self.sent.items():
            made = [at for at in arcs.tolist() if self.is_made(self.arcs[at].material)]
            number: dict[str, int] = {}
            ends = [number.setdefault(self.arcs[at].destination, len(number)) for at in made]
            found[place] = np.array(made, dtype=int), list(number), np.array(ends, dtype=int)
        return found

    @cached_property
    def stocks(self) -> Index:
        """Curves of stocks, private and public."""
        found = [at for at, c in enumerate(self.curves) if c.kind in ("private", "public")]
        return np.array(found, dtype=int)

    @cached_property
    def kinds(self) -> tuple[Index, list[str]]:
        """Of every activity the number of its kind, and what each number means."""
        kinds = list(dict.fromkeys(a.kind for a in self.activities))
        return np.array([kinds.index(a.kind) for a in self.activities], dtype=int), kinds

    @cached_property
    def wants(self) -> tuple[Index, list[tuple[str, str]]]:
        """Of every arc the number of its material and destination, and what each number means."""
        kinds = list(dict.fromkeys((arc.material, arc.destination) for arc in self.arcs))
        number = {kind: at for at, kind in enumerate(kinds)}
        return np.array([number[arc.material, arc.destination] for arc in self.arcs], dtype=int), kinds

    def stage_in(self, stage: str, places: Collection[str]) -> list[int]:
        """Activities of a stage in some places."""
        return [i for i, a in enumerate(self.activities) if a.kind == stage and a.place in places]

    def network(self) -> Network:
        """The finished network."""
        names = tuple(f"{place} {material} {side}" for place, material, side in self.node)
        curves = tuple(f"{c.kind} {c.what} {c.material} {c.place} {c.owner}" for c in self.curves)
        ends = np.array(self._ends, dtype=np.int64).reshape(-1, 2)
        return Network(
            nodes=names,
            activities=tuple(a.name for a in self.activities),
            arcs=tuple(f"{a.material} {a.origin} to {a.destination} ({a.channel})" for a in self.arcs),
            plants=tuple(self.plants),
            limits=tuple(self.limits),
            caps=tuple(self.caps),
            contracts=tuple(self.contracts),
            disposals=tuple(names[node] for node in self.disposal),
            demands=curves,
            technology=Triplets.of(self._technology),
            origin=ends[:, 0],
            destination=ends[:, 1],
            activity_plant=np.array(self._activity_plant),
            arc_plant=np.array(self._arc_plant),
            limit_weight=Triplets.of(self._limit),
            cap_weight=Triplets.of(self._cap),
            contract_activity=Triplets.of(self._contract),
            contract_arc=Triplets.of(self._contract_arc),
            disposal_node=np.array(self.disposal),
            demand_node=np.array(self._curve_node),
        )
