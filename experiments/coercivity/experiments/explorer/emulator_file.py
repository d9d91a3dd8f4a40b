"""The emulator as a file: numbers a page can hold, with what it was trained on and how far off it is."""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.explorer.fingerprint import fingerprint
from coercivity.experiments.explorer.gaussian import HIGH, LOW, SliderEmulator, columns
from coercivity.experiments.explorer.outcomes import GROUPS, OUTCOMES, QUARTERS, Floats

VERSION = 1
TRAIN = "coercivity experiment explorer"


def emulator_path() -> Path:
    """Where the emulator of this configuration is kept."""
    return conf_dir() / "emulator" / "explorer.json"


def write_emulator(
    path: Path, emulator: SliderEmulator, widths: Floats, about: Mapping[str, Any], stories: Sequence[Floats]
) -> None:
    """Write it. about: fingerprint, runs, errors on runs it never saw; stories: exact outcomes of each."""
    plain = {
        "version": VERSION,
        **about,
        "outcomes": dict(OUTCOMES),
        "quarters": QUARTERS,
        "low": LOW.tolist(),
        "high": HIGH.tolist(),
        "n": len(emulator.x),
        "x": _pack(emulator.x),
        "groups": [_group(emulator, group) for group in range(len(GROUPS))],
        "widths": _pack(widths),
        "stories": [_pack(story) for story in stories],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(plain, separators=(",", ":")) + "\n", encoding="utf-8")


def read_emulator(path: Path) -> dict[str, Any] | None:
    """The file as plain data; None where there is none. Raises UserError for any other file."""
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path} is no JSON; make it again with `{TRAIN}`") from error
    if not isinstance(found, dict) or found.get("version") != VERSION:
        raise UserError(f"{path} is of another version; make it again with `{TRAIN}`")
    return found


def fresh_emulator(evidence: Path) -> tuple[dict[str, Any] | None, str]:
    """The emulator, if it describes the model that runs here, else None and why not."""
    path = emulator_path()
    found = read_emulator(path)
    if found is None:
        return None, f"no emulator has been trained; `{TRAIN}` makes one"
    if found.get("fingerprint") != fingerprint(evidence):
        return None, f"the model has changed since the emulator was trained; `{TRAIN}` trains it anew"
    return found, ""


def _group(emulator: SliderEmulator, group: int) -> dict[str, Any]:
    mine = [emulator.processes[group, quarter] for quarter in range(QUARTERS)]
    return {
        "columns": columns(group),
        "theta": _pack(np.array([one.theta for one in mine])),
        "mean": _pack(np.array([one.mean for one in mine])),
        "alpha": _pack(np.array([one.alpha.T for one in mine])),
    }


def _pack(values: Floats) -> str:
    """Numbers as base64 of 32-bit floats, row by row."""
    return base64.b64encode(np.ascontiguousarray(values, np.float32).tobytes()).decode()


def unpack(text: str, *shape: int) -> Floats:
    """Numbers that `_pack` wrote."""
    return np.frombuffer(base64.b64decode(text), np.float32).astype(np.float64).reshape(shape)
