"""What the phases of a step, and those who look at one, need of the world: its parts, and its clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

import numpy as np

from coercivity.model.accounts.objective import Objectives, Reached
from coercivity.model.accounts.recorder import Recorder
from coercivity.model.accounts.settlement import Books, Ledger
from coercivity.model.agents.actors import Firm, State
from coercivity.model.assembly.market import Assembled, Assembler
from coercivity.model.dynamics.diplomacy import Diplomacy
from coercivity.model.dynamics.investment import Pipeline
from coercivity.model.dynamics.offers import Offers
from coercivity.model.dynamics.quota_premium import HeldLimits
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.instruments import Instrument
from coercivity.model.inputs.observation import FirmView, Losses
from coercivity.model.inputs.settings import Settings
from coercivity.model.network.taxes import BorderTaxes
from coercivity.model.state.economy import Economy
from coercivity.optimise import Clearer, Clearing
from coercivity.optimise.market import Array

__all__ = ["Plans", "StepResult", "RunningWorld", "phase"]

P = ParamSpec("P")
T = TypeVar("T")
W = TypeVar("W", bound="RunningWorld")


@dataclass(frozen=True, slots=True)
class Plans:
    """What everybody decided in a step.

    instruments: of all states, quotas grown no faster than they may; seen: those of each state as it set them
    offers: what projects are offered; projects: those that firms begin, by facility
    margins: what owners expect of every plant, as any of them sees it
    """

    instruments: list[Instrument]
    seen: dict[str, tuple[Instrument, ...]]
    offers: Offers
    projects: list[int]
    margins: FirmView


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step that was lived through: its market, what came of it, and what states think of that."""

    assembled: Assembled
    clearing: Clearing
    ledger: Ledger
    instruments: list[Instrument]
    reached: dict[str, Reached]


class RunningWorld(Protocol):
    """A world between two steps, or in one."""

    settings: Settings
    evidence: Evidence
    streams: list[np.random.Generator]
    economy: Economy
    assembler: Assembler
    clearer: Clearer
    books: Books
    objectives: Objectives
    recorder: Recorder
    states: list[State]
    firms: list[Firm]
    pipeline: Pipeline
    diplomacy: Diplomacy
    last: Clearing | None
    seen: dict[str, tuple[Instrument, ...]]
    taxed: BorderTaxes | None
    losses: tuple[object, Losses] | None
    bought: dict[str, float]
    held: HeldLimits | None
    throughput: Array
    clock: int
    _timing: list[tuple[int, str, str, float]]

    @property
    def date(self) -> str:
        """First day of the step at hand."""
        ...

    @property
    def middle(self) -> str:
        """First day of the month in the middle of the step."""
        ...

    @property
    def when(self) -> float:
        """Middle of the step at hand, years."""
        ...

    @property
    def alarm(self) -> float:
        """By how much news of this step frightened everybody."""
        ...

    def made(self) -> np.ndarray:
        """What each activity made last step, t a year, (a)."""
        ...

    def live(self) -> StepResult:
        """A step but for recording it, and for the clock."""
        ...


def phase(name: str) -> Callable[[Callable[Concatenate[W, P], T]], Callable[Concatenate[W, P], T]]:
    """Mark a method of a world as a phase of its steps: its seconds go to the table of timings."""

    def mark(act: Callable[Concatenate[W, P], T]) -> Callable[Concatenate[W, P], T]:
        @wraps(act)
        def timed(world: W, /, *args: P.args, **kwargs: P.kwargs) -> T:
            began = time.perf_counter()
            found = act(world, *args, **kwargs)
            world._timing.append((world.clock, world.date, name, time.perf_counter() - began))
            return found

        return timed

    return mark
