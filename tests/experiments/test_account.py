"""The yearly account: what is registered, balances, what is read, the same twice."""

import re
from pathlib import Path

import pytest

from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.cli import main
from coercivity.experiments.figures.sankey import Node, Ribbon, draw_sankey
from coercivity.experiments.validation.account_figure import account_figure
from coercivity.experiments.validation.registered import read_registration
from coercivity.model.calibration.account import AccountDescription, fit_account
from coercivity.model.calibration.account.fit import pose
from coercivity.model.inputs.evidence import Evidence


def test_what_was_registered_still_stands(tmp_path: Path) -> None:
    fixed = read_registration(evidence_dir())
    assert fixed is not None
    assert fixed.changed == ()
    (tmp_path / "registered.yaml").write_bytes((evidence_dir() / "registered.yaml").read_bytes())
    (tmp_path / "account.csv").write_text("other rows\n")
    moved = read_registration(tmp_path)
    assert moved is not None
    assert moved.changed == ("account.csv",)
    assert moved.digest == fixed.digest
    assert "not as registered: account.csv" in moved.sentence()


def test_an_account_of_other_rows_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in evidence_dir().glob("*.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "account.csv").write_text((tmp_path / "account.csv").read_text() + "\n")
    assert main(["calibrate", "account", "--evidence", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "account.csv is not what was registered" in capsys.readouterr().err
    assert main(["calibrate", "account", "2014"]) == 2
    assert "takes no year" in capsys.readouterr().err


def test_a_figure_shows_its_own_year() -> None:
    fixed = read_registration(evidence_dir())
    assert fixed is not None
    account = AccountDescription.from_values(fixed.values["account"])
    fit = fit_account(pose(Evidence(evidence_dir()), account, "counted", account.early))
    for at, year in ((0, 2009), (5, 2014)):
        light = sum(fit.flows[f"supply.{e}.light"].only[at] for e in account.elements) / 1e3
        text = account_figure(fit, year, {"mined.light": "Light"})
        assert f"Light {light:.1f}<" in text
        assert f"Magnet rare earths, {year}" in text


def test_a_sankey_keeps_what_flows() -> None:
    nodes = {"a": Node("A", 0, "#000"), "b": Node("B <b>", 1, "#111"), "c": Node("C", 1, "#222")}
    text = draw_sankey("T", "kt", nodes, [Ribbon("a", "b", 3.0), Ribbon("a", "c", 1.0)])
    assert "A 4.0" in text
    assert "B &lt;b&gt; 3.0" in text
    high = {m[1]: float(m[0]) for m in re.findall(r'height="([\d.]+)" fill="(#\d+)"', text)}
    assert high["#000"] == pytest.approx(high["#111"] + high["#222"], abs=0.11)
