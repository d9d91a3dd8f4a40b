"""What was assumed: each scenario in its own words, and every setting in which they differ."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.explain import meaning
from coercivity.experiments.config.levers import declared_levers
from coercivity.experiments.figures.subject import Subject
from coercivity.model.inputs.settings import Settings

BASELINE = "policies_frozen"  # scenarios are scripts laid over it
LEFT_OUT = ("about", "scenario", "hydra", "optimise", "seed")
COMMON = ("base_year", "demand_scenario", "demand_level", "elasticity", "backstop", "demand_noise")


@dataclass(frozen=True)
class SettingChange:
    """A setting that is not the same for all: in words, its key, its meaning, each scenario's value."""

    words: str
    key: str
    meaning: str
    values: Mapping[str, str]


def yardstick(subject: Subject) -> Mapping[str, Mapping[str, Any]]:
    """The configurations to hold against each other; a single run's against policies in force."""
    if not subject.alone or subject.names == [BASELINE]:
        return subject.configs

    try:
        return {BASELINE: compose([f"scenario={BASELINE}"]).values, **subject.configs}
    except UserError:  # no such scenario in this configuration
        return subject.configs


def differences(configs: Mapping[str, Mapping[str, Any]]) -> list[SettingChange]:
    """Settings in which configurations differ."""
    flat = {name: dict(_flat(config)) for name, config in configs.items()}
    keys = sorted({key for found in flat.values() for key in found})
    return [
        SettingChange(
            _words(key),
            ".".join(key),
            _meaning(key),
            {name: _plain(found.get(key)) for name, found in flat.items()},
        )
        for key in keys
        if len({json.dumps(found.get(key), default=str) for found in flat.values()}) > 1
    ]


def common(subject: Subject) -> list[tuple[str, str, str]]:
    """What all runs share: key, value, meaning; behaviours only where they are switched off."""
    config = next(iter(subject.configs.values()))
    market = config.get("market", {})
    rows = [
        (f"market.{key}", _plain(market[key]), _meaning(("market", key))) for key in COMMON if key in market
    ]
    off = [
        f"firm.{name}"
        for name, values in config.get("firm", {}).items()
        if isinstance(values, Mapping) and values.get("active") is False
    ]
    if off:
        rows.append(("switched off", ", ".join(off), "behaviours that play no part in these runs"))
    return rows


def about(subject: Subject) -> dict[str, Mapping[str, str]]:
    """What each scenario says of itself: title, purpose, source."""
    return {name: dict(config.get("about") or {}) for name, config in subject.configs.items()}


def _flat(values: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every setting by its path; dated values stay together."""
    if isinstance(values, Mapping) and values and not _is_dated(values):
        for key, value in values.items():
            if path or str(key) not in LEFT_OUT:
                yield from _flat(value, (*path, str(key)))
    else:
        yield path, values


def _is_dated(values: Mapping[str, Any]) -> bool:
    return all(len(str(key)) == 7 and str(key)[4] == "-" for key in values)


def _words(key: tuple[str, ...]) -> str:
    """`China: export limit, licence 2025, approval`."""
    parts = [part.replace("_", " ") for part in key if part not in ("lever", "measure")]
    if key[0] == "state" and len(parts) > 2:
        return f"{parts[1].title()}: {', '.join(parts[2:])}"
    return ", ".join(parts)


def _meaning(key: tuple[str, ...]) -> str:
    if key[0] == "state" and len(key) > 4 and key[2] == "lever":
        schema = declared_levers().get(key[3])
        return meaning(schema, key[4:]) if schema else ""

    return meaning(Settings, key)


def _plain(value: Any) -> str:
    """A value as people read it; nothing set is a dash."""
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_plain(inner)}" for key, inner in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return str(value)
