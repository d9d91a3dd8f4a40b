"""What a planner takes for granted: conf/plan/NAME.yaml, every number with its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from coercivity.experiments.base.errors import UserError, unknown
from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.explain import explain
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.fields import check_month

__all__ = ["Member", "Number", "PlanSettings", "read_settings"]

USED = frozenset({
    "rate", "hazard", "life", "carrying", "fill", "grant", "loan", "loan_rate", "offtake", "longest",
    "adoption", "faster", "collected", "collecting", "collection_cost", "pay", "pace",
})  # fmt: skip


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


class _Given(_Strict):
    """A number of the file, in words: a row of the evidence, or value, range and source."""

    means: str = Field(min_length=1)
    unit: str
    row: list[str] | None = Field(default=None, min_length=3, max_length=4)
    value: float | None = None
    low: float | None = None
    high: float | None = None
    source: str = ""

    @model_validator(mode="after")
    def _either(self) -> "_Given":
        if (self.row is None) == (self.value is None):
            raise ValueError("must have `row`, or `value` with its `source`")
        if self.value is not None and not self.source.strip():
            raise ValueError("has no source")
        low, high = (self.value if end is None else end for end in (self.low, self.high))
        if self.value is not None and low is not None and high is not None and not low <= self.value <= high:
            raise ValueError(f"must lie in its range, and {self.value:g} is not within {low:g} to {high:g}")
        return self


class _Ban(_Strict):
    state: str
    code: str
    materials: list[str] = Field(min_length=1)
    targets: list[str] = Field(min_length=1)
    source: str


class _PlanFile(_Strict):
    """A file of conf/plan."""

    about: dict[str, str]
    scenario: str
    end: str
    worlds: int = Field(ge=1, le=10_000)
    dates: list[int] = Field(min_length=1)
    members: dict[str, str] = Field(min_length=1)
    places_of: str
    programmes_of: str
    ban: _Ban
    stock: list[str]
    called: list[str]
    rivals: list[str] = []
    numbers: dict[str, _Given]

    @field_validator("end")
    @classmethod
    def _month(cls, given: str) -> str:
        return check_month(given)

    @field_validator("numbers")
    @classmethod
    def _whole(cls, given: dict[str, _Given]) -> dict[str, _Given]:
        if missing := sorted(USED - set(given)):
            raise ValueError(f"must have {', '.join(missing)}, too")
        return given


@dataclass(frozen=True, slots=True)
class Number:
    """A number with what it is in words, its range and where it is from."""

    means: str
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
    rivals: shipped scenarios that a plan is held against
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
    rivals: tuple[str, ...]
    numbers: Mapping[str, Number]

    def __getitem__(self, name: str) -> float:
        return self.numbers[name].value


def read_settings(evidence: Evidence, name: str = "default") -> PlanSettings:
    """Read them. Raises UserError for a file that lacks something, or a number without a source."""
    path = conf_dir() / "plan" / f"{name}.yaml"
    if not path.is_file():
        known = [one.stem for one in (conf_dir() / "plan").glob("*.yaml")]
        raise UserError(unknown("file of conf/plan", name, known))
    try:
        stored = _PlanFile.model_validate(read_yaml(path))
    except ValidationError as error:
        raise UserError(f"{path}: {explain(error, _PlanFile, {}, ())}") from error
    return PlanSettings(
        name,
        stored.scenario,
        stored.end,
        stored.worlds,
        tuple(stored.dates),
        _members(stored),
        (stored.ban.state, stored.ban.code),
        tuple(stored.ban.materials),
        tuple(stored.ban.targets),
        tuple(stored.stock),
        tuple(stored.called),
        tuple(stored.rivals),
        {key: _number(path, key, given, evidence) for key, given in stored.numbers.items()},
    )


def _number(path: Path, key: str, given: _Given, evidence: Evidence) -> Number:
    if given.value is not None:
        low, high = (given.value if end is None else end for end in (given.low, given.high))
        return Number(given.means, given.value, low, high, given.unit, given.source)
    row = given.row or []
    file, entity, attribute, item = (*row, "")[:4]
    fact = evidence.find(file, entity, attribute, item)
    if fact is None:
        raise UserError(f"{path}: numbers.{key}: no row {', '.join(row)} in conf/evidence")
    low, high = (float(end) if str(end) else fact.number for end in (fact.low, fact.high))
    return Number(given.means, fact.number, low, high, given.unit, f"{file}.csv: {fact.source}")


def _members(stored: _PlanFile) -> dict[str, Member]:
    """Members with the places of one scenario and the programmes of another."""
    places = compose([f"scenario={stored.places_of}"]).values["state"]
    programmes = compose([f"scenario={stored.programmes_of}"]).values["state"]
    found = {}
    for name in (stored.ban.state, *stored.members.values()):
        if name not in places:
            raise UserError(unknown("state", name, places))
    for code, name in stored.members.items():
        role = ((places.get(name) or {}).get("role") or {}).get("importer") or {}
        lever = ((programmes.get(name) or {}).get("lever") or {}).get("circularity") or {}
        paid = lever.get("research") or {}
        amount = (
            max((float(v) for v in paid.values()), default=0.0) if isinstance(paid, dict) else float(paid)
        )
        found[str(code)] = Member(str(code), str(name), tuple(role.get("places") or (code,)), amount)
    return found
