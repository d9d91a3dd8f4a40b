"""What a result was made from: hashes, commit, versions, seed."""

import functools
import importlib.metadata
import json
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import repository

FORMAT = 1
NAME = "manifest.json"
PACKAGES = (
    "coercivity",
    "mesa",
    "pyomo",
    "highspy",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "hydra-core",
    "pydantic",
)


@dataclass(frozen=True)
class Manifest:
    """The passport of a result folder.

    kind: run or compare · tables: rows and sha256 of every table · parts: hashes of the runs inside
    """

    kind: str
    status: str
    scenario: str
    title: str
    seed: int
    config_hash: str
    evidence_hash: str
    commit: str | None
    dirty: bool | None
    packages: Mapping[str, str]
    solver: Mapping[str, str]
    python: str
    made: str
    seconds: float
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Write manifest.json into `folder`."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        (folder / NAME).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a result folder. Raises UserError when it is not one."""
    path = folder / NAME
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}; give the folder of a run, as printed at its end")
    if not path.is_file():
        raise UserError(f"{folder} is not a result folder: it has no {NAME}")
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(**{**stored, "overrides": tuple(stored["overrides"])})
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise UserError(f"{path} cannot be understood: it was changed or made by another version") from error


def is_result(folder: Path) -> bool:
    """Whether a folder was written by us, so may be written anew."""
    try:
        read_manifest(folder)
    except UserError:
        return False
    return True


def now() -> str:
    """The time, in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def commit() -> tuple[str | None, bool | None]:
    """The commit of this repository and whether files differ from it; None if not known."""
    root = repository()
    if root is None:
        return None, None
    head = _git(root, "rev-parse", "HEAD")
    status = _git(root, "status", "--porcelain")
    return head, (None if status is None else bool(status))


def _git(root: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


@functools.cache
def versions() -> tuple[dict[str, str], dict[str, str], str]:
    """Versions of the packages, of the solver and of Python."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found, {"HiGHS": found["highspy"]}, platform.python_version()
