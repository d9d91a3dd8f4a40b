"""Ensembles over the toy model: futures drawn, kept, verified, and told with their bands."""

import json
import re
import shlex
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coercivity.experiments.base.tables import TABLES
from coercivity.experiments.measures.bands import band
from coercivity.experiments.measures.comparison import Comparison, ComparisonRow
from coercivity.experiments.measures.drivers import drivers, quarters, rank_correlation
from coercivity.experiments.reports.futures import read_futures
from coercivity.experiments.runs.futures import Futures

YEARS = "clock.step=year"
WORST = ("shortage of magnets, worst step", "JP")


@pytest.fixture
def compared(copy_of_result) -> Path:
    return copy_of_result("compare", "baseline", "embargo", YEARS, "futures=3")


def row_of(**draws: tuple[float, ...]) -> ComparisonRow:
    medians = {name: band(mine).median for name, mine in draws.items()}
    return ComparisonRow("cost", "EU", "USD", -1, True, medians, draws)


def test_what_all_futures_share_drops_out_of_differences() -> None:
    row = row_of(a=(10.0, 20.0, 60.0), b=(11.0, 21.0, 61.0))
    assert row.values == {"a": 20.0, "b": 21.0}
    change, level = row.change_band("b"), row.band("b")
    assert change is not None and level is not None
    assert (change.low, change.high) == (1.0, 1.0)
    assert (level.low, level.high) == pytest.approx(np.quantile((11.0, 21.0, 61.0), (0.1, 0.9)))
    assert row.share_above("a", "b") == 1.0  # less is better
    assert (row.mark("a"), row.mark("b")) == ("best", "worst")


def test_a_difference_whose_sign_changes_is_not_marked() -> None:
    row = row_of(a=(1.0, 2.0, 3.0), b=(3.0, 1.0, 4.0))
    assert [row.mark(name) for name in "ab"] == ["", ""]
    assert row.share_above("a", "b") == pytest.approx(2 / 3)


def test_the_median_of_differences_is_not_the_difference_of_medians() -> None:
    row = row_of(a=(0.0, 1.0, 10.0), b=(5.0, 0.0, 11.0))
    assert row.change("b") == band([5.0, -1.0, 1.0]).median == 1.0
    assert row.as_dict()["b minus a"]["median"] == 1.0


def test_the_first_screen_says_who_gains_and_what_the_cost_is_made_of(compared: Path) -> None:
    from coercivity.experiments.reports.first_screen import gainers
    from coercivity.experiments.reports.report import load_subject

    subject = load_subject(compared)
    cells = re.findall(r'<th scope="row">(.*?)</th><td class=n>(.*?)</td>', gainers(subject))
    rows = [row for row in subject.comparison.rows if row.indicator == "welfare change"]
    known = [row for row in rows if row.jurisdiction != "WORLD"]
    order = sorted(known, key=lambda row: -(row.values["embargo"] or 0.0))
    values = {row.place: row.values["embargo"] for row in known}
    told = [values[place] for place, _ in cells]
    assert told == sorted(told, reverse=True)
    assert (told[0], told[-1]) == (order[0].values["embargo"], order[-1].values["embargo"])
    assert "China" in dict(cells)
    bold = {row.place for row in known if not row.alike("embargo", "baseline")}
    assert {name for name, cell in cells if cell.startswith("<b>")} <= bold


@pytest.mark.parametrize(
    ("words", "count", "seeds", "ensemble"),
    [
        ((), None, tuple(range(20)), "default"),
        (("seed=3",), None, tuple(range(3, 23)), "default"),
        (("futures=2", "seed=3"), None, (3, 4), "default"),
        (("futures=2", "ensemble=luck"), None, (0, 1), "luck"),
        (("seed=0,1,5",), None, (0, 1, 5), "none"),
        (("seed=range(2,4)",), None, (2, 3), "none"),
        (("seed=7",), 3, (7, 8, 9), "none"),
    ],
)
def test_futures_as_people_ask_for_them(toy: None, words, count, seeds, ensemble) -> None:
    asked = read_futures(["market.elasticity=1", *words], count)
    assert (asked.settings, asked.numbered(20), asked.ensemble) == (("market.elasticity=1",), seeds, ensemble)


