"""Optimising: a bounded look-ahead over a small menu of settings, by the state's own objective.

Every `every` years the state runs the model on in its head for `horizon` years with each of its
options (`state.<name>.options`, and `as_set`: its levers and roles as they are), as
coercivity.model.dynamics.foresight says, and takes

    argmax Σ_t objective_t / (1 + discount)^t,  the last year standing for `tail` more       (D.5)

of `looks` futures the mean, with `averse` the weight of the worst of them, unless what it has does as
well to within `inertia` of the spread between best and worst. An option takes the place of the levers it
names and of what roles would answer.

With `finer` the strength of the best option is searched as well, in the same futures: how much is withheld,
how many days are held, how large a budget is, all levers that the option names together,

    x ← argmax over {x / f, x, x f} of worth,   f ← √f where x stays,   f = 2 at first     (D.56)

in `finer` rounds, from a quarter of what is set to four times that.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from numpy.random import Generator

from coercivity.model.inputs.instruments import Instrument
from coercivity.model.inputs.observation import Foreseeing, ForesightTerms, StateView
from coercivity.model.lever import Lever
from coercivity.model.role import Reason, RoleAnswer
from coercivity.model.strategy import scale_defences

AS_SET = "as_set"
ALIKE = 0.01  # of what is at stake: options that differ by less are worth the same
WEAKEST, STRONGEST = 0.25, 4.0  # times what is set


@dataclass(slots=True)
class Optimising:
    """horizon, tail, every: years; discount: a year; inertia: share of what is at stake.

    risk_response, most: how defence grows with perceived risk, as for `rule`
    others: 0 takes everybody else to go on as last step, 1 to follow their rule; looks: futures imagined
    averse: weight of the worst of them, a share; answers: of its roles
    finer: rounds in which the strength of the best option is searched, two tries each; 0 for as set
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
    others: float = 0.0
    looks: float = 1.0
    averse: float = 0.0
    finer: float = 0.0
    answers: tuple[RoleAnswer, ...] = field(default=(), init=False)
    chosen: str = field(default=AS_SET, init=False)
    strength: float = field(default=1.0, init=False)
    due: float = field(default=0.0, init=False)

    def decide(self, view: StateView, levers: Mapping[str, Lever], rng: Generator) -> tuple[Instrument, ...]:
        """Think again when it is time, then do what was chosen."""
        outlook = view.outlook
        if outlook is None:
            return self._as_set(view, levers, rng)
        self.due -= view.length
        if self.due < 1e-9:
            self.due = self.every
            terms = ForesightTerms(
                max(round(self.horizon), 1), max(round(self.tail), 0), self.discount,
                self.others >= 0.5, max(round(self.looks), 1), min(max(self.averse, 0.0), 1.0),
            )  # fmt: skip
            prospects = outlook.prospects(rng, terms, self.risk_response, self.most)
            self._choose(prospects)
            told = ", ".join(f"{name} {usd / 1e6:+,.0f}" for name, usd in prospects.items())
            outlook.tell("option chosen", self.chosen, f"worth, million USD: {told}")
            self._refine(outlook, prospects)
        if self.chosen == AS_SET:
            return self._as_set(view, levers, rng)
        stronger = outlook.strength_of(self.chosen, self.strength)
        return scale_defences(view, outlook.options[self.chosen], self.risk_response, self.most, stronger)

    def _as_set(self, view: StateView, levers: Mapping[str, Lever], rng: Generator) -> tuple[Instrument, ...]:
        """Levers as they are, and what roles answer."""
        answered = tuple(i for answer in self.answers for i in answer.decide(view, rng))
        return scale_defences(view, levers, self.risk_response, self.most) + answered

    def take_reasons(self) -> list[Reason]:
        """Why its roles did what they did, since this was last asked."""
        return [reason for answer in self.answers for reason in answer.take_reasons()]

    def _choose(self, prospects: Mapping[str, float]) -> None:
        """(D.5) The best, unless it is hardly better than what there is."""
        if not prospects:
            return
        most = max(prospects.values())
        spread = most - min(prospects.values())
        # Of what is worth the same the first named: who sees no use in spending more does not promise it.
        best = next(name for name, worth in prospects.items() if worth >= most - ALIKE * spread)
        here = prospects.get(self.chosen)
        if here is None or prospects[best] - here > self.inertia * spread:
            self.chosen = best

    def _refine(self, outlook: Foreseeing, prospects: Mapping[str, float]) -> None:
        """(D.56) How strong the chosen option is to be; as set, where it names no lever or none is better."""
        self.strength = 1.0
        if self.finer < 1 or self.chosen not in prospects or not outlook.strength_of(self.chosen, 1.0):
            return
        gap = ALIKE * (max(prospects.values()) - min(prospects.values()))
        known, step = {1.0: prospects[self.chosen]}, 2.0
        for _ in range(round(self.finer)):
            here = self.strength
            beside = [max(here / step, WEAKEST), min(here * step, STRONGEST)]
            known |= outlook.at_strengths(self.chosen, [x for x in beside if x not in known])
            best = max((x for x in beside if x in known), key=lambda x: known[x], default=here)
            if known.get(best, -math.inf) > known[here] + gap:
                self.strength = best
            else:
                step = math.sqrt(step)
        told = ", ".join(f"{x:.2f} times {usd / 1e6:+,.0f}" for x, usd in sorted(known.items()))
        outlook.tell("strength chosen", self.chosen, f"{self.strength:.2f}; worth, million USD: {told}")


STRATEGY = Optimising
