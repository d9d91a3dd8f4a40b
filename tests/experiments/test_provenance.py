"""What a result says of itself: verify, exports, and where a number comes from."""

import json
import shlex
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from coercivity.experiments.provenance.iamc import split_years

SWEEP = ("sweep", "scenario=baseline,embargo", "seed=range(0,4)", "clock.step=year", "--workers", 1)


def test_verify_makes_runs_of_a_sweep_again(
    coercivity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fake_model

    out = tmp_path / "sweep"
    assert coercivity(*SWEEP, "--out", out).code == 0
    got = coercivity("verify", out, "--runs", 8)
    assert got.code == 0, got.err
    assert "8 runs made again are the same" in got.out
    monkeypatch.setattr(fake_model, "_price", lambda *_: 1.0)
    got = coercivity("verify", out)
    assert (got.code, got.out.count("DIFFERENT")) == (1, 3)
    (part,) = (out / "summary").iterdir()
    part.write_bytes(part.read_bytes()[:-10])
    for words in (("verify",), ("analyse",), ("report",), ("report", "--number", "fiscal cost@JP")):
        got = coercivity(words[0], out, *words[1:])
        assert (got.code, "was changed after the sweep" in got.err) == (2, True), got
        assert part.name in got.err


@pytest.fixture
def compared(copy_of_result) -> Path:
    return copy_of_result("compare", "baseline", "embargo", "clock.step=year", "seed=3")


def test_a_number_says_where_it_comes_from(coercivity, compared: Path, tmp_path: Path) -> None:
    got = coercivity("report", compared, "--number", "price of Dy oxide, mean@CN")
    assert got.code == 0, got.err
    shown = pd.read_csv(compared / "compare.csv").set_index(["indicator", "jurisdiction"])
    value = shown.loc[("price of Dy oxide, mean", "CN"), "embargo"]
    assert f"embargo: {value!r}".replace("np.float64(", "").replace(")", "") in got.out
    manifest = json.loads((compared / "runs" / "embargo" / "manifest.json").read_text())
    assert manifest["config_hash"] in got.out
    assert manifest["tables"]["prices"]["sha256"] in got.out
    command = next(line for line in got.out.splitlines() if "scenario=embargo" in line).split("command")[1]
    words = shlex.split(command)[1:]
    assert coercivity(*words, "--out", tmp_path / "again").code == 0
    again = json.loads((tmp_path / "again" / "manifest.json").read_text())
    assert again["tables"]["prices"] == manifest["tables"]["prices"]
    assert "did you mean" in coercivity("report", compared, "--number", "price of Dy oxid, mean@CN").err


def test_a_number_of_a_sweep_too(coercivity, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    assert coercivity(*SWEEP, "--out", out).code == 0
    got = coercivity("report", out, "--number", "fiscal cost@JP", "--run", 6)
    assert got.code == 0, got.err
    command = next(line for line in got.out.splitlines() if "command" in line).split("command")[1]
    assert shlex.split(command)[2:] == ["clock.step=year", "scenario=embargo", "seed=2"]
    assert "part-000000000-000000008.parquet" in got.out


def test_iamc_has_a_row_a_region_and_variable(coercivity, compared: Path) -> None:
    assert coercivity("export", compared).code == 0
    table = pd.read_csv(compared / "iamc.csv")
    assert list(table.columns) == ["model", "scenario", "region", "variable", "unit", "2025", "2026"]
    rows = table.set_index(["scenario", "region", "variable"])
    prices = pd.read_parquet(compared / "runs" / "embargo" / "prices.parquet")
    mine = prices.query("jurisdiction == 'JP' and material == 'oxide:Dy' and date < '2026'")["price"].mean()
    assert rows.loc[("embargo", "Japan", "Price|Oxide|Dy"), "2025"] == pytest.approx(mine)
    assert not table.duplicated(["scenario", "region", "variable", "unit"]).any()


@pytest.mark.parametrize(
    ("clock", "years", "said"),
    [
        (("clock.end=2025-07",), [], "holds no whole calendar year"),
        (("clock.end=2027-04",), ["2025", "2026"], "not whole: 2027;"),
        (("clock.end=2026-03", "clock.step=month"), ["2025"], "not whole: 2026;"),
    ],
)
def test_a_part_of_a_year_is_never_exported_as_a_year(
    clock: tuple[str, ...], years: list[str], said: str, coercivity, tmp_path: Path
) -> None:
    """Its output would be taken for a year's."""
    run, out = tmp_path / "run", tmp_path / "x.csv"
    assert coercivity("run", *clock, "--out", run).code == 0
    got = coercivity("export", run, "--out", out)
    assert (got.code, said in got.out + got.err) == (0 if years else 2, True), got
    assert out.exists() == bool(years)
    if years:
        assert [name for name in pd.read_csv(out).columns if name.isdigit()] == years


@pytest.mark.parametrize(
    ("first", "steps", "months", "whole", "part"),
    [
        ("2025-04", 4, 3, set(), {2025, 2026}),
        ("2025-07", 6, 3, {2026}, {2025}),
        ("2025-04", 2, 12, set(), {2025, 2026, 2027}),
        ("2025-02", 23, 1, {2026}, {2025}),
    ],
)
def test_a_year_is_whole_from_january_to_january(
    first: str, steps: int, months: int, whole: set[int], part: set[int]
) -> None:
    begin = 12 * int(first[:4]) + int(first[5:]) - 1
    every = [begin + months * step for step in range(steps)]
    dates = [f"{month // 12}-{month % 12 + 1:02d}-01" for month in every]
    assert split_years(dates, months) == (whole, part)


def test_pyam_reads_it(coercivity, compared: Path, tmp_path: Path) -> None:
    pyam = pytest.importorskip("pyam")
    assert coercivity("export", compared, "--out", tmp_path / "x.csv").code == 0
    frame = pyam.IamDataFrame(tmp_path / "x.csv")
    assert set(frame.scenario) == {"baseline", "embargo"}
    made = frame.filter(scenario="baseline", variable="Production|Magnet", region="Japan", year=2025)
    activity = pd.read_parquet(compared / "runs" / "baseline" / "activity.parquet")
    mine = activity.query("jurisdiction == 'JP' and stage == 'magnet' and date < '2026'")["tonnes"].sum()
    assert made.data["value"].tolist() == pytest.approx([mine])


def test_a_dataset_with_tables_may_be_exported(coercivity, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    assert coercivity(*SWEEP, "--out", out).code == 0
    assert "--tables prices" in coercivity("export", out).err
    assert coercivity(*SWEEP, "--tables", "prices", "--out", tmp_path / "kept").code == 0
    assert coercivity("export", tmp_path / "kept").code == 0
    table = pd.read_csv(tmp_path / "kept" / "iamc.csv")
    assert sorted(table["scenario"].unique())[0] == "baseline 000000"
    assert table["scenario"].nunique() == 8


def test_a_crate_describes_every_file(coercivity, compared: Path, tmp_path: Path) -> None:
    got = coercivity("export", compared, "--format", "ro-crate", "--out", tmp_path / "x.zip")
    assert got.code == 0, got.err
    crate = json.loads((compared / "ro-crate-metadata.json").read_text())
    graph = {entity["@id"]: entity for entity in crate["@graph"]}
    assert graph["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    assert graph["#run"]["name"].startswith("coercivity compare ")
    files = {path.relative_to(compared).as_posix() for path in compared.rglob("*") if path.is_file()}
    named = {part["@id"] for part in graph["./"]["hasPart"]}
    assert named == files - {"ro-crate-metadata.json"}
    assert all(graph[name]["identifier"].startswith("sha256:") for name in named)
    with zipfile.ZipFile(tmp_path / "x.zip") as packed:
        assert set(packed.namelist()) == files


def test_the_command_of_a_run_from_a_file_names_the_file(coercivity, copy_of_result, tmp_path: Path) -> None:
    """Its scenario's name alone would give other numbers."""
    changed = copy_of_result("run", "scenario=embargo", "market.elasticity=0.9") / "config.yaml"
    out = tmp_path / "from_file"
    assert coercivity("run", "--config", changed, "--out", out).code == 0
    told = coercivity("report", out, "--number", "price of Dy oxide, mean@OUTSIDE").out
    (line,) = (line for line in told.splitlines() if "command" in line)
    words = shlex.split(line.partition("command")[2])[1:]
    assert words == ["run", "--config", str(out / "config.yaml")]
    assert coercivity("export", out, "--format", "ro-crate").code == 0
    graph = json.loads((out / "ro-crate-metadata.json").read_text())["@graph"]
    (action,) = (entity for entity in graph if entity["@id"] == "#run")
    assert action["name"] == "coercivity run --config config.yaml"
    assert coercivity(*words, "--out", tmp_path / "again").code == 0
    tables = [
        json.loads((place / "manifest.json").read_text())["tables"] for place in (out, tmp_path / "again")
    ]
    assert tables[0] == tables[1]
