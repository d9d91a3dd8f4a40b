"""The asking premium of an export limit's holders.

    Λ = a + λ;   a' = ρ Λ a quarter, and 0.6 a when less than 8 % of the limit is used    (B.6)

Holders keep asking for a while what scarcity once paid: in 2011 the quota was about 56 % used,
so its dual was nil, and yet the premium was 50-90 USD/kg. Source: calibration notes, section 3.
"""

import numpy as np

from coercivity.model.behaviour import Behaviour, Row
from coercivity.optimise.market import Array

__all__ = ["asking"]

BEHAVIOUR = Behaviour(
    "licence",
    {
        "rho": Row("licence", "rho"),
        "low_use": Row("licence", "low_use_threshold"),
        "low_use_decay": Row("licence", "low_use_decay"),
    },
)


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
