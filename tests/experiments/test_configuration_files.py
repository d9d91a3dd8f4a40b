"""Files of the configuration, each kind mended and broken: `validate` says which fault is where."""

import shutil
from pathlib import Path

import pytest

from coercivity.experiments.studies import trial_files

pytest.importorskip("coercivity.model.world")

PLAN, EXPERIMENT = "plan/default.yaml", "experiment/independence.yaml"
PARTS = {
    "a plan": (PLAN, "worlds: 10 ", "worlds: ten ", "`worlds` must be a whole number, not 'ten'"),
    "a plan's number": (PLAN, "value: 1.0, low: 0.5", "value: 9.0, low: 0.5", "not within 0.5 to 1.5"),
    "a plan's member": (PLAN, "EU: european_union", "EU: europe", "did you mean `european_union`"),
    "a plan's row": (PLAN, "investment, depreciation_life", "investment, life", "no row"),
    "an ensemble": ("ensemble/default.yaml", "thrift.speed: {}", "thrift.speed: 0.3", "takes `log: true`"),
    "a game": ("game/default.yaml", "friendshoring_alone", "alone", "there is no scenario `alone`"),
    "places": ("places.yaml", "blocs: [CN, US, EU, JP]", "blocs: CN", "`blocs` must be a list of codes"),
    "an experiment": (EXPERIMENT, "kind: latin-hypercube", "kind: latin", "design.kind"),
    "a fact's run": (
        "trial/stylised_facts.yaml",
        "runs: [baseline, ban]",
        "runs: [baseline, bann]",
        "mean `ban`",
    ),
    "a run of facts": (
        "trial/stylised_facts.yaml",
        "flooding: [scenario=flooding]",
        "flooding: [x]",
        "runs.flooding",
    ),
    "a benchmark": ("trial/benchmarks.yaml", "    low: 10.0", "    low: 100.0", "100 to 35 is none"),
    "a key of a benchmark": (
        "trial/benchmarks.yaml",
        "    published: more",
        "    publishd: more",
        "publishd",
    ),
    "a strategy's scenario": ("trial/strategies.yaml", "embargo,", "embrgo,", "did you mean `embargo`"),
    "a player": ("trial/strategies.yaml", "players: [china", "players: [chna", "did you mean `china`"),
    "a replay": (
        "trial/policy_record.yaml",
        'scored: "2015-2024"',
        'scored: "2015-2025"',
        "mean `2015-2024`",
    ),
    "a mechanism": ("trial/mechanisms.yaml", "  vat_refund:", "  vat_refnd:", "did you mean `vat_refund`"),
    "an example": ("trial/mechanisms.yaml", "groups: {", "group: {", "examples.consolidation: "),
    "a policy": (EXPERIMENT, "scenario=stockpile_first", "scenario=stockpile_frist", "`stockpile_first`"),
}


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration to damage; each test puts back what it changes."""
    return shutil.copytree(Path(__file__).parents[2] / "conf", tmp_path_factory.mktemp("copied") / "conf")


@pytest.mark.parametrize("name", PARTS)
def test_every_kind_of_file_of_the_configuration_is_checked(
    name: str, copied: Path, typed_here, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, good, bad, said = PARTS[name]
    monkeypatch.setenv("COERCIVITY_CONF", str(copied))
    text = (copied / file).read_text(encoding="utf-8")
    assert good in text
    (copied / file).write_text(text.replace(good, bad), encoding="utf-8")
    got = typed_here("validate", copied / file)
    (copied / file).write_text(text, encoding="utf-8")
    assert got.code == 2, got.out
    assert said in got.err
    assert "internal error" not in got.err


def test_files_that_are_no_choice_of_a_run_are_good_as_they_come(typed_here) -> None:
    conf = Path(__file__).parents[2] / "conf"
    files = ("places.yaml", "game/default.yaml", "plan/default.yaml", "ensemble/default.yaml")
    files += ("trial/policy_record.yaml",)
    assert {path.stem for path in (conf / "trial").glob("*.yaml")} == set(trial_files.FILES)
    got = typed_here("validate", *(conf / file for file in files))
    assert got.code == 0, got.err
    assert got.out.count(": good") == len(files)
