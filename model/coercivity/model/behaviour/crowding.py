"""Crowding: investors see what others are building, and expect less of a price that many are after.

    p_exp' = p_exp · (1 + c)^(−slope) · e^(slope · growth · horizon),  never above p_exp               (B.32)

c is what is decided on and not yet running at a stage, as a share of what stands there, all of it known
from announcements; growth is what owners take for granted in such markets. So a boom does not call forth
every project at once: in 2010-2012 it nearly did, and few of some fifty were built.
"""

import numpy as np

from coercivity.model.behaviour import Behaviour, ParameterRow

__all__ = ["discount"]

BEHAVIOUR = Behaviour(
    "crowding",
    {
        "slope": ParameterRow("expectation", "crowding_slope"),
        "growth": ParameterRow("expectation", "market_growth"),
        "horizon": ParameterRow("expectation", "pipeline_horizon"),
    },
)


def discount(building: float, standing: float, slope: float, growth: float, horizon: float) -> float:
    """(B.32) Factor on the expected price of a stage's output. building, standing: capacity, t a year.

    >>> discount(0.0, 100.0, 0.5, 0.05, 5.0), round(discount(100.0, 100.0, 0.5, 0.0, 5.0), 4)
    (1.0, 0.7071)
    """
    if standing <= 0:
        return 1.0
    crowd = np.log1p(building / standing) - growth * horizon
    return float(np.exp(-slope * max(crowd, 0.0)))
