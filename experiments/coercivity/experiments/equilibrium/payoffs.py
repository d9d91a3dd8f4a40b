"""Payoffs of profiles by simulation, under the same futures for all, kept so that no run is made twice."""

import copy
import functools
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from coercivity.experiments.base.errors import CoercivityError, ScenarioError, UserError, describe, unknown
from coercivity.experiments.base.files import refuse_special
from coercivity.experiments.config.compose import Composed, compose, config_hash, merge_layers, recompose
from coercivity.experiments.config.evidence_reader import hash_evidence
from coercivity.experiments.equilibrium.menus import GameMenu, GameStrategy, Profile
from coercivity.experiments.runs.execution import map_tasks
from coercivity.experiments.runs.futures import changes_of, draw
from coercivity.experiments.runs.run import simulate
from coercivity.experiments.sweeps.plan import code_hash

__all__ = ["DEPENDENCE", "Draw", "PayoffSource", "PayoffTable", "Simulation", "Worth", "view_names", "weigh"]

Draw = tuple[Profile, int]  # a profile in a future
Worth = Mapping[str, Mapping[str, tuple[float, float]]]  # by state and term: discounted USD, and weight
MONEY = ("surplus", "fiscal")
DEPENDENCE = "loss if supply stops in "  # and a year: kept beside the terms with weight nought
UNPRICED = ("leverage", "self_reliance", "leadership")  # terms that rest on weights nobody has measured


class PayoffSource(Protocol):
    """Whatever says what profiles are worth: the simulation, or a formula with a known answer."""

    def evaluate(self, menu: GameMenu, draws: Sequence[Draw]) -> "list[Worth]":
        """What each profile is worth in its future, to every state."""


def view_names() -> dict[str, str]:
    """Ways to count payoffs, and what they count."""
    return {
        "objective": "all terms of (O.3) by the state's own weights",
        "without_power": "the same without leverage and goals, whose weights nobody has measured",
        "money": "surplus less public money spent, dollar for dollar",
    }


def weigh(worth: Worth, state: str, view: str) -> float:
    """What a run is worth to a state, million USD."""
    terms = worth[state]
    if view == "money":
        return float(sum(terms[name][0] for name in MONEY)) / 1e6
    left = UNPRICED if view == "without_power" else ()
    return float(sum(usd * weight for name, (usd, weight) in terms.items() if name not in left)) / 1e6


class PayoffTable:
    """Payoffs asked for so far, and how many: what was kept from before counts as much as what is new.

    A game that is interrupted and continued therefore takes the same way and ends in the same digits.
    """

    def __init__(self, menu: GameMenu, source: PayoffSource, codes: Mapping[str, str]) -> None:
        self.menu, self.source, self.codes = menu, source, codes
        self._worth: dict[Draw, Worth] = {}  # by names, which stand for one content each

    @property
    def spent(self) -> int:
        """Runs asked for so far."""
        return len(self._worth)

    @property
    def left(self) -> int:
        """Runs the budget still has."""
        return max(self.menu.budget - self.spent, 0)

    def sample(self, draws: Iterable[Draw]) -> bool:
        """Evaluate what is missing of these; False, and nothing done, where the budget does not hold it."""
        missing = list(dict.fromkeys(one for one in draws if one not in self._worth))
        if len(missing) > self.left:
            return False
        for one, worth in zip(missing, self.source.evaluate(self.menu, missing), strict=True):
            self._worth[one] = worth
        return True

    def offer(self, player: int, strategy: GameStrategy) -> None:
        """Let profiles name a strategy; one of the same name must ask for the same."""
        mine = self.menu.players[player]
        if strategy.name not in mine.names:
            self.menu = self.menu.with_strategy(player, strategy)

    def profiles(self) -> list[Profile]:
        """Profiles seen so far, in the order they were first asked for."""
        return list(dict.fromkeys(profile for profile, _ in self._worth))

    def has(self, profile: Profile, future: int) -> bool:
        """Whether a profile was seen in a future."""
        return (profile, future) in self._worth

    def payoff(self, profile: Profile, future: int, view: str = "objective") -> "np.ndarray":
        """Payoffs of all players, million USD."""
        worth = self._worth[profile, future]
        return np.array(
            [sum(weigh(worth, self.codes[s], view) for s in player.states) for player in self.menu.players]
        )

    def worth(self, profile: Profile, future: int) -> Worth:
        """What a profile was worth in a future, by state and term."""
        return self._worth[profile, future]

    def count_futures(self, profile: Profile) -> int:
        """In how many futures, from the first on, a profile was seen."""
        number = 0
        while self.has(profile, number):
            number += 1
        return number


