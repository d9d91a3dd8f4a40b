"""A quick share of the damaged sets of evidence: each is refused in a sentence, or runs."""

from pathlib import Path

import pytest
from tests.fuzz.evidence import KINDS, damage_evidence, judge

from coercivity.experiments.base.paths import conf_dir


@pytest.mark.parametrize(
    ("seed", "kind"), [*enumerate(sorted(KINDS)), *((seed, "") for seed in range(20, 25))]
)
def test_a_damaged_set_is_refused_in_a_sentence_or_runs(seed: int, kind: str, tmp_path: Path) -> None:
    assert judge(damage_evidence(seed, conf_dir() / "evidence", tmp_path / "evidence", kind))
