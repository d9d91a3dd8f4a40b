"""Types of what settings of levers may hold, so that every lever's settings are checked alike.

A name's kind (month, material, jurisdiction, ...) stands in its type: its spelling is checked where it is
read, that it exists in the chain by `names_in` before a run, and pages offer what there is.
"""

import math
import re
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

__all__ = ["Abroad", "Amount", "Anywhere", "Dated", "Days", "Deposit", "Element", "EndUse", "Factor",
           "Found", "Groups", "Jurisdiction", "LeverPart", "MaterialName", "MaterialPattern", "Month",
           "MonthOrNone", "Named", "OreFamily", "OreKind", "PartSchedule", "PlantName", "Pollutant",
           "Rate", "Schedule", "Severity", "Share", "ShareSchedule", "Stage", "Substance", "annotations",
           "check_month", "kind_at", "members", "names_in", "refuse_truth", "setting"]  # fmt: skip

NUMBER = re.compile(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?")
FIRST, LAST = "1985-01", "2061-12"  # months that a clock may have
MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
NEARLY = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})(?:[-/.].*)?")
TRUTH = "YAML reads off, no, on and yes as false and true"


def check_month(given: object) -> str:
    """A month, YYYY-MM. Raises ValueError saying what would be right.

    >>> check_month("2025-04")
    '2025-04'
    """
    text = given.isoformat() if isinstance(given, date) else str(given)
    found = MONTH.fullmatch(text) if isinstance(given, str) else None
    if found is None:
        near = NEARLY.fullmatch(text)
        right = f"{near[1]}-{int(near[2]):02d}" if near else f"{text[:4]}-01"
        example = right if MONTH.fullmatch(right) else "2026-01"
        raise ValueError(f"`{text}` is not a month; write YYYY-MM, such as {example}")
    if not FIRST <= text <= LAST:
        raise ValueError(f"`{text}` is outside {FIRST} to {LAST}")
    return text


@dataclass(frozen=True)
class Named:
    """A text that names something of a kind.

    anything: `all` and `*` are taken too; none: empty, too; others: another state than the one it is set for
    """

    kind: str
    anything: bool = False
    none: bool = False
    others: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.check, handler(source))

    def check(self, given: object) -> object:
        """The name, as far as its spelling can be judged. Raises ValueError."""
        if isinstance(given, bool):
            raise ValueError(f'{str(given).lower()} is no name: {TRUTH}; write it in quotes, such as "NO"')
        if given == "" and self.none:
            return given
        if self.kind == "month":
            return check_month(given)
        if isinstance(given, str) and not given.strip():
            raise ValueError(f"an empty text names no {self.kind}")
        return given


Month = Annotated[str, Named("month")]
MonthOrNone = Annotated[str, Named("month", none=True)]
MaterialPattern = Annotated[str, Named("material", anything=True)]  # oxide:Dy, oxide:*, a part, or *
MaterialName = Annotated[str, Named("material")]
Jurisdiction = Annotated[str, Named("jurisdiction")]
Anywhere = Annotated[str, Named("jurisdiction", anything=True, others=True)]
Abroad = Annotated[str, Named("jurisdiction", others=True)]
Pollutant = Annotated[str, Named("pollutant", anything=True)]
Stage = Annotated[str, Named("stage")]
Element = Annotated[str, Named("element")]
Substance = Annotated[str, Named("substance")]
OreKind = Annotated[str, Named("ore")]
OreFamily = Annotated[str, Named("family")]
EndUse = Annotated[str, Named("use")]
Deposit = Annotated[str, Named("project")]
PlantName = Annotated[str, Named("plant")]


