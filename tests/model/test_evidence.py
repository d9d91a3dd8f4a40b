"""A row without value, unit, year, source or confidence is refused, with file and line."""

from pathlib import Path

import pytest

from coercivity.experiments.base.paths import evidence_dir
from coercivity.model.inputs.evidence import COLUMNS, Evidence, EvidenceError, load

GOOD = "mt_weld,capacity,,35000,30000,40000,t REO/yr,2024,a source,estimate,"


def written(folder: Path, *rows: str) -> Path:
    path = folder / "mines.csv"
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    return path


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("mt_weld,capacity,,35000,,,t REO/yr,2024,,looked-up,", "mines.csv:2 .*no source"),
        ("mt_weld,capacity,,,,,t REO/yr,2024,a source,looked-up,", "no value"),
        ("mt_weld,capacity,,35000,,,,2024,a source,looked-up,", "no unit"),
        ("mt_weld,capacity,,35000,,,t REO/yr,24,a source,looked-up,", "not a year"),
        ("mt_weld,capacity,,35000,,,t REO/yr,2024,a source,certain,", "none of"),
        ("mt_weld,capacity,,many,,,t REO/yr,2024,a source,looked-up,", "not a number"),
        ("mt_weld,capacity,,35000,,,t REO/yr,2024,a guess,estimate,", "without a range"),
        ("mt_weld,capacity,,90000,30000,40000,t REO/yr,2024,a guess,estimate,", "outside its own range"),
    ],
)
def test_an_incomplete_row_is_refused(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(EvidenceError, match=said):
        load(written(tmp_path, row))


def test_a_repeated_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="repeats line 2"):
        load(written(tmp_path, GOOD, GOOD))


def test_a_good_row_is_read(tmp_path: Path) -> None:
    (fact,) = load(written(tmp_path, GOOD))
    assert (fact.entity, fact.number, fact.year) == ("mt_weld", 35000.0, 2024)


def test_the_shipped_evidence_is_complete() -> None:
    evidence = Evidence(evidence_dir())
    assert len(evidence.entities("jurisdictions")) >= 12
    assert len(evidence.entities("firms")) >= 20
    assert len(evidence.entities("mines")) >= 25
    for family in evidence.entities("baskets"):
        assert sum(evidence.items("baskets", family, "share").values()) == pytest.approx(1.0, abs=5e-3)


def test_a_figure_said_later_is_not_known_before(tmp_path: Path) -> None:
    (tmp_path / "account.csv").write_text(
        "\n".join(
            [
                ",".join((*COLUMNS, "known")),
                "china,record,then,95000,,,t REO/yr,2013,a source,looked-up,,2013",
                "china,record,later,140000,,,t REO/yr,2013,a source,looked-up,,2016",
            ]
        )
    )
    assert [fact.item for fact in Evidence(tmp_path).until(2014).facts("account")] == ["then"]


def test_nothing_of_the_account_is_later_than_2024() -> None:
    facts = list(Evidence(evidence_dir()).facts("account"))
    assert facts
    assert max(max(fact.year, fact.known) for fact in facts) <= 2024


def test_no_price_or_trade_is_later_than_2024() -> None:
    evidence = Evidence(evidence_dir())
    assert max(fact.year for fact in evidence.facts("prices")) <= 2024


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    (before,) = load(written(tmp_path, GOOD))
    (after,) = load(written(tmp_path, GOOD.replace("35000", "36000")))
    assert (before.number, after.number) == (35000.0, 36000.0)
