"""How the runs of a comparison are named: by scenario, and by future where there are several."""

from collections.abc import Mapping

PART = "/future-"


def part(scenario: str, future: int) -> str:
    """Where the run of a scenario in a future stands within `runs`."""
    return f"{scenario}{PART}{future}"


def parts_of(parts: Mapping[str, str]) -> dict[str, dict[int | None, str]]:
    """The runs of a comparison by scenario and future, as its manifest names them; None: the one future.

    >>> parts_of({"a/future-0": "", "a/future-1": ""})
    {'a': {0: 'a/future-0', 1: 'a/future-1'}}
    """
    found: dict[str, dict[int | None, str]] = {}
    for name in parts:
        scenario, _, future = name.partition(PART)
        found.setdefault(scenario, {})[int(future) if future else None] = name
    return found