@dataclass(frozen=True)
class Dated:
    """A number that holds always, or numbers from months on; null ends one. ge, gt, le: what each may be."""

    ge: float | None = None
    gt: float | None = None
    le: float | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.check, handler(source))

    def check(self, given: object) -> object:
        """The schedule, its months and numbers checked. Raises ValueError naming the first that is wrong."""
        if isinstance(given, Mapping):
            return {check_month(month): self._number(value, f"`{month}` ") for month, value in given.items()}
        return self._number(given, "")

    def _number(self, given: object, where: str) -> float | None:
        if given is None:
            return None
        refuse_truth(given, where)
        text = str(given).strip()
        if not (NUMBER.fullmatch(text) or isinstance(given, float)):
            raise ValueError(f"{where}must be a number, or numbers by month, not {given!r}{_meant(text)}")
        try:
            value = float(text)
        except ValueError:
            raise ValueError(f"{where}must be a number, not {given!r}") from None
        if not math.isfinite(value):
            raise ValueError(f"{where}must be a finite number, not {value}")
        low, high = (-math.inf if self.ge is None else self.ge), (math.inf if self.le is None else self.le)
        if not low <= value <= high or (self.gt is not None and value <= self.gt):
            raise ValueError(f"{where}is {value:g} and must be {self.allowed()}")
        return value

    def allowed(self) -> str:
        """What a number may be, in words.

        >>> Dated(ge=0, le=1).allowed(), Dated(gt=0).allowed()
        ('a share, from 0 to 1', 'above 0')
        """
        if (self.ge, self.le) == (0.0, 1.0):
            return "a share, from 0 to 1"
        least = (
            f"above {self.gt:g}"
            if self.gt is not None
            else ""
            if self.ge is None
            else f"at least {self.ge:g}"
        )
        most = "" if self.le is None else f"at most {self.le:g}"
        return " and ".join(part for part in (least, most) if part)


def _meant(text: str) -> str:
    """The number that a text with a unit stands for, as the end of a sentence.

    >>> _meant("50 %"), _meant("90 days"), _meant("many")
    ('; write 0.5', '; write 90', '')
    """
    found = re.fullmatch(r"([-+]?[0-9]+(?:\.[0-9]+)?) ?([%A-Za-z/]+)", text)
    if found is None:
        return ""
    return f"; write {float(found[1]) / (100.0 if found[2] == '%' else 1.0):g}"


_Dates = float | dict[str, float | None] | None
Schedule = Annotated[_Dates, Dated()]
Amount = Annotated[_Dates, Dated(ge=0)]
Days = Annotated[_Dates, Dated(ge=0, le=3650)]  # ten years
Factor = Annotated[_Dates, Dated(gt=0)]
Groups = Annotated[_Dates, Dated(ge=1)]
Rate = Annotated[_Dates, Dated(ge=0, le=100)]  # of a tax or a tariff; 1 doubles a price
ShareSchedule = Annotated[_Dates, Dated(ge=0, le=1)]
PartSchedule = Annotated[_Dates, Dated(ge=0, le=0.99)]  # of a price: what costs nothing has no market
Share = Annotated[float, Field(ge=0, le=1)]
Severity = Annotated[float, Field(ge=0, le=100)]


def setting(default: Any, description: str, unit: str = "", example: Any = None, **limits: float) -> Any:
    """A field of a lever: what it means, its unit, an example of its value, and ge, gt, le of a number."""
    extra: dict[str, Any] = {"unit": unit} | ({} if example is None else {"example": example})
    return Field(default, description=description, json_schema_extra=extra, **limits)  # type: ignore[call-overload]


class LeverPart(BaseModel):
    """A group of settings of a lever: no unknown keys, no truth for a number, null for nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _plain(cls, given: object, info: ValidationInfo) -> object:
        """Null where a group or a list stands empties it, and takes an entry away; no truth for a number."""
        field = cls.model_fields[info.field_name or ""]
        if isinstance(given, list) and (twice := [item for item in given if given.count(item) > 1]):
            raise ValueError(f"names {twice[0]!r} twice; name it once")
        return given if _is_dated(field.metadata) else _drop_nulls(field.annotation, given, "")

    @model_validator(mode="after")
    def _in_force(self) -> Self:
        """Refuse an end before the start, and more of a project's capital than there is."""
        start, end = getattr(self, "start", ""), getattr(self, "end", "")
        if isinstance(start, str) and start and end and start >= end:
            raise ValueError(f"start {start} is not before end {end}, so that it is never in force")
        paid = [getattr(self, f"{how}_share", 0.0) for how in ("capital", "loan", "equity")]
        if math.fsum(paid) > 1.0 + 1e-9:
            raise ValueError(
                f"capital_share, loan_share and equity_share are {math.fsum(paid):g} of the capital in all; "
                "give at most 1"
            )
        return self


