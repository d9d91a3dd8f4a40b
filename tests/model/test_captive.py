"""Ore that only its owner's plants get: who may treat it, where it goes, how its mine waits and is judged."""

from dataclasses import replace

import numpy as np
import pytest
from tests.model.worlds import world

from coercivity.model.dynamics.sites import as_one_site, waiting_mines
from coercivity.model.network.captive import destinations, may_treat
from coercivity.model.network.chain import Chain
from coercivity.model.network.supply_chain import lay_out
from coercivity.model.state.economy import Economy
from coercivity.model.world import World


@pytest.fixture(scope="module")
def begun() -> World:
    """A world whose ore of Mt Weld is held to its owner's plants."""
    made = world(steps=1)
    made.economy.chain = with_buyers(made.economy.chain, "own")
    return made


def at(e: Economy, name: str) -> int:
    return next(i for i, f in enumerate(e.chain.facilities) if f.name == name)


def with_buyers(chain: Chain, *buyers: str) -> Chain:
    """The same chain with mines of Mt Weld's ore held to those buyers."""
    return replace(
        chain,
        facilities=tuple(replace(f, buyers=buyers) if f.family == "mt_weld" else f for f in chain.facilities),
    )


def test_ore_that_is_held_goes_to_plants_of_its_owner_alone(begun: World) -> None:
    facilities = begun.economy.chain.facilities
    layout = lay_out(begun.economy.evidence, begun.economy.chain).layout
    goes = {arc.destination for arc in layout.arcs if arc.material == "concentrate:mt_weld"}
    assert goes == {"MY"}
    treats = {
        facilities[a.facility].firm for a in layout.activities if a.name.startswith("separate mt_weld ")
    }
    assert treats == {"lynas"}


@pytest.mark.parametrize(
    ("buyers", "chinese", "places"),
    [((), True, None), (("own",), False, {"MY"}), (("own", "CN"), True, {"MY", "CN"})],
)
def test_an_offtake_opens_a_place_and_no_row_opens_all(
    begun: World, buyers: tuple[str, ...], chinese: bool, places: set[str] | None
) -> None:
    chain = with_buyers(begun.economy.chain, *buyers)
    plant = chain.facilities[at(begun.economy, "northern_separation")]
    assert may_treat(chain, plant, "mt_weld") == chinese
    assert destinations(chain).get(("AU", "concentrate:mt_weld")) == places


def test_a_captive_mine_waits_while_its_plants_are_built(begun: World) -> None:
    e = begun.economy
    mine, own = at(e, "mt_weld"), [p for m, p in e.supply.ties.values() if m == at(e, "mt_weld")]
    assert mine not in waiting_mines(e)
    built, opens = e.built.copy(), e.opens.copy()
    e.built[own], e.opens[own] = 0.0, np.inf
    assert mine not in waiting_mines(e)  # nothing is under way to wait for
    e.opens[own[0]] = 2027.0
    assert mine in waiting_mines(e)
    e.built[:], e.opens[:] = built, opens


def test_a_site_that_stands_still_is_judged_as_one_whatever_its_ore_is_said_to_be_worth(begun: World) -> None:
    e = begun.economy
    layout = e.supply.layout
    dug, treated = (
        next(i for i, a in enumerate(layout.activities) if a.name == name)
        for name in ("mine mt_weld", "separate mt_weld at kuantan")
    )
    here, there = (
        layout.node[key]
        for key in (("AU", "concentrate:mt_weld", "made"), ("MY", "concentrate:mt_weld", "held"))
    )
    assert np.array_equal(
        as_one_site(e, e.price, np.ones(len(layout.activities))), np.ones(len(layout.activities))
    )
    e.closure.shut[at(e, "mt_weld")] = True
    found = []
    price, landed = e.price.copy(), e.landed.copy()
    for worth in (0.0, 5.0, 20.0):
        e.price[[here, there]], e.landed[there] = worth, worth + 0.1
        earned = np.full(len(layout.activities), -99.0)
        earned[dug], earned[treated] = worth - 4.0, 12.0 - worth - 0.1 - 6.0
        out = as_one_site(e, e.price, earned)
        found.append((out[dug], out[treated]))
    e.closure.shut[at(e, "mt_weld")] = False
    e.price[:], e.landed[:] = price, landed
    assert np.allclose(found, found[0])
    assert sum(found[0]) == pytest.approx(12.0 - 0.1 - 10.0)
    assert min(found[0]) > 0.0


@pytest.fixture(scope="module")
def of_2014() -> World:
    return world("scenario=replay_2015_2024", steps=0)


def test_fixed_cost_of_a_plant_goes_on_whatever_it_makes_until_it_is_shut(of_2014: World) -> None:
    e, treasury = of_2014.economy, of_2014.pipeline.treasury
    plant = at(e, "kuantan")
    facility = e.chain.facilities[plant]
    run = np.zeros(len(e.built))

    def paid() -> float:
        posted: dict[tuple[str, str, str], float] = {}
        treasury._idle(posted, run, 0.5)
        return -posted[("lynas", "firm", "idle cost")]

    run[[at(e, "mt_weld"), plant]] = 1e9
    busy = paid()
    run[plant] = 0.0
    usual = 0.85 * facility.capacity * 0.5
    assert paid() == busy == pytest.approx(facility.fixed_cost * usual * 1000.0)
    e.closure.shut[plant] = True
    share = e.parameters["finance.care_share"]
    assert paid() == pytest.approx(share * (facility.unit_cost + facility.fixed_cost) * usual * 1000.0)
    e.closure.shut[plant] = False


def test_kuantans_cost_of_2014_is_split_without_a_dollar_lost(of_2014: World) -> None:
    """10 USD/kg of what it made, a quarter of it fixed had it run as usual: most of what was spent."""
    kuantan = of_2014.economy.chain.facilities[at(of_2014.economy, "kuantan")]
    fixed = kuantan.fixed_cost * 0.85 * kuantan.capacity
    spent = fixed + kuantan.unit_cost * kuantan.output
    assert spent == pytest.approx(10.0 * kuantan.output, rel=0.01)
    assert kuantan.fixed_cost / (kuantan.fixed_cost + kuantan.unit_cost) == pytest.approx(0.25, abs=0.01)
    assert fixed > 0.5 * spent
