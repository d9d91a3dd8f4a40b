"""Rule: levers as set, and stronger the more a state feels at risk.

    strength = min(most, 1 + response × risk)  for stockpiles and friendshoring            (D.2)

Fear opens purses; as risk decays, so does effort: the complacency after 2014.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from numpy.random import Generator

from coercivity.model.inputs.instruments import Instrument
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever
from coercivity.model.strategy import defended


@dataclass(frozen=True, slots=True)
class Rule:
    """risk_response: added strength per unit of perceived risk; most: upper bound."""

    summary: ClassVar[str] = "levers as set; defence grows with perceived risk and fades with it"
    risk_response: float = 0.5
    most: float = 2.0

    def decide(self, view: StateView, levers: Mapping[str, Lever], rng: Generator) -> tuple[Instrument, ...]:
        """Defensive levers scaled by risk, the others as set."""
        return defended(view, levers, self.risk_response, self.most)


STRATEGY = Rule
