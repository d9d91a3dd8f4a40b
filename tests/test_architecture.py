"""What must stay true of the repository itself, whatever the model says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("model", "optimise", "experiments")
SCENARIOS = sorted(path.stem for path in (ROOT / "conf" / "scenario").glob("*.yaml"))
STATES = sorted(path.stem for path in (ROOT / "conf" / "state").glob("*.yaml"))
SOURCES = sorted(path for part in PARTS for path in (ROOT / part).rglob("*.py"))
LONGEST = 400


@pytest.mark.parametrize("part", PARTS)
def test_the_namespace_has_bare_roots(part: str) -> None:
    """A stray __init__.py here would hide the other two parts."""
    beside = {"hydra_plugins", "coercivity_benchmarks"} if part == "experiments" else set()
    assert {path.name for path in (ROOT / part).iterdir()} - {"__pycache__"} == {"coercivity", *beside}
    assert not (ROOT / part / "hydra_plugins" / "__init__.py").exists()
    inside = {path.name for path in (ROOT / part / "coercivity").iterdir()} - {"__pycache__"}
    door = {"__main__.py", "api"} if part == "experiments" else set()  # `python -m coercivity`
    assert inside == {part} | door
    assert (ROOT / part / "coercivity" / part / "py.typed").is_file()


def test_who_may_import_whom() -> None:
    """The import contracts of pyproject.toml hold."""
    code = "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c(['--no-cache']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_composes_and_says_what_it_is(scenario: str) -> None:
    from coercivity.experiments.config.compose import compose

    composed = compose([f"scenario={scenario}"])
    about = composed.values["about"]
    assert all(str(about[key]).strip() for key in ("title", "source", "purpose"))
    assert composed.scenario == scenario


@pytest.mark.parametrize(
    "scenario",
    [
        name if at % 8 == 0 else pytest.param(name, marks=pytest.mark.proof)
        for at, name in enumerate(SCENARIOS)
    ],
)
def test_every_scenario_file_validates(scenario: str) -> None:
    """The rest with the proofs: golden runs build every scenario's world in any case."""
    from coercivity.experiments.validation.files import check

    assert "good" in check(ROOT / "conf" / "scenario" / f"{scenario}.yaml")


@pytest.mark.parametrize("state", STATES)
def test_every_state_says_where_it_goes(state: str) -> None:
    first = (ROOT / "conf" / "state" / f"{state}.yaml").read_text(encoding="utf-8").partition("\n")[0]
    assert first == f"# @package state.{state}"


def test_files_stay_short() -> None:
    long = {path.name: n for path in SOURCES if (n := len(path.read_text().splitlines())) > LONGEST}
    assert long == {}


def test_nothing_names_a_machine_or_an_index() -> None:
    """No path of one machine, no address of an index, in anything that is kept."""
    place = re.compile(r"(?<![\w./~])/(?:work|home|root|Users)/\w|(?<![\w.])\.\./\w")
    kept = [*SOURCES, *(ROOT / "conf").rglob("*.*"), ROOT / "requirements.lock", ROOT / "pyproject.toml"]
    named = [str(path) for path in kept if place.search(path.read_text(encoding="utf-8"))]
    assert named == []


def test_code_reads_nothing_outside() -> None:
    """No source opens an address or an absolute path."""
    reach = re.compile(r"urllib|requests|httpx|socket|\b(?:open|Path)\(\s*[\"']/")
    assert [path.name for path in SOURCES if reach.search(path.read_text(encoding="utf-8"))] == []


def test_the_lock_holds_names_and_versions_only() -> None:
    line = re.compile(r"[a-z0-9-]+==[\w.]+( ; [\w\s.'<>=!()]+)?")
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    assert [text for text in lines if not line.fullmatch(text)] == []
