"""Relations between states: they drift, fall at incidents and at coercion, and mend.

r' = r̄ + (r − r̄) · 2^(−Δt / half-life) − harm · severity − hurt · incident,  −1 ≤ r ≤ 1   (B.22)
fear of a restriction × (1 + distrust · max(0, r̄ − r))                                  (B.23)
P(an incident in a step) = 1 − (1 − rate)^Δt  of every pair of China and an ally          (B.24)

r̄ is what a pair comes back to, by bloc. A restriction that meets bad relations frightens more: the
second time is worse than the first. Incidents are shocks, off unless asked for; each pair draws
from a stream of its own, so the same future meets every policy.
"""

import numpy as np

from coercivity.model.behaviour import Behaviour, ParameterRow
from coercivity.optimise.market import Array

__all__ = ["mean_revert", "draw_incidents"]

BEHAVIOURS = (
    Behaviour(
        "relations",
        {
            "half_life": ParameterRow("relations", "half_life", above=0.0),
            "harm": ParameterRow("relations", "harm"),
            "distrust": ParameterRow("relations", "distrust"),
            "mean_allies": ParameterRow("relations", "mean", "allies", least=-1.0, most=1.0),
            "mean_rivals": ParameterRow("relations", "mean", "rivals", least=-1.0, most=1.0),
            "mean_others": ParameterRow("relations", "mean", "others", least=-1.0, most=1.0),
        },
        summary="Relations between states: they fall at coercion and incidents, and mend with time",
    ),
    Behaviour(
        "incident",
        {
            "rate": ParameterRow("relations", "incident_rate", most=1.0),
            "hurt": ParameterRow("relations", "incident_hurt"),
            "fear": ParameterRow("relations", "incident_fear"),
        },
        summary="Incidents: quarrels between China and an ally that cool relations and frighten buyers",
    ),
)


def mean_revert(now: Array, mean: Array, half_life: float, length: float) -> Array:
    """(B.22) Relations a step later if nothing happens. half_life, length: years.

    >>> float(mean_revert(np.array([-0.8]), np.array([-0.2]), 3.0, 3.0)[0])
    -0.5
    """
    return np.asarray(mean + (now - mean) * 2.0 ** (-length / half_life))


def draw_incidents(draws: Array, rate: float, length: float) -> Array:
    """(B.24) Pairs whose incident comes in this step. draws: uniform, one a pair.

    >>> draw_incidents(np.array([0.01, 0.9]), 0.06, 0.25).tolist()
    [True, False]
    """
    return np.asarray(draws < 1.0 - (1.0 - rate) ** length)
