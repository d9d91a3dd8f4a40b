"""A market of a few hundred kilograms beside one of hundreds of thousands of tonnes is as exact."""

import numpy as np
import pytest

from coercivity.optimise import Clearer

from .onenode import two_places

LARGE, SMALL, ALLOWED = 2e5, 0.5, 0.25  # t


def test_a_small_market_is_exact_beside_a_large_one() -> None:
    """Abroad gets a quarter tonne of what it wants half a tonne of: its price is that of its curve."""
    reference, elasticity = 500.0, 0.25
    market = two_places(
        elements=2,
        limit=np.array([np.inf, np.inf, ALLOWED]),
        capacity=np.array([2 * LARGE, 2.0]),
        scale=np.array([LARGE, LARGE, SMALL, SMALL]),
        reference=np.array([10.0, 10.0, reference, reference]),
        elasticity=np.full(4, elasticity),
        choke=np.array([400.0, 400.0, 40 * reference, 40 * reference]),
        floor=np.array([0.25, 0.25, reference / 40, reference / 40]),
    )
    answer = Clearer(market.network)(market)
    assert answer.served[3] == pytest.approx(ALLOWED, rel=1e-6)
    expected = reference * (SMALL / ALLOWED) ** (1 / elasticity)
    assert answer.price[-1] == pytest.approx(expected, rel=1e-6)
