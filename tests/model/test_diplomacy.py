"""What quarrels and coercion leave behind: fear, relations, reputation, and answers to them."""

from functools import cache
from typing import Any

import pytest
import yaml
from tests.model.worlds import world

from coercivity.model.dynamics.terms import building_terms
from coercivity.model.world import World

BAN = (
    'export_limit: {measure: {ban: {materials: ["oxide:*"], destinations: [JP], approval: {"2025-01": 0.0}}}}'
)
TWICE = BAN.replace('{"2025-01": 0.0}', '{"2025-01": 0.0, "2025-04": null, "2025-07": 0.0}')
QUARREL = 'incident: {between: {JP: {"2025-02": 1.0}}}'


@cache
def after(china: str = "", japan: str = "", *overrides: str, steps: int = 1) -> World:
    """A world after some steps; china, japan: their levers as YAML."""
    levers: dict[str, Any] = {"china": yaml.safe_load(china) or {}, "japan": yaml.safe_load(japan) or {}}
    return world("clock.end=2027-01", *overrides, levers=levers, steps=steps)


def relation(made: World, one: str, other: str) -> float:
    """Relations of a pair, -1 to 1."""
    return float(made.diplomacy.seen_by(one)[0][other])


def events(made: World, kind: str) -> list[str]:
    """Dates of events of a kind."""
    told = made.tables()["events"]
    return sorted(told[told.kind == kind].date)


def test_nothing_moves_while_nobody_quarrels() -> None:
    quiet = after()
    assert relation(quiet, "CN", "JP") == pytest.approx(relation(after(steps=0), "CN", "JP"))
    assert set(quiet.economy.risk.values()) == {0.0} and set(quiet.economy.reputation.values()) == {1.0}


def test_coercion_cools_relations_frightens_and_costs_reputation() -> None:
    banned, quiet = after(BAN).economy, after().economy
    assert relation(after(BAN), "JP", "CN") < relation(after(), "JP", "CN")
    assert relation(after(BAN), "US", "CN") == pytest.approx(relation(after(), "US", "CN"))
    assert banned.risk["JP"] > banned.risk["KR"] > quiet.risk["KR"] == 0.0
    assert banned.reputation["CN"] < 1.0 == banned.reputation["AU"]


def test_relations_mend_and_reputation_outlasts_fear() -> None:
    eased = BAN.replace("0.0}", '0.0, "2025-04": null}')
    soon, late = after(eased), after(eased, steps=8)
    assert relation(soon, "CN", "JP") < relation(late, "CN", "JP") < relation(after(), "CN", "JP")
    assert late.economy.risk["JP"] < 0.3 * soon.economy.risk["JP"]
    assert 1 - late.economy.reputation["CN"] > 0.7 * (1 - soon.economy.reputation["CN"])


def test_a_doubted_supplier_makes_others_projects_safer() -> None:
    doubted = after(BAN).economy
    trusted = after(BAN, "", "firm.reputation.active=false").economy
    place = {f.name: at for at, f in enumerate(doubted.chain.facilities)}
    abroad, home = place["nolans_mine"], place["other_chinese_magnet_expansion"]
    assert building_terms(doubted, ()).hurdle[abroad] < building_terms(trusted, ()).hurdle[abroad] == 0.0
    assert building_terms(doubted, ()).hurdle[home] == building_terms(trusted, ()).hurdle[home]


def test_the_second_time_frightens_more_unless_relations_are_off() -> None:
    def second(*overrides: str) -> float:
        before, now = after(TWICE, "", *overrides, steps=2), after(TWICE, "", *overrides, steps=3)
        faded = before.economy.risk["JP"] * 2 ** (-1 / before.economy.parameters["risk.half_life"])
        return now.economy.risk["JP"] - faded

    usual = after().economy.parameters["risk.jump"]
    plain = second("firm.relations.active=false")
    assert second() > 1.02 * plain
    assert 0.3 * usual < plain <= usual  # oxides alone: the rest of what Japan uses is made elsewhere


def test_a_limit_frightens_by_what_hangs_on_it() -> None:
    narrow = BAN.replace("oxide:*", "oxide:Dy")
    wide, little, none = after(BAN).economy, after(narrow).economy, after(BAN.replace("oxide:*", "scrap:*"))
    at = {m: wide.supply.layout.node["JP", m, "held"] for m in ("oxide:Dy", "oxide:Nd")}
    assert little.fear[at["oxide:Dy"]] == pytest.approx(wide.fear[at["oxide:Dy"]], rel=1e-6)
    assert little.fear[at["oxide:Dy"]] > 0.5
    assert little.fear[at["oxide:Nd"]] == 0.0 < wide.fear[at["oxide:Nd"]]
    assert 0.0 < little.risk["JP"] < wide.risk["JP"]
    assert max(none.economy.risk.values()) == 0.0


def test_a_quarrel_brings_coercion_that_ends_by_itself() -> None:
    holds = "coercion: {targets: [JP, US], start: -0.5, stop: -0.5, longest: 0.5, approval: 0.2}"
    made = after(f"{QUARREL}\n{holds}", steps=6)
    limits = made.tables()["limits"]
    assert set(limits.limit.str.partition("|")[0]) == {"CN coerces JP"}
    assert sorted(set(limits.date)) == ["2025-04-01", "2025-07-01"]
    assert events(made, "incident") == ["2025-01-01"]
    calm = after(holds, steps=2)
    assert calm.tables()["limits"].empty


def test_who_is_restricted_retaliates_and_stops_when_it_ends() -> None:
    answer = 'retaliation: {tariff: {"magnet:*": 0.25}}'
    eased = BAN.replace("0.0}", '0.0, "2025-04": null}')
    told = after(eased, answer, steps=4).tables()["levers"]
    tariffs = told[(told.state == "JP") & (told.lever == "retaliation")]
    assert list(tariffs.date) == ["2025-04-01"] and set(tariffs.value) == {0.25}
    alone = after("", answer, steps=2).tables()["levers"]
    assert alone[(alone.state == "JP")].empty


def test_incidents_by_luck_are_off_unless_asked_for_and_meet_every_policy_alike() -> None:
    often = ("firm.incident.active=true", "firm.incident.rate=0.5")
    assert events(after(steps=4), "incident") == []
    lucky = events(after("", "", *often, steps=4), "incident")
    assert lucky and lucky == events(after(BAN, "", *often, steps=4), "incident")
