"""New deposits: found by luck and high prices, and from the sea only with a permit."""

from functools import partial

import numpy as np
from tests.model.worlds import world

from coercivity.model.inputs.instruments import SeabedPermit
from coercivity.model.world import World


def count_found(made: World, years: int, dear: float) -> int:
    e = made.economy
    e.anchor += np.log(dear)
    for year in range(years):
        made.frontier.explore(2025.5 + year, 1.0)
    return len(made.frontier.ready)


def test_high_prices_find_more_the_same_draws_and_none_when_off() -> None:
    calm, boom, off = (
        count_found(world(), 20, 1.0),
        count_found(world(), 20, 8.0),
        count_found(world("firm.exploration.active=false"), 20, 8.0),
    )
    assert 0 < calm <= boom
    assert boom > 4
    assert off == 0


def test_a_find_is_studied_before_anybody_decides() -> None:
    made = world("firm.exploration.rate=10")
    made.frontier.explore(2026.0, 1.0)
    assert made.frontier.unknown.keys() <= made.frontier.closed([], 2026.5)
    later = 2026.0 + made.economy.parameters["exploration.study"] + 0.1
    assert not made.frontier.unknown.keys() & made.frontier.closed([], later)


def test_the_sea_stays_shut_without_a_permit_of_whose_waters_they_are() -> None:
    made = world()
    assert made.frontier.seabed
    permit = partial(SeabedPermit, lever="seabed_permit")
    assert made.frontier.seabed <= made.frontier.closed([], 2040.0)
    assert made.frontier.seabed <= made.frontier.closed([permit("CN")], 2040.0)
    assert not made.frontier.seabed & made.frontier.closed(
        [SeabedPermit("JP", lever="seabed_permit")], 2040.0
    )


def test_with_a_permit_and_money_the_mud_is_begun() -> None:
    span = ("scenario=restrictions_2025", "clock.end=2027-01", "firm.invest.damping=0.99", "seed=7")
    back = "state.japan.lever.friendshoring={places: [JP], budget: 5000.0, capital_share: 0.9}"
    permit = "state.japan.lever.seabed_permit={start: '2025-01', programme: 20.0}"

    def begun(*more: str) -> bool:
        made = world(*span, back, *more)
        firm = next(f for f in made.firms if f.name == "deep_sea_consortium")
        firm.luck = dict.fromkeys(firm.luck, 0.0)
        (mine,) = made.frontier.seabed
        made.economy.unit_cost[made.economy.supply.layout.runs[mine]] = 5.0  # were it cheap
        for _ in range(3):
            made.step()
        events = made.tables()["events"]
        return bool(((events.kind == "project started") & (events.target == "minamitorishima_mud")).any())

    assert begun(permit)
    assert not begun()
