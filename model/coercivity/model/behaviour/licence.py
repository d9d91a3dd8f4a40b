"""The asking premium of an export limit's holders.

    Λ = a + λ;   a' = ρ Λ a quarter, and 0.6 a when less than 8 % of the limit is used    (B.6)
    a' = Λ exp(clip(k ln(θ / η), −fall, rise)) a quarter,  η = −dln(exports) / dlnΛ       (B.40)

Holders keep asking for a while what scarcity once paid (B.6). Those of a tonnage who act together
look for what pays them most instead, as far as their conduct θ allows: while the premium is worth
having or buyers are afraid, they ask more as long as exports fall by less than the premium rises
(B.40). In 2011 the quota was about half used, so its dual was nil, and yet the premium was high. A
licence is granted for one shipment, so nobody holds it back: (B.6) alone. Source: calibration notes,
section 3.
"""

import numpy as np

from coercivity.model.behaviour import Behaviour, ParameterRow
from coercivity.optimise.market import Array

__all__ = ["asking", "coordinated_premium", "responsiveness"]

BEHAVIOUR = Behaviour(
    "licence",
    {
        "rho": ParameterRow("licence", "rho", most=1.0),
        "low_use": ParameterRow("licence", "low_use_threshold", most=1.0),
        "low_use_decay": ParameterRow("licence", "low_use_decay", most=1.0),
        "theta": ParameterRow("licence", "theta"),
        "gain": ParameterRow("licence", "gain"),
        "rise": ParameterRow("licence", "max_rise"),
        "fall": ParameterRow("licence", "max_fall"),
        "threshold": ParameterRow("licence", "asking_threshold"),
        "alarm": ParameterRow("licence", "alarm"),
    },
)
PROBE = 1.05  # factor on the premium by which its effect on exports is found


def asking(
    premium: Array,
    dual: Array,
    used: Array,
    allowed: Array,
    rho: float | Array,
    low: tuple[float, float],
    length: float,
) -> Array:
    """(B.6) Next asking premium of every limit, USD/kg. low: use below which it decays faster, and how.

    >>> import numpy as np
    >>> one = np.ones(1)
    >>> float(asking(0 * one, 10 * one, one, one, 0.5, (0.08, 0.6), 0.25)[0])
    5.0
    """
    steps = 4.0 * length
    share = np.divide(used, allowed, out=np.ones_like(used), where=np.isfinite(allowed) & (allowed > 0))
    shunned = np.isfinite(allowed) & (allowed > 0) & (share < low[0])
    keep = np.where(shunned, low[1] ** steps, rho**steps)
    kept = keep * (premium + dual)
    # A ban has no licence to sell, so nobody to ask; an unlimited flow has no holder.
    return np.asarray(np.where(np.isfinite(allowed) & (allowed > 0), kept, 0.0))


def responsiveness(used: Array, probed: Array, higher: Array, total: Array) -> Array:
    """η of every limit: by how much exports fall as the premium rises from `total` to `higher`.

    >>> import numpy as np
    >>> one = np.ones(1)
    >>> round(float(responsiveness(one, 1.1**-0.5 * one, 1.1 * one, one)[0]), 6)
    0.5
    """
    fall = np.log(np.maximum(used, 1e-9) / np.maximum(probed, 1e-9))
    rise = np.log(np.maximum(higher, 1e-6) / np.maximum(total, 1e-6))
    return np.asarray(np.clip(fall / np.maximum(rise, 1e-3), 0.0, 20.0))


def coordinated_premium(
    total: Array, eta: Array, theta: Array, gain: float, clip: tuple[float, float], length: float
) -> Array:
    """(B.40) Next asking premium of holders who act together, USD/kg. total: Λ; clip: fall, rise a quarter.

    >>> import numpy as np
    >>> half = np.full(1, 0.5)
    >>> coordinated_premium(np.full(1, 8.0), half, half, 1.0, (0.65, 1.0), 0.25).tolist()
    [8.0]
    """
    wish = gain * np.log(np.maximum(theta, 1e-6) / np.maximum(eta, 1e-6))
    return np.asarray(total * np.exp(4.0 * length * np.clip(wish, -clip[0], clip[1])))
