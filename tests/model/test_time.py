"""Time runs one way: nobody acts on what is yet to come, and nothing swings by itself for ever."""

import numpy as np
import pytest
from tests.model.worlds import world

from coercivity.model.world import World

WATCHED = ("oxide:Nd", "oxide:Dy", "oxide:Tb", "magnet:standard")
TABLES = ("prices", "flows", "activity", "stocks", "accounts", "levers", "indicators", "objectives", "events")
BAN = {"ban": {"materials": ["oxide:*"], "destinations": ["JP"], "approval": {"2025-10": 0.0}}}


def before(made: World, date: str) -> dict[str, object]:
    """Everything that was written down before a date."""
    tables = made.tables()
    return {
        name: table[table["date"].astype(str) < date].reset_index(drop=True) for name, table in tables.items()
    }


def same(one: World, other: World, date: str) -> None:
    mine, theirs = before(one, date), before(other, date)
    for name in TABLES:
        assert mine[name].equals(theirs[name]), f"{name} differs before {date}"  # type: ignore[attr-defined]


def test_nobody_acts_on_a_measure_nobody_announced() -> None:
    """A ban of October leaves no trace before October."""
    never = {"ban": {**BAN["ban"], "approval": {"2060-01": 0.0}}}
    same(world(china=never, steps=4), world(china=BAN, steps=4), "2025-10-01")


def test_nobody_acts_on_demand_that_is_yet_to_come() -> None:
    """Demand that nobody published and that doubles in October leaves no trace before October.

    The path of demand that a scenario publishes is known to firms: docs/decisions/0028.
    """
    usual, boom = world(), world()
    doubled = np.full(len(boom.economy.chain.regions), 2.0)
    boom._shock = lambda: doubled if boom.when > 2025.75 else None  # type: ignore[method-assign]
    for made in (usual, boom):
        for _ in range(4):
            made.step()
    same(usual, boom, "2025-10-01")
    prices = [made.tables()["prices"].query("step == 3").price.sum() for made in (usual, boom)]
    assert prices[1] > prices[0]


def test_moves_are_made_at_once() -> None:
    """Who is asked first does not matter."""
    usual, turned = world("scenario=friendshoring_pooled"), world("scenario=friendshoring_pooled")
    turned.states.reverse()
    turned.firms.reverse()
    for made in (usual, turned):
        for _ in range(3):
            made.step()
    one, other = usual.tables()["prices"], turned.tables()["prices"]
    assert np.allclose(one.price, other.price, rtol=1e-9, atol=1e-9)


@pytest.mark.proof
def test_nothing_swings_by_itself_for_ever() -> None:
    """With demand as it is and no shocks, what waves there are in thirty years die away."""
    made = world("scenario=policies_frozen", "clock.end=2055-01")
    still = made.economy.paths.at(made.when)
    made.economy.paths.at = lambda _date: still  # type: ignore[method-assign]
    for _ in range(120):
        made.step()
    prices = made.tables()["prices"].query("jurisdiction == 'JP'").set_index("material").price
    for material in WATCHED:
        log = np.log(prices[material].to_numpy())
        early, late = _wave(log[20:70]), _wave(log[70:])
        assert late < 0.02, f"{material} still swings by {late:.1%} of its price"
        # plants that open and shut move a price by up to a percent, now and then
        assert late < max(early, 0.01), f"{material} swings more in the end than before: {late:.1%}"


def _wave(log: np.ndarray) -> float:
    """Amplitude of the largest wave of one to ten years about a smooth path, in logs."""
    t = np.linspace(-1.0, 1.0, log.size)
    rest = log - np.polyval(np.polyfit(t, log, 3), t)
    power = np.abs(np.fft.rfft(rest * np.hanning(log.size))) / (0.25 * log.size)
    years = log.size / 4.0 / np.maximum(np.arange(power.size), 1e-9)
    return float(power[(years >= 1.0) & (years <= 10.0)].max())
