"""A comparison over seeds: means, intervals, and differences taken seed by seed, over the toy model."""

import json
import math
import re
import shlex
from pathlib import Path

import pytest

from coercivity.experiments.measures.comparison import Row, over_seeds
from coercivity.experiments.measures.seeds import interval
from coercivity.experiments.sweeps.grid import parse_seeds

NOISE = "market.demand_noise=0.05"


@pytest.fixture
def compared(made) -> Path:
    return made("compare", "baseline", "embargo", "clock.step=year", NOISE, "--seeds", 4)


def test_student_over_a_known_sample() -> None:
    found = interval([1.0, 2.0, 3.0])
    assert found.mean == 2.0
    assert found.high - found.mean == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)  # t of 2 degrees


def test_what_is_the_same_for_all_seeds_drops_out_of_differences() -> None:
    draws = [10.0, 20.0, 60.0]
    rows = [[Row("price", "EU", "USD/kg", -1, True, {"a": x, "b": x + 1.0})] for x in draws]
    (row,) = over_seeds(rows)
    assert (row.values["a"], row.values["b"]) == (30.0, 31.0)
    change, level = row.change_span("b"), row.span("b")
    assert change is not None and level is not None
    assert (change.low, change.high) == pytest.approx((1.0, 1.0))
    assert level.high - level.low > 50.0
    assert (row.mark("a"), row.mark("b")) == ("best", "worst")


def test_a_difference_that_chance_makes_is_not_marked() -> None:
    rows = [
        [Row("cost", "EU", "USD", -1, True, {"a": a, "b": b})]
        for a, b in ((1.0, 3.0), (2.0, 1.0), (3.0, 4.0))
    ]
    (row,) = over_seeds(rows)
    assert [row.mark(name) for name in "ab"] == ["", ""]


def test_a_number_some_seed_lacks_is_left_out() -> None:
    rows = [[Row("year", "EU", "year", -1, True, {"a": value})] for value in (2030.0, None)]
    (row,) = over_seeds(rows)
    assert row.values["a"] is None


@pytest.mark.parametrize(
    ("words", "count", "found"),
    [
        ((), None, ()),
        (("seed=3",), None, ()),
        (("seed=0,1,2",), None, (0, 1, 2)),
        (("seed=range(2,4)",), None, (2, 3)),
        (("seed=7",), 3, (7, 8, 9)),
    ],
)
def test_seeds_as_people_ask_for_them(toy: None, words, count, found) -> None:
    settings, seeds = parse_seeds(["market.elasticity=1", *words], count)
    assert seeds == found
    assert settings == (["market.elasticity=1"] if found else ["market.elasticity=1", *words])


def test_a_comparison_over_seeds(coercivity, compared: Path, tmp_path: Path) -> None:
    document = json.loads((compared / "compare.json").read_text())
    assert document["seeds"] == [0, 1, 2, 3]
    (row,) = [
        one
        for one in document["rows"]
        if (one["indicator"], one["jurisdiction"]) == ("price of Dy oxide, mean", "OUTSIDE")
    ]
    told = coercivity("report", compared, "--number", "price of Dy oxide, mean@OUTSIDE").out
    baseline, embargo = (
        [float(value) for value in re.findall(r"seed \d: (.*)", part)] for part in told.split("embargo: ")
    )
    apart = [one - other for one, other in zip(embargo, baseline, strict=True)]
    assert row["embargo minus baseline"] == pytest.approx(sum(apart) / 4)
    assert row["embargo minus baseline low"] == pytest.approx(interval(apart).low)
    command = next(line for line in told.splitlines() if "command" in line and "seed=2" in line)
    words = shlex.split(command.partition("command")[2])[1:]
    assert coercivity(*words, "--out", tmp_path / "again").code == 0
    manifests = [
        json.loads((place / "manifest.json").read_text())
        for place in (compared / "runs" / "baseline" / "seed-2", tmp_path / "again")
    ]
    assert manifests[0]["tables"] == manifests[1]["tables"]
    html = (compared / "report.html").read_text()
    assert "5 to 95 % of 4 seeds" in html
    assert "Of seed 0 alone." in html
    assert coercivity("report", compared).code == 0
    assert (compared / "report.html").read_text() == html
    got = coercivity("verify", compared)
    assert (got.code, got.out.count("embargo seed-3")) == (0, 13), got.err


def test_the_screen_tells_intervals(coercivity, tmp_path: Path) -> None:
    words = ("compare", "baseline", "embargo", "clock.step=year", "--workers", 1, "--out", tmp_path / "x")
    got = coercivity(*words, NOISE, "seed=0,1,2")
    assert "means over 3 futures" in " ".join(got.out.split())
    assert " ± " in got.out
    assert "apart by" in got.out
    got = coercivity(*words, "seed=0,1")
    assert "the seeds make no difference" in got.err
    assert " ± " not in got.out.partition("±: 95 %")[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--seeds", 1), "--seeds 1: an interval needs 2 or more"),
        (("--seeds", 3, "seed=1,2"), "both choose seeds"),
        (("seed=x,y",), "a seed is a whole number"),
        (("seed=interval(0,1)",), "seeds are whole numbers"),
    ],
)
def test_a_mistake_is_one_sentence(words, said: str, coercivity, tmp_path: Path) -> None:
    got = coercivity("compare", "baseline", "embargo", *words, "--out", tmp_path / "x")
    assert got.code == 2
    assert said in got.err
    assert len(got.err.strip().splitlines()) == 1
