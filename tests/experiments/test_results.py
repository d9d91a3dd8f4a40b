"""Result folders neither lie nor destroy: what may be replaced, what is bound, what is a difference."""

import fcntl
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

RUN = ("run", "clock.step=year")
SWEEP = ("sweep", "scenario=baseline,embargo", "seed=range(0,2)", "clock.step=year")
COMPARE = ("compare", "baseline", "embargo", "clock.step=year")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("words", [RUN, COMPARE, SWEEP], ids=lambda words: words[0])
@pytest.mark.parametrize("old", [RUN, COMPARE, SWEEP], ids=lambda words: words[0])
def test_nothing_of_another_kind_is_replaced(coercivity, copy_of_result, words, old) -> None:
    if words == old:
        return
    place = copy_of_result(*old)
    before = contents(place)
    workers = () if words == RUN else ("--workers", 1)
    got = coercivity(*words, *workers, "--out", place)
    assert (got.code, contents(place)) == (2, before)
    assert f"result of `{old[0]}`" in got.err
    got = coercivity(*words, *workers, "--out", place, "--force")
    assert got.code == 0, got.err
    assert "--force deletes" in got.err
    assert coercivity("verify", place).code == 0


def test_analysis_and_export_replace_nothing_either(coercivity, copy_of_result, tmp_path: Path) -> None:
    run, sweep = copy_of_result(*RUN), copy_of_result(*SWEEP)
    before = contents(run)
    assert "is a result folder" in coercivity("analyse", sweep, "--out", run).err
    for name in ("manifest.json", "config.yaml", "prices.parquet"):
        for form in ("iamc", "ro-crate"):
            assert coercivity("export", run, "--format", form, "--out", run / name, "--force").code == 2
    assert contents(run) == before
    mine = tmp_path / "thesis.zip"
    mine.write_text("years of work")
    assert coercivity("export", run, "--format", "ro-crate", "--out", mine).code == 2
    assert mine.read_text() == "years of work"
    assert "is no file that can be written over" in coercivity("export", run, "--out", os.devnull).err


@pytest.mark.parametrize(
    "harm",
    [
        lambda place: (place / "NOTES.md").write_text("mine"),
        lambda place: (place / "figures").mkdir() or (place / "figures" / "mine.png").write_text("mine"),
        lambda place: (place / "config.yaml").write_text("mine: 1\n"),
        lambda place: (place / "link").symlink_to(place.parent),
        lambda place: (place / "manifest.json").write_text("{}"),
    ],
    ids=["notes", "figure", "config", "link", "manifest"],
)
def test_what_a_user_put_there_stays(coercivity, copy_of_result, harm: Callable[[Path], object]) -> None:
    place = copy_of_result(*RUN)
    harm(place)
    before = contents(place)
    assert coercivity(*RUN, "--out", place).code == 2
    assert contents(place) == before
    assert coercivity(*RUN, "--out", place, "--force").code == 0