def _drop_nulls(annotation: Any, given: object, where: str) -> object:
    """A value without its null entries. Raises ValueError for a truth value where a number stands."""
    kinds = members(annotation)
    group = next((kind for kind in kinds if typing.get_origin(kind) is dict), None)
    if given is None and type(None) not in kinds:
        return {} if group is not None else [] if any(typing.get_origin(k) is list for k in kinds) else None
    if bool not in kinds and (float in kinds or int in kinds):
        refuse_truth(given, where)
    if group is None or not isinstance(given, Mapping):
        return given
    inner = typing.get_args(group)[1]
    if _is_dated(getattr(inner, "__metadata__", ())):
        return given
    kept = {key: _drop_nulls(inner, value, f"`{key}` ") for key, value in given.items()}
    optional = type(None) in members(inner)
    return {key: value for key, value in kept.items() if optional or value is not None}


def _is_dated(metadata: Sequence[Any]) -> bool:
    return any(isinstance(note, Dated) for note in metadata)


def refuse_truth(given: object, where: str = "") -> None:
    """Raise ValueError for true or false where a number is meant: to Python they are 1 and 0."""
    if isinstance(given, bool):
        raise ValueError(
            f"{where}is {str(given).lower()}, which is no number: {TRUTH}; write a number, such as 0"
        )


def members(annotation: Any) -> list[Any]:
    """The members of a union, without its wrapping."""
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        return members(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return [member for arg in typing.get_args(annotation) for member in members(arg)]
    return [annotation]


def annotations(schema: type[BaseModel]) -> dict[str, Any]:
    """The type of every field, with its notes: a name's kind, what a schedule may be."""
    return {
        name: Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
        for name, info in schema.model_fields.items()
    }


Found = tuple[tuple[str, ...], Named, str]  # where a name stands, of what kind, and the name


def names_in(part: BaseModel, path: tuple[str, ...] = ()) -> Iterator[Found]:
    """Every name that settings were given, with its place and kind: items of lists, texts, keys of groups."""
    for name, wanted in annotations(type(part)).items():
        if name not in part.model_fields_set:
            continue  # a default: what the chain lacks of it means nothing there
        yield from _names(wanted, getattr(part, name), (*path, name))


def _names(annotation: Any, value: object, path: tuple[str, ...]) -> Iterator[Found]:
    named = next((n for n in getattr(annotation, "__metadata__", ()) if isinstance(n, Named)), None)
    if named is not None and isinstance(value, str) and value:
        yield path, named, value
    if isinstance(value, BaseModel):
        yield from names_in(value, path)
    for kind in members(annotation):
        args = typing.get_args(kind)
        if typing.get_origin(kind) is dict and isinstance(value, Mapping):
            for key, inner in value.items():
                yield from _names(args[0], key, path)
                yield from _names(args[1], inner, (*path, str(key)))
        elif typing.get_origin(kind) in (list, tuple) and isinstance(value, list | tuple):
            for item in value:
                yield from _names(args[0], item, path)


def kind_at(schema: type[BaseModel], path: Sequence[str]) -> str:
    """What kind of names stand at a place of settings, as a text, items of a list or keys; or nothing."""
    places: list[Any] = [schema]
    for part in path:
        places = [inner for place in places for inner in _inside(place, part)]
    for place in places:
        groups = (k for k in members(place) if typing.get_origin(k) in (dict, list, tuple))
        found = [place, *(typing.get_args(kind)[0] for kind in groups)]
        for note in (note for one in found for note in getattr(one, "__metadata__", ())):
            if isinstance(note, Named):
                return note.kind
            if isinstance(note, Dated):
                return "month"
    return ""


def _inside(place: Any, part: str) -> Iterator[Any]:
    for kind in members(place):
        if typing.get_origin(kind) is dict:
            yield typing.get_args(kind)[1]
        elif part in getattr(kind, "model_fields", {}):
            yield annotations(kind)[part]
