"""Words the whole model shares: forms, stages, codes, and how materials are written."""

from functools import cache
from typing import Final, TypeAlias

Jurisdiction: TypeAlias = str  # ISO 3166 alpha-2, or EU (with the UK and Norway), or ROW
Material: TypeAlias = str  # <form>:<what>, such as oxide:Dy

MINE: Final = "mine"  # what a project of the first stage, and its ramp-up, are called in the evidence
QUARTERS_A_YEAR: Final = 4.0
DAYS_A_YEAR: Final = 365.0
UNDISCOVERED, SEABED = "undiscovered", "deep-sea"
OWN: Final = "own"  # buyers of an ore: whatever plants its owner has
REPLICABLE: Final = "replicable"  # plants of a kind that anybody may build, one unit after another
FRONTIER: Final = (UNDISCOVERED, SEABED)  # stages of deposits that nobody can decide on yet
WORLD: Final = "WORLD"
ILLICIT: Final = "illicit"  # how names of firms begin that no quota counts


@cache
def form(material: Material) -> str:
    """The form of a material.

    >>> form("oxide:Dy")
    'oxide'
    """
    return material.partition(":")[0]


@cache
def substance(material: Material) -> str:
    """What a material is made of.

    >>> substance("magnet:high_coercivity")
    'high_coercivity'
    """
    return material.partition(":")[2]


def matches(material: Material, pattern: str) -> bool:
    """Whether a material falls under a pattern such as `oxide:*` or `oxide:Dy`.

    >>> matches("oxide:Dy", "oxide:*"), matches("metal:Dy", "oxide:Dy"), matches("metal:Dy", "*")
    (True, False, True)
    """
    if pattern in ("*", "all"):
        return True
    if pattern.endswith(":*"):
        return form(material) == pattern[:-2]
    return material == pattern
