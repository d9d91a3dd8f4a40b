"""The register of mechanisms: what every behaviour, lever and strategy says of itself, in one place.

Nothing is listed here by hand. A behaviour declares itself (`behaviour/__init__.py`); a lever and a
strategy are the files of their packages. Equations are the numbers in a file's docstring.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from types import ModuleType
from typing import Any

from coercivity.model.behaviour import ParameterRow, behaviours
from coercivity.model.lever import levers
from coercivity.model.strategy import strategies

__all__ = ["Mechanism", "mechanisms"]

EQUATION = re.compile(r"\(([A-Z]\.\d+)\)")


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A mechanism as the register knows it.

    kind: behaviour, lever or strategy; switch: the setting that turns it on or off
    file: where it is, from `model/`, `/` between folders; rows: of behaviour.csv, by parameter
    """

    name: str
    kind: str
    summary: str
    switch: str
    equations: tuple[str, ...]
    file: str
    parameters: tuple[str, ...]
    rows: Mapping[str, ParameterRow] = field(default_factory=dict)

    @property
    def off(self) -> str:
        """The setting that turns it off; of a lever, for a state to be named."""
        return f"{self.switch}=false"


def mechanisms() -> tuple[Mechanism, ...]:
    """Every mechanism: behaviours, levers, strategies, each by name."""
    return (*_behaviours(), *_levers(), *_strategies())


def _behaviours() -> Iterator[Mechanism]:
    for name, (behaviour, module) in sorted(behaviours().items()):
        said = behaviour.summary or _first_line(module)
        switch = f"firm.{behaviour.group}.active"
        known = tuple(behaviour.parameters)
        yield Mechanism(
            name, "behaviour", said, switch, _equations(module), _file(module), known, behaviour.parameters
        )


def _levers() -> Iterator[Mechanism]:
    for name, lever in sorted(levers().items()):
        module = inspect.getmodule(lever)
        said = lever.summary or _first_line(module)
        switch = f"state.<name>.lever.{name}.active"
        known = tuple(key for key in lever.model_fields if key != "active")
        yield Mechanism(name, "lever", said, switch, _equations(module), _file(module), known)


def _strategies() -> Iterator[Mechanism]:
    for name, strategy in sorted(strategies().items()):
        module = inspect.getmodule(strategy)
        said = getattr(strategy, "summary", "") or _first_line(module)
        known = tuple(f.name for f in fields(strategy) if f.init)
        switch = f"state.<name>.strategy={name}"
        yield Mechanism(name, "strategy", said, switch, _equations(module), _file(module), known)


def _first_line(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0].rstrip(".")


def _equations(module: ModuleType | None) -> tuple[str, ...]:
    """Numbers of the equations that a file's docstring states, in its order."""
    return tuple(dict.fromkeys(EQUATION.findall(inspect.getdoc(module) or "")))


def _file(module: ModuleType | None) -> str:
    return f"model/{module.__name__.replace('.', '/')}.py" if module else ""
