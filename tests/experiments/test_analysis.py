"""Analyses against answers known beforehand: Ishigami's function, planted boxes, planted regrets."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coercivity.experiments.analysis.discovery import failing
from coercivity.experiments.analysis.findings import _overlap
from coercivity.experiments.analysis.sensitivity import Index
from coercivity.experiments.config.uncertainty import Uncertainty
from coercivity.experiments.sweeps import dataset
from coercivity.experiments.sweeps.plan import make_plan, stored_design
from coercivity.experiments.sweeps.question import OutcomeSpec, SweepSpec
from coercivity.experiments.sweeps.shard import SummaryRow, failure_record, success_record, write_shard

X = ("market.elasticity", "market.price_floor", "firm.stock.cover")
LONG = OutcomeSpec(name="y", indicator="y", jurisdiction="CN", better="lower", good=0.0)
Answer = Callable[[Mapping[str, Any]], float | None]


@pytest.fixture
def filled(toy: None, tmp_path: Path) -> Callable[..., Path]:
    """A dataset whose runs answer by a function of their row."""

    def fill(
        kind: str,
        samples: int,
        answer: Answer,
        policies: Sequence[str] = ("baseline",),
        unit: str = "USD",
    ) -> Path:
        from coercivity.experiments.base.paths import evidence_dir
        from coercivity.experiments.config.compose import compose
        from coercivity.experiments.runs.store import make_manifest, write_config

        question = SweepSpec(
            "known",
            "A known answer",
            kind,
            (),
            {name: (f"scenario={name}",) for name in policies},
            tuple(Uncertainty(key, 0.5, 1.5) for key in X),
            samples,
            1,
            outcomes=(LONG,),
        )
        plan, design = make_plan(question, evidence_dir(), ())

        def about(folder: Path) -> None:
            write_config(folder, compose().values)
            manifest = make_manifest(
                compose(), evidence_dir(), "sweep", 0.0, parts=dict(plan.parts), status="begun"
            )
            manifest.write(folder)

        folder = tmp_path / "known"
        dataset.begin(folder, plan, design.write, about)
        records = []
        for number, row in stored_design(folder).rows(0, plan.runs):
            value = answer(row)
            good = value is not None
            records.append(
                success_record(number, [SummaryRow("y", "CN", unit, value)], 0.1)  # type: ignore[arg-type]
                if good
                else failure_record(number, "broke", 0.1)
            )
        for first in range(0, len(records), 1000):
            write_shard(folder / "summary", plan.hash, records[first : first + 1000])
        dataset.tidy_up(folder, plan)
        return folder

    return fill


def ishigami(row: Mapping[str, Any]) -> float:
    a, b, c = (2 * math.pi * (row[key] - 1.0) for key in X)
    return math.sin(a) + 7 * math.sin(b) ** 2 + 0.1 * c**4 * math.sin(a)


FIRST, TOTAL = (0.314, 0.442, 0.0), (0.558, 0.442, 0.244)  # Ishigami and Homma (1990), a = 7, b = 0.1


def found_of(folder: Path) -> dict[str, Any]:
    from coercivity.experiments.analysis.analyse import load_analysis

    answers, found = load_analysis(folder)
    return found.as_dict(answers)


def test_sobol_indices_of_a_known_function(filled, tmp_path: Path) -> None:
    folder = filled("sobol", 1024, ishigami)
    found = found_of(folder)["sensitivity"]
    for key, first, total in zip(X, FIRST, TOTAL, strict=True):
        for measure, known in (("alone", first), ("total", total)):
            (index,) = [one for one in found if (one["factor"], one["measure"]) == (key, measure)]
            assert index["low"] - 0.03 <= known <= index["high"] + 0.03
            assert index["value"] == pytest.approx(known, abs=0.06)


def test_a_failed_run_takes_its_block_and_no_more(filled, tmp_path: Path) -> None:
    folder = filled("sobol", 256, lambda row: None if 1.2 < row[X[0]] < 1.21 else ishigami(row))
    found = found_of(folder)["sensitivity"]
    assert 0 < found[0]["runs"] < 256 * 5
    (total,) = [one for one in found if (one["factor"], one["measure"]) == (X[0], "total")]
    assert total["value"] == pytest.approx(TOTAL[0], abs=0.15)


def test_a_sample_gives_first_order_shares(filled, tmp_path: Path) -> None:
    found = found_of(filled("latin-hypercube", 2000, ishigami))["sensitivity"]
    values = {one["factor"]: one["value"] for one in found}
    for key, known in zip(X, FIRST, strict=True):
        assert values[key] == pytest.approx(known, abs=0.06)


def test_morris_ranks_a_linear_function(filled, tmp_path: Path) -> None:
    folder = filled("morris", 8, lambda row: 3 * row[X[0]] - row[X[1]])
    found = {one["factor"]: one for one in found_of(folder)["sensitivity"]}
    assert [round(found[key]["value"], 9) for key in X] == [3.0, 1.0, 0.0]
    assert [found[key]["sign"] for key in X] == [1.0, -1.0, 0.0]


def test_prim_finds_a_planted_box(filled, tmp_path: Path) -> None:
    def answer(row: Mapping[str, Any]) -> float:
        return 1.0 if row[X[0]] > 1.1 and row[X[1]] < 0.9 else -1.0

    box = found_of(filled("latin-hypercube", 800, answer))["failures"][0]
    assert box["density"] > 0.9
    assert box["coverage"] > 0.8
    assert box["base"] == pytest.approx(0.16, abs=0.02)
    limits = {limit["factor"]: limit for limit in box["limits"]}
    assert set(limits) == set(X[:2])  # and no limit on what does not matter
    assert limits[X[0]]["low"] == pytest.approx(1.1, abs=0.05)
    assert limits[X[1]]["high"] == pytest.approx(0.9, abs=0.05)


def test_no_box_in_noise(filled, tmp_path: Path) -> None:
    noise = np.random.default_rng(1)
    found = found_of(filled("latin-hypercube", 400, lambda row: float(noise.normal())))
    assert all(box["density"] < 1.5 * box["base"] for box in found["failures"])
    assert all(one["low"] < 0.03 for one in found["sensitivity"])


def test_regret_and_paired_differences(filled, tmp_path: Path) -> None:
    def answer(row: Mapping[str, Any]) -> float:
        return float(row[X[0]]) - (0.25 if row["scenario"] == "embargo" else 0.0)

    found = found_of(filled("latin-hypercube", 100, answer, ("baseline", "embargo")))
    baseline, embargo = found["robustness"]
    assert (embargo["regret_most"], embargo["best"]) == (0.0, 1.0)
    assert (baseline["regret_mean"], baseline["regret_most"]) == pytest.approx((0.25, 0.25))
    (change,) = found["differences"]
    assert (change["mean"], change["low"], change["high"], change["better"]) == pytest.approx(
        (-0.25, -0.25, -0.25, 1.0)
    )


def test_rounding_is_never_a_finding(filled, tmp_path: Path) -> None:
    def answer(row: Mapping[str, Any]) -> float:
        return 300.0 + 1e-11 * float(row[X[0]]) - (6e-12 if row["scenario"] == "embargo" else 0.0)

    folder = filled("latin-hypercube", 60, answer, ("baseline", "embargo"))
    found = found_of(folder)
    assert found["sensitivity"] == found["failures"] == []
    (change,) = found["differences"]
    assert (change["mean"], change["low"], change["high"], change["better"]) == (0.0, 0.0, 0.0, 0.0)
    assert {one["regret_most"] for one in found["robustness"]} == {0.0}
    assert {one["best"] for one in found["robustness"]} == {1.0}


@pytest.mark.parametrize("kind", ["sobol", "morris"])
def test_rounding_has_no_indices_in_designs_made_for_them(kind: str, filled, tmp_path: Path) -> None:
    assert found_of(filled(kind, 8, lambda row: 1e6 + 1e-8 * row[X[0]]))["sensitivity"] == []


@pytest.mark.parametrize("kind", ["sobol", "morris", "latin-hypercube"])
def test_what_is_told_as_nought_is_not_ranked(kind: str, filled, tmp_path: Path) -> None:
    """Shares are told to a tenth of a point: what moves one by less moves nothing, and nothing is ranked."""
    from coercivity.experiments.analysis.analyse import analyse

    def answer(row: Mapping[str, Any]) -> float:
        return 0.3 + 2e-4 * float(row[X[0]]) - (1e-4 if row["scenario"] == "embargo" else 0.0)

    folder = filled(kind, 40 if kind == "latin-hypercube" else 8, answer, ("baseline", "embargo"), "share")
    _, said = analyse(folder, tmp_path / "page")
    assert any("Nothing that was varied moves y visibly: it stays within 0.0 points." in one for one in said)
    assert not any(word in one for one in said for word in ("decides", "regretted", "Mean change")), said
    assert found_of(folder)["sensitivity"] == []


def test_a_factor_that_moves_nothing_is_not_named_beside_one_that_does(filled, tmp_path: Path) -> None:
    from coercivity.experiments.analysis.analyse import analyse

    folder = filled("morris", 8, lambda row: 0.1 * row[X[0]] + 2e-4 * row[X[1]], unit="share")
    (decides,) = [one for one in analyse(folder, tmp_path / "page")[1] if one.startswith("What decides")]
    assert "elasticity" in decides and decides.count("points") == 2, decides


def test_no_interval_comes_from_a_few_points(filled, tmp_path: Path) -> None:
    def answer(row: Mapping[str, Any]) -> float:
        return float(row[X[0]]) - (0.25 if row["scenario"] == "embargo" else 0.0)

    found = found_of(filled("latin-hypercube", 3, answer, ("baseline", "embargo")))
    (change,) = found["differences"]
    assert change["mean"] == pytest.approx(-0.25)
    assert change["low"] is change["high"] is None
    assert {one["good_low"] for one in found["robustness"]} == {None}


@pytest.mark.parametrize("kind", ["sobol", "morris"])
def test_no_index_comes_from_a_few_blocks(kind: str, filled, tmp_path: Path) -> None:
    assert found_of(filled(kind, 2, ishigami))["sensitivity"] == []


def test_policies_that_answer_alike_are_not_ranked(filled, tmp_path: Path) -> None:
    from coercivity.experiments.analysis.analyse import analyse

    folder = filled("latin-hypercube", 12, lambda row: float(row[X[0]]), ("baseline", "embargo"))
    _, said = analyse(folder, tmp_path / "page")
    assert said[0].startswith("Baseline and embargo gave the same numbers in every future")
    assert not any("regretted least" in sentence for sentence in said)


def test_analyse_from_the_command_line(coercivity, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    words = ("market.elasticity=interval(0.5,2)", "scenario=baseline,embargo", "clock.step=year")
    sample = ("--design", "latin-hypercube", "--samples", 40, "--study-seed", 3)
    assert coercivity("sweep", *words, *sample, "--workers", 1, "--out", out).code == 0
    got = coercivity("analyse", out, "--outcome", "price of Dy oxide, mean@CN<=200", "--json")
    assert got.code == 0, got.err
    found = json.loads(got.out)
    assert found["dataset"]["made"] == 80
    assert found["sensitivity"][0]["factor"] == "market.elasticity"
    assert found["sensitivity"][0]["sign"] == pytest.approx(-1.0)
    names = {path.name for path in (out / "analysis" / "figures").glob("*.png")}
    assert names == {
        f"{n}.png" for n in ("levels", "distributions", "sensitivity", "failures", "regret", "differences")
    }
    html = (out / "analysis" / "report.html").read_text()
    assert "fails (price of Dy oxide, mean in China above 200 USD/kg)" in html
    assert html.count("<figure ") == html.count("aria-describedby=") == len(names)
    got = coercivity("analyse", out, "--outcome", "price of Dy oxid, mean@CN")
    assert got.code == 2
    assert "did you mean `price of Dy oxide, mean@CN`" in got.err
    assert "did you mean `embargo`" in coercivity("analyse", out, "--reference", "embrago").err
    assert coercivity("analyse", tmp_path).code == 2


def test_the_level_of_welfare_is_not_told() -> None:
    y = np.arange(20.0)
    welfare = OutcomeSpec(name="welfare of all", indicator="welfare", jurisdiction="WORLD", better="higher")
    price = OutcomeSpec(
        name="price", indicator="price of Dy oxide, mean", jurisdiction="OUTSIDE", better="lower"
    )
    bad, words = failing(welfare, y, "million USD")
    assert bad[:3].all()
    assert words.startswith("the worst")
    assert "million" not in words
    assert "USD/kg" in failing(price, y, "USD/kg")[1]


@pytest.mark.parametrize(("low", "said"), [(0.35, True), (0.52, False)])
def test_intervals_that_overlap_are_owned_up_to(low: float, said: bool) -> None:
    first = [Index("price", "a", "market.elasticity", "S1", 0.6, low, 0.7, math.nan, 100)]
    second = [Index("price", "a", "market.demand_level", "S1", 0.4, 0.3, 0.5, math.nan, 100)]
    assert _overlap(first, second) is said
