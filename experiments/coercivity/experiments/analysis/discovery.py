"""Where a policy fails: boxes in the space of uncertainties that hold most failures and little else.

The patient rule induction method (PRIM; Friedman and Fisher 1999) as scenario discovery uses it (Bryant and
Lempert 2010): peel off the slice whose loss raises the share of failures most, until few runs are left; of
the boxes on the way take the one that tells failures from the rest best (Youden 1950: share of the failures
inside less share of the others inside, whatever the share of failures is); then let go of every limit that
chance could have drawn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from coercivity.experiments.analysis.answers import Answers, codes
from coercivity.experiments.config.uncertainty import Uncertainty
from coercivity.experiments.measures.comparison import number
from coercivity.experiments.sweeps.question import OutcomeSpec

PEEL = 0.05  # share of runs a peel takes
LEAST = 0.05  # share of runs a box keeps
CHANCE = 0.05  # a limit whose effect is likelier than this by chance goes
BOXES = 2
WORST = 0.25  # share of runs that count as failures where an outcome has no level that is good
BROKEN = "the run"
FEW = 40  # runs below which no box is looked for

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Limit:
    """One side of a box: a range, or the values it holds. chance: how likely its effect is by chance."""

    factor: str
    low: float
    high: float
    values: tuple[str, ...]
    chance: float


@dataclass(frozen=True)
class Box:
    """A box, in order of its limits' strength.

    coverage: share of all failures inside · density: share of the runs inside that fail, with its 95 %
    interval · base: share of all runs that fail · runs: inside
    """

    outcome: str
    policy: str
    what: str
    limits: tuple[Limit, ...]
    coverage: float
    density: float
    low: float
    high: float
    base: float
    runs: int


@dataclass
class _Peel:
    """A box on the way: which runs are inside, and the codes each factor keeps."""

    inside: Mask
    keeps: dict[int, tuple[float, float] | frozenset[float]] = field(default_factory=dict)


def boxes(answers: Answers) -> Iterator[Box]:
    """The boxes of every outcome that has failures, under every policy; then of runs that broke off."""
    factors = answers.factors
    for outcome in answers.outcomes:
        for policy in answers.policies:
            rows = answers.for_policy(policy)
            rows = rows[rows[outcome.name].notna()]
            if len(rows) < FEW or not factors:
                continue
            y = rows[outcome.name].to_numpy(dtype=float)
            bad, what = failing(outcome, y, answers.units[outcome.name], answers.noise(outcome))
            if not bad.any() or bad.all():
                continue
            x = np.column_stack([codes(factor, rows[factor.key]) for factor in factors])
            for box in prim(x, bad, factors):
                yield _describe_box(box, x, bad, factors, outcome.name, policy, what)

    yield from _broken(answers, factors)


def _broken(answers: Answers, factors: Sequence[Uncertainty]) -> Iterator[Box]:
    """Where runs themselves fail: what is left out of everything else, and seldom at random."""
    bad = answers.table[[one.name for one in answers.outcomes]].isna().all(axis=1).to_numpy(dtype=bool)
    if not factors or len(bad) < FEW or not bad.any() or bad.all():
        return
    x = np.column_stack([codes(factor, answers.table[factor.key]) for factor in factors])
    for box in prim(x, bad, factors):
        yield _describe_box(box, x, bad, factors, BROKEN, "all policies", "without an answer")


def failing(outcome: OutcomeSpec, y: NDArray[np.float64], unit: str, noise: float = 0.0) -> tuple[Mask, str]:
    """The runs that fail by an outcome, in words too; the worst of them where no level is good enough.

    noise: what lies no further beyond the limit does not fail
    """
    lower = outcome.better == "lower"
    given = outcome.good is not None
    limit = float(np.quantile(y, 1 - WORST if lower else WORST)) if outcome.good is None else outcome.good
    said = number(limit, unit).replace("-", "\u2212") + ("" if unit in ("share", "year") else f" {unit}")
    words = f"{'above' if lower else 'below'} {said}"
    if not given:  # welfare's level means nothing, only where it is least
        words = f"the worst {100 * WORST:.0f} %" + ("" if outcome.relative else f", {words}")
    return (y > limit + noise) if lower else (y < limit - noise), words


def prim(x: NDArray[np.float64], bad: Mask, factors: Sequence[Uncertainty]) -> Iterator[_Peel]:
    """Up to two boxes, the second among the runs outside the first. x: a row a run, a column a factor."""
    left = np.ones(len(bad), dtype=bool)
    for _ in range(BOXES):
        if (bad & left).sum() < max(5, 0.1 * bad.sum()):
            return
        way = _peel(x, bad, factors, left)
        best = max(way, key=lambda box: _told_apart(box, bad, left))
        kept = _prune(best, x, bad, left)
        if not kept.keeps:
            return
        yield kept
        left = left & ~kept.inside


def _peel(x: NDArray[np.float64], bad: Mask, factors: Sequence[Uncertainty], left: Mask) -> list[_Peel]:
    box = _Peel(left.copy())
    way = [box]
    while box.inside.sum() > LEAST * len(bad):
        choices = [one for at, factor in enumerate(factors) for one in _slices(x[:, at], at, factor, box)]
        choices = [one for one in choices if 0 < one.inside.sum() < box.inside.sum()]
        if not choices:
            break
        now = bad[box.inside].mean()
        gain = [(bad[one.inside].mean() - now) / (box.inside.sum() - one.inside.sum()) for one in choices]
        if max(gain) <= 0:
            break
        box = choices[int(np.argmax(gain))]
        way.append(box)
    return way


def _slices(x: NDArray[np.float64], at: int, factor: Uncertainty, box: _Peel) -> Iterator[_Peel]:
    """The box less one slice of a factor: a twentieth at either end, or one of its values."""
    here = x[box.inside]
    if factor.values:
        values = frozenset(np.unique(here).tolist())
        for value in values if len(values) > 1 else ():
            kept = values - {value}
            yield _Peel(box.inside & np.isin(x, sorted(kept)), {**box.keeps, at: kept})
        return
    old = box.keeps.get(at, (-np.inf, np.inf))
    assert isinstance(old, tuple)
    low, high = np.quantile(here, [PEEL, 1 - PEEL])
    yield _Peel(box.inside & (x >= low), {**box.keeps, at: (float(low), old[1])})
    yield _Peel(box.inside & (x <= high), {**box.keeps, at: (old[0], float(high))})


def _told_apart(box: _Peel, bad: Mask, left: Mask) -> float:
    """Share of the failures inside, less share of the others inside."""
    others = max(int((~bad & left).sum()), 1)
    return float((bad & box.inside).sum() / (bad & left).sum() - (~bad & box.inside).sum() / others)


def _prune(box: _Peel, x: NDArray[np.float64], bad: Mask, left: Mask) -> _Peel:
    """The box without the limits that chance could have drawn, weakest first."""
    keeps = dict(box.keeps)
    while keeps:
        chances = {at: _chance(keeps, at, x, bad, left) for at in keeps}
        weakest = max(chances, key=lambda at: chances[at])
        if chances[weakest] <= CHANCE:
            break
        del keeps[weakest]
    return _Peel(_within(keeps, x, left), keeps)


def _within(
    keeps: "dict[int, tuple[float, float] | frozenset[float]]", x: NDArray[np.float64], left: Mask
) -> Mask:
    inside = left.copy()
    for at, kept in keeps.items():
        column = x[:, at]
        if isinstance(kept, tuple):
            inside &= (column >= kept[0]) & (column <= kept[1])
        else:
            inside &= np.isin(column, sorted(kept))
    return inside


def _chance(
    keeps: "dict[int, tuple[float, float] | frozenset[float]]",
    at: int,
    x: NDArray[np.float64],
    bad: Mask,
    left: Mask,
) -> float:
    """How likely as many failures as in the box are, had the limit chosen by chance."""
    inside = _within(keeps, x, left)
    without = _within({key: kept for key, kept in keeps.items() if key != at}, x, left)
    share = float(bad[without].mean()) if without.any() else 1.0
    hits, runs = int((bad & inside).sum()), int(inside.sum())
    return float(binomtest(hits, runs, share, alternative="greater").pvalue) if runs else 1.0


def _describe_box(
    box: _Peel,
    x: NDArray[np.float64],
    bad: Mask,
    factors: Sequence[Uncertainty],
    outcome: str,
    policy: str,
    what: str,
) -> Box:
    everywhere = np.ones(len(bad), dtype=bool)
    limits = []
    for at, kept in box.keeps.items():
        factor = factors[at]
        chance = _chance(box.keeps, at, x, bad, everywhere)
        if isinstance(kept, tuple):
            low, high = max(kept[0], factor.low), min(kept[1], factor.high)
            limits.append(Limit(factor.key, low, high, (), chance))
        else:
            words = tuple(factor.values[int(code)] for code in sorted(kept))
            limits.append(Limit(factor.key, float("nan"), float("nan"), words, chance))
    hits, runs = int((bad & box.inside).sum()), int(box.inside.sum())
    interval = binomtest(hits, runs).proportion_ci(method="wilson")
    return Box(
        outcome,
        policy,
        what,
        tuple(sorted(limits, key=lambda limit: limit.chance)),
        hits / int(bad.sum()),
        hits / runs,
        float(interval.low),
        float(interval.high),
        float(bad.mean()),
        runs,
    )
