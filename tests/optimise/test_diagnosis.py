"""Planted contradictions are named: which node, which limit, and by how much."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from coercivity.optimise import Clearer, InfeasibleError, Market, Network, Triplets
from coercivity.optimise.active import Point
from coercivity.optimise.diagnosis import explain_unsettled
from coercivity.optimise.smooth import Smooth

PLACES = ("CN", "JP", "US", "EU")
METALS = ("Nd", "Dy", "Tb")


@dataclass
class Plan:
    """A small market being laid out by name."""

    nodes: list[str] = field(default_factory=list)
    supply: dict[str, float] = field(default_factory=dict)
    arcs: list[tuple[str, str, float, float]] = field(default_factory=list)  # from, to, cost, bound
    limits: list[tuple[str, list[int], float]] = field(default_factory=list)
    activities: list[tuple[str, dict[str, float], float, float]] = field(default_factory=list)
    caps: list[tuple[str, list[int], float]] = field(default_factory=list)
    outlets: dict[str, float] = field(default_factory=dict)
    uses: dict[str, float] = field(default_factory=dict)  # most tonnes, at the floor price

    def node(self, name: str, supply: float = 0.0) -> str:
        if name not in self.nodes:
            self.nodes.append(name)
        self.supply[name] = self.supply.get(name, 0.0) + supply
        return name

    def market(self) -> Market:
        at = {name: i for i, name in enumerate(self.nodes)}
        plants = [i for i, (*_, room) in enumerate(self.activities) if np.isfinite(room)]
        technology = [
            (at[node], a, amount)
            for a, (_, flows, *_) in enumerate(self.activities)
            for node, amount in flows.items()
        ]
        network = Network(
            nodes=tuple(self.nodes),
            activities=tuple(name for name, *_ in self.activities),
            arcs=tuple(f"{o} to {d}" for o, d, *_ in self.arcs),
            plants=tuple(f"plant of {self.activities[i][0]}" for i in plants),
            limits=tuple(name for name, *_ in self.limits),
            caps=tuple(name for name, *_ in self.caps),
            contracts=(),
            disposals=tuple(self.outlets),
            demands=tuple(f"use of {name}" for name in self.uses),
            technology=Triplets.of(technology),
            origin=np.array([at[o] for o, *_ in self.arcs], dtype=np.int64),
            destination=np.array([at[d] for _, d, *_ in self.arcs], dtype=np.int64),
            activity_plant=np.array(
                [plants.index(i) if i in plants else -1 for i in range(len(self.activities))],
                dtype=np.int64,
            ),
            arc_plant=np.full(len(self.arcs), -1),
            limit_weight=Triplets.of([(i, t, 1.0) for i, (_, on, _) in enumerate(self.limits) for t in on]),
            cap_weight=Triplets.of([(i, a, 1.0) for i, (_, on, _) in enumerate(self.caps) for a in on]),
            contract_activity=Triplets.of([]),
            contract_arc=Triplets.of([]),
            disposal_node=np.array([at[n] for n in self.outlets], dtype=np.int64),
            demand_node=np.array([at[n] for n in self.uses], dtype=np.int64),
        )
        uses = len(self.uses)
        room = np.array([self.activities[i][-1] for i in plants])
        return Market(
            network=network,
            supply=np.array([self.supply[name] for name in self.nodes]),
            activity_cost=np.array([cost for _, _, cost, _ in self.activities]),
            arc_cost=np.array([cost for _, _, cost, _ in self.arcs]),
            ad_valorem=np.zeros(len(self.arcs)),
            arc_bound=np.array([bound for *_, bound in self.arcs]),
            capacity=room,
            spread=np.full(len(plants), 0.1),
            block=np.zeros(len(plants)),
            rise=np.ones(len(plants)),
            limit=np.array([most for *_, most in self.limits]),
            asking=np.zeros(len(self.limits)),
            cap=np.array([most for *_, most in self.caps]),
            charge=np.zeros(len(self.caps)),
            contract=np.zeros(0),
            penalty=np.zeros(0),
            disposal_value=np.array(list(self.outlets.values())),
            scale=np.array(list(self.uses.values())),
            reference=np.full(uses, 1.0),
            elasticity=np.full(uses, 0.5),
            choke=np.full(uses, 100.0),
            floor=np.full(uses, 1.0),
        )


Case = tuple[Plan, tuple[str, ...]]


def background(plan: Plan) -> None:
    """A trade that clears, so that the contradiction is not all there is."""
    plan.node("BR Y made")
    plan.node("BR Y held")
    plan.arcs.append(("BR Y made", "BR Y held", 0.1, np.inf))
    plan.activities.append(("mine Y", {"BR Y made": 1.0}, 0.5, 500.0))
    plan.uses["BR Y held"] = 20.0
    plan.outlets["BR Y made"] = -0.1


def at(i: int) -> str:
    return f"{PLACES[i % 4]} oxide:{METALS[i % 3]}"


def no_outlet(i: int) -> Case:
    plan = Plan()
    background(plan)
    plan.node(f"{at(i)} held", 30.0 + i)
    return plan, (f"balance[{at(i)} held]", f"{30.0 + i:g} t less", "nothing takes it")


def too_little_use(i: int) -> Case:
    plan = Plan()
    background(plan)
    plan.node(f"{at(i)} held", 30.0 + i)
    plan.uses[f"{at(i)} held"] = 12.0
    return plan, (f"balance[{at(i)} held]", f"demand[use of {at(i)} held]", f"{18.0 + i:g} t can")


def shipping(i: int, bound: float = np.inf) -> Plan:
    plan = Plan()
    background(plan)
    start, end = plan.node(f"{at(i)} made", 40.0 + i), plan.node(f"{at(i)} held")
    plan.arcs.append((start, end, 0.2, bound))
    plan.outlets[end] = -0.3
    return plan


def bound(i: int) -> Case:
    plan = shipping(i, bound=5.0)
    return plan, (f"balance[{at(i)} made]", f"f[{at(i)} made to {at(i)} held]", f"{35.0 + i:g} t can")


def export_limit(i: int) -> Case:
    plan = shipping(i)
    plan.limits.append((f"licence {i}", [len(plan.arcs) - 1], 7.0))
    return plan, (f"balance[{at(i)} made]", f"limit[licence {i}]", f"{33.0 + i:g} t can")


def shared_limit(i: int) -> Case:
    plan = shipping(i)
    other = plan.node("AU metal:La held")
    plan.arcs.append((f"{at(i)} made", other, 0.2, np.inf))
    plan.outlets[other] = -0.3
    plan.limits.append(("quota over all", [len(plan.arcs) - 2, len(plan.arcs) - 1], 7.0))
    return plan, (f"balance[{at(i)} made]", "limit[quota over all]", f"{33.0 + i:g} t can")


def working(i: int, room: float) -> Plan:
    plan = Plan()
    background(plan)
    ore, oxide = plan.node(f"{at(i)} ore", 40.0 + i), plan.node(f"{at(i)} made")
    plan.activities.append((f"separate {i}", {ore: -1.0, oxide: 0.8}, 1.0, room))
    plan.outlets[oxide] = -0.3
    return plan


def room(i: int) -> Case:
    plan = working(i, 10.0)
    return plan, (f"balance[{at(i)} ore]", f"capacity[plant of separate {i}]", f"{30.0 + i:g} t can")


def quota(i: int) -> Case:
    plan = working(i, 500.0)
    plan.caps.append((f"quota {i}", [len(plan.activities) - 1], 12.0))
    return plan, (f"balance[{at(i)} ore]", f"cap[quota {i}]", f"{28.0 + i:g} t can")


def other_input(i: int) -> Case:
    plan = working(i, 500.0)
    acid = plan.node("acid", 6.0)
    plan.activities[-1][1][acid] = -1.0
    return plan, (f"balance[{at(i)} ore]", "supply[acid]", f"{34.0 + i:g} t can")


def circle(i: int) -> Case:
    plan = shipping(i)
    plan.arcs.append((f"{at(i)} held", f"{at(i)} made", -1.0 - i, np.inf))
    return plan, ("no bound", f"f[{at(i)} made to {at(i)} held]", f"f[{at(i)} held to {at(i)} made]")


def paid_to_make(i: int) -> Case:
    plan = working(i, np.inf)
    plan.supply[f"{at(i)} ore"] = 0.0
    plan.activities.append((f"dig {i}", {f"{at(i)} ore": 1.0}, -5.0 - i, np.inf))
    return plan, ("no bound", f"x[dig {i}]", f"x[separate {i}]", f"balance[{at(i)} ore]")


def rich_outlet(i: int) -> Case:
    plan = Plan()
    background(plan)
    plan.activities.append((f"grow {i}", {plan.node(f"{at(i)} made"): 1.0}, 1.0, np.inf))
    plan.outlets[f"{at(i)} made"] = 3.0 + i
    return plan, ("no bound", f"x[grow {i}]", f"z[{at(i)} made]", f"{2.0 + i:g} USD/kg")


FAMILIES: dict[Any, int] = {
    no_outlet: 4, too_little_use: 4, bound: 6, export_limit: 6, shared_limit: 4, room: 6,
    quota: 6, other_input: 4, circle: 4, paid_to_make: 3, rich_outlet: 3,
}  # fmt: skip
CASES = [(family, i) for family, count in FAMILIES.items() for i in range(count)]


def test_there_are_fifty() -> None:
    assert len(CASES) == 50


@pytest.mark.parametrize(("family", "i"), CASES, ids=lambda part: getattr(part, "__name__", str(part)))
@pytest.mark.parametrize("backend", ["highs"])
def test_a_planted_contradiction_is_named(family: Any, i: int, backend: str) -> None:
    plan, named = family(i)
    market = plan.market()
    with pytest.raises(InfeasibleError) as raised:
        Clearer(market.network, backend=backend)(market)
    message = str(raised.value)
    assert [part for part in named if part not in message] == [], message


def test_the_background_alone_clears() -> None:
    plan = Plan()
    background(plan)
    market = plan.market()
    assert Clearer(market.network)(market).served[0] == pytest.approx(20.0, rel=1e-2)


def test_the_reference_says_the_same() -> None:
    market = export_limit(0)[0].market()
    said = []
    for backend in ("highs", "pyomo"):
        with pytest.raises(InfeasibleError) as raised:
            Clearer(market.network, backend=backend)(market)
        said.append(str(raised.value))
    assert said[0] == said[1]


def test_a_market_that_does_not_settle_is_told_by_its_limits_and_by_who_is_paid_wrongly() -> None:
    """Seven tonnes too many cross a limit in force, and one mine is paid a dollar too much."""
    plan = Plan()
    for name in ("CN Nd made", "JP Nd held", "BR Y made", "BR Y held"):
        plan.node(name)
    plan.arcs = [("CN Nd made", "JP Nd held", 0.1, np.inf), ("BR Y made", "BR Y held", 0.1, np.inf)]
    plan.activities = [
        ("mine Nd", {"CN Nd made": 1.0}, 0.5, 500.0),
        ("mine Y", {"BR Y made": 1.0}, 0.5, 500.0),
    ]
    plan.limits = [("CN licences of Nd", [0], 12.0)]
    plan.uses = {"JP Nd held": 40.0, "BR Y held": 20.0}
    market = plan.market()
    clearer = Clearer(market.network)
    cleared = clearer(market)
    smooth = Smooth(clearer.compiled, market, clearer._elimination)
    columns = clearer.compiled.columns
    flow = np.zeros(smooth.cost.size)
    flow[columns["x"]], flow[columns["f"]] = cleared.activity, cleared.flow
    flow[columns["backstop"]] = smooth.upper[columns["backstop"]]
    price = np.concatenate([cleared.price, cleared.rent, cleared.licence, cleared.permit, cleared.priority])
    flow[columns["f"].start] += 7.0
    price[2] += 1.0
    said = explain_unsettled(smooth, Point(flow, price, 0))
    balance, _, rest = said.partition("Furthest from what they cost: ")
    costs, _, held = rest.partition("In force beside them: ")
    assert "limit[CN licences of Nd] by 7 t" in balance
    assert "x[mine Y], 20 t, earns 1 USD/kg more than it costs" in costs
    assert "Nd" not in costs
    assert held.startswith("limit[CN licences of Nd] at ")
