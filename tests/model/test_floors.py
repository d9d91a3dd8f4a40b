"""Price floors and charges: never more than promised, and booked to whom they belong."""

import numpy as np
import pytest
from tests.model.worlds import world

from coercivity.model.assembly.floors import FloorTerms
from coercivity.model.inputs.evidence import EvidenceError


def test_a_floor_never_pays_for_more_than_its_volume() -> None:
    terms = FloorTerms("US", np.array([0, 1]), np.array([20.0, 10.0]), np.array([1.0, 0.5]), 100.0)
    small, large = np.array([30.0, 40.0]), np.array([300.0, 400.0])
    assert terms.paid(small) == pytest.approx([600.0, 400.0])
    assert terms.paid(large) == pytest.approx(np.array([6000.0, 4000.0]) * 100.0 / 500.0)


def test_a_jump_in_output_costs_the_state_no_more_than_gap_times_volume() -> None:
    floor = "state.united_states.lever.friendshoring"
    made = world(
        f"{floor}={{places: [US, AU, MY, IN], floor: {{'oxide:Nd': {{price: 200.0, volume: 1000.0}}}}}}",
        steps=3,
    )
    accounts = made.tables()["accounts"]
    paid = -accounts[(accounts.owner == "US") & (accounts.item == "price floors")].groupby("step").usd.sum()
    assert paid.max() > 0
    assert paid.max() <= 200.0 * 1000.0 * 1000.0 / 4.0 * (1 + 1e-9)


def test_charges_follow_the_factor_of_each_pollutant() -> None:
    lever = "state.china.lever.environment.charge={wastewater: 10.0}"
    plain, dear = world(steps=1), world(lever, steps=1)

    def share(made, pollutant):  # type: ignore[no-untyped-def]
        rows = made.tables()["burdens"]
        rows = rows[rows.jurisdiction == "CN"]
        return float(rows[rows.pollutant == pollutant].charge.sum() / rows.charge.sum())

    assert share(dear, "wastewater") > 1.5 * share(plain, "wastewater")


def test_holders_give_a_trend_no_more_weight_than_the_market_bears() -> None:
    """An inelastic draw limits the weight; a weight that a person sets is refused, not changed."""
    plain, less = (world(*words, steps=1).economy.parameters for words in ((), ("market.elasticity=0.2",)))
    assert 0.0 < less["inventory.growth_weight"] < plain["inventory.growth_weight"]
    with pytest.raises(EvidenceError, match="chase their own"):
        world("market.elasticity=0.2", "firm.inventory.growth_weight=0.2")
