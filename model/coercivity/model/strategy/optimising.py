"""Optimising: a bounded look-ahead over a small menu of settings, by the state's own objective.

Every `every` years the state runs the model on in its head for `horizon` years with each of its
options (`state.<name>.options`, and `as_set`), as coercivity.model.dynamics.foresight says, and takes

    argmax Σ_t objective_t / (1 + discount)^t,  the last year standing for `tail` more       (D.5)

unless what it has does as well to within `inertia` of the spread between best and worst.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from numpy.random import Generator

from coercivity.model.inputs.instruments import Instrument
from coercivity.model.inputs.observation import ForesightTerms, StateView
from coercivity.model.lever import Lever
from coercivity.model.strategy import scale_defences

AS_SET = "as_set"


@dataclass(slots=True)
class Optimising:
    """horizon, tail, every: years; discount: a year; inertia: share of what is at stake.

    risk_response, most: how defence grows with perceived risk, as for `rule`
    """

    summary: ClassVar[str] = "tries each of its options a few years ahead and takes the best by its objective"
    foresees: ClassVar[bool] = True
    horizon: float = 4.0
    tail: float = 6.0
    every: float = 1.0
    discount: float = 0.05
    inertia: float = 0.05
    risk_response: float = 0.5
    most: float = 2.0
    chosen: str = field(default=AS_SET, init=False)
    due: float = field(default=0.0, init=False)

    def decide(self, view: StateView, levers: Mapping[str, Lever], rng: Generator) -> tuple[Instrument, ...]:
        """Think again when it is time, then do what was chosen."""
        outlook = view.outlook
        if outlook is None:
            return scale_defences(view, levers, self.risk_response, self.most)
        self.due -= view.length
        if self.due < 1e-9:
            self.due = self.every
            terms = ForesightTerms(max(round(self.horizon), 1), max(round(self.tail), 0), self.discount)
            prospects = outlook.prospects(rng, terms, self.risk_response, self.most)
            self._choose(prospects)
            told = ", ".join(f"{name} {usd / 1e6:+,.0f}" for name, usd in prospects.items())
            outlook.tell("option chosen", self.chosen, f"worth, million USD: {told}")
        return scale_defences(view, outlook.options[self.chosen], self.risk_response, self.most)

    def _choose(self, prospects: Mapping[str, float]) -> None:
        """(D.5) The best, unless it is hardly better than what there is."""
        if not prospects:
            return
        best = max(prospects, key=lambda name: prospects[name])
        spread = prospects[best] - min(prospects.values())
        here = prospects.get(self.chosen)
        if here is None or prospects[best] - here > self.inertia * spread:
            self.chosen = best


STRATEGY = Optimising
