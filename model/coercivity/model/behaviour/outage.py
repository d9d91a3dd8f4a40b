"""Stops by politics and conflict: mines of a host fall silent for a while, by the luck of its own draws.

    P(a stop begins in a step) = 1 − (1 − q)^Δt;   lasts max(¼ year, Exp(mean));   takes a share away
                                                                                          (B.13)

q by host (jurisdictions.csv, stop_probability): suspensions seen in Burundi, Madagascar, Myanmar and
Malaysia since 2019, scaled by governance. Off unless asked for, as all shocks are: a run without them
is quiet. Every host draws from a stream of its own, so the same future meets every policy.
"""

from dataclasses import dataclass, field

import numpy as np

from coercivity.model.behaviour import Behaviour, ParameterRow

__all__ = ["Stops", "draw_outages"]

BEHAVIOUR = Behaviour(
    "outage",
    {
        "severity": ParameterRow("outage", "severity", most=1.0),
        "duration": ParameterRow("outage", "duration", above=0.0),
        "scale": ParameterRow("outage", "scale"),
    },
)
SHORTEST = 0.25  # years: the priors are of stops of at least three months


@dataclass(slots=True)
class Stops:
    """Dates until which each place stands still, and those who draw for it."""

    draws: dict[str, np.random.Generator]
    until: dict[str, float] = field(default_factory=dict)


def draw_outages(
    stops: Stops, chance: dict[str, float], date: float, length: float, scale: float, mean: float
) -> list[str]:
    """(B.13) Places where a stop begins now; `stops.until` then says how long.

    chance: a year, by place; scale: on every chance; mean: of a stop, years

    >>> s = Stops({"MM": np.random.default_rng(1)})
    >>> draw_outages(s, {"MM": 1.0}, 2026.0, 0.25, 1.0, 0.5), s.until["MM"] >= 2026.25
    (['MM'], True)
    """
    begun = []
    for place, rng in stops.draws.items():
        luck, lasts = float(rng.random()), float(rng.exponential(1.0))
        silent = stops.until.get(place, -np.inf) > date
        if not silent and luck < 1.0 - (1.0 - min(scale * chance[place], 1.0)) ** length:
            stops.until[place] = date + max(SHORTEST, lasts * mean)
            begun.append(place)
    return begun
