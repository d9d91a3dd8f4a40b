"""The rules of scoring, as they were registered before a score was computed: registered.yaml, forecasts."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.validation.registered import read_registration
from coercivity.model.inputs.evidence import Evidence

__all__ = ["KINDS", "Rules", "read_rules"]

KINDS = ("prices", "quantities")


@dataclass(frozen=True)
class Rules:
    """values: as registered · digest: sha256 of the file · changed: evidence that is not as registered"""

    values: Mapping[str, Any]
    digest: str
    changed: tuple[str, ...]

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def groups(self, kind: str) -> dict[str, list[str]]:
        """Series of a kind by group."""
        return {str(name): list(series) for name, series in self.values[kind].items()}

    def series(self, kind: str) -> list[str]:
        """All series of a kind, group by group."""
        return [one for group in self.groups(kind).values() for one in group]

    @property
    def last(self) -> int:
        """The last year whose figures a fit may read."""
        return int(self.values["last_fitted"])

    def known(self, evidence: Evidence) -> Evidence:
        """What a fit may read."""
        return evidence.until(self.last)

    def sentence(self) -> str:
        """Date and hash in one line."""
        text = f"forecasts registered {self.values['date']}: sha256 {self.digest} (registered.yaml)"
        return text + (f"; not as registered: {', '.join(self.changed)}" if self.changed else "")


def read_rules(folder: Path) -> Rules:
    """The rules of a folder of evidence. Raises UserError where none are registered."""
    fixed = read_registration(folder)
    values = fixed.values.get("forecasts") if fixed else None
    if fixed is None or not isinstance(values, Mapping):
        raise UserError(f"{folder / 'registered.yaml'} registers no `forecasts`: nothing may be scored")
    changed = tuple(name for name, digest in values["files"].items() if _digest(folder / name) != digest)
    return Rules(values, fixed.digest, changed)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
