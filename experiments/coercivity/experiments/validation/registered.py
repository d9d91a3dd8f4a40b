"""What was fixed before any score was looked at: its file, its hash, and whether it still stands."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.config.plain_yaml import read_yaml

__all__ = ["REGISTERED", "Registration", "read_registration"]

REGISTERED = "registered.yaml"


@dataclass(frozen=True)
class Registration:
    """The registered series, sigmas and thresholds of a folder of evidence.

    date: when it was fixed · digest: sha256 of the file · changed: evidence files that are not what was
    registered · values: all of it
    """

    date: str
    digest: str
    changed: tuple[str, ...]
    values: Mapping[str, Any]

    def sentence(self) -> str:
        """Date and hash in one line, and what has changed since."""
        text = f"registered {self.date}: sha256 {self.digest} ({REGISTERED})"
        if self.changed:
            text += f"; not as registered: {', '.join(self.changed)}"
        return text


def read_registration(evidence: Path) -> Registration | None:
    """The registration of a folder of evidence, or None where nothing is registered.

    Raises UserError for a file that cannot be read.
    """
    path = evidence / REGISTERED
    if not path.is_file():
        return None
    values = read_yaml(path)
    files = values.get("files")
    if not isinstance(files, Mapping) or "date" not in values:
        raise UserError(f"{path}: a registration needs `date` and `files` (name: sha256)")
    changed = tuple(name for name, digest in files.items() if _sha256(evidence / name) != digest)
    return Registration(str(values["date"]), _sha256(path), changed, values)


def _sha256(path: Path) -> str:
    """The sha256 of a file; nothing where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
