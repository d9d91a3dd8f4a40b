"""The real model from the command line: short runs, in processes of their own."""

import json
from pathlib import Path

import pytest

pytest.importorskip("coercivity.model.world")

SHORT = ("clock.start=2025-01", "clock.end=2025-07")


@pytest.mark.proof
def test_a_run_repeats_in_another_process(real, tmp_path: Path) -> None:
    got = real("run", *SHORT, "--out", tmp_path / "run")
    assert got.code == 0, got.err
    got = real("verify", tmp_path / "run")
    assert got.code == 0, got.out + got.err
    assert "the same to the last digit" in got.out


@pytest.mark.proof
def test_a_run_is_the_same_alone_and_in_a_comparison(real, tmp_path: Path) -> None:
    assert real("run", "scenario=embargo", *SHORT, "--out", tmp_path / "alone").code == 0
    got = real(
        "compare",
        "baseline",
        "embargo",
        *SHORT,
        "futures=1",
        "--workers",
        "2",
        "--json",
        "--out",
        tmp_path / "both",
    )
    assert got.code == 0, got.err
    assert json.loads(got.out)["scenarios"][:2] == ["baseline", "embargo"]
    folders = (tmp_path / "alone", tmp_path / "both" / "runs" / "embargo")
    alone, among = (json.loads((folder / "manifest.json").read_text()) for folder in folders)
    assert alone["tables"] == among["tables"]
    assert alone["config_hash"] == among["config_hash"]
    assert (tmp_path / "both" / "report.html").is_file()


def test_a_mistake_ends_with_two(real, tmp_path: Path) -> None:
    got = real("run", "scenario=embrago", "--out", tmp_path / "run")
    assert got.code == 2
    assert "did you mean `embargo`" in got.err
    assert list(tmp_path.iterdir()) == []
