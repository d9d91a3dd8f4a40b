"""Behaviours of firms and markets, one file each, found by name: pure functions with their equations.

A file says what it switches and which numbers it takes, each with its row of behaviour.csv:

    BEHAVIOUR = Behaviour("exit", {"patience": Row("investment", "mothball_quarters")})

`firm.exit.active=false` then switches it off, `firm.exit.patience=2` gives another number, and
`coercivity list mechanisms` shows it with the first line of its docstring. A file with several
declares `BEHAVIOURS`. Nothing else needs to change for a new one but the place that calls it.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType

__all__ = ["Behaviour", "ParameterRow", "behaviours", "rows"]


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """A row of behaviour.csv. factor: on its number, to the unit the equation wants.

    least, most: the range a setting in its place must lie in; above: it must be more than this, too
    """

    entity: str
    attribute: str
    item: str = ""
    factor: float = 1.0
    least: float = 0.0
    most: float = 100.0
    above: float | None = None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A mechanism and the numbers it takes.

    switch: the group of settings it belongs to, `firm.<switch>`, if not its own name
    summary: one line; the first of the file's docstring where it is empty
    """

    name: str
    parameters: Mapping[str, ParameterRow] = field(default_factory=dict)
    switch: str = ""
    summary: str = ""

    @property
    def group(self) -> str:
        """Name of its settings, as in `firm.<group>.active`."""
        return self.switch or self.name


@cache
def behaviours() -> Mapping[str, tuple[Behaviour, ModuleType]]:
    """Every behaviour by name, with the file that declares it."""
    found: dict[str, tuple[Behaviour, ModuleType]] = {}
    for entry in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{entry.name}")
        one = getattr(module, "BEHAVIOUR", None)
        for behaviour in (one,) if one is not None else getattr(module, "BEHAVIOURS", ()):
            if behaviour.name in found:
                raise ValueError(f"behaviour {behaviour.name} is declared twice, last in {module.__name__}")
            found[behaviour.name] = behaviour, module
    return found


@cache
def rows() -> Mapping[str, Mapping[str, ParameterRow]]:
    """Parameters of every group of settings, with their rows."""
    found: dict[str, dict[str, ParameterRow]] = {}
    for behaviour, _ in behaviours().values():
        found.setdefault(behaviour.group, {}).update(behaviour.parameters)
    return found
