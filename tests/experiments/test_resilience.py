"""Measures of a shock: on tables small enough to work out by hand."""

import pandas as pd
import pytest

from coercivity.experiments.config.labels import Wording
from coercivity.experiments.measures.resilience import independence, resilience, shocks, time_bought
from coercivity.experiments.runs.gathered import gather

DATES = [f"{2025 + step // 4}-{1 + 3 * (step % 4):02d}-01" for step in range(8)]
SHORT = [0.0, 0.0, 0.3, 0.2, 0.1, 0.005, 0.0, 0.0]
FREE = [0.0, 0.0, 0.0, 0.05, 0.1, 0.15, 0.2, 0.2]


def tables(costs: dict[int, float]) -> dict[str, pd.DataFrame]:
    """A shock in step 2: shortage for three steps, other recipes for good, output outside up."""
    uses = pd.DataFrame(
        [
            (step, DATES[step], "JP", recipe, "t magnet", served, 100.0 * share, SHORT[step])
            for step in range(8)
            for recipe, share in (("as usual", 1 - FREE[step]), ("free", FREE[step]))
            for served in [100.0 * share]
        ],
        columns=["step", "date", "jurisdiction", "recipe", "unit", "served", "wanted", "shortage"],
    )
    activity = pd.DataFrame(
        [(step, "separation", "MY", 100.0 * 1.1 ** (step / 4)) for step in range(8)],
        columns=["step", "stage", "jurisdiction", "tonnes"],
    )
    events = pd.DataFrame([(2, "export limit begins")], columns=["step", "kind"])
    cost = "cost of a year's joint ban by CN"
    indicators = pd.DataFrame(
        [(f"{year}-10-01", "JP", cost, value) for year, value in costs.items()],
        columns=["date", "jurisdiction", "indicator", "value"],
    )
    return {"uses": uses, "activity": activity, "events": events, "indicators": indicators}


def test_what_a_shock_does() -> None:
    found = {m.indicator: m.value for m in resilience(tables({2025: 0.4, 2026: 0.04}), 0.25, Wording())}
    assert found["recovery time"] == pytest.approx(0.75)
    assert found["substitution speed"] == pytest.approx(0.2 / 1.5)
    assert found["supply response of separation"] == pytest.approx(0.1)
    assert found["year of independence"] == 2026
    assert shocks(gather(tables({}))["events"].iloc[:0]) == {}


def test_time_is_bought_where_independence_comes_later() -> None:
    free, bound = tables({2025: 0.04}), tables({2025: 0.4, 2030: 0.01})
    assert time_bought(bound, free) == {"JP": 5.0}
    assert independence(tables({2025: 0.4})["indicators"]) == {"JP": None}
    dip = independence(tables({2025: 0.4, 2026: 0.01, 2027: 0.2, 2028: 0.04})["indicators"])
    assert dip == {"JP": 2028.0}  # a dip is no independence
    assert independence(tables({2025: 0.01, 2026: 0.2})["indicators"]) == {"JP": None}
