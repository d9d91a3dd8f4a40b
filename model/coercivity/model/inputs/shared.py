"""What a folder of evidence shares with the one above it."""

from pathlib import Path

__all__ = ["SHARED", "shared_files"]

SHARED = "shared.txt"


def shared_files(folder: Path) -> list[Path]:
    """Files of the folder above that a folder shares: those its shared.txt names, one a line.

    What the folder's own file of that name says of an entity, attribute and item goes before.
    Raises ValueError for a name that is not there, and for a list that cannot be read.
    """
    listed = folder / SHARED
    if not listed.exists():
        return []
    try:
        text = listed.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{folder.name}/{SHARED} is not UTF-8 text: write a name of a file a line"
        ) from error
    lines = (line.partition("#")[0].strip().removesuffix(".csv") for line in text.splitlines())
    named = sorted({name for name in lines if name})
    for name in named:
        if Path(name).name != name or not (folder.parent / f"{name}.csv").is_file():
            raise ValueError(f"{folder.name}/{SHARED} names {name}, but there is no {name}.csv to share")
    return [folder.parent / f"{name}.csv" for name in named]
