"""HiGHS by highspy's public methods, and the programs passed to it."""

import gc
import weakref
from dataclasses import replace

import highspy
import numpy as np
import pytest

from coercivity.optimise import Clearer, ClearingError, MarketError
from coercivity.optimise.curves import BACKSTOP, FRACTIONS, NONE, OFFSETS, RISE_STEPS, SPREAD_STEPS
from coercivity.optimise.highs import Highs
from coercivity.optimise.program import LiveProgram, Numbers, leads, numbers_of
from coercivity.optimise.smooth import Smooth

from .markets import random_market


def _smooth(seed: int) -> Smooth:
    market = random_market(seed)
    return Smooth(Clearer(market.network).compiled, market)


def _uncut(smooth: Smooth) -> tuple[np.ndarray, np.ndarray]:
    return np.ones(smooth.node.size), np.ones(smooth.rise.rise.size)


def _numbers(smooth: Smooth, seed: int) -> Numbers:
    none = np.full(smooth.node.size, NONE), np.full(smooth.rise.rise.size, NONE)
    return numbers_of(smooth, _prices(smooth, seed), _uncut(smooth), none)


def _prices(smooth: Smooth, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(1.0, 60.0, smooth.right.size)


def test_a_solver_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """Not even whose it is, as highspy 1.16 would on standard output."""
    market = random_market(0)
    Clearer(market.network)(market)
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("seed", range(3))
def test_whichever_column_leads_a_curve_has_the_same_steps(seed: int) -> None:
    """Columns change places and nothing else; the one that leads stands for what the middle one did."""
    smooth, rng = _smooth(seed), np.random.default_rng(seed)
    price, narrow = _prices(smooth, seed), _uncut(smooth)
    demand, rise = rng.integers(0, BACKSTOP, narrow[0].size), rng.integers(0, RISE_STEPS, narrow[1].size)
    usual = numbers_of(smooth, price, narrow, (np.full_like(demand, NONE), np.full_like(rise, NONE)))
    other = numbers_of(smooth, price, narrow, (demand, rise))
    strained = price[smooth.capacity] >= smooth.rise.spread
    middles = (
        ("d", demand, np.full(demand.size, OFFSETS.size)),
        ("r", rise, np.where(strained, SPREAD_STEPS + FRACTIONS.size, SPREAD_STEPS // 2)),
    )
    for name, lead, middle in middles:
        span, curves = smooth.compiled.columns[name], np.arange(lead.size)
        one, two = (
            np.stack([told.cost[span], told.upper[span]], axis=1).reshape(lead.size, -1, 2)
            for told in (usual, other)
        )
        np.testing.assert_array_equal(two[curves, lead], one[curves, middle])
        for curve in curves:
            assert sorted(map(tuple, one[curve])) == sorted(map(tuple, two[curve]))
    centre = np.clip(price[smooth.node], smooth.demand.floor, smooth.demand.choke)
    leading = other.cost[smooth.compiled.columns["d"]].reshape(demand.size, -1)
    np.testing.assert_allclose(-leading[np.arange(demand.size), demand], centre, rtol=1e-6)


def test_what_is_in_the_basis_leads() -> None:
    smooth = _smooth(2)
    found = LiveProgram(smooth.compiled).solve(_numbers(smooth, 2))
    for lead, name, steps in zip(
        leads(smooth.compiled, found.basic), "dr", (BACKSTOP, RISE_STEPS), strict=True
    ):
        basic = found.basic[smooth.compiled.columns[name]].reshape(-1, steps)
        some = basic.any(axis=1)
        assert some.any()
        assert basic[some, lead[some]].all()
        assert (lead[~some] == NONE).all()


@pytest.mark.parametrize("seed", range(3))
def test_a_program_changed_in_place_ends_where_a_new_one_does(seed: int) -> None:
    """What is passed by positions arrives: the optimum is that of a HiGHS that never knew another."""
    first, rng = random_market(seed), np.random.default_rng(seed)
    compiled = Clearer(first.network).compiled
    live, lead = LiveProgram(compiled), leads(compiled, np.zeros(compiled.matrix.shape[1], np.bool_))
    for turn in range(4):
        several = ("supply", "limit", "cap", "contract", "arc_bound", "arc_cost")
        factor = {name: 0.2 + rng.random(getattr(first, name).size) for name in several}
        market = replace(first, **{name: getattr(first, name) * by for name, by in factor.items()})
        smooth = Smooth(compiled, market)
        numbers = numbers_of(smooth, _prices(smooth, turn), _uncut(smooth), lead)
        found, new = live.solve(numbers), LiveProgram(compiled).solve(numbers)
        assert found.cost == pytest.approx(new.cost, rel=1e-9)
        assert found.basic.sum() + found.slack.sum() == smooth.right.size
        lead = leads(compiled, found.basic)


def test_the_same_program_by_highspy_has_the_same_answer() -> None:
    """Its optimum; and our duals say the same sum as our values, so that both arrive where they belong."""
    smooth = _smooth(1)
    numbers, matrix = _numbers(smooth, 1), smooth.compiled.matrix
    found = LiveProgram(smooth.compiled).solve(numbers)
    theirs, program = highspy.Highs(), highspy.HighsLp()
    theirs.setOptionValue("output_flag", False)
    program.num_row_, program.num_col_ = matrix.shape
    program.col_cost_, program.col_upper_ = numbers.cost, numbers.upper
    program.col_lower_ = np.zeros_like(numbers.cost)
    program.row_lower_, program.row_upper_ = numbers.row_lower, numbers.row_upper
    program.a_matrix_.start_, program.a_matrix_.index_ = matrix.indptr, matrix.indices
    program.a_matrix_.value_ = matrix.data
    theirs.passModel(program)
    theirs.run()
    assert found.cost == pytest.approx(theirs.getInfo().objective_function_value, rel=1e-9)
    value, priced = np.array(theirs.getSolution().col_value), found.dual
    assert float(numbers.cost @ value) == pytest.approx(found.cost, rel=1e-9)
    reduced = numbers.cost - matrix.T @ priced
    bounds = np.where(np.isfinite(numbers.row_lower), numbers.row_lower, 0.0)
    finite = np.where(np.isfinite(numbers.upper), numbers.upper, 0.0)
    assert float(priced @ bounds + np.minimum(reduced, 0.0) @ finite) == pytest.approx(found.cost, rel=1e-9)
    assert (reduced[~np.isfinite(numbers.upper)] > -1e-7).all()
    structural = slice(0, found.value.size)
    np.testing.assert_allclose(
        np.minimum(reduced, 0.0)[structural] * (finite[structural] - found.value), 0.0, atol=1e-6
    )
    np.testing.assert_allclose(np.maximum(reduced, 0.0)[structural] * found.value, 0.0, atol=1e-6)


def test_options_reach_highs_and_stay() -> None:
    """Also where a solve ends without an optimum and others are tried for once."""
    smooth = _smooth(1)
    none = {"simplex_iteration_limit": 0, "ipm_iteration_limit": 0}
    with pytest.raises(ClearingError, match="HiGHS says Iteration limit reached"):
        LiveProgram(smooth.compiled, none).solve(_numbers(smooth, 1))
    live = LiveProgram(smooth.compiled, {"simplex_iteration_limit": 0})
    found = live.solve(_numbers(smooth, 1))
    assert found.cost == pytest.approx(LiveProgram(smooth.compiled).solve(_numbers(smooth, 1)).cost, rel=1e-9)
    names = ("presolve", "solver", "simplex_iteration_limit")
    assert [live._highs.option(name) for name in names] == ["off", "choose", 0]


@pytest.mark.parametrize("seed", range(3))
def test_an_interior_point_ends_in_a_basis(seed: int) -> None:
    """It leaves no factors, and HiGHS ended the process when it was asked for what they hold."""
    smooth = _smooth(seed)
    simplex, inner = (LiveProgram(smooth.compiled, {"solver": name}) for name in ("simplex", "ipm"))
    one, other = (live.solve(_numbers(smooth, seed)) for live in (simplex, inner))
    assert other.cost == pytest.approx(one.cost, rel=1e-7)
    program = inner._highs._solver
    columns, rows = inner._highs.basis(program.getNumCol(), program.getNumRow())
    assert int(columns.sum() + rows.sum()) == rows.size


def test_another_number_of_threads_is_refused_while_one_is_in_use() -> None:
    market = random_market(1)
    one = Clearer(market.network)
    one(market)
    with pytest.raises(MarketError, match=r"optimise\.threads"):
        Clearer(market.network, one.compiled, {"threads": 2})(market)
    assert one(market).solves <= 2  # and goes on from its own basis


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("simplex_stratgy", 1, "HiGHS has no option 'simplex_stratgy'"),
        ("simplex_strategy", 99, "HiGHS's option simplex_strategy cannot be 99"),
        ("simplex_strategy", "dual", "HiGHS's option simplex_strategy cannot be 'dual'"),
        ("solver", None, "HiGHS's option solver cannot be None"),
        ("threads", 2**33 + 1, "HiGHS's option threads cannot be 8589934593"),
        ("time_limit", True, "HiGHS's option time_limit cannot be True"),
        ("solver", "fast", "HiGHS's option solver cannot be 'fast'"),
    ],
)
def test_an_option_that_highs_does_not_take_is_named(name: str, value: object, says: str) -> None:
    with pytest.raises(MarketError, match=says):
        Highs().set_option(name, value)


def test_arrays_of_any_layout_arrive_as_they_are() -> None:
    smooth = _smooth(1)
    numbers, live = _numbers(smooth, 1), LiveProgram(smooth.compiled)
    usual = live.solve(numbers).cost
    for cost in (numbers.cost.astype(np.float32), numbers.cost[::-1].copy()[::-1]):
        live.solve(_numbers(smooth, 2))
        assert live.solve(replace(numbers, cost=cost)).cost == pytest.approx(usual, rel=1e-6)


def test_a_solver_is_given_back_with_its_clearer() -> None:
    """highspy's own callbacks would hold it, and whatever it holds, for ever."""
    solver = Highs()
    gone = weakref.ref(solver._solver)
    del solver
    gc.collect()
    assert gone() is None
