"""A row without value, unit, year, source or confidence is refused, with file and line."""

import csv
import io
import re
import shutil
from pathlib import Path

import pytest
from tests.model.worlds import world

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.validation.files import check
from coercivity.model.inputs.evidence import COLUMNS, Evidence, EvidenceError, Fact, load
from coercivity.model.inputs.evidence_schema import schema_of

GOOD = "mt_weld,capacity,,35000,30000,40000,t REO/yr,2024,a source,estimate,"


def written(folder: Path, *rows: str) -> Path:
    path = folder / "mines.csv"
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    return path


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("mt_weld,capacity,,35000,,,t REO/yr,2024,,looked-up,", "mines.csv:2 .*no source"),
        ("mt_weld,capacity,,,,,t REO/yr,2024,a source,looked-up,", "no value"),
        ("mt_weld,capacity,,35000,,,,2024,a source,looked-up,", "no unit"),
        ("mt_weld,capacity,,35000,,,t REO/yr,24,a source,looked-up,", "not a year"),
        ("mt_weld,capacity,,35000,,,t REO/yr,2024,a source,certain,", "none of"),
        ("mt_weld,capacity,,many,,,t REO/yr,2024,a source,looked-up,", "not a number"),
        ("mt_weld,capacity,,35000,,,t REO/yr,2024,a guess,estimate,", "without a range"),
        ("mt_weld,capacity,,90000,30000,40000,t REO/yr,2024,a guess,estimate,", "outside its own range"),
    ],
)
def test_an_incomplete_row_is_refused(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(EvidenceError, match=said):
        load(written(tmp_path, row))


def test_a_repeated_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="repeats line 2"):
        load(written(tmp_path, GOOD, GOOD))


def test_a_good_row_is_read(tmp_path: Path) -> None:
    (fact,) = load(written(tmp_path, GOOD))
    assert (fact.entity, fact.number, fact.year) == ("mt_weld", 35000.0, 2024)


def test_the_shipped_evidence_is_complete() -> None:
    evidence = Evidence(evidence_dir())
    assert len(evidence.entities("jurisdictions")) >= 12
    assert len(evidence.entities("firms")) >= 20
    assert len(evidence.entities("mines")) >= 25
    for family in evidence.entities("baskets"):
        assert sum(evidence.items("baskets", family, "share").values()) == pytest.approx(1.0, abs=5e-3)


def test_a_figure_said_later_is_not_known_before(tmp_path: Path) -> None:
    folder = shutil.copytree(evidence_dir(), tmp_path / "evidence")
    (folder / "account.csv").write_text(
        "\n".join(
            [
                ",".join((*COLUMNS, "known")),
                "china,record,then,95000,,,t REO/yr,2013,a source,looked-up,,2013",
                "china,record,later,140000,,,t REO/yr,2013,a source,looked-up,,2016",
            ]
        )
    )
    assert [fact.item for fact in Evidence(folder).until(2014).facts("account")] == ["then"]


def test_nothing_of_the_account_is_later_than_2024() -> None:
    facts = list(Evidence(evidence_dir()).facts("account"))
    assert facts
    assert max(max(fact.year, fact.known) for fact in facts) <= 2024


def test_no_price_or_trade_is_later_than_2024() -> None:
    evidence = Evidence(evidence_dir())
    assert max(fact.year for fact in evidence.facts("prices")) <= 2024


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    (before,) = load(written(tmp_path, GOOD))
    (after,) = load(written(tmp_path, GOOD.replace("35000", "36000")))
    assert (before.number, after.number) == (35000.0, 36000.0)


HEADER = ",".join(COLUMNS) + "\n"


def changed(folder: Path, file: str, *swaps: tuple[str, str]) -> Path:
    """A copy of the shipped evidence with texts of one file replaced."""
    place = shutil.copytree(evidence_dir(), folder / "evidence")
    text = (place / file).read_text(encoding="utf-8")
    for was, now in swaps:
        assert was in text, was
        text = text.replace(was, now)
    (place / file).write_text(text, encoding="utf-8")
    return place


def named(text: str, *parts: str) -> str:
    """The line of a file that begins so."""
    return next(line for line in text.splitlines() if line.startswith(",".join(parts)))


