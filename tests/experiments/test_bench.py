"""The benchmarks: all ways solve the same programs, larger networks are whole and keep their books."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("coercivity.optimise.program")

from coercivity.optimise import Clearer, Market
from coercivity.optimise.certificate import TOLERANCE
from coercivity_benchmarks.bench_clearing import WAYS, timed
from coercivity_benchmarks.bench_enlarge import FARTHER, enlarge
from coercivity_benchmarks.linopy_route import has_linopy

MARKETS = Path(__file__).parents[1] / "optimise" / "markets.py"


@pytest.fixture(scope="module")
def random_market() -> Callable[..., Market]:
    """Generated markets of the clearing's own tests."""
    spec = importlib.util.spec_from_file_location("markets", MARKETS)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: Callable[..., Market] = module.random_market
    return made


def test_every_way_is_timed_on_the_same_programs(random_market: Callable[..., Market]) -> None:
    market = random_market(3)
    found = timed("toy", [market, market])
    assert found["steps"] == 1
    assert set(found["ms"]) == set(WAYS) - ({"linopy_rebuilt"} if not has_linopy() else set())
    assert all(value > 0 for value in found["ms"].values())
    assert found["solves_per_step"] >= 1


def test_one_copy_is_the_market_itself(random_market: Callable[..., Market]) -> None:
    market = random_market(5)
    same = enlarge(market, 1).market(market)
    one, other = Clearer(market.network)(market), Clearer(same.network)(same)
    assert one.objective == pytest.approx(other.objective, rel=1e-12)
    np.testing.assert_array_equal(one.flow, other.flow)


@pytest.mark.parametrize("seed", range(3))
def test_a_larger_market_is_whole(random_market: Callable[..., Market], seed: int) -> None:
    """It clears with a certificate, and a copy cut off from its mines buys from the next."""
    market = random_market(seed)
    larger = enlarge(market, 3)
    assert larger.network.sizes["n"] == 3 * market.network.sizes["n"]
    made = larger.market(market)
    capacity, block = made.capacity.copy(), made.block.copy()
    plants = market.network.sizes["p"]
    capacity[plants : 2 * plants] = block[plants : 2 * plants] = 0.0
    cut = Market(**{**_fields(made), "capacity": capacity, "block": block})
    answer = Clearer(cut.network)(cut)
    assert all(answer.certificate[name] <= most for name, most in TOLERANCE.items())
    links = answer.flow[-3 * larger.linked.size :].reshape(3, -1)
    assert (
        links[0].sum() > 0 and links[1].sum() < 1e-9
    )  # the first copy sells to the second, which has nothing
    demands = market.network.sizes["d"]
    assert answer.served[demands : 2 * demands].sum() > 0


def test_copies_differ_by_a_few_per_cent_only(random_market: Callable[..., Market]) -> None:
    market = random_market(7)
    larger = enlarge(market, 2).market(market)
    twice = np.tile(market.scale, 2)
    assert (larger.scale[: market.scale.size] == market.scale).all()
    assert 0 < np.abs(larger.scale / twice - 1)[twice > 0].max() <= 0.05
    assert (larger.arc_cost[-1] - FARTHER) >= 0


def test_a_quick_benchmark_has_the_shape_scripts_rely_on(typed_here: Any) -> None:
    got = typed_here("bench", "clearing", "--quick", "--steps", "1", "--json")
    assert got.code == 0, got.err
    (network,) = json.loads(got.out)["networks"]
    assert {"name", "columns", "rows", "steps", "ms", "solves_per_step", "iterations_per_step"} <= set(
        network
    )
    assert network["name"] == "baseline" and network["steps"] == 1


def test_a_run_is_timed_by_phase(typed_here: Any) -> None:
    got = typed_here("bench", "run", "--quick", "--steps", "2", "--json", "clock.step=year")
    assert got.code == 0, got.err
    found = json.loads(got.out)
    ms = found["ms"]
    phases = [name for name in ms if name not in ("whole", "highs", "highs_clear")]
    assert sum(ms[name] for name in phases) == pytest.approx(ms["whole"])
    assert 0 < ms["highs_clear"] <= ms["clear"]
    assert found["ratios"]["whole_to_highs"] == pytest.approx(ms["whole"] / ms["highs"])


def test_looking_ahead_is_held_against_the_rule(typed_here: Any) -> None:
    got = typed_here("bench", "strategy", "--steps", "1", "--json", "clock.step=year")
    assert got.code == 0, got.err
    found = json.loads(got.out)
    rule, looking = found["ms"]["rule"], found["ms"]["optimising"]
    assert found["ratios"]["optimising_to_rule"] == pytest.approx(looking / rule)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("clearign",), "did you mean `clearing`"),
        (("clearing", "--steps", "0"), "at least 1"),
        (("sweep", "--runs", "many"), "`--runs many`: write a whole number, as in `--runs 2`"),
        (("clearing", "--sizes", "1,two"), "--sizes 1,2,4"),
        (("run", "--sizes", "2"), "bench clearing"),
        (("clearing", "clock.end=2025-04"), "a benchmark needs two"),
    ],
)
def test_a_mistake_is_told(typed_here: Any, words: tuple[str, ...], said: str) -> None:
    got = typed_here("bench", *words)
    assert got.code == 2
    assert said in got.err


def _fields(market: Market) -> dict[str, Any]:
    return {name: getattr(market, name) for name in Market.__dataclass_fields__}
