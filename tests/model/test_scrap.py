"""End-of-life magnets: what is taken up comes back a life later, and more of it when it is dear."""

import numpy as np
import pytest
from tests.model.worlds import world


def test_a_boom_comes_back_as_scrap_a_life_later() -> None:
    span = ("clock.step=year", "clock.end=2033-01", "scenario=green_boom")
    lived, off = world(*span, steps=7), world(*span, "firm.scrap.active=false", steps=7)
    at = lived.economy.vintages.uses.index("electronics")
    one = np.ones(len(lived.economy.chain.regions))
    retired = [float(w.economy.vintages.retired(at, 2031.5).sum()) for w in (lived, off)]
    assert retired[0] > 1.02 * retired[1]
    early = [float(w.economy.vintages.returned(2026.5, one, {}).sum()) for w in (lived, off)]
    assert early[0] == pytest.approx(early[1], rel=1e-6)


def test_a_dear_market_collects_more_and_a_programme_too_up_to_what_can_be() -> None:
    made, off = world(), world("firm.scrap.active=false")
    one = np.ones(len(made.economy.chain.regions))

    def back(w, dear: float, added: float) -> float:  # type: ignore[no-untyped-def]
        return float(
            w.economy.vintages.returned(
                2034.5, dear * one, dict.fromkeys(w.economy.chain.regions, added)
            ).sum()
        )

    assert back(made, 1.0, 0.0) < back(made, 3.0, 0.0) < back(made, 3.0, 0.3)
    assert back(off, 3.0, 0.0) == back(off, 1.0, 0.0)
    everything = sum(
        float(made.economy.vintages.retired(u, 2034.5).sum()) for u in range(len(made.economy.vintages.uses))
    )
    assert back(made, 100.0, 1.0) <= 0.9 * everything


def test_nothing_retires_that_was_not_taken_up() -> None:
    made = world(steps=2)
    for use in range(len(made.economy.vintages.uses)):
        most = made.economy.vintages.uptake(use, np.linspace(2000.0, 2026.0, 60)).max()
        assert made.economy.vintages.retired(use, 2026.0).max() <= most + 1e-9