@pytest.mark.parametrize(
    ("file", "parts", "column", "value", "said"),
    [
        (
            "baskets.csv",
            ("bayan_obo", "share", "Nd"),
            "value",
            "-0.1",
            r"baskets.csv:\d+ \(bayan_obo\): share is -0.1",
        ),
        ("baskets.csv", ("bayan_obo", "share", "Nd"), "value", "5", "expected 0 to 1"),
        ("baskets.csv", ("bayan_obo", "share", "Nd"), "value", "0.5", "share sums to .* expected 1"),
        ("mines.csv", ("bayan_obo", "capacity"), "value", "-5", "capacity is -5; expected 0 to"),
        ("mines.csv", ("bayan_obo", "capacity"), "value", "1e300", r"expected 0 to 1e\+08 \(t REO/yr\)"),
        (
            "mines.csv",
            ("bayan_obo", "capacity"),
            "unit",
            "USD/kg",
            r"unit 'USD/kg'; expected t/yr or",
        ),
        (
            "mines.csv",
            ("bayan_obo", "family"),
            "value",
            "bayan_oboe",
            "in baskets.csv; did you mean bayan_obo",
        ),
        (
            "mines.csv",
            ("bayan_obo", "firm"),
            "value",
            "nobody",
            r":\d+ \(bayan_obo\): firm 'nobody'",
        ),
        ("demand.csv", ("ev_motors", "demand", "CN"), "value", "-1", "demand is -1"),
        ("burdens.csv", ("CN", "charge"), "value", "-1", "charge is -1"),
        ("stocks.csv", ("CN", "private_cover"), "value", "1e9", "private_cover is 1e9"),
        ("prices.csv", ("oxide:Dy", "fob"), "value", "0", "fob is 0; expected more than 0"),
        ("recipes.csv", ("metal:Dy", "input"), "value", "0", "input sums to 0 kg of element"),
        ("recipes.csv", ("metal:Dy", "input"), "value", "5", "expected 0.99 and at most 2"),
        ("plants.csv", ("antai", "jurisdiction"), "value", "XX", "'XX' is not in jurisdictions.csv"),
        ("projects.csv", ("araxa", "stage"), "value", "dreamt of", "expected construction, feasibility"),
    ],
)
def test_nonsense_is_refused_by_file_line_and_field(
    tmp_path: Path, file: str, parts: tuple[str, ...], column: str, value: str, said: str
) -> None:
    line = named((evidence_dir() / file).read_text(encoding="utf-8"), *parts)
    (cells,) = csv.reader([line])
    cells[COLUMNS.index(column)] = value
    if column == "value" and cells[COLUMNS.index("low")]:  # so that the range cannot tell
        cells[COLUMNS.index("low")] = cells[COLUMNS.index("high")] = value
    mended = io.StringIO()
    csv.writer(mended, lineterminator="").writerow(cells)
    folder = changed(tmp_path, file, (line, mended.getvalue()))
    with pytest.raises(EvidenceError, match=said):
        Evidence(folder)
    with pytest.raises(UserError, match=said):  # `validate` says the same of the file alone
        check(folder / file)


@pytest.mark.parametrize(
    ("file", "row", "was"),
    [
        ("plants.csv", "mountain_pass_legacy,stage,,", "separation"),
        ("projects_2009.csv", ",kind,,", "mine"),
    ],
)
def test_a_stage_is_known_of_what_is_gone_too(tmp_path: Path, file: str, row: str, was: str) -> None:
    folder = changed(tmp_path, file)
    text = (folder / file).read_text(encoding="utf-8")
    assert f"{row}{was}," in text
    (folder / file).write_text(text.replace(f"{row}{was},", f"{row}{was}x,", 1), encoding="utf-8")
    with pytest.raises(UserError, match=rf"{file}:\d+ .*: no stage '{was}x'; did you mean {was}"):
        check(folder)


