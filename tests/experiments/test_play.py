"""A seat at the table: moves from a file and at a prompt are one run; a wrong one gets a sentence."""

import io
import os
import pty
import subprocess
import sys
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


def test_a_game_by_hand_in_a_terminal(tmp_path: Path) -> None:
    """Wrong moves, names that nothing has and moves taken back cost no turn; each gets a sentence."""
    typed = [
        "? stockpile",
        "stokpile.days=3",
        "stockpile.days={unobtanium: 3}",
        STOCK,
        "undo",
        "",
        STOCK,
        "quit",
    ]
    said, code = play_in_terminal([*SHORT, "--out", str(tmp_path / "run")], typed)
    assert code == 0, said
    assert "stockpile.speed: share of the gap to the target" in said
    assert "there is no lever `stokpile`; did you mean `stockpile`?" in said
    assert "`stockpile.days`: there is no material `unobtanium`" in said
    assert "state.japan" not in said and "Traceback" not in said
    assert "1 moves of japan" in said
    bought = levers(tmp_path / "run")
    assert min(bought.date.astype(str).str[:4]) == "2026" and (bought.value > 0).all()


def play_in_terminal(words: list[str], typed: list[str]) -> tuple[str, int]:
    """What `coercivity play` says to somebody who answers every prompt, and its exit code."""
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "coercivity.experiments.cli.play", *words]
    said, waiting = "", iter(typed)
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave) as game:
        os.close(slave)
        while True:
            try:
                said += os.read(master, 1 << 16).decode(errors="replace")
            except OSError:  # the game has closed its end
                break
            if said.endswith("> "):
                os.write(master, (next(waiting) + "\n").encode())
                said += "\n"
        os.close(master)
    return said, game.returncode


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--as", "Japn"), "--as Japn: no such state; did you mean"),
        (("--as", "JP", "--moves", "nowhere.yaml"), "--moves nowhere.yaml: no such file"),
        (("--as", "JP", "--moves", "/dev/zero"), "/dev/zero is a device and no file"),
    ],
)
def test_a_wrong_seat_is_said_in_a_sentence(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["play", "policies_frozen", *words]) == 2
    assert said in capsys.readouterr().err
