"""History: what the fit may read, what a target is, what naive forecasts know, and the command line."""

import ast
import csv
import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from coercivity.experiments.base.paths import conf_dir, evidence_dir
from coercivity.experiments.cli import main
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.validation import history_fit
from coercivity.experiments.validation.history_naive import no_change, trend
from coercivity.experiments.validation.history_outcome import ELEMENTS, Replay
from coercivity.experiments.validation.history_targets import (
    FIRST,
    SECOND,
    fit_two_numbers,
    statistic,
    targets,
)
from coercivity.model.inputs.evidence import Evidence, EvidenceError, is_dated

ROOT = Path(__file__).parents[2]
Flat = Callable[[Evidence, int, int], Replay]


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return Evidence(evidence_dir())


def test_the_fit_reads_nothing_dated_after_2014(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Evidence] = []
    plain = Evidence.until

    def watched(self: Evidence, year: int) -> Evidence:
        made = plain(self, year).watched()
        looked.append(made)
        return made

    monkeypatch.setattr(Evidence, "until", watched)
    known = history_fit.priors(Evidence(evidence_dir()).until(history_fit.LAST))
    distance, found = history_fit.judge({p.name: p.start for p in known}, evidence_dir())
    read = set().union(*(made.read or set() for made in looked))
    assert math.isfinite(distance) and found
    assert {fact.file for fact in read} >= {"prices.csv", "base_2009.csv", "history.csv", "output.csv"}
    later = [f"{f.file}:{f.line}" for f in read if is_dated(f) and f.year > history_fit.LAST]
    assert not later, f"dated after {history_fit.LAST}: {later[:5]}"


def test_a_year_hides_what_came_later(evidence: Evidence) -> None:
    early = evidence.until(2014)
    assert max(early.path("prices", "oxide:Nd", "fob")) == 2014
    assert early.number("mines", "bayan_obo", "unit_cost") == evidence.number(
        "mines", "bayan_obo", "unit_cost"
    )


def test_a_fitted_number_needs_a_row(evidence: Evidence) -> None:
    fitted = evidence.replaced("behaviour", {"demand.kappa": 0.05})
    assert fitted.number("behaviour", "demand", "kappa") == 0.05
    assert evidence.number("behaviour", "demand", "kappa") != 0.05
    with pytest.raises(EvidenceError, match=r"no row demand\.kapa"):
        evidence.replaced("behaviour", {"demand.kapa": 0.05})


def test_no_target_is_written_in_the_code(evidence: Evidence) -> None:
    telling = [
        (t.name, value)
        for t in targets(evidence)
        for value in (t.record,)
        if len(f"{value:g}".replace(".", "").strip("0")) >= 3 and value < 2000
    ]
    for path in [p for part in ("model", "experiments") for p in (ROOT / part).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, float):
                near = [n for n, value in telling if abs(node.value - value) <= 0.005 * abs(value)]
                assert not near, f"{path.name}:{node.lineno} holds {node.value}, the record of {near[0]}"


def test_fob_targets_are_the_price_rows(evidence: Evidence) -> None:
    for target in targets(evidence, "fitted"):
        kind, *words = target.spec.split(":")
        if kind == "fob":
            now, then = words[1].split("/")
            prices = evidence.path("prices", f"oxide:{words[0]}", "fob")
            assert target.record == pytest.approx(prices[int(now)] / prices[int(then)], rel=1e-4)


def test_where_nothing_happens_every_ratio_is_one(evidence: Evidence, flat: Flat) -> None:
    outcome = flat(evidence, 2009, 5)
    assert statistic("fob:La:2011/2009", outcome, evidence) == pytest.approx(1.0)
    assert statistic("order:2011/2009", outcome, evidence) == 0.0
    assert statistic("share:2011", outcome, evidence) == pytest.approx(97.0)
    assert statistic("used:2011", outcome, evidence) == pytest.approx(0.5)
    assert math.isnan(statistic("started:mine:1e9", outcome, evidence))


def test_two_numbers_are_found_again() -> None:
    start = np.array([4.0, 20.0, 120.0, 400.0])
    assert fit_two_numbers(start, 6.0 * start + 70.0) == pytest.approx((6.0, 70.0), rel=1e-3)


def test_naive_forecasts_know_nothing_of_the_future(evidence: Evidence, flat: Flat) -> None:
    outcome = flat(evidence, 2014, 10)
    early = evidence.until(2014)
    for forecast in (no_change, trend):
        now, then = forecast(evidence, outcome), forecast(early, outcome)
        assert all(np.array_equal(now.fob[e], then.fob[e]) for e in ELEMENTS)
    assert statistic("level:Nd:domestic:2020", no_change(evidence, outcome), evidence) == pytest.approx(1.0)