@pytest.mark.parametrize(
    ("file", "row", "misspelt", "hint"),
    [
        ("mines.csv", "bayan_obo,capacity,", "bayan_obo,capacityx,", "capacityx; did you mean capacity"),
        ("plants.csv", "antai,yield,", "antai,yiel,", "no attribute yiel; did you mean yield"),
        ("quotas.csv", "CN,mining_quota,light,", "CN,minning_quota,light,", "did you mean mining_quota"),
        ("prices.csv", "oxide:Gd,", "oxide:Gdx,", "names 'oxide:Gdx', which is not known; did you mean Gd"),
        ("finishing.csv", "oxide:Ce,in_surplus", "oxide:Cee,in_surplus", "'oxide:Cee', .* did you mean Ce"),
        ("taxes.csv", "import_tariff,oxide:VN,", "import_tariff,oxide:VNN,", "names 'oxide:VNN'"),
        ("uses.csv", "glass,elasticity_short,Nd,", "glass,elasticity_short,Ndd,", "did you mean Nd"),
        ("burdens.csv", "AO,charge,tailings,", "AO,charge,tailing,", "charge names 'tailing'.*mean tailings"),
        ("rules.csv", "AU,importer,delay,", "AU,importer,dealy,", "importer names 'dealy'.*mean delay"),
        ("rules.csv", "AU,importer,delay,", "AU,importr,delay,", "no role 'importr'; did you mean importer"),
        ("objective.csv", "CN,weight,leverage,", "CN,weight,levrage,", "item 'levrage'.*mean leverage"),
        ("objective.csv", "CN,goal,leadership,", "CN,goals,leadership,", "goals; did you mean goal"),
        ("quotas.csv", "CN,mining_quota,light,", "CN,mining_quota,lihgt,", "reads 'lihgt'.*mean light"),
        ("output.csv", "CN,output,heavy,", "CN,output,heavies,", "output names 'heavies'.*mean heavy"),
        ("freight.csv", "distance,AO,EU,", "distanse,AO,EU,", "nothing reads 'distanse'.*mean distance"),
        ("freight.csv", "distance,AU,JP,", "distance,EU,AO,", "AO is on line 11; a way is the same"),
        ("freight.csv", "oxide,insurance,", "oxide,insurence,", "insurence; did you mean insurance"),
        ("freight.csv", "any,inland_factor,,", "any,inland_factor,sea,", "nothing reads inland_factor by"),
        ("behaviour.csv", "investment,hurdle_rate,EU,", "investment,hurdle_rate,UE,", "rate names 'UE'"),
        ("behaviour.csv", "investment,survival,scoping,", "investment,survival,scopping,", "mean scoping"),
        ("behaviour.csv", "demand,short_elasticity,Y,", "demand,short_elasticity,Yt,", "names 'Yt'"),
        ("behaviour.csv", "relations,mean,allies,", "relations,mean,alies,", "mean relations mean allies"),
        ("taxes.csv", "import_tariff,oxide:VN,", "import_tariff,oxyde:VN,", "nothing reads 'oxyde'.*oxide"),
        ("plants.csv", "antai,capacity,,", "antai,capacity,Nd,", "expected none: nothing reads capacity by"),
        ("mines.csv", "northern_rare_earth,,,text", "northern_rare_earth ,,,text", "blank at an end"),
        ("jurisdictions.csv", "US,bloc,,", "US,bloc,\u200b,", "what cannot be seen; write ''"),
        ("jurisdictions.csv", "US,bloc,,allied", "US,bloc,,alied", "expected allied, .* did you mean allied"),
        ("recipes.csv", "lifetime,defence,", "lifetime,defense,", "lifetime names 'defense'.*mean defence"),
        ("recipes.csv", ",heavy_content,", ",heavy_contents,", "reads 'heavy_contents'.*mean heavy_content"),
        ("burdens.csv", "metal_abroad,burden,", "metal_abrod,burden,", "did you mean metal_abroad"),
        ("prices.csv", "fob,US,", "fob,USA,", "fob names 'USA'.*did you mean US"),
        ("drivers.csv", "growth,history,", "growth,hist0ry,", "expected history; did you mean history"),
        ("base_2024.csv", "sichuan,sigma,", "sichuen,sigma,", "no sigma of sichuan"),
    ],
)  # fmt: skip
def test_a_misspelt_name_is_never_taken_for_another_figure(
    tmp_path: Path, file: str, row: str, misspelt: str, hint: str
) -> None:
    folder = changed(tmp_path, file)
    text = (folder / file).read_text(encoding="utf-8")
    assert row in text
    (folder / file).write_text(text.replace(row, misspelt, 1), encoding="utf-8")
    with pytest.raises(UserError, match=hint):
        check(folder)
    if file in ("rules.csv", "taxes.csv"):  # the file alone is checked as the folder is
        with pytest.raises(UserError, match=hint):
            check(folder / file)


@pytest.mark.parametrize(
    "name",
    ["Mines", "quota", "projects-2014", "mines (1)", "prices - Copy", "base_2024_old", "~$taxes", "._uses"],
)
def test_a_file_that_nothing_reads_is_not_passed_over(tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(evidence_dir(), tmp_path / "evidence")
    shutil.copy(folder / "quotas.csv", folder / f"{name}.csv")
    said = f"{name}.csv: nothing reads a file of that name; did you mean"
    with pytest.raises(UserError, match=re.escape(said)):
        check(folder)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"\xef\xbb\xbfbehaviour.csv\r\nfreight\nfreight\njurisdictions\nobjective\nuncertainty", ""),
        (b"\xff\xfe", "gallium_germanium/shared.txt is not UTF-8 text"),
        (b"../gallium_germanium/mines", "names ../gallium_germanium/mines, but there is no"),
        (b"Behaviour", "names Behaviour, but there is no Behaviour.csv to share"),
    ],
)
def test_a_list_of_what_is_shared_is_read_or_refused(tmp_path: Path, text: bytes, said: str) -> None:
    folder = shutil.copytree(evidence_dir(), tmp_path / "evidence") / "gallium_germanium"
    (folder / "shared.txt").write_bytes(text)
    if not said:
        assert check(folder).startswith("good")
        return
    with pytest.raises(UserError, match=said):
        check(folder)


