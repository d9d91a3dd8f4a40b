"""Generated markets: small worlds with every feature of the program, from a seed."""

import numpy as np

from coercivity.optimise import Market, Network, Triplets


def random_market(seed: int, places: int = 3, elements: int = 3, capacity_zero: float = 0.0) -> Market:
    """A market of `places` each with a mine, a plant and uses; trade between all; one shared limit."""
    rng = np.random.default_rng(seed)
    ores = [f"{i} ore" for i in range(places)]
    made = [f"{i} made:{e}" for i in range(places) for e in range(elements)]
    held = [f"{i} held:{e}" for i in range(places) for e in range(elements)]
    nodes = ores + made + held
    at = {name: i for i, name in enumerate(nodes)}
    activities, technology, activity_plant = [], [], []
    for i in range(places):
        technology.append((at[f"{i} ore"], len(activities), 1.0))
        activities.append(f"mine {i}")
        activity_plant.append(2 * i)
        basket = rng.dirichlet(np.ones(elements))
        technology.append((at[f"{i} ore"], len(activities), -1.0))
        technology += [(at[f"{i} made:{e}"], len(activities), 0.9 * basket[e]) for e in range(elements)]
        activities.append(f"separate {i}")
        activity_plant.append(2 * i + 1)
    arcs, origin, destination, limit_weight = [], [], [], []
    for i in range(places):
        for j in range(places):
            for e in range(elements):
                if i == 0 and j != 0:
                    limit_weight.append((0, len(arcs), 1.0))
                    limit_weight.append((1 + e, len(arcs), 1.0))
                origin.append(at[f"{i} made:{e}"])
                destination.append(at[f"{j} held:{e}"])
                arcs.append(f"{i}->{j}:{e}")
    D = places * elements
    network = Network(
        nodes=tuple(nodes), activities=tuple(activities), arcs=tuple(arcs),
        plants=tuple(f"plant {k}" for k in range(2 * places)),
        limits=("shared", *(f"element {e}" for e in range(elements))), caps=("burden",),
        contracts=("tie",), disposals=tuple(made), demands=tuple(held),
        technology=Triplets.of(technology),
        origin=np.array(origin), destination=np.array(destination),
        activity_plant=np.array(activity_plant), arc_plant=np.full(len(arcs), -1),
        limit_weight=Triplets.of(limit_weight),
        cap_weight=Triplets.of([(0, a, 1.0) for a in range(len(activities))]),
        contract_activity=Triplets.of([(0, min(2, len(activities) - 2), 1.0)]), contract_arc=Triplets.of([]),
        disposal_node=np.array([at[m] for m in made]), demand_node=np.array([at[h] for h in held]),
    )  # fmt: skip
    capacity = rng.uniform(50, 400, 2 * places) * (rng.random(2 * places) >= capacity_zero)
    reference = rng.choice([1.0, 10.0, 100.0, 500.0], D) * rng.uniform(0.5, 2, D)
    home = np.array([i == j for i in range(places) for j in range(places) for _ in range(elements)])
    shared = rng.choice([np.inf, 0.0, 5.0, 40.0])
    return Market(
        network=network, supply=np.zeros(len(nodes)),
        activity_cost=rng.uniform(0.5, 5, len(activities)),
        arc_cost=np.where(home, 0.0, rng.uniform(0.1, 1.0, len(arcs))),
        ad_valorem=np.where(home, 0.0, rng.choice([0.0, 0.15], len(arcs))),
        arc_bound=np.full(len(arcs), np.inf), capacity=0.85 * capacity,
        spread=rng.uniform(0.1, 1, 2 * places), block=0.15 * capacity, rise=rng.uniform(1, 20, 2 * places),
        limit=np.concatenate([[shared], rng.choice([np.inf, 0.0, 3.0], elements, p=[0.6, 0.2, 0.2])]),
        asking=np.concatenate([[rng.choice([0.0, 5.0])], np.zeros(elements)]),
        cap=np.array([rng.choice([np.inf, 300.0])]), charge=np.array([rng.uniform(0, 0.5)]),
        contract=np.array([10.0]), penalty=np.array([2.0]),
        disposal_value=np.full(len(made), -0.2), scale=rng.uniform(0, 40, D), reference=reference,
        elasticity=rng.uniform(0.1, 0.8, D), choke=reference * 40, floor=reference / 40,
    )  # fmt: skip
