"""Public stockpile: a target in days of use, approached along one falling curve.

    H(p) = [S + φ (S* − S)] (p / p_exp)^(−e)                                               (D.3)

Below the expected price it buys faster, above it slower or sells; never both at once.
"""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import Amount, MaterialPattern, setting
from coercivity.model.inputs.instruments import Instrument, PublicStock
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever, at


class Stockpile(Lever):
    """Public stocks: a target in days of use, approached along one falling curve."""

    summary: ClassVar[str] = "public stocks: target in days of use, buys when cheap, sells when dear"
    note: ClassVar[str] = "A rule-following state stretches the target with its perceived risk (D.2)."
    days: dict[MaterialPattern, Amount] = setting(
        {},
        "target in days of base-year use at home, by material or pattern; the last that fits holds",
        "days",
        {"oxide:Dy": 180, "oxide:Nd": {"2026-01": 90}},
    )
    speed: float = setting(
        0.5,
        "share of the gap to the target closed in a year (0.99 and above is at once)",
        "per year",
        ge=0,
        le=4,
    )
    release_above: float = setting(
        3.0, "multiple of the slow mean price above which the target falls to nothing", "factor", gt=1
    )

    def public(self, place: str) -> tuple[tuple[str, str], ...]:
        """Everything with a target."""
        return tuple((place, pattern) for pattern in self.days)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """A target in tonnes for each material stocked."""
        found: list[Instrument] = []
        for material, use in view.annual_use.items():
            days = [at(s, view.date) for p, s in self.days.items() if view.falls_under(material, p)]
            if days and days[-1] is not None:
                target = strength * days[-1] / 365.0 * use
                found.append(
                    PublicStock(view.place, material, target, self.speed, self.release_above, lever=self.name)
                )
        return tuple(found)


LEVER: Any = Stockpile
