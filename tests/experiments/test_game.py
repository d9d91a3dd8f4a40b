"""The game: known answers, certificates that cover, the same digits when continued, mistakes in words."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.cli import main
from coercivity.experiments.equilibrium import payoffs
from coercivity.experiments.equilibrium.coalitions import share_gain
from coercivity.experiments.equilibrium.gaps import measure_gap
from coercivity.experiments.equilibrium.known_answers import Formula, check_known_answers
from coercivity.experiments.equilibrium.menus import GameMenu, GamePlayer, GameStrategy, SearchRange
from coercivity.experiments.equilibrium.mixed import find_equilibria
from coercivity.experiments.equilibrium.normal_form import NormalForm
from coercivity.experiments.equilibrium.outside import search_levers
from coercivity.experiments.equilibrium.payoffs import PayoffTable
from coercivity.experiments.equilibrium.robustness import rank_drivers
from coercivity.experiments.equilibrium.solve import certify
from coercivity.experiments.equilibrium.stages import solve_stages
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


@pytest.mark.parametrize(("planted", "least", "most"), [(1.1, 0, 10), (0.2, 100, 200)])
def test_certificates_of_a_noisy_game_that_adds_futures_cover(planted: float, least: int, most: int) -> None:
    """200 noisy games, solved with futures added until it is clear: a gain of 1.1 times the tolerance is
    certified as none in 10 at most; one of a fifth of it is certified in half of them or more.
    """
    players = tuple(GamePlayer(name, (name,), tuple(map(plain, ("stay", "leave", "worse")))) for name in "ab")
    certified = 0
    for game in range(200):

        def worth(levers: Any, future: int, game: int = game) -> list[float]:
            at = [int(lever["q"]) for lever in levers]
            noise = np.random.default_rng([game, future, *at]).normal(0.0, 0.3, 2)
            base = [(0.0, planted, -100.0)[mine] for mine in at]
            return [float(one) for one in np.array(base) + noise]

        menu = GameMenu("noisy", "Noisy", (), players, futures=4, most=20, budget=10**6, tolerance=0.01)
        table = PayoffTable(menu, Formula(worth), {"a": "a", "b": "b"})
        check = certify(table, menu, ("stay", "stay"), np.array([100.0, 100.0]))
        certified += check is not None and check.certified
    assert least <= certified <= most


def plain(name: str) -> GameStrategy:
    return GameStrategy(name, "", "", {"q": ("stay", "leave", "worse").index(name)})


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
            if name != "china":  # dependence falls by a fifth a year, not at all where China floods
                fall = 0.0 if chosen["china"]["scenario"] == "flooding" else 0.2
                worth[code] |= {
                    f"{payoffs.DEPENDENCE}{2025 + y}": (1e9 * (1 - fall * y), 0.0) for y in range(3)
                }
        return worth

    monkeypatch.setattr(payoffs, "_run_task", run_task)
    yield said


def play(folder: Path, out: str, cache: str) -> int:
    """A game of formulas."""
    words = ["game", "game=small", "futures=2", "--trials", 6, "--rounds", 1, "--workers", 1, "--json"]
    return main([str(w) for w in (*words, "--out", folder / out, "--cache", folder / cache)])


def test_time_bought_is_the_area_between_two_paths(
    formula: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three years at 1, 1, 1 in the place of 1, 0.8, 0.6: six tenths of a year of dependence as at first."""
    assert play(tmp_path, "whole", "one") == 0
    found = json.loads(capsys.readouterr().out)["time_bought"]
    years = {one["strategy"]: (round(one["years"], 9), round(one["left"], 9)) for one in found}
    assert years == {
        "hold": (0, 0.6),
        "licences": (0, 0.6),
        "embargo": (0, 0.6),
        **dict.fromkeys(("flooding", "flood_all"), (0.6, 1.0)),
    }
    assert {one["supplier"] for one in found} == {"china"}


