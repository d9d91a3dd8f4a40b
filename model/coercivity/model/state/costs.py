"""What running a plant costs: with the wedges of the base year, and apart what goes on when it stands idle.

A price of the base year that is below a plant's cost tells what it does without, not what a new one would
cost: a plant that stands runs as long as it earns what it saves by stopping. So a project is run at the
cost at which its like ran in the base year, or at what it saves by stopping if that is less (B.62), and
is judged before it is begun by all it costs, what goes on when it is idle included.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coercivity.model.calibration.base_year import BaseYear, charges
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.parameters import Parameters
from coercivity.model.network.supply_chain import SupplyChain
from coercivity.optimise.market import Array

__all__ = ["Likes", "find_likes", "fixed_costs", "markups", "unit_costs"]

NEAR = 0.01  # USD/kg: of two ways to run a plant that differ by less, both ran; HABIT sets the others apart
Weighted = list[tuple[float, float]]


@dataclass(frozen=True)
class Likes:
    """Whose terms projects take over: what ran in the base year and makes the same of the same, of the
    project's owner there if there is one, else all on its side, home or abroad; of its whole stage there
    where nobody makes the same. None for mines and separators, whose ores differ.

    of: by every activity of a project, those activities, and what the plant of each made, t a year
    """

    of: dict[int, list[tuple[int, float]]]

    def take_over(self, value: Array) -> dict[int, float]:
        """By every activity of a project, the median of the values (a) of its likes, by what they made."""
        return {
            at: _median([(float(value[like]), made) for like, made in likes]) for at, likes in self.of.items()
        }


def fixed_costs(supply: SupplyChain, numbers: Parameters) -> Array:
    """What a unit of usual use goes on costing when a project stands idle, or a plant whose fixed cost is
    known, USD/kg, (p)."""
    fixed = np.zeros(len(supply.network.plants))
    if numbers.on("finance"):
        for at, facility in enumerate(supply.chain.facilities):
            fixed[at] = facility.fixed_cost
        projects = supply.chain.projects
        fixed[projects.at] = [numbers["finance.idle_share"] * f.unit_cost for f in projects.facilities]
    return fixed


def find_likes(evidence: Evidence, supply: SupplyChain, base: BaseYear) -> Likes:
    """What ran in the base year, by every activity of a project that takes its terms over."""
    layout, chain = supply.layout, supply.chain
    known: dict[tuple[str, ...], list[tuple[int, float]]] = {}
    for at in _ran(evidence, supply, base):
        made = chain.facilities[layout.activities[at].facility].output
        for key in _keys(supply, at):
            known.setdefault(key, []).append((at, made))
    of: dict[int, list[tuple[int, float]]] = {}
    for at, activity in enumerate(layout.activities):
        if activity.facility >= 0 and chain.facilities[activity.facility].terms is not None:
            found = [known[key] for key in _keys(supply, at) if key in known]
            of[at] = found[0] if found and activity.kind in chain.names.stages.worked else []
    return Likes(of)


def unit_costs(
    supply: SupplyChain, base: BaseYear, likes: Likes, joined: NDArray[np.bool_], numbers: Parameters
) -> Array:
    """Cost at which each activity is run, USD/kg, (a).

    A project saves (B.20) if its owner has the stage before; another recipe costs its extra over the
    recipe in use.
    """
    layout, chain = supply.layout, supply.chain
    cost = np.array([a.cost + base.wedge.get(a.name, 0.0) for a in layout.activities])
    prices = np.array([base.price.get(name, 0.0) for name in supply.network.nodes])
    for at, activity in enumerate(layout.activities):
        if activity.kind == "recipe" and "as usual" not in activity.name:
            service = supply.layout.node[activity.place, activity.product, "held"]
            cost[at] += prices[service]
            dose, low = chain.names.dose, chain.names.recipes.low
            if dose and low and low in activity.name:
                cost[at] -= prices[layout.node[activity.place, dose.plain, "held"]]
    cost += _wedges_of_projects(supply, base, likes, fixed_costs(supply, numbers))
    if numbers.on("integration"):
        for at, facility in zip(chain.projects.at.tolist(), chain.projects.facilities, strict=True):
            if joined[at]:
                cost[layout.runs.get(at, [])] -= numbers["integration.saving"] * facility.unit_cost
    return cost


def _wedges_of_projects(supply: SupplyChain, base: BaseYear, likes: Likes, fixed: Array) -> Array:
    """(B.62) What a project is run at over its cost, USD/kg, (a): the wedge of its likes, at least what it
    saves by stopping."""
    activities = supply.layout.activities
    added = np.zeros(len(activities))
    for at, wedge in likes.take_over(_of_activities(supply, base.wedge)).items():
        saved = float(fixed[activities[at].facility])
        added[at] = wedge - saved if wedge > 0 else min(wedge, -saved)
    return added


def markups(supply: SupplyChain, base: BaseYear, likes: Likes) -> Array:
    """What makers ask over their cost, USD/kg, (a): as in the base year (E.4), projects as their likes."""
    asked = _of_activities(supply, base.markup)
    for at, markup in likes.take_over(asked).items():
        asked[at] = markup
    return asked


def _of_activities(supply: SupplyChain, by_name: dict[str, float]) -> Array:
    """What the base year keeps by name, (a), nil where it has nothing."""
    return np.array([by_name.get(a.name, 0.0) for a in supply.layout.activities])


def _keys(supply: SupplyChain, at: int) -> tuple[tuple[str, ...], ...]:
    """What is like an activity, nearest first."""
    activity, chain = supply.layout.activities[at], supply.chain
    side = "home" if activity.place == chain.names.home else "abroad"
    firm = chain.facilities[activity.facility].firm
    same = (activity.kind, activity.product)
    return (*same, activity.place, firm), (*same, side), (activity.kind, side)


def _ran(evidence: Evidence, supply: SupplyChain, base: BaseYear) -> list[int]:
    """Activities of standing plants that ran in the base year: none of the plant's others earned more."""
    chain, activities = supply.chain, supply.layout.activities
    technology = supply.network.technology
    prices = np.array([base.price.get(name, 0.0) for name in supply.network.nodes])
    worth = technology.value * prices[technology.row]
    earned = np.asarray(np.bincount(technology.column, worth, len(activities)), dtype=float)
    earned = earned - [
        a.cost + base.wedge.get(a.name, 0.0) + base.markup.get(a.name, 0.0) for a in activities
    ]
    earned = earned - charges(evidence, supply, chain.year)
    best: dict[int, float] = {}
    standing = [
        at
        for at, a in enumerate(activities)
        if a.facility >= 0 and chain.facilities[a.facility].terms is None
    ]
    for at in standing:
        facility = activities[at].facility
        best[facility] = max(best.get(facility, -np.inf), float(earned[at]))
    return [
        at
        for at in standing
        if earned[at] >= best[activities[at].facility] - NEAR
        and chain.facilities[activities[at].facility].output > 0
    ]


def _median(weighted: Weighted) -> float:
    """Value below which half of the weight is.

    >>> _median([(-4.0, 3.0), (0.0, 1.0), (-16.0, 1.0)])
    -4.0
    """
    ordered = sorted(weighted)
    half, so_far = 0.5 * math.fsum(weight for _, weight in ordered), 0.0
    for value, weight in ordered:
        so_far += weight
        if so_far >= half:
            return value
    return 0.0
