"""What `calibrate` is asked for, as its options name it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CalibrationRequest:
    """A calibration. prior, search: draws made; keep: draws kept; study: where draws are written as made."""

    task: str
    year: str | None = None
    overrides: Sequence[str] = ()
    out: Path | None = None
    evidence: Path | None = None
    prior: int = 48
    search: int = 112
    keep: int = 16
    workers: int | None = None
    study: Path | None = None
