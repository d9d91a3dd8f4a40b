"""Public stockpile: a target in days of use, approached along one falling curve.

    H(p) = [S + φ (S* − S)] (p / p_exp)^(−e')                                              (D.3)

Below the expected price it buys faster, above it slower or sells; never both at once. Well above its slow
mean nothing more is bought, far above it all is let go, at a speed of its own. Days count what is in
imported magnets and parts, too.
"""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import Days, MaterialPattern, setting
from coercivity.model.inputs.instruments import Instrument, PublicStock
from coercivity.model.inputs.names import DAYS_A_YEAR
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever, at


class Stockpile(Lever):
    """Public stocks: a target in days of use, approached along one falling curve."""

    summary: ClassVar[str] = "public stocks: target in days of use, buys when cheap, sells when dear"
    note: ClassVar[str] = "A rule-following state stretches the target with its perceived risk (D.2)."
    days: dict[MaterialPattern, Days] = setting(
        {},
        "target in days of base-year use at home, by material or pattern, counting what is in imported "
        "magnets; the last that fits holds",
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
    release_speed: float = setting(
        0.95, "share of the stock let go in a year while it is released", "per year", ge=0, le=4
    )
    release_withheld: float = setting(
        0.25, "share of former supply from which the stock is let go when export limits withhold it", "share",
        gt=0, le=2,
    )  # fmt: skip
    prefilled: bool = setting(
        False,
        "whether the stock is at its target when the run begins, bought at the base year's prices",
        "true or false",
    )
    release_above: float = setting(
        3.0, "multiple of the slow mean price above which the target falls to nothing", "factor", gt=1
    )
    buy_below: float = setting(
        1.5,
        "times the slow mean price at which half is bought (all at 0.8 of it, none at 1.25)",
        "factor",
        gt=0,
    )

    def public(self, place: str) -> tuple[tuple[str, str], ...]:
        """Everything with a target."""
        return tuple((place, pattern) for pattern in self.days)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """A target in tonnes for each material stocked."""
        found: list[Instrument] = []
        for material in view.annual_use:
            fits = [p for p in self.days if view.falls_under(material, p)]
            days = at(self.days[fits[-1]], view.date) if fits else None
            if days is not None:
                target = strength * days / DAYS_A_YEAR * view.stocked_use(material)
                found.append(
                    PublicStock(
                        view.place, material, target, self.speed, self.release_above,
                        release_speed=self.release_speed, prefilled=self.prefilled, lever=self.name,
                        release_withheld=self.release_withheld, buy_below=self.buy_below,
                    )
                )  # fmt: skip
        return tuple(found)


LEVER: Any = Stockpile
