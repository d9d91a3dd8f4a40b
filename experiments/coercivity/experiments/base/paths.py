"""Where the configuration, the evidence and the results live."""

import functools
import os
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.files import refuse_special_inside


@functools.cache
def repository() -> Path | None:
    """The checked-out repository this file belongs to, or None when installed from a wheel."""
    for folder in Path(__file__).resolve().parents:
        if (folder / "pyproject.toml").is_file() and (folder / "conf").is_dir():
            return folder
    return None


def conf_dir() -> Path:
    """The configuration: $COERCIVITY_CONF, else the repository's, else the package's copy."""
    if chosen := os.environ.get("COERCIVITY_CONF"):
        folder = Path(chosen).resolve()
        if not (folder / "config.yaml").is_file():
            raise UserError(f"COERCIVITY_CONF={chosen}: no config.yaml there; it must be a folder like conf/")
        _refuse_pipes(folder)
        return folder
    return shipped_conf()


@functools.cache
def _refuse_pipes(conf: Path) -> None:
    """Refuse a configuration in which something is no file, once a process."""
    refuse_special_inside(conf)


def shipped_conf() -> Path:
    """The configuration that came with the code: the repository's, else the package's copy."""
    root = repository()
    if root is not None:
        return root / "conf"
    return Path(str(resources.files("coercivity.experiments"))) / "conf"


def evidence_dir() -> Path:
    """The folder of sourced figures, one CSV file a subject."""
    return conf_dir() / "evidence"


def evidence_of(values: Mapping[str, Any]) -> Path:
    """The figures of a configuration's chain: the folder of all evidence, or one inside it."""
    inside = str((values.get("chain") or {}).get("evidence") or ".")
    if inside == ".":
        return evidence_dir()
    if not re.fullmatch(r"\w[\w-]*(/\w[\w-]*)*", inside):
        raise UserError(
            f"`chain.evidence` is {inside}: it must be a folder inside conf/evidence, by its name"
        )
    return evidence_dir() / inside


def results_dir() -> Path:
    """Where results go by default: `results/` of the repository, else of this folder."""
    return (repository() or Path.cwd()) / "results"
