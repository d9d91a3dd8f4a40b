"""Places as results name them: the home of the restrictions, the large consumers, names for people.

Names are those of `conf/evidence/jurisdictions.csv`, or the shorter ones of `conf/places.yaml`; the home is
that of the chain a configuration has by default.
"""

import csv
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import conf_dir, shipped_conf
from coercivity.experiments.config.chains import home_of_default
from coercivity.experiments.config.plain_yaml import read_yaml

__all__ = ["ALLIED", "ALLIES", "BLOCS", "HOME", "HOME_NAME", "NAMES", "OUTSIDE", "WORLD", "check_places"]

_LISTS = ("blocs", "allied")
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
    return check_places(file)


def check_places(file: Path) -> Mapping[str, Any]:
    """What a file of places says. Raises UserError where it lacks something, or something is no name."""
    found = read_yaml(file)
    if not isinstance(found, dict) or set(found) - {*_LISTS, "allies", "short"}:
        raise UserError(f"{file}: it has {', '.join(_LISTS)}, allies and short, and nothing else")
    for key in _LISTS:
        if not isinstance(found.get(key), list) or not all(isinstance(one, str) for one in found[key]):
            raise UserError(f"{file}: `{key}` must be a list of codes, as in [CN, US]")
    if not isinstance(found.get("allies"), str):
        raise UserError(f"{file}: `allies` must be a text, what the allied together are called")
    short = found.get("short") or {}
    if not isinstance(short, dict) or not all(isinstance(one, str) for one in short.values()):
        raise UserError(f"{file}: `short` must be names by code")
    return found


HOME = home_of_default(shipped_conf())
BLOCS: tuple[str, ...] = tuple(_read_places(shipped_conf())["blocs"])
ALLIED: tuple[str, ...] = tuple(_read_places(shipped_conf())["allied"])
NAMES: Mapping[str, str] = PlaceNames()
HOME_NAME = _names(shipped_conf())[HOME]
