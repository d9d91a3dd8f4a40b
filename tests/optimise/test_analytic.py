"""Markets with answers known on paper: prices are duals, with the right sign and size."""

import numpy as np
import pytest
from scipy.optimize import brentq

from coercivity.optimise import Clearer, ClearingError, Market, MarketError, clear

from .onenode import one_node, two_places


def wanted(price: float, scale: float = 100.0) -> float:
    return scale * (price / 10.0) ** -0.5


def test_elastic_demand_meets_rising_supply() -> None:
    answer = clear(one_node())
    price = brentq(lambda p: wanted(p) - 1000.0 * (p - 5.0), 5.0, 6.0, xtol=1e-14)
    assert answer.price[0] == pytest.approx(price, rel=1e-11)
    assert answer.activity[0] == pytest.approx(wanted(price), rel=1e-11)
    assert answer.rent[0] == pytest.approx(price - 5.0, abs=1e-11)


def test_full_capacity_earns_its_scarcity() -> None:
    answer = clear(one_node(capacity=np.array([50.0])))
    assert answer.price[0] == pytest.approx(10.0 * (100 / 50) ** 2, rel=1e-11)
    assert answer.rent[0] == pytest.approx(40.0 - 5.0, rel=1e-11)


def test_the_last_block_comes_at_rising_cost() -> None:
    """Inside the block, price is cost + spread + rise × share of the block."""
    market = one_node(capacity=np.array([50.0]), block=np.array([20.0]), rise=np.array([30.0]))
    price = brentq(lambda p: wanted(p) - 50 - 20 * (p - 6) / 30, 6, 36, xtol=1e-14)
    assert clear(market).price[0] == pytest.approx(price, rel=1e-11)


def test_a_quota_earns_a_permit() -> None:
    """40 t are worth 62.5 USD/kg; the plant's own cost rises to 5.04; the rest is the permit."""
    answer = clear(one_node(cap=np.array([40.0])))
    assert answer.price[0] == pytest.approx(62.5, rel=1e-11)
    assert answer.permit[0] == pytest.approx(62.5 - 5.04, rel=1e-11)
    assert answer.activity[0] == pytest.approx(40.0, rel=1e-11)


def test_a_charge_is_paid_by_who_pollutes() -> None:
    plain, charged = clear(one_node()), clear(one_node(charge=np.array([2.0])))
    price = brentq(lambda p: wanted(p) - 1000.0 * (p - 7.0), 7.0, 8.0, xtol=1e-14)
    assert charged.price[0] == pytest.approx(price, rel=1e-11)
    assert charged.price[0] > plain.price[0]


def test_a_share_tax_is_on_this_very_price() -> None:
    """Abroad, price = 1.25 × origin's price + freight, exactly."""
    answer = clear(two_places(ad_valorem=np.array([0.0, 0.25])))
    made, home, abroad = answer.price
    assert home == pytest.approx(made + 0.2, rel=1e-11)
    assert abroad == pytest.approx(1.25 * made + 0.2, rel=1e-11)


def test_the_backstop_caps_the_price_and_is_rationed() -> None:
    """Demand at the choke is 100 (400/10)^-½ = 15.8 t; with 10 t the price is the choke."""
    answer = clear(one_node(capacity=np.array([10.0])))
    assert answer.price[0] == pytest.approx(400.0, rel=1e-11)
    assert answer.served[0] == pytest.approx(10.0, rel=1e-11)


def test_a_thirtyfold_price_rise_is_exact() -> None:
    answer = clear(one_node(capacity=np.array([100.0 / np.sqrt(30.0)])))
    assert answer.price[0] == pytest.approx(300.0, rel=1e-11)


def test_surplus_goes_to_the_outlet() -> None:
    """What nobody wants costs its disposal: the price is −0.5."""
    answer = clear(one_node(supply=np.array([5000.0])))
    assert answer.price[0] == pytest.approx(-0.5, rel=1e-11)
    assert answer.disposal[0] == pytest.approx(5000.0 - wanted(0.25), rel=1e-11)
    assert answer.activity[0] == 0.0


@pytest.mark.parametrize(("outside", "bought"), [(20.0, True), (2.0, False)])
def test_a_stock_offers_and_buys_back_along_one_curve(outside: float, bought: bool) -> None:
    """A holder of 30 t offers all and keeps H(p) = 30 (p/p_exp)^-2: it buys when p < p_exp."""
    market = one_node(
        demands=2,
        supply=np.array([30.0]),
        scale=np.array([100.0, 30.0]),
        reference=np.array([10.0, outside]),
        elasticity=np.array([0.5, 2.0]),
        choke=np.array([400.0, 4 * outside]),
        floor=np.array([0.25, outside / 4]),
    )
    answer = clear(market)

    def held(price: float) -> float:
        return 30.0 * (max(price, outside / 4) / outside) ** -2 if price <= 4 * outside else 0.0

    price = brentq(
        lambda p: wanted(p) + held(p) - 30.0 - np.clip(1000.0 * (p - 5.0), 0, 1000), 1, 7.9, xtol=1e-14
    )
    assert answer.price[0] == pytest.approx(price, rel=1e-10)
    assert (answer.served[1] > 30.0) == bought


