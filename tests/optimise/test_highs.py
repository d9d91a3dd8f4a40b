"""HiGHS by its C interface, and the programs passed to it."""

from pathlib import Path

import highspy
import numpy as np
import pytest

from coercivity.optimise import Clearer, MarketError
from coercivity.optimise.curves import BACKSTOP, NONE, RISE_STEPS
from coercivity.optimise.highs import Highs, _library
from coercivity.optimise.program import LiveProgram, leads, numbers_of
from coercivity.optimise.smooth import Smooth

from .markets import random_market


def _smooth(seed: int) -> Smooth:
    market = random_market(seed)
    return Smooth(Clearer(market.network).compiled, market)


def _uncut(smooth: Smooth) -> tuple[np.ndarray, np.ndarray]:
    return np.ones(smooth.node.size), np.ones(smooth.rise.rise.size)


def _prices(smooth: Smooth, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(1.0, 60.0, smooth.right.size)


@pytest.mark.parametrize("seed", range(3))
def test_whichever_column_leads_a_curve_has_the_same_steps(seed: int) -> None:
    """Columns change places and nothing else; the one that leads stands for what the middle one did."""
    smooth, rng = _smooth(seed), np.random.default_rng(seed)
    price, narrow = _prices(smooth, seed), _uncut(smooth)
    demand, rise = rng.integers(0, BACKSTOP, narrow[0].size), rng.integers(0, RISE_STEPS, narrow[1].size)
    usual = numbers_of(smooth, price, narrow, (np.full_like(demand, NONE), np.full_like(rise, NONE)))
    other = numbers_of(smooth, price, narrow, (demand, rise))
    for name, lead in (("d", demand), ("r", rise)):
        span = smooth.compiled.columns[name]
        one, two = (
            np.stack([told.cost[span], told.upper[span]], axis=1).reshape(lead.size, -1, 2)
            for told in (usual, other)
        )
        for curve in range(lead.size):
            assert sorted(map(tuple, one[curve])) == sorted(map(tuple, two[curve]))
        if name == "d":
            leading = two[np.arange(lead.size), lead, 0]
            centre = np.clip(price[smooth.node], smooth.demand.floor, smooth.demand.choke)
            np.testing.assert_allclose(-leading, centre, rtol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_a_program_changed_in_place_ends_where_a_new_one_does(seed: int) -> None:
    """What is passed by ranges arrives: the optimum is that of a HiGHS that never knew another."""
    smooth = _smooth(seed)
    live, narrow = LiveProgram(smooth.compiled), _uncut(smooth)
    lead = leads(smooth.compiled, np.zeros(smooth.compiled.matrix.shape[1], np.bool_))
    for turn in range(3):
        numbers = numbers_of(smooth, _prices(smooth, turn), narrow, lead)
        found, new = live.solve(numbers), LiveProgram(smooth.compiled).solve(numbers)
        assert found.cost == pytest.approx(new.cost, rel=1e-9)
        assert found.basic.sum() + found.slack.sum() == smooth.right.size
        lead = leads(smooth.compiled, found.basic)


def test_the_same_program_by_highspy_has_the_same_answer() -> None:
    smooth = _smooth(1)
    none = np.full(smooth.node.size, NONE), np.full(smooth.rise.rise.size, NONE)
    numbers = numbers_of(smooth, _prices(smooth, 1), _uncut(smooth), none)
    found = LiveProgram(smooth.compiled).solve(numbers)
    matrix, theirs, program = smooth.compiled.matrix, highspy.Highs(), highspy.HighsLp()
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
    value = np.array(theirs.getSolution().col_value)
    assert found.cost == pytest.approx(float(numbers.cost @ value), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("simplex_stratgy", 1, "HiGHS has no option 'simplex_stratgy'"),
        ("simplex_strategy", 99, "HiGHS's option simplex_strategy cannot be 99"),
        ("simplex_strategy", "dual", "HiGHS's option simplex_strategy cannot be 'dual'"),
        ("solver", "fast", "HiGHS's option solver cannot be 'fast'"),
    ],
)
def test_an_option_that_highs_does_not_take_is_named(name: str, value: object, says: str) -> None:
    with pytest.raises(MarketError, match=says):
        Highs().set_option(name, value)


def test_without_the_library_the_other_backend_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _library.cache_clear()
    monkeypatch.setattr(highspy, "__file__", str(tmp_path / "__init__.py"))
    try:
        with pytest.raises(MarketError, match=r"optimise\.backend=pyomo"):
            Highs()
    finally:
        monkeypatch.undo()
        _library.cache_clear()
