"""Forecasts as distributions: scores against formulas, what the fits may read, what is registered."""

import hashlib
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import conf_dir, evidence_dir
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.forecasts import posterior
from coercivity.experiments.forecasts.carried import carry
from coercivity.experiments.forecasts.discrepancy import GridPrior, fit_discrepancy, sample_discrepancy
from coercivity.experiments.forecasts.emulator import emulate
from coercivity.experiments.forecasts.replays import (
    FITTED,
    MAKERS,
    OTHERS,
    QUOTA_ONLY,
    VARIANTS,
    plan_futures,
)
from coercivity.experiments.forecasts.rivals import rival_samples
from coercivity.experiments.forecasts.rules import KINDS, Rules, read_rules
from coercivity.experiments.forecasts.score import discrepancies, score_forecasts
from coercivity.experiments.forecasts.scoring import crps, energy_scores, judge_pit, skill
from coercivity.experiments.forecasts.sealed import ELEMENTS, FILE, tabulate
from coercivity.experiments.forecasts.words import bars, section
from coercivity.experiments.measures.comparison import Comparison, ComparisonRow
from coercivity.experiments.studies.benchmarks import JUDGES
from coercivity.experiments.validation.history_fit import Trial, priors
from coercivity.experiments.validation.history_targets import targets
from coercivity.model.inputs.evidence import Evidence, is_dated

PRIOR = GridPrior(0.5, 0.3, 0.95, (6, 8, 3))


@pytest.fixture(scope="module")
def rules() -> Rules:
    quick = {
        "samples": 4,
        "resamples": 60,
        "discrepancy": {"samples_grid": [5, 6, 3]},
        "pit_test": {"worlds": 60},
    }
    read = read_rules(evidence_dir())
    values = {k: {**v, **quick[k]} if k in quick and isinstance(v, dict) else quick.get(k, v)
              for k, v in read.values.items()}  # fmt: skip
    return replace(read, values=values)


@pytest.fixture(scope="module")
def rows(rules: Rules) -> pd.DataFrame:
    """Futures in which levels wander."""
    rng = np.random.default_rng(3)
    found = []
    for variant in (FITTED, *VARIANTS, QUOTA_ONLY):
        years = range(2010, 2015) if variant == FITTED else range(2015, 2025)
        for kind in KINDS:
            for future in range(1 if variant == QUOTA_ONLY else 5):
                for series in rules.series(kind):
                    found += [
                        (variant, future, kind, series, year, 0.3 * rng.standard_normal()) for year in years
                    ]
    return pd.DataFrame(found, columns=["variant", "future", "kind", "series", "year", "level"])


def test_scores_are_those_of_the_formulas() -> None:
    draws = np.random.default_rng(0).standard_normal((1, 1, 40_000))
    x = 0.3
    normal = (
        x * math.erf(x / math.sqrt(2))
        + 2 * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
        - 1 / math.sqrt(math.pi)
    )
    record = np.full((1, 1), x)
    assert crps(draws, record)[0, 0] == pytest.approx(normal, abs=0.01)
    assert energy_scores(draws, record)[0] == pytest.approx(normal, abs=0.03)
    same = skill(np.ones((2, 9)), np.ones((2, 9)), [3, 4], 50, 1)
    assert same.value == 0.0 and same.intervals[3] == (0.0, 0.0)


def test_the_pit_test_lets_its_own_draws_pass_and_rejects_others() -> None:
    samples = np.random.default_rng(1).standard_normal((4, 10, 2000))
    power = {"shifted": [1.0, 1.0]}
    own = judge_pit(samples, samples[..., 7], 200, power, 5)
    assert own.p > 0.05 and own.power["shifted"] > 0.95
    assert judge_pit(samples, np.full((4, 10), 1.5), 200, power, 5).p < 0.01


def test_a_discrepancy_has_a_floor_and_monthly_steps_make_years() -> None:
    found = fit_discrepancy(["a", "b"], np.zeros((2, 4)), np.zeros((8, 8)), [1, 2, 3, 5], PRIOR)
    assert found.s.min() > PRIOR.floor
    rng = np.random.default_rng(2)
    yearly = sample_discrepancy({"g": found}, [1.0, 2.0], 20_000, rng)
    monthly = sample_discrepancy({"g": found}, [(m + 1) / 12 for m in range(24)], 20_000, rng)[:, [11, 23]]
    assert np.allclose(yearly.std(axis=-1), monthly.std(axis=-1), rtol=0.05)
    assert np.corrcoef(yearly[0, 1], yearly[1, 1])[0, 1] > 0.1


def test_no_figure_dated_after_2014_enters_spread_discrepancy_or_rivals(
    rules: Rules, rows: pd.DataFrame
) -> None:
    known, whole = rules.known(Evidence(evidence_dir())).watched(), Evidence(evidence_dir()).watched()
    for kind in KINDS:
        discrepancies(rows, kind, rules, known)
        rival_samples(known, kind, rules.groups(kind), 10, 8, 1)
    tasks = plan_futures(rules, whole, 4)
    assert any("market.stream.use" in word for task in tasks for word in task.settings)
    read = (known.read or set()) | (whole.read or set())
    assert {fact.file for fact in read} >= {"prices.csv", "account_2014.csv", "uncertainty.csv"}
    assert not [f"{f.file}:{f.line}" for f in read if is_dated(f) and f.year > rules.last]


