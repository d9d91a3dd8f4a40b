"""A seat at the table: one state's levers set year by year, everybody else as the scenario has them.

A move is laid over the levers as they stand and checked as a scenario is. The same moves give the same run:
a move made at a prompt plays the years before it again, so that the market has room for what it brings.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercivity.experiments.base.errors import UserError, did_you_mean
from coercivity.experiments.base.files import refuse_special
from coercivity.experiments.config.compose import Composed, recompose
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.runs.run import build_world
from coercivity.model.dynamics.viewpoint import state_view
from coercivity.model.inputs.observation import StateView

if TYPE_CHECKING:
    from coercivity.model.world import World

__all__ = ["Seat", "read_moves"]

Moves = dict[str, dict[str, Any]]  # all levers of the state after a move, by the year it was made


class Seat:
    """A person's place in a scenario: the state, and its moves so far. Raises UserError for no state."""

    def __init__(self, composed: Composed, state: str) -> None:
        states = composed.values["state"]
        codes = {str(held["code"]): name for name, held in states.items()}
        name = codes.get(state, state)
        if name not in states:
            near = did_you_mean(state, [*states, *codes])
            raise UserError(f"--as {state}: no such state{near}; see `coercivity list states`")
        self.name, self.code = name, str(states[name]["code"])
        self.base, self.moves = composed, dict[str, dict[str, Any]]()

    @property
    def years(self) -> range:
        """Years in which a move may be made."""
        clock = self.base.settings.clock
        return range(int(clock.start[:4]), int(clock.date(clock.steps - 1)[:4]) + 1)

    @property
    def levers(self) -> Mapping[str, Any]:
        """The levers as they stand after the last move."""
        return self.moves[max(self.moves)] if self.moves else self.base.values["state"][self.name]["lever"]

    def move(self, year: int, words: Sequence[str]) -> None:
        """Lay settings such as `stockpile.days={"magnet:*": 90}` over the levers. Raises UserError."""
        if year not in self.years:
            raise UserError(f"a move of {year}: the years are {self.years[0]} to {self.years[-1]}")
        values = dict(self.base.values)
        values["state"] = {**values["state"], self.name: {**values["state"][self.name], "lever": self.levers}}
        said = [f"state.{self.name}.lever.{word}" for word in words]
        self.moves[str(year)] = recompose(values, said).values["state"][self.name]["lever"]

    def take_back(self, year: int, held: dict[str, Any] | None) -> None:
        """Have the moves of a year be what they were: `held`, or none."""
        if held is None:
            self.moves.pop(str(year), None)
        else:
            self.moves[str(year)] = held

    def composed(self) -> Composed:
        """The configuration with all moves so far."""
        held = {**self.base.values["state"][self.name], "strategy": "human", "options": dict(self.moves)}
        values = {**self.base.values, "state": {**self.base.values["state"], self.name: held}}
        return recompose(values)

    def world(self, evidence: Path, year: int) -> "World":
        """The world at the beginning of a year, after all moves so far. Raises UserError."""
        made = build_world(self.composed(), evidence)
        self.play_on(made, year)
        return made

    def play_on(self, world: "World", year: int) -> None:
        """Live on to the beginning of a year."""
        while int(world.date[:4]) < year and world.running:
            world.step()

    def view(self, world: "World") -> "StateView":
        """What the state sees now."""
        return state_view(world, next(s for s in world.states if s.place == self.code))


def read_moves(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Moves of a file: by year, a list of settings as one types them. Raises UserError."""
    refuse_special(path)
    if not path.is_file():
        raise UserError(f"--moves {path}: no such file")
    found = read_yaml(path)
    if not isinstance(found, Mapping):
        raise UserError(f'{path}: moves stand by year, as in `2026: ["stockpile.speed=1"]`')
    for year, words in sorted(found.items(), key=lambda pair: str(pair[0])):
        listed = [words] if isinstance(words, str) else words
        if not (str(year).isdigit() and isinstance(listed, list) and all(isinstance(w, str) for w in listed)):
            raise UserError(
                f'{path}: `{year}` must be a year with a list of settings, as in `["stockpile.speed=1"]`'
            )
        yield int(year), listed
