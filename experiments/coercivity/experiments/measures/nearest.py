"""What scenarios are to each other: their names, and which earlier one each builds on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

BOUNDS = ("_sealed", "_leaky")  # endings of a scenario's bounds, which share its words


def short_titles(configs: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What each scenario that has such a name calls itself; a bound adds which one it is."""
    found = {}
    for name, config in configs.items():
        short = str((config.get("about") or {}).get("short") or "")
        if short:
            found[name] = f"{short} ({name.rpartition('_')[2]})" if name.endswith(BOUNDS) else short
    return found


def nearest(names: Sequence[str], configs: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """For every scenario but the first, the earlier one from which it differs in fewest settings."""
    flat = {name: dict(_leaves(configs[name].get("state") or {})) for name in names if name in configs}
    found = {}
    for n, name in enumerate(names[1:], start=1):
        if name in flat:
            found[name] = min(names[:n], key=lambda other: _apart(flat[name], flat.get(other, {})))
    return found


def _leaves(values: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(values, Mapping) and values:
        for key, value in values.items():
            yield from _leaves(value, f"{path}.{key}")
    else:
        yield path, repr(values)


def _apart(one: Mapping[str, str], other: Mapping[str, str]) -> int:
    return sum(one.get(key) != other.get(key) for key in {*one, *other})
