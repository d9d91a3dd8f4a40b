"""Sweeps as a user types them, over the toy model: the same answers whoever makes them."""

import json
import re
import signal
import time
from pathlib import Path

import pandas as pd
import pytest

SWEEP = ("sweep", "scenario=baseline,embargo", "seed=range(0,12)", "clock.step=year")


def content(folder: Path) -> str:
    return str(json.loads((folder / "manifest.json").read_text())["tables"]["summary"]["sha256"])


def summary(folder: Path) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(path) for path in sorted((folder / "summary").glob("part-*.parquet"))])


def test_a_sweep_answers_what_a_comparison_shows(coercivity, tmp_path: Path) -> None:
    got = coercivity(*SWEEP, "--workers", 1, "--out", tmp_path / "sweep")
    assert got.code == 0, got.err
    assert "24 runs, none failed" in got.out
    rows = summary(tmp_path / "sweep").set_index(["run", "indicator", "jurisdiction"])["value"]
    design = pd.read_parquet(tmp_path / "sweep" / "design.parquet")
    assert list(design["scenario"]) == ["baseline"] * 12 + ["embargo"] * 12
    assert list(design["seed"]) == [*range(12), *range(12)]
    assert list(design["future"]) == [*range(12), *range(12)]
    out = tmp_path / "compare"
    words = ("clock.step=year", "seed=3", "--workers", 1, "--out", out)
    coercivity("compare", "baseline", "embargo", *words)
    shown = pd.read_csv(out / "compare.csv").set_index(["indicator", "jurisdiction"])
    price = ("price of Dy oxide, mean", "CN")
    assert rows[(3, *price)] == pytest.approx(shown.loc[price, "baseline"])
    assert rows[(15, *price)] == pytest.approx(shown.loc[price, "embargo"])
    levels = rows[(15, "welfare", "WORLD")] - rows[(3, "welfare", "WORLD")]
    assert levels == pytest.approx(shown.loc[("welfare change", "WORLD"), "embargo"])


@pytest.mark.proof
def test_answers_do_not_depend_on_shards_or_processes(coercivity, toy_typed, tmp_path: Path) -> None:
    hows = {"one": ("--workers", 1), "small": ("--workers", 1, "--shard-size", 3), "two": ("--workers", 2)}
    for name, how in hows.items():
        assert toy_typed(*SWEEP, *how, "--out", tmp_path / name).code == 0
    found = {content(tmp_path / name) for name in hows}
    assert len(found) == 1
    for name in hows:  # few files, whatever the shards were
        assert sum(path.is_file() for path in (tmp_path / name).rglob("*")) <= 7


