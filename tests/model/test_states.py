"""States that respond: to what they could see, for a reason, in proportion, and not where switched off."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from tests.model.worlds import world

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.config.compose import compose
from coercivity.model.inputs.evidence import Evidence, EvidenceError
from coercivity.model.inputs.observation import Assessment, Prospect, StateView
from coercivity.model.role import Reason, RoleAnswer, roles
from coercivity.model.world import World

RESPONDING = ("scenario=baseline", "clock.end=2034-01")
ANSWERS = ("export_limit", "stockpile", "friendshoring", "ore_export_ban", "permitting")
QUARREL = 'state.china.lever.incident={between: {JP: {"2025-08": 1.0}}}'
CALM = "firm.incident.active=false"
CHOICES = {
    "export limit chosen", "export limit weighed", "export limit lifted", "stock target chosen",
    "security budget chosen", "ore export ban chosen", "ore export ban lifted", "offer taken",
}  # fmt: skip
NOTHING = Assessment({}, {}, {}, frozenset(), (), {}, {})


@cache
def run_steps(*overrides: str, steps: int = 8) -> World:
    """A world in which states respond, after some quarters."""
    return world(*RESPONDING, *overrides, steps=steps)


def read_choices(made: World) -> pd.DataFrame:
    """What states set of the levers that answer."""
    table = made.tables()["levers"]
    found = table[table.lever.isin(ANSWERS)].drop(columns=["step"])
    return found.sort_values(["date", "state", "lever", "parameter"]).reset_index(drop=True)


def of(made: World, state: str, until: str = "9") -> pd.DataFrame:
    table = read_choices(made)
    return table[(table.state == state) & (table.date <= until)].reset_index(drop=True)


def view(place: str, risk: float = 0.0, date: str = "2025-05-15", **seen: object) -> StateView:
    """What a state sees, made by hand."""
    assessment = replace(NOTHING, **seen)
    known = {"magnet:standard": 50.0}
    return StateView(place, date, 0.25, known, known, {"magnet:standard": 1000.0}, {}, risk, {},
                     relations={"JP": -0.2}, assessment=assessment)  # fmt: skip


def answer(role: str, place: str, **given: object) -> RoleAnswer:
    """A role at its beginning, its numbers from evidence but for those given."""
    made = roles()[role](**given).informed(Evidence(evidence_dir()), place)
    return made.begin(place, compose(["scenario=baseline"]).settings.chain)


def test_nobody_answers_what_it_could_not_have_seen() -> None:
    """A quarrel of the third quarter changes nothing before the fourth, and then what is chosen."""
    over = (CALM, "state.china.role.supplier.incident=20.0")
    calm, quarrel = run_steps(*over), run_steps(*over, QUARREL)
    seen_from = "2025-10-01"
    before = [t[t.date < seen_from] for t in (read_choices(calm), read_choices(quarrel))]
    pd.testing.assert_frame_equal(*before)
    assert "CN heavy to JP" in set(of(quarrel, "CN").parameter)
    assert "CN heavy to JP" not in set(of(calm, "CN").parameter)
    assert of(quarrel, "CN").date.min() == seen_from


def test_who_is_scripted_or_has_no_role_answers_nothing() -> None:
    over = (CALM, "state.china.role.supplier.incident=20.0", QUARREL)
    assert of(run_steps(*over, "state.china.strategy=scripted"), "CN").empty
    assert of(run_steps(*over, "state.china.role.supplier.active=false"), "CN").empty
    frozen = world("scenario=policies_frozen", "clock.end=2026-01", steps=3)
    told = frozen.tables()["events"]
    assert read_choices(frozen).empty and not set(told.kind if len(told) else ()) & CHOICES


def test_a_state_that_feels_no_hazard_buys_nothing() -> None:
    """Japan stocks more and pays more after a halt; with its response to fear switched off it does not."""
    over = (CALM, "state.china.role.supplier.incident=20.0", QUARREL)
    fearless = "state.japan.role.importer.base=0.0"
    alarmed = run_steps(*over, fearless)
    deaf = run_steps(*over, fearless, "state.japan.role.importer.response=0.0")
    days = [float(of(made, "JP").query("lever == 'stockpile'").value.max()) for made in (alarmed, deaf)]
    assert days[0] > 0 and not days[1] > 0


def test_five_states_choose_over_time_and_say_why() -> None:
    made = run_steps("seed=1", steps=36)
    table = read_choices(made)
    table["value"] = table.value.round(6)
    sets = table.groupby(["state", "date"])[["parameter", "value"]].apply(
        lambda t: str(t.to_numpy().tolist())
    )
    changes = sets.groupby("state").nunique()
    assert (changes > 1).sum() >= 5
    levers = table.groupby("lever").state.nunique()
    assert levers["export_limit"] == 1 and levers["stockpile"] >= 4 and levers["friendshoring"] >= 3
    told = made.tables()["events"]
    why = told[told.kind.isin({"export limit chosen", "security budget chosen"})]
    assert why.detail.str.contains("million USD").all() and why.actor.nunique() >= 5


def test_the_severity_chosen_is_the_one_worth_most() -> None:
    """(D.51) With nothing lost but later custom, s = weight (1 - r) / (2 provoked), to a step of the menu."""
    losses = {"JP": {"CN": {"oxide:Dy": 1e9}}}
    given = {"base": 10.0, "weight": 0.4, "provoked": 0.4, "harshest": 1.0, "delay": 0.0,
             "targets": ["JP"], "lists": {"heavy": ["oxide:Dy"]}}  # fmt: skip
    acting, sure = answer("supplier", "CN", **given), np.random.default_rng(3)
    caps = [c for _ in range(20) for c in acting.decide(view("CN", losses=losses), sure)]
    assert caps[0].approval == pytest.approx(1 - 0.6)
    [reason] = acting.take_reasons()
    assert reason.kind == "export limit chosen" and "withhold 60% +288" in reason.detail


def test_a_supplier_that_would_lose_more_than_it_gains_does_not_begin() -> None:
    given = {"base": 10.0, "targets": ["JP"], "lists": {"heavy": ["oxide:Dy"]}}
    acting = answer("supplier", "CN", **given)
    dear = {"losses": {"JP": {"CN": {"oxide:Dy": 1e6}}}, "exports": {"JP": {"oxide:Dy": 1e9}}}
    assert not any(acting.decide(view("CN", **dear), np.random.default_rng(s)) for s in range(20))
    assert {reason.kind for reason in acting.take_reasons()} == {"export limit weighed"}


def budgets(reasons: list[Reason]) -> list[str]:
    return [r.detail for r in reasons if r.kind == "security budget chosen"]


def test_an_importer_buys_what_saves_more_than_it_costs_and_stays_in_its_budget() -> None:
    """(D.52), (D.53) Thirty days of 1,000 t at 50 USD/kg cost 4.1 million USD; the budget allows three."""
    losses = {"US": {"CN": {"magnet:standard": 1e9}}}
    given = {"base": 0.1, "delay": 0.0, "first": 13.0, "most": 13.0, "longest": 120.0,
             "sources": ["CN"], "stock": ["magnet:*"]}  # fmt: skip
    acting, rng = answer("importer", "US", **given), np.random.default_rng(0)
    [stock] = acting.decide(view("US", losses=losses), rng)
    assert stock.target == pytest.approx(1000 * 90 / 365)
    assert "to 120 days" in budgets(acting.take_reasons())[0]
    safe = answer("importer", "US", **{**given, "base": 0.0, "response": 0.0})
    assert [i.target for i in safe.decide(view("US", losses=losses), rng)] == []


def test_an_importer_takes_the_project_that_saves_most_a_dollar_and_lets_go_when_fear_fades() -> None:
    cheap = Prospect("cheap", "AU", "separation", 1000.0, 50.0, 3.0)
    dear = Prospect("dear", "CA", "separation", 1000.0, 150.0, 3.0)
    seen = {"losses": {"US": {"CN": {"oxide:Nd": 1e9}}}, "need": {"US": {"separation": 1000.0}},
            "prospects": (dear, cheap)}  # fmt: skip
    given = {"delay": 0.0, "base": 0.0, "response": 0.1, "first": 40.0, "most": 40.0, "sources": ["CN"],
             "places": ["AU", "CA"]}  # fmt: skip
    acting, rng = answer("importer", "US", **given), np.random.default_rng(0)
    offers = acting.decide(view("US", risk=1.0, **seen), rng)
    assert {p for i in offers if hasattr(i, "places") for p in i.places} == {"AU"}
    assert "cheap" in budgets(acting.take_reasons())[0].partition("not bought")[0]
    later = acting.decide(view("US", risk=0.0, date="2026-05-15", **seen), rng)
    assert not any(hasattr(i, "places") for i in later)


def test_a_host_keeps_dear_ore_unless_a_separator_is_paid_for() -> None:
    def ore(price: float, **seen: object) -> StateView:
        usual = view("TZ", **seen)
        return replace(usual, output={"concentrate:x": 100.0}, offered={"concentrate:x": price})

    given = {"base": 0.0, "dear": 10.0, "lasts": 50.0}
    acting, paid = answer("host", "TZ", **given), answer("host", "TZ", **given)
    rng = np.random.default_rng(0)
    assert not any(acting.decide(ore(1.0), rng) for _ in range(20))
    assert any(acting.decide(ore(3.0), rng) for _ in range(20))
    offer = {"offers": {"US": {"separation": 50.0}, "CN": {"mining": 20.0}}}
    found = [i for _ in range(20) for price in (1.0, 3.0) for i in paid.decide(ore(price, **offer), rng)]
    assert {type(i).__name__ for i in found} == {"Permitting"}
    assert [r.target for r in paid.take_reasons()] == ["US"]


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("state.japan.role.importr.base=0.1", "`state.japan.role` has no key `importr`; did you mean"),
        ("state.japan.role.importer.base=2", "importer.base` should be less than or equal to 1, not 2"),
        ("state.japan.role.importer.sources=[XX]", "there is no jurisdiction `XX`"),
    ],
)
def test_a_role_that_means_nothing_is_said_in_a_sentence(override: str, said: str) -> None:
    with pytest.raises((EvidenceError, UserError), match=said):
        world("scenario=baseline", override)