@dataclass(frozen=True)
class _Task:
    """A run to be made, as plain data."""

    words: tuple[str, ...]
    players: tuple[tuple[tuple[str, ...], Mapping[str, Any]], ...]
    changes: Mapping[str, Any]
    evidence: Path
    discount: float
    name: str


class Simulation:
    """Payoffs from runs of the model.

    Every result goes to a file as soon as it is there, named by hashes of the model's code and the evidence
    and keyed by the whole configuration that was run, whatever strategies and scenarios are called.
    """

    def __init__(self, menu: GameMenu, evidence: Path, folder: Path, workers: int, on_run: "OnRun") -> None:
        self.base = compose(menu.settings)
        self.evidence, self.workers, self.on_run = evidence, workers, on_run
        states = self.base.values["state"]
        for player in menu.players:
            for state in player.states:
                if state not in states:
                    raise UserError(f"game {menu.name}: {unknown('state', state, states)}")
        self.codes = {name: str(held["code"]) for name, held in states.items()}
        first = int(self.base.values.get("seed", 0))
        seeds = range(first, first + menu.most)
        futures, ensemble = draw(menu.ensemble, seeds, {self.base.scenario: self.base}, evidence)
        self.changes = changes_of(self.base, ensemble, futures)
        self.fingerprint = config_hash({"code": code_hash(), "evidence": hash_evidence(evidence)})
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"payoffs-{self.fingerprint[:16]}.jsonl"
        self._known = _read(self.path)
        self.made = 0

    def evaluate(self, menu: GameMenu, draws: Sequence[Draw]) -> list[Worth]:
        """Run what is not known yet."""
        tasks = [self._task(menu, *one) for one in draws]
        keys = [self._key(task) for task in tasks]
        missing = {key: task for key, task in zip(keys, tasks, strict=True) if key not in self._known}
        order = list(missing)
        self.on_run(len(draws) - len(missing), len(draws))
        with self.path.open("a", encoding="utf-8") as file:
            done = map_tasks(_run_task, [missing[key] for key in order], self.workers)
            for count, (at, worth) in enumerate(done, 1):
                file.write(json.dumps({"key": order[at], "worth": worth}) + "\n")
                file.flush()
                os.fsync(file.fileno())
                self._known[order[at]] = worth
                self.made += 1
                self.on_run(len(draws) - len(missing) + count, len(draws))
        return [self._known[key] for key in keys]

    def _task(self, menu: GameMenu, profile: Profile, future: int) -> _Task:
        chosen = [
            (player.states, player.strategy(name).content)
            for player, name in zip(menu.players, profile, strict=True)
        ]
        names = ",".join(f"{p.name}:{s}" for p, s in zip(menu.players, profile, strict=True))
        told = f"{names} in future {future}"
        words = menu.settings
        return _Task(words, tuple(chosen), self.changes[future], self.evidence, menu.discount, told)

    def _key(self, task: _Task) -> str:
        """What a run is, by all it is configured with."""
        composed = set_profile(task.words, task.players, task.changes)
        return config_hash({"run": composed.hash, "discount": task.discount, "model": self.fingerprint})


