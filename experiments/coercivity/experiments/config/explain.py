"""What pydantic found wrong with a configuration, in sentences with place and remedy."""

import json
import re
import types
import typing
from collections import abc
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from coercivity.experiments.base.errors import did_you_mean
from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.overrides import shorten

FILE = "scenario file"  # among the choices: a scenario from elsewhere, by its path
SHOWN = 8  # mistakes listed at once
ROOM = 800  # characters of all of them
LONGEST = 120  # characters of a value that a sentence repeats

_WANTED = {
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "string_type": "text",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a group of keys",
    "model_type": "a group of keys",
    "model_attributes_type": "a group of keys",
}
_TAGS = frozenset({"float", "int", "bool", "str", "dict", "list"})  # members of a union
_RANGE = {"Ge": "at least", "Gt": "more than", "Le": "at most", "Lt": "less than"}


def explain(
    error: "ValidationError",
    schema: "type[BaseModel]",
    choices: Mapping[str, str],
    overrides: Sequence[str],
    place: tuple[str, ...] = (),
) -> str:
    """Every mistake of a configuration, one sentence each, with its place and its remedy.

    place: where the schema stands in the whole configuration
    """
    details = _merge_mistakes(error.errors(include_url=False), schema)
    if left := _left_out(details, overrides):
        return left
    lines = [_sentence(detail, schema, choices, overrides, place) for detail in details[:SHOWN]]
    while len(lines) > 1 and sum(map(len, lines)) > ROOM:
        lines.pop()
    if len(details) == 1:
        return lines[0]
    if len(details) > len(lines):
        lines.append(f"and {len(details) - len(lines)} more")
    return f"{len(details)} mistakes in the configuration:\n" + "\n".join(f"  - {line}" for line in lines)


def _left_out(details: "Sequence[ErrorDetails]", overrides: Sequence[str]) -> str:
    """What to say of states that are set though `state=` does not choose them; nothing of other mistakes."""
    missing = [one["loc"] for one in details if one["type"] == "missing"]
    states = [str(loc[1]) for loc in missing if len(loc) == 3 and loc[0] == "state" and loc[2] == "code"]
    chosen = next((text for text in overrides if text.startswith("state=")), "")
    if not chosen or not states or len(states) < len(details):
        return ""
    named = ", ".join(f"`{name}`" for name in states)
    return (
        f"`{chosen}` leaves out {named}, which something else sets (the scenario, or the "
        "command line): choose them too, or take each away with ~state.NAME"
    )


