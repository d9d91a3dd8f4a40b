"""What a holder expects: the last price, pulled to a slow anchor, pushed by the trend.

g' = (1 − w) g + w · dlnp/dt,  |g| ≤ clip                                             (B.1)
ln p_exp = (1 − m) ln p + m ln p̄ + χ g / 4                                            (B.2)
"""

import math

import numpy as np

from coercivity.model.behaviour import Behaviour, ParameterRow
from coercivity.optimise.market import Array

__all__ = ["expected_price", "growth_weight_limit", "smoothed_growth"]

BEHAVIOUR = Behaviour(
    "expectation",
    {
        "growth_clip": ParameterRow("stock", "growth_clip"),
        "news_weight": ParameterRow("expectation", "news_weight", most=1.0),
        "anchor_speed": ParameterRow("expectation", "anchor_speed", most=1.0),
        "chi": ParameterRow("expectation", "chi"),
        "stability_margin": ParameterRow("expectation", "stability_margin"),
    },
    switch="inventory",
)


def smoothed_growth(
    growth: Array, before: Array, now: Array, weight: float, length: float, clip: float
) -> Array:
    """(B.1) Log growth a year as holders see it. weight: of a quarter's news; length: years.

    >>> import numpy as np
    >>> g = smoothed_growth(np.zeros(1), np.ones(1), np.exp(np.full(1, 0.1)), 1.0, 0.25, 0.8)
    >>> round(float(g[0]), 6)
    0.4
    """
    weight = 1.0 - (1.0 - weight) ** (4.0 * length)
    news = np.log(np.maximum(now, 1e-9) / np.maximum(before, 1e-9)) / length
    return np.asarray(np.clip((1.0 - weight) * growth + weight * news, -clip, clip))


def expected_price(price: Array, anchor: Array, growth: Array, pull: float, push: float) -> Array:
    """(B.2) Expected price, USD/kg; anchor: slow mean of ln p.

    >>> import numpy as np
    >>> round(float(expected_price(np.full(1, 50.0), np.log(np.full(1, 50.0)), np.zeros(1), 0.1, 0.3)[0]), 9)
    50.0
    """
    log = (1.0 - pull) * np.log(np.maximum(price, 1e-9)) + pull * anchor + push * growth / 4.0
    return np.asarray(np.exp(log))


def growth_weight_limit(weight: float, speed: float, cover: float, elasticity: float, margin: float) -> float:
    """(B.63) The most of a_g with which holders' trend-following dies out: 4 w φ cover a_g <= margin · e_S.

    Source: calibration notes, section 3 (trial, constant fundamentals, 120 quarters).

    >>> round(growth_weight_limit(0.25, 0.25, 0.75, 0.15, 0.7), 6)
    0.56
    """
    pull = 4.0 * weight * speed * cover
    return margin * elasticity / pull if pull > 0.0 else math.inf
