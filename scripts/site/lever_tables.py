"""The page of levers: by purpose, every key with its meaning, unit, range, an example and a source."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from cells import cited, default_of, given, of_kind, write_table

from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.lever_files import SCHEDULE, example_of, groups_of, unit_and_range
from coercivity.model.inputs.fields import annotations
from coercivity.model.lever import levers as declared

PURPOSES: Mapping[str, tuple[str, ...]] = {
    "Withhold exports": (
        "export_limit", "export_tax", "ore_export_ban", "vat_refund", "technology_ban", "coercion",
        "enforcement",
    ),
    "Ration and price output at home": (
        "production_quota", "separation_quota", "price_policy", "support_purchases", "consolidation",
    ),
    "Shield from imports": ("import_tariff", "retaliation"),
    "Hold stocks": ("stockpile", "reserve"),
    "Pay for plants and supply": (
        "friendshoring", "outbound_investment", "offtake", "joint_venture", "domestic_first", "benchmarks",
    ),
    "Recycle, substitute, clean up": ("circularity", "environment"),
    "Permit": ("permitting", "seabed_permit", "seabed_diplomacy"),
    "Events a scenario sets": ("incident", "stoppage"),
}  # fmt: skip
HEADS = ("key", "default", "meaning", "unit", "range", "example", "source")
INTRODUCTION = (
    "Keys stand under `state.NAME.lever.LEVER`. *Source* is a scenario or state file that sets a key, with "
    f"what it gives as its own source. {SCHEDULE}\n"
)
Place = tuple[str, str]  # a lever and one of its keys


def levers() -> str:
    """Every lever by purpose. Raises KeyError for one that has none yet."""
    mechanisms = {mechanism.name: mechanism for mechanism in of_kind("lever")}
    purpose_of = {name: purpose for purpose, names in PURPOSES.items() for name in names}
    lines = [INTRODUCTION]
    for purpose in dict.fromkeys([*PURPOSES, *(purpose_of[name] for name in mechanisms)]):
        lines.append(f"## {purpose}\n")
        for name in PURPOSES[purpose]:
            mechanism = mechanisms[name]
            code = f"[`{mechanism.file.rpartition('/')[2]}`](../../{mechanism.file})"
            lines += [f"### {name}\n", f"{cited(mechanism)} Code: {code}\n"]
            lines += write_table(HEADS, _keys(name))
    return "\n".join(lines)


def _keys(name: str) -> Iterator[tuple[str, ...]]:
    """A row a key, and one for each key of the groups it holds."""
    model: Any = declared()[name]
    for key, field in model.model_fields.items():
        yield (f"`{key}`", *_row(model, key, field), _sources().get((name, key), ""))
        for inner in groups_of(annotations(model)[key]):
            for part, about in inner.model_fields.items():
                yield (f"`{key}.NAME.{part}`", *_row(inner, part, about), "")


def _row(model: Any, key: str, field: Any) -> tuple[str, str, str, str, str]:
    """Default, meaning, unit, range and example of a key."""
    unit, allowed, dated = unit_and_range(model, key)
    default = "required" if field.is_required() else given(default_of(field))
    example = example_of(model, key)
    may = "; ".join(part for part in (allowed.removeprefix("a share, "), dated) if part)
    return default, field.description or "", unit, may, "" if example is None else f"`{json.dumps(example)}`"


@cache
def _sources() -> dict[Place, str]:
    """Where each key of a lever is set, and from what: rather from records than stylised, then by states."""
    found: dict[Place, str] = {}
    told = [(path.stem, _content(path)) for path in sorted((conf_dir() / "scenario").glob("*.yaml"))]
    sources = {name: " ".join(str(_about(content).get("source") or "").split()) for name, content in told}
    for name, content in sorted(told, key=lambda one: _rank(sources[one[0]])):
        for state in (content.get("state") or {}).values():
            _note(found, state, f"`{name}`{f': {sources[name]}' if sources[name] else ''}")
    for path in sorted((conf_dir() / "state").rglob("*.yaml")):
        _note(found, _content(path), f"`{path.relative_to(conf_dir().parent).as_posix()}`")
    return found


def _note(found: dict[Place, str], state: Any, where: str) -> None:
    levers_ = state.get("lever") if isinstance(state, dict) else None
    for name, keys in (levers_ or {}).items():
        for key, value in (keys or {}).items():
            if value not in ({}, None):
                found.setdefault((name, key), where)


def _rank(source: str) -> int:
    """Records of evidence first, what is stylised last."""
    return 0 if ".csv" in source else 1 + source.startswith("stylised")


def _about(content: dict[str, Any]) -> dict[str, Any]:
    about: dict[str, Any] = content.get("about") or {}
    return about


def _content(path: Path) -> dict[str, Any]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content if isinstance(content, dict) else {}
