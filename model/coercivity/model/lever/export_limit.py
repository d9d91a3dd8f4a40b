"""Export limits: quotas, licences and bans, over any materials, destinations and ways of counting.

Σ weight · f ≤ approval × reference flow × (1 − refused),  or  ≤ tonnes                 (C.4)

Nothing passes in the first `delay` months; what refused end uses take does not count.
"""

import math
from collections.abc import Callable
from typing import Any, ClassVar, Literal

from pydantic import model_validator

from coercivity.model.inputs.fields import (
    Amount,
    Anywhere,
    EndUse,
    LeverPart,
    MaterialPattern,
    Share,
    ShareSchedule,
    setting,
)
from coercivity.model.inputs.instruments import ExportCap, Instrument
from coercivity.model.inputs.observation import StateView
from coercivity.model.inputs.provisions import LimitMeasure
from coercivity.model.lever import Lever, at, months, since


class MeasureSettings(LeverPart):
    """One measure: what it covers, how it is counted, and what it lets through."""

    materials: list[MaterialPattern] = setting(
        ..., "materials or patterns it covers", "patterns", ["oxide:Dy"]
    )
    destinations: list[Anywhere] = setting(["all"], "where shipments go that it covers, or all", "codes")
    apart: list[Literal["material", "destination"]] = setting(
        [],
        "what has a row of its own: neither is one tonnage over everything (a quota), both are a licence per "
        "material and destination",
        "choice",
    )
    weight: float = setting(1.0, "what a tonne counts for; 1.2 for gross weight over oxide", "factor", gt=0)
    approval: ShareSchedule = setting(
        None,
        "share of the flow before the measure that is let through; 0 is a ban",
        "share",
        {"2025-04": 0.4, "2027-01": None},
    )
    tonnes: Amount = setting(None, "let through by each row; goes before approval", "t/yr")
    delay: float = setting(
        0.0,
        "from its start, in which the first applications wait and nothing passes; licences take up to 45 "
        "working days by law (policies.csv)",
        "months",
        ge=0,
        le=36,
    )
    refuse: dict[EndUse, Share] = setting(
        {},
        "share of each end use that gets no licence: what it takes of magnets, or of oxides it uses as "
        "such, counts for nothing in the flow before. Who then goes short at the destination is for the "
        "market to say",
        "share",
        {"defence": 1.0},
    )
    hazard: float = setting(
        0.0,
        "chance that it begins, drawn from the seed, in place of a date: approval and tonnes are then one "
        "number each",
        "per year",
        ge=0,
        le=10,
    )
    lasts: float = setting(2.0, "how long it lasts where its beginning is drawn", "years", gt=0, le=50)
    follow: bool = setting(
        True,
        "whether a limit on some destinations holds third countries to what they took before, and what they "
        "add (firm.third_country.added)",
    )
    de_minimis: float = setting(
        0.001,
        "share of restricted elements in ore, by mass, above which a limit that follows is on it too",
        "share",
        ge=0,
        le=1,
    )

    @model_validator(mode="after")
    def _one_number(self) -> "MeasureSettings":
        if not (self.materials and self.destinations):
            raise ValueError("covers nothing: name materials, and destinations or all")
        if self.hazard > 0 and any(isinstance(given, dict) for given in (self.approval, self.tonnes)):
            raise ValueError("hazard draws when it begins, so that approval and tonnes are one number each")
        return self


class ExportLimit(Lever):
    """Quotas, licences and bans, each a measure with a name of one's own."""

    summary: ClassVar[str] = "quota, licence approval or ban, by material and destination"
    note: ClassVar[str] = 'A schedule that ends a measure: {"2025-04": 0.4, "2027-01": null}.'
    measure: dict[str, MeasureSettings] = setting(
        {}, "any number of measures by a name of your own", "measures"
    )

    def drawn(self, luck: Callable[[str], float], start: str) -> "ExportLimit":
        """Measures with a hazard get their dates."""
        found = {
            name: _draw_times(m, luck(name), start) if m.hazard > 0 else m for name, m in self.measure.items()
        }
        return self.model_copy(update={"measure": found})

    def measures(self, place: str) -> tuple[LimitMeasure, ...]:
        """One measure of the network for each setting."""
        return tuple(
            LimitMeasure(
                f"{place} {name}",
                place,
                tuple(m.materials),
                tuple(m.destinations),
                tuple(m.apart),
                m.weight,
                follows=m.follow,
                de_minimis=m.de_minimis,
            )
            for name, m in self.measure.items()
        )

    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """Measures in force; at less than full strength, approval moves back towards all."""
        found: list[Instrument] = []
        for name, m in self.measure.items():
            approval, tonnes = at(m.approval, view.date), at(m.tonnes, view.date)
            if strength <= 0 or (approval is None and tonnes is None):
                continue
            opened = _open_share(m, view)
            eased = None if approval is None else 1.0 - strength * (1.0 - approval * opened)
            left = None if tonnes is None else tonnes * opened
            refused = tuple((use, min(strength * share, 1.0)) for use, share in m.refuse.items())
            found.append(
                ExportCap(view.place, f"{view.place} {name}", eased, left, refused=refused, lever=self.name)
            )
        return tuple(found)


def _open_share(measure: MeasureSettings, view: StateView) -> float:
    """Share of a step in which licences come through: none while the first applications wait."""
    schedule = measure.tonnes if at(measure.approval, view.date) is None else measure.approval
    start = since(schedule, view.date)
    if start is None or measure.delay == 0.0:
        return 1.0
    first, end = (months(month) for month in view.span)
    waits = min(max(months(start) + measure.delay - first, 0.0), end - first)
    return 1.0 - waits / (end - first)


def _draw_times(measure: MeasureSettings, luck: float, start: str) -> MeasureSettings:
    """A measure that begins after an exponential time and ends when it has lasted."""
    begins = months(start) + round(-12.0 * math.log(1.0 - luck) / measure.hazard)
    ends = begins + max(round(12.0 * measure.lasts), 1)
    first, last = (f"{m // 12:04d}-{m % 12 + 1:02d}" for m in (begins, ends))
    dated = {
        name: {first: value, last: None}
        for name in ("approval", "tonnes")
        if (value := getattr(measure, name)) is not None
    }
    return measure.model_copy(update=dated)


LEVER: Any = ExportLimit
