"""What all levers have in common: whose they are called, and what they refuse."""

from functools import cache
from typing import Any

import pytest
from tests.model.worlds import settings, world

from coercivity.model.instruments import Instrument, instrument_rows
from coercivity.model.lever import levers
from coercivity.model.observation import StateView

# Settings with which a lever sets something in the view below.
ACTIVE: dict[str, dict[str, Any]] = {
    "benchmarks": {"target": {"mining": 0.1, "separation": 0.4}, "budget": 50.0, "begin": 2020.0},
    "circularity": {"collection": 0.1, "subsidy": 2.0, "budget": 5.0, "adoption": 2.0, "research": 3.0},
    "coercion": {"targets": ["JP"], "start": 0.5, "stop": 0.9},
    "consolidation": {"groups": 6},
    "domestic_first": {"subsidy": {"oxide:*": 0.1}, "keep": {"oxide:Dy": 0.5}},
    "enforcement": {"effort": {"mining": 0.5}},
    "environment": {"charge": {"all": 2.0}, "cap": {"wastewater": 1e9}},
    "export_limit": {"measure": {"ban": {"materials": ["oxide:Dy"], "approval": 0.5}}},
    "export_tax": {"rate": {"oxide:*": 0.1}},
    "friendshoring": {"places": ["AU"], "budget": 100.0, "offtake_cut": 0.01,
                      "floor": {"oxide:Nd": {"price": 100.0, "volume": 10.0}}},
    "import_tariff": {"rate": {"magnet:*": {"CN": 0.25}}},
    "incident": {"between": {"JP": {"2026-02": 1.0}}},
    "joint_venture": {"foreign_share": {"magnet": 0.49}},
    "offtake": {"contract": {"jare": {"materials": ["oxide:Nd"], "origins": ["MY"], "tonnes": 100.0}}},
    "ore_export_ban": {"share": 0.5},
    "outbound_investment": {"places": ["TZ"], "budget": 100.0, "capital_share": 0.2},
    "permitting": {"factor": 0.5},
    "price_policy": {"target": 0.5},
    "production_quota": {},
    "reserve": {"value": {"oxide:Dy": 60.0}},
    "retaliation": {"against": ["JP"], "tariff": {"magnet:*": 0.2}, "withhold": ["oxide:*"]},
    "seabed_diplomacy": {"delay": 2.0},
    "seabed_permit": {"start": "2025-01", "programme": 1.0, "support": 1.0},
    "separation_quota": {"tonnes": 1000.0},
    "stockpile": {"days": {"oxide:Dy": 90}},
    "stoppage": {"share": {"mining": 0.5}},
    "support_purchases": {"materials": ["oxide:Dy"], "buy_below": 1.5, "sell_above": 3.0},
    "technology_ban": {"in_force": 1.0},
    "vat_refund": {"share": {"oxide:*": 0.5}},
}  # fmt: skip
VIEW = StateView(
    "CN", "2026-02-15", 0.25, prices={"oxide:Nd": 90.0, "oxide:Dy": 300.0},
    base_prices={"oxide:Nd": 60.0, "oxide:Dy": 250.0}, annual_use={"oxide:Dy": 1000.0}, stocks={}, risk=0.0,
    quotas={"light": 1e5}, output={"oxide:Dy": 1000.0}, relations={"JP": 0.0}, cooled={"JP": 1.0},
    restricted_by={"JP": 1.0}, offered={"oxide:Dy": 300.0},
)  # fmt: skip


@cache
def decided(name: str) -> tuple[Instrument, ...]:
    """What a lever sets in the view."""
    return levers()[name](**ACTIVE[name]).in_chain(settings().chain).decide(VIEW, 1.0)


@pytest.mark.parametrize("name", sorted(levers()))
def test_what_a_lever_sets_is_recorded_under_its_own_name(name: str) -> None:
    set_ = decided(name)
    assert set_, "give settings with which it acts, in ACTIVE"
    assert {instrument.lever for instrument in set_} == {name}
    rows = list(instrument_rows(set_))
    assert rows
    assert {(state, lever) for state, lever, *_ in rows} == {("CN", name)}


def test_public_money_stands_in_the_table_under_the_lever_that_spends_it() -> None:
    given = {name: ACTIVE[name] for name in ("outbound_investment", "circularity", "support_purchases")}
    table = world(levers={"china": given}, steps=1).tables()["levers"]
    spent = table[(table.state == "CN") & (table.parameter == "budget")]
    assert dict(zip(spent.lever, spent.value, strict=True)) == {
        "outbound_investment": 100.0,
        "circularity": 5.0,
    }
    assert not {"friendshoring", "stockpile"} & set(table[table.state == "CN"].lever)
