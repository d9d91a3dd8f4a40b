"""What a result was made from: hashes, commit, versions, seed."""

import functools
import hashlib
import importlib.metadata
import json
import math
import os
import platform
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import binding

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.files import refuse_special, refuse_special_inside
from coercivity.experiments.base.paths import repository

FORMAT = 2
NAME, LOG = "manifest.json", "run.log"
UNBOUND = ("digest", "derived")  # what may change after a result is complete: reports are made anew
FOREIGN = "was not written by the command"
KINDS = ("run", "compare", "sweep", "backtest", "plan", "game")
KERNELS = ("OPENBLAS_CORETYPE", "MKL_CBWR", "NPY_DISABLE_CPU_FEATURES", "NUMBA_CPU_NAME")
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
    """The passport of a result folder. It is bound to itself and to every file by sha256.

    kind: run, compare, sweep, backtest, plan or game · tables: rows and sha256 of every table · parts: hashes
    of the configurations of the runs inside · files: sha256 of every file the command wrote · inside: digest
    of the manifest of every result inside, by its place · derived: sha256 of reports, figures and exports,
    which may be made anew · digest: sha256 of all of this but `derived`
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
    processor: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    inside: Mapping[str, str] = field(default_factory=dict)
    derived: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT
    digest: str = ""

    def write(self, folder: Path) -> None:
        """Write manifest.json into `folder`, all at once, with its digest."""
        stored = json.loads(json.dumps(asdict(self), ensure_ascii=False))
        stored["digest"] = own_digest(stored)
        text = json.dumps(stored, indent=2, ensure_ascii=False)
        draft = folder / f".{NAME}.tmp-{os.getpid()}"
        draft.write_text(text + "\n", encoding="utf-8")
        draft.replace(folder / NAME)


def own_digest(stored: Mapping[str, Any]) -> str:
    """The sha256 of everything that a manifest binds."""
    bound = {key: value for key, value in stored.items() if key not in UNBOUND}
    text = json.dumps(bound, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a result folder. Raises UserError when it is not one, or was changed."""
    path = folder / NAME
    if folder.is_file():
        held = (folder.parent / NAME).is_file()
        such = f"such as {folder.parent}" if held else "as printed at the end of a run"
        raise UserError(f"{folder} is a file; give the folder of a result, {such}")
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}; give the folder of a run, as printed at its end")
    refuse_special(path)
    if not path.is_file():
        raise UserError(f"{folder} is not a result folder: it has no {NAME}")
    refuse_special_inside(folder)
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        form = stored["format"]
        if form != FORMAT:
            raise UserError(
                f"{path} has format {form}, and this version reads {FORMAT}; make the result again"
            )
        found = Manifest(**{**stored, "overrides": tuple(stored["overrides"])})
        same = found.digest == own_digest(stored) and _has_shape(stored)
    except (ValueError, KeyError, TypeError, OSError, RecursionError, AttributeError) as error:
        raise UserError(f"{path} cannot be understood: it was changed or made by another version") from error
    if not same:
        raise UserError(
            f"{path} was changed after the result was made: its digest is not that of its content"
        )
    return found


def _has_shape(stored: Mapping[str, Any]) -> bool:
    """Whether the entries of a manifest are of the kinds that its readers take for granted."""
    texts = ("kind", "status", "scenario", "title", "config_hash", "evidence_hash", "python", "made")
    maps = ("packages", "solver", "processor", "parts", "files", "inside", "derived")
    good = stored["kind"] in KINDS and all(isinstance(stored[key], str) for key in texts)
    good = good and all(_is_text_map(stored[key]) for key in maps)
    good = good and type(stored["seed"]) is int and isinstance(stored["seconds"], (int, float))
    good = good and stored["status"] in (
        ("complete", "begun") if stored["kind"] == "sweep" else ("complete",)
    )
    good = good and 0 <= stored["seconds"] < math.inf
    good = good and all(_is_inside(name) for key in ("files", "inside", "derived") for name in stored[key])
    good = good and all(isinstance(word, str) for word in stored["overrides"])
    return good and all(_is_table(entry) for entry in stored["tables"].values())


