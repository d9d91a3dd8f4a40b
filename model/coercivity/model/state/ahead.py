"""Prices ahead, as firms count on them: what the market clears at some years from now."""

import math
from dataclasses import dataclass, field

from coercivity.optimise.market import Array

__all__ = ["Ahead", "PriceProspect"]


@dataclass(frozen=True, slots=True)
class PriceProspect:
    """A market some years from now under one scenario. chance: of that scenario

    price: USD/kg, (n); landed: cheapest way to bring a tonne to each node, USD/kg, (n)
    """

    years: float
    chance: float
    price: Array
    landed: Array


@dataclass(slots=True)
class Ahead:
    """What was last worked out, in order of years, and when it is due again (date, years)."""

    prospects: list[PriceProspect] = field(default_factory=list)
    due: float = 0.0

    @property
    def years(self) -> tuple[float, ...]:
        """Years from now that are known, in order."""
        return tuple(sorted({prospect.years for prospect in self.prospects}))

    def keep_whole(self) -> None:
        """Forget years of which a scenario is missing, because its market did not clear."""
        known = {y: math.fsum(p.chance for p in self.prospects if p.years == y) for y in self.years}
        self.prospects = [p for p in self.prospects if known[p.years] > 0.999]
