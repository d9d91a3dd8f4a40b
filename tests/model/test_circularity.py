"""What recycling and substitution programmes do, and that they do nothing where they are off."""

from functools import cache
from typing import Any

import pytest
import yaml
from tests.model.worlds import price, world

from coercivity.model.world import World

BAN = {"export_limit": {"measure": {"b": {"materials": ["magnet:*"], "approval": {"2025-01": 0.2}}}}}


@cache
def after(text: str, banned: bool = False, steps: int = 2) -> World:
    """A world after some steps; text: circularity of the EU as YAML; banned: magnets out of China cut."""
    levers: dict[str, Any] = {"european_union": {"circularity": yaml.safe_load(text) or {}}}
    if banned:
        levers["china"] = BAN
    return world(levers=levers, steps=steps)


def recycled(made: World) -> float:
    """Oxides recycled in the EU over the run, t."""
    table = made.tables()["activity"]
    return float(table[(table.stage == "recycling") & (table.jurisdiction == "EU")].tonnes.sum())


def paid(made: World, item: str) -> float:
    """What the EU paid under an item over the run, USD."""
    accounts = made.tables()["accounts"]
    return -float(accounts[(accounts.owner == "EU") & (accounts.item == item)].usd.sum())


def test_collection_brings_scrap_and_is_paid_for() -> None:
    more = after("collection: 0.4")
    node = more.economy.supply.layout.node["EU", "scrap:magnet", "made"]
    assert more.offered[node] > after("").offered[node]
    assert more.economy.price[node] < after("").economy.price[node]
    assert paid(more, "programme circularity") > 0.0 == paid(after(""), "programme circularity")


def test_a_subsidy_of_recycling_is_paid_on_what_is_recycled() -> None:
    subsidised = after("subsidy: 20.0")
    assert recycled(subsidised) > recycled(after(""))
    assert paid(subsidised, "subsidy of recycling") == pytest.approx(20e3 * recycled(subsidised), rel=1e-6)


def test_substitutes_spread_faster_and_cost_less_while_magnets_are_scarce() -> None:
    plain, pushed = after("", True, 4), after("{adoption: 4.0, substitute_cost: 0.5}", True, 4)
    alternatives = plain.economy.supply.alternatives
    here = [row for (_, place, _), row in alternatives.items() if place == "EU"]
    there = [row for (_, place, _), row in alternatives.items() if place == "KR"]
    assert pushed.economy.access[here].sum() > plain.economy.access[here].sum()
    assert pushed.economy.access[there].sum() <= 1.01 * plain.economy.access[there].sum()
    grade = "magnet:high_coercivity"
    assert price(pushed, "EU", grade) <= price(plain, "EU", grade) + 1e-9


def test_where_nothing_is_scarce_substitutes_do_not_spread() -> None:
    rows = list(after("").economy.supply.alternatives.values())
    pushed = after("{adoption: 4.0}").economy.access[rows]
    assert pushed == pytest.approx(after("").economy.access[rows])
