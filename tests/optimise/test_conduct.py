"""Conduct between competition and Cournot, against prices known on paper."""

from dataclasses import replace

import numpy as np
import pytest

from coercivity.optimise import Conduct, Market, MarketError, Network, Triplets, clear

COST, EXTRA, ELASTICITY = 4.0, 1.0, 0.8
NOTHING = Triplets.of([])


def sellers(theta: float, costs: tuple[float, ...] = (COST, COST)) -> Market:
    """Sellers at constant cost, each through its own desk to one market."""
    N = len(costs)
    network = Network(
        nodes=(*(f"made {i}" for i in range(N)), "market"),
        activities=tuple(f"make {i}" for i in range(N)),
        arcs=tuple(f"sell {i}" for i in range(N)),
        plants=tuple(f"desk {i}" for i in range(N)),
        limits=(), caps=(), contracts=(), disposals=(), demands=("use",),
        technology=Triplets.of([(i, i, 1.0) for i in range(N)]),
        origin=np.arange(N), destination=np.full(N, N),
        activity_plant=np.full(N, -1), arc_plant=np.arange(N),
        limit_weight=NOTHING, cap_weight=NOTHING, contract_activity=NOTHING, contract_arc=NOTHING,
        disposal_node=np.zeros(0, np.int64), demand_node=np.array([N]),
    )  # fmt: skip
    empty = np.zeros(0)
    return Market(
        network=network, supply=np.zeros(N + 1), activity_cost=np.array(costs), arc_cost=np.full(N, EXTRA),
        ad_valorem=np.zeros(N), arc_bound=np.full(N, np.inf), capacity=np.full(N, 1e4),
        spread=np.zeros(N), block=np.zeros(N), rise=np.zeros(N), limit=empty, asking=empty,
        cap=empty, charge=empty, contract=empty, penalty=empty, disposal_value=empty,
        scale=np.array([100.0]), reference=np.array([10.0]), elasticity=np.array([ELASTICITY]),
        choke=np.array([1000.0]), floor=np.array([0.1]),
        conduct=Conduct(np.arange(N), np.full(N, N), np.full(N, theta)),
    )  # fmt: skip


@pytest.mark.parametrize("theta", [0.0, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("number", [2, 3])
def test_symmetric_sellers(theta: float, number: int) -> None:
    """p (1 − θ / (N ε)) = cost."""
    answer = clear(sellers(theta, (COST,) * number))
    price = (COST + EXTRA) / (1 - theta / (number * ELASTICITY))
    assert answer.price[-1] == pytest.approx(price, rel=1e-3)
    assert answer.flow == pytest.approx(np.full(number, answer.flow.mean()), rel=1e-3)


def test_unequal_sellers_share_as_cournot_says() -> None:
    """p (2 − 1/ε) = Σ cost; shares are (1 − cost/p) ε."""
    answer = clear(sellers(1.0, (3.0, 4.0)))
    price = (4.0 + 5.0) / (2 - 1 / ELASTICITY)
    shares = (1 - np.array([4.0, 5.0]) / price) * ELASTICITY
    assert answer.price[-1] == pytest.approx(price, rel=1e-3)
    assert answer.flow / answer.flow.sum() == pytest.approx(shares, rel=1e-3)


def test_it_is_off_by_default() -> None:
    market = sellers(1.0)
    assert clear(replace(market, conduct=None)).price[-1] == pytest.approx(COST + EXTRA, rel=1e-6)


def test_conduct_is_a_share() -> None:
    with pytest.raises(MarketError, match="between 0 and 1"):
        sellers(1.5)
