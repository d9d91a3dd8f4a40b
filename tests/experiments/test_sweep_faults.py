"""What can go wrong with files is noticed, explained, and never mixed with what is right."""

import errno
import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

WORDS = ("sweep", "seed=range(0,9)", "clock.step=year", "--workers", 1, "--shard-size", 3)


def content(folder: Path) -> str:
    return str(json.loads((folder / "manifest.json").read_text())["tables"]["summary"]["sha256"])


@pytest.fixture
def swept(coercivity, tmp_path: Path) -> Path:
    """A whole dataset of nine runs."""
    assert coercivity(*WORDS, "--out", tmp_path / "sweep").code == 0
    return tmp_path / "sweep"


def part(folder: Path) -> Path:
    (found,) = (folder / "summary").glob("part-*.parquet")
    return found


DAMAGE = {
    "cut short": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "a flipped byte": lambda data: data[:200] + bytes([data[200] ^ 255]) + data[201:],
    "not a table": lambda data: b"PAR1 and nothing else",
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_shard_is_set_aside_and_made_again(how: str, swept: Path, coercivity) -> None:
    before, file = content(swept), part(swept)
    file.write_bytes(DAMAGE[how](file.read_bytes()))
    got = coercivity(*WORDS, "--out", swept)
    assert got.code == 0, got.err
    assert f"{file.name} is damaged" in got.err
    assert "its runs are made again" in got.err
    assert content(swept) == before
    assert (swept / "summary" / f"{file.name}.damaged").is_file()


def test_a_changed_number_is_noticed(swept: Path, coercivity) -> None:
    before, file = content(swept), part(swept)
    table = pq.read_table(file)
    values = table["value"].to_numpy().copy()
    values[40] += 1e-9
    changed = table.set_column(4, "value", [values]).replace_schema_metadata(table.schema.metadata)
    pq.write_table(changed, file)
    got = coercivity(*WORDS, "--out", swept)
    assert "the rows of run 0 have changed" in got.err
    assert content(swept) == before


def test_a_shard_of_another_sweep_is_refused(swept: Path, coercivity, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert coercivity("sweep", "seed=range(1,10)", *WORDS[2:], "--out", other).code == 0
    shutil.copy(part(other), part(swept))
    got = coercivity(*WORDS, "--out", swept)
    assert got.code == 2
    assert "belongs to another sweep" in got.err
    assert "nothing is mixed" in got.err


def test_two_answers_of_one_run_stop_everything(swept: Path, coercivity) -> None:
    from coercivity.experiments.sweeps.plan import read_plan
    from coercivity.experiments.sweeps.shard import SummaryRow, success_record, write_shard

    lie = success_record(4, [SummaryRow("price of Dy oxide, mean", "CN", "USD/kg", 1.0)], 0.1)
    write_shard(swept / "summary", read_plan(swept).hash, [lie])
    got = coercivity(*WORDS, "--out", swept)
    assert got.code == 1
    assert "run 4 has two different answers" in got.err


CHANGES = {
    "what is asked": (["market.elasticity=2"], None),
    "files in conf/": ([], "market/default.yaml"),
    "the evidence": ([], "evidence/prices.csv"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_question_does_not_go_on(
    what: str, swept: Path, coercivity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coercivity.experiments.base.paths import conf_dir
    from coercivity.experiments.config import compose

    words, file = CHANGES[what]
    before = part(swept).read_bytes()
    if file:
        shutil.copytree(conf_dir(), tmp_path / "conf")
        monkeypatch.setenv("COERCIVITY_CONF", str(tmp_path / "conf"))
        changed = tmp_path / "conf" / file
        changed.write_text(changed.read_text().replace("0.5", "0.75").replace("60", "61"))
        compose._compose_cached.cache_clear()
    got = coercivity(*WORDS, *words, "--out", swept)
    assert got.code == 2, got.err
    assert f"{swept} was begun with something else: {what}" in got.err
    assert "give another --out" in got.err
    assert part(swept).read_bytes() == before


def test_changed_code_does_not_go_on(swept: Path, coercivity, monkeypatch: pytest.MonkeyPatch) -> None:
    from coercivity.experiments.sweeps import plan

    monkeypatch.setattr(plan, "code_hash", lambda: "another")
    got = coercivity("sweep", "--continue", swept)
    assert got.code == 2
    assert "the code of the model changed since" in got.err


def test_a_full_disk_is_told_and_the_rest_kept(
    coercivity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coercivity.experiments.sweeps import shard

    sync, count = shard.os.fsync, iter(range(100))

    def full(number: int) -> None:
        if next(count) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(number)

    with monkeypatch.context() as disk:
        disk.setattr(shard.os, "fsync", full)
        got = coercivity(*WORDS, "--out", tmp_path / "sweep")
    assert got.code == 1
    assert "No space left on device" in got.err
    assert "give the same command again" in got.err
    assert len(list((tmp_path / "sweep" / "summary").iterdir())) == 2  # whole ones, and no drafts
    assert coercivity(*WORDS, "--out", tmp_path / "sweep").code == 0
    assert coercivity(*WORDS, "--out", tmp_path / "undisturbed").code == 0
    assert content(tmp_path / "sweep") == content(tmp_path / "undisturbed")


def test_something_in_the_place_of_a_shard_is_set_aside(swept: Path, coercivity) -> None:
    before, file = content(swept), part(swept)
    file.unlink()
    (file / "in the way").mkdir(parents=True)
    got = coercivity(*WORDS, "--out", swept)
    assert got.code == 0, got.err
    assert f"{file.name} is damaged" in got.err
    assert content(swept) == before


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.proof)])
def test_a_shard_that_cannot_be_written_is_told(workers: int, toy_typed, tmp_path: Path) -> None:
    words = [*WORDS[:3], "--shard-size", 3, "--workers", workers, "--out", tmp_path / "sweep"]
    got = toy_typed(*words, TOY_FILE_LIMIT="3000")
    assert got.code == 1
    assert "File too large" in got.err
    assert "give the same command again" in got.err
    assert "Traceback" not in got.err
    assert toy_typed(*words).code == 0


def test_a_folder_that_cannot_be_written(coercivity, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "sweep", Path("/proc/sweep")):
        got = coercivity(*WORDS, "--out", place)
        assert got.code == 2
        assert "give another place" in got.err
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.tex").write_text("years of work")
    got = coercivity(*WORDS, "--out", tmp_path / "theirs")
    assert got.code == 2
    assert "is not a result folder" in got.err


def test_a_plan_cut_short_is_told(swept: Path, coercivity) -> None:
    (swept / "plan.json").write_text("{")
    got = coercivity("sweep", "--continue", swept)
    assert got.code == 2
    assert "plan.json is not the one that the sweep was begun with" in got.err
