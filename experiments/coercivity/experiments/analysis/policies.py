"""What is robust: how often each policy does what it should, what choosing it would be regretted by, and how
policies differ under the very same futures. Regret after Savage (1951), as robust decision making uses it
(Lempert, Groves, Popper and Bankes 2006); intervals are 95 %, bootstrapped over futures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from coercivity.experiments.analysis.answers import FEWEST, Answers
from coercivity.experiments.sweeps.question import OutcomeSpec

RESAMPLES = 2_000


@dataclass(frozen=True)
class Robustness:
    """An outcome under a policy over all futures that every policy has met.

    good: share of futures in which it is good enough; None where no level is good enough ·
    good_low, good_high: its interval; None where there are too few futures for one
    best: share in which no policy does better · regret: by how much the best policy does better
    relative: whether only its differences mean something, as welfare's
    """

    outcome: str
    policy: str
    unit: str
    futures: int
    median: float
    low: float
    high: float
    good: float | None
    good_low: float | None
    good_high: float | None
    best: float
    regret_mean: float
    regret_high: float
    regret_most: float
    relative: bool = False


@dataclass(frozen=True)
class PairedDifference:
    """A policy less the reference, future by future.

    low, high: ends of the 95 % interval of the mean, nan where there are too few futures for one ·
    better: share of futures in which it does better
    """

    outcome: str
    policy: str
    reference: str
    unit: str
    futures: int
    mean: float
    low: float
    high: float
    better: float


def pair_futures(answers: Answers, outcome: OutcomeSpec, policies: Sequence[str] = ()) -> pd.DataFrame:
    """An outcome by future and policy, only futures that all policies (or those named) have met."""
    wide = answers.table.pivot_table(index="future", columns="policy", values=outcome.name, aggfunc="mean")
    return wide.reindex(columns=list(policies) or answers.policies).dropna()


def regret_of(outcome: OutcomeSpec, wide: pd.DataFrame, noise: float = 0.0) -> pd.DataFrame:
    """By how much the best policy does better in the same future; 0 where by no more than `noise`."""
    best = wide.min(axis=1) if outcome.better == "lower" else wide.max(axis=1)
    missed = wide.sub(best, axis=0).abs()
    return missed.where(missed > noise, 0.0)


def robustness(answers: Answers) -> Iterator[Robustness]:
    """Every outcome under every policy."""
    for outcome in answers.outcomes:
        wide = pair_futures(answers, outcome)
        if wide.empty:
            continue
        noise = answers.noise(outcome)
        regret = regret_of(outcome, wide, noise)
        for policy in answers.policies:
            values, missed = wide[policy].to_numpy(), regret[policy].to_numpy()
            good, good_low, good_high = _good(outcome, values, noise)
            low, high = np.quantile(values, [0.05, 0.95])
            yield Robustness(
                outcome.name,
                policy,
                answers.units[outcome.name],
                len(values),
                float(np.median(values)),
                float(low),
                float(high),
                good,
                good_low,
                good_high,
                float((missed == 0.0).mean()),
                float(missed.mean()),
                float(np.quantile(missed, 0.9)),
                float(missed.max()),
                outcome.relative,
            )


def _good(
    outcome: OutcomeSpec, values: "np.ndarray[tuple[int], np.dtype[np.float64]]", noise: float
) -> tuple[float | None, float | None, float | None]:
    if outcome.good is None:
        return None, None, None
    beyond = values - outcome.good if outcome.better == "lower" else outcome.good - values
    hits = int((beyond <= noise).sum())
    if len(values) < FEWEST:
        return hits / len(values), None, None
    interval = binomtest(hits, len(values)).proportion_ci(method="wilson")
    return hits / len(values), float(interval.low), float(interval.high)


def differences(answers: Answers, reference: str) -> Iterator[PairedDifference]:
    """Every policy against the reference."""
    rng = np.random.default_rng(0)
    for outcome in answers.outcomes:
        wide = pair_futures(answers, outcome)
        for policy in answers.policies:
            if policy == reference or wide.empty:
                continue
            change = (wide[policy] - wide[reference]).to_numpy()
            change = np.where(np.abs(change) > answers.noise(outcome), change, 0.0)
            low, high = _interval(change, rng)
            gain = change < 0 if outcome.better == "lower" else change > 0
            yield PairedDifference(
                outcome.name,
                policy,
                reference,
                answers.units[outcome.name],
                len(change),
                float(change.mean()),
                low,
                high,
                float(gain.mean()),
            )


def _interval(
    change: "np.ndarray[tuple[int], np.dtype[np.float64]]", rng: np.random.Generator
) -> tuple[float, float]:
    """A 95 % interval of the mean, nan for few points; resampled by counts, so that memory stays small."""
    count = len(change)
    if count < FEWEST:
        return float("nan"), float("nan")
    share = np.full(count, 1.0 / count)
    means = [float(rng.multinomial(count, share) @ change) / count for _ in range(RESAMPLES)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
