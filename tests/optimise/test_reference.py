"""The live route and the one through Pyomo give the same answers."""

from dataclasses import replace

import numpy as np
import pytest

from coercivity.optimise import Clearer, MarketError, Triplets
from coercivity.optimise.compiled import compile_network, compiled_once
from coercivity.optimise.market import same_clearing

from .markets import random_market
from .variants import KINDS, degenerate


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_the_reference_agrees(seed: int, kind: str) -> None:
    market = degenerate(random_market(seed, 2 + seed % 2, 1 + seed % 3, 0.25), kind)
    live = Clearer(market.network)
    reference = Clearer(market.network, live.compiled, backend="pyomo")
    assert not same_clearing(live(market), reference(market))


def test_the_reference_stays_right_when_numbers_change() -> None:
    """A second market through the same Pyomo model, and the first again."""
    network = random_market(1).network
    live = Clearer(network)
    reference = Clearer(network, live.compiled, backend="pyomo")
    first, second = random_market(1), degenerate(random_market(1), "equal costs")
    for market in (first, second, first):
        assert not same_clearing(live(market), reference(market))


@pytest.mark.parametrize("solver", ["simplex", "ipm"])
def test_the_reference_reads_the_basis_that_any_algorithm_leaves(solver: str) -> None:
    market = random_market(1)
    live = Clearer(market.network)
    reference = Clearer(market.network, live.compiled, {"solver": solver}, backend="pyomo")
    for _ in range(2):
        assert not same_clearing(live(market), reference(market))


def test_an_unknown_backend_is_refused() -> None:
    with pytest.raises(MarketError, match="highs, pyomo"):
        Clearer(random_market(1).network, backend="glpk")


def test_networks_that_read_the_same_share_what_was_compiled() -> None:
    network = random_market(1).network
    kept = compiled_once(network)
    assert compiled_once(random_market(1).network) is kept
    assert (kept.matrix != compile_network(network).matrix).nnz == 0
    table = network.technology
    other = replace(network, technology=Triplets(table.row, table.column, 0.5 * table.value))
    assert compiled_once(other) is not kept
    with pytest.raises(ValueError, match="read-only"):
        kept.matrix.data[0] = np.nan