def test_a_game_that_is_told_to_end_says_what_is_kept_and_how_to_go_on(
    formula: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    formula["stop"] = 7
    assert play(tmp_path, "broken", "two") == 130
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert f"payoffs so far are kept in {tmp_path / 'two'}" in told and "nothing was left behind" not in told
    assert "go on with the same command: coercivity game game=small futures=2 --trials 6" in told
    assert len(next((tmp_path / "two").glob("*.jsonl")).read_text().splitlines()) == 7


def test_a_short_search_begins_the_long_one_and_leaves_out_what_changes_nothing() -> None:
    space = [SearchRange((name,), 0.0, 10.0) for name in ("x", "idle", "y")]

    def worth(points: Any) -> list[float]:
        return [-((x - 3.0) ** 2) - (y - 7.0) ** 2 for x, _, y in points]

    whole = search_levers(space, worth, 90, 1)
    short = search_levers(space, worth, 20, 1)
    assert len(whole) == 90 and len(short) == 20 and set(short) < set(whole)
    assert {point[1] for point, _ in whole if point[1]} == {10.0}  # at the corners only
    assert whole[0][0] == pytest.approx((3.0, 0.0, 7.0), abs=0.1)


def test_a_game_that_was_interrupted_ends_in_the_same_digits(
    formula: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Interrupted ten times at random runs, each time continued, once from a half-written line."""
    assert play(tmp_path, "whole", "one") == 0
    whole = json.loads(capsys.readouterr().out)
    made, formula["runs"] = formula["runs"], 0
    for formula["stop"] in sorted(np.random.default_rng(5).choice(made, 10, replace=False).tolist()):
        assert play(tmp_path, "broken", "two") == 130
        (kept,) = (tmp_path / "two").glob("*.jsonl")
        kept.write_text(kept.read_text() + '{"key": "a line nobody finis')
    formula["stop"] = None
    assert play(tmp_path, "broken", "two") == 0
    assert formula["runs"] == made
    texts = [(tmp_path / out / "game.json").read_text(encoding="utf-8") for out in ("whole", "broken")]
    assert texts[0] == texts[1]
    assert set(whole) >= {
        "players",
        "profiles",
        "known_answers",
        "views",
        "threats",
        "firmness",
        "coalitions",
    }
    (profile,) = whole["profiles"]
    assert profile["equilibrium"] and profile["strategies"]["japan"] == "wait"


def test_a_profile_that_is_checked_alone_is_told_as_firmly(
    formula: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["game", "game=small", "--check", "china:flooding", "--trials", 12, "--workers", 1, "--json"]
    assert main([str(w) for w in (*words, "--out", tmp_path / "out", "--cache", tmp_path / "kept")]) == 0
    found = json.loads(capsys.readouterr().out)
    (profile,) = found["profiles"]
    assert profile["certified"] and set(profile["trials_outside"].values()) == {12}
    assert found["firmness"]["futures_held"] == found["firmness"]["futures"] == 20
    assert {one["strategy"] for one in found["time_bought"]} > {"hold", "flooding"} and "threats" in found


def test_a_scenario_that_says_something_else_is_another_run(
    formula: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Payoffs are kept by what was run, not by what a scenario is called."""
    assert play(tmp_path, "one", "kept") == 0
    made, ask = formula["runs"], payoffs._compose

    def other(words: tuple[str, ...]) -> Any:
        return ask((*words, "state.japan.lever.stockpile.release_above=3.5"))

    monkeypatch.setattr(payoffs, "_compose", other)
    assert play(tmp_path, "two", "kept") == 0
    assert formula["runs"] == 2 * made


def test_the_report_of_a_game_says_what_holds(
    formula: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert play(tmp_path, "told", "kept") == 0
    page = (tmp_path / "told" / "report.html").read_text(encoding="utf-8")
    assert "United States wait, European Union wait, Japan wait" in page
    for part in ("What leaving would gain", "Acting as one", "Payoffs of all profiles", "135 profiles"):
        assert part in page
    rows = (tmp_path / "told" / "payoffs.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + 4 * 135 and rows[1].startswith("hold,wait,wait,wait,china,")
    assert main(["report", str(tmp_path / "told")]) == 0
    assert (tmp_path / "told" / "report.html").read_text(encoding="utf-8") == page
    capsys.readouterr()
    assert main(["report", str(tmp_path / "told"), "--number", "welfare@US"]) == 2
    assert "whose numbers are all in its report" in capsys.readouterr().err


def test_a_dominated_strategy_is_never_played_whatever_the_game() -> None:
    """Planted in random games of three players, it is in no equilibrium; lifted above, it is in all."""
    rng = np.random.default_rng(11)
    for _ in range(25):
        worth = rng.normal(size=(3, 2, 2, 3))
        for lift, played in ((-0.1, 0.0), (0.1, 1.0)):
            worth[2, ..., 0] = (worth[0, ..., 0] if lift < 0 else worth[:2, ..., 0].max(axis=0)) + lift
            game = NormalForm(("a", "b", "c"), (("1", "2", "planted"), ("1", "2"), ("1", "2")), worth)
            found = find_equilibria(game).found
            assert found and {float(mixture[0][2]) for mixture in found} == {played}


def test_shares_add_up_and_who_brings_nothing_gets_nothing() -> None:
    rng = np.random.default_rng(4)
    worth = rng.normal(size=(2, 2, 3, 4))
    worth = np.repeat(worth[:, :, :, None], 2, axis=3)
    worth[..., 3] = 0.0  # the last player changes nothing for anybody and wants nothing
    game = NormalForm(("a", "b", "c", "idle"), (("1", "2"), ("1", "2"), ("1", "2", "3"), ("1", "2")), worth)
    found = share_gain(game, (0, 1, 3))
    grand = next(one for one in found.coalitions if one.members == (0, 1, 3))
    assert sum(found.shares.values()) == pytest.approx(grand.worth)
    assert found.shares[3] == pytest.approx(0.0, abs=1e-12)
    assert grand.worth == pytest.approx(worth[(*grand.profile,)][[0, 1]].sum())


def test_a_dilemma_played_twice_is_played_as_once() -> None:
    once = np.array([[[2, 2], [0, 3]], [[3, 0], [1, 1]]], dtype=float)
    paths = [(a, b) for a in "kc" for b in "kc"]  # keep, cheat
    at = {"k": 0, "c": 1}
    twice = np.array(
        [[sum(once[at[x], at[y]] for x, y in zip(p, q, strict=True)) for q in paths] for p in paths]
    )
    names = tuple("".join(path) for path in paths)
    found = solve_stages(NormalForm(("a", "b"), (names, names), twice), [paths, paths])
    assert found is not None and found.unique and len(found.after) == 5
    assert found.path == (("c", "c"), ("c", "c")) and found.payoffs.tolist() == [2.0, 2.0]
    assert solve_stages(NormalForm(("a", "b"), (names[:3], names), twice[:3]), [paths[:3], paths]) is None


def test_of_several_answers_to_a_move_the_largest_sum_is_taken_and_marked() -> None:
    worth = np.array([[[1, 1], [0, 0]], [[0, 0], [2, 2]]], dtype=float)
    game = NormalForm(("a", "b"), (("left", "right"),) * 2, worth)
    found = solve_stages(game, [[("left",), ("right",)]] * 2)
    assert found is not None and not found.unique
    assert found.path == (("right", "right"),) and found.payoffs.tolist() == [2.0, 2.0]


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
        (["--budget", "3"], "--budget 3 holds not even one profile"),
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


def test_a_run_tells_what_others_would_lose_without_the_supplier_by_year() -> None:
    """From tables as a run writes them, kept beside the terms with weight nought: it counts for nothing."""
    players = [((name,), {"scenario": "policies_frozen", "lever": {}}) for name in ("china", "japan")]
    words = ("scenario=policies_frozen", "clock.step=quarter", "clock.end=2025-07")
    worth = payoffs._run_task(payoffs._Task(words, tuple(players), {}, evidence_dir(), 0.05, "short"))
    (name,) = (key for key in worth["JP"] if key not in TERMS)
    assert name == f"{payoffs.DEPENDENCE}2025" and set(worth["CN"]) == set(TERMS)
    usd, weight = worth["JP"].pop(name)
    assert weight == 0.0 and usd > 0 and payoffs.weigh(worth, "JP", "objective") != 0


def test_what_decides_is_what_moves_the_gain() -> None:
    rng = np.random.default_rng(2)
    draws = rng.random((20, 3))
    changes = [{"seed": k, "a": a, "b": b, "c": "word", "d": d} for k, (a, b, d) in enumerate(draws)]
    gains = [0.1 * b + 0.01 * a for a, b, _ in draws]
    found = rank_drivers(gains, changes, 0.05, most=2)
    assert found[0].name == "b" and found[0].correlation > 0.95
    assert found[0].sure and not found[1].sure
    assert found[0].low > 0.5 and found[0].high == 0.0 and found[1].name != "c"
    assert rank_drivers(gains[:7], changes, 0.02) == []
