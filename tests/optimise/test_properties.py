"""What holds in every market: conservation, accounts, duality, and answers that move the right way."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coercivity.optimise import Clearer, Clearing, Market
from coercivity.optimise.certificate import TOLERANCE

from .bare import solve_bare
from .markets import random_market
from .variants import KINDS, degenerate

SEEDS = st.integers(0, 10_000)
QUICK = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


def balance(market: Market, answer: Clearing) -> np.ndarray:
    """Tonnes of each node that are made or offered and go nowhere."""
    network = market.network
    left = market.supply.copy()
    table = network.technology
    np.add.at(left, table.row, table.value * answer.activity[table.column])
    np.add.at(left, network.destination, answer.flow)
    np.subtract.at(left, network.origin, answer.flow)
    np.subtract.at(left, network.demand_node, answer.served)
    np.subtract.at(left, network.disposal_node, answer.disposal)
    return left


@QUICK
@given(SEEDS, st.integers(1, 4), st.integers(1, 4), st.sampled_from(KINDS))
def test_tonnes_are_conserved_and_the_certificate_holds(
    seed: int, places: int, elements: int, kind: str
) -> None:
    market = degenerate(random_market(seed, places, elements, 0.25), kind)
    answer = Clearer(market.network)(market)
    scale = max(1.0, float(answer.activity.max()), float(answer.flow.max()))
    assert np.abs(balance(market, answer)).max() < 1e-8 * scale
    assert all(answer.certificate[name] <= most for name, most in TOLERANCE.items())
    assert answer.certificate["welfare"] < 1e-6 and answer.certificate["gap"] < 1e-6
    assert (answer.low <= answer.price + 1e-6 * (1 + abs(answer.price))).all()
    assert (answer.price <= answer.high + 1e-6 * (1 + abs(answer.price))).all()


@QUICK
@given(SEEDS)
def test_a_looser_limit_never_lowers_welfare(seed: int) -> None:
    market = random_market(seed)
    market = replace(market, ad_valorem=np.zeros_like(market.ad_valorem))
    clearer = Clearer(market.network)
    welfare = []
    for tonnes in (0.0, 2.0, 8.0, 40.0, np.inf):
        limit = market.limit.copy()
        limit[0] = tonnes
        welfare.append(clearer(replace(market, limit=limit)).objective)
    rising = np.diff(welfare) >= -1e-9 * np.abs(welfare[1:])
    assert rising.all()


@QUICK
@given(SEEDS)
def test_the_licence_is_what_one_more_tonne_is_worth(seed: int) -> None:
    """Between two limits the rise of welfare lies between the two licences times the tonnes."""
    market = random_market(seed)
    free = np.full(market.limit.size, np.inf)
    market = replace(market, ad_valorem=np.zeros_like(market.ad_valorem), limit=free)
    clearer = Clearer(market.network)
    at, answers = (10.0, 10.1), []
    for tonnes in at:
        limit = free.copy()
        limit[0] = tonnes
        answers.append(clearer(replace(market, limit=limit)))
    rise = answers[1].objective - answers[0].objective
    low, high = (answer.licence[0] * 0.1 for answer in reversed(answers))
    slack = 1e-9 * abs(answers[0].objective)
    assert low - slack <= rise <= high + slack


@QUICK
@given(SEEDS, st.integers(0, 5))
def test_more_on_offer_never_raises_its_price(seed: int, at: int) -> None:
    market = random_market(seed, 2, 2)
    market = replace(market, ad_valorem=np.zeros_like(market.ad_valorem))
    node = market.network.disposal_node[at % len(market.network.disposals)]
    clearer = Clearer(market.network)
    prices = []
    for tonnes in (0.0, 5.0, 50.0):
        supply = market.supply.copy()
        supply[node] = tonnes
        answer = clearer(replace(market, supply=supply))
        prices.append((answer.low[node], answer.high[node]))
    for (_, before), (after, _) in pairwise(prices):
        assert after <= before + 1e-7 * (1 + abs(before))


@pytest.mark.parametrize("seed", range(12))
def test_a_second_formulation_agrees(seed: int) -> None:
    market = random_market(seed, 2 + seed % 2, 1 + seed % 3, 0.25 if seed % 3 == 0 else 0.0)
    answer, bare = Clearer(market.network)(market), solve_bare(market)
    assert bare.objective == pytest.approx(answer.objective, rel=1e-6)
    unique = answer.high - answer.low < 1e-9 * (1 + np.abs(answer.price))
    assert bare.price[unique] == pytest.approx(answer.price[unique], rel=1e-6, abs=1e-6)
