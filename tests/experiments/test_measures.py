"""What is said of a comparison: outside prices, welfare as change, headings, marks."""

import pandas as pd
import pytest

from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.config.labels import Wording
from coercivity.experiments.config.places import NAMES
from coercivity.experiments.figures.marks import marks
from coercivity.experiments.measures.catalogue import price_series, price_weights
from coercivity.experiments.measures.catalogue import prices as told_prices
from coercivity.experiments.measures.comparison import Comparison, ComparisonRow, compare_tables
from coercivity.experiments.reports.headlines import headlines
from coercivity.experiments.runs.gathered import gather

NOTHING = pd.Series(dtype=float)
DATES = ["2025-01-01", "2025-04-01"]


def prices(**by_place: float) -> pd.DataFrame:
    rows = [(date, place, "oxide:Dy", price) for date in DATES for place, price in by_place.items()]
    return pd.DataFrame(rows, columns=["date", "jurisdiction", "material", "price"])


def test_an_outside_price_is_weighted_by_imports_of_the_base_year() -> None:
    rows = [("oxide:Dy", place, tonnes) for place, tonnes in (("US", 3.0), ("JP", 1.0), ("CN", 7.0))]
    imports = pd.DataFrame(rows, columns=["material", "jurisdiction", "tonnes"])
    tables = {"prices": prices(CN=200.0, US=300.0, JP=500.0, KR=9000.0), "base_imports": imports}
    series = price_series(tables, "oxide:Dy", price_weights(tables))
    assert list(series["inside"]) == [200.0, 200.0]
    assert list(series["outside"]) == pytest.approx([350.0, 350.0])


def test_where_nothing_is_traded_there_is_no_outside_price() -> None:
    series = price_series({"prices": prices(CN=200.0, US=300.0)}, "oxide:Dy", NOTHING)
    assert series["outside"].isna().all()


def run(welfare: float) -> dict[str, pd.DataFrame]:
    """The tables of a run, empty but for welfare."""
    columns = {
        "prices": "date jurisdiction material price",
        "flows": "destination material tonnes",
        "base_imports": "jurisdiction material tonnes",
        "activity": "step date stage jurisdiction firm tonnes capacity",
        "uses": "date jurisdiction unit wanted shortage",
        "burdens": "jurisdiction pollutant unit amount",
        "accounts": "owner kind usd",
        "events": "date actor kind target detail",
    }
    tables = {name: pd.DataFrame(columns=words.split()) for name, words in columns.items()}
    rows = [("US", "welfare", welfare), ("US", "fiscal_cost", 5e6)]
    tables["indicators"] = pd.DataFrame(rows, columns=["jurisdiction", "indicator", "value"])
    return tables


def test_welfare_is_told_as_change_and_cost_as_it_is() -> None:
    rows = {
        row.indicator: row
        for row in compare_tables({"a": run(9e9), "b": run(8e9)}, 0.25, Wording())
        if row.place != "world"
    }
    assert rows["welfare change"].values == {"a": 0.0, "b": -1000.0}
    assert rows["fiscal cost"].values == {"a": 5.0, "b": 5.0}


def test_a_number_is_the_median_of_its_futures_and_left_out_where_one_lacks_it() -> None:
    futures = {"a": gather([run(1e9), run(2e9), run(6e9)]), "b": gather([run(2e9), run(1e9), run(8e9)])}
    rows = {row.indicator: row for row in compare_tables(futures, 0.25, Wording()) if row.place != "world"}
    assert rows["welfare change"].draws["b"] == (1000.0, -1000.0, 2000.0)
    assert rows["welfare change"].values == {"a": 0.0, "b": 1000.0}
    poor = run(2e9)
    poor["indicators"] = poor["indicators"].query("indicator == 'welfare'")
    found = compare_tables({"a": gather([run(1e9), poor])}, 0.25, Wording())
    costs = {row.jurisdiction: row.values["a"] for row in found if row.indicator == "fiscal cost"}
    assert costs["US"] is None


def test_headlines_hold_numbers_against_the_first() -> None:
    row = ComparisonRow("welfare change", "US", "million USD", 1, True, {"a": 0.0, "b": -1500.0})
    same = ComparisonRow("fiscal cost", "US", "million USD", -1, True, {"a": 5.0, "b": 5.0})
    comparison = Comparison({"a": "A", "b": "B"}, [row, same], "2025-01", "2026-01", "quarter")
    said = "Welfare over the period changes by \u22121.5 billion USD for the United States."
    assert headlines(comparison) == [f"B against a, 2025-01 to 2026-01: {said}"]


def test_rows_of_a_kind_share_a_heading() -> None:
    table = pd.DataFrame(
        {"date": "2025-01-01", "jurisdiction": ["CN", "US"], "material": "oxide:Dy", "price": [200.0, 300.0]}
    )
    told = told_prices(gather({"prices": table}), NOTHING, Wording())
    told = [m for m in told if m.indicator == "price of Dy oxide, mean"]
    rows = [
        ComparisonRow(m.indicator, m.jurisdiction, m.unit, 0, True, {}, {}, m.under, m.called) for m in told
    ]
    assert {row.heading for row in rows} == {"price of oxide, mean of the period (USD/kg)"}
    assert [row.label for row in rows] == ["Dy, China", "Dy, outside China"]
    assert Wording().counted("separation") == "t Nd Pr Dy Tb oxides"


def test_marks_tell_policies_the_first_scenario_lacks_and_leave_plants_out() -> None:
    events = [
        ("2025-01-01", "lynas", "plant opened", "kuantan", "separation"),
        ("2025-04-01", "CN", "export limit begins", "US;JP;EU;KR", "CN licence_2025"),
    ]
    other = run(0.0) | {"events": pd.DataFrame(events, columns=run(0.0)["events"].columns)}
    told = [(mark.date[:7], mark.text) for mark in marks({"a": run(0.0), "b": other}, {})]
    assert told == [("2025-04", "China: export limit begins on 4 destinations (licence 2025)")]


@pytest.mark.parametrize(("count", "said"), [(1, "the one project"), (2, "first of 2 projects")])
def test_a_mark_counts_the_projects_that_start(count: int, said: str) -> None:
    columns = ["date", "actor", "kind", "target", "detail"]
    starts = [(date, "firm", "project started", "mine", "") for date in DATES[:count]]
    runs: dict[str, list[tuple[str, ...]]] = {"a": [], "b": list(starts)}
    found = marks({name: {"events": pd.DataFrame(rows, columns=columns)} for name, rows in runs.items()}, {})
    assert [mark.text for mark in found] == [f"{said} starts in b"]


def test_every_place_of_the_evidence_has_a_name() -> None:
    for path in evidence_dir().rglob("jurisdictions.csv"):
        rows = pd.read_csv(path, keep_default_na=False)
        assert set(rows.loc[rows["attribute"] == "name", "entity"]) <= set(NAMES)
