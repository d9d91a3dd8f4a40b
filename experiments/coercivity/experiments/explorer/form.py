"""Controls for the settings of a lever, made from what the lever declares and holds."""

import re
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from coercivity.experiments.config.explain import members, rules
from coercivity.experiments.config.lever_files import describe_field
from coercivity.experiments.config.levers import kind_of_names


@dataclass(frozen=True)
class Knob:
    """One value that can be set.

    key: the setting · kind: number, flag, text, choice or list · value: now; None where nothing is set
    low, high: what it may be, where declared · names: kind of names a list or text holds
    dated: whether it may hold from a month on
    """

    key: str
    label: str
    kind: str
    value: Any
    help: str = ""
    low: float | None = None
    high: float | None = None
    options: tuple[str, ...] = ()
    names: str = ""
    dated: bool = False


@dataclass(frozen=True)
class Addition:
    """An entry that can be added to a group of any names.

    names: kind of the name of each level · dated: whether it may hold from a month on
    whole: whether what is added takes the place of all there is · fields: of an entry that is a group
    """

    key: str
    label: str
    names: tuple[str, ...]
    dated: bool = False
    whole: bool = False
    fields: tuple[Knob, ...] = ()
    help: str = ""


@dataclass(frozen=True)
class Form:
    """What can be set of one lever, and what can be added to it."""

    knobs: list[Knob] = field(default_factory=list)
    additions: list[Addition] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """As the page has it."""
        return {"knobs": [asdict(k) for k in self.knobs], "additions": [asdict(a) for a in self.additions]}


@dataclass(frozen=True)
class _Place:
    """Where the walk through a lever's settings stands."""

    lever: str
    key: str  # of the lever
    path: tuple[str, ...] = ()
    info: FieldInfo | None = None
    schema: type[BaseModel] | None = None  # that declares the field, under a name
    name: str = ""

    def __truediv__(self, part: str) -> "_Place":
        return replace(self, path=(*self.path, part))

    def of(self, schema: type[BaseModel], name: str) -> "_Place":
        return replace(self, info=schema.model_fields[name], schema=schema, name=name)

    @property
    def setting(self) -> str:
        return ".".join((self.key, *self.path))

    @property
    def label(self) -> str:
        return ", ".join(_words(part) for part in self.path)

    @property
    def help(self) -> str:
        """Meaning, unit and range, as the field declares them."""
        return describe_field(self.schema, self.name) if self.schema is not None else ""


def form(lever: str, schema: type[BaseModel], given: Mapping[str, Any], key: str) -> Form:
    """The controls of a lever. given: its settings now · key: where they stand."""
    made = Form()
    _group(schema, given, _Place(lever, key), made)
    return made


def _group(schema: type[BaseModel], given: Any, place: _Place, made: Form) -> None:
    held = given if isinstance(given, Mapping) else {}
    for name, info in schema.model_fields.items():
        default = info.get_default(call_default_factory=True) if not info.is_required() else None
        _one(members(info.annotation), held.get(name, default), (place / name).of(schema, name), made)


def _one(kinds: Sequence[Any], value: Any, place: _Place, made: Form) -> None:
    """A value of one of several kinds: a group of names, a group of its own, or a single one."""
    open_ = next((kind for kind in kinds if typing.get_origin(kind) is dict), None)
    single = [kind for kind in kinds if kind is not type(None) and kind is not open_]
    if open_ is not None:
        inner = members(typing.get_args(open_)[1])
        _addition(place, inner, bool(single), not isinstance(value, Mapping), made)
        if isinstance(value, Mapping) or not single:
            for name, held in (value or {}).items():
                _one(inner, held, place / str(name), made)
            return
    grouped = next((kind for kind in single if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
    if grouped is not None:
        _group(grouped, value, place, made)
    elif single:
        made.knobs.append(_knob(single, value, place))


def _addition(place: _Place, inner: Sequence[Any], schedule: bool, whole: bool, made: Form) -> None:
    """What may be added at a place: to a schedule a value from a month on, to a group an entry."""
    if schedule:
        made.additions.append(Addition(place.setting, place.label, (), True, whole, help=place.help))
        return
    names = [kind_of_names(place.lever, place.path)]
    at = place / "*"
    while (deeper := next((kind for kind in inner if typing.get_origin(kind) is dict), None)) is not None:
        value = members(typing.get_args(deeper)[1])
        if any(kind in (float, int) for kind in inner):
            break  # a schedule
        names.append(kind_of_names(place.lever, at.path))
        inner, at = value, at / "*"
    group = next((kind for kind in inner if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
    fields = tuple(_fields(group, place)) if group is not None else ()
    dated = any(typing.get_origin(kind) is dict for kind in inner)
    made.additions.append(
        Addition(place.setting, place.label, tuple(names), dated, False, fields, place.help)
    )


def _fields(group: type[BaseModel], place: _Place) -> Iterator[Knob]:
    """The values a new entry needs; what may be left out can be set once it is there."""
    for name, info in group.model_fields.items():
        scheduled = any(typing.get_origin(kind) is dict for kind in members(info.annotation))
        if info.is_required() or scheduled:
            single = [k for k in members(info.annotation) if typing.get_origin(k) is not dict]
            single = [kind for kind in single if kind is not type(None)]
            if single:
                at = replace(place, key="", path=(*place.path, "*", name)).of(group, name)
                yield replace(_knob(single, None, at), key=name, label=_words(name), dated=scheduled)


def _knob(kinds: Sequence[Any], value: Any, place: _Place) -> Knob:
    kind, options = _kind(kinds)
    low, high = _range(place.info) if kind == "number" else (None, None)
    names = kind_of_names(place.lever, place.path) if kind in ("list", "text") else ""
    return Knob(place.setting, place.label, kind, value, place.help, low, high, options, names)


def _kind(kinds: Sequence[Any]) -> tuple[str, tuple[str, ...]]:
    for kind in kinds:
        if kind is bool:
            return "flag", ()
        if kind in (float, int):
            return "number", ()
        if typing.get_origin(kind) is typing.Literal:
            return "choice", tuple(map(str, typing.get_args(kind)))
        if typing.get_origin(kind) in (list, tuple):
            return "list", ()
    return "text", ()


def _range(info: FieldInfo | None) -> tuple[float | None, float | None]:
    """The lowest and highest value a field takes, as far as it says."""
    low = high = None
    for rule in rules(info) if info is not None else ():
        lows = (getattr(rule, side, None) for side in ("ge", "gt"))
        highs = (getattr(rule, side, None) for side in ("le", "lt"))
        low = next((limit for limit in lows if limit is not None), low)
        high = next((limit for limit in highs if limit is not None), high)
    return low, high


def _words(part: str) -> str:
    """A part of a key as people read it.

    >>> _words("capital_share"), _words("2025-04"), _words("oxide:Dy")
    ('capital share', 'from 2025-04', 'oxide:Dy')
    """
    return f"from {part}" if re.fullmatch(r"\d{4}-\d{2}", part) else part.replace("_", " ")
