"""How dominance was built: shares of mine output from 1990 on, and what each cause is worth."""

import functools

import pytest

from coercivity.experiments.base.paths import evidence_of
from coercivity.experiments.config.compose import compose
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.world import World

RISE = "rise_1990_2005"


@functools.cache
def shares(scenario: str, seed: int = 0) -> dict[tuple[str, int], float]:
    """Share of mine output by place and year, per cent."""
    composed = compose([f"scenario={scenario}", f"seed={seed}"])
    made = World(composed.settings, evidence_of(composed.values))
    while made.running:
        made.step()
    rows = made.tables()["indicators"].query("indicator == 'share of mining'")
    years = rows.date.str[:4].astype(int)
    return {
        (place, year): 100.0 * value
        for place, year, value in zip(rows.jurisdiction, years, rows.value, strict=True)
    }


def test_shares_of_mines_come_within_ten_points_of_the_record() -> None:
    evidence = Evidence(evidence_of(compose([f"scenario={RISE}"]).values))
    found = shares(RISE)
    for year in (1995, 2000, 2005):
        for place, item in (("CN", f"share:{year}"), ("US", f"share:US:{year}")):
            record = next(f for f in evidence.facts("history", "fitted") if f.item == item).number
            assert found.get((place, year), 0.0) == pytest.approx(record, abs=10.0), (place, year)


@pytest.mark.proof
@pytest.mark.parametrize(
    ("cause", "by_1995", "by_2005"),
    [("cost", -3.0, -10.0), ("environment", -0.4, -0.4), ("refund", -0.2, None)],
)
def test_each_cause_takes_something_off_chinas_share(
    cause: str, by_1995: float, by_2005: float | None
) -> None:
    for seed in (0, 1):
        usual, without = shares(RISE, seed), shares(f"rise_without_{cause}", seed)
        assert without["CN", 1995] < usual["CN", 1995] + by_1995
        if by_2005 is not None:
            assert without["CN", 2005] < usual["CN", 2005] + by_2005
