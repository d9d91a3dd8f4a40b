"""What users of sweeps get wrong, or find changed, is told in one sentence; nothing is taken for another."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

WORDS = ("sweep", "seed=range(0,6)", "clock.step=year")

ROWS = {
    "the code of a country": ("about.source,seed\nNA,0\nJP,1\n", ["NA", "JP"]),
    "words for nothing": ("about.source,seed\nN/A,0\nnone,1\nNone,2\n", ["N/A", "none", "None"]),
    "blanks around": ("about.source, seed\n NA ,0\n", ["NA"]),
    "an empty cell": ("about.source,seed\n,0\nJP,1\n", [None, "JP"]),
}


def typed_rows(coercivity, folder: Path, text: str, *more: object):
    (folder / "rows.csv").write_text(text)
    words = ("--design", "list", "--rows", folder / "rows.csv", "--workers", 1, "--out", folder / "x")
    return coercivity("sweep", "clock.step=year", *words, *more)


@pytest.mark.parametrize("name", ROWS)
def test_only_an_empty_cell_sets_nothing(name: str, coercivity, tmp_path: Path) -> None:
    text, expected = ROWS[name]
    got = typed_rows(coercivity, tmp_path, text)
    assert got.code == 0, got.err
    design = pd.read_parquet(tmp_path / "x" / "design.parquet")
    assert [value if isinstance(value, str) else None for value in design["about.source"]] == expected


BAD_ROWS = {
    "a word for a number": ("market.elasticity\n0.5\nNA\n", "`market.elasticity` must be a number"),
    "nan for a number": ("market.elasticity\n0.5\nnan\n", "row 2 has nan as `market.elasticity`"),
    "endless": ("market.elasticity\n0.5\ninf\n", "row 2 has inf"),
    "a column twice": ("seed,seed\n1,2\n", "the column `seed` stands 2 times"),
    "a column twice but for blanks": ("seed, seed\n1,2\n", "the column `seed` stands 2 times"),
    "a column without a name": (",seed\n0,1\n", "column 1 has no setting as its name"),
    "a decimal comma": ('market.elasticity\n"0,5"\n', "row 1 has 0,5 as `market.elasticity`"),
    "an empty file": ("", "its first line is empty"),
    "semicolons": ("seed;market.elasticity\n1;0,5\n", "parted by semicolons"),
    "no scenario": ("scenario,seed\nnull,1\n", "takes the name of a file, not null"),
    "weights of a list": ("seed,weight\n1,2\n", "`weight` goes with --design posterior"),
    "nothing but numbers of runs": ("run,future\n1,2\n", "no column of a setting"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_mistake_in_rows_is_named(name: str, coercivity, tmp_path: Path) -> None:
    text, said = BAD_ROWS[name]
    got = typed_rows(coercivity, tmp_path, text)
    assert got.code == 2, got.err
    assert said in got.err
    assert not (tmp_path / "x").exists()


SAMPLE = ("market.elasticity=interval(0.5,2)", "--design", "latin-hypercube")
BAD_WORDS = {
    "study seed": ((*SAMPLE, "--samples", 4, "--study-seed", -1), "--study-seed -1: give a whole number"),
    "an interval of one point": (("seed=interval(1,1)", *SAMPLE[1:], "--samples", 4), "both ends are 1"),
    "an endless interval": (("market.elasticity=interval(0,inf)", *SAMPLE[1:]), "needs finite ends"),
    "endless sample": ((*SAMPLE, "--samples", 10**12), "at most 20,000,000 are made"),
    "seconds": (("seed=1,2", "--shard-seconds", "nan"), "write a number, as in `--shard-seconds 2`"),
    "a study seed of many digits": (
        (*SAMPLE, "--samples", 4, "--study-seed", 10**25),
        "a whole number of at most 15 digits",
    ),
    "a range that stands still": (("seed=range(0,3,0)",), "a range needs a step other than 0"),
    "an interval of words": (
        ("market.elasticity=interval(low,high)", *SAMPLE[1:]),
        "interval() takes numbers",
    ),
    "a value twice": (("seed=1,2,1",), "gives 1 more than once"),
    "a scenario twice": (("scenario=baseline,embargo,baseline",), "gives baseline more than once"),
    "no seconds": (("seed=1,2", "--shard-seconds", "0"), "must be more than 0"),
    "parts": (("seed=1,2", "--engine", "slurm", "--array", 0), "at least 1 part"),
    "null": (("scenario=null", "seed=1,2"), "takes the name of a file, not null"),
}


@pytest.mark.parametrize("name", BAD_WORDS)
def test_a_mistake_in_options_is_named(name: str, coercivity, tmp_path: Path) -> None:
    words, said = BAD_WORDS[name]
    got = coercivity("sweep", *words, "--workers", 1, "--out", tmp_path / "x")
    assert got.code == 2, got.err
    assert said in got.err


HYDRA = {
    "a launcher": (("-m", "hydra/launcher=joblib"), "hydra.sweeper.workers=N"),
    "a sweeper that is not there": (("-m", "hydra/sweeper=optuna"), "there are: basic, coercivity"),
    "a key that is not there": (("-m", "hydra.sweeper.colour=red"), "Hydra refuses `"),
    "a launcher of one run": (("hydra/launcher=joblib",), "Hydra's own settings cannot be changed"),
}


@pytest.mark.parametrize("name", HYDRA)
def test_what_hydra_refuses_is_one_sentence(name: str, coercivity, tmp_path: Path) -> None:
    words, said = HYDRA[name]
    where = (f"hydra.sweep.dir={tmp_path}/x",) if "-m" in words else ()
    got = coercivity("run", *words, "seed=1", *where)
    assert got.code == 2
    assert said in got.err
    assert len(got.err.strip().splitlines()) == 1


def test_a_key_is_listed_once(coercivity, tmp_path: Path) -> None:
    got = coercivity("run", "zzz=1", "--out", tmp_path / "x")
    named = re.findall(r"`\w+`", got.err.partition("it has")[2])
    assert len(named) == len(set(named)) > 3


def test_two_multiruns_of_stock_hydra_are_not_mixed(coercivity, tmp_path: Path) -> None:
    words = ("run", "-m", "seed=1", "clock.step=year", "hydra/sweeper=basic")
    place = (f"hydra.sweep.dir={tmp_path}/jobs", f"hydra.run.dir={tmp_path}/jobs")
    assert coercivity(*words, *place).code == 0
    got = coercivity(*words, *place)
    assert got.code == 2
    assert "this folder holds other results" in got.err


def test_optimised_python_is_told(toy_typed, tmp_path: Path) -> None:
    got = toy_typed(*WORDS, "--plan", PYTHONOPTIMIZE="1")
    assert got.code == 2
    assert "PYTHONOPTIMIZE" in got.err


def test_blanks_after_commas_are_no_part_of_a_name(coercivity, tmp_path: Path) -> None:
    words = ("scenario=baseline, embargo", "clock.step=year", "seed=1, 2", "--workers", 1)
    got = coercivity("sweep", *words, "--out", tmp_path / "swept")
    assert got.code == 0, got.err
    design = pd.read_parquet(tmp_path / "swept" / "design.parquet")
    assert sorted(set(design["scenario"])) == ["baseline", "embargo"]


def test_nothing_to_sweep_is_told(coercivity, tmp_path: Path) -> None:
    got = coercivity("sweep", "scenario=embargo", "seed=5", "--plan")
    assert "nothing is varied" in got.err
    assert "1 run (grid)" in got.err and "0 settings varied" in got.err
    assert "nothing is varied" not in coercivity(*WORDS, "--plan").err


def test_measures_that_begin_too_late_are_told(
    coercivity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import yaml

    from coercivity.experiments.base.paths import conf_dir

    mine = tmp_path / "conf"
    shutil.copytree(conf_dir(), mine)
    late = yaml.safe_load((mine / "scenario" / "embargo.yaml").read_text())
    late["state"] = {"china": {"lever": {"export_limit": {"share": {"2027-01": 0.0}}}}}
    text = "# @package _global_\n" + yaml.safe_dump(late)
    (mine / "scenario" / "late.yaml").write_text(text)
    monkeypatch.setenv("COERCIVITY_CONF", str(mine))
    said = "late has measures that begin only when these runs have ended (2027-01)"
    where = "`state.china.lever.export_limit.share` in 2027-01"
    words = ("clock.step=year", "clock.end=2027-01", "--workers", 1)
    got = coercivity("sweep", "scenario=baseline,late", "seed=range(0,6)", *words, "--out", tmp_path / "x")
    assert said in got.err and where in got.err, got.err
    analysed = coercivity("analyse", tmp_path / "x").out
    assert said.capitalize() in analysed
    assert "regretted least" not in analysed
    got = coercivity("compare", "baseline", "late", *words, "--out", tmp_path / "y")
    assert said in got.err
    assert said in re.sub(r"\s+", " ", got.out)
    assert "no visible difference" not in got.out


@pytest.fixture
def swept(coercivity, tmp_path: Path) -> Path:
    """A whole dataset of six runs."""
    got = coercivity(*WORDS, "scenario=baseline,embargo", "--workers", 1, "--out", tmp_path / "sweep")
    assert got.code == 0, got.err
    return tmp_path / "sweep"


def edited(path: Path, change: Callable[[dict], object]) -> None:
    stored = json.loads(path.read_text())
    change(stored)
    path.write_text(json.dumps(stored))


def changed_number(folder: Path) -> None:
    (file,) = (folder / "summary").glob("part-*.parquet")
    table = pq.read_table(file)
    values = table["value"].to_numpy().copy()
    values[40] *= 2
    pq.write_table(
        table.set_column(4, "value", [values]).replace_schema_metadata(table.schema.metadata), file
    )


def changed_design(folder: Path) -> None:
    table = pq.read_table(folder / "design.parquet")
    seeds = [seed + 1 for seed in table["seed"].to_pylist()]
    at = table.column_names.index("seed")
    changed = table.set_column(at, "seed", [seeds]).replace_schema_metadata(table.schema.metadata)
    pq.write_table(changed, folder / "design.parquet")


TAMPERED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a number": (changed_number, "was changed"),
    "a row of the design": (changed_design, "design.parquet"),
    "the question": (
        lambda f: edited(f / "plan.json", lambda s: s["question"].update(overrides=["seed=range(1,7)"])),
        "plan.json",
    ),
    "too many runs": (lambda f: edited(f / "plan.json", lambda s: s.update(runs=10**12)), "plan.json"),
    "a plan that is a list": (lambda f: (f / "plan.json").write_text("[1]"), "plan.json"),
    "no answers": (lambda f: shutil.rmtree(f / "summary"), "was changed"),
    "no design": (lambda f: (f / "design.parquet").unlink(), "design.parquet"),
    "no hash": (
        lambda f: edited(f / "manifest.json", lambda s: s["tables"]["summary"].pop("sha256")),
        "changed",
    ),
    "no summary": (lambda f: edited(f / "manifest.json", lambda s: s.update(tables={})), "changed"),
    "no failures": (lambda f: (f / "failures.parquet").unlink(), "was changed"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_changed_dataset_is_neither_analysed_nor_verified(name: str, swept: Path, coercivity) -> None:
    change, said = TAMPERED[name]
    change(swept)
    for command in ("analyse", "verify"):
        got = coercivity(command, swept)
        assert got.code == 2, (command, got.err)
        assert said in got.err, (command, got.err)
    assert not (swept / "analysis").exists()


@pytest.mark.parametrize("how", ["no answers", "too many runs", "a row of the design"])
def test_a_changed_dataset_is_gone_on_with_or_refused(how: str, swept: Path, coercivity) -> None:
    before = json.loads((swept / "manifest.json").read_text())["tables"]["summary"]["sha256"]
    TAMPERED[how][0](swept)
    got = coercivity("sweep", "--continue", swept, "--workers", 1)
    assert got.code == (0 if how == "no answers" else 2), got.err
    assert json.loads((swept / "manifest.json").read_text())["tables"]["summary"]["sha256"] == before


def test_printed_commands_are_for_a_shell(coercivity, tmp_path: Path) -> None:
    out = tmp_path / "my $results; 50% of %j"
    got = coercivity(*WORDS, "--workers", 1, "--out", out)
    assert got.code == 0, got.err
    command = shlex.split(got.out.partition("next: ")[2].strip())
    assert command == ["coercivity", "analyse", str(out)]
    got = coercivity(*WORDS, "--engine", "slurm", "--array", 2, "--out", out)
    command = shlex.split(got.out.partition("submit them with: ")[2].strip())
    assert command == ["sbatch", str(out / "sweep.sbatch")]


def test_a_script_of_slurm_runs_whatever_its_folder_is_called(coercivity, tmp_path: Path) -> None:
    out = tmp_path / 'it\'s %j "50%" \\x'
    assert coercivity(*WORDS, "--engine", "slurm", "--array", 2, "--out", out).code == 0
    script = (out / "sweep.sbatch").read_text()
    asked = [line for line in script.splitlines() if line.startswith("#SBATCH")]
    assert "#SBATCH --signal=B:TERM@120" in asked
    assert not any("%" in line or '"' in line for line in asked)
    command = script.splitlines()[-1].removeprefix("exec ")
    (tmp_path / "try.sh").write_text(script.replace(f"exec {command}", f"printf '%s\\n' {command}"))
    environment = {**os.environ, "SLURM_ARRAY_TASK_ID": "1", "SLURM_CPUS_PER_TASK": "3"}
    subprocess.run(["bash", str(tmp_path / "try.sh")], check=True, env=environment)
    words = (tmp_path / f"{out.name}.logs" / "1.log").read_text().splitlines()
    assert words[-6:] == ["--continue", str(out), "--part", "1/2", "--workers", "3"]
