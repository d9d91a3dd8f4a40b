"""Places as results name them: the home of the restrictions, the large consumers, names for people.

Names are those of `conf/evidence/jurisdictions.csv`, or the shorter ones of `conf/places.yaml`; the home is
that of the chain a configuration has by default.
"""

import csv
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from coercivity.experiments.base.paths import conf_dir, shipped_conf
from coercivity.experiments.config.chains import home_of_default

__all__ = ["ALLIED", "ALLIES", "BLOCS", "HOME", "HOME_NAME", "NAMES", "OUTSIDE", "WORLD"]

WORLD, OUTSIDE, ALLIES = "WORLD", "OUTSIDE", "ALLIES"


class PlaceNames(Mapping[str, str]):
    """What each place is called, by code: read where the configuration is, when it is asked for."""

    def __getitem__(self, code: str) -> str:
        return _names(conf_dir())[code]

    def __iter__(self) -> Iterator[str]:
        return iter(_names(conf_dir()))

    def __len__(self) -> int:
        return len(_names(conf_dir()))


@functools.lru_cache(maxsize=8)
def _names(conf: Path) -> Mapping[str, str]:
    """Names of places and of what is added up; those of the shipped configuration where there are none."""
    file = conf / "evidence" / "jurisdictions.csv"
    if not file.is_file():
        return _names(shipped_conf())
    with file.open(encoding="utf-8-sig", newline="") as stream:
        found = {row["entity"]: row["value"] for row in csv.DictReader(stream) if row["attribute"] == "name"}
    told = _read_places(conf)
    found |= told.get("short") or {}
    return found | {WORLD: "world", OUTSIDE: f"outside {found.get(HOME, HOME)}", ALLIES: told["allies"]}


@functools.lru_cache(maxsize=8)
def _read_places(conf: Path) -> Mapping[str, Any]:
    """What the file of places says; the shipped one where a configuration has none."""
    file = conf / "places.yaml"
    if not file.is_file():
        return _read_places(shipped_conf())
    found: Mapping[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


HOME = home_of_default(shipped_conf())
BLOCS: tuple[str, ...] = tuple(_read_places(shipped_conf())["blocs"])
ALLIED: tuple[str, ...] = tuple(_read_places(shipped_conf())["allied"])
NAMES: Mapping[str, str] = PlaceNames()
HOME_NAME = _names(shipped_conf())[HOME]
