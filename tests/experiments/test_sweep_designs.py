"""Designs: what is drawn, what is shared, and what is read from files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

SAMPLE = (
    "market.elasticity=interval(0.5,2)",
    "market.price_floor=tag(log,interval(1,100))",
    "clock.step=year",
)


def design(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "design.parquet")


def swept(coercivity, folder: Path, *words: object) -> pd.DataFrame:
    got = coercivity("sweep", *words, "--workers", 1, "--out", folder)
    assert got.code == 0, got.err
    return design(folder)


def test_policies_meet_the_same_futures(coercivity, tmp_path: Path) -> None:
    words = (*SAMPLE, "scenario=baseline,embargo", "--design", "latin-hypercube", "--samples", 8)
    rows = swept(coercivity, tmp_path / "a", *words, "--study-seed", 5)
    assert list(rows["scenario"]) == ["baseline", "embargo"] * 8
    uncertain = ["market.elasticity", "market.price_floor", "seed"]
    assert (rows.groupby("future")[uncertain].nunique() == 1).all().all()
    assert rows["seed"].nunique() == 8
    slices = np.sort(((rows["market.elasticity"][::2] - 0.5) / 1.5 * 8).astype(int))
    assert list(slices) == list(range(8))
    logs = np.sort((np.log(rows["market.price_floor"][::2]) / np.log(100) * 8).astype(int))
    assert list(logs) == list(range(8))
    pd.testing.assert_frame_equal(rows, swept(coercivity, tmp_path / "b", *words, "--study-seed", 5))
    other = swept(coercivity, tmp_path / "c", *words, "--study-seed", 6)
    assert not other["market.elasticity"].isin(rows["market.elasticity"]).any()


@pytest.mark.parametrize(("kind", "samples", "rows"), [("sobol", 4, 16), ("morris", 3, 9)])
def test_designs_for_indices_keep_one_seed(kind, samples, rows, coercivity, tmp_path: Path) -> None:
    made = swept(coercivity, tmp_path / "x", *SAMPLE, "--design", kind, "--samples", samples, "seed=7")
    assert len(made) == rows
    folder = swept(coercivity, tmp_path / "y", *SAMPLE, "--design", kind, "--samples", samples)
    assert folder["seed"].nunique() == 1


def test_rows_come_from_a_file(coercivity, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(
        "scenario,market.elasticity,seed\nbaseline,0.5,1\nembargo,0.5,1\nembargo,,2\n"
    )
    words = ("clock.step=year", "--design", "list", "--rows", tmp_path / "rows.csv")
    rows = swept(coercivity, tmp_path / "x", *words)
    assert list(rows["future"]) == [0, 0, 1]
    assert rows["market.elasticity"].isna().tolist() == [False, False, True]
    (tmp_path / "bad.csv").write_text("market.elastisity\n1\n")
    got = coercivity("sweep", "--design", "list", "--rows", tmp_path / "bad.csv", "--out", tmp_path / "y")
    assert got.code == 2
    assert "did you mean `elasticity`" in got.err


def test_draws_of_a_posterior_follow_their_weights(coercivity, tmp_path: Path) -> None:
    (tmp_path / "draws.csv").write_text("market.elasticity,weight\n0.5,3\n1.5,1\n2.5,0\n")
    words = ("--design", "posterior", "--rows", tmp_path / "draws.csv", "--samples", 200)
    rows = swept(coercivity, tmp_path / "x", "clock.step=year", "clock.end=2026-01", *words)
    share = rows["market.elasticity"].value_counts(normalize=True)
    assert share[0.5] == pytest.approx(0.75, abs=0.1)
    assert 2.5 not in share
    assert rows["seed"].nunique() == 200


def test_a_named_experiment(coercivity, tmp_path: Path) -> None:
    rows = swept(coercivity, tmp_path / "x", "experiment=toy")
    assert list(rows["policy"]) == ["nothing", "ban and stocks"] * 5
    assert rows["state.japan.lever.stockpile.days"].dropna().tolist() == ["90"] * 5
    assert rows["market.price_floor"].between(1, 9).all()
    assert coercivity("analyse", tmp_path / "x").code == 0
    listed = coercivity("list", "experiments").out
    assert "coercivity sweep experiment=toy" in listed
    assert "verify" not in listed and "run folder" not in listed  # experiments, not commands
    fewer = swept(coercivity, tmp_path / "y", "experiment=toy", "--samples", 2, "clock.end=2026-01")
    assert len(fewer) == 4
    assert "did you mean `toy`" in coercivity("sweep", "experiment=tuy").err


def test_ranges_are_rows_of_evidence(coercivity, tmp_path: Path) -> None:
    from coercivity.experiments.base.paths import evidence_dir
    from coercivity.experiments.config.uncertainty import read_uncertainties

    first, second = read_uncertainties("default", evidence_dir())
    assert (first.low, first.high, first.unit, first.confidence) == (50.0, 70.0, "USD/kg", "estimate")
    assert second.values == ("highs", "pyomo")
    got = coercivity("sweep", "--design", "sobol", "--samples", 4, "--uncertainty", "defualt")
    assert "did you mean `default`" in got.err


MISTAKES = {
    "not a power of two": ((*SAMPLE, "--design", "sobol", "--samples", 6), "a power of two, such as 8"),
    "nothing uncertain": (("--design", "morris", "--samples", 4), "needs uncertainties"),
    "no file": (("--design", "list"), "needs --rows FILE"),
    "file that is not there": (("--design", "list", "--rows", "nowhere.csv"), "there is no such file"),
    "endless": (("seed=range(0,1000000000)",), "gives more than 20,000,000 values"),
    "no samples": ((*SAMPLE, "--design", "latin-hypercube"), "needs at least 1"),
    "interval the wrong way": (("seed=interval(2,1)", "--design", "morris"), "its lower end first"),
    "beyond what is allowed": (
        ("market.elasticity=interval(0.5,9)", "--design", "latin-hypercube", "--samples", 2),
        "at most 5",
    ),
    "workers": (("seed=1,2", "--workers", 0), "at least 1"),
    "part": (("seed=1,2", "--part", "0/2"), "--part goes with --continue"),
    "array": (("seed=1,2", "--array", 2), "--array goes with --engine slurm"),
    "address": (("seed=1,2", "--address", "here:1"), "--address goes with --engine ray"),
    "samples of a grid": (("seed=1,2", "--samples", 8), "--samples goes with --design latin-hypercube"),
    "study seed of a grid": (("seed=1,2", "--study-seed", 8), "--study-seed goes with --design"),
    "tables of what is there": (("--continue", "x", "--tables", "prices"), "leave settings and design out"),
    "table": (("seed=1,2", "--tables", "price"), "did you mean `prices`"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named(name: str, coercivity, tmp_path: Path) -> None:
    words, said = MISTAKES[name]
    got = coercivity("sweep", *words, "--out", tmp_path / "x")
    assert got.code == 2
    assert said in got.err
    assert "Traceback" not in got.err
    assert list(tmp_path.iterdir()) == []


SHIPPED = Path(__file__).parents[2] / "conf" / "experiment"
EXPERIMENTS = sorted(path.stem for path in SHIPPED.glob("*.yaml") if "coercivity sweep" in path.read_text())


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_that_is_shipped_can_be_planned(name: str, typed_here) -> None:
    got = typed_here("sweep", f"experiment={name}", "--plan")
    assert got.code == 0, got.err
    stated = (SHIPPED / f"{name}.yaml").read_text()
    assert stated.split()[1] in got.err  # the number of runs its first line promises


@pytest.mark.proof
def test_the_real_model_is_swept(real, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    words = ("clock.end=2025-04", "scenario=baseline,restrictions_2025", "--workers", 2, "--out", out)
    got = real("sweep", *words)
    assert got.code == 0, got.err
    assert "2 runs, none failed" in got.out
    got = real("verify", out, "--runs", 1)
    assert got.code == 0, got.err
    got = real("analyse", out, "--json")
    assert got.code == 0, got.err
