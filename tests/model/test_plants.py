"""What plants that are built cost to run, what the next mine costs, and what grades makers make."""

import numpy as np
import pytest
from tests.model.worlds import world

from coercivity.model.state.capacity import deposits
from coercivity.model.world import World


@pytest.fixture(scope="module")
def begun() -> World:
    return world(steps=1)


def test_a_project_runs_at_what_it_saves_by_stopping_and_is_judged_by_all_it_costs(begun: World) -> None:
    e = begun.economy
    at, activity = next(
        (at, a)
        for at, a in enumerate(e.supply.layout.activities)
        if a.name == "separate bastnaesite_us at mountain_pass_ramp"
    )
    fixed = e.fixed[activity.facility]
    assert fixed == pytest.approx(e.parameters["finance.idle_share"] * 7.0)
    assert e.unit_cost[at] <= activity.cost - fixed + 0.05


def test_the_next_mine_of_a_kind_is_dearer(begun: World) -> None:
    e = begun.economy
    at = next(i for i, f in enumerate(e.chain.facilities) if f.name == "generic_mine_carbonatite")
    before = deposits(e)[0][at]
    e.units[at], e.opens[at] = 10.0, 2033.0
    after = deposits(e)
    e.units[at], e.opens[at] = 0.0, np.inf
    assert after[0][at] > before == pytest.approx(1.0)
    named = next(i for i, f in enumerate(e.chain.facilities) if f.name == "nolans_mine")
    assert after[0][named] == 1.0  # named deposits have costs of their own


def test_makers_in_japan_use_the_dysprosium_that_the_record_gives_them(begun: World) -> None:
    """Gross, as metal: 250 to 450 t in 2024."""
    e = begun.economy
    technology, node = e.supply.network.technology, e.supply.layout.node["JP", "metal:Dy", "held"]
    taken = (technology.row == node) & (technology.value < 0)
    tonnes = -float((technology.value[taken] * begun.made()[technology.column[taken]]).sum())
    assert 250 < tonnes < 450