class OnRun(Protocol):
    """Told how many of the runs asked for are there."""

    def __call__(self, done: int, asked: int, /) -> None:
        """Hear of it."""


def _read(path: Path) -> dict[str, Worth]:
    """Results of earlier commands; a last line that a killed one left unfinished is passed over."""
    known: dict[str, Worth] = {}
    refuse_special(path)
    if not path.is_file():
        return known
    text = path.read_text(encoding="utf-8")
    for line in text.splitlines():
        try:
            stored = json.loads(line)
            known[stored["key"]] = stored["worth"]
        except (ValueError, KeyError, TypeError):
            continue
    if text and not text.endswith("\n"):  # so that the next line begins a line
        with path.open("a", encoding="utf-8") as file:
            file.write("\n")
    return known


@functools.lru_cache(maxsize=32)
def _compose(words: tuple[str, ...]) -> Composed:
    return compose(words)


def _run_task(task: _Task) -> dict[str, dict[str, tuple[float, float]]]:
    try:
        composed = set_profile(task.words, task.players, task.changes)
        tables, _ = simulate(composed, task.evidence, lambda _step, _steps: None)
        worth = _discount_terms(tables["objectives"], composed, task.discount)
        codes = [composed.values["state"][name]["code"] for names, _ in task.players for name in names]
        for code, path in _yearly_dependence(tables["indicators"], codes).items():
            worth.setdefault(code, {}).update(path)
        return worth
    except CoercivityError:
        raise
    except Exception as error:
        raise ScenarioError(f"{task.name}: {describe(error)}") from error


def set_profile(
    words: tuple[str, ...],
    players: Iterable[tuple[tuple[str, ...], Mapping[str, Any]]],
    changes: Mapping[str, Any],
) -> Composed:
    """The configuration in which every player does what it chose, in a future."""
    values = copy.deepcopy(dict(_compose(words).values))
    for states, content in players:
        others = [word for word in words if word.partition("=")[0] != "scenario"]
        source = _compose((f"scenario={content['scenario']}", *others)).values["state"]
        for state in states:
            held = copy.deepcopy(dict(source[state]))
            held["lever"] = merge_layers(held["lever"], dict(content["lever"]) or held["lever"])
            values["state"][state] = held
    for key, value in changes.items():
        *above, last = key.split(".")
        place = values
        for part in above:
            place = place.setdefault(part, {})
        place[last] = value
    return recompose(values)


def _discount_terms(
    rows: Any, composed: Composed, discount: float
) -> dict[str, dict[str, tuple[float, float]]]:
    """Every term of every state's objective over the run, discounted to its start, and its weight."""
    length = {"month": 1 / 12, "quarter": 0.25, "year": 1.0}[composed.settings.clock.step]
    factor = (1.0 + discount) ** -((rows["step"] + 0.5) * length)
    found: dict[str, dict[str, tuple[float, float]]] = {}
    worth = (
        rows.assign(usd=rows["usd"] * factor).groupby(["state", "term"]).agg({"usd": "sum", "weight": "last"})
    )
    for (state, term), row in worth.iterrows():
        found.setdefault(str(state), {})[str(term)] = (float(row["usd"]), float(row["weight"]))
    return found


def _yearly_dependence(rows: Any, codes: Sequence[str]) -> dict[str, dict[str, tuple[float, float]]]:
    """What each state would lose in a year if the supplier stopped (O.2), USD, year by year."""
    names = rows["indicator"].str
    wanted = names.startswith("loss if ") & names.endswith(" stops") & rows["jurisdiction"].isin(codes)
    every = (
        rows[wanted]
        .assign(year=rows["date"].astype(str).str[:4])
        .groupby(["jurisdiction", "year"])["value"]
        .mean()
    )
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for (code, year), usd in every.items():
        found.setdefault(str(code), {})[f"{DEPENDENCE}{year}"] = (float(usd), 0.0)
    return found
