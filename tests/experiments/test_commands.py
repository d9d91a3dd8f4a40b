"""Commands as a user types them, over the toy model."""

import json
import os
import shutil
import subprocess
import sys
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
