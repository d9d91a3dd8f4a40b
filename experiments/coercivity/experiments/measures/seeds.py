"""A comparison over seeds: means, and 95 % intervals of means and of differences under the same futures.

Every scenario meets the same seeds, so differences are taken seed by seed (common random numbers) and their
interval is Student's over the seeds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coercivity.experiments.base.errors import UserError

if TYPE_CHECKING:
    from coercivity.experiments.measures.comparison import Row

SURE = 0.95
SEED = "seed"
NO_LUCK = (
    "the seeds make no difference, since nothing is left to chance in these runs: leave more to it with "
    "market.demand_noise=0.05 or firm.outage.active=true, or leave the seeds out"
)


@dataclass(frozen=True)
class Interval:
    """The mean of a sample and the 95 % interval of the mean."""

    mean: float
    low: float
    high: float


def interval(values: Sequence[float]) -> Interval:
    """The mean of two values or more with Student's interval.

    >>> interval([1.0, 1.0])
    Interval(mean=1.0, low=1.0, high=1.0)
    """
    from scipy.special import stdtrit

    count = len(values)
    mean = _mean(values)
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    half = float(stdtrit(count - 1, 0.5 + SURE / 2)) * math.sqrt(variance / count)
    return Interval(mean, mean - half, mean + half)


def _mean(values: Sequence[float]) -> float:
    """The mean; of equal values exactly these."""
    return values[0] if len(set(values)) == 1 else math.fsum(values) / len(values)


def over_seeds(tables: "Sequence[Sequence[Row]]") -> "list[Row]":
    """The rows of one comparison a seed as rows of all: means, with what each seed gave.

    A number that a scenario lacks under any seed is left out of all.
    """
    keyed = [{(row.indicator, row.jurisdiction, row.unit): row for row in rows} for rows in tables]
    order = dict.fromkeys(key for rows in keyed for key in rows)
    names = list(next(iter(keyed[0].values())).values) if keyed[0] else []
    merged = []
    for key in order:
        rows = [found[key] for found in keyed if key in found]
        draws: dict[str, tuple[float, ...]] = {}
        for name in names:
            values = tuple(v for row in rows if (v := row.values[name]) is not None)
            if len(values) == len(tables):
                draws[name] = values
        means = {name: _mean(draws[name]) if name in draws else None for name in names}
        merged.append(replace(rows[0], values=means, draws=draws))
    return merged


def parse_seeds(settings: Sequence[str], count: int | None) -> tuple[list[str], tuple[int, ...]]:
    """The settings, and the seeds asked for by `seed=0,1,2` or --seeds N; none where one seed is meant."""
    from coercivity.experiments.sweeps.grid import read_sweeps

    mine = [text for text in settings if text.partition("=")[0] == SEED]
    others = [text for text in settings if text not in mine]
    asked = read_sweeps(mine)
    if count is not None and count < 2:
        raise UserError(f"--seeds {count}: an interval needs 2 or more; leave it out for a single future")
    if SEED in asked.ranges:
        raise UserError(f"`{mine[-1]}`: seeds are whole numbers: write seed=0,1,2 or seed=range(0,5)")
    several = asked.several.get(SEED)
    if several is None:
        if count is None:
            return [*others, *mine], ()
        first = _whole(asked.fixed[SEED].partition("=")[2]) if SEED in asked.fixed else 0
        return others, tuple(range(first, first + count))
    if count is not None:
        raise UserError(f"--seeds {count} and `{mine[-1]}` both choose seeds; give one of them")
    seeds = tuple(dict.fromkeys(_whole(str(value)) for value in several))
    return (others, seeds) if len(seeds) > 1 else ([*others, f"{SEED}={seeds[0]}"], ())


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise UserError(f"`seed={text}`: a seed is a whole number, as in seed=7") from None