def test_a_comparison_in_three_futures(coercivity, compared: Path, tmp_path: Path) -> None:
    document = json.loads((compared / "compare.json").read_text())
    assert document["futures"] == 3
    (row,) = [
        one
        for one in document["rows"]
        if (one["indicator"], one["jurisdiction"]) == ("price of Dy oxide, mean", "OUTSIDE")
    ]
    told = coercivity("report", compared, "--number", "price of Dy oxide, mean@OUTSIDE").out
    baseline, embargo = (
        [float(value) for value in re.findall(r"future \d \(seed \d\): (.*)", part)]
        for part in told.split("embargo: ")
    )
    assert row["embargo"] == band(embargo).as_dict()
    apart = [one - other for one, other in zip(embargo, baseline, strict=True)]
    assert row["embargo minus baseline"] == band(apart).as_dict()
    assert row["embargo ahead of baseline"] == 1.0
    flat = pd.read_csv(compared / "compare.csv").set_index(["indicator", "jurisdiction"])
    mine = flat.loc["price of Dy oxide, mean", "OUTSIDE"]
    assert [mine[f"embargo{end}"] for end in ("", " low", " high")] == [*row["embargo"].values()]
    got = coercivity("verify", compared)
    assert (got.code, got.out.count("embargo future-2")) == (0, len(TABLES)), got.err


def test_a_future_is_the_same_for_every_scenario_and_can_be_run_alone(
    coercivity, compared: Path, tmp_path: Path
) -> None:
    configs = [(compared / "runs" / name / "future-1" / "config.yaml") for name in ("baseline", "embargo")]
    futures = json.loads((compared / "futures.json").read_text())["futures"]
    assert {one["values"]["market.backend"] for one in futures} == {"highs", "pyomo"}
    drawn = futures[1]["values"]["market.backend"]
    assert all(f"backend: {drawn}" in path.read_text() for path in configs)
    told = coercivity("report", compared, "--number", "price of Dy oxide, mean@OUTSIDE").out
    command = next(line for line in told.splitlines() if "command" in line and "baseline/future-1" in line)
    words = shlex.split(command.partition("command")[2])[1:]
    assert coercivity(*words, "--out", tmp_path / "again").code == 0
    tables = [
        json.loads((place / "manifest.json").read_text())["tables"]
        for place in (configs[0].parent, tmp_path / "again")
    ]
    assert tables[0] == tables[1]


def test_what_a_setting_sets_is_not_drawn(coercivity, tmp_path: Path) -> None:
    words = ("compare", "baseline", "embargo", YEARS, "--workers", 1)
    got = coercivity(*words, "futures=2", "market.backend=highs", "--out", tmp_path / "x")
    assert "not drawn, since a scenario or a setting sets it: `market.backend`" in got.err
    kept = [(tmp_path / f"x/runs/embargo/future-{n}/config.yaml").read_text() for n in (0, 1)]
    assert all("backend: highs" in text for text in kept)


def test_the_run_of_an_ensemble(coercivity, compared: Path, tmp_path: Path) -> None:
    got = coercivity("run", YEARS, "futures=3", "--workers", 1, "--out", tmp_path / "x")
    assert "medians over 3 futures" in got.out, got.err
    whole = pd.read_parquet(tmp_path / "x" / "prices.parquet")
    alone = pd.read_parquet(compared / "runs" / "baseline" / "future-2" / "prices.parquet")
    assert list(whole.columns) == ["future", *alone.columns]
    mine = whole[whole["future"] == 2].drop(columns="future").reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, alone)
    got = coercivity("verify", tmp_path / "x")
    assert (got.code, got.out.count("baseline ")) == (0, len(TABLES)), got.err
    assert coercivity("report", tmp_path / "x").code == 0
    assert "80 % band of 3 futures" in (tmp_path / "x" / "report.html").read_text()


BAND = r"[+\u2212-]?[\d.,]+(?:[ \xa0](?:billion|million) USD)?(?:[ \xa0]%)?"
TOLD = rf"{BAND} \({BAND} to {BAND}\)"
KNOWN = r"\d{4}-\d\d|base-year|80[ \xa0]% bands?|\d+ futures|CO2|by 1[ \xa0]%"


def unbanded(text: str) -> list[str]:
    """The numbers of a text that stand without a band."""
    for pattern in (TOLD, rf"apart by {BAND} to {BAND}", rf", {BAND} to {BAND}(?: times)?", KNOWN):
        text = re.sub(pattern, "", text)
    return re.findall(r"\d[\d.,]*", text)


def test_no_sentence_or_cell_of_an_ensemble_lacks_its_band(compared: Path) -> None:
    html = unescape((compared / "report.html").read_text())
    assert unbanded("Dysprosium averages 531 USD/kg.") == ["531"]
    found = re.search(r'<div class="found">(.*?)</div>', html, re.S)
    assert found is not None
    sentences = re.findall(r"<p>(.*?)</p>", found.group(1))
    assert sentences and "USD/kg" in " ".join(sentences)
    assert {text: bad for text in sentences if (bad := unbanded(text))} == {}
    first = html[html.index('class="wide first"') :]
    cells = re.findall(r'<td class="n">(?:<span[^>]*>)?([^<]*)', first[: first.index("</table>")])
    assert cells
    assert [cell for cell in cells if cell != "-" and not re.fullmatch(r"\S+ \(\S+ to \S+\)", cell)] == []


