"""The same market said another way: relabelled, degenerate, or through another route of the solver."""

from dataclasses import fields, replace
from typing import Any

import highspy
import numpy as np

from coercivity.optimise import Clearer, Clearing, Market, Network, Triplets
from coercivity.optimise.compiled import Compiled
from coercivity.optimise.market import AXES

ROUTES: dict[str, dict[str, Any]] = {
    "primal simplex": {"simplex_strategy": 4},
    "dual simplex": {"simplex_strategy": 1},
    "presolve": {"presolve": "on"},
    "interior point with crossover": {"solver": "ipm", "run_crossover": "on", "presolve": "on"},
    "two threads": {"threads": 2, "parallel": "on"},
}
MEMBERS = {
    "n": "nodes", "a": "activities", "t": "arcs", "p": "plants", "l": "limits", "c": "caps",
    "k": "contracts", "z": "disposals", "d": "demands",
}  # fmt: skip
TABLES = {
    "technology": "na", "limit_weight": "lt", "cap_weight": "ca",
    "contract_activity": "ka", "contract_arc": "kt",
}  # fmt: skip
POINTERS = {
    "origin": "tn", "destination": "tn", "activity_plant": "ap", "arc_plant": "tp",
    "disposal_node": "zn", "demand_node": "dn",
}  # fmt: skip
ANSWERS = {
    "activity": "a", "flow": "t", "disposal": "z", "served": "d", "slack": "k", "price": "n",
    "low": "n", "high": "n", "rent": "p", "licence": "l", "permit": "c", "priority": "k",
}  # fmt: skip


def by_route(compiled: Compiled, market: Market, options: dict[str, Any]) -> Clearing:
    """The market cleared from nothing by one route of the solver."""
    highspy.Highs.resetGlobalScheduler(True)  # else its number of threads cannot change
    answer = Clearer(compiled.network, compiled, options)(market)
    highspy.Highs.resetGlobalScheduler(True)
    return answer


def shuffled(market: Market, seed: int) -> tuple[Market, dict[str, np.ndarray]]:
    """The market with every axis in another order, and that order by axis."""
    rng = np.random.default_rng(seed)
    network = market.network
    order = {axis: rng.permutation(size) for axis, size in network.sizes.items()}
    place = {axis: np.argsort(at) for axis, at in order.items()}
    new: dict[str, Any] = {
        name: tuple(getattr(network, name)[i] for i in order[axis]) for axis, name in MEMBERS.items()
    }
    for name, (row, column) in TABLES.items():
        entries: Triplets = getattr(network, name)
        new[name] = Triplets(place[row][entries.row], place[column][entries.column], entries.value)
    for name, (axis, to) in POINTERS.items():
        target = getattr(network, name)[order[axis]]
        new[name] = np.where(target < 0, -1, place[to][np.maximum(target, 0)])
    data = {name: getattr(market, name)[order[axis]] for name, axis in AXES.items()}
    return Market(network=Network(**new), **data), order


def reordered(answer: Clearing, order: dict[str, np.ndarray]) -> Clearing:
    """An answer to the original market in the order of the shuffled one."""
    return replace(answer, **{name: getattr(answer, name)[order[axis]] for name, axis in ANSWERS.items()})


def degenerate(market: Market, kind: str) -> Market:
    """The market with something taken to its limit."""
    sizes = market.network.sizes
    match kind:
        case "as it is":
            return market
        case "no capacity":
            return replace(market, capacity=np.zeros(sizes["p"]), block=np.zeros(sizes["p"]))
        case "no demand":
            return replace(market, scale=np.zeros(sizes["d"]))
        case "everything banned":
            return replace(
                market,
                limit=np.zeros(sizes["l"]),
                arc_bound=np.where(market.arc_cost > 0, 0.0, market.arc_bound),
            )
        case "equal costs":
            return replace(
                market,
                activity_cost=np.ones(sizes["a"]),
                arc_cost=np.full(sizes["t"], 0.5),
                ad_valorem=np.zeros(sizes["t"]),
                spread=np.full(sizes["p"], 0.5),
                rise=np.full(sizes["p"], 5.0),
            )
        case "stock on offer":
            return replace(market, supply=np.where(np.arange(sizes["n"]) % 3 == 2, 7.0, 0.0))
    raise ValueError(kind)


KINDS = (
    "as it is",
    "no capacity",
    "no demand",
    "everything banned",
    "equal costs",
)


def apart(left: Clearing, right: Clearing, names: tuple[str, ...]) -> float:
    """The largest difference of some fields, relative to the scale of each."""
    worst = 0.0
    for name in names:
        one, other = getattr(left, name), getattr(right, name)
        finite = np.isfinite(one) & np.isfinite(other)
        scale = max(float(np.abs(one[finite]).max(initial=0.0)), 1e-3)
        worst = max(worst, float(np.abs(one[finite] - other[finite]).max(initial=0.0)) / scale)
    return worst


FIELDS = tuple(field.name for field in fields(Clearing) if field.name in ANSWERS)
