"""Bans that are only imagined: they hurt, most when nobody can divert, and change nothing."""

import pytest
from tests.model.worlds import world

from coercivity.model.accounts.end_makers import Standing, ban_loss
from coercivity.model.agents.government import SettingsError
from coercivity.optimise import ClearingError


@pytest.fixture(scope="module")
def ban_tables():  # type: ignore[no-untyped-def]
    words = ("clock.end=2025-07", "what_if.every=0.5", "what_if.targets=[US,EU,JP]")
    return world(*words, steps=2).tables()


def value(tables, place: str, indicator: str) -> float:  # type: ignore[no-untyped-def]
    rows = tables["indicators"].query("jurisdiction == @place and indicator == @indicator")
    return float(rows.value.iloc[-1])


def test_a_ban_hurts_its_target_and_more_so_with_all_banned(ban_tables) -> None:  # type: ignore[no-untyped-def]
    alone = sum(value(ban_tables, place, "loss from a year's ban by CN") for place in ("US", "EU", "JP"))
    together = value(ban_tables, "CN", "loss of all targets banned")
    assert 0 < alone < together


def test_asking_changes_nothing(ban_tables) -> None:  # type: ignore[no-untyped-def]
    unasked = world("clock.end=2025-07", steps=2).tables()
    for name in ("prices", "flows", "accounts"):
        assert unasked[name].equals(ban_tables[name]), name
    assert not unasked["indicators"].indicator.str.contains("ban").any()


def test_shares_and_ratios_are_what_they_say(ban_tables) -> None:  # type: ignore[no-untyped-def]
    rows = ban_tables["indicators"]
    for start in ("dependence on China", "concentration of", "self-sufficiency", "share of"):
        found = rows[rows.indicator.str.startswith(start)].value
        assert len(found)
        assert found.between(0, 1 + 1e-9).all(), start
    assert (rows[rows.indicator.str.startswith("net import dependence")].value <= 1 + 1e-9).all()


def test_no_ban_pays_a_place_that_goes_short(ban_tables) -> None:  # type: ignore[no-untyped-def]
    for place in ("US", "EU", "JP"):
        short = value(ban_tables, place, "shortage added by a year's joint ban by CN")
        assert short > 0.1
        assert 0.0 < value(ban_tables, place, "cost of a year's joint ban by CN") < 1.0
        assert value(ban_tables, place, "windfall of makers in a year's ban by CN") >= 0.0


@pytest.mark.parametrize("words", ["what_if.targets=[MM]", "what_if.source=MM"])
def test_a_ban_by_or_on_who_uses_nothing_is_refused_by_the_model_too(words: str) -> None:
    with pytest.raises(SettingsError, match=r"what_if\.\w+: MM uses nothing of its own.*there are: CN, EU"):
        world("clock.end=2025-04", "what_if.every=0.25", words)


def test_a_windfall_of_makers_takes_nothing_off_a_loss() -> None:
    free = Standing(welfare=10.0, surplus=5.0, added=100.0, served=10.0, wanted=10.0)
    banned = Standing(welfare=12.0, surplus=2.0, added=60.0, served=6.0, wanted=10.0)
    assert ban_loss(free, banned) == (pytest.approx(43.0), pytest.approx(5.0))
    worse = Standing(welfare=1.0, surplus=2.0, added=60.0, served=6.0, wanted=10.0)
    assert ban_loss(free, worse) == (pytest.approx(49.0), 0.0)


@pytest.mark.parametrize(("good", "said"), [(0, "a year without a ban, "), (1, "a year's ban by CN on EU, ")])
def test_an_imagined_year_that_does_not_clear_is_told_by_its_ban(
    good: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world("clock.end=2025-04", "what_if.targets=[EU]")
    clear, years = made.foresight.clearer, []

    class Fails:
        """The second program, which clears a few years and then nothing."""

        def __call__(self, market):  # type: ignore[no-untyped-def]
            years.append(market)
            if len(years) > good:
                raise ClearingError("prices did not settle")
            return clear(market)

    monkeypatch.setattr(made.foresight, "_clearer", Fails())
    with pytest.raises(ClearingError) as told:
        made.bans(made)
    assert str(told.value).startswith(
        f"{said}imagined for what_if.every: step 0 (2025-01-01): prices did not"
    )
