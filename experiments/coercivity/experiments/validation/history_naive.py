"""Naive forecasts: no change, and trend. Both know the record up to the base year and nothing else.

They are outcomes like a replay's, so every statistic is read off them in the same way.
"""

import math

import numpy as np

from coercivity.experiments.validation.history_outcome import ELEMENTS, Replay, base_prices
from coercivity.model.inputs.evidence import Evidence

__all__ = ["no_change", "trend"]

MINES = "mines"


def no_change(evidence: "Evidence", outcome: Replay) -> Replay:
    """Everything as in the base year."""
    return _naive(evidence, outcome, dict.fromkeys(ELEMENTS, 0.0), moving=False)


def trend(evidence: "Evidence", outcome: Replay) -> Replay:
    """FOB prices go on growing as they did on average since 2005, or since the base year before;
    mines go on by the tonnes a year they gained between 2009 and 2014."""
    year = int(outcome.when[0]) - 1
    since = 2005 if year == 2009 else 2009
    known = evidence.until(year)
    growth = {}
    for element in ELEMENTS:
        path = {
            y: p for y, p in known.path("prices", f"oxide:{element}", "fob").items() if since <= y <= year
        }
        first = min(path)
        growth[element] = math.log(path[year] / path[first]) / (year - first) if first < year else 0.0
    return _naive(evidence, outcome, growth, moving=True)


def _naive(evidence: "Evidence", outcome: Replay, growth: dict[str, float], moving: bool) -> Replay:
    year = int(outcome.when[0]) - 1
    price, fob = base_prices(evidence, year)
    ahead = outcome.when - (year + 0.5)
    rise = {e: np.exp(growth[e] * ahead) for e in ELEMENTS}
    mined: dict[str, np.ndarray] = {}
    mine: dict[str, np.ndarray] = {}
    for name in evidence.entities(MINES):
        now, before = (evidence.number(MINES, name, "output", year=y, default=0.0) for y in (year, year - 5))
        gain = (now - before) / 5.0 if moving and year > 2009 else 0.0
        tonnes = np.maximum(now + gain * ahead, 0.0) * outcome.length
        place = evidence.text(MINES, name, "jurisdiction")
        mine[name] = tonnes
        mined[place] = mined.get(place, np.zeros(ahead.size)) + tonnes
    nothing = np.full(ahead.size, np.nan)
    return Replay(
        when=outcome.when,
        length=outcome.length,
        price={e: price[e] * rise[e] for e in ELEMENTS},
        start=price,
        fob={e: fob[e] * rise[e] for e in ELEMENTS},
        vat=outcome.vat,
        premium=nothing,
        used=nothing,
        allowed=nothing,
        legal=nothing,
        grey=nothing,
        mined=mined,
        mine=mine,
    )
