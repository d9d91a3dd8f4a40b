"""States that look ahead: nothing they imagine happens, nothing hidden is known, and it pays."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pytest
from tests.model.worlds import world

from coercivity.model.strategy.optimising import Optimising

SCENARIOS = ("baseline", "restrictions_2025", "embargo", "truce_snapback", "green_boom")
LOOKING = ("parameters.every=4", "parameters.horizon=6", "parameters.others=1")


def objective(scenario: str, strategy: str, state: str, code: str) -> float:
    made = world(
        f"scenario={scenario}",
        f"state.{state}.strategy={strategy}",
        *(f"state.{state}.{parameter}" for parameter in LOOKING),
        "clock.step=year",
        "clock.end=2035-01",
        steps=10,
    )
    table = made.tables()["objectives"]
    table = table[table["state"] == code]
    return float((table.usd * table.weight * 1.05 ** -(table.step + 0.5)).sum())


def test_what_is_imagined_leaves_no_trace() -> None:
    """With nothing to choose between, looking ahead changes no number of a run."""
    rule = world("clock.end=2025-10", steps=3).tables()
    looking = world(
        "clock.end=2025-10", "state.china.strategy=optimising", "~state.china.options", steps=3
    ).tables()
    for name in ("prices", "flows", "accounts", "objectives"):
        assert rule[name].equals(looking[name]), name
    firms = rule["certificates"].imagined  # they look ahead alike in both
    assert (looking["certificates"].imagined - firms).tolist() == [4, 0, 0]


def test_nobody_sees_luck_or_plans() -> None:
    """In a state's head, projects' luck is drawn anew and others go on as last seen."""
    made = world(
        "scenario=friendshoring_pooled", "state.china.strategy=optimising", "clock.start=2025-10", steps=1
    )
    head = made.foresight.imagine(made, np.random.default_rng(1))
    for mine, theirs in zip(made.firms, head.firms, strict=True):
        assert not (mine.luck and mine.luck == theirs.luck)
    for state in head.states:
        set_ = state.strategy.decide(None, {}, None)
        assert set_ == made.seen[state.place]
    before = made.economy.price.copy(), made.economy.stock.copy(), dict(made.economy.risk)
    head.live()
    assert np.array_equal(made.economy.price, before[0])
    assert np.array_equal(made.economy.stock, before[1])
    assert made.economy.risk == before[2]


def test_as_set_is_the_rule_with_its_roles() -> None:
    """An importer with nothing to choose between buys what its rule buys, though it looks ahead."""
    words = ("scenario=baseline", "clock.step=year", "clock.end=2027-01")
    rule = world(*words, steps=2).tables()
    looking = world(*words, "state.japan.strategy=optimising", "~state.japan.options", steps=2).tables()
    assert (rule["events"]["actor"] == "JP").any()
    for name in ("prices", "flows", "accounts", "objectives"):
        assert rule[name].equals(looking[name]), name


def test_in_a_head_the_others_may_follow_their_rules() -> None:
    made = world("scenario=baseline", "clock.step=year", "state.japan.strategy=optimising", steps=1)
    head = made.foresight.imagine(made, np.random.default_rng(1), others=True)
    kinds = {state.place: type(state.strategy).__name__ for state in head.states}
    assert kinds["CN"] == kinds["EU"] == "Rule"
    assert kinds["JP"] == kinds["BR"] == "_AsLast"


class Hill:
    """An outlook whose only option is worth most at a strength."""

    options: ClassVar = {"as_set": {}, "stocks": {}}

    def __init__(self, top: float) -> None:
        self.top, self.tried, self.told = top, list[float](), list[str]()

    def at_strengths(self, _option: str, strengths: Sequence[float]) -> dict[float, float]:
        self.tried += strengths
        return {x: -1e9 * np.log(x / self.top) ** 2 for x in strengths}

    def strength_of(self, option: str, factor: float) -> dict[str, float]:
        return {"stockpile": factor} if option == "stocks" else {}

    def tell(self, kind: str, _target: str, _detail: str) -> None:
        self.told.append(kind)


@pytest.mark.parametrize(("top", "within"), [(2.6, 1.2), (0.35, 1.2), (1.0, 1.01), (100.0, 26.0)])
def test_the_strength_of_the_best_option_is_found(top: float, within: float) -> None:
    hill, mind = Hill(top), Optimising(finer=5, inertia=0.0)
    prospects = {"as_set": -6e9, "stocks": hill.at_strengths("stocks", [1.0])[1.0]}
    if top > 50:
        prospects["as_set"] = -3e10
    mind._choose(prospects)
    mind._refine(hill, prospects)
    assert max(mind.strength / top, top / mind.strength) < within
    assert min(hill.tried) >= 0.25 and max(hill.tried) <= 4.0 and len(set(hill.tried)) <= 11
    assert hill.told == ["strength chosen"]


def test_a_searched_strength_is_done_and_told() -> None:
    """Japan's stocks are what its head found best, and no search leaves a run as it was."""
    words = ("scenario=restrictions_2025", "clock.step=year", "state.japan.strategy=optimising",
             "state.japan.parameters.horizon=4", "clock.end=2026-01")  # fmt: skip
    plain = world(*words, steps=1).tables()
    finer = world(*words, "state.japan.parameters.finer=2", steps=1).tables()
    events = finer["events"].query("actor == 'JP' and kind == 'strength chosen'")
    [factor] = [float(detail.partition(";")[0]) for detail in events["detail"]]
    days = [
        t["levers"].query("state == 'JP' and lever == 'stockpile'")["value"].max() for t in (plain, finer)
    ]
    assert days[1] == pytest.approx(factor * days[0])
    assert "strength chosen" not in set(plain["events"]["kind"])


@pytest.mark.proof
@pytest.mark.parametrize(("state", "code"), [("china", "CN"), ("japan", "JP")])
def test_looking_ahead_pays(state: str, code: str) -> None:
    """By its own objective over ten years, in one future, in four of five scenarios."""
    pairs = [[objective(s, kind, state, code) for kind in ("optimising", "rule")] for s in SCENARIOS]
    assert sum(best > rule for best, rule in pairs) >= 4, pairs


def test_an_option_that_means_nothing_is_named() -> None:
    from coercivity.experiments.base.errors import UserError

    with pytest.raises(UserError, match=r"state\.china\.options\.wild"):
        world("state.china.options={wild: {exprt_limit: {}}}")
