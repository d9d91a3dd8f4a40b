"""Diggers and quotas, crackdowns, holders as one seller, and what licences do beyond their share."""

from functools import cache
from typing import Any

import pytest
import yaml
from tests.model.worlds import price, settings, world

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import evidence_dir
from coercivity.model.agents.government import SettingsError
from coercivity.model.agents.vocabulary import UnknownNameError
from coercivity.model.inputs.names import ILLICIT
from coercivity.model.world import World

NO_GREY = "firm.grey.active=false"
LICENCE = """
export_limit:
  measure:
    licence: {materials: ["magnet:SmCo"], destinations: [US], follow: false, approval: {"2025-01": 0.6}%s}
"""


@cache
def after(text: str, *overrides: str, steps: int = 1) -> World:
    """A world after some steps; text: levers of China as YAML."""
    levers: dict[str, Any] = {"china": yaml.safe_load(text) or {}}
    return world("clock.end=2027-01", *overrides, levers=levers, steps=steps)


def illicit(made: World) -> float:
    """Ore dug by undocumented miners over the run, t."""
    table = made.tables()["activity"]
    return float(table[(table.stage == "mining") & table.firm.str.startswith(ILLICIT)].tonnes.sum())


def allowed(made: World) -> float:
    """What the limits let through over the run, t."""
    return float(made.tables()["limits"].allowed.sum())


def test_a_tight_quota_feeds_illicit_mining() -> None:
    tight = "production_quota: {trend: {light: 0.03, heavy: -0.15}, response: 0.0}"
    loose = "production_quota: {trend: {light: 0.03, heavy: 0.1}, response: 0.0}"
    off = "firm.illicit.active=false"
    assert illicit(after(tight, steps=5)) > illicit(after(loose, steps=5))
    answer = illicit(after(tight, steps=5)) / illicit(after(loose, steps=5))
    mute = illicit(after(tight, off, steps=5)) / illicit(after(loose, off, steps=5))
    assert answer > mute


def test_a_crackdown_thins_diggers_out_makes_heavies_dearer_and_costs() -> None:
    hard, none = after("enforcement: {effort: {mining: 0.8}}", steps=4), after("", steps=4)
    assert illicit(hard) < 0.85 * illicit(none)
    assert price(hard, "CN", "oxide:Dy") > price(none, "CN", "oxide:Dy")
    accounts = hard.tables()["accounts"]
    spent = accounts[(accounts.owner == "CN") & (accounts.item == "programme enforcement")].usd.sum()
    assert spent == pytest.approx(-80e6)


def test_a_crackdown_on_smuggling_closes_the_grey_channel() -> None:
    ban = 'export_limit: {measure: {b: {materials: ["magnet:*"], approval: {"2025-01": 0.0}}}}'

    def smuggled(text: str) -> float:
        flows = after(f"{ban}\n{text}").tables()["flows"]
        return float(flows[flows.channel == "grey"].tonnes.sum())

    assert 0.0 <= smuggled("enforcement: {effort: {smuggling: 0.9}}") < 0.2 * smuggled("")


def test_many_holders_undercut_each_other_and_one_seller_does_not() -> None:
    quota = 'export_limit: {measure: {q: {materials: ["oxide:*"], approval: {"2025-01": 0.5}}}}'

    def asked(text: str) -> float:
        return float(after(f"{quota}\n{text}", NO_GREY).economy.premium.max())

    many = asked("consolidation: {groups: 6, coordination: 0.0}")
    assert 0.0 < many < 0.3 * asked("")
    assert asked("consolidation: {groups: 1}") == pytest.approx(asked(""))


def test_the_first_applications_wait() -> None:
    whole = allowed(after(LICENCE % "", NO_GREY, steps=2))
    waits = after(LICENCE % ", delay: 2", NO_GREY, steps=2)
    by_step = waits.tables()["limits"].set_index("step").allowed
    assert by_step[0] == pytest.approx(by_step[1] / 3, rel=0.05)
    assert allowed(waits) < 0.75 * whole


def test_a_refused_end_user_takes_its_share_out_of_what_is_let_through() -> None:
    whole = allowed(after(LICENCE % "", NO_GREY))
    without = allowed(after(LICENCE % ", refuse: {defence: 1.0}", NO_GREY))
    assert 0.0 < without < 0.95 * whole
    assert allowed(after(LICENCE % ", refuse: {defence: 0.0}", NO_GREY)) == pytest.approx(whole)


def test_what_is_wrong_is_said_where_it_is() -> None:
    for text, said in (
        (LICENCE % ", refuse: {defense: 1.0}", "did you mean `defence`"),
        ("enforcement: {effort: {mines: 1.0}}", "enforcement.effort` cannot be `mines`"),
        ("coercion: {targets: [XX]}", "there is no jurisdiction `XX`"),
    ):
        with pytest.raises((SettingsError, UnknownNameError, UserError), match=said):
            World(settings(levers={"china": yaml.safe_load(text)}), evidence_dir())
