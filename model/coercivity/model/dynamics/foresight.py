"""What a state can work out before it acts: the same model run on in its head, a few years on.

Everybody's books of last step are open (prices, stocks, plants, projects begun); nobody's luck and
nobody's plans are. So, in the head of a state:

- the others go on with what they set last step, whatever is done to them, or (`others`) follow the rule
  where they follow it now; whoever looks ahead is taken to go on;
- firms, stocks, risk and demand answer as the model says, by years instead of the run's steps;
- whether projects not yet begun survive, and when they start, is drawn anew from the state's own
  stream, the same draws for every option;
- demand follows its scenario without noise.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from coercivity.model.accounts.objective import Reached
from coercivity.model.agents.government import AS_SET
from coercivity.model.dynamics.running import RunningWorld
from coercivity.model.inputs.instruments import Instrument
from coercivity.model.inputs.observation import ForesightTerms, StateView
from coercivity.model.inputs.settings import Clock, Settings, StreamSettings
from coercivity.model.lever import Lever
from coercivity.model.role import RoleAnswer
from coercivity.model.strategy import Answering, Strategy, scale_defences
from coercivity.optimise import Clearer, Clearing, ClearingError
from coercivity.optimise.market import Market

if TYPE_CHECKING:
    from coercivity.model.agents.actors import State

__all__ = ["ForeseeingWorld", "Foresight", "Outlook", "shared_parts", "name_failure"]

Drawn = np.random.Generator


@dataclass(frozen=True, slots=True)
class _AsLast:
    """Another state, in the head of this one: what it set last goes on."""

    instruments: tuple[Instrument, ...]

    def decide(self, _view: StateView, _levers: Mapping[str, Lever], _rng: Drawn) -> tuple[Instrument, ...]:
        return self.instruments


@dataclass(frozen=True, slots=True)
class _Tried:
    """This state with one of its options, as strong as the rule would have it. answers: of its roles

    strength: of levers, times what the rule would have
    """

    levers: Mapping[str, Lever]
    response: float
    most: float
    answers: tuple[RoleAnswer, ...] = ()
    strength: Mapping[str, float] = field(default_factory=dict)

    def decide(self, view: StateView, _levers: Mapping[str, Lever], rng: Drawn) -> tuple[Instrument, ...]:
        answered = tuple(i for answer in self.answers for i in answer.decide(view, rng))
        return scale_defences(view, self.levers, self.response, self.most, self.strength) + answered


class Foresight:
    """A second live program of the same network, kept hot, and how many steps were imagined with it."""

    def __init__(self, make: Callable[[], Clearer]) -> None:
        self._make = make
        self.clearings = 0
        self._clearer: Clearer | None = None

    @property
    def clearer(self) -> Clearer:
        """Made when somebody first looks ahead."""
        if self._clearer is None:
            self._clearer = self._make()
        return self._clearer

    def clear(self, market: Market) -> Clearing:
        """A market as somebody imagines it, by the second program."""
        self.clearings += 1
        return self.clearer(market)

    def take_clearings(self) -> int:
        """How many steps were imagined since this was last asked."""
        taken, self.clearings = self.clearings, 0
        return taken

    def imagine(self, world: "ForeseeingWorld", stream: Drawn, others: bool = False) -> "ForeseeingWorld":
        """A copy of the world, by years, in which nothing that is tried leaves a trace.

        stream: where all luck that the one who imagines cannot know is drawn from
        others: whether who follows the rule is taken to follow it on
        """
        settings = _by_years(world.settings, world.date)
        memo = shared_parts(world)
        memo |= {id(world.settings): settings, id(world.clearer): self.clearer}
        memo |= {id(known): np.random.default_rng(stream.integers(2**32, size=4)) for known in world.streams}
        made: ForeseeingWorld = copy.deepcopy(world, memo)
        made.clock, made._timing = 0, []
        for state in made.states:
            if not (others and _follows_rule(state.strategy)):
                state.strategy = _AsLast(world.seen.get(state.place, ()))
        for firm in made.firms:
            for at in firm.luck:
                firm.luck[at] = float(firm.draws.random())
        made.economy.ahead.due = float("inf")  # in a head, firms go on with what they last worked out
        made.pipeline.forget(firm.luck for firm in made.firms)
        return made

    def try_out(
        self, head: "ForeseeingWorld", place: str, options: Mapping[str, Strategy], terms: ForesightTerms
    ) -> tuple[dict[str, list[Reached]], dict[str, str]]:
        """Objective of a place under each option, year by year; why others could not be told.

        All options live through a year before any goes on to the next: their markets are alike, and
        each is solved from the basis of the last. head: a world as imagined, which stays as it is
        """
        worlds = {name: copy.deepcopy(head, shared_parts(head)) for name in options}
        for name, strategy in options.items():
            mine = next(state for state in worlds[name].states if state.place == place)
            mine.strategy = strategy
        yearly: dict[str, list[Reached]] = {name: [] for name in options}
        lost: dict[str, str] = {}
        for _ in range(terms.years):
            for name, tried in worlds.items():
                if name in lost:
                    continue
                if tried.last is not None:
                    self.clearer.start_from(tried.last)  # its own, not those of another option
                try:
                    yearly[name].append(tried.live().reached[place])
                except ClearingError as error:
                    lost[name] = str(error)
                tried.clock += 1
                self.clearings += 1
        return {name: reached for name, reached in yearly.items() if name not in lost}, lost


class ForeseeingWorld(RunningWorld, Protocol):
    """A running world in which somebody may look ahead."""

    foresight: Foresight


@contextmanager
def name_failure(what: str) -> Iterator[None]:
    """A market that does not clear is told with what it was cleared for."""
    try:
        yield
    except ClearingError as error:
        raise type(error)(f"{what}: {error}") from error


def _follows_rule(strategy: Strategy) -> bool:
    """Whether a strategy does what roles answer, and looks no further."""
    return (
        isinstance(strategy, Answering)
        and bool(strategy.answers)
        and not getattr(strategy, "foresees", False)
    )


def shared_parts(world: "ForeseeingWorld") -> dict[int, object]:
    """What copies of a world have in common: everything that never changes during a run."""
    e, books = world.economy, world.books
    fixed = [
        world.evidence, world.recorder, world.settings, world.clearer, world.foresight, world.held,
        e.evidence, e.figures, e.supply,
        e.base, e.paths, e.chain, e.parameters, world.assembler.taxes, world.assembler.curves,
        *e.chain.facilities, books.owner, books.posting, books.scrap,
        *(s.levers for s in world.states), *(s.options for s in world.states),
    ]  # fmt: skip
    return {id(thing): thing for thing in fixed}


def _by_years(settings: Settings, date: str) -> Settings:
    """The settings of an imagined run: from a date on, by years, without noise."""
    clock = Clock.model_construct(start=date[:7], end=f"{int(date[:4]) + 50}{date[4:7]}", step="year")
    market = settings.market.model_copy(update={"demand_noise": 0.0, "stream": StreamSettings()})
    return settings.model_copy(update={"clock": clock, "market": market})


@dataclass(slots=True)
class Look:
    """What a state imagined when it last looked ahead. heads: a world for each future"""

    terms: ForesightTerms
    response: float
    most: float
    heads: list["ForeseeingWorld"]


@dataclass(slots=True)
class Outlook:
    """What a state may ask before it decides: what each of its options is worth to it."""

    world: "ForeseeingWorld"
    state: "State"
    look: Look | None = None

    @property
    def options(self) -> Mapping[str, Mapping[str, Lever]]:
        """Settings it may choose between, by name."""
        return self.state.options

    def prospects(self, rng: Drawn, terms: ForesightTerms, response: float, most: float) -> dict[str, float]:
        """Worth of every option, USD; one that cannot be worked out is told of and left out."""
        self.begin(rng, terms, response, most)
        return self._worths({name: (name, 1.0) for name in self.options})

    def begin(self, rng: Drawn, terms: ForesightTerms, response: float, most: float) -> None:
        """Imagine the futures that options are tried in from here on."""
        heads = [self.world.foresight.imagine(self.world, rng, terms.others) for _ in range(terms.looks)]
        self.look = Look(terms, response, most, heads)

    def at_strengths(self, option: str, strengths: Sequence[float]) -> dict[float, float]:
        """Worth, USD, of the option at several strengths, in the futures of the last prospects."""
        found = self._worths({f"{option} at {factor:g}": (option, factor) for factor in strengths})
        return {f: found[name] for f in strengths if (name := f"{option} at {f:g}") in found}

    def strength_of(self, option: str, factor: float) -> dict[str, float]:
        """Strength by lever where those that an option names are that many times as strong."""
        as_set = self.options[AS_SET]
        return {
            name: factor
            for name, lever in self.options[option].items()
            if option != AS_SET and lever is not as_set.get(name)
        }

    def outcomes(self, tries: Mapping[str, tuple[str, float]]) -> list[dict[str, list[Reached]]]:
        """Objective by year of every try (option and factor on its strength), future by future."""
        if self.look is None:
            raise RuntimeError("nothing was imagined yet")
        look, found = self.look, []
        for head in look.heads:
            options: dict[str, Strategy] = {
                name: _Tried(
                    self.options[option], look.response, look.most,
                    self._answers() if option == AS_SET else (), self.strength_of(option, factor),
                )
                for name, (option, factor) in tries.items()
            }  # fmt: skip
            reached, lost = self.world.foresight.try_out(head, self.state.place, options, look.terms)
            for name, reason in lost.items():
                self.tell("option not worked out", name, reason)
            found.append(reached)
        return found

    def _worths(self, tries: Mapping[str, tuple[str, float]]) -> dict[str, float]:
        """What every try is worth that could be worked out in all futures."""
        each = self.outcomes(tries)
        if self.look is None:
            return {}
        terms = self.look.terms
        whole = [name for name in tries if all(name in found for found in each)]
        return {
            name: terms.judge([terms.worth([year.total for year in found[name]]) for found in each])
            for name in whole
        }

    def _answers(self) -> tuple[RoleAnswer, ...]:
        """The state's roles as they stand, to answer in its head."""
        answers = getattr(self.state.strategy, "answers", ())
        names = self.world.economy.chain.names
        return copy.deepcopy(answers, shared_parts(self.world) | {id(names): names})

    def tell(self, kind: str, target: str, detail: str) -> None:
        """Write down what was decided, for the table of events."""
        self.world.pipeline.events.append((self.state.place, kind, target, detail))