def _sentence(
    detail: "ErrorDetails",
    schema: "type[BaseModel]",
    choices: Mapping[str, str],
    overrides: Sequence[str],
    place: tuple[str, ...],
) -> str:
    loc = tuple(str(part) for part in detail["loc"])
    path = _path(loc, schema)
    where = _origin((*place, *path), choices, overrides)
    name = ".".join((*place, *path)) or "configuration"
    kind, given = detail["type"], detail.get("input")
    if kind == "extra_forbidden":
        parent = ".".join((*place, *path[:-1])) or "the configuration"
        known = fields_at(schema, path[:-1])
        hint = did_you_mean(path[-1], known) or f"; it has {', '.join(sorted(known))}"
        return f"`{parent}` has no key `{path[-1]}`{where}{hint}"
    range_ = _range(_field_at(schema, path)) or _range_above(schema, path)
    if kind == "missing":
        return f"`{name}` is missing{where}{range_}{_begun_anew(name, overrides)}"
    if kind in ("literal_error", "enum", "union_tag_invalid"):
        return f"`{name}` {_not_one_of(detail)}{where}"
    if kind in ("value_error", "assertion_error"):
        said = detail["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
        joined = " " if said.startswith(("is ", "must ")) else ": "
        said = f"`{name}`{joined}{said}" if path or place else said
        return f"{said}{where}{_hint_quotes(path, given) if path else ''}"
    wanted = detail["msg"] if kind == "union" else _WANTED.get(kind)
    complaint = f"must be {wanted}" if wanted else detail["msg"].removeprefix("Input ")
    shown = json.dumps(given) if given is None or isinstance(given, bool) else repr(given)
    shown = shown if len(shown) <= LONGEST else f"{shown[:LONGEST]} ..."
    hint = _hint_quotes(path, given) or _hint_number(given)
    if kind == "list_type" and isinstance(given, str):
        return f'`{name}` {complaint}, not {shown}; write ["{given}"]{where}'
    return f"`{name}` {complaint}, not {shown}{where}{hint or range_}"


def _begun_anew(name: str, overrides: Sequence[str]) -> str:
    """A hint where a setting begins what a scenario has under another name, or not at all.

    >>> _begun_anew("measure.ours.materials", ["measure.ours.approval=1"])
    '; this scenario has no `ours`, so the setting begins a new one: is it the right scenario?'
    """
    parent = name.rpartition(".")[0]
    if not any(word.lstrip("+").startswith(f"{parent}.") for word in overrides):
        return ""
    new = parent.rpartition(".")[2]
    return f"; this scenario has no `{new}`, so the setting begins a new one: is it the right scenario?"


def _hint_number(given: object) -> str:
    """A hint where a per cent, or several numbers, stand for a number.

    >>> _hint_number("120%"), _hint_number("1..5")
    ('; write 1.2', '; several values go to `sweep`, as 1,5 or `range(1,6)`')
    """
    text = given.strip() if isinstance(given, str) else ""
    if found := re.fullmatch(r"(-?[\d.]+) ?%", text):
        return f"; write {float(found[1]) / 100:g}"
    if found := re.fullmatch(r"(-?[\d.]*\d)(?: ?\.\. ?|:| ?- ?| to )(\d[\d.]*)", text):
        low, high = found[1], found[2]
        whole = low.isdigit() and high.isdigit()
        every = f"range({low},{int(high) + 1})" if whole else f"interval({low},{high})"
        return f"; several values go to `sweep`, as {low},{high} or `{every}`"
    return ""


def _hint_quotes(path: Sequence[str], given: object) -> str:
    """A hint where a name with a colon was taken for a key and its value.

    >>> _hint_quotes(("days", "oxide"), "Dy: 90")
    '; a name with a colon stands in quotes: {"oxide:Dy": 90}'
    """
    found = re.fullmatch(r"([^\s:{}]+) *: *([^\s:{}]+)", given) if isinstance(given, str) else None
    return f'; a name with a colon stands in quotes: {{"{path[-1]}:{found[1]}": {found[2]}}}' if found else ""


def _merge_mistakes(details: "list[ErrorDetails]", schema: "type[BaseModel]") -> "list[ErrorDetails]":
    """One mistake where several types of a union each complained of the same value."""
    found: dict[tuple[str, ...], list[ErrorDetails]] = {}
    for detail in details:
        found.setdefault(_path(tuple(str(part) for part in detail["loc"]), schema), []).append(detail)
    merged: list[ErrorDetails] = []
    for same in found.values():
        wanted = dict.fromkeys(_WANTED.get(detail["type"], "") for detail in same)
        if len(same) > 1 and all(wanted):
            same = [{**same[0], "type": "union", "msg": " or ".join(wanted)}]
        merged += same
    return merged


def _not_one_of(detail: "ErrorDetails") -> str:
    context, given = detail.get("ctx") or {}, detail.get("input")
    expected = str(context.get("expected") or context.get("expected_tags"))
    options = [part.strip().strip("'") for part in expected.replace(" or ", ", ").split(",")]
    word = "null" if given is None else str(given.get("kind", "") if isinstance(given, dict) else given)
    return f"cannot be `{word}`: it is one of {', '.join(options)}{did_you_mean(word, options)}"


def _path(loc: tuple[str, ...], schema: "type[BaseModel]") -> tuple[str, ...]:
    """The place in the configuration, without the tags pydantic adds for members of a union."""
    path: list[str] = []
    places: list[Any] = [schema]
    if len(loc) > 1 and loc[-1].partition("[")[0] in _TAGS:
        loc = loc[:-1]
    if loc[-1:] == ("[key]",):  # the complaint is about a name, not about what stands under it
        loc = loc[:-2]
    for part in loc:
        inner = _step(places, part)
        if inner or part.isdigit() or part == loc[-1]:
            path.append(part)
            places = inner or places
    return tuple(path)


def _plain(limit: float) -> str:
    """A limit as a person writes it.

    >>> _plain(1000000.0), _plain(0.99), _plain(2**63)
    ('1000000', '0.99', '9223372036854775808')
    """
    return f"{limit:.12g}" if isinstance(limit, float) else str(limit)


def _range(info: "FieldInfo | None") -> str:
    """Meaning, unit and allowed range of a field, as far as its declaration tells them."""
    if info is None:
        return ""
    notes = [
        f"{_RANGE[kind]} {_plain(getattr(item, kind.lower()))}"
        for item in rules(info)
        if (kind := type(item).__name__) in _RANGE
    ]
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    unit = f" {extra['unit']}" if extra.get("unit") else ""
    allowed = f"{' and '.join(notes)}{unit}" if notes else f"in{unit}" if unit else ""
    meaning = (info.description or "").rstrip(".")
    shown = extra.get("example")
    example = f"such as {json.dumps(shown, ensure_ascii=False)}" if shown is not None else ""
    means = ": ".join(part for part in (meaning, allowed) if part)
    said = ", ".join(part for part in (means, example) if part)
    return f" ({said})" if said else ""


def _range_above(schema: "type[BaseModel]", path: tuple[str, ...]) -> str:
    """Meaning and example of the nearest declared field that an entry stands in."""
    above = (_field_at(schema, path[:length]) for length in range(len(path) - 1, 0, -1))
    return _range(next((info for info in above if info is not None), None))


def meaning(schema: "type[BaseModel]", path: Sequence[str]) -> str:
    """What a key means, its unit and range, as far as its declaration tells them."""
    return _range(_field_at(schema, tuple(path))).strip(" ()")


def unit_at(schema: "type[BaseModel]", path: Sequence[str]) -> str:
    """The unit of a key or, where it has no field of its own, of the nearest one that it stands in."""
    for length in range(len(path), 0, -1):
        info = _field_at(schema, tuple(path[:length]))
        if info is not None:
            extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
            return str(extra.get("unit") or "")
    return ""


def rules(info: "FieldInfo") -> list[Any]:
    """The constraints of a field, also those of the members of its union."""
    found = list(info.metadata)
    for member in typing.get_args(info.annotation):
        for note in getattr(member, "__metadata__", ()):
            found += getattr(note, "metadata", [note])
    return found


def _origin(path: tuple[str, ...], choices: Mapping[str, str], overrides: Sequence[str]) -> str:
    """Which command-line word or file set a key, as the end of a clause."""
    dotted = ".".join(path)
    for override in reversed(overrides):
        key = override.lstrip("+~").partition("=")[0]
        if key == dotted or dotted.startswith(f"{key}.") or key.startswith(f"{dotted}."):
            return f" (from `{shorten(override)}` on the command line)"
    for file in _candidates(path, choices):
        if file == choices.get(FILE) and _holds(Path(file), path):
            return f" (from {file})"
        inside = path[2:] if path[0] == "state" and file.startswith("state/") else path
        inside = inside[1:] if inside is path and not file.startswith(("scenario/", "config")) else inside
        if _holds(conf_dir() / file, inside):
            return f" (from conf/{file})"
    return ""


def _candidates(path: tuple[str, ...], choices: Mapping[str, str]) -> list[str]:
    if not path:
        return []
    files = [f"scenario/{choices['scenario']}.yaml"] if "scenario" in choices else []
    files = [choices[FILE], *files] if FILE in choices else files
    if path[0] == "state" and len(path) > 1:
        files.append(f"state/{path[1]}.yaml")
    elif path[0] in choices:
        files.append(f"{path[0]}/{choices[path[0]]}.yaml")
    return [*files, "config.yaml"]


def _holds(file: Path, path: tuple[str, ...]) -> bool:
    """Whether a configuration file itself sets a key."""
    try:
        place = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        return False
    for part in path:
        if not isinstance(place, dict) or part not in place:
            return False
        place = place[part]
    return True


def open_at(schema: "type[BaseModel]", path: Sequence[str]) -> bool:
    """Whether a place of the configuration may have keys of any name."""
    return any(typing.get_origin(place) in (dict, abc.Mapping) for place in _walk_schema(schema, path))


def fields_at(schema: "type[BaseModel]", path: Sequence[str]) -> list[str]:
    """The keys a place of the configuration may have, as far as they are declared."""
    places = _walk_schema(schema, path)
    return [name for place in places if hasattr(place, "model_fields") for name in place.model_fields]


def _field_at(schema: "type[BaseModel]", path: tuple[str, ...]) -> "FieldInfo | None":
    places: list[Any] = [schema]
    for part in path[:-1]:
        places = _step(places, part)
    for place in places:
        fields: dict[str, FieldInfo] = getattr(place, "model_fields", {})
        if path and path[-1] in fields:
            return fields[path[-1]]
    return None


def _walk_schema(schema: "type[BaseModel]", path: Sequence[str]) -> list[Any]:
    places: list[Any] = [schema]
    for part in path:
        places = _step(places, part)
    return places


def _step(places: list[Any], part: str) -> list[Any]:
    """The types a key may have, given the types its parent may have."""
    found: list[Any] = []
    for place in places:
        if fields := getattr(place, "model_fields", None):
            if part in fields:
                found += members(fields[part].annotation)
        elif typing.get_origin(place) in (dict, abc.Mapping):
            found += members(typing.get_args(place)[1])
        elif typing.get_origin(place) in (list, tuple):
            found += members(typing.get_args(place)[0])
    return found


def members(annotation: Any) -> list[Any]:
    """The members of a union, without its wrapping."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return members(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return [member for arg in typing.get_args(annotation) for member in members(arg)]
    if origin is abc.Mapping:
        return [dict[typing.get_args(annotation)]]  # type: ignore[misc]
    return [annotation]
