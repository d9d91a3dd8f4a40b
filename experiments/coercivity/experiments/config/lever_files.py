"""conf/lever/NAME.yaml as each lever's declaration says it: meaning, unit, range and default of every key.

`python -m coercivity.experiments.config.lever_files` writes the files anew; a test holds them to it.
"""

import json
import re
import sys
import textwrap
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from coercivity.experiments.base.paths import conf_dir
from coercivity.model.inputs.fields import Dated, annotations, members
from coercivity.model.lever import Lever, levers

__all__ = ["describe_field", "groups_of", "lever_file", "unit_and_range", "write_lever_files"]

WIDTH = 110
SCHEDULE = (
    "A schedule is one number, or numbers by month, each from its month on; null is none: "
    '{"2026-01": 0.5, "2027-01": null}.'
)
LIMITS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


def lever_file(name: str) -> str:
    """The text of a lever's file."""
    schema = levers()[name]
    module = sys.modules[schema.__module__]
    doc = (module.__doc__ or schema.summary).strip()
    equations = ", ".join(dict.fromkeys(re.findall(r"\([A-Z]\.\d+\)", doc)))
    source = f"{equations}; " if equations else ""
    head = f"{doc.splitlines()[0].rstrip('.')}. {source}model/{schema.__module__.replace('.', '/')}.py"
    scheduled = any(_is_dated(wanted) for wanted in annotations(schema).values())
    said = [f"Set it under state.<name>.lever.{name}.", *([SCHEDULE] if scheduled else []), schema.note]
    lines = [f"# {head}", *_comment(" ".join(part for part in said if part))]
    lines += [f"kind: {name}", f"summary: {json.dumps(schema.summary, ensure_ascii=False)}"]
    lines.insert(0, "# Made from the code by coercivity.experiments.config.lever_files; do not edit it.")
    for key in schema.model_fields:
        if key != "active":
            lines += ["", *_field(schema, key), f"{key}: {_flow(_default(schema, key))}"]
    return "\n".join(lines) + "\n"


def write_lever_files() -> None:
    """Write the file of every lever of this repository."""
    for name, schema in levers().items():
        if schema.__module__.startswith(f"{Lever.__module__}."):
            (conf_dir() / "lever" / f"{name}.yaml").write_text(lever_file(name), encoding="utf-8")


def describe_field(schema: type[BaseModel], key: str) -> str:
    """What a field means, in which unit, and what it may be.

    >>> describe_field(levers()["stockpile"], "release_above").partition(" (")[2]
    'factor, above 1)'
    """
    unit, *more = unit_and_range(schema, key)
    if (unit, more[0]) == ("share", "a share, from 0 to 1"):
        unit = ""
    bracket = ", ".join(note for note in (unit, *more) if note)
    return f"{schema.model_fields[key].description or ''}{f' ({bracket})' if bracket else ''}"


def unit_and_range(schema: type[BaseModel], key: str) -> tuple[str, str, str]:
    """The unit of a field, what its numbers may be, and whether they may change over time.

    >>> unit_and_range(levers()["stockpile"], "release_above")
    ('factor', 'above 1', '')
    """
    info, wanted = schema.model_fields[key], annotations(schema)[key]
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    dated = "a schedule" if _is_dated(wanted) else ""
    return str(extra.get("unit") or ""), _allowed_range(wanted), dated


def _field(schema: type[BaseModel], key: str) -> Iterator[str]:
    """Comment lines on a field, and on those of the group it holds by name."""
    example = example_of(schema, key)
    shown = f"; such as {_flow(example)}" if example is not None else ""
    yield from _comment(f"{key}: {describe_field(schema, key)}{shown}", " " * (len(key) + 2))
    for inner in groups_of(annotations(schema)[key]):
        yield "# Each has:"
        for name, info in inner.model_fields.items():
            kept = "required" if info.is_required() else f"default {_flow(_default(inner, name))}"
            yield from _comment(f"  {name}: {describe_field(inner, name)}; {kept}", " " * (len(name) + 4))


def _comment(text: str, indent: str = "") -> list[str]:
    wrapped = textwrap.wrap(
        text, WIDTH - 2, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return [f"# {line}".rstrip() for line in wrapped]


def _default(schema: type[BaseModel], key: str) -> Any:
    return schema.model_fields[key].get_default(call_default_factory=True)


def example_of(schema: type[BaseModel], key: str) -> Any:
    extra = schema.model_fields[key].json_schema_extra
    return extra.get("example") if isinstance(extra, dict) else None


def _flow(value: Any) -> str:
    """A value as YAML has it on one line."""
    return json.dumps(value, ensure_ascii=False)


def _notes(wanted: Any) -> Iterator[Any]:
    """Notes on the numbers that a type holds, however deep, but not inside groups of their own."""
    for note in getattr(wanted, "__metadata__", ()):
        yield from getattr(note, "metadata", [note])
    for kind in members(wanted):
        if typing.get_origin(kind) is dict:
            yield from _notes(typing.get_args(kind)[1])


def _is_dated(wanted: Any) -> bool:
    return any(isinstance(note, Dated) for note in _notes(wanted))


def _allowed_range(wanted: Any) -> str:
    """What the numbers of a type may be, in words."""
    found: dict[str, float] = {}
    for note in _notes(wanted):
        found |= {side: limit for side in LIMITS if (limit := getattr(note, side, None)) is not None}
    if (found.get("ge"), found.get("le")) == (0, 1):
        return "a share, from 0 to 1"
    return " and ".join(f"{word} {found[side]:g}" for side, word in LIMITS.items() if side in found)


def groups_of(wanted: Any) -> Iterator[type[BaseModel]]:
    """Groups of keys that a type holds by name."""
    for kind in members(wanted):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield kind
        elif typing.get_origin(kind) is dict:
            yield from groups_of(typing.get_args(kind)[1])


if __name__ == "__main__":
    write_lever_files()
