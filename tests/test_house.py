"""The layout: commands as modules, old import paths, and the measures of `make house`."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

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
