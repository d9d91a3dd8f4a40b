"""What a sweep asks: an experiment of conf/experiment/ or the command line, made into rows."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pydantic
from pydantic import BaseModel, ConfigDict, Field

from coercivity.experiments.base.errors import UserError, unknown
from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.chains import evidence_for
from coercivity.experiments.config.compose import Composed, Composer, compose
from coercivity.experiments.config.explain import explain
from coercivity.experiments.config.overrides import choices_of, groups
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.config.uncertainty import Uncertainty, read_uncertainties
from coercivity.experiments.config.unreached import unreached_notes
from coercivity.experiments.sweeps import sampling
from coercivity.experiments.sweeps.design import Design, is_lever, number_rows
from coercivity.experiments.sweeps.grid import Asked, grid, policy_name, read_sweeps

EACH = 200  # values of a key that are checked one by one before anything runs


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OutcomeSpec(_Strict):
    """A row of the summary that the analysis is about (M of XLRM).

    good: when a run counts as one in which the policy did what it should, by this outcome
    never: the value of a run that ended well and has no such row, as of a year that was not reached
    """

    name: str
    indicator: str
    jurisdiction: str
    better: Literal["lower", "higher"]
    good: float | None = Field(default=None, description="at most (lower) or at least (higher)")
    never: float | None = Field(default=None, description="the value where there is none")

    @property
    def relative(self) -> bool:
        """Whether only differences of it mean something: the level of welfare hangs on choke prices."""
        return self.indicator in ("welfare", "objective")


class _About(_Strict):
    title: str
    source: str = ""
    purpose: str = ""


class _Drawn(_Strict):
    kind: Literal["grid", "latin-hypercube", "sobol", "morris"] = "grid"
    samples: int = Field(default=0, ge=0)
    seed: int = Field(default=0, ge=0)


class ExperimentFile(_Strict):
    """An experiment as conf/experiment/NAME.yaml declares it."""

    about: _About
    design: _Drawn = _Drawn()
    uncertainty: str | None = None
    policies: dict[str, list[str]] = Field(default_factory=dict)
    settings: list[str] = Field(default_factory=list)
    outcomes: list[OutcomeSpec] = Field(default_factory=list)


@dataclass(frozen=True)
class SweepSpec:
    """Everything that decides which runs are made and how they are looked at."""

    name: str
    title: str
    kind: str
    overrides: tuple[str, ...]
    policies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    uncertainties: tuple[Uncertainty, ...] = ()
    samples: int = 0
    seed: int = 0
    given: Mapping[str, Sequence[Any]] = field(default_factory=dict)  # columns of a list or of draws
    outcomes: tuple[OutcomeSpec, ...] = ()

    @property
    def fixed(self) -> tuple[str, ...]:
        """The overrides that all runs share."""
        return read_sweeps(self.overrides).fixed_overrides

    @property
    def words(self) -> list[str]:
        """Every override in it, those of policies last."""
        return [*self.overrides, *(word for words in self.policies.values() for word in words)]

    @property
    def evidence(self) -> Path:
        """The figures of the chain it is about."""
        return evidence_for(self.words)

    def as_dict(self) -> dict[str, Any]:
        """As plan.json has it, and as it is hashed."""
        return {
            "name": self.name,
            "title": self.title,
            "kind": self.kind,
            "overrides": list(self.overrides),
            "policies": {name: list(words) for name, words in self.policies.items()},
            "uncertainties": [one.as_dict() for one in self.uncertainties],
            "samples": self.samples,
            "seed": self.seed,
            "given": {key: list(values) for key, values in self.given.items()},
            "outcomes": [one.model_dump() for one in self.outcomes],
        }


def read_experiment(name: str) -> ExperimentFile:
    """An experiment by name. Raises UserError saying what its file lacks."""
    known = choices_of("experiment")
    if name not in known:
        raise UserError(unknown("experiment", name, known))
    path = conf_dir() / "experiment" / f"{name}.yaml"
    stored = read_yaml(path)
    if not isinstance(stored, dict) or "design" not in stored:
        raise UserError(f"experiment `{name}` is not for `sweep`: {path} has no `design`")
    try:
        return ExperimentFile.model_validate(stored)
    except pydantic.ValidationError as error:
        raise UserError(f"{path}: {explain(error, ExperimentFile, {}, ())}") from error


def with_declared(question: SweepSpec, uncertainty: str | None, evidence: Path) -> SweepSpec:
    """The question with the uncertainties of a file and of the intervals on the command line."""
    asked = read_sweeps(question.overrides)
    declared = read_uncertainties(uncertainty, evidence) if uncertainty else ()
    ranges = tuple(
        Uncertainty(key, one.low, one.high, one.log, source="command line")
        for key, one in asked.ranges.items()
    )
    settled = {*asked.fixed, *asked.several, *asked.ranges}
    kept = tuple(one for one in declared if one.key not in settled)
    return replace(question, uncertainties=(*kept, *ranges))


def make_design(question: SweepSpec) -> Design:
    """The rows of a question. Policies and levers change fastest, so a future stays together."""
    asked = read_sweeps(question.overrides)
    seed = _usual_seed(asked)
    if question.kind == sampling.GRID and not question.policies:
        return _with_seed(grid(asked), seed)
    base = _futures(question, "seed" in {*asked.fixed, *asked.several}, seed)
    count = len(next(iter(base.values()), [0]))
    known = groups()
    chosen = _policies(question)
    swept = [dict(zip(asked.several, row, strict=True)) for row in itertools.product(*asked.several.values())]
    levers = [*_lever_keys(chosen), *(key for key in asked.several if is_lever(key, known))]
    levers += [key for key in question.given if is_lever(key, known)]
    keys = [*base, *(k for k in [*_lever_keys(chosen), *asked.several] if k not in base)]
    columns: dict[str, list[Any]] = {key: [] for key in keys}
    futures: list[int] = []
    policies: list[str] = []
    seen: dict[tuple[Any, ...], int] = {}
    for at in range(count):
        world = {key: values[at] for key, values in base.items()}
        for more, (name, words) in itertools.product(swept, chosen.items()):
            row = world | more | words
            for key, values in columns.items():
                values.append(row.get(key))
            drawn = at if question.kind in sampling.SAMPLED else None  # equal draws are futures apart
            apart = (drawn, *(row.get(key) for key in keys if key not in levers))
            futures.append(seen.setdefault(apart, len(seen)))
            others = [(key, row.get(key)) for key in levers if key not in words]
            named = [name] if name else []
            if any(value is not None for _, value in others) or not named:
                named.append(policy_name(others))
            policies.append(" ".join(named))
    return number_rows(columns, futures, policies, levers)


def _usual_seed(asked: Asked) -> int:
    """The seed that files and the command line give. Other settings may only go with a varied choice."""
    chosen = {*groups(), "seed"}
    said = [text for key, text in asked.fixed.items() if key.lstrip("+") in chosen]
    return int(compose(said).values.get("seed", 0))


def _futures(question: SweepSpec, seeded: bool, seed: int) -> dict[str, list[Any]]:
    """What nobody chooses, a row a future: samples, draws or rows given, each with its seed."""
    if question.kind in sampling.SAMPLED:
        if not question.uncertainties:
            raise UserError(
                f"a {question.kind} design needs uncertainties: --uncertainty default, or key=interval(a,b)"
            )
        names = [one.key for one in question.uncertainties]
        unit = sampling.sample(question.kind, names, question.samples, question.seed)
        found: dict[str, list[Any]] = {
            one.key: [one.at(float(share)) for share in unit[:, at]]
            for at, one in enumerate(question.uncertainties)
        }
    else:
        found = {key: list(values) for key, values in question.given.items()}
    count = len(next(iter(found.values()), [0]))
    if not seeded and "seed" not in found:
        own = question.kind in (sampling.LATIN, sampling.POSTERIOR)
        found = {"seed": sampling.seeds(question.seed, count) if own else [seed] * count, **found}
    return found


def _policies(question: SweepSpec) -> dict[str, dict[str, Any]]:
    """Named policies as the overrides each sets; one without a name when none is declared."""
    found: dict[str, dict[str, Any]] = {}
    for name, words in question.policies.items():
        asked = read_sweeps(words)
        if asked.several or asked.ranges:
            raise UserError(f"policy `{name}` gives several values for one setting; a policy is one choice")
        found[name] = {key: text.partition("=")[2] for key, text in asked.fixed.items()}
    return found or {"": {}}


def _lever_keys(chosen: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(key for words in chosen.values() for key in words))


def _with_seed(design: Design, seed: int) -> Design:
    """The design with a seed a row, which it has unless it varies seeds or asks for one."""
    if "seed" in design.keys:
        return design
    column = pa.array([seed] * len(design), pa.int64())
    at = design.table.column_names.index("policy") + 1
    return Design(design.table.add_column(at, "seed", column), design.levers)


def check_rows(
    design: Design, fixed: Sequence[str], uncertainties: Sequence[Uncertainty]
) -> "list[Composed]":
    """Compose every choice and every value of a grid once, so that mistakes are told before anything runs.

    Returns a configuration of every policy.
    """
    composer = Composer(fixed)
    policies: list[Composed] = []
    others: list[Composed] = []
    ranged = {one.key for one in uncertainties}
    for policy in design.policies:
        at = pc.index(design.table["policy"], policy).as_py()
        _, row = next(design.rows(at, at + 1))
        for share in (0.0, 1.0):
            made = composer({**row, **{one.key: one.at(share) for one in uncertainties}})
        policies.append(made)
    for key in design.keys:
        if key in ranged:
            continue
        found = design.table[key].unique().to_pylist()
        ends = pc.min_max(design.table[key]).as_py().values()
        shown = found if len(found) <= EACH else list(ends)
        for value in shown:
            if value is not None:
                at = pc.index(design.table[key], value).as_py()
                others.append(composer(next(design.rows(at, at + 1))[1]))
    _refuse_chains([*policies, *others])
    return policies


def _refuse_chains(made: "Sequence[Composed]") -> None:
    """Refuse runs of several chains in one dataset: they share neither evidence nor outcomes."""
    chains = sorted({str(one.values["chain"]["name"]) for one in made if "chain" in one.values})
    if len(chains) > 1:
        raise UserError(f"a sweep is about one chain, and these runs are about {' and '.join(chains)}")


def find_unreached(design: Design, fixed: Sequence[str]) -> list[str]:
    """Say which policies have measures that begin only when their runs have ended.

    A single policy is held against the configuration as it is without any setting.
    """
    composer = Composer(fixed)
    named: dict[str, Mapping[str, Any]] = {}
    for policy in design.policies:
        at = pc.index(design.table["policy"], policy).as_py()
        named[policy] = composer(next(design.rows(at, at + 1))[1]).values
    if len(named) == 1:
        named[""] = compose().values
    return list(unreached_notes(named).values())
