"""Values for any declared field: mostly what it takes, sometimes what people and programs write instead."""

import datetime
import math
import random
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

MONTHS = ("2024-10", "2025-01", "2025-02", "2025-03", "2025-04", "2025-06", "2026-01", "2031-12")
ODD_MONTHS = (
    "2025-4", "2025-13", "2025-00", "2025", "25-04", "2025-04-01", "2025-04-31", "April 2025", "04-2025",
    "2025/04", "2025-04 ", " 2025-04", "2025‑04", "２０２５-04", "1999-12", "2062-01", "9999-12", "-1",
    "", "null", "2025-Q2", "2025-04-", "20254", "2025.04", "²025-04",
)  # fmt: skip
ODD_NUMBERS = (
    -1, -1e-12, 1e-300, 1e300, -1e300, 1e16, math.nan, math.inf, -math.inf, True, False, None, "abc", "",
    "1,5", "1_000", "１", "12%", "12 USD", [], [1], {}, {"a": 1}, 10**400, 2**63, -(2**63), -0.0, "null",
    "0x10", "1e5", "²", "nan", "off",
)  # fmt: skip
ODD_TEXTS = (
    "", " ", "none", "null", "all", "*", "China", "CHN", "cn", "Cn ", "oxide", "oxide:", ":Dy",
    "oxide:Dysprosium", "oxide:dy", "oxide:D*", "magnet", "../x", "a\nb", "\u2028", "é", "x" * 400,
    "<script>", "%s", "{}", "[]", "1", "true", "made", "separate", "extract", 0, 1.5, True, None, [], {},
    ["CN"],
)  # fmt: skip


@dataclass
class Maker:
    """Draws values. odd: how often a single value is not what the field takes · names: known, by kind"""

    rng: random.Random
    odd: float
    names: Mapping[str, Sequence[str]]
    made_odd: int = field(default=0)

    def strange(self) -> bool:
        """Whether the next value is an odd one."""
        strange = self.rng.random() < self.odd
        self.made_odd += strange
        return strange

    def group(self, schema: type[BaseModel], most: int = 4) -> dict[str, Any]:
        """A few fields of a record, and all that it requires."""
        fields = list(schema.model_fields.items())
        needed = [one for one in fields if one[1].is_required()]
        free = [one for one in fields if not one[1].is_required()]
        chosen = needed + self.rng.sample(free, min(len(free), self.rng.randint(1, most)))
        found = {name: self.value(info.annotation, info.metadata, name) for name, info in chosen}
        if self.strange():
            found[self.rng.choice(("volumne", "active ", "", "_target_", "Materials"))] = self.number(
                (), float
            )
        return found

    def value(self, kind: Any, rules: Sequence[Any], name: str) -> Any:
        """A value of a declared kind."""
        origin = typing.get_origin(kind)
        if origin is typing.Annotated:
            inner, *more = typing.get_args(kind)
            return self.value(inner, [*rules, *more], name)
        if origin is typing.Literal:
            return self.rng.choice(ODD_TEXTS if self.strange() else typing.get_args(kind))
        if origin in (list, tuple):
            if self.strange():
                return self.rng.choice(("all", None, {}, [None], [[]], [1], 3, ["CN", "CN"]))
            return [self.value(typing.get_args(kind)[0], (), name) for _ in range(self.rng.randint(0, 3))]
        if origin is dict:
            return self.entries(*typing.get_args(kind), name)
        members = [one for one in typing.get_args(kind) if one is not type(None)]
        if members:
            return self.one_of(members, rules, name)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return self.rng.choice((None, [], "x", 0)) if self.strange() else self.group(kind)
        if kind is bool:
            return self.rng.choice(("off", "no", 1, 0, None, "yes") if self.strange() else (True, False))
        if kind in (int, float):
            return self.number(rules, kind)
        return self.text(name, rules)

    def one_of(self, members: Sequence[Any], rules: Sequence[Any], name: str) -> Any:
        """A value of one of several kinds: of a schedule, a number or a dated list."""
        dated = next((one for one in members if typing.get_origin(one) is dict), None)
        if dated is None or len(members) < 2:
            return self.value(members[0], rules, name)
        if self.rng.random() < 0.4:
            return self.number(rules, float)
        if self.strange():
            return self.rng.choice(({}, [], None, [0.5], {"2025-01": {}}, {datetime.date(2025, 1, 1): 0.5}))
        months = self.rng.sample(MONTHS, self.rng.randint(1, 3))
        ends = self.rng.random() < 0.05
        return {self.month(one): None if ends else self.number(rules, float) for one in months}

    def entries(self, names: Any, kind: Any, name: str) -> Any:
        """Entries of a group of any names."""
        if self.strange():
            return self.rng.choice(([], None, "all", 0.3, {"": 1}, {"x" * 300: 1}))
        keys = [str(self.value(names, (), name)) for _ in range(self.rng.randint(1, 2))]
        return {key: self.value(kind, (), name) for key in keys}

    def month(self, month: str) -> str:
        """A month, or what is not quite one."""
        return self.rng.choice(ODD_MONTHS) if self.strange() else month

    def number(self, rules: Sequence[Any], kind: type) -> Any:
        """A number within its bounds, often at one of them; or an odd one."""
        if self.strange():
            return self.rng.choice(ODD_NUMBERS)
        low = next(
            (getattr(r, "ge", getattr(r, "gt", None)) for r in _flat(rules) if _bound(r, "ge", "gt")), None
        )
        high = next(
            (getattr(r, "le", getattr(r, "lt", None)) for r in _flat(rules) if _bound(r, "le", "lt")), None
        )
        least = 0.0 if low is None else float(low)
        most = self.rng.choice((1.0, 1.0, 10.0, 1000.0)) + least if high is None else float(high)
        drawn = self.rng.choice((least, most, *(self.rng.uniform(least, most) for _ in range(4))))
        return int(drawn) if kind is int else float(f"{drawn:.4g}")

    def text(self, name: str, rules: Sequence[Any]) -> Any:
        """A name of the kind that a field says it holds, or an odd one."""
        if self.strange():
            return self.rng.choice(ODD_TEXTS)
        kind = next((str(rule.kind) for rule in _flat(rules) if hasattr(rule, "kind")), "")
        if kind == "month":
            return self.month(self.rng.choice(MONTHS))
        return self.rng.choice(self.names.get(kind) or self.names[self.rng.choice(sorted(self.names))])


def _flat(rules: Sequence[Any]) -> list[Any]:
    """Rules one by one: a Field within Annotated holds its own."""
    return [one for rule in rules for one in (rule.metadata if isinstance(rule, FieldInfo) else [rule])]


def _bound(rule: Any, *names: str) -> bool:
    return any(getattr(rule, name, None) is not None for name in names)


def written(value: Any, rng: random.Random) -> str:
    """A value in the grammar of the command line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_quoted(str(k))}:{written(v, rng)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(written(one, rng) for one in value) + "]"
    text = str(value)
    return text if text and rng.random() < 0.3 else _quoted(text)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
