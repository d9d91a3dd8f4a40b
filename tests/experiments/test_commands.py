"""Commands as a user types them, over the toy model."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from coercivity.experiments.base.tables import TABLES, content_hash, tidy
from coercivity.experiments.cli.entry import COMMANDS


def test_a_run_writes_everything_it_promises(coercivity, tmp_path: Path) -> None:
    from coercivity.experiments.runs.result import load_run

    got = coercivity("run", "scenario=embargo", "clock.step=year", "--out", tmp_path / "run")
    assert got.code == 0, got.err
    assert "Full embargo" in got.out
    run = load_run(tmp_path / "run")
    assert set(run.tables) == set(TABLES)
    assert run.config["scenario"] == "embargo"
    assert run.config["clock"]["step"] == "year"
    assert run.manifest.status == "complete"
    for name, spec in TABLES.items():
        assert tuple(run.tables[name].columns) == spec.columns
        assert run.manifest.tables[name]["rows"] == len(run.tables[name])
    assert "complete in" in (tmp_path / "run" / "run.log").read_text()
    assert "timing" not in run.manifest.tables
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


def test_a_lever_no_file_lists_may_be_set(toy: None) -> None:
    from coercivity.experiments.config.compose import compose

    composed = compose(["state.japan.lever.stockpile.days=90"])
    assert composed.values["state"]["japan"]["lever"] == {"stockpile": {"days": 90}}


def test_a_declared_key_no_file_lists_may_be_set(toy: None) -> None:
    from coercivity.experiments.config.compose import compose

    composed = compose(["market.note=ours"])
    assert composed.settings.market.note == "ours"


def test_the_same_run_again_has_the_same_hashes(coercivity, tmp_path: Path) -> None:
    from coercivity.experiments.runs.manifest import read_manifest

    for name in ("a", "b"):
        assert coercivity("run", "seed=3", "--out", tmp_path / name).code == 0
    first, second = (read_manifest(tmp_path / name) for name in ("a", "b"))
    assert first.tables == second.tables
    assert first.config_hash == second.config_hash


def test_a_run_may_be_made_anew_in_its_place(coercivity, tmp_path: Path) -> None:
    for seed in (1, 2):
        assert coercivity("run", f"seed={seed}", "--out", tmp_path / "run").code == 0
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["seed"] == 2


def test_verify_repeats_a_run_and_notices_a_change(coercivity, tmp_path: Path) -> None:
    out = tmp_path / "run"
    coercivity("run", "--out", out)
    got = coercivity("verify", out)
    assert got.code == 0, got.err
    assert f"all {len(TABLES)} tables are the same" in got.out
    prices = pd.read_parquet(out / "prices.parquet")
    prices["price"] += 1.0
    prices.to_parquet(out / "prices.parquet")
    got = coercivity("verify", out)
    assert got.code == 2
    assert "prices.parquet was changed" in got.err
    manifest = out / "manifest.json"
    stored = json.loads(manifest.read_text())
    stored["tables"]["prices"]["sha256"] = content_hash(tidy("prices", prices, TABLES["prices"]))
    manifest.write_text(json.dumps(stored))
    got = coercivity("verify", out)
    assert got.code == 2
    assert "its digest is not that of its content" in got.err


def test_verify_notices_a_changed_configuration(coercivity, tmp_path: Path) -> None:
    out = tmp_path / "run"
    coercivity("run", "--out", out)
    config = out / "config.yaml"
    config.write_text(config.read_text().replace("seed: 0", "seed: 1"))
    got = coercivity("verify", out)
    assert got.code == 2
    assert "config.yaml was changed" in got.err


def test_a_comparison_has_rows_figures_and_a_report(coercivity, tmp_path: Path) -> None:
    out = tmp_path / "compared"
    got = coercivity("compare", "baseline", "embargo", "--workers", "1", "--out", out)
    assert got.code == 0, got.err
    assert max(map(len, got.out.splitlines()[:-1])) <= 100
    table = pd.read_csv(out / "compare.csv").set_index(["indicator", "jurisdiction"])
    dear = table.loc[("price of Dy oxide, mean", "OUTSIDE")]
    assert dear["embargo"] == pytest.approx(3 * dear["baseline"])
    assert dear["embargo minus baseline"] == pytest.approx(dear["embargo"] - dear["baseline"])
    assert table.loc[("shortage of magnets, worst step", "JP"), "embargo"] == pytest.approx(0.4)
    assert table["unit"].notna().all()
    names = {path.name for path in (out / "figures").iterdir()}
    stems = ("prices", "shares", "shortage", "who_pays")  # pollution is as it was, so its figure is left out
    assert names == {f"{stem}.{kind}" for stem in stems for kind in ("png", "pdf")}
    for name in ("baseline", "embargo"):
        assert (out / "runs" / name / "manifest.json").is_file()


def test_a_comparison_as_json(coercivity, tmp_path: Path) -> None:
    got = coercivity("compare", "baseline", "embargo", "--workers", "1", "--json", "--out", tmp_path / "c")
    document = json.loads(got.out)
    assert document["scenarios"] == ["baseline", "embargo"]
    assert {"indicator", "jurisdiction", "unit", "baseline", "embargo"} <= set(document["rows"][0])


def test_a_failing_comparison_leaves_only_its_log(coercivity, tmp_path: Path) -> None:
    got = coercivity("compare", "baseline", "embargo", "seed=666", "--workers", "1", "--out", tmp_path / "c")
    assert got.code == 1
    assert "baseline: ArithmeticError: the matrix is singular" in got.err
    assert [path.name for path in tmp_path.iterdir()] == ["c.failed.log"]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_help_with_an_example(command, coercivity) -> None:
    got = coercivity(command.name, "--help")
    assert got.code == 0
    assert command.example in " ".join(got.out.split())


def test_help_names_every_command(coercivity) -> None:
    got = coercivity("--help")
    assert got.code == 0
    assert all(command.name in got.out for command in COMMANDS)


def test_lists(coercivity) -> None:
    assert any(line.startswith("embargo ") for line in coercivity("list", "scenarios").out.splitlines())
    items = json.loads(coercivity("list", "estimates", "--json").out)
    assert [item["name"] for item in items] == ["oxide:Nd.fob.2024"]
    assert items[0]["summary"] == "60 USD/kg (50 to 70): estimate: between its neighbours"
    assert {"name", "summary"} <= set(json.loads(coercivity("list", "states", "--json").out)[0])


HOSTILE = {
    "target": (
        "about: {title: a, source: b, purpose: c}\nx: {_target_: os.system}\n",
        "never code",
    ),
    "reference": ("about: {title: a, source: b, purpose: '${oc.env:HOME}'}\n", "reference"),
    "hydra block": ("about: {title: a, source: b, purpose: c}\nhydra: {run: {dir: /}}\n", "hydra"),
    "alias": ("a: &a [1]\nb: *a\n", "anchors and aliases"),
    "object": ("a: !!python/object/apply:os.system [ls]\n", "not valid YAML"),
    "no title": ("about: {source: b, purpose: c}\n", "about.title"),
    "not YAML": ("a: [1\n", "not valid YAML"),
    "unknown key": (
        "about: {title: a, source: b, purpose: c}\nmarkt: {}\n",
        "did you mean `market`",
    ),
    "too large": ("a: " + "x" * 1_000_001, "at most 1,000,000"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_validate_refuses(name, coercivity, tmp_path: Path) -> None:
    text, said = HOSTILE[name]
    file = tmp_path / "theirs.yaml"
    file.write_text("# @package _global_\n" + text)
    got = coercivity("validate", file)
    assert got.code == 2
    assert said in got.err
    assert "Traceback" not in got.err


def test_validate_accepts(coercivity, tmp_path: Path) -> None:
    conf = Path(__file__).parent / "conf"
    got = coercivity("validate", conf / "scenario" / "embargo.yaml", conf / "evidence" / "prices.csv")
    assert got.code == 0, got.err
    assert "good, scenario `embargo`" in got.out
    assert "good, 2 figures" in got.out


def test_welfare_comes_from_the_accounts_where_there_is_no_indicator() -> None:
    from coercivity.experiments.measures.catalogue import by_jurisdiction
    from coercivity.experiments.runs.gathered import gather

    tables = {
        "indicators": pd.DataFrame(columns=["jurisdiction", "indicator", "value"]),
        "activity": pd.DataFrame({"firm": ["f", "f"], "jurisdiction": ["US", "JP"], "capacity": [9.0, 1.0]}),
        "accounts": pd.DataFrame(
            {"owner": ["JP", "f", "JP"], "kind": ["consumer", "firm", "state"], "usd": [5.0, 7.0, -2.0]}
        ),
    }
    told = {name: by_jurisdiction(gather(tables), name).droplevel(1) for name in ("welfare", "fiscal_cost")}
    assert told["welfare"].to_dict() == {"JP": 3.0, "US": 7.0, "WORLD": 10.0}
    assert told["fiscal_cost"].to_dict() == {"JP": 2.0, "WORLD": 2.0}


PRESSES = ("comp", "compare restr", "run state.china.lever.export_l", "list scen")
COMPLETED = ("compare completion", "restrictions_2025", "state.china.lever.export_limit.", "scenarios")
TAB = {  # each shell as it calls the script at the press of a tab after {line}; what is found, a line each
    "bash": (
        'eval "$(coercivity completion bash)"; compopt() {{ :; }}; COMP_WORDS=({line}); '
        "COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _coercivity; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    ),
    "zsh": (
        'compdef() {{ :; }}; eval "$(coercivity completion zsh)"; compadd() {{ print -l -- $found }}; '
        'words=(${{(s: :)${{:-"{line}"}}}}); CURRENT=$#words; _coercivity'
    ),
    "fish": 'coercivity completion fish | source; complete -C "{line}"',
}


@pytest.mark.parametrize("shell", sorted(TAB))
def test_a_shell_completes_commands_scenarios_and_settings(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} on this machine to press a tab in")
    command = tmp_path / "coercivity"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m coercivity.experiments "$@"\n')
    command.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    found = []
    for words in PRESSES:
        script = TAB[shell].format(line=f"coercivity {words}")
        done = subprocess.run([shell, "-c", script], capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
        found.append(" ".join(done.stdout.split()))
    assert tuple(found) == COMPLETED


def test_two_runs_are_held_against_each_other(copy_of_result, coercivity) -> None:
    one, other = copy_of_result("run", "scenario=embargo"), copy_of_result("run", "scenario=baseline")
    got = coercivity("diff", one, other, "--json")
    assert got.code == 0, got.err
    rows = json.loads(got.out)["rows"]
    assert any(row[one.name] != row[other.name] for row in rows)
    got = coercivity("diff", one, one.parent)
    assert got.code == 2


@pytest.fixture
def in_time() -> Iterator[None]:
    """End what waits for ever as a failure."""

    def end(*_: object) -> None:
        raise TimeoutError

    old = signal.signal(signal.SIGALRM, end)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, old)


PIPES = {  # of a command: what in the folder is a pipe, and what is typed
    "a scenario": ("x.yaml", "validate IN/x.yaml"),
    "a table": ("x.csv", "validate IN/x.csv"),
    "a table beside it": ("mines.csv", "validate IN/prices.csv"),
    "a set of evidence": ("mines.csv", "validate IN"),
    "a list of what is shared": ("shared.txt", "run --evidence IN --out IN/o"),
    "a configuration": ("x.yaml", "run --config IN/x.yaml --out IN/o"),
    "a plan": ("scenario.yaml", "run scenario=plan:IN --out IN/o"),
    "rows": ("rows.csv", "sweep --design list --rows IN/rows.csv"),
    "a lock": (".o.lock", "run --out IN/o"),
    "what a run rests on": ("conf/scenario/mine.yaml", "list scenarios"),
    **{f"{name} of a run": (f"run/{name}", "verify IN/run") for name in ("manifest.json", "prices.parquet")},
    "the log of what is replaced": ("run/run.log", "run scenario=embargo --out IN/run"),
    **{f"{name} of a sweep": (f"sweep/{name}", "analyse IN/sweep") for name in ("plan.json", "summary/x")},
}


@pytest.mark.parametrize("name", PIPES)
def test_a_pipe_is_told_and_not_waited_for(
    name: str, coercivity, copy_of_result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_time: None
) -> None:
    place, words = PIPES[name]
    here = tmp_path / "in"
    shutil.copytree(Path(__file__).parent / "conf" / "evidence", here)
    if "run/" in place:
        copy_of_result("run", "scenario=embargo").rename(here / "run")
    if "sweep/" in place:
        copy_of_result("sweep", "seed=1,2", "scenario=embargo").rename(here / "sweep")
    if "conf/" in place:
        shutil.copytree(Path(__file__).parent / "conf", here / "conf")
        monkeypatch.setenv("COERCIVITY_CONF", str(here / "conf"))
    (here / place).unlink(missing_ok=True)
    os.mkfifo(here / place)
    got = coercivity(*words.replace("IN", str(here)).split())
    assert (got.code, got.out, got.err.count("\n")) == (2, "", 1), got
    assert f"{here / place} is a pipe and no file" in got.err


UNSEEN = {
    "a setting": (
        "run",
        "seed=\x1b[31m7",
        "`seed=\\x1b[31m7` holds a character that cannot be seen (U+001B)",
    ),
    "the end of a line of Windows": ("run", "seed=7\r", "(U+000D)"),
    "a mark of direction": ("run", "about.title=a\u202eb", "(U+202E)"),
    "a command": ("\x1b[2Jrun", "", "there is no command `\\x1b[2Jrun`"),
    "a file": ("validate", "a\x07.yaml", "there is no file a\\x07.yaml"),
    "a text of a file": ("validate", "IN/title.yaml", "`about.title` holds a character that cannot be seen"),
    "a key of a file": ("validate", "IN/key.yaml", "the key `a\\x07b` at the top holds a character"),
    "a name of a file": ("validate", "IN/na\x07me.yaml", "the name of the file holds a character"),
    "a note": ("validate", "IN/prices.csv", "note holds a character that cannot be seen (U+0000)"),
    "a place": ("run", "--out=IN/\udcff", "the name holds a character that cannot be seen (U+DCFF)"),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_cannot_be_seen_is_told_by_its_number(name: str, coercivity, tmp_path: Path) -> None:
    *words, said = UNSEEN[name]
    about = "# @package _global_\nabout: {title: T, source: S, purpose: P}\n"
    (tmp_path / "title.yaml").write_text(about.replace("T", '"\\e[2J"'))
    (tmp_path / "key.yaml").write_text(f'{about}"a\\ab": 1\n')
    (tmp_path / "na\x07me.yaml").write_text(about)
    evidence = (Path(__file__).parent / "conf" / "evidence" / "prices.csv").read_text()
    (tmp_path / "prices.csv").write_text(f"{evidence.rstrip()}\x00\n")
    got = coercivity(*(word.replace("IN", str(tmp_path)) for word in words if word))
    assert (got.code, got.out, got.err.count("\n")) == (2, "", 1), got
    assert said in got.err
    assert got.err.rstrip("\n").isprintable()
