"""Roles: what a state that follows the rule answers to, and with what. One file each, found by name.

A role is a checked record of settings under `state.<name>.role.<role>`: names (whom, what, where) from the
configuration, numbers from conf/evidence/rules.csv (`all`, or the state's own row) unless the configuration
gives one. `begin` makes the one that answers during a run and remembers; it sees a StateView and no more.
"""

import importlib
import pkgutil
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, NamedTuple, Protocol, Self

from numpy.random import Generator
from pydantic import Field

from coercivity.model.inputs.chain_settings import ChainSettings
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.fields import LeverPart, setting
from coercivity.model.inputs.instruments import Instrument
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import Lever

__all__ = ["RoleAnswer", "Option", "Reason", "Reasoning", "Role", "compare_options", "number", "roles"]

FILE = "rules"
OTHERS = 2  # alternatives that a reason names


class Reason(NamedTuple):
    """Why a state did something: kind of event, whom or what it is about, and in words."""

    kind: str
    target: str
    detail: str


class Option(NamedTuple):
    """Something weighed: what it is, and its worth to the state, USD."""

    name: str
    worth: float


class RoleAnswer(Protocol):
    """A role during a run. levers: what it may use, which the network must hold rows for."""

    levers: tuple[Lever, ...]

    def decide(self, view: StateView, rng: Generator) -> tuple[Instrument, ...]:
        """What it sets this step."""

    def take_reasons(self) -> list[Reason]:
        """Why, since this was last asked."""


@dataclass(slots=True)
class Reasoning:
    """What a role keeps of why it did what it did, until it is asked."""

    reasons: list[Reason] = field(default_factory=list, kw_only=True)

    def take_reasons(self) -> list[Reason]:
        """Why, since this was last asked."""
        taken, self.reasons = self.reasons, []
        return taken


def number(description: str, unit: str, **limits: float) -> Any:
    """A number of a role: null means its row of rules.csv. limits: ge, gt, le."""
    extra: dict[str, Any] = {"unit": unit, "from_evidence": True}
    return Field(None, description=description, json_schema_extra=extra, **limits)  # type: ignore[call-overload]


class Role(LeverPart):
    """What every role has: a switch, numbers from evidence, and a beginning."""

    name: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    active: bool = setting(True, "false switches it off")

    @classmethod
    def __pydantic_init_subclass__(cls, **_given: object) -> None:
        """A role is called as its file is."""
        cls.name = cls.__module__.rpartition(".")[2]

    @classmethod
    def open_numbers(cls) -> list[str]:
        """Names of the numbers that rules.csv gives where the configuration does not."""
        extras = ((name, field.json_schema_extra) for name, field in cls.model_fields.items())
        return [name for name, extra in extras if isinstance(extra, dict) and extra.get("from_evidence")]

    def informed(self, evidence: Evidence, place: str, file: str = FILE) -> Self:
        """The same with every number that was left open: the state's row of a file, else everybody's.

        Raises EvidenceError naming what is missing.
        """
        values = self.model_dump()
        for name in self.open_numbers():
            if values[name] is None:
                own = evidence.find(file, place, self.name, name)
                found = evidence.number(file, "all", self.name, name) if own is None else own.number
                values[name] = found
        return type(self)(**values)

    @abstractmethod
    def begin(self, place: str, names: ChainSettings) -> RoleAnswer:
        """The one that answers during a run."""


def compare_options(options: Sequence[Option]) -> tuple[Option, str]:
    """The best option, and in words what it and the two next are worth.

    >>> compare_options([Option("wait", 0.0), Option("ban", 2e6), Option("licence", 5e6)])
    (Option(name='licence', worth=5000000.0), 'worth, million USD: licence +5, ban +2, wait +0')
    """
    ranked = sorted(options, key=lambda option: -option.worth)
    told = ", ".join(f"{option.name} {option.worth / 1e6:+,.0f}" for option in ranked[: 1 + OTHERS])
    return ranked[0], f"worth, million USD: {told}"


@cache
def roles() -> Mapping[str, type[Role]]:
    """Every role by name: the files of this package."""
    return {
        module.name: importlib.import_module(f"{__name__}.{module.name}").ROLE
        for module in pkgutil.iter_modules(__path__)
    }