def _is_inside(name: str) -> bool:
    """Whether a name of a file leads into the folder and not out of it."""
    return bool(name) and not name.startswith("/") and ".." not in name.split("/")


def _is_text_map(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


def _is_table(entry: object) -> bool:
    """Whether an entry gives rows, and a sha256 that is one."""
    if not isinstance(entry, dict) or type(entry.get("rows")) is not int or entry["rows"] < 0:
        return False
    return re.fullmatch("[0-9a-f]{64}", str(entry.get("sha256", ""))) is not None


def file_hash(path: Path) -> str:
    """The sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def files_of(folder: Path) -> Iterator[Path]:
    """All files of a result folder but its own manifest, and not those of results inside it."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            if not (path / NAME).is_file():
                yield from files_of(path)
        elif path.name != NAME and not path.name.startswith(f".{NAME}.tmp-"):
            yield path


def results_in(folder: Path) -> Iterator[Path]:
    """The result folders inside a folder, at any depth; not those inside them."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            if (path / NAME).is_file():
                yield path
            else:
                yield from results_in(path)


def seal(folder: Path, left_out: Iterable[str] = ()) -> Manifest:
    """Bind the manifest of a finished folder to every file in it. left_out: names that may change."""
    manifest, skipped = read_manifest(folder), set(left_out)
    files = {path.relative_to(folder).as_posix(): path for path in files_of(folder)}
    kept = {
        name: path for name, path in files.items() if name not in manifest.derived and name not in skipped
    }
    inside = {path.relative_to(folder).as_posix(): read_manifest(path).digest for path in results_in(folder)}
    sealed = replace(manifest, files={n: file_hash(path) for n, path in kept.items()}, inside=inside)
    sealed.write(folder)
    return sealed


@contextmanager
def deriving(folder: Path) -> Iterator[None]:
    """Enter the reports, figures and exports that the block writes into a result folder's manifest."""
    before = {path: _stamp(path) for path in files_of(folder)}
    yield
    manifest = read_manifest(folder)
    new = {
        name: file_hash(path)
        for path in files_of(folder)
        if before.get(path) != _stamp(path)
        and (name := path.relative_to(folder).as_posix()) not in (*manifest.files, LOG)
    }
    if new:
        replace(manifest, derived={**manifest.derived, **new}).write(folder)


def _stamp(path: Path) -> tuple[int, int, int]:
    status = path.lstat()
    return status.st_ino, status.st_mtime_ns, status.st_size


def changed_files(folder: Path, manifest: Manifest) -> list[str]:
    """What is not as the manifest says: one phrase a file that is missing, changed or unknown."""
    known = {**manifest.files, **manifest.derived}
    here = {path.relative_to(folder).as_posix(): path for path in files_of(folder)}
    found = [f"{name} is missing" for name in known if name not in here]
    for name, path in here.items():
        if name not in known:
            found.append(f"{name} {FOREIGN}")
        elif path.is_symlink() or not path.is_file() or file_hash(path) != known[name]:
            found.append(f"{name} was changed")
    inside = {path.relative_to(folder).as_posix(): path for path in results_in(folder)}
    found += [f"{name} is missing" for name in manifest.inside if name not in inside]
    for name, path in inside.items():
        if name not in manifest.inside:
            found.append(f"{name} {FOREIGN}")
            continue
        try:
            mine = read_manifest(path)
        except UserError:
            found.append(f"{name}/{NAME} was changed")
            continue
        if mine.digest != manifest.inside[name]:
            found.append(f"{name}/{NAME} was changed")
        found += [f"{name}/{said}" for said in changed_files(path, mine)]
    return found


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


@functools.cache
def processor() -> dict[str, str]:
    """The processor and the kernels that its libraries choose by it: the last digits depend on them."""
    model = str(binding.get_host_cpu_name())
    found = {"machine": platform.machine(), "model": model, "system": platform.system()}
    simd = np.lib.introspect.opt_func_info(func_name="^exp$", signature="float64")
    for kernels in simd.values():
        found["numpy kernel"] = ", ".join(sorted({str(one["current"]) for one in kernels.values()}))
    return found | {name: os.environ[name] for name in KERNELS if name in os.environ}
