"""The layout: commands as modules, old import paths, and the measures of `make house`."""

import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
OLD = sorted(
    path.relative_to(ROOT / part).with_suffix("").as_posix().replace("/", ".").replace(".legacy", "")
    for part in ("model", "experiments")
    for path in (ROOT / part).glob("coercivity/*/legacy/[a-z]*.py")
)


def test_a_command_is_a_module() -> None:
    words = [sys.executable, "-m", "coercivity.experiments.listing", "scenarios"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "embargo" in done.stdout
    assert not done.stderr


@pytest.mark.parametrize("old", OLD)
def test_an_old_import_path_answers_and_says_the_new_one(old: str) -> None:
    sys.modules.pop(old, None)
    with pytest.warns(DeprecationWarning, match="is now") as told:
        module = import_module(old)
    new = str(told[0].message).rpartition(" ")[2]
    assert module is sys.modules[new]


def test_the_figure_of_the_rooms_is_that_of_the_code() -> None:
    words = [sys.executable, "scripts/architecture.py", "--check"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_api_starts_quickly() -> None:
    """Neither figures nor sweeps nor the model are imported before they are needed."""
    heavy = ("matplotlib", "pandas", "mesa", "numba")
    code = f"import coercivity.api, sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_an_install_without_the_lock_takes_versions_that_the_code_is_for() -> None:
    """A new major version of any package is tried before it is let in; the lock is one of what is let in."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [Requirement(text) for text in project["dependencies"]]
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    locked = {name.lower(): version for name, _, version in (line.partition("==") for line in lines)}
    assert [one.name for one in asked if locked[one.name.lower()].split()[0] not in one.specifier] == []
    (solver,) = (one for one in asked if one.name == "highspy")
    assert any(bound.operator == "<" for bound in solver.specifier)


def test_of_the_solver_only_public_names_are_used() -> None:
    """Wheels of highspy need not carry a library of C, and none of its private names is the same in all."""
    private = re.compile(r"highspy\._|from highspy\._|\bctypes\b|libhighs")
    files = [path for part in ("optimise", "model", "experiments") for path in (ROOT / part).rglob("*.py")]
    assert len(files) > 300
    assert [path for path in files if private.search(path.read_text(encoding="utf-8"))] == []
