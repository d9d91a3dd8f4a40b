"""The base year 2024: what the reconciliation moves, and where the world then stands."""

import numpy as np
import pytest
from tests.model.worlds import price, settings, world

from coercivity.experiments.base.paths import evidence_dir
from coercivity.model.calibration.base_rows import read_base_year
from coercivity.model.calibration.base_year import calibrate
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.world import World

BARS = {"mining": (0.61, 0.72), "separation": (0.89, 0.93), "magnet": (0.91, 0.95)}


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return Evidence(evidence_dir())


@pytest.fixture(scope="module")
def base() -> World:
    return world()


def china_share(made: World, stage: str) -> float:
    """China's share of a stage in the last clearing, by the measure of the activity table."""
    assert made.last is not None
    recorder, layout = made.recorder, made.economy.supply.layout
    output = {True: 0.0, False: 0.0}
    for at in recorder.runs:
        activity = layout.activities[at]
        if activity.kind == stage:
            output[activity.place == "CN"] += float(made.last.activity[at] * recorder.main[at])
    return output[True] / (output[True] + output[False])


def test_stored_rows_are_what_the_command_finds(evidence: Evidence) -> None:
    found, _ = calibrate(evidence, 2024, settings().chain)
    stored = read_base_year(evidence, 2024)
    assert stored.multiplier == pytest.approx(found.multiplier, rel=1e-6)
    assert stored.room.keys() == found.room.keys()
    for name, value in found.price.items():
        if "oxide" in name:
            # Rounding (Python 3.12 sums floats otherwise than 3.11) moves a price that hardly any use
            # abroad pins by up to 0.3 %: a fit with such a choice in it is not closed yet.
            close = 1e-4 if name.startswith("CN ") else 5e-3
            assert stored.price[name] == pytest.approx(value, rel=close, abs=1e-4), name


def test_no_adjustment_is_beyond_two_sigma(evidence: Evidence) -> None:
    stored = read_base_year(evidence, 2024)
    sigmas = {n: np.log(m) / stored.sigma[n] for n, m in stored.multiplier.items()}
    assert max(map(abs, sigmas.values())) < 2, sigmas


@pytest.mark.parametrize("element", ["Nd", "Pr", "Dy", "Tb"])
def test_scarce_elements_clear_within_five_per_cent(base: World, evidence: Evidence, element: str) -> None:
    record = evidence.number("prices", f"oxide:{element}", "domestic_ex_vat", year=2024)
    assert price(base, "CN", f"oxide:{element}") == pytest.approx(record, rel=0.05)


@pytest.mark.parametrize("grade", ["standard", "high_coercivity"])
def test_magnets_clear_with_their_makers_margin(base: World, evidence: Evidence, grade: str) -> None:
    """At cost alone they would clear a tenth below the record."""
    record = evidence.number("prices", f"magnet:{grade}", "domestic_ex_vat", year=2024)
    assert price(base, "CN", f"magnet:{grade}") == pytest.approx(record, rel=0.02)


@pytest.mark.parametrize("element", ["La", "Ce"])
def test_surplus_elements_stay_cheap(base: World, element: str) -> None:
    assert price(base, "CN", f"oxide:{element}") < 3.0


@pytest.mark.parametrize(("stage", "bar"), BARS.items())
def test_shares_lie_within_the_record(base: World, stage: str, bar: tuple[float, float]) -> None:
    assert bar[0] <= china_share(base, stage) <= bar[1]


def test_first_quarter_of_baseline_stays_near(base: World) -> None:
    started = World(settings("scenario=policies_frozen"), evidence_dir())
    started.step()
    for element in ("La", "Ce", "Nd", "Pr", "Dy", "Tb"):
        before = price(base, "CN", f"oxide:{element}")
        assert price(started, "CN", f"oxide:{element}") == pytest.approx(before, rel=0.15)
    for stage, (low, high) in BARS.items():
        assert 0.85 * low <= china_share(started, stage) <= 1.15 * high
