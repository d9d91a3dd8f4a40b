"""Strategies of states: how a government sets its levers. One file each, found by name."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Protocol

from numpy.random import Generator

from coercivity.model.instruments import Instrument
from coercivity.model.lever import Lever
from coercivity.model.observation import StateView

__all__ = ["Strategy", "strategies"]


class Strategy(Protocol):
    """One way to choose: `decide(view, levers, rng) -> instruments`."""

    def decide(self, view: StateView, levers: Mapping[str, Lever], rng: Generator) -> tuple[Instrument, ...]:
        """What the state sets this step."""


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
