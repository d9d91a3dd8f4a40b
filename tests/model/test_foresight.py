"""States that look ahead: nothing they imagine happens, nothing hidden is known, and it pays."""

import numpy as np
import pytest
from tests.model.worlds import world

SCENARIOS = ("policies_frozen", "restrictions_2025", "embargo", "flooding", "green_boom")


def objective(scenario: str, strategy: str) -> float:
    made = world(
        f"scenario={scenario}",
        f"state.china.strategy={strategy}",
        "clock.step=year",
        "clock.end=2028-01",
        steps=3,
    )
    table = made.tables()["objectives"].query("state == 'CN'")
    return float((table.usd * table.weight).sum())


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


@pytest.mark.proof
def test_looking_ahead_pays() -> None:
    """By its own objective, China does as well as by rule or script in four of five scenarios."""
    won = 0
    for scenario in SCENARIOS:
        best = objective(scenario, "optimising")
        others = max(objective(scenario, "rule"), objective(scenario, "scripted"))
        won += best >= others - 1e-6 * abs(others)
    assert won >= 4


def test_an_option_that_means_nothing_is_named() -> None:
    from coercivity.experiments.base.errors import UserError

    with pytest.raises(UserError, match=r"state\.china\.options\.wild"):
        world("state.china.options={wild: {exprt_limit: {}}}")
