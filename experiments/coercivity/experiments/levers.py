"""What settings of levers may hold: keys by each lever's declaration, names by the evidence."""

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercivity.experiments import evidence_rows
from coercivity.experiments.chains import completed
from coercivity.experiments.errors import UserError, unknown
from coercivity.experiments.explain import explain, fields_at, open_at
from coercivity.experiments.manifest import hash_evidence

if TYPE_CHECKING:
    from coercivity.model.description import ChainSettings
    from coercivity.model.lever import Lever

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
ALL = ("all", "*")

# Where names stand in the settings of a lever: `*` is every entry; the end is a list, a text or keys.
NAMED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "export_limit": (
        ("measure.*.materials", "material"),
        ("measure.*.destinations", "jurisdiction"),
        ("measure.*.approval", "month"),
        ("measure.*.tonnes", "month"),
    ),
    "export_tax": (("rate", "material"), ("rate.*", "month")),
    "import_tariff": (("rate", "material"), ("rate.*", "jurisdiction"), ("rate.*.*", "month")),
    "stockpile": (("days", "material"), ("days.*", "month")),
    "friendshoring": (
        ("places", "jurisdiction"),
        ("start", "month"),
        ("end", "month"),
        ("floor", "material"),
        ("floor.*.price", "month"),
    ),
    "production_quota": (("trend", "ore"), ("material", "material")),
    "environment": (
        ("charge", "pollutant"),
        ("cap", "pollutant"),
        ("charge.*", "month"),
        ("cap.*", "month"),
    ),
}

# The same of settings that are no lever's.
NAMED_APART: Mapping[str, str] = {
    "what_if.source": "jurisdiction",
    "what_if.targets": "jurisdiction",
    "market.alarm": "month",
}


def declared() -> "Mapping[str, type[Lever]]":
    """Every lever there is, with the keys it takes."""
    from coercivity.model.lever import levers

    return levers()


def kind_of_names(lever: str, path: Sequence[str]) -> str:
    """What kind of names stand at a place within a lever: a material, jurisdiction, ...; or nothing.

    >>> kind_of_names("stockpile", ["days"]), kind_of_names("import_tariff", ["rate", "oxide:Dy"])
    ('material', 'jurisdiction')
    """
    for where, kind in NAMED.get(lever, ()):
        parts = where.split(".")
        if len(parts) == len(path) and all(a in ("*", b) for a, b in zip(parts, path, strict=True)):
            return kind
    return ""


def known_names(values: Mapping[str, Any], evidence: Path) -> "Mapping[str, set[str]]":
    """The names of every kind that the evidence of a configuration's chain knows."""
    chain = completed(values)["chain"]
    forms = tuple(sorted((chain.get("forms") or {}).items()))
    return {**_known(evidence, hash_evidence(evidence), forms), "ore": set(chain.get("quotas") or {})}


def keys_inside(lever: str, inner: Sequence[str]) -> list[str] | None:
    """The keys a place within a lever may have; None where any name may be one."""
    schema = declared().get(lever)
    if schema is None:
        return []
    return None if open_at(schema, inner) else fields_at(schema, inner)


def check_levers(
    values: Mapping[str, Any],
    chain: "ChainSettings",
    choices: Mapping[str, str],
    overrides: Sequence[str],
) -> None:
    """Refuse a lever nobody has written, and settings that it does not take."""
    import pydantic

    for where, lever, given in _held(values):
        known = declared()
        if lever not in known:
            raise UserError(f"`{'.'.join(where)}`: {unknown('lever', lever, known)}")
        if not isinstance(given, Mapping):
            raise UserError(f"`{'.'.join(where)}.{lever}` must be a group of keys, not {given!r}")
        try:
            known[lever].model_validate(dict(given)).in_chain(chain)
        except pydantic.ValidationError as error:
            place = (*where, lever)
            raise UserError(explain(error, known[lever], choices, overrides, place)) from error
        except ValueError as error:
            raise UserError(f"`{'.'.join((*where, lever))}`: {error}") from error


def check_names(values: Mapping[str, Any], evidence: Path) -> None:
    """Refuse a material, jurisdiction, pollutant or month that a setting names and nothing else knows."""
    known = known_names(values, evidence)
    for held, lever, given in _held(values):
        for where, kind in NAMED.get(lever, ()):
            place = f"`{'.'.join(held)}.{lever}.{where.replace('.*', '')}`"
            _check_at(place, _at(given, where.split(".")), kind, known)
    for where, kind in NAMED_APART.items():
        _check_at(f"`{where}`", _at(values, where.split(".")), kind, known)


def _check_at(place: str, names: Iterator[str], kind: str, known: Mapping[str, set[str]]) -> None:
    """Refuse names of a kind that nothing knows."""
    for name in names:
        if _good(name, kind, known.get(kind, set())):
            continue
        if kind == "month":
            raise UserError(f"{place}: `{name}` is not a month; write YYYY-MM, such as 2026-01")
        raise UserError(f"{place}: {unknown(kind, name, known[kind])}")


@functools.lru_cache(maxsize=4)
def _known(evidence: Path, _hash: str, forms: tuple[tuple[str, str], ...]) -> dict[str, set[str]]:
    """The names of every kind that the evidence knows. forms: of the chain, by part"""
    from coercivity.experiments.listing import materials

    found = {kind: find(evidence) for kind, find in _KNOWN.items()}
    return {**found, "material": set(materials(evidence, dict(forms)))}


def _held(values: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    """Where levers are set, which, and how: a state's own, and those of the options it may choose."""
    for state, settings in (values.get("state") or {}).items():
        if not isinstance(settings, Mapping):
            continue
        places: dict[tuple[str, ...], Any] = {("lever",): settings.get("lever")}
        places |= {("options", str(name)): given for name, given in (settings.get("options") or {}).items()}
        for place, levers in places.items():
            for lever, given in (levers or {}).items():
                yield ("state", str(state), *place), str(lever), given if given is not None else {}


def _at(value: Any, path: Sequence[str]) -> Iterator[str]:
    """The names at the end of a path: items of a list, keys of a group, or a text itself."""
    if path:
        inner = value if isinstance(value, Mapping) else {}
        for found in inner.values() if path[0] == "*" else (inner.get(path[0]),):
            yield from _at(found, path[1:])
    elif isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        yield from (str(name) for name in value)


def _good(name: str, kind: str, known: set[str]) -> bool:
    if kind == "month":
        return MONTH.fullmatch(name) is not None
    if not known or name in known or name in ALL:
        return True
    form, _, what = name.partition(":")
    return kind == "material" and what == "*" and any(k.startswith(f"{form}:") for k in known)


def _pollutants(evidence: Path) -> set[str]:
    found = evidence_rows.rows("burdens.csv", evidence)
    return {row["item"] for row in found if row["attribute"] == "charge"}


_KNOWN: Mapping[str, Callable[[Path], set[str]]] = {
    "jurisdiction": lambda evidence: set(evidence_rows.entities("jurisdictions.csv", evidence)),
    "pollutant": _pollutants,
}
