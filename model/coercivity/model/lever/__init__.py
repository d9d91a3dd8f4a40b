"""Levers of states: one file each, found by name. A new lever is a new file, nothing else.

A lever is a checked record of settings with `decide(view, strength)`, which says what the market
feels this step. Its settings come from `state.<name>.lever.<lever>`; conf/lever/<lever>.yaml
documents them. `state.<name>.lever.<lever>.active=false` switches it off.
"""

import importlib
import pkgutil
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from coercivity.model.instruments import Instrument, Measure
from coercivity.model.names import STAGES
from coercivity.model.observation import StateView
from coercivity.model.programmes import Ceiling, Delivery, Investor

__all__ = ["Lever", "Schedule", "at", "levers", "months", "shares", "since", "stages_of"]

Schedule = float | dict[str, float | None]


def at(schedule: Schedule | None, date: str) -> float | None:
    """What a schedule says at a date: a number holds always, a dated list from each date on.

    >>> at({"2025-04": 0.4, "2026-01": None}, "2025-07-01"), at({"2025-04": 0.4}, "2025-01-01")
    (0.4, None)
    """
    if schedule is None or isinstance(schedule, int | float):
        return schedule
    begun = [month for month in sorted(schedule) if month <= date[:7]]
    return schedule[begun[-1]] if begun else None


def months(month: str) -> int:
    """Months since year 0 of a month, YYYY-MM.

    >>> months("2025-04") - months("2024-12")
    4
    """
    return 12 * int(month[:4]) + int(month[5:7]) - 1


def since(schedule: Schedule | None, date: str) -> str | None:
    """Month from which a schedule has said something without a break; None if always or not now.

    >>> since({"2025-04": 0.4, "2026-01": 0.2, "2027-01": None}, "2026-05-01")
    '2025-04'
    """
    if not isinstance(schedule, dict) or at(schedule, date) is None:
        return None
    begun = [month for month in sorted(schedule) if month <= date[:7]]
    while len(begun) > 1 and schedule[begun[-2]] is not None:
        begun.pop()
    return begun[-1]


def shares(given: dict[str, Schedule]) -> dict[str, Schedule]:
    """The same schedules, once every value is a share. Raises ValueError naming the first that is not."""
    for name, schedule in given.items():
        values = schedule.values() if isinstance(schedule, dict) else (schedule,)
        for value in values:
            if value is not None and not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} is {value:g}; it is a share, from 0 to 1")
    return given


def stages_of(given: Iterable[str]) -> list[str]:
    """The same stages, once all are known. Raises ValueError naming the first that is not."""
    for stage in given:
        if stage not in STAGES:
            raise ValueError(f"{stage} is no stage; known: {', '.join(STAGES)}")
    return list(given)


class Lever(BaseModel):
    """What every lever has: a switch, and a decision."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    summary: ClassVar[str] = ""
    active: bool = True

    @abstractmethod
    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """What the market feels of it this step; strength 1 as set, 0 not at all."""

    def measures(self, place: str) -> tuple[Measure, ...]:
        """Export limits it may set during a run, which the network must hold rows for."""
        return ()

    def caps(self, place: str) -> tuple[tuple[str, str], ...]:
        """(place, pollutant) it may cap."""
        return ()

    def public(self, place: str) -> tuple[tuple[str, str], ...]:
        """(place, material) it may stockpile."""
        return ()

    def uses(self) -> tuple[str, ...]:
        """End uses it names."""
        return ()

    def ceilings(self, place: str) -> tuple[Ceiling, ...]:
        """Caps on a stage at home that it may set."""
        return ()

    def deliveries(self, place: str) -> tuple[Delivery, ...]:
        """Deliveries it may sign for, which the network must hold rows for."""
        return ()

    def reserves(self, place: str) -> tuple[tuple[str, str], ...]:
        """(place, material) it may hold in reserve where they are made."""
        return ()

    def investors(self, place: str) -> tuple[Investor, ...]:
        """Where it may tie concentrate of mines to separators at home."""
        return ()


@cache
def levers() -> Mapping[str, type[Lever]]:
    """Every lever by name: the files of this package, then what installed packages declare."""
    found: dict[str, type[Lever]] = {}
    for module in pkgutil.iter_modules(__path__):
        found[module.name] = importlib.import_module(f"{__name__}.{module.name}").LEVER
    for point in entry_points(group="coercivity.levers"):
        found[point.name] = point.load()
    return found


def build(settings: Mapping[str, Any]) -> dict[str, Lever]:
    """The levers of one state from its settings. An empty entry is a lever left alone."""
    known = levers()
    made = {name: known[name](**given) for name, given in settings.items() if given}
    return {name: lever for name, lever in made.items() if lever.active}