def test_more_supply_never_raises_the_price() -> None:
    offers = [0.0, 10.0, 100.0, 1000.0]
    prices = [clear(one_node(supply=np.array([offer]))).price[0] for offer in offers]
    assert prices == sorted(prices, reverse=True)


def test_twins_share_evenly() -> None:
    answer = clear(one_node(plants=2))
    assert answer.activity[0] == pytest.approx(answer.activity[1], rel=1e-10)


def test_a_shared_tonnage_limit_has_one_rent() -> None:
    """Every element's price abroad exceeds home's by the same USD/kg."""
    answer = clear(two_places(elements=3, limit=np.array([20.0, np.inf, np.inf, np.inf])))
    home, abroad = answer.price[3::2], answer.price[4::2]
    assert answer.licence[0] > 1.0
    assert abroad - home == pytest.approx(np.full(3, answer.licence[0]), rel=1e-10)


def test_an_element_limit_splits_only_its_own_prices() -> None:
    answer = clear(two_places(elements=3, limit=np.array([np.inf, np.inf, 10.0, np.inf])))
    home, abroad = answer.price[3::2], answer.price[4::2]
    assert (abroad / home > 1.001).tolist() == [False, True, False]


def test_an_asking_premium_is_paid_abroad() -> None:
    answer = clear(two_places(asking=np.array([5.0, 0.0])))
    assert answer.price[2] - answer.price[1] == pytest.approx(5.0, rel=1e-10)
    assert answer.licence[0] == 0.0


def test_a_ban_to_one_leaves_others_unless_they_compete() -> None:
    """With supply at constant cost others pay as before; with scarce supply they pay less."""
    flat = {"spread": np.array([1e-9])}
    banned = np.array([np.inf, 0.0, np.inf])
    free, ban = (clear(two_places(destinations=3, **flat, **b)) for b in ({}, {"arc_bound": banned}))
    assert ban.price[[1, 3]] == pytest.approx(free.price[[1, 3]], rel=1e-5)
    assert ban.price[2] > 100 * free.price[2]
    scarce = {"capacity": np.array([60.0])}
    free, ban = (clear(two_places(destinations=3, **scarce, **b)) for b in ({}, {"arc_bound": banned}))
    assert (ban.price[[1, 3]] < 0.8 * free.price[[1, 3]]).all()


@pytest.mark.parametrize("name", ["activity_cost", "capacity", "scale", "supply", "choke"])
def test_what_is_no_number_is_refused(name: str) -> None:
    with pytest.raises(MarketError, match=name):
        one_node(**{name: np.array([np.nan])})


def test_an_arc_to_itself_is_refused() -> None:
    market = two_places()
    network = market.network
    wrong = {name: getattr(network, name) for name in network.__dataclass_fields__}
    with pytest.raises(MarketError, match="same node"):
        type(network)(**{**wrong, "destination": network.origin})


@pytest.mark.parametrize(("name", "entry"), [("demand_node", -1), ("origin", 9), ("activity_plant", -2)])
def test_a_number_of_no_node_is_refused(name: str, entry: int) -> None:
    """Compiled loops would read and write whatever lies there."""
    network = two_places().network
    said = {field: getattr(network, field) for field in network.__dataclass_fields__}
    wrong = said[name].copy()
    wrong[-1] = entry
    with pytest.raises(MarketError, match=f"{name}: entry {wrong.size - 1} is {entry}"):
        type(network)(**{**said, name: wrong})


def test_a_start_of_another_shape_is_refused() -> None:
    market = one_node()
    with pytest.raises(MarketError, match="finite prices, one a row"):
        Clearer(market.network)(market, np.zeros(1))


def test_what_does_not_settle_names_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coercivity.optimise.clearer.prove", lambda *_: None)
    with pytest.raises(ClearingError, match=r"Furthest from balance: \w+\[.+\] by .+ t\. Furthest from what"):
        clear(one_node())


def test_shapes_are_checked() -> None:
    with pytest.raises(MarketError, match="expected 1"):
        one_node(supply=np.zeros(2))
    assert isinstance(one_node(), Market)