def test_the_same_command_again_makes_nothing_again(coercivity, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    assert coercivity(*SWEEP, "--workers", 1, "--out", out).code == 0
    before = {path: path.stat().st_mtime_ns for path in (out / "summary").iterdir()}
    assert coercivity(*SWEEP, "--workers", 1, "--out", out).code == 0
    assert {path: path.stat().st_mtime_ns for path in (out / "summary").iterdir()} == before
    assert coercivity("sweep", "--continue", out).code == 0


def test_a_run_that_fails_is_a_row(coercivity, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    words = ("sweep", "seed=range(660,670)", "clock.step=year", "--workers", 1, "--out", out)
    got = coercivity(*words)
    assert got.code == 1
    assert "1 of 10 runs failed, more than the share of 0.05" in got.err
    failures = pd.read_parquet(out / "failures.parquet")
    assert failures[["run", "seed", "error"]].to_numpy().tolist() == [
        [6, 666, "ArithmeticError: the matrix is singular"]
    ]
    assert set(summary(out)["run"]) == {*range(10)} - {6}
    assert coercivity(*words, "--max-failures", 0.2).code == 0


def test_failures_may_be_made_again(coercivity, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import fake_model

    out = tmp_path / "sweep"
    words = ("sweep", "seed=range(0,6)", "clock.step=year", "--workers", 1, "--out", out)
    step = fake_model.World.step
    with monkeypatch.context() as broken:
        broken.setattr(fake_model.World, "step", lambda world: 1 / (world.settings.seed - 4) and step(world))
        assert coercivity(*words).code == 1
    assert coercivity(*words).code == 1  # not by itself
    assert coercivity(*words, "--retry-failures").code == 0
    assert coercivity(*words[:-1], tmp_path / "undisturbed").code == 0
    assert content(out) == content(tmp_path / "undisturbed")
    assert len(pd.read_parquet(out / "failures.parquet")) == 0


@pytest.mark.proof
def test_a_run_that_takes_its_process_down_is_a_row(toy_typed, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    got = toy_typed(*SWEEP, "--workers", 2, "--out", out, TOY_DIES_AT="7", TOY_DIES_IN="embargo")
    assert got.code == 0, got.err
    failures = pd.read_parquet(out / "failures.parquet")
    assert failures[["run", "error"]].to_numpy().tolist() == [
        [19, "the process of this run died 3 times (signal SIGKILL)"]
    ]
    assert len(set(summary(out)["run"])) == 23


def test_tables_are_kept_on_request(coercivity, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    words = (*SWEEP, "--tables", "prices,events", "--shard-size", 5, "--workers", 1, "--out", out)
    assert coercivity(*words).code == 0
    files = list((out / "tables" / "prices").iterdir())
    assert len(files) == 1
    prices = pd.read_parquet(files[0])
    assert list(prices.columns[:3]) == ["run", "step", "date"]
    assert list(prices["run"].unique()) == list(range(24))


@pytest.mark.parametrize(("number", "workers"), [(signal.SIGINT, 2), (signal.SIGTERM, 1)])
def test_stopping_keeps_what_is_made_and_says_how_to_go_on(
    number, workers, toy_process, toy_typed, tmp_path: Path
) -> None:
    out = tmp_path / "sweep"
    words = ("sweep", "seed=range(0,100)", "clock.step=year", "--workers", workers, "--out", out)
    process = toy_process(*words, TOY_SLEEPS="0.03")
    while not list((out / "summary").glob("part-*")):
        time.sleep(0.02)
        assert process.poll() is None, process.communicate()
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    found = re.search(r"stopped with (\d+) of 100 runs kept; go on with .*sweep --continue (\S+)", err)
    assert found, err
    assert 0 < int(found[1]) < 100
    assert toy_typed("sweep", "--continue", found[2], "--workers", 2).code == 0
    assert toy_typed(*words[:-1], tmp_path / "undisturbed").code == 0
    assert content(out) == content(tmp_path / "undisturbed")


def test_two_commands_do_not_fill_one_dataset(toy_process, toy_typed, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    words = ("sweep", "seed=range(0,300)", "clock.step=year", "--workers", 1, "--out", out)
    first = toy_process(*words, TOY_SLEEPS="0.02")
    while not list((out / "summary").glob("part-*")):
        time.sleep(0.02)
    got = toy_typed(*words)
    first.kill()
    first.communicate()
    assert got.code == 2
    assert f"is being filled by another command (process {first.pid})" in got.err


def test_an_array_job_makes_its_parts(toy_typed, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    got = toy_typed(*SWEEP, "--engine", "slurm", "--array", 3, "--out", out)
    assert got.code == 0, got.err
    script = (out / "sweep.sbatch").read_text()
    assert "#SBATCH --array=0-2" in script
    assert f'sweep --continue {out} --part "$SLURM_ARRAY_TASK_ID/3"' in script
    assert "export OMP_NUM_THREADS=1" in script
    for task in (2, 0):
        assert toy_typed("sweep", "--continue", out, "--part", f"{task}/3", "--workers", 1).code == 0
    assert {path.name[5:14] for path in (out / "summary").iterdir()} >= {"000000000", "000000016"}
    assert toy_typed("sweep", "--continue", out).code == 0  # makes the part nobody made
    assert toy_typed(*SWEEP, "--out", tmp_path / "undisturbed").code == 0
    assert content(out) == content(tmp_path / "undisturbed")


def test_a_plan_makes_nothing(coercivity, tmp_path: Path) -> None:
    got = coercivity(*SWEEP, "--plan", "--out", tmp_path / "sweep")
    assert (got.code, got.out) == (0, "")
    assert "24 runs (grid), policies: baseline, embargo" in got.err
    assert list(tmp_path.iterdir()) == []
