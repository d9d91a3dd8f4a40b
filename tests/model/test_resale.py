"""Sites of failed owners: on sale after the procedure, written down, restarted where they pay, or not."""

import numpy as np
import pytest
from tests.model.worlds import world

from coercivity.model.dynamics.resale import Receiver
from coercivity.model.finance.annuity import annuity
from coercivity.model.world import World

OWNER, MINE, SEPARATOR = "lynas", "mt_weld", "kuantan"


@pytest.fixture
def fallen() -> tuple[World, int, int]:
    """An owner of a mine and a separator has just failed, and both stand still."""
    made = world(steps=0)
    names = [f.name for f in made.economy.chain.facilities]
    mine, separator = names.index(MINE), names.index(SEPARATOR)
    made.pipeline.receiver.take(OWNER, [mine, separator], [], 2025.0)
    made.economy.closure.shut[[mine, separator]] = True
    made.pipeline.treasury.failed |= {mine, separator}
    return made, mine, separator


def threshold(receiver: Receiver, at: int) -> float:
    """Margin at which a plant is worth its price and restart: by hand, from an annuity, USD/kg."""
    p, terms = receiver.economy.parameters, receiver.terms
    hurdle = terms.hurdle(receiver.economy.chain.facilities[at])
    restart = p["exit.restart_time"] / 4.0
    spent = (1.0 + hurdle) ** (-restart / 2.0)  # evenly until it runs again
    worth = (1.0 + hurdle) ** (0.5 - restart) / annuity(hurdle, terms.life)  # a dollar a year, at mid-year
    share = p["resale.price_share"] + p["resale.restart_share"]
    new = receiver.economy.evidence.number("behaviour", "finance", "new_capital", "mining")
    return float(share * new * spent / (worth * terms.load))


@pytest.mark.parametrize(("factor", "sold"), [(0.98, False), (1.02, True)])
def test_a_mine_restarts_without_its_separator_once_its_margin_covers_price_and_restart(
    fallen: tuple[World, int, int], factor: float, sold: bool
) -> None:
    made, mine, separator = fallen
    receiver, e = made.pipeline.receiver, made.economy
    margins = np.full((1, e.built.size), -20.0)
    margins[0, mine] = factor * threshold(receiver, mine)
    posted: dict[tuple[str, str, str], float] = {}
    after = e.parameters["resale.procedure"]
    assert receiver.sell((0.0,), margins * 100.0, 2025.0 + after - 0.1, {}) == []  # nobody decides yet
    events = receiver.sell((0.0,), margins, 2025.0 + after, posted)
    assert [(kind, target) for _, kind, target, _ in events] == ([("site sold", MINE)] if sold else [])
    assert sum(usd for (_, _, item), usd in posted.items() if item != "investment") == pytest.approx(0.0)
    ready, _ = receiver.reopen(2025.0 + after + e.parameters["exit.restart_time"] / 4.0)
    assert ready == ([mine] if sold else [])
    assert e.closure.shut[mine] == (not sold)
    assert e.closure.shut[separator]
    assert (separator in receiver.held) == (not sold)  # then by the rule of all plants


def test_nothing_is_begun_or_reopened_while_the_procedure_lasts(fallen: tuple[World, int, int]) -> None:
    made, mine, _ = fallen
    pipeline, e = made.pipeline, made.economy
    ground = {at for at, f in enumerate(e.chain.facilities) if f.firm == OWNER}
    _, may_start = pipeline.open([], set())
    assert not any(may_start.get(at, False) for at in ground)
    rich, full = np.full(e.built.size, 1e3), np.ones(e.built.size)
    for _ in range(12):
        pipeline.review(full, rich, full)
    assert e.closure.shut[mine]
    pipeline.receiver.estates.clear()
    for _ in range(12):
        pipeline.review(full, rich, full)
    assert not e.closure.shut[mine]


def test_what_was_restarted_runs_at_what_it_saves_by_stopping(fallen: tuple[World, int, int]) -> None:
    made, mine, _ = fallen
    e, receiver = made.economy, made.pipeline.receiver
    runs = e.supply.layout.runs[mine]
    before = e.unit_cost[runs].copy()
    margins = np.full((1, e.built.size), -20.0)
    margins[0, mine] = 1e3
    receiver.sell((0.0,), margins, 2030.0, {})
    receiver.reopen(2040.0)
    share = e.parameters["finance.idle_share"] * e.chain.facilities[mine].unit_cost
    assert before - e.unit_cost[runs] == pytest.approx(np.full(len(runs), share))
    assert e.fixed[mine] == pytest.approx(share)


def test_a_second_failure_does_not_put_off_the_sale(fallen: tuple[World, int, int]) -> None:
    made, mine, separator = fallen
    receiver = made.pipeline.receiver
    due = receiver.estates[OWNER].due
    receiver.take(OWNER, [separator], [], due - 0.5)
    assert receiver.estates[OWNER].due == due
    assert set(receiver.held) == {mine, separator}