def test_stored_draws_lie_within_their_priors(evidence: Evidence) -> None:
    priors = history_fit.priors(evidence.until(history_fit.LAST))
    for path in sorted((conf_dir() / "calibrated").glob("history*.yaml")):
        values = read_yaml(path)["values"]
        for prior in priors:
            for row in prior.rows:
                assert prior.low <= values[row] <= prior.high, (path.name, row)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["calibrate", "history", "2009"], "takes no year"),
        (["calibrate", "base-year"], "which base year"),
        (["calibrate", "history", "--keep", "0"], "--keep 0"),
        (["backtest", "--draws", "99"], "--draws 99"),
    ],
)
def test_a_mistake_is_one_sentence(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert said in capsys.readouterr().err


def test_the_fit_is_taken_up_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["calibrate", "history", "--search", "1", "--keep", "1", "--workers", "1",
             "--study", str(tmp_path / "s.log"), "--out", str(tmp_path / "out")]  # fmt: skip
    assert main([*words, "--prior", "1"]) == 0
    assert main([*words, "--prior", "1"]) == 0
    assert "taking up" in capsys.readouterr().err
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"history.yaml", "history_01.yaml"}


def test_scores_as_a_document(tmp_path: Path) -> None:
    from coercivity.experiments.validation.backtest_scores import assemble, score_rows
    from coercivity.experiments.validation.history_targets import Target

    def target(year: int) -> Target:
        return Target(
            f"Nd oxide, {year} over 2014", "series", "", 2.0, 1.5, 2.5, "ratio", year, "s", "derived", ""
        )

    aims = [target(2015), target(2016)]
    draws = {a.name: [1.9, 2.1, 2.0] for a in aims}
    naive = {k: {a.name: 1.0 for a in aims} for k in ("no change", "trend", "quota only")}
    scores = assemble([], score_rows(aims, draws, naive, {}), list(naive))
    document = scores.document()
    assert document["targets"][0]["met"] and document["skill"]["no change"] == 1.0
    assert document["coverage"] == 1.0 and document["crps"]["model"] < document["crps"]["trend"]
    with (tmp_path / "x.csv").open("w", encoding="utf-8") as stream:
        csv.writer(stream).writerow(document["targets"][0])


@pytest.mark.proof
def test_a_backtest_is_reported_as_every_other_result(
    backtested: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (backtested / "report.html").read_text(encoding="utf-8")
    assert "fitted targets met" in page
    assert page.index("Missed, fitted period") < page.index("Met, fitted period")
    assert len(page) < 2_500_000
    figures = {path.name: path.read_bytes() for path in (backtested / "figures").iterdir()}
    assert {"targets.png", "prices_2010_2014.png", "prices_2015_2024.png", "rises_2011.png"} <= set(figures)
    assert main(["report", str(backtested)]) == 0
    assert (backtested / "report.html").read_text(encoding="utf-8") == page
    assert {path.name: path.read_bytes() for path in (backtested / "figures").iterdir()} == figures
    assert main(["report", str(backtested), "--figure", "errors", "--width", "88mm"]) == 0
    assert main(["report", str(backtested), "--figure", "eror"]) == 2
    assert "did you mean `errors`" in capsys.readouterr().err


def test_a_number_of_a_backtest_says_where_it_comes_from(
    backtested: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(backtested), "--number", "Mountain Pass, mined in 2020"]) == 0
    said = capsys.readouterr().out
    manifest = json.loads((backtested / "manifest.json").read_text())
    assert all(word in said for word in ("record 22800.0", manifest["parts"]["history_02"], "--draws 2"))
    assert manifest["evidence_hash"] in said
    assert main(["report", str(backtested), "--number", "Mountain Pass, mined in 2021"]) == 2
    assert "did you mean `Mountain Pass, mined in 2020`" in capsys.readouterr().err


def test_verify_holds_a_backtest_against_its_manifest(
    backtested: Path,
    tmp_path: Path,
    flat: Flat,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from coercivity.experiments.validation import backtest

    again = {FIRST: (2009, 5), SECOND: (2014, 10)}

    monkeypatch.setattr(
        backtest, "_run", lambda task: flat(Evidence(evidence_dir()), *again[task[0].scenario])
    )
    assert main(["verify", str(backtested), "--runs", "2"]) == 0
    assert "all 2 draws replayed again are the same" in capsys.readouterr().out
    again[FIRST] = (2009, 1)
    assert main(["verify", str(backtested)]) == 1
    changed = shutil.copytree(backtested, tmp_path / "changed")
    scores = changed / "scores.json"
    scores.write_text(scores.read_text().replace('"median": 1.0,', '"median": 1.5,'), encoding="utf-8")
    assert main(["verify", str(changed)]) == 2
    assert "was changed after it was made" in capsys.readouterr().err
