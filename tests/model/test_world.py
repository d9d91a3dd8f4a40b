"""What must hold of every step of every world: tonnes, dollars, and what limits do to prices."""

from itertools import pairwise

import numpy as np
import pytest
from tests.model.worlds import price, world

from coercivity.model.world import World

SCENARIOS = (
    "policies_frozen",
    "restrictions_2025",
    "embargo",
    "friendshoring_pooled",
    "environmental_levelling",
)
HEAVIES = ["oxide:Dy", "oxide:Tb", "metal:Dy", "metal:Tb", "magnet:high_coercivity"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_dollar_has_an_owner(scenario: str) -> None:
    """(S.1): accounts add up to the objective plus what it counts as cost but someone receives."""
    made = world(f"scenario={scenario}", "clock.start=2025-10", "clock.end=2026-10")
    found = []
    settle = made.books.settle

    def watched(assembled, clearing, length):  # type: ignore[no-untyped-def]
        ledger = settle(assembled, clearing, length)
        found.append((sum(ledger.accounts.values()), clearing.objective * 1000 + ledger.transfers))
        return ledger

    made.books.settle = watched  # type: ignore[method-assign]
    for _ in range(3):
        made.step()
    for accounts, objective in found:
        assert accounts == pytest.approx(objective, rel=1e-9)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_tonne_is_accounted_for(scenario: str) -> None:
    """What a node is offered, makes and receives is what it sends, uses, stores and discards."""
    made = world(f"scenario={scenario}", "clock.start=2025-10", "clock.end=2026-10", steps=2)
    network, clearing = made.economy.supply.network, made.last
    assert clearing is not None
    technology = network.technology
    net = np.zeros(len(network.nodes))
    np.add.at(net, technology.row, technology.value * clearing.activity[technology.column])
    np.add.at(net, network.destination, clearing.flow)
    np.subtract.at(net, network.origin, clearing.flow)
    np.subtract.at(net, network.demand_node, clearing.served)
    np.subtract.at(net, network.disposal_node, clearing.disposal)
    net += made.offered
    assert np.abs(net).max() < 1e-6 * np.abs(clearing.flow).max()


def test_what_does_not_trade_has_no_price() -> None:
    """A price is told of what is made, moved, held or wanted; the dual of an idle balance may be anything."""
    made = world("clock.start=2025-10", "clock.end=2026-10", steps=1)
    prices = made.tables()["prices"]
    assert made.last is not None
    assert made.last.price[made.recorder.price_node].min() < 0 <= prices.price.min()
    moved = made.tables()["flows"][["destination", "material"]].itertuples(index=False, name=None)
    assert set(moved) <= set(zip(prices.jurisdiction, prices.material, strict=True))
    ends = prices[["low", "high"]]
    assert ends.isna().any(axis=None) and not np.isinf(ends).any(axis=None), "an end that is not is blank"


def test_stocks_are_never_negative_and_are_carried_over() -> None:
    made = world("scenario=embargo", "clock.start=2025-10", "clock.end=2027-01")
    for _ in range(4):
        made.step()
        assert made.economy.stock.min() >= 0
    table = made.tables()["stocks"]
    last = table[table.step == 3].tonnes.sum()
    assert last == pytest.approx(made.economy.stock.sum(), rel=1e-12)


def test_holders_who_want_little_may_keep_what_they_have() -> None:
    """With an elasticity so low that no price makes them buy, stocks stay where nobody takes them."""
    made = world(
        "scenario=restrictions_2025", "firm.inventory.elasticity=0.2", "clock.step=year", "clock.end=2031-01"
    )
    for _ in range(6):
        made.step()
    assert made.last is not None


def test_one_tonnage_over_all_elements_has_one_rent() -> None:
    """A shared quota raises every oxide's outside price by the same USD/kg over its taxed price."""
    measure = {"quota": {"materials": ["oxide:*"], "destinations": ["all"], "approval": {"2025-01": 0.5}}}
    made = world("firm.grey.active=false", china=measure, steps=1)
    limits = made.tables()["limits"]
    assert len(limits) == 1
    rent = float(limits.rent.iloc[0])
    assert rent > 0.05
    supply, clearing = made.economy.supply, made.last
    assert clearing is not None
    tax = made.assembler(made.when, (), None, np.zeros(len(clearing.activity))).tax.ad_valorem
    gaps = []
    for at, arc in enumerate(supply.layout.arcs):
        shipped = clearing.flow[at] > 1e-3 and arc.origin == "CN" != arc.destination
        if shipped and arc.channel == "legal" and arc.material.startswith("oxide:"):
            origin, end = supply.network.origin[at], supply.network.destination[at]
            landed = clearing.price[origin] * (1 + tax[at]) + made.assembler.arc_cost[at]
            gaps.append(clearing.price[end] - landed)
    assert len(gaps) > 8
    assert np.ptp(gaps) < 1e-6
    assert np.mean(gaps) == pytest.approx(rent, rel=1e-6)


def test_a_licence_per_element_splits_only_the_listed() -> None:
    measure = {
        "licence": {
            "materials": HEAVIES,
            "destinations": ["all"],
            "apart": ["material", "destination"],
            "approval": {"2025-01": 0.4},
        }
    }
    free, bound = world(steps=2), world(china=measure, steps=2)  # stocks let go carry users over the first

    def ratio(made: World, element: str) -> float:
        return price(made, "JP", f"oxide:{element}") / price(made, "CN", f"oxide:{element}")

    for element in ("Dy", "Tb"):
        assert ratio(bound, element) > 1.5 * ratio(free, element)
    for element in ("La", "Y", "Sm", "Eu"):
        assert ratio(bound, element) == pytest.approx(ratio(free, element), rel=0.02)


def test_a_ban_on_one_destination_leaves_the_others() -> None:
    """Banned from Japan, Chinese lanthanum costs no more elsewhere, but where Japan's new
    suppliers sold before."""
    ban = {"materials": ["oxide:La"], "destinations": ["JP"], "follow": False, "approval": {"2025-01": 0.0}}
    measure = {"ban": ban}
    free, bound = world(steps=1), world("firm.grey.active=false", china=measure, steps=1)
    assert price(bound, "JP", "oxide:La") > 1.05 * price(free, "JP", "oxide:La")
    for place in ("CN", "US", "KR", "ROW"):
        assert price(bound, place, "oxide:La") == pytest.approx(price(free, place, "oxide:La"), rel=0.01)


def test_nothing_restricted_reaches_a_banned_country_by_a_third() -> None:
    """With everything banned to Japan, Japan receives nothing that only China makes."""
    measure = {"ban": {"materials": ["oxide:*"], "destinations": ["JP"], "approval": {"2025-01": 0.0}}}
    made = world("firm.grey.active=false", china=measure, steps=2)
    flows = made.tables()["flows"]
    europium = flows[(flows.destination == "JP") & (flows.material == "oxide:Eu")]
    makers = set(europium.origin)
    assert "CN" not in makers
    produced = made.tables()["activity"]
    assert makers <= set(produced[produced.stage.isin(["separation", "recycling"])].jurisdiction)


def test_a_looser_limit_never_lowers_welfare_of_the_program() -> None:
    objective = []
    for approval in (0.0, 0.3, 0.6, 1.0):
        measure = {
            "cap": {"materials": ["oxide:*"], "destinations": ["all"], "approval": {"2025-01": approval}}
        }
        made = world("firm.grey.active=false", "firm.licence.active=false", china=measure, steps=1)
        assert made.last is not None
        objective.append(made.last.objective)
    assert all(later >= earlier - 1e-6 for earlier, later in pairwise(objective))


def test_a_firm_more_does_not_move_anothers_draws() -> None:
    made = world()
    again = world()
    assert made.stream("lynas").random() == again.stream("lynas").random()
    assert made.stream("lynas").random() != made.stream("mp_materials").random()
