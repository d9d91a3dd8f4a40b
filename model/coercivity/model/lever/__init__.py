"""Levers of states: one file each, found by name. A new lever is a new file; no other code changes.

A lever is a checked record of settings with `decide(view, strength)`, which says what the market
feels this step. Its settings come from `state.<name>.lever.<lever>`; the meaning, unit and range that each
field declares are what help, the reference, the explorer and conf/lever/<lever>.yaml say.
`state.<name>.lever.<lever>.active=false` switches it off.
"""

import importlib
import pkgutil
import typing
from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any, ClassVar, Self

from pydantic import BaseModel, PrivateAttr

from coercivity.model.inputs.chain_settings import ChainSettings
from coercivity.model.inputs.fields import LeverPart, Named, Schedule, annotations, members, setting
from coercivity.model.inputs.instruments import Instrument
from coercivity.model.inputs.observation import StateView
from coercivity.model.inputs.provisions import Ceiling, Delivery, Investor, LimitMeasure

__all__ = ["Lever", "Schedule", "at", "levers", "months", "since"]


def at(schedule: Schedule, date: str) -> float | None:
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


def since(schedule: Schedule, date: str) -> str | None:
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


class Lever(LeverPart):
    """What every lever has: a switch, and a decision."""

    name: ClassVar[str] = ""  # of its file, or as an installed package declares it
    summary: ClassVar[str] = ""
    note: ClassVar[str] = ""  # what else one should know, with sources
    active: bool = setting(True, "false switches it off")
    _names: ChainSettings | None = PrivateAttr(None)

    @classmethod
    def __pydantic_init_subclass__(cls, **_given: object) -> None:
        """A lever is called as its file is."""
        cls.name = cls.__module__.rpartition(".")[2]

    def in_chain(self, names: ChainSettings) -> Self:
        """The same for one chain: parts (`separate`, `made`, `signal`) under the names they have there.

        Raises ValueError for a stage that the chain does not have.
        """
        wanted = annotations(type(self))
        found = {name: _in_chain(wanted[name], getattr(self, name), names) for name in wanted}
        made = self.model_copy(update=found)
        made._names = names
        return made

    def called(self, part: str) -> str:
        """What the stage that plays a part is called here."""
        return part if self._names is None else self._names.stages.named(part) or part

    @abstractmethod
    def decide(self, view: StateView, strength: float) -> tuple[Instrument, ...]:
        """What the market feels of it this step; strength 1 as set, 0 not at all."""

    def drawn(self, luck: Callable[[str], float], start: str) -> Self:
        """The same with what is left to chance settled for a run. luck: a draw from 0 to 1 by what it is for;
        start: first month.
        """
        return self

    def measures(self, place: str) -> tuple[LimitMeasure, ...]:
        """Export limits it may set during a run, which the network must hold rows for."""
        return ()

    def caps(self, place: str) -> tuple[tuple[str, str], ...]:
        """(place, pollutant) it may cap."""
        return ()

    def public(self, place: str) -> tuple[tuple[str, str], ...]:
        """(place, material) it may stockpile."""
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
        """Where it may tie ore of mines to separators at home."""
        return ()


def _in_chain(wanted: Any, given: Any, names: ChainSettings) -> Any:
    """A value of a type with parts of the chain under their names there; parts it lacks are left out."""
    kinds = members(wanted)
    if isinstance(given, BaseModel):
        inner = annotations(type(given))
        return given.model_copy(update={n: _in_chain(inner[n], getattr(given, n), names) for n in inner})
    if isinstance(given, str):
        return next(iter(_expand_word(wanted, given, names)), "")
    for kind in kinds:
        args = typing.get_args(kind)
        if typing.get_origin(kind) is list and isinstance(given, list):
            return [word for item in given for word in _expand_word(args[0], item, names)]
        if typing.get_origin(kind) is dict and isinstance(given, dict):
            pairs = (
                (word, value) for key, value in given.items() for word in _expand_word(args[0], key, names)
            )
            return {word: _in_chain(args[1], value, names) for word, value in pairs}
    return given


def _expand_word(wanted: Any, word: Any, names: ChainSettings) -> tuple[Any, ...]:
    """What a word means in a chain: nothing for a part that the chain lacks, all patterns of a form."""
    kind = next((n.kind for n in getattr(wanted, "__metadata__", ()) if isinstance(n, Named)), "")
    if kind == "stage":
        stage = names.stages.named(word)
        if stage is None:
            raise ValueError(f"{word} is no stage; known: {', '.join(names.stages.every)}")
        return (stage,) if stage else ()
    return names.patterns(word) if kind == "material" else (word,)


@cache
def levers() -> Mapping[str, type[Lever]]:
    """Every lever by name: the files of this package, then what installed packages declare."""
    found: dict[str, type[Lever]] = {}
    for module in pkgutil.iter_modules(__path__):
        found[module.name] = importlib.import_module(f"{__name__}.{module.name}").LEVER
    for point in entry_points(group="coercivity.levers"):
        found[point.name] = point.load()
        found[point.name].name = point.name
    return found


def build(settings: Mapping[str, Any]) -> dict[str, Lever]:
    """The levers of one state from its settings. An empty entry is a lever left alone."""
    known = levers()
    made = {name: known[name](**given) for name, given in settings.items() if given}
    return {name: lever for name, lever in made.items() if lever.active}
