"""Sweeps in Hydra's own language: `a,b`, `choice(...)`, `range(...)`, `glob(...)`, `interval(...)`.

Numbered as Hydra's own sweeper numbers its jobs: the product in the order of the arguments, the last
changing fastest; a key given twice keeps its first place and its last value.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.override_parser.types import Override

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.config.overrides import groups, is_of_hydra, parse_override
from coercivity.experiments.sweeps.design import Design, is_lever, number_rows
from coercivity.experiments.sweeps.sampling import MOST


@dataclass(frozen=True)
class SampledRange:
    """A range to draw from: `key=interval(low, high)`, `tag(log, interval(low, high))`."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class Asked:
    """What overrides ask for, by key: one value, several, or a range; in order of first mention."""

    fixed: Mapping[str, str]
    several: Mapping[str, Sequence[Any]]
    ranges: Mapping[str, SampledRange]

    @property
    def fixed_overrides(self) -> tuple[str, ...]:
        """The overrides that all runs share."""
        return tuple(self.fixed.values())


def read_sweeps(overrides: Sequence[str]) -> Asked:
    """Sort overrides into what is the same for all runs, what takes several values, and ranges."""
    found: dict[str, str | list[Any] | SampledRange] = {}
    for text in overrides:
        override = parse_override(text)
        if is_of_hydra(override.key_or_group):
            raise UserError(f"`{text}`: Hydra's own settings belong to `coercivity run --multirun`")
        key = override.get_key_element()
        if not override.is_sweep_override():
            found[key] = text
        elif override.is_interval_sweep():
            found[key] = _interval(text, override)
        else:
            found[key] = _values(text, override)
    return Asked(
        {key: value for key, value in found.items() if isinstance(value, str)},
        {key: value for key, value in found.items() if isinstance(value, list)},
        {key: value for key, value in found.items() if isinstance(value, SampledRange)},
    )


def _interval(text: str, override: "Override") -> SampledRange:
    sweep: Any = override.value()
    low, high = float(sweep.start), float(sweep.end)
    log = "log" in sweep.tags
    if not (math.isfinite(low) and math.isfinite(high)):
        raise UserError(f"`{text}`: an interval needs finite ends")
    if low == high:
        raise UserError(f"`{text}`: both ends are {low:g}; write it as one value")
    if not low < high:
        raise UserError(f"`{text}`: an interval needs its lower end first")
    if log and low <= 0:
        raise UserError(f"`{text}`: a logarithmic interval must lie above 0")
    return SampledRange(low, high, log)


def _steps(asked: Any) -> float:
    """How many values a range gives; what is amiss with it, Hydra says."""
    return abs((asked.stop - (asked.start or 0)) / asked.step) if asked.step and asked.stop else 0.0


def _values(text: str, override: "Override") -> list[Any]:
    """The values of a sweep: numbers where all are, Hydra's own text where any is not."""
    from hydra.core.override_parser.types import RangeSweep, Transformer
    from hydra.errors import HydraException

    asked: Any = override.value()
    if isinstance(asked, RangeSweep) and not asked.step:
        raise UserError(f"`{text}`: a range needs a step other than 0, as in range(0,10,2)")
    if isinstance(asked, RangeSweep) and _steps(asked) > MOST:
        raise UserError(f"`{text}` gives more than {MOST:,} values; give fewer, or draw a sample of them")
    try:
        plain = list(override.sweep_iterator(transformer=Transformer.identity))
        texts = list(override.sweep_string_iterator())
    except (HydraException, ValueError) as error:
        raise UserError(f"`{text}`: {str(error).splitlines()[0]}") from error
    if not texts:
        raise UserError(f"`{text}` gives no value; give at least one")
    if twice := [value for value in dict.fromkeys(texts) if texts.count(value) > 1]:
        raise UserError(
            f"`{text}` gives {twice[0]} more than once; give every value once, or a mean counts it as often"
        )
    kinds = {type(value) for value in plain}
    return plain if kinds in ({int}, {float}) else [str(value) for value in texts]


def grid(asked: Asked) -> Design:
    """Every combination of the values asked for."""
    if asked.ranges:
        key = next(iter(asked.ranges))
        raise UserError(
            f"`{key}` is given as an interval, which a grid cannot enumerate: "
            "add --design latin-hypercube --samples N, or give range(...)"
        )
    count = 1
    for values in asked.several.values():
        count *= len(values)
    if count > MOST:
        raise UserError(f"this grid has {count:,} rows; at most {MOST:,} are made: draw a sample instead")
    product = list(itertools.product(*asked.several.values()))
    columns = {key: [row[at] for row in product] for at, key in enumerate(asked.several)}
    known = groups()
    levers = [key for key in columns if is_lever(key, known)]
    return laid_out(columns, count, levers)


def laid_out(columns: Mapping[str, Sequence[Any]], count: int, levers: Sequence[str]) -> Design:
    """Rows as given; those that differ in levers alone share a future, those in nothing else a policy."""
    others = [key for key in columns if key not in levers]
    seen: dict[tuple[Any, ...], int] = {}
    futures, policies = [], []
    for at in range(count):
        world = tuple(columns[key][at] for key in others)
        futures.append(seen.setdefault(world, len(seen)))
        chosen = [(key, columns[key][at]) for key in levers]
        policies.append(policy_name(chosen))
    return number_rows(columns, futures, policies, levers)


def policy_name(chosen: Sequence[tuple[str, Any]]) -> str:
    """What a choice of levers is called.

    >>> policy_name([("scenario", "embargo")]), policy_name([]), policy_name([("scenario", "a"), ("x.y", 1)])
    ('embargo', 'as configured', 'a x.y=1')
    """
    given = [
        (key, value.strip() if isinstance(value, str) else value)
        for key, value in chosen
        if value is not None
    ]
    if not given:
        return "as configured"
    return " ".join(str(value) if key == "scenario" else f"{key}={value}" for key, value in given)
