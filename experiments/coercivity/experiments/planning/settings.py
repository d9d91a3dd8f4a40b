"""What a planner takes for granted: conf/plan/NAME.yaml, every number with its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coercivity.experiments.base.errors import UserError, unknown
from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.model.inputs.evidence import Evidence

__all__ = ["Member", "Number", "PlanSettings", "read_settings"]

NEEDED = {
    "about", "scenario", "end", "worlds", "dates", "members", "places_of", "programmes_of", "ban", "stock",
    "called", "numbers",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Number:
    """A number with its range and where it is from."""

    value: float
    low: float
    high: float
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class Member:
    """A state that may plan. places: where it may pay for plants; research: million USD a year"""

    code: str
    name: str
    places: tuple[str, ...]
    research: float


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """Everything a plan rests on besides the evidence.

    dates: years in which a ban may begin; targets: whom it hits; stock: patterns of what may be stockpiled
    called: materials on which members have first call under a ban, a contract each
    """

    name: str
    scenario: str
    end: str
    worlds: int
    dates: tuple[int, ...]
    members: Mapping[str, Member]
    supplier: tuple[str, str]
    materials: tuple[str, ...]
    targets: tuple[str, ...]
    stock: tuple[str, ...]
    called: tuple[str, ...]
    numbers: Mapping[str, Number]

    def __getitem__(self, name: str) -> float:
        return self.numbers[name].value


def read_settings(evidence: Evidence, name: str = "default") -> PlanSettings:
    """Read them. Raises UserError for a file that lacks something, or a number without a source."""
    path = conf_dir() / "plan" / f"{name}.yaml"
    if not path.is_file():
        known = [one.stem for one in (conf_dir() / "plan").glob("*.yaml")]
        raise UserError(unknown("file of conf/plan", name, known))
    stored = read_yaml(path)
    missing = NEEDED - set(stored or {})
    if not isinstance(stored, dict) or missing:
        raise UserError(f"{path}: lacks {', '.join(sorted(missing))}")
    ban = stored["ban"]
    return PlanSettings(
        name,
        str(stored["scenario"]),
        str(stored["end"]),
        int(stored["worlds"]),
        tuple(int(year) for year in stored["dates"]),
        _members(stored),
        (str(ban["state"]), str(ban["code"])),
        tuple(ban["materials"]),
        tuple(ban["targets"]),
        tuple(stored["stock"]),
        tuple(stored["called"]),
        {key: _number(path, key, given, evidence) for key, given in stored["numbers"].items()},
    )


def _number(path: Path, key: str, given: Mapping[str, Any], evidence: Evidence) -> Number:
    if "row" in given:
        file, entity, attribute, item = (*(str(word) for word in given["row"]), "")[:4]
        fact = evidence.find(file, entity, attribute, item)
        if fact is None:
            raise UserError(f"{path}: numbers.{key}: no row {', '.join(given['row'])} in conf/evidence")
        value = fact.number
        low, high = (float(end) if str(end) else value for end in (fact.low, fact.high))
        return Number(value, low, high, str(given["unit"]), f"{file}.csv: {fact.source}")
    if not str(given.get("source", "")).strip():
        raise UserError(f"{path}: numbers.{key} has no source")
    value = float(given["value"])
    low, high = float(given.get("low", value)), float(given.get("high", value))
    return Number(value, low, high, str(given["unit"]), str(given["source"]))


def _members(stored: Mapping[str, Any]) -> dict[str, Member]:
    """Members with the places of one scenario and the programmes of another."""
    places = compose([f"scenario={stored['places_of']}"]).values["state"]
    programmes = compose([f"scenario={stored['programmes_of']}"]).values["state"]
    found = {}
    for code, name in stored["members"].items():
        role = ((places.get(name) or {}).get("role") or {}).get("importer") or {}
        lever = ((programmes.get(name) or {}).get("lever") or {}).get("circularity") or {}
        paid = lever.get("research") or {}
        amount = (
            max((float(v) for v in paid.values()), default=0.0) if isinstance(paid, dict) else float(paid)
        )
        found[str(code)] = Member(str(code), str(name), tuple(role.get("places") or (code,)), amount)
    return found
