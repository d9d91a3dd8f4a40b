"""A user's mistake gets one clear sentence, exit code 2 and leaves nothing behind."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from coercivity.experiments.base.errors import run_guarded

MISTAKES = {
    "misspelt key": (["market.elastisity=1"], "no key `elastisity`", "did you mean `elasticity`"),
    "misspelt group": (["markt.elasticity=1"], "no key `markt`", "did you mean `market`"),
    "wrong type": (["seed=many"], "`seed` must be a whole number, not 'many'", "seed=many"),
    "out of range": (
        ["market.elasticity=7"],
        "less than or equal to 5",
        "more than 0 and at most 5",
    ),
    "range with unit": (["firm.stock.cover=900"], "firm.stock.cover", "at most 720 days"),
    "wrong choice": (
        ["clock.step=quartr"],
        "one of month, quarter, year",
        "did you mean `quarter`",
    ),
    "unknown scenario": (
        ["scenario=embrgo"],
        "there is no scenario `embrgo`",
        "did you mean `embargo`",
    ),
    "unknown state": (["state.chna.strategy=rule"], "no state `chna`", "did you mean `china`"),
    "unknown lever": (
        ["state.china.lever.stokpile.days=9"],
        "no lever `stokpile`",
        "did you mean `stockpile`",
    ),
    "unknown parameter": (["state.china.lever.stockpile.dys=9"], "no key `dys`", "did you mean `days`"),
    "end before start": (
        ["clock.end=2020-01"],
        "clock.end 2020-01 is not after",
        "clock.start 2025-01",
    ),
    "not a setting": (
        ["embargo"],
        "`embargo` is not a setting: write key=value",
        "did you mean `scenario=embargo`?",
    ),
    "several values": (["seed=1,2"], "asks for several values", "sweep"),
    "reference": (["seed=${oc.env:HOME}"], "references", "give the value"),
    "hydra": (["hydra.run.dir=x"], "Hydra's own settings", "hydra.run.dir=x"),
    "unknown option": (["--outt", "x"], "no option `--outt`", "did you mean `--out`"),
    "whole group": (["clock=quarter"], "`clock` holds", "`step`"),
    "added key": (["+market.colour=red"], "no key `colour`", "+market.colour=red"),
    "group taken away": (["~state"], "a group cannot be taken away", "state=NAME"),
    "not an override": (["=3"], "is not an override", "key=value"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_and_nothing_is_left(name, coercivity, tmp_path: Path) -> None:
    words, said, hint = MISTAKES[name]
    got = coercivity("run", *words, *([] if "--outt" in words else ["--out", tmp_path / "run"]))
    assert (got.code, got.out) == (2, "")
    assert said in got.err
    assert hint in got.err
    assert "Traceback" not in got.err
    assert "pydantic" not in got.err
    assert len(got.err.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_all_mistakes_are_told_at_once(coercivity, tmp_path: Path) -> None:
    got = coercivity("run", "seed=-1", "market.elasticity=cheap", "--out", tmp_path / "run")
    assert got.code == 2
    assert "2 mistakes" in got.err
    assert "`seed`" in got.err
    assert "`market.elasticity` must be a number, not 'cheap'" in got.err


def test_unreadable_evidence(coercivity, tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    (evidence / "prices.csv").write_text("nonsense\n")
    got = coercivity("run", "--evidence", evidence, "--out", tmp_path / "run")
    assert got.code == 2
    assert "prices.csv:1" in got.err
    assert [path.name for path in tmp_path.iterdir()] == ["evidence"]


def test_no_evidence(coercivity, tmp_path: Path) -> None:
    got = coercivity("run", "--evidence", tmp_path / "nowhere", "--out", tmp_path / "run")
    assert got.code == 2
    assert "there is no evidence folder" in got.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_ours_is_not_overwritten(coercivity, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    got = coercivity("run", "--out", tmp_path)
    assert got.code == 2
    assert "is not a result folder" in got.err
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_place_that_cannot_be_written(coercivity, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    got = coercivity("run", "--out", tmp_path / "file" / "run")
    assert got.code == 2
    assert "give another place" in got.err


def test_our_own_failure_keeps_a_log_and_nothing_else(coercivity, tmp_path: Path) -> None:
    got = coercivity("run", "seed=666", "--out", tmp_path / "run")
    assert got.code == 1
    assert "ArithmeticError: the matrix is singular" in got.err
    assert [path.name for path in tmp_path.iterdir()] == ["run.failed.log"]
    assert "Traceback" in (tmp_path / "run.failed.log").read_text()
    assert "Traceback" not in got.err


def test_debugging_shows_the_traceback(coercivity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COERCIVITY_DEBUG", "1")
    assert "Traceback" in coercivity("run", "seed=666", "--out", tmp_path / "run").err


def test_unknown_command(coercivity) -> None:
    got = coercivity("comprae", "baseline")
    assert (got.code, got.err.strip()) == (
        2,
        "coercivity: there is no command `comprae`; did you mean `compare`?",
    )


def test_unknown_list(coercivity) -> None:
    got = coercivity("list", "scenario")
    assert got.code == 2
    assert "did you mean `scenarios`" in got.err


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("run --scenario embargo", "did you mean `scenario=embargo`?"),
        ("run --scenario=embargo", "did you mean `scenario=embargo`?"),
        ("run --seed 3", "did you mean `seed=3`?"),
        ("run --clock.end=2026-01", "did you mean `clock.end=2026-01`?"),
        ("run scenario embargo", "did you mean `scenario=embargo`?"),
        ("run clock.end 2026-01", "did you mean `clock.end=2026-01`?"),
        ("run scenario=conf/scenario/embargo.yaml", "did you mean `embargo`?"),
        ("run --config", "`--config` needs a value after it"),
        ("compare --json=3 baseline embargo", "`--json` takes no value, and was given `3`"),
        ("compare", "needs SCENARIO|FILE.yaml|KEY=VALUE, as in `coercivity compare baseline"),
        ("compare baseline,embargo", "name them apart: `baseline embargo`"),
        ("verify", "`coercivity verify` needs DIR, as in `coercivity verify results/run/"),
        ("export x --format xlsx", "`--format xlsx` is no choice; there are: "),
        ("list countries", "there is no list `countries`; did you mean `states`"),
        ("run --info", "`coercivity list` says what there is to choose"),
        ("simulate", "did you mean `run`"),
        ("scenarios", "did you mean `list`"),
        ("compare baseline embargo --future 4", "did you mean `futures=4`?"),
        ("run future=20", "did you mean `futures=20`?"),
        ("run clock.step=weekly", "did you mean `month`?"),
        ("calibrate 2024", "did you mean `base-year 2024`?"),
        ("backtest --futures -1", "--futures -1: at least 3 are needed"),
        (
            "backtest --seed 3",
            "`coercivity backtest` has no option `--seed`; see `coercivity backtest --help`",
        ),
        ("backtest --futures 2", "--futures 2: at least 3 are needed"),
        ("calibrate history --search -1", "--search -1: 0 or more of each"),
        ("calibrate history --study /proc/x/y", "--study /proc/x/y: No such file or directory"),
        ("calibrate posteriors", "did you mean `posterior`"),
        ("experiment explore", "did you mean `explorer`"),
        ("game --bound nan", "`--bound nan`: write a number"),
        ("sweep seed=1,2 --max-failures inf", "`--max-failures inf`: write a number"),
        ("plan --worlds 1_0", "`--worlds 1_0`: write a whole number"),
        ("plan --worlds \uff12", "write a whole number"),
        (f"run --workers {'9' * 5000}", "write a whole number"),
        ("explain levers", "did you mean `list`"),
        ("--hepl", "did you mean `--help`"),
        ("help rnu", "did you mean `run`"),
        ("run --hlep", "did you mean `--help`"),
        ("run scenario = embargo", "did you mean `scenario=embargo`, without spaces?"),
        ("run scenario:embargo", "did you mean `scenario=embargo`?"),
        ("run scenario=embargo,", "did you mean `scenario=embargo`?"),
        ("run scenario=embargo scenario=baseline", "`scenario` is chosen twice, embargo and baseline"),
        ("run +scenario=embargo", "`scenario` is chosen without the +: scenario=embargo"),
        ("run seed=range(0,3", "`(` and `)` do not match"),
        ("run clock.step=yearly", "did you mean `year`?"),
        ("run seed=1.5", "`seed` must be a whole number, not 1.5"),
        ("run futures=many", "as in futures=20"),
        ("run futures=0", "from 1 (a single line)"),
        ("run --futures 4", "did you mean `futures=4`?"),
        ("run --workers 0", "--workers 0: at least 1 is needed"),
        ("run seed=1 seed=2", "`seed` is given twice, 1 and 2; give one of them"),
        ("run config.yaml", "did you mean `--config config.yaml`?"),
        ("explore 8080", "did you mean `--port 8080`?"),
        ("run --dry-run", "`coercivity validate FILE` checks files"),
        ("run market.elasticity", "did you mean `market.elasticity=VALUE`?"),
        ("run ensemble=defualt", "did you mean `default`?"),
        ("run ensemble=luck", "says what futures draw, and this run has one; add futures=20"),
        ("run --cfg all", "`--cfg all` is no choice; there are: job"),
        ("compare baseline embargo --futures 4", "did you mean `futures=4`?"),
        ("compare baseline embargo --seeds 1", "a band needs 2 or more"),
        ("compare baseline vs embargo", "`vs`: name the scenarios alone"),
        ("compare scenario=baseline embargo", "name the scenarios alone"),
        ("compare . embargo", "two stored runs with `coercivity diff A B`"),
        ("sweep --resume", "has no option `--resume`; see `coercivity sweep --help`"),
        ("sweep --engine rey seed=1,2", "did you mean `ray`?"),
        ("analyze .", "did you mean `analyse`?"),
        ("analyse /nowhere", "there is no folder /nowhere"),
        ("backtest --draws four", "`--draws four`: write a whole number"),
        ("calibrate baseyear 2024", "did you mean `base-year`?"),
        ("validate embargo", "did you mean `conf/scenario/embargo.yaml`?"),
        ("report README.md", "README.md is a file; give the folder of a result"),
        ("brief /nowhere", "there is no folder /nowhere"),
        ("diff one", "`coercivity diff` needs B"),
        ("play embargo", "`coercivity play` needs --as"),
        ("explore --port 99999999", "a port is a number from 0 to 65535"),
        ("experiment stylized_facts", "did you mean `stylised_facts`?"),
        ("completion bahs", "`bahs` is no choice; did you mean `bash`?"),
        ("bench clearin", "did you mean `clearing`?"),
        ("bench speed", "; there are: budget, clearing, ensemble, run, strategy, sweep"),
        ("forecast scenario=embargo", "did you mean `--scenario embargo`?"),
        ("forecast futures=4", "did you mean `--futures 4`?"),
        ("explore embargo --static page.html", "leave out `embargo`, or leave out --static"),
        ("compare baseline embargo market.elasticity", "did you mean `market.elasticity=VALUE`?"),
        ("show scenarios", "did you mean `coercivity list scenarios`?"),
        ("show results/run", "did you mean `report`?"),
        ("run -n 20", "did you mean `futures=N`"),
        ("run --seeds 5", "`futures=N` asks for several futures"),
        ("game --states china", "or write as in `coercivity game game=small"),
        ("report pyproject.toml", "as printed at the end of a run"),
        ("explore --port eighty", "`--port eighty`: write a whole number"),
        ("calibrate", "`coercivity calibrate` needs TASK"),
        ("calibrate base-year", "which base year? there are: "),
        ("export results/nowhere", "there is no folder results/nowhere"),
    ],
)
def test_a_mistyped_command_is_answered_with_the_right_one(coercivity, typed: str, said: str) -> None:
    got = coercivity(*typed.split())
    assert (got.code, got.out) == (2, "")
    assert said in got.err
    assert got.err.count("\n") == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("compare RUN embargo", "is a folder; scenarios are compared by name"),
        ("analyse RUN", "is the result of `run`, not the dataset of a sweep"),
        ("verify RUN/run.log", "run.log is a file; give the folder of a result, such as "),
        ("diff RUN", "`coercivity diff` needs B"),
        ("report RUN --figure price", "did you mean `prices`?"),
        ("report RUN --figure prices --width 88", "write it with its unit, as in 88mm"),
        ("report RUN --year 2030", "give --figure NAME too"),
        ("report RUN --number price", "write INDICATOR@PLACE"),
        ("brief RUN RUN", "has no argument"),
        ("export RUN --format excel", "`--format excel` is no choice; there are: iamc, ro-crate"),
    ],
)
def test_a_folder_of_another_kind_is_named(coercivity, copy_of_result, typed: str, said: str) -> None:
    run = str(copy_of_result("run", "scenario=embargo", "clock.step=year"))
    got = coercivity(*(word.replace("RUN", run) for word in typed.split()))
    assert (got.code, got.out) == (2, "")
    assert said in got.err
    assert got.err.count("\n") == 1


def test_numerical_warnings_are_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COERCIVITY_DEBUG", raising=False)

    def overflow() -> int:
        for number in range(3):
            warnings.warn(f"overflow {number}", RuntimeWarning, stacklevel=1)
        return 0

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert run_guarded(overflow) == 0
    said = capsys.readouterr().err
    assert said.startswith("coercivity: look at these results")
    assert "3 numerical warnings, first: overflow 0 (test_mistakes.py:" in said
    assert said.count("\n") == 1


def test_what_libraries_log_is_for_who_debugs() -> None:
    script = (
        "import logging, sys; from coercivity.experiments.base.errors import run_guarded; "
        "sys.exit(run_guarded(lambda: logging.getLogger('matplotlib').warning('a cache') or 0))"
    )
    for debug, said in (("", ""), ("1", "a cache\n")):
        environment = {**os.environ, "COERCIVITY_DEBUG": debug, "PYTHONPATH": os.pathsep.join(sys.path)}
        got = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
        assert (got.returncode, got.stderr) == (0, said)


def test_report_takes_the_newest_result(coercivity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coercivity.experiments.provenance.rebuild.results_dir", lambda: tmp_path / "results")
    got = coercivity("report")
    assert got.code == 2
    assert "there is no result" in got.err
    for name in ("older", "newer"):
        assert coercivity("run", "scenario=embargo", "--out", tmp_path / "results" / "run" / name).code == 0
    os.utime(tmp_path / "results" / "run" / "older" / "manifest.json", (1, 1))
    assert str(tmp_path / "results" / "run" / "newer") in coercivity("report").out.splitlines()[0]


def test_a_comparison_of_one(coercivity) -> None:
    assert "two scenarios or more" in coercivity("compare", "baseline").err


@pytest.mark.parametrize(
    "words", [("run", "--out", ""), ("compare", "baseline", " "), ("verify", ""), ("validate", "")]
)
def test_an_empty_word_is_no_folder(words: tuple[str, ...], coercivity) -> None:
    got = coercivity(*words)
    assert got.code == 2
    assert f"an empty word follows `{words[-2]}`" in got.err


def test_a_comparison_with_an_unknown_scenario(coercivity) -> None:
    assert "did you mean `embargo`" in coercivity("compare", "baseline", "embrago").err


def test_verify_something_else(coercivity, tmp_path: Path) -> None:
    got = coercivity("verify", tmp_path)
    assert got.code == 2
    assert "is not a result folder" in got.err


def test_a_folder_that_is_no_configuration_is_named(
    coercivity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COERCIVITY_CONF", str(tmp_path / "nowhere"))
    got = coercivity("run", "--out", tmp_path / "run")
    assert (got.code, len(got.err.strip().splitlines())) == (2, 1)
    assert "no config.yaml there; it must be a folder like conf/" in got.err
