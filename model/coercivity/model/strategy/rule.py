"""Rule: levers as set, stronger the more a state feels at risk, and the answers of its roles.

    strength = min(most, 1 + response × risk)  for stockpiles and friendshoring            (D.2)

Fear opens purses; as risk decays, so does effort: the complacency after 2014. What a state answers to
beyond that is its roles (`state.<name>.role`, model/role); without any, policies in force go on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from numpy.random import Generator

from coercivity.model.inputs.instruments import Instrument
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever
from coercivity.model.role import Reason, RoleAnswer
from coercivity.model.strategy import scale_defences


@dataclass(slots=True)
class Rule:
    """risk_response: added strength per unit of perceived risk; most: upper bound; answers: of its roles."""

    summary: ClassVar[str] = "levers as set; defence grows with perceived risk; roles answer what is seen"
    risk_response: float = 0.5
    most: float = 2.0
    answers: tuple[RoleAnswer, ...] = field(default=(), init=False)

    def decide(self, view: StateView, levers: Mapping[str, Lever], rng: Generator) -> tuple[Instrument, ...]:
        """Defensive levers scaled by risk, the others as set; then what the roles answer."""
        as_set = scale_defences(view, levers, self.risk_response, self.most)
        return as_set + tuple(i for answer in self.answers for i in answer.decide(view, rng))

    def take_reasons(self) -> list[Reason]:
        """Why its roles did what they did, since this was last asked."""
        return [reason for answer in self.answers for reason in answer.take_reasons()]


STRATEGY = Rule
