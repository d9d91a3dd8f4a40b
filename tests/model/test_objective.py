"""What states are after: terms add up, weights are the configuration's, and losses mean what they say."""

import numpy as np
import pytest
from tests.model.worlds import world

from coercivity.model.accounts.exposure import lost_surplus
from coercivity.model.accounts.objective import Goal


@pytest.fixture(scope="module")
def short_world():  # type: ignore[no-untyped-def]
    return world("clock.end=2025-07", "state.japan.objective.security=2.5", steps=2)


def test_terms_are_reported_with_their_weights(short_world) -> None:  # type: ignore[no-untyped-def]
    table = short_world.tables()["objectives"]
    last = table[table.step == 1].set_index(["state", "term"])
    assert last.weight["JP", "security"] == 2.5
    assert last.weight["CN", "leverage"] > last.weight["US", "leverage"]
    indicators = (
        short_world.tables()["indicators"].query("step == 1").set_index(["indicator", "jurisdiction"]).value
    )
    money = last.usd["US", "surplus"] + last.usd["US", "fiscal"]
    assert money == pytest.approx(indicators["welfare", "US"], rel=1e-9)
    total = (last.usd * last.weight).groupby(level=0).sum()
    assert total["CN"] == pytest.approx(indicators["objective", "CN"], rel=1e-9)


def test_a_stock_that_lies_costs_interest_and_room() -> None:
    """What is bought counts at once; kept for a year, it costs `carrying` of its worth."""
    made = world(
        "clock.end=2025-07", levers={"japan": {"stockpile": {"days": {"magnet:*": 180}, "prefilled": True}}}
    )
    lived, e = made.live(), made.economy
    one, two = (made.books.settle(lived.assembled, lived.clearing, years) for years in (1.0, 2.0))
    worth = dict.fromkeys(("private", "public"), 0.0)
    for curve, tonnes, price in zip(e.supply.layout.curves, e.stock, e.base_price, strict=True):
        if curve.place == "JP" and curve.kind in worth:
            worth[curve.kind] += 1000.0 * float(tonnes * price)
    share = e.evidence.number("objective", "all", "stock", "carrying")
    assert min(worth.values()) > 1e7 and share > 0.0
    assert two.taken_off["JP"] - one.taken_off["JP"] == pytest.approx(share * sum(worth.values()), rel=1e-6)
    assert two.accounts == one.accounts  # nobody is paid


def test_who_is_supplied_from_abroad_is_at_risk_and_who_supplies_has_power(short_world) -> None:  # type: ignore[no-untyped-def]
    exposure, places = short_world.objectives.exposure, short_world.objectives.places
    china, japan = places.index("CN"), places.index("JP")
    assert exposure.value[japan, china] > 0
    assert 0.1 < exposure.share[japan, china] < 1
    assert np.all(np.diag(exposure.value) == 0)
    assert np.all((exposure.share >= 0) & (exposure.share <= 1 + 1e-9))
    assert exposure.own[china] > exposure.own[japan]


def test_a_ban_frightens_its_targets_and_relieves_nobody_else() -> None:
    """Perceived risk raises the expected loss of whoever is banned."""
    ban = {"ban": {"materials": ["oxide:*"], "destinations": ["JP"], "approval": {"2025-01": 0.5}}}
    free = world(steps=2).tables()["objectives"]
    bound = world(china=ban, steps=2).tables()["objectives"]

    def security(table, place):  # type: ignore[no-untyped-def]
        return float(table.query("step == 1 and term == 'security' and state == @place").usd.iloc[0])

    assert security(bound, "JP") < 1.2 * security(free, "JP") < 0


@pytest.mark.parametrize("elasticity", (0.15, 0.5, 1.0, 1.4))
def test_what_users_lose_is_the_area_under_their_curve(elasticity: float) -> None:
    price, q, choke, lost = 40.0, 100.0, 300.0, 0.6
    x = np.linspace((1 - lost) * q, q, 200_001)
    area = np.trapezoid(np.minimum(price * (x / q) ** (-1 / elasticity), choke), x)
    one = np.ones(1)
    found = lost_surplus(price * one, q * one, elasticity * one, choke * one, lost * one)
    assert float(found[0]) == pytest.approx(area - price * lost * q, rel=1e-4)


def test_a_path_never_asks_for_less_than_there_was() -> None:
    assert Goal(0.5, 2035).path((2025.0, 0.8), 2033.0) == 0.8
