"""The yearly account: what is registered, balances, what is read, the same twice."""

from pathlib import Path

from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.validation.registered import read_registration


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
