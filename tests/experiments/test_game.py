"""The game: known answers, certificates that cover, the same digits when continued, mistakes in words."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coercivity.experiments.cli import main
from coercivity.experiments.equilibrium import payoffs
from coercivity.experiments.equilibrium.gaps import measure_gap
from coercivity.experiments.equilibrium.known_answers import check_known_answers
from coercivity.model.inputs.settings import TERMS

CODES = {"china": "CN", "united_states": "US", "european_union": "EU", "japan": "JP"}


def test_known_answers_are_met_to_a_thousandth() -> None:
    assert max(check_known_answers().values()) <= 1e-3


def test_a_certificate_errs_as_seldom_as_it_says() -> None:
    """A planted deviation gains 1.1 times the tolerance, under noise: certified one time in 20 at most."""
    rng = np.random.default_rng(3)
    certified, covered = 0, 0
    for _ in range(200):
        gains = {f"other {k}": rng.normal(-0.05, 0.004, 6) for k in range(5)}
        gains["planted"] = rng.normal(0.011, 0.004, 6)
        gap = measure_gap(gains, 1.0, len(gains))
        certified += gap.limit <= 0.01
        covered += gap.limit >= 0.011
    assert certified <= 10 and covered >= 190


@pytest.fixture
def formula(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Objectives by formula in the place of runs; `stop` says after how many runs somebody interrupts."""
    said: dict[str, Any] = {"runs": 0, "stop": None}

    def run_task(task: Any) -> dict[str, dict[str, tuple[float, float]]]:
        if said["runs"] == said["stop"]:
            raise KeyboardInterrupt
        said["runs"] += 1
        chosen = {state: content for states, content in task.players for state in states}
        luck = 1e6 * np.random.default_rng(task.changes["seed"]).normal()
        worth = {}
        for name, code in CODES.items():
            days = chosen[name]["lever"].get("stockpile", {}).get("days", {}).get("magnet:*", 0.0)
            gain = 1e9 * (chosen[name]["scenario"] == "flooding") if name == "china" else -1e6 * days
            gain -= 1e7 * (chosen[name]["scenario"] != "policies_frozen")
            worth[code] = {term: ((gain + luck) * (term == "surplus"), 1.0) for term in TERMS}
        return worth

    monkeypatch.setattr(payoffs, "_run_task", run_task)
    yield said


def test_a_game_that_was_interrupted_ends_in_the_same_digits(
    formula: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def play(out: str, cache: str) -> int:
        words = ["game", "game=small", "futures=2", "--trials", 6, "--rounds", 1, "--workers", 1, "--json"]
        return main([str(w) for w in (*words, "--out", tmp_path / out, "--cache", tmp_path / cache)])

    assert play("whole", "one") == 0
    whole = json.loads(capsys.readouterr().out)
    made, formula["runs"] = formula["runs"], 0
    for formula["stop"] in (7, made // 2):
        assert play("broken", "two") == 130
    formula["stop"] = None
    assert play("broken", "two") == 0
    assert formula["runs"] == made
    texts = [(tmp_path / out / "game.json").read_text(encoding="utf-8") for out in ("whole", "broken")]
    assert texts[0] == texts[1]
    assert set(whole) >= {"players", "profiles", "known_answers", "views", "threats", "firmness"}
    (profile,) = whole["profiles"]
    assert profile["equilibrium"] and profile["strategies"]["japan"] == "wait"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["game=smal"], "there is no game `smal`; did you mean `small`?"),
        (["china:floding"], "there is no strategy of china `floding`; did you mean `flooding`?"),
        (["chin:flooding"], "there is no player `chin`; did you mean `china`?"),
        (["flooding"], "`flooding` is no profile: write PLAYER:STRATEGY,..."),
        (["--check", "japan=wait"], "`japan=wait` is no profile"),
        (["futures=1"], "`futures=1`: a game needs a whole number of 2 futures or more"),
        (["clock.end=2031-01", "clok.step=year"], "did you mean `clock`?"),
        (["--budget", "0"], "--budget 0: at least 1 run is needed"),
        (["--check", "china:flooding", "--budget", "3"], "--budget 3 holds not even the deviations"),
    ],
)
def test_a_mistake_gets_one_sentence(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["game", *words, "--workers", "1", "--out", str(tmp_path / "out"), "--cache", str(tmp_path)])
        == 2
    )
    told = capsys.readouterr().err.strip()
    assert said in told and "\n" not in told


def test_a_profile_is_its_states_as_their_scenarios_have_them() -> None:
    players = [
        (("china",), {"scenario": "flooding", "lever": {}}),
        (("japan",), {"scenario": "stockpile_first", "lever": {"stockpile": {"speed": 0.75}}}),
    ]
    made = payoffs.set_profile(
        ("scenario=policies_frozen",), players, {"seed": 3, "market.demand_level": 1.1}
    )
    china, japan = (made.values["state"][name]["lever"] for name in ("china", "japan"))
    assert china["production_quota"]["trend"] == {"light": 0.12, "heavy": 0.05}
    assert japan["stockpile"]["speed"] == 0.75 and japan["stockpile"]["days"]["magnet:standard"] == {
        "2025-04": 90
    }
    assert china["export_limit"] == {"measure": {}} and made.values["seed"] == 3
