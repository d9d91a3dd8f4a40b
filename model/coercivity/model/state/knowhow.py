"""What plants outside China have learnt, and what it does to their cost."""

import numpy as np

from coercivity.model.behaviour.knowhow import PREMIUMS, factor
from coercivity.model.inputs.parameters import Parameters
from coercivity.model.network.supply_chain import SupplyChain
from coercivity.optimise.market import Array

__all__ = ["Knowhow"]


class Knowhow:
    """Experience away from home by stage, in years of base-year output.

    pace: share of what is made that teaches; a ban on technology sets it below 1
    """

    def __init__(self, supply: SupplyChain, numbers: Parameters) -> None:
        self.numbers, self.pace = numbers, 1.0
        names = supply.chain.names
        given = {getattr(names.stages, part): premium for part, premium in PREMIUMS.items()}
        self._premium = {stage: given[stage] for stage in names.stages.learnt}
        stages = tuple(self._premium)
        self.experience = dict.fromkeys(stages, numbers["knowhow.experience_years"])
        activities = supply.layout.activities
        abroad = np.array([a.place != names.home for a in activities])
        kind = np.array([a.kind for a in activities])
        self._own = np.array([a.cost for a in activities])
        self._stage = {stage: np.flatnonzero(abroad & (kind == stage)) for stage in stages}
        self._home = np.flatnonzero(~abroad & np.isin(kind, stages))
        self._base: dict[str, float] = {}
        self._years = 0.0

    def start(self, activity: Array, length: float) -> None:
        """Remember what the base year made. activity: of a step, t."""
        self._base = {s: max(float(activity[at].sum()) / length, 1e-6) for s, at in self._stage.items()}

    def factor(self, stage: str) -> float:
        """(B.12) Cost and ramp-up of a stage abroad, over the base year's."""
        if stage not in self._stage or not self.numbers.on("knowhow"):
            return 1.0
        n = self.numbers
        return factor(
            self.experience[stage], n["knowhow.experience_years"], n["knowhow.rate"],
            n[self._premium[stage]],
        )  # fmt: skip

    def learn(self, activity: Array, length: float) -> Array:
        """Add a step's output to experience; returns what it takes off unit costs by then, USD/kg, (a)."""
        saved = np.zeros(self._own.size)
        if not self.numbers.on("knowhow"):
            return saved
        left = (1.0 - self.numbers["knowhow.home_gain"]) ** self._years
        self._years += length
        gain = left - (1.0 - self.numbers["knowhow.home_gain"]) ** self._years
        saved[self._home] = self._own[self._home] * gain
        for stage, at in self._stage.items():
            before = self.factor(stage)
            self.experience[stage] += self.pace * float(activity[at].sum()) / self._base[stage]
            saved[at] = self._own[at] * (before - self.factor(stage))
        return saved
