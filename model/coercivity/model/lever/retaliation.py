"""Retaliation: who is restricted puts tariffs on the coercer's goods and keeps its own from it.

act against c while its limits on us are at least `threshold`, or relations with c are below `until`   (D.29)

With `until` above what relations come back to, an answer outlives what it answers.
"""

from typing import Any, ClassVar

from coercivity.model.inputs.fields import Abroad, MaterialPattern, Severity, setting
from coercivity.model.inputs.instruments import ExportCap, Instrument, Tariff
from coercivity.model.inputs.observation import StateView
from coercivity.model.inputs.provisions import LimitMeasure
from coercivity.model.lever import Lever


class Retaliation(Lever):
    """Tariffs on a coercer's goods, and one's own materials withheld from it."""

    summary: ClassVar[str] = "tariffs on a coercer's goods, and one's own materials withheld from it"
    against: list[Abroad] = setting(["CN"], "states whose limits are answered", "codes")
    tariff: dict[MaterialPattern, Severity] = setting(
        {}, "rate on what is landed from the coercer, by material or pattern", "share", {"magnet:*": 0.25}
    )
    withhold: list[MaterialPattern] = setting(
        [], "materials or patterns no longer sold to it", "patterns", ["concentrate:*"]
    )
    threshold: float = setting(
        0.3,
        "severity of its limits (one less the share let through) from which they are answered",
        "share",
        ge=0,
        le=1,
    )
    until: float = setting(
        -1.0,
        "relations with it, -1 to 1, below which the answer goes on when its limits have ended; -1 for never",
        "relations",
        ge=-1,
        le=1,
    )

    def measures(self, place: str) -> tuple[LimitMeasure, ...]:
        """One measure against each, if anything is withheld."""
        each = tuple(self.withhold)
        return tuple(LimitMeasure(_name(place, c), place, each, (c,)) for c in self.against if each)

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """The answer to each coercer."""
        found: list[Instrument] = []
        for coercer in self.against:
            hit = view.restricted_by.get(coercer, 0.0) >= max(self.threshold, 1e-9)
            sour = view.relations.get(coercer, 0.0) < self.until
            if strength <= 0 or not (hit or sour):
                continue
            for pattern, rate in self.tariff.items():
                found.append(Tariff(view.place, pattern, coercer, rate * strength, lever=self.name))
            if self.withhold:
                eased = 1.0 - min(strength, 1.0)
                found.append(ExportCap(view.place, _name(view.place, coercer), eased, lever=self.name))
        return tuple(found)


def _name(place: str, coercer: str) -> str:
    return f"{place} withholds from {coercer}"


LEVER: Any = Retaliation
