"""Benchmarks: shares of one's own use to be mined, separated and recycled at home by a date.

    gap = max(0, target · progress(t) − share) / target;   capital share = most · min(1, gain · gap)   (D.40)

and when more than `single_source` of what is used comes from one other place, the same money is open
to partners abroad. They bind the plan of the state that sets them: public capital goes where it is
behind and nowhere else. Source: Critical Raw Materials Act, Regulation (EU) 2024/1252 (policies.csv, crma).
"""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import Abroad, Share, Stage, setting
from coercivity.model.inputs.instruments import Instrument, Subsidy
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever


class Benchmarks(Lever):
    """Public capital where supply at home is behind a dated path, and abroad while one source leads."""

    summary: ClassVar[str] = "shares of use to be mined, separated and recycled at home, and from one source"
    note: ClassVar[str] = (
        "The Critical Raw Materials Act (policies.csv, crma): target as in the example, single_source "
        "0.65, by 2030."
    )
    target: dict[Stage, Share] = setting(
        {},
        "share of own use to be made at home by stage: mining (of oxides used), separation and recycling (of "
        "magnet oxides used, those in metals and magnets brought in included)",
        "share",
        {"mining": 0.1, "separation": 0.4, "recycling": 0.25},
    )
    single_source: float = setting(
        1.0, "most of the magnet oxides used that may come from one other place", "share", gt=0, le=1
    )
    begin: float = setting(
        2024.5, "year in which the path begins to climb from nothing to the target", "year"
    )
    by: float = setting(2030.0, "year in which the path reaches the target", "year")
    budget: float = setting(
        0.0, "for stages that are behind; shared with the other budgets of a year", "million USD/yr", ge=0
    )
    most: float = setting(0.3, "share of capital cost given at most", "share", ge=0, le=1)
    loan: float = setting(0.2, "share of capital cost lent at most, at 3 %", "share", ge=0, le=1)
    gain: float = setting(2.0, "all of it is offered from a gap of 1 / gain of the target", "ratio", gt=0)
    partners: list[Abroad] = setting([], "where the same money goes while one source leads", "codes")

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
