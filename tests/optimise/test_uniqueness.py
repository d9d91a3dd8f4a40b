"""The answer is one answer: whatever the solver's route, the start, the order or the names."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coercivity.optimise import Clearer, Market
from coercivity.optimise.compiled import compile_network
from coercivity.optimise.market import same_clearing

from .markets import random_market
from .variants import KINDS, ROUTES, apart, by_route, degenerate, reordered, shuffled

MARKETS = st.builds(
    lambda seed, places, elements, zero, kind: degenerate(random_market(seed, places, elements, zero), kind),
    st.integers(0, 10_000),
    st.integers(1, 4),
    st.integers(1, 4),
    st.sampled_from([0.0, 0.25]),
    st.sampled_from(KINDS),
)
QUICK = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
SLOW = settings(QUICK, max_examples=1000)


def check(market: Market, seed: int) -> None:
    """Every route and start gives the same flows and prices."""
    compiled = compile_network(market.network)
    clearer = Clearer(market.network, compiled)
    answer = clearer(market)
    assert not same_clearing(answer, clearer(market)), "warm"
    start = np.zeros(compiled.matrix.shape[0])
    nodes = compiled.rows["balance"]
    start[nodes] = np.random.default_rng(seed).choice([0.1, 1.0, 10.0, 100.0], nodes.stop)
    elsewhere = Clearer(market.network, compiled)(market, start)
    assert not same_clearing(answer, elsewhere), "random start"
    assert apart(answer, elsewhere, ("price",)) < 1e-8
    for name, options in ROUTES.items():
        assert not same_clearing(answer, by_route(compiled, market, options)), name


def check_labels(market: Market, seed: int) -> None:
    """Another order of everything gives the same answer in that order."""
    other, order = shuffled(market, seed)
    answer = Clearer(market.network)(market)
    assert not same_clearing(reordered(answer, order), Clearer(other.network)(other))


@QUICK
@given(MARKETS, st.integers(0, 100))
def test_routes_and_starts_agree(market: Market, seed: int) -> None:
    check(market, seed)


@QUICK
@given(MARKETS, st.integers(0, 100))
def test_labels_do_not_matter(market: Market, seed: int) -> None:
    check_labels(market, seed)


@pytest.mark.proof
@SLOW
@given(MARKETS, st.integers(0, 100))
def test_a_thousand_markets_agree(market: Market, seed: int) -> None:
    check(market, seed)
    check_labels(market, seed)


@pytest.mark.parametrize("seed", [153, 199, 209, 254, 283, 302, 310])
def test_markets_that_once_did_not_settle(seed: int) -> None:
    check(random_market(seed, 2 + seed % 3, 1 + seed % 4, 0.25 if seed % 2 else 0.0), seed)
