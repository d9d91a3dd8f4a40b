"""Benchmarks: shares of one's own use to be mined, separated and recycled at home by a date.

    gap = max(0, target · progress(t) − share) / target;   capital share = most · min(1, gain · gap)   (D.40)

and when more than `single_source` of what is used comes from one other place, the same money is open
to partners abroad. They bind the plan of the state that sets them: public capital goes where it is
behind and nowhere else. Source: Critical Raw Materials Act, Regulation (EU) 2024/1252 (policies.csv, crma).
"""

from typing import Any, ClassVar

from pydantic import Field

from coercivity.model.instruments import Instrument, Subsidy
from coercivity.model.lever import Lever
from coercivity.model.observation import StateView


class Benchmarks(Lever):
    """target: share of use by stage; single_source: most from one place; begin, by: years of the path;
    budget: million USD a year; most: of capital cost; gain: how soon all of it is offered; partners: codes
    """

    staged: ClassVar[tuple[str, ...]] = ("target",)
    summary: ClassVar[str] = "shares of use to be mined, separated and recycled at home, and from one source"
    target: dict[str, float] = {}
    single_source: float = Field(1.0, gt=0, le=1)
    begin: float = 2024.5
    by: float = 2030.0
    budget: float = Field(0.0, ge=0)
    most: float = Field(0.3, ge=0, le=1)
    loan: float = Field(0.2, ge=0, le=1)
    gain: float = Field(2.0, gt=0)
    partners: list[str] = []

    @property
    def places(self) -> list[str]:
        """Every jurisdiction named."""
        return self.partners

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Capital for every stage that is behind the path, and for partners while one source leads."""
        if self.budget <= 0 or strength <= 0:
            return ()
        year = int(view.date[:4]) + (int(view.date[5:7]) - 0.5) / 12.0
        progress = min(max((year - self.begin) / max(self.by - self.begin, 1e-9), 0.0), 1.0)
        found: list[Instrument] = []
        for stage, target in self.target.items():
            gap = max(target * progress - view.home_share.get(stage, 0.0), 0.0) / max(target, 1e-9)
            if gap > 0:
                found.append(self._offer(view.place, (view.place,), (stage,), gap * strength))
        excess = max(view.largest_source - self.single_source, 0.0)
        if excess > 0 and self.partners:
            found.append(self._offer(view.place, tuple(self.partners), tuple(self.target), excess * strength))
        return tuple(found)

    def _offer(self, state: str, places: tuple[str, ...], stages: tuple[str, ...], gap: float) -> Subsidy:
        push = min(1.0, self.gain * gap)
        return Subsidy(
            state, places, stages, self.most * push, 0.0, self.budget, self.loan * push, 0.03, lever=self.name
        )


LEVER: Any = Benchmarks
