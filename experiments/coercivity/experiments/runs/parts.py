"""How the runs of a comparison are named: by scenario, and by seed where there are several."""

from collections.abc import Mapping

PART = "/seed-"


def part(scenario: str, seed: int) -> str:
    """Where the run of a scenario under a seed stands within `runs`."""
    return f"{scenario}{PART}{seed}"


def parts_of(parts: Mapping[str, str]) -> dict[str, dict[int | None, str]]:
    """The runs of a comparison by scenario and seed, as its manifest names them; None: the one seed.

    >>> parts_of({"a/seed-0": "", "a/seed-1": ""})
    {'a': {0: 'a/seed-0', 1: 'a/seed-1'}}
    """
    found: dict[str, dict[int | None, str]] = {}
    for name in parts:
        scenario, _, seed = name.partition(PART)
        found.setdefault(scenario, {})[int(seed) if seed else None] = name
    return found
