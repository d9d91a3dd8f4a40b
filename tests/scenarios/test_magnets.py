"""Money buys magnets from elsewhere, if it is put on magnets."""

import pytest
from tests.model.worlds import world


def share(scenario: str) -> float:
    """China's share of magnet output in 2035."""
    made = world(f"scenario={scenario}", "clock.step=year", "clock.end=2036-01", steps=11)
    rows = made.tables()["indicators"].query("indicator == 'share of magnet' and jurisdiction == 'CN'")
    return float(rows.value.iloc[-1])


@pytest.mark.proof
def test_money_on_magnets_lowers_chinas_share_by_five_points() -> None:
    assert share("magnets_first") < share("restrictions_2025") - 0.05
