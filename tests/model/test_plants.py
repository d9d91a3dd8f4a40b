"""What plants that are built cost to run, what the next mine costs, and what grades makers make."""

import numpy as np
import pytest
from tests.model.worlds import world

from coercivity.model.assembly.promises import pledges
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
    assert fixed == pytest.approx(e.parameters["finance.idle_share"] * 4.0)
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


def test_the_largest_separator_abroad_earns_in_the_base_year_as_its_accounts_say(begun: World) -> None:
    """Lynas, year to June 2024: 132 million AUD before depreciation on 25,560 t of feed, 3.4 USD/kg; the
    charges of the model count some capital among costs.
    """
    e = begun.economy
    technology, names = e.supply.network.technology, [a.name for a in e.supply.layout.activities]
    base = np.array([e.base.price.get(node, 0.0) for node in e.supply.network.nodes])
    chain = [names.index("separate mt_weld at kuantan"), names.index("mine mt_weld")]
    earned = np.bincount(technology.column, technology.value * base[technology.row], len(names))
    at, ore = (
        e.supply.node("MY", "concentrate:mt_weld"),
        e.supply.layout.node["AU", "concentrate:mt_weld", "made"],
    )
    assert at is not None
    margin = (earned - e.unit_cost - e.charge)[chain].sum() + base[at] - base[ore]
    assert 0.0 < margin < 3.5


def test_feed_of_a_plant_that_a_state_paid_for_is_pledged(begun: World) -> None:
    e = begun.economy
    place = {f.name: at for at, f in enumerate(e.chain.facilities)}
    row = next(
        k for k, (mine, plant) in e.supply.ties.items()
        if (mine, plant) == (place["eneabba_feed"], place["eneabba_refinery"])
    )  # fmt: skip
    owed = pledges(e, 2.0)
    assert owed[row] == pytest.approx(0.9 * 1160 / 17.5)
    assert sorted(set(owed.round(6))) == [2.0, round(float(owed[row]), 6)]  # no other owner's plant is


def test_pledged_feed_is_not_sold_abroad() -> None:
    """Eneabba's stockpile is what its owner put into a refinery that a state pays for."""
    made = world("clock.step=year", "clock.end=2031-01", steps=4)  # the refinery opens in 2028
    e = made.economy
    taken = {a.name: float(t) for a, t in zip(e.supply.layout.activities, made.made(), strict=True)}
    assert taken["separate eneabba at eneabba_refinery"] > 0.75 * taken["mine eneabba_feed"] > 0
