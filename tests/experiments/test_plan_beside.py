"""What stands beside a plan: rivals, shipped scenarios, parts of members, what is delivered."""

from dataclasses import replace

import numpy as np
import pytest

from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.evidence_reader import read_evidence
from coercivity.experiments.config.validate import compose_words
from coercivity.experiments.planning.answers import _tell_shares
from coercivity.experiments.planning.deliver import by_name
from coercivity.experiments.planning.outcome import Item, PlanDocument
from coercivity.experiments.planning.planner import PlanRequest, make_plan
from coercivity.experiments.planning.rivals import rival_menu
from coercivity.experiments.planning.settings import read_settings
from coercivity.experiments.planning.words import headline


def test_rivals_keep_what_china_does_and_take_what_others_do():
    settings = read_settings(read_evidence(conf_dir() / "evidence"))
    rivals = rival_menu(settings)
    usual = compose_words([f"scenario={settings.scenario}"]).values["state"]
    for name, rival in rivals.items():
        states, shipped = rival.values["state"], compose_words([f"scenario={name}"]).values["state"]
        del states["china"]["lever"]["export_limit"]["measure"]["plan_ban"]
        assert states["china"] == usual["china"]
        assert all(states[one] == shipped[one] for one in states if one != "china")


@pytest.mark.proof
def test_no_shipped_scenario_reaches_as_much_for_less():
    """One world, the EU: by the plan's own objective, in peace and in a ban."""
    goal = "shortage <= 40 % by 2032 in 90 % of futures"
    asked = PlanRequest("EU", goal=goal, worlds=1, workers=1, also="scenarios")
    found = make_plan(asked, lambda _text: None).plan.answers["scenarios"]
    for line in found["lines"]:
        scenario = line["cost_usd"] + line["ban_usd"]
        assert line["plan_cost_usd"] + line["plan_ban_usd"] <= scenario, line
        assert line["plan_shortage"] <= max(line["shortage"], 0.0) + 1e-3, line


def test_there_are_no_fair_parts_of_what_one_cannot_do_alone():
    worth = {frozenset(group): usd for group, usd in (("", 0.0), ("a", 3.0), ("b", np.inf), ("ab", 4.0))}
    told = _tell_shares(worth, ("a", "b"), "cost")
    assert told["shares_usd"] == {}
    assert told["coalitions_usd"] == {"a": 3e6, "b": None, "a+b": 4e6}
    assert "Out of reach of b" in told["said"][0]
    told = _tell_shares({**worth, frozenset("b"): 5.0}, ("a", "b"), "cost")
    assert told["shares_usd"] == {"a": 1e6, "b": 3e6}


def test_units_of_several_years_are_one_line_of_what_is_delivered():
    plant = Item("Plant, 2 units", "plant", "magnet", "VN", 2026, "grant", 1.0, 1.0, 8.0, "t/yr", 2030.0, "")
    held = ("stock of oxide:Nd", "EU oxide:Nd", "stock", "EU", 2026, "public stock")
    stock = Item(*held, 1.0, 1.0, 5.0, "t", 2026.0, "")
    one, other = by_name(
        [plant, stock, replace(plant, item="Plant, 3 units", amount=12.0), replace(stock, amount=7.0)]
    )
    assert (one.item, one.amount) == ("Plant, all units", 20.0)
    assert (other.item, other.amount) == ("stock of oxide:Nd, EU", 7.0)


def test_the_headline_says_what_agents_make_of_a_plan():
    judged = {"shortage_under_ban": {"without": 0.5, "with": 0.1, "worst": 0.2}}
    plan = PlanDocument(None, ("EU",), None, 1e9, 1e9, 2e9, None, 0.0, (), (), 6, 1, certified=judged)
    assert headline(plan).endswith("from 50 to 10 %.")
    made = replace(plan, delivered={"shortage_under_ban": {"agents": 0.39}})
    assert headline(made).endswith(
        "from 50 to 10 % if all is built as planned, to 39 % by what agents make of it."
    )
