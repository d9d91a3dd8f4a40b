"""The ways a benchmark compares solve the same programs and find the same welfare."""

import importlib.util
from pathlib import Path

import pytest

MARKETS = Path(__file__).parents[1] / "optimise" / "markets.py"


def test_every_way_is_timed_on_the_same_programs() -> None:
    pytest.importorskip("coercivity.optimise.program")
    from coercivity.experiments.bench_clearing import recording, timed
    from coercivity.optimise import Clearer

    spec = importlib.util.spec_from_file_location("markets", MARKETS)
    assert spec is not None and spec.loader is not None
    markets = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(markets)
    market = markets.random_market(3)
    clearer = Clearer(market.network)
    with recording() as recorded:
        clearer(market)
        clearer(market)
    found = timed("toy", recorded)
    assert found["steps"] == 1
    assert set(found["ms"]) == {"pyomo_rebuilt", "pyomo_warm", "ours", "highs"}
    assert all(value > 0 for value in found["ms"].values())
    assert found["solves_per_step"] >= 1
