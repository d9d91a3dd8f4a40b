"""Scripted: every lever exactly as its dated settings say, whatever happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from numpy.random import Generator

from coercivity.model.inputs.instruments import Instrument
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever


@dataclass(frozen=True, slots=True)
class Scripted:
    """No parameters."""

    summary: ClassVar[str] = "levers as dated in the configuration, whatever happens"

    def decide(self, view: StateView, levers: Mapping[str, Lever], rng: Generator) -> tuple[Instrument, ...]:
        """All levers at full strength."""
        return tuple(i for lever in levers.values() for i in lever.decide(view, 1.0))


STRATEGY = Scripted
