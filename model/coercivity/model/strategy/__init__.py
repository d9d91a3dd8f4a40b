"""Strategies of states: how a government sets its levers. One file each, found by name."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from numpy.random import Generator

from coercivity.model.inputs.instruments import Instrument
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever
from coercivity.model.role import RoleAnswer

__all__ = ["Answering", "Strategy", "scale_defences", "strategies"]

DEFENSIVE = ("stockpile", "friendshoring")


class Strategy(Protocol):
    """One way to choose: `decide(view, levers, rng) -> instruments`."""

    def decide(self, view: StateView, levers: Mapping[str, Lever], rng: Generator) -> tuple[Instrument, ...]:
        """What the state sets this step."""


@runtime_checkable
class Answering(Protocol):
    """A strategy that has roles answer what is seen. answers: of the state's roles."""

    answers: tuple[RoleAnswer, ...]


def scale_defences(
    view: StateView, levers: Mapping[str, Lever], response: float, most: float,
    strength: Mapping[str, float] = MappingProxyType({}),
) -> tuple[Instrument, ...]:  # fmt: skip
    """(D.2) Defensive levers scaled by perceived risk, the others as set. strength: of levers, times that"""
    alarm = min(most, 1.0 + response * view.risk)
    return tuple(
        instrument
        for name, lever in levers.items()
        for instrument in lever.decide(view, strength.get(name, 1.0) * (alarm if name in DEFENSIVE else 1.0))
    )


@cache
def strategies() -> Mapping[str, type]:
    """Every strategy by name; each is called with the state's parameters."""
    found = {
        module.name: importlib.import_module(f"{__name__}.{module.name}").STRATEGY
        for module in pkgutil.iter_modules(__path__)
    }
    for point in entry_points(group="coercivity.strategies"):
        found[point.name] = point.load()
    return found
