"""Naive forecasts as distributions. Each knows the record to 2014 and nothing else.

    walk: ln x_h = √h σ z · trend: g h + √h σ z · stationary: σ z at every horizon                  (H.9)

σ of a group from pooled changes of its series, z correlated among series as their changes were.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from coercivity.experiments.forecasts.records import changes, fob_path, magnet_path
from coercivity.model.inputs.evidence import Evidence

__all__ = ["rival_samples"]

Array = NDArray[np.float64]
Groups = Mapping[str, Sequence[str]]


def rival_samples(
    evidence: Evidence, kind: str, groups: Groups, horizons: int, samples: int, seed: int
) -> dict[str, Array]:
    """Samples by rival, (series, horizon, sample). evidence: only what was known."""
    rng = np.random.default_rng(seed)
    series = [name for group in groups.values() for name in group]
    first, last = (2005, 2014) if kind == "prices" else (2009, 2014)
    paths = {
        name: fob_path(evidence, name) if kind == "prices" else magnet_path(evidence, "account_2014", name)
        for name in series
    }
    root = np.linalg.cholesky(_alike(paths, first, last))
    z = np.einsum("ij,jtn->itn", root, rng.standard_normal((len(series), horizons, samples)))
    walks = np.cumsum(z, axis=1)
    ahead = np.arange(1, horizons + 1)
    sigma = _volatility(paths, groups, first, last)[:, None, None]
    growth = np.array([(path[last] - path[first]) / (last - first) for path in paths.values()])
    drifting = growth[:, None, None] * ahead[None, :, None] + sigma * walks
    if kind == "quantities":
        return {"walk_0914": sigma * walks, "trend": drifting}
    early = _volatility(paths, groups, 2005, 2009)[:, None, None]
    return {
        "walk_0509": early * walks,
        "walk_0514": sigma * walks,
        "stationary": _levels(paths, groups, first, last)[:, None, None] * z,
        "trend": drifting,
    }


def _volatility(paths: Mapping[str, dict[int, float]], groups: Groups, first: int, last: int) -> Array:
    """Root mean square of yearly log changes, pooled in each group, by series."""
    found = []
    for group in groups.values():
        moved = [(d, t) for name in group for d, t in changes(paths[name], first, last)]
        found += [float(np.sqrt(np.mean([d * d / t for d, t in moved])))] * len(group)
    return np.array(found)


def _levels(paths: Mapping[str, dict[int, float]], groups: Groups, first: int, last: int) -> Array:
    """Standard deviation of log levels about their mean, pooled in each group, by series."""
    found = []
    for group in groups.values():
        held = [[v for y, v in paths[name].items() if first <= y <= last] for name in group]
        found += [float(np.sqrt(np.mean([np.var(one, ddof=1) for one in held])))] * len(group)
    return np.array(found)


def _alike(paths: Mapping[str, dict[int, float]], first: int, last: int) -> Array:
    """Correlation of yearly changes between series, with a tenth of independence added."""
    steps = np.array([[d / np.sqrt(t) for d, t in changes(path, first, last)] for path in paths.values()])
    return np.asarray(0.9 * np.corrcoef(steps) + 0.1 * np.eye(len(steps)))
