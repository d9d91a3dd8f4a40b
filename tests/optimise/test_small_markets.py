"""A market of a few hundred kilograms beside one of hundreds of thousands of tonnes is as exact."""

import numpy as np
import pytest

from coercivity.optimise import Clearer

from .onenode import two_places

LARGE = 2e5  # t


@pytest.mark.parametrize("small", [0.5, 1e-2, 1e-4])  # t
def test_a_small_market_is_exact_beside_a_large_one(small: float) -> None:
    """Abroad gets half of what it wants: its price is that of its curve."""
    allowed = small / 2
    reference, elasticity = 500.0, 0.25
    market = two_places(
        elements=2,
        limit=np.array([np.inf, np.inf, allowed]),
        capacity=np.array([2 * LARGE, 4 * small]),
        scale=np.array([LARGE, LARGE, small, small]),
        reference=np.array([10.0, 10.0, reference, reference]),
        elasticity=np.full(4, elasticity),
        choke=np.array([400.0, 400.0, 40 * reference, 40 * reference]),
        floor=np.array([0.25, 0.25, reference / 40, reference / 40]),
    )
    answer = Clearer(market.network)(market)
    assert answer.served[3] == pytest.approx(allowed, rel=1e-6)
    expected = reference * (small / allowed) ** (1 / elasticity)
    assert answer.price[-1] == pytest.approx(expected, rel=1e-6)
