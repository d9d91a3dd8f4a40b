"""Scores of distributions against a record, all in logs.

    CRPS = E|X − x| − ½ E|X − X'|                        a series and a year                     (H.4)
    energy score = E‖X − x‖ − ½ E‖X − X'‖                the series of a year together           (H.5)
    skill = 1 − CRPS / CRPS of the rival                 resampled by blocks of years            (H.6)
    A² = −n − (1/n) Σ (2i − 1) [ln u_(i) + ln(1 − u_(n+1−i))]     of the PIT values u            (H.7)

Samples are arrays (series, year, sample), the record (series, year).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "PitTest",
    "Skill",
    "coverage",
    "crps",
    "energy_scores",
    "log_rmse",
    "pit",
    "skill",
    "judge_pit",
    "width",
]

Array = NDArray[np.float64]
PAIRED = 400  # samples of which the energy score takes all pairs


def crps(samples: Array, record: Array) -> Array:
    """(H.4) By series and year.

    >>> round(float(crps(np.zeros((1, 1, 5)), np.ones((1, 1)))[0, 0]), 6)
    1.0
    """
    ordered = np.sort(samples, axis=-1)
    n = ordered.shape[-1]
    weight = 2.0 * np.arange(1, n + 1) - n - 1.0
    apart = 2.0 * (weight * ordered).sum(axis=-1) / n**2
    return np.asarray(np.abs(ordered - record[..., None]).mean(axis=-1) - 0.5 * apart)


def energy_scores(samples: Array, record: Array) -> Array:
    """(H.5) By year, over all series; of one series, the CRPS."""
    step = max(samples.shape[-1] // PAIRED, 1)
    thin = samples[..., ::step]
    off = np.sqrt(((samples - record[..., None]) ** 2).sum(axis=0)).mean(axis=-1)
    apart = np.sqrt(((thin[..., :, None] - thin[..., None, :]) ** 2).sum(axis=0)).mean(axis=(-2, -1))
    return np.asarray(off - 0.5 * apart)


def log_rmse(samples: Array, record: Array) -> float:
    """Root mean squared error of medians."""
    return float(np.sqrt(((np.median(samples, axis=-1) - record) ** 2).mean()))


def coverage(samples: Array, record: Array, level: float) -> NDArray[np.bool_]:
    """Whether the central interval of a level holds the record, by series and year."""
    low, high = np.quantile(samples, [0.5 - level / 2, 0.5 + level / 2], axis=-1)
    return np.asarray((low <= record) & (record <= high))


def width(samples: Array, level: float = 0.9) -> float:
    """Mean width of the central interval, logs."""
    low, high = np.quantile(samples, [0.5 - level / 2, 0.5 + level / 2], axis=-1)
    return float((high - low).mean())


def pit(samples: Array, record: Array) -> Array:
    """Share of the samples below the record; never 0 or 1."""
    n = samples.shape[-1]
    below = (samples < record[..., None]).sum(axis=-1)
    return np.asarray((below + 0.5) / (n + 1.0))


@dataclass(frozen=True)
class Skill:
    """(H.6) Skill against a rival, its 90 % interval by length of block, share of resamples above nought."""

    value: float
    intervals: Mapping[int, tuple[float, float]]
    above: float


def skill(mine: Array, rival: Array, blocks: Sequence[int], resamples: int, seed: int) -> Skill:
    """mine, rival: CRPS by series and year. Years are resampled whole, in circular blocks."""
    years = mine.shape[1]
    a, b = mine.mean(axis=0), rival.mean(axis=0)
    intervals, above = {}, 0.0
    for at, block in enumerate(blocks):
        rng = np.random.default_rng(seed)
        starts = rng.integers(0, years, (resamples, -(-years // block)))
        rows = ((starts[:, :, None] + np.arange(block)).reshape(resamples, -1)[:, :years]) % years
        found = 1.0 - a[rows].mean(axis=1) / b[rows].mean(axis=1)
        low, high = np.quantile(found, [0.05, 0.95])
        intervals[block] = (float(low), float(high))
        above = above if at else float((found > 0).mean())
    return Skill(float(1.0 - a.mean() / b.mean()), intervals, above)


@dataclass(frozen=True)
class PitTest:
    """(H.7) The statistic, its p-value, how often worlds drawn otherwise are rejected at 5 %, PIT fifths."""

    statistic: float
    p: float
    power: Mapping[str, float]
    fifths: tuple[int, ...]


def judge_pit(
    samples: Array, record: Array, worlds: int, power: Mapping[str, Sequence[float]], seed: int
) -> PitTest:
    """Whether the record could be one more draw of the forecast. power: width and shift of other worlds."""
    rng = np.random.default_rng(seed)
    chosen = samples[..., rng.choice(samples.shape[-1], worlds, replace=samples.shape[-1] < worlds)]
    ordered = np.sort(samples, axis=-1)
    usual = _statistics(ordered, chosen)
    found = float(_statistics(ordered, record[..., None])[0])
    middle = np.median(samples, axis=-1, keepdims=True)
    critical = np.quantile(usual, 0.95)
    others = {
        name: float((_statistics(ordered, middle + wide * (chosen - middle) + shift) > critical).mean())
        for name, (wide, shift) in power.items()
    }
    fifths = np.histogram(pit(samples, record), np.linspace(0.0, 1.0, 6))[0]
    p = float((1.0 + (usual >= found).sum()) / (1.0 + worlds))
    return PitTest(found, p, others, tuple(int(n) for n in fifths))


def _statistics(ordered: Array, worlds: Array) -> Array:
    """A² of every world. ordered: samples, sorted; worlds: (series, year, world)"""
    n = ordered.shape[-1]
    values = np.empty((ordered.shape[0] * ordered.shape[1], worlds.shape[-1]))
    for at, (known, drawn) in enumerate(
        zip(ordered.reshape(-1, n), worlds.reshape(-1, worlds.shape[-1]), strict=True)
    ):
        values[at] = (np.searchsorted(known, drawn) + 0.5) / (n + 1.0)
    u = np.sort(np.clip(values, 1e-6, 1.0 - 1e-6), axis=0)
    count = len(u)
    weight = (2.0 * np.arange(1, count + 1) - 1.0)[:, None]
    return np.asarray(-count - (weight * (np.log(u) + np.log1p(-u[::-1]))).sum(axis=0) / count)
