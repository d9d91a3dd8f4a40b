"""A seat at the table: moves from a file and at a prompt are one run; a wrong one gets a sentence."""

import io
from pathlib import Path

import pandas as pd
import pytest

from coercivity.experiments.cli import main

SHORT = ("policies_frozen", "--as", "JP", "clock.step=year", "clock.end=2028-01")
STOCK = 'stockpile.days={"oxide:Dy": 90}'


def levers(folder: Path) -> pd.DataFrame:
    [file] = folder.rglob("levers.parquet")
    return pd.read_parquet(file).query("state == 'JP' and lever == 'stockpile'")


def test_moves_of_a_file_and_at_a_prompt_are_the_same_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    moves = tmp_path / "moves.yaml"
    moves.write_text(f"2026: ['{STOCK}']\n2027: ['stockpile={{}}']\n", encoding="utf-8")
    assert main(["play", *SHORT, "--moves", str(moves), "--out", str(tmp_path / "file")]) == 0
    typed = f"\nstockpile.dais=3\n{STOCK}\n\nstockpile={{}}\n\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert main(["play", *SHORT, "--out", str(tmp_path / "typed")]) == 0
    assert "has no key `dais`; did you mean `days`?" in capsys.readouterr().out
    one, other = levers(tmp_path / "file"), levers(tmp_path / "typed")
    assert sorted(set(one.date.astype(str).str[:4])) == ["2026"] and (one.value > 0).all()
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--as", "Japn"), "--as Japn: no such state; did you mean"),
        (("--as", "JP", "--moves", "nowhere.yaml"), "--moves nowhere.yaml: no such file"),
    ],
)
def test_a_wrong_seat_is_said_in_a_sentence(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["play", "policies_frozen", *words]) == 2
    assert said in capsys.readouterr().err
