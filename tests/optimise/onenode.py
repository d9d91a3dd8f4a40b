"""The smallest markets: few nodes, so that the answer is known on paper."""

from dataclasses import replace
from typing import Any

import numpy as np

from coercivity.optimise import Market, Network, Triplets

NOTHING = Triplets.of([])


def one_node(demands: int = 1, plants: int = 1, **changes: Any) -> Market:
    """`plants` make one material, each at its own cost; `demands` curves take it; all is capped.

    Plant 0 is the one whose output the cap counts. Surplus has an outlet worth −0.5 USD/kg.
    """
    network = Network(
        nodes=("here metal",),
        activities=tuple(f"make {i}" for i in range(plants)),
        arcs=(),
        plants=tuple(f"plant {i}" for i in range(plants)),
        limits=(),
        caps=("quota",),
        contracts=(),
        disposals=("outlet",),
        demands=tuple(f"use {i}" for i in range(demands)),
        technology=Triplets.of([(0, i, 1.0) for i in range(plants)]),
        origin=np.zeros(0, np.int64),
        destination=np.zeros(0, np.int64),
        activity_plant=np.arange(plants),
        arc_plant=np.zeros(0, np.int64),
        limit_weight=NOTHING,
        cap_weight=Triplets.of([(0, 0, 1.0)]),
        contract_activity=NOTHING,
        contract_arc=NOTHING,
        disposal_node=np.zeros(1, np.int64),
        demand_node=np.zeros(demands, np.int64),
    )
    market = Market(
        network=network,
        supply=np.zeros(1),
        activity_cost=np.full(plants, 5.0),
        arc_cost=np.zeros(0),
        ad_valorem=np.zeros(0),
        arc_bound=np.zeros(0),
        capacity=np.full(plants, 1000.0),
        spread=np.full(plants, 1.0),
        block=np.zeros(plants),
        rise=np.ones(plants),
        limit=np.zeros(0),
        asking=np.zeros(0),
        cap=np.array([np.inf]),
        charge=np.zeros(1),
        contract=np.zeros(0),
        penalty=np.zeros(0),
        disposal_value=np.array([-0.5]),
        scale=np.full(demands, 100.0),
        reference=np.full(demands, 10.0),
        elasticity=np.full(demands, 0.5),
        choke=np.full(demands, 400.0),
        floor=np.full(demands, 0.25),
    )
    return replace(market, **changes)


def two_places(elements: int = 1, destinations: int = 2, **changes: Any) -> Market:
    """One place makes each element at its own plant and ships it to each destination, which uses it.

    Arcs run element by destination; limits: all arcs of all elements, then each element's arcs out
    of destination 0, which is home.
    """
    E, D = elements, destinations
    made = [f"maker made:{e}" for e in range(E)]
    held = [f"{j} held:{e}" for e in range(E) for j in range(D)]
    arcs = [(e, E + e * D + j, e, j) for e in range(E) for j in range(D)]
    abroad = [(at, e) for at, (_, _, e, j) in enumerate(arcs) if j > 0]
    weights = [(0, at, 1.0) for at, _ in abroad] + [(1 + e, at, 1.0) for at, e in abroad]
    network = Network(
        nodes=(*made, *held),
        activities=tuple(f"make {e}" for e in range(E)),
        arcs=tuple(f"{e} to {j}" for _, _, e, j in arcs),
        plants=tuple(f"plant {e}" for e in range(E)),
        limits=("shared", *(f"element {e}" for e in range(E))),
        caps=(),
        contracts=(),
        disposals=tuple(made),
        demands=tuple(held),
        technology=Triplets.of([(e, e, 1.0) for e in range(E)]),
        origin=np.array([o for o, *_ in arcs]),
        destination=np.array([d for _, d, *_ in arcs]),
        activity_plant=np.arange(E),
        arc_plant=np.full(len(arcs), -1),
        limit_weight=Triplets.of(weights),
        cap_weight=NOTHING,
        contract_activity=NOTHING,
        contract_arc=NOTHING,
        disposal_node=np.arange(E),
        demand_node=np.arange(E, E + E * D),
    )
    market = Market(
        network=network,
        supply=np.zeros(E + E * D),
        activity_cost=5.0 * 3.0 ** np.arange(E),
        arc_cost=np.full(len(arcs), 0.2),
        ad_valorem=np.zeros(len(arcs)),
        arc_bound=np.full(len(arcs), np.inf),
        capacity=np.full(E, 1000.0),
        spread=np.full(E, 1.0),
        block=np.zeros(E),
        rise=np.ones(E),
        limit=np.full(1 + E, np.inf),
        asking=np.zeros(1 + E),
        cap=np.zeros(0),
        charge=np.zeros(0),
        contract=np.zeros(0),
        penalty=np.zeros(0),
        disposal_value=np.full(E, -0.5),
        scale=np.full(E * D, 50.0),
        reference=np.repeat(10.0 * 3.0 ** np.arange(E), D),
        elasticity=np.full(E * D, 0.4),
        choke=np.full(E * D, 4000.0),
        floor=np.full(E * D, 0.1),
    )
    return replace(market, **changes)
