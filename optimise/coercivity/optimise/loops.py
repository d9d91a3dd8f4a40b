"""Loops over arrays as machine code, compiled once for every machine and every version of this folder."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

__all__ = ["compiled_loop", "folder_of", "inline", "has_machine_code", "load"]

Loop = TypeVar("Loop", bound=Callable[..., object])

HERE = Path(__file__).parent
OLD = 24 * 3600.0  # s


def folder_of(sources: Path) -> Path:
    """Where the machine code of a folder of sources is kept: another for every version of them.

    Numba looks for changes in a loop's own file only; a loop also holds what it calls in others.
    """
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources.glob("*.py"))))
    return _writable(sources / "__pycache__") / f"loops-{digest.hexdigest()[:16]}"


def _writable(folder: Path) -> Path:
    """A folder; where it cannot be written the user's cache, and else one that only the user may write."""
    try:
        return _try_folder(folder)
    except OSError:
        pass
    with suppress(OSError, RuntimeError):  # a user without a home
        cache = os.environ.get("XDG_CACHE_HOME")
        return _try_folder((Path(cache) if cache else Path.home() / ".cache") / "coercivity")
    user = os.getuid() if hasattr(os, "getuid") else 0
    own = Path(tempfile.gettempdir()) / f"coercivity-{user}"
    with suppress(OSError):
        own.mkdir(mode=0o700, exist_ok=True)
        found = own.lstat()
        if hasattr(os, "getuid") and (found.st_uid != user or found.st_mode & 0o022 or own.is_symlink()):
            return folder  # another's: machine code from there is not to be trusted
    return own


def _try_folder(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    tempfile.TemporaryFile(dir=folder).close()
    return folder


FOLDER = folder_of(HERE)


def has_machine_code() -> bool:
    """Whether loops of this version have been compiled before, so that they load in a moment."""
    return any(FOLDER.rglob("*.nbc"))


def compiled_loop(function: Loop) -> Loop:
    """A function over arrays and numbers, compiled at its first call and kept on disk from then on.

    Division by nothing gives inf or nan, as in NumPy; sums are taken in the order written.
    """
    settings: Any = numba.config
    usual = settings.CACHE_DIR, settings.CACHE_LOCATOR_CLASSES
    settings.CACHE_DIR, settings.CACHE_LOCATOR_CLASSES = str(FOLDER), "UserProvidedCacheLocator"
    try:
        return cast(Loop, numba.njit(cache=True, error_model="numpy")(function))
    except RuntimeError:  # it cannot be kept there, and elsewhere it would outlive a change
        return cast(Loop, numba.njit(error_model="numpy")(function))
    finally:
        settings.CACHE_DIR, settings.CACHE_LOCATOR_CLASSES = usual


def inline(function: Loop) -> Loop:
    """A small function of one member, written into every loop that calls it."""
    return cast(Loop, numba.njit(inline="always", error_model="numpy")(function))


@compiled_loop
def _half(number: float) -> float:
    return number / 2


def load() -> None:
    """Load what every loop needs beside itself; else the first to be called does."""
    _half(1.0)


for _old in FOLDER.parent.glob("loops-*"):
    # A process that began before the change may still write to a newer one.
    if _old != FOLDER and time.time() - _old.stat().st_mtime > OLD:
        shutil.rmtree(_old, ignore_errors=True)