def test_a_folder_that_is_no_result_is_never_replaced(coercivity, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("mine: 1\n")
    for words in (RUN, SWEEP):
        assert coercivity(*words, "--out", tmp_path, "--force").code == 2
    assert contents(tmp_path) == {"config.yaml": b"mine: 1\n"}


def test_what_came_while_it_ran_is_kept_beside_the_result(coercivity, copy_of_result, monkeypatch) -> None:
    import fake_model

    place = copy_of_result(*RUN)
    step = fake_model.World.step
    monkeypatch.setattr(
        fake_model.World, "step", lambda world: (place / "NOTES.md").write_text("mine") and step(world)
    )
    got = coercivity(*RUN, "--out", place)
    assert (got.code, (place / "NOTES.md").read_text()) == (2, "mine")
    kept = Path(got.err.strip().rpartition("kept in ")[2])
    assert coercivity("verify", kept).code == 0


def test_reports_made_anew_may_be_replaced_with_the_run(coercivity, copy_of_result) -> None:
    place = copy_of_result(*RUN)
    assert coercivity("report", place).code == 0
    assert coercivity("export", place).code == 0
    assert coercivity("verify", place).code == 0
    assert coercivity(*RUN, "--out", place).code == 0
    assert not (place / "report.html").exists()


@pytest.mark.parametrize("words", [RUN, COMPARE, SWEEP], ids=lambda words: words[0])
def test_a_place_in_use_is_left_alone(coercivity, tmp_path: Path, words) -> None:
    place = tmp_path / "out"
    with (tmp_path / ".out.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        got = coercivity(*words, "--out", place, "--force")
    assert (got.code, "filled by another command" in got.err, place.exists()) == (2, True, False)


def test_a_sweep_at_work_is_not_forced_away(coercivity, copy_of_result) -> None:
    place = copy_of_result(*SWEEP)
    before = contents(place)
    with (place / ".lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        got = coercivity(*RUN, "--out", place, "--force")
    assert (got.code, "filled by another command" in got.err) == (2, True)
    assert contents(place) == before


def test_two_at_once_cannot_both_say_success(toy_process, tmp_path: Path) -> None:
    started = [toy_process("run", f"seed={n}", "--out", tmp_path / "run", TOY_SLEEPS="0.3") for n in (1, 2)]
    codes = [process.wait(timeout=120) for process in started]
    for process in started:
        process.communicate()
    assert sorted(codes) in ([0, 2], [0, 0])  # 0, 0 where one began when the other had ended
    seed = json.loads((tmp_path / "run" / "manifest.json").read_text())["seed"]
    assert codes[seed - 1] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


def test_what_a_killed_command_left_is_cleared_or_put_back(coercivity, copy_of_result) -> None:
    place = copy_of_result(*RUN)
    before = contents(place)
    (place.parent / f".{place.name}.tmp-1").mkdir()
    place.rename(place.parent / f".{place.name}.old-1")  # killed between its two renames
    got = coercivity(*COMPARE, "--workers", 1, "--out", place)
    assert (got.code, contents(place)) == (2, before)
    assert [path.name for path in place.parent.iterdir()] == [place.name]


def test_a_link_is_followed_and_stays(coercivity, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for _ in range(2):
        assert coercivity(*RUN, "--out", tmp_path / "link").code == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "manifest.json").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "real"]
    (tmp_path / "loop").symlink_to("loop")
    assert coercivity(*RUN, "--out", tmp_path / "loop").code == 2


@pytest.mark.parametrize("words", [RUN, SWEEP], ids=lambda words: words[0])
def test_other_evidence_has_another_folder(coercivity, tmp_path: Path, monkeypatch, words) -> None:
    from coercivity.experiments.base.paths import evidence_dir
    from coercivity.experiments.runs import folders

    monkeypatch.setattr(folders, "results_dir", lambda: tmp_path / "results")
    other = shutil.copytree(evidence_dir(), tmp_path / "evidence")
    first = next(other.glob("*.csv"))
    first.write_text(first.read_text() + "\n")
    for more in ((), ("--evidence", other)):
        workers = () if words == RUN else ("--workers", 1)
        assert coercivity(*words, *workers, *more).code == 0
    assert len(list((tmp_path / "results" / words[0]).iterdir())) == 2


def _change(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a manifest as one would who knows how its digest is made."""
    from coercivity.experiments.runs.manifest import own_digest

    stored = json.loads(path.read_text())
    change(stored)
    path.write_text(json.dumps({**stored, "digest": own_digest(stored)}))


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "no tables": lambda m: m.update(tables={}),
    "a table less": lambda m: m["tables"].popitem(),
    "rows": lambda m: next(iter(m["tables"].values())).update(rows=10**12),
    "no sha256": lambda m: next(iter(m["tables"].values())).pop("sha256"),
    "sha256": lambda m: next(iter(m["tables"].values())).update(sha256="0" * 64),
    "seed": lambda m: m.update(seed=m["seed"] + 1),
    "scenario": lambda m: m.update(scenario="free_trade"),
    "kind": lambda m: m.update(kind="compare", parts={}),
    "unknown kind": lambda m: m.update(kind=["run"]),
    "config hash": lambda m: m.update(config_hash="0" * 64),
    "format": lambda m: m.update(format=1),
    "status": lambda m: m.update(status="begun" if m["kind"] != "sweep" else "done"),
    "seconds": lambda m: m.update(seconds=math.nan),
    "seed that is none": lambda m: m.update(seed=True),
    "rows that are none": lambda m: next(iter(m["tables"].values())).update(rows=True),
    "a file elsewhere": lambda m: m["files"].update({"../../etc/passwd": "0" * 64}),
    "a result elsewhere": lambda m: m["inside"].update({"..": "0" * 64}),
    "no files": lambda m: m.update(files={}),
    "files no map": lambda m: m.update(files=None),
    "parts": lambda m: m.update(parts={}, inside={}),
}


@pytest.mark.parametrize("words", [RUN, COMPARE, SWEEP], ids=lambda words: words[0])
def test_a_manifest_that_was_changed_is_noticed(coercivity, copy_of_result, words) -> None:
    """Every entry by its digest; what contradicts the rest of the folder, even with a new digest."""
    place = copy_of_result(*words)
    path = place / "manifest.json"
    good = path.read_text()
    for name, value in json.loads(good).items():
        others = {str: f"{value}x", int: 7, bool: not value, float: 1e9, dict: {"x": "y"}, list: ["x"]}
        if name not in ("derived", "digest"):
            path.write_text(json.dumps({**json.loads(good), name: others.get(type(value), "x")}))
            assert coercivity("verify", place).code == 2, name
    for name, change in CHANGES.items():
        path.write_text(good)
        try:
            _change(path, change)
        except (KeyError, StopIteration):  # a comparison has no tables
            continue
        if json.loads(path.read_text())["digest"] == json.loads(good)["digest"]:
            continue
        for command in ("verify", "report", "export") if name == "no sha256" else ("verify",):
            got = coercivity(command, place)
            assert (got.code, "coercivity: " in got.err) == (2, True), (name, command, got)
    path.write_text(good)
    assert coercivity("verify", place).code == 0


def test_a_result_that_says_it_is_another_lacks_what_that_has(coercivity, copy_of_result) -> None:
    from coercivity.experiments.runs.manifest import KINDS

    place = copy_of_result(*RUN)
    for kind in KINDS:
        _change(place / "manifest.json", lambda m, kind=kind: m.update(kind=kind))
        for command in ("report", "brief", "verify", "analyse", "export") if kind != "run" else ():
            got = coercivity(command, place)
            assert (got.code, "internal error" in got.err) == (2, False), (kind, command, got)


@pytest.mark.parametrize("words", [RUN, COMPARE, SWEEP], ids=lambda words: words[0])
def test_a_file_that_was_changed_or_taken_is_noticed(coercivity, copy_of_result, words) -> None:
    place = copy_of_result(*words)
    for path in sorted(place.rglob("*")):
        if path.is_file() and path.name != ".lock":
            kept = path.read_bytes()
            for harm in (lambda p, k: p.write_bytes(k + b"x"), lambda p, _: p.unlink()):
                harm(path, kept)
                got = coercivity("verify", place)
                assert (got.code, "internal error" in got.err) == (2, False), (path, got)
                path.write_bytes(kept)
    assert coercivity("verify", place).code == 0


def test_no_report_of_a_changed_table(coercivity, copy_of_result) -> None:
    place = copy_of_result(*COMPARE)
    path = place / "runs" / "embargo" / "prices.parquet"
    table = pd.read_parquet(path)
    table.assign(price=1.0).to_parquet(path)
    for words in (("report",), ("export",), ("report", "--number", "price of Dy oxide, mean@CN")):
        got = coercivity(words[0], place, *words[1:])
        assert (got.code, "prices.parquet was changed" in got.err) == (2, True)


@pytest.mark.parametrize("words", [RUN, COMPARE, SWEEP], ids=lambda words: words[0])
def test_rounding_is_told_from_change(coercivity, copy_of_result, monkeypatch, words) -> None:
    import fake_model

    place, price = copy_of_result(*words), fake_model._price
    for factor, tolerance, code, said in (
        (1 + 1e-13, (), 0, "by rounding alone"),
        (1 + 1e-13, ("--tolerance", 0), 1, "the largest relative difference is 1.0e-13"),
        (1 + 1e-4, (), 1, "the largest relative difference is 1.0e-04"),
        (1 + 1e-4, ("--tolerance", 1e-3), 0, "by rounding alone"),
    ):
        monkeypatch.setattr(fake_model, "_price", lambda *at, f=factor: f * price(*at))
        got = coercivity("verify", place, *tolerance)
        assert (got.code, said in got.out + got.err) == (code, True), (factor, got)


def test_a_row_that_rounding_alone_keeps_is_no_change() -> None:
    from coercivity.experiments.runs.differences import difference

    columns = ["step", "date", "owner", "kind", "item", "usd"]
    rows = [(0, "2025-01-01", "a", "firm", "sales", 1e9), (0, "2025-01-01", "b", "firm", "sales", 1e-8)]
    both, one = (pd.DataFrame(rows[:count], columns=columns) for count in (2, 1))
    assert difference("accounts", both, one).within(1e-7)
    assert not difference("accounts", both, both.iloc[1:]).within(1e-7)
    changed = both.assign(owner=["a", "c"], usd=[1e9, 1e8])
    assert not difference("accounts", both, changed).within(1e-7)


def test_another_number_of_programs_for_the_same_answer_is_rounding() -> None:
    """A last digit on another processor may decide whether one more program is solved."""
    from coercivity.experiments.runs.differences import difference

    one = pd.DataFrame({"step": [0, 1], "date": ["2025-01-01", "2025-04-01"], "mass": 1e-16, "solves": [2, 3],
                        "imagined": 0})  # fmt: skip
    found = difference("certificates", one, one.assign(solves=[2, 4]))
    assert found.within(1e-7) and not found.identical
    assert not difference("certificates", one, one.assign(imagined=[0, 1])).within(1e-7)


def test_the_processor_is_recorded(copy_of_result) -> None:
    found = json.loads((copy_of_result(*RUN) / "manifest.json").read_text())["processor"]
    assert set(found) >= {"machine", "model", "system", "numpy kernel"}


def test_texts_of_users_are_texts_in_markdown(coercivity, tmp_path: Path) -> None:
    evil = tmp_path / "evil.yaml"
    evil.write_text("defaults: [embargo]\nabout:\n  title: '<script>alert(1)</script> | x'\n")
    out = tmp_path / "out"
    assert coercivity("compare", "baseline", evil, "clock.step=year", "--workers", 1, "--out", out).code == 0
    text = (out / "compare.md").read_text()
    assert "&lt;script&gt;" in text
    assert "<script" not in text.replace("&lt;script", "")


def test_printed_commands_may_be_pasted(coercivity, tmp_path: Path) -> None:
    out = tmp_path / "a folder; $HOME"
    got = coercivity(*SWEEP, "--workers", 1, "--out", out)
    assert f"next: coercivity analyse '{out}'" in got.out
    got = coercivity(*SWEEP, "--out", tmp_path / "b c", "--engine", "slurm")
    assert f"sbatch '{tmp_path / 'b c'}/sweep.sbatch'" in got.out


def test_names_in_a_crate_are_references(coercivity, copy_of_result) -> None:
    place = copy_of_result(*RUN)
    (place / "50 % more.csv").write_text("x")
    assert coercivity("export", place, "--format", "ro-crate").code == 0
    graph = json.loads((place / "ro-crate-metadata.json").read_text())["@graph"]
    assert "50%20%25%20more.csv" in {entity["@id"] for entity in graph}


def test_the_package_is_a_command_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "coercivity", "--help"], capture_output=True, text=True, env=dict(os.environ)
    )
    assert (done.returncode, "usage: coercivity" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize("words", [("run",), (*COMPARE, "futures=4", "--workers", 2)], ids=("run", "compare"))
def test_a_command_that_is_told_to_end_leaves_nothing(toy_process, tmp_path: Path, words) -> None:
    """Neither half a result, nor processes, nor words of Python about what they shared."""
    process = toy_process(*words, "--out", tmp_path / "out", TOY_SLEEPS="1")
    while not list(tmp_path.iterdir()):
        time.sleep(0.02)
        assert process.poll() is None, process.communicate()
    time.sleep(1.0)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)  # which returns when no process holds them any more
    assert (process.returncode, out) == (143, "")
    assert err.strip().splitlines()[-1] == "coercivity: stopped; nothing was left behind"
    assert "Warning" not in err and "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