def test_rank_correlation_finds_what_moves_a_number() -> None:
    rng = np.random.default_rng(1)
    drawn = rng.random((3, 30))
    every = tuple(_future(n, dict(zip("abc", row, strict=True))) for n, row in enumerate(drawn.T.tolist()))
    about = {key: {"values": [], "source": f"source of {key}"} for key in "abc"}
    futures = Futures("x", "", every, about)
    outcome = np.exp(3 * drawn[1]) - 0.2 * drawn[2]
    (first, *_) = drivers(row_of(s=tuple(outcome.tolist())), "s", futures)
    assert (first.key, first.source) == ("b", "source of b")
    assert first.correlation > 0.9
    assert rank_correlation(drawn[0], -drawn[0]) == pytest.approx(-1.0)
    hardly = row_of(s=tuple((0.3 + 1e-6 * outcome).tolist()))
    assert drivers(replace(hardly, unit="share"), "s", futures) == [], "told as 30.0 % in every future"


def test_an_assumption_is_sized_by_the_quarters_where_it_is_lowest_and_highest() -> None:
    from coercivity.experiments.reports.sensitivity import changers, movers

    demand = (5.0, 1.0, 7.0, 3.0, 8.0, 2.0, 6.0, 4.0)
    kinds = ("x", "y", "y", "x") * 2
    every = [{"market.demand_level": d, "kind": k} for d, k in zip(demand, kinds, strict=True)]
    about = {
        "market.demand_level": {"values": [], "unit": "ratio", "source": "a count"},
        "kind": {"values": ["x", "y"], "unit": "", "source": ""},
    }
    futures = Futures("x", "", tuple(_future(n, one) for n, one in enumerate(every)), about)
    lacks = tuple(0.01 * d for d in demand)
    row = row_of(a=(0.0,) * 8, b=lacks)
    lowest, highest = quarters(row, "b", futures, "market.demand_level")
    assert (lowest.drawn, highest.drawn) == ((1.0, 2.0), (7.0, 8.0))
    assert (lowest.numbers, highest.numbers) == ((0.01, 0.02), (0.07, 0.08))
    first, last = quarters(row, "b", futures, "kind")
    assert (set(first.drawn), set(last.drawn), len(first.drawn)) == ({"x"}, {"y"}, 4)

    told = replace(row, indicator="shortage of magnets, worst step", unit="share", draws=row.draws)
    comparison = Comparison({"a": "", "b": ""}, [told], "2025-01", "2035-01", "quarter", tuple(range(8)))
    (mover,) = movers(comparison, futures)
    assert (mover.unit, mover.driver.source) == ("ratio", "a count")
    assert "the level of demand (1.5 % if low, 7.5 % if high)" in changers(comparison, futures)


def test_each_number_of_the_first_screen_says_in_how_many_futures_it_differs(compared: Path) -> None:
    html = unescape((compared / "report.html").read_text())
    said = re.findall(r'<span class="change">(.*?)</span>', html)
    assert len(said) == len(re.findall(r'<section class="tile">', html))  # one other scenario than the first
    assert all(re.search(r"\b[0-3] of 3$", text) for text in said), said
    document = json.loads((compared / "compare.json").read_text())
    row = next(r for r in document["rows"] if (r["indicator"], r["jurisdiction"]) == WORST)
    ahead = 3 * (1 - row["embargo ahead of baseline"])
    assert f"in {ahead:.0f} of 3 futures" in html[html.index("How sure") :]


def _future(number: int, values: dict):
    from coercivity.experiments.config.ensemble import Future

    return Future(number, number, "", values)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--seeds", 1), "--seeds 1: a band needs 2 or more"),
        (("--seeds", 3, "seed=1,2"), "both choose seeds"),
        (("futures=2", "seed=1,2"), "both choose seeds"),
        (("futures=none",), "how many futures is a whole number"),
        (("futures=３",), "how many futures is a whole number"),
        (("futures=1_0",), "how many futures is a whole number"),
        (("futures=0",), "from 1 (a single line)"),
        (("futures=2", "ensemble=lucky"), "did you mean `luck`?"),
        (("seed=x,y",), "a seed is a whole number"),
        (("seed=interval(0,1)",), "seeds are whole numbers"),
    ],
)
def test_a_mistake_is_one_sentence(words, said: str, coercivity, tmp_path: Path) -> None:
    got = coercivity("compare", "baseline", "embargo", *words, "--out", tmp_path / "x")
    assert got.code == 2
    assert said in got.err
    assert len(got.err.strip().splitlines()) == 1
