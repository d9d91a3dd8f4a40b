"""What a folder of evidence shares with the one above it."""

from pathlib import Path

__all__ = ["SHARED", "shared_files"]

SHARED = "shared.txt"


def shared_files(folder: Path) -> list[Path]:
    """Files of the folder above that a folder shares: those its shared.txt names, one a line.

    What the folder's own file of that name says of an entity, attribute and item goes before.
    Raises ValueError for a name that is not there.
    """
    listed = folder / SHARED
    if not listed.is_file():
        return []
    lines = (line.partition("#")[0].strip() for line in listed.read_text(encoding="utf-8").splitlines())
    paths = [folder.parent / f"{name}.csv" for name in lines if name]
    for path in paths:
        if not path.is_file():
            raise ValueError(
                f"{folder.name}/{SHARED} names {path.stem}, but there is no {path.name} to share"
            )
    return sorted(paths)