def test_a_recipe_that_goes_round_is_refused(tmp_path: Path) -> None:
    row = "oxide:Dy,input,metal:Dy,1,,,kg/kg,2024,a test,recall,\nmetal:Dy,input,oxide:Dy,"
    folder = changed(tmp_path, "recipes.csv", ("metal:Dy,input,oxide:Dy,", row))
    with pytest.raises(EvidenceError, match=r"recipes go round in a circle: .* from "):
        Evidence(folder)


@pytest.mark.parametrize("file", sorted(path.name for path in evidence_dir().glob("*.csv")))
def test_a_file_that_went_missing_is_named(tmp_path: Path, file: str) -> None:
    folder = shutil.copytree(evidence_dir(), tmp_path / "evidence")
    (folder / file).unlink()
    if file.startswith("account"):
        return
    with pytest.raises(UserError, match=file.replace("_", ".")):
        check(folder)


@pytest.mark.parametrize(
    "file", ["plants.csv", "mines.csv", "firms.csv", "projects.csv", "base_2024.csv", "uses.csv"]
)
@pytest.mark.parametrize("first", [True, False])
def test_half_a_file_is_refused(tmp_path: Path, file: str, first: bool) -> None:
    folder = shutil.copytree(evidence_dir(), tmp_path / "evidence")
    head, *rows = (folder / file).read_text(encoding="utf-8").splitlines()
    half = len(rows) // 2
    (folder / file).write_text(
        "\n".join([head, *(rows[:half] if first else rows[half:])]) + "\n", encoding="utf-8"
    )
    moved = folder.rename(tmp_path / "of_my_own")
    with pytest.raises(UserError, match=r"\.csv"):
        check(moved)
    if file in ("plants.csv", "mines.csv"):
        with pytest.raises(UserError, match=r"\.csv"):
            check(moved / file)


def test_a_plant_that_is_gone_is_missed_by_its_file_alone(tmp_path: Path) -> None:
    folder = shutil.copytree(evidence_dir(), tmp_path / "evidence")
    rows = (folder / "plants.csv").read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if not row.startswith("antai,")]
    (folder / "plants.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"no antai, with which base_2009.csv was reconciled \(line \d+\)"):
        check(folder / "plants.csv")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER.replace(",", ";") + GOOD.replace(",", ";"), "mines.csv:1: cells are separated by semicolons"),
        (HEADER, "holds no row"),
        ("", "is empty"),
        (HEADER + GOOD.replace("35000", '"3,5"'), "write a decimal point"),
        (HEADER + GOOD.replace("35000", "inf"), "is 'inf', which is not a number"),
        (HEADER + GOOD.replace("35000", "1_000"), "write plain digits"),
        (HEADER + GOOD.replace("35000", "３５０００"), "write plain digits"),
        (HEADER + GOOD.replace("2024", "20²4"), "write it in four digits"),
        (HEADER + GOOD.replace("40000", "inf"), "has high 'inf'"),
        (HEADER + GOOD.replace("30000,40000", "40000,30000"), "low must not be above high"),
        (HEADER + GOOD.replace("30000,40000", "30000,").replace("estimate", "derived"), "only one end"),
        (HEADER + GOOD + "x" * 140_000, "more than 131,072 characters"),
    ],
)
def test_what_spreadsheets_make_of_it_is_refused_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mines.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EvidenceError, match=said):
        load(path)


def test_a_byte_order_mark_and_a_line_separator_in_a_note_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mines.csv"
    path.write_text("\ufeff" + HEADER + GOOD + "one\u2028note\x85\x1c\n", encoding="utf-8")
    (fact,) = load(path)
    assert (fact.line, fact.number, fact.note) == (2, 35000.0, "one\u2028note\x85\x1c")


def test_a_base_year_of_other_evidence_is_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(evidence_dir(), tmp_path / "evidence")
    base = folder / "base_2024.csv"
    rows = [row for row in base.read_text(encoding="utf-8").splitlines() if not row.startswith("antai,room")]
    base.write_text("\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"base_2024.csv has no room of antai.*calibrate base-year 2024"):
        check(folder)


def test_every_file_shipped_is_declared_and_every_set_good() -> None:
    for path in evidence_dir().rglob("*.csv"):
        assert schema_of(path.stem) is not None, path.name
    assert "of chain rare_earths" in check(evidence_dir())
    assert "of chain gallium_germanium" in check(evidence_dir() / "gallium_germanium")


def test_no_step_reads_evidence_but_the_taxes_of_its_year(monkeypatch: pytest.MonkeyPatch) -> None:
    made, find, read = world(), Evidence.find, set[str]()

    def watched(self: Evidence, file: str, *asked: object, **more: object) -> Fact | None:
        read.add(file)
        return find(self, file, *asked, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Evidence, "find", watched)
    made.step()
    made.step()
    assert read <= {"taxes", "behaviour"}  # how taxes are evaded is behaviour
