"""What a file of conf/trial must hold, checked without making any of its runs."""

import json
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from coercivity.experiments.base.errors import UserError, unknown
from coercivity.experiments.base.paths import conf_dir, evidence_of
from coercivity.experiments.config.compose import Composed, compose
from coercivity.experiments.config.explain import explain
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.runs.run import build_world
from coercivity.model.lever import levers
from coercivity.model.mechanisms import mechanisms

__all__ = ["check_trial"]

Words = list[str]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


class _About(_Strict):
    title: str = Field(min_length=1)
    purpose: str = Field(min_length=1)


class _Fact(_Strict):
    claim: str
    runs: Words = Field(min_length=1)
    judged_by: str
    held: str
    otherwise: str


class _Benchmark(_Strict):
    question: str
    published: str
    low: float
    high: float
    unit: str
    source: str = Field(min_length=1)
    runs: Words = Field(min_length=1)
    why: str

    @model_validator(mode="after")
    def _ordered(self) -> "_Benchmark":
        if self.low > self.high:
            raise ValueError(f"must have a range, and {self.low:g} to {self.high:g} is none")
        return self


class _TrialFile(_Strict):
    """A file of conf/trial."""

    about: _About

    @abstractmethod
    def asked(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Where a run is asked for in the file, and its settings."""


class _RunsFile(_TrialFile):
    runs: dict[str, Words] = Field(min_length=1)

    @abstractmethod
    def named(self) -> Mapping[str, _Fact | _Benchmark]:
        """What is judged of the runs."""

    def asked(self) -> Iterator[tuple[str, Sequence[str]]]:
        for name, judged in self.named().items():
            for run in judged.runs:
                if run not in self.runs:
                    raise UserError(f"`{name}.runs`: {unknown('run', run, self.runs)}")
        for name, words in self.runs.items():
            yield f"runs.{name}", words


class _Facts(_RunsFile):
    facts: dict[str, _Fact] = Field(min_length=1)

    def named(self) -> Mapping[str, _Fact]:
        return self.facts


class _Benchmarks(_RunsFile):
    benchmarks: dict[str, _Benchmark] = Field(min_length=1)

    def named(self) -> Mapping[str, _Benchmark]:
        return self.benchmarks


class _Strategies(_TrialFile):
    scenarios: Words = Field(min_length=1)
    players: Words = Field(min_length=1)
    settings: Words
    looking: dict[str, float]
    power: Words
    discount: float = Field(ge=0, lt=1)

    def asked(self) -> Iterator[tuple[str, Sequence[str]]]:
        for scenario in self.scenarios:
            yield "scenarios", (f"scenario={scenario}", *self.settings)
        for player in self.players:
            at = f"state.{player}"
            looks = [f"{at}.parameters.{name}={value}" for name, value in self.looking.items()]
            looks += [f"{at}.objective.{term}=0" for term in self.power]
            yield f"players.{player}", (*self.settings, f"{at}.strategy=optimising", *looks)


class _Replay(_Strict):
    scenario: str
    words: Words


class _Instrument(_Strict):
    lever: str
    by: str | Words
    targets: Words | None = None
    in_force: dict[str, list[int]] = Field(min_length=1)
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _each_named(self) -> "_Instrument":
        if set(self.in_force) != (named := set(self.targets or self.by)):
            odd = ", ".join(sorted(set(self.in_force) ^ named))
            raise ValueError(f"must name the same in `in_force` as in `by` or `targets`; not so: {odd}")
        return self


class _Today(_TrialFile):
    scenarios: dict[str, str] = Field(min_length=1)
    settings: list[str]
    reasons: dict[str, str] = Field(default_factory=dict)

    def asked(self) -> Iterator[tuple[str, Sequence[str]]]:
        for name in dict.fromkeys((*self.scenarios, *self.scenarios.values())):
            yield name, (f"scenario={name}", *self.settings)


class _Fronts(_TrialFile):
    scenarios: list[str] = Field(min_length=1)
    players: list[str] = Field(min_length=1)
    settings: list[str]
    looking: dict[str, float]
    strengths: list[float] = Field(min_length=1)
    worst: float = Field(gt=0, le=1)
    most: float = Field(gt=1)

    def asked(self) -> Iterator[tuple[str, Sequence[str]]]:
        for scenario in self.scenarios:
            for player in self.players:
                words = (f"scenario={scenario}", *self.settings, f"state.{player}.strategy=optimising")
                yield f"{player} in {scenario}", words


class _Before(_Strict):
    response: float = Field(gt=0)
    japan: float = Field(gt=0)


class _Grid(_Strict):
    response: list[float] = Field(min_length=1)
    japan: list[float] = Field(min_length=1)


class _Fit(_TrialFile):
    rules: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    period: str
    instrument: str
    futures: int = Field(ge=1)
    before: _Before
    grid: _Grid

    def asked(self) -> Iterator[tuple[str, Sequence[str]]]:
        yield "rules", (f"chain.rules={self.rules}",)


class _Record(_TrialFile):
    roles_of: str
    replays: dict[str, _Replay] = Field(min_length=1)
    scored: str
    incidents: dict[str, dict[str, float]]
    incidents_source: str = Field(min_length=1)
    instruments: dict[str, _Instrument] = Field(min_length=1)
    futures: int = Field(ge=1)
    level: float = Field(gt=0, lt=1)
    resamples: int = Field(ge=1)

    def asked(self) -> Iterator[tuple[str, Sequence[str]]]:
        for name, instrument in self.instruments.items():
            if instrument.lever not in levers():
                raise UserError(f"`instruments.{name}`: {unknown('lever', instrument.lever, levers())}")
        if self.scored not in self.replays:
            raise UserError(f"`scored`: {unknown('replay', self.scored, self.replays)}")
        given = f"state.china.lever.incident={json.dumps({'between': self.incidents})}"
        yield "roles_of", (f"scenario={self.roles_of}", given)
        for name, replay in self.replays.items():
            yield f"replays.{name}", (f"scenario={replay.scenario}", *replay.words)


class _Mechanisms(_TrialFile):
    where: dict[str, Words]
    slow: Words
    examples: dict[str, dict[str, dict[str, Any]]]
    reasons: dict[str, str] = Field(min_length=1)

    def asked(self) -> Iterator[tuple[str, Sequence[str]]]:
        by_kind = {kind: [m.name for m in mechanisms() if m.kind == kind] for kind in ("behaviour", "lever")}
        both = [*by_kind["behaviour"], *by_kind["lever"]]
        checks = (("mechanism", self.where, both), ("lever", self.examples, by_kind["lever"]))
        for what, given, known in (*checks, ("mechanism", self.slow, both)):
            for name in given:
                if name not in known:
                    raise UserError(unknown(what, name, known))
        for name, (scenario, *words) in self.where.items():
            yield f"where.{name}", (f"scenario={scenario}", *words)
        for lever, states in self.examples.items():
            for state, given in states.items():
                yield f"examples.{lever}", (f"state.{state}.lever.{lever}={json.dumps(given)}",)


FILES: Mapping[str, type[_TrialFile]] = {
    "stylised_facts": _Facts,
    "benchmarks": _Benchmarks,
    "strategies": _Strategies,
    "mechanisms": _Mechanisms,
    "policy_record": _Record,
    "policy_fit": _Fit,
    "fronts": _Fronts,
    "today": _Today,
}


def check_trial(name: str) -> None:
    """Read a file of conf/trial and build the world of every run, as is done before a first step.

    Raises UserError naming what is wrong.
    """
    path = conf_dir() / "trial" / f"{name}.yaml"
    if name not in FILES:
        raise UserError(f"{path}: {unknown('experiment', name, FILES)}")
    try:
        stored = FILES[name].model_validate(read_yaml(path))
    except ValidationError as error:
        raise UserError(f"{path}: {explain(error, FILES[name], {}, ())}") from error
    place, made = "", list[tuple[str, Composed]]()
    try:
        for where, words in stored.asked():
            place = f"{where}: "
            made.append((place, compose(words)))
        for where, composed in made:  # which takes longer
            place = where
            build_world(composed, evidence_of(composed.values))
    except UserError as error:
        raise UserError(f"{path}: {place}{error}") from error
