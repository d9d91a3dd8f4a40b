"""Files as everything reads them: what is no file, and would be waited for without end, is told at once."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from coercivity.experiments.base.errors import UserError

__all__ = ["refuse_special", "refuse_special_inside"]

KINDS = {  # what a path may lead to that is neither file nor folder
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "an end of a connection",
}


def refuse_special(path: Path) -> None:
    """Raise UserError where a path leads to what is no file or folder: reading it may never end."""
    try:
        kind = KINDS.get(stat.S_IFMT(path.stat().st_mode))
    except (OSError, ValueError):
        return  # nothing there: whoever reads it says so
    if kind:
        raise UserError(f"{path} is {kind} and no file; give a file instead")


def refuse_special_inside(folder: Path) -> None:
    """The same of everything in a folder and in folders inside it; links to folders are not followed."""
    for path in _neither_file_nor_folder(folder):
        refuse_special(path)


def _neither_file_nor_folder(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as found:
            entries = list(found)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _neither_file_nor_folder(Path(entry.path))
        elif not entry.is_file(follow_symlinks=False):
            yield Path(entry.path)
