"""One market, one answer: whatever was cleared before it, and in whatever order.

At a finer tolerance than is promised (flows and prices 1e-6, indicators 1e-9). The quick share looks at the
end of one scenario, where twin plants once split by the accident of the last basis; the proof looks at every
clearing of every scenario:

    make proofs ARGS="tests/scenarios/test_histories.py"
"""

import pytest

from .histories import histories, recorded
from .routes import SCENARIOS


def test_twin_plants_share_evenly_whatever_came_before() -> None:
    """Magnet plants in one country at one cost, beside rows of grams, under the embargo of 2032."""
    told = recorded("embargo", 36)
    assert not list(histories(told, len(told) - 6, 1))


@pytest.mark.parametrize("scenario", ["japan_halt_2010", "gallium_baseline"])
def test_histories_do_not_matter(scenario: str) -> None:
    told = recorded(scenario, 12)
    assert not list(histories(told, 0, 5))


@pytest.mark.proof
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_history_matters_anywhere(scenario: str) -> None:
    assert not list(histories(recorded(scenario), 0, 1))