def test_every_registered_score_is_told_misses_first(rules: Rules, rows: pd.DataFrame) -> None:
    assert rules.changed == ()
    scores = score_forecasts(rows, rules, Evidence(evidence_dir()))
    for kind in KINDS:
        lines = scores.kinds["conditional"][kind].lines
        rivals = set(rules["rivals"]) if kind == "prices" else {"same", "walk_0914", "trend", "quota_only"}
        assert set(lines) == {"model", "model alone", *rivals}
    met = [bar[3] for bar in bars(scores, rules)]
    assert met == sorted(met) and len(met) == 8
    text = section(scores, rules)
    assert rules.digest in text and text.index("registered bars are missed") < text.index(
        "Conditional, prices"
    )


def test_an_emulator_predicts_what_it_has_not_seen() -> None:
    rng = np.random.default_rng(4)
    x = rng.random((60, 2))
    made = emulate(x, np.sin(3 * x[:, 0]) + x[:, 1])
    mean, _ = made(np.array([[0.5, 0.5]]))
    assert made.left_out > 0.99 and mean[0] == pytest.approx(math.sin(1.5) + 0.5, abs=0.02)


def test_a_posterior_leans_to_what_meets_the_record(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posterior, "DRAWN", 400)
    known = priors(Evidence(evidence_dir()).until(rules.last))[:2]
    aim = targets(Evidence(evidence_dir()), "fitted")[0]
    rng = np.random.default_rng(5)
    trials = []
    for number, (a, b) in enumerate(rng.random((30, 2))):
        values = {p.name: p.low + u * (p.high - p.low) for p, u in zip(known, (a, b), strict=True)}
        trials.append(Trial(number, values, 1.0, {aim.name: aim.record * math.exp(2.0 * a)}))
    found = posterior.draw_posterior(trials, known, [aim], rules)
    assert 20 < found.effective < 400 and found.emulated[aim.name] > 0.9
    assert np.median(found.draws[:, 0]) < 0.5 * (known[0].low + known[0].high)


def test_a_sealed_table_has_every_series_with_and_without_discrepancy() -> None:
    rows = pd.DataFrame(
        [(f"{e} oxide in China", group, "USD/kg", "2025-04", 0.79, 50.0 + future, future)
         for group, elements in ELEMENTS.items() for e in elements for future in range(3)]
        + [(maker, "magnets", "t blanks", "2026", 2.0, 900.0, f)
           for maker in (*MAKERS, OTHERS) for f in range(3)],
        columns=["series", "group", "unit", "period", "time", "value", "future"],
    )  # fmt: skip
    table = tabulate(rows, 50, 1, with_discrepancy=True)
    assert len(table) == 2 * 8
    alone, wide = (table[table["form"] == form].iloc[0] for form in ("model alone", "with discrepancy"))
    assert float(wide["p05"]) < float(alone["p05"]) <= float(alone["p95"]) < float(wide["p95"])
    assert table.equals(tabulate(rows, 50, 1, with_discrepancy=True))


def test_every_benchmark_is_judged_from_runs_that_are_made() -> None:
    told = read_yaml(conf_dir() / "trial" / "benchmarks.yaml")
    assert set(told["benchmarks"]) == set(JUDGES)
    assert all(set(known["runs"]) <= set(told["runs"]) for known in told["benchmarks"].values())


def test_the_sealed_table_is_the_one_whose_hash_was_told() -> None:
    docs = conf_dir().parent / "docs"
    digest = hashlib.sha256((docs / "data" / FILE).read_bytes()).hexdigest()
    assert digest in (docs / "validation.md").read_text(encoding="utf-8")


def test_bands_of_a_comparison_carry_what_the_model_missed() -> None:
    """Levels widen, a ratio of two scenarios does not, and what has no discrepancy stays as it was."""
    price = ComparisonRow(
        "price of Dy oxide, mean", "OUTSIDE", "USD/kg", 0, True,
        {"a": 200.0, "b": 400.0}, {"a": (190.0, 200.0, 210.0), "b": (380.0, 400.0, 420.0)},
    )  # fmt: skip
    other = replace(price, indicator="price of Dy oxide, peak")
    held = Comparison({"a": "A", "b": "B"}, [price, other], "2025-01", "2035-01", "quarter", (0, 1, 2))
    found = carry(held, 2024)
    wide, same = found.rows
    assert same == other
    before, after = price.band("a"), wide.band("a")
    assert before and after and after.high / after.low > 1.5 * before.high / before.low
    ratio = wide.ratio_band("b", "a")
    assert ratio and ratio.low == pytest.approx(2.0) and ratio.high == pytest.approx(2.0)
    assert "missed to 2014" in found.futures
    with pytest.raises(UserError, match="none of these prices"):
        carry(replace(held, rows=[other]), 2024)
