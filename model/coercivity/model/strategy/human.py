"""Human: levers as a person sets them, year by year; between moves they stay as they are.

The moves are options named by the year they are made in (`state.<name>.options`), so that they are checked
as a scenario is and the network holds what they need; `coercivity play` writes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from numpy.random import Generator

from coercivity.model.inputs.instruments import Instrument
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever


@dataclass(slots=True)
class Human:
    """made: year of the last move that was made."""

    summary: ClassVar[str] = "levers as a person sets them, year by year: `coercivity play`"
    foresees: ClassVar[bool] = True
    keeps_all: ClassVar[bool] = True  # moves that come to the same are moves all the same
    made: str = field(default="", init=False)

    def decide(self, view: StateView, levers: Mapping[str, Lever], rng: Generator) -> tuple[Instrument, ...]:
        """The latest move of this year or an earlier one, to the letter."""
        if view.outlook is None:
            return tuple(i for lever in levers.values() for i in lever.decide(view, 1.0))
        moves = [name for name in view.outlook.options if name.isdigit() and name <= view.date[:4]]
        if moves and max(moves) != self.made:
            self.made = max(moves)
            view.outlook.tell("move made", view.place, f"move of {self.made}")
        held = view.outlook.options[self.made] if self.made else levers
        return tuple(i for lever in held.values() for i in lever.decide(view, 1.0))


STRATEGY = Human
