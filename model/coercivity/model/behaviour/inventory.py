"""Private inventories: offered whole and bought back along one falling curve.

    S* = use · cover · max(floor, 1 + a_R risk + a_g g)                                   (B.3)
    H(p) = [S + φ (S* − S)] (p / p_exp)^(−e_h)                                            (B.4)

Precaution when supply looks unsafe, and buying ahead of a rise, make panic and later glut.
"""

from dataclasses import dataclass

import numpy as np

from coercivity.model.behaviour import Behaviour, ParameterRow
from coercivity.optimise.market import Array

__all__ = ["Inventory", "target"]

BEHAVIOUR = Behaviour(
    "inventory",
    {
        "phi": ParameterRow("stock", "phi", most=1.0),
        # half of the lowest estimate; seven times the highest, beyond which holders would corner any market
        "elasticity": ParameterRow("stock", "holding_elasticity", least=0.1, most=5.0),
        "risk_weight": ParameterRow("stock", "risk_weight"),
        "growth_weight": ParameterRow("stock", "growth_weight"),
        "floor": ParameterRow("stock", "cover_floor"),
        "worked": ParameterRow("stock", "worked_precaution", most=1.0),
    },
)


@dataclass(frozen=True, slots=True)
class Inventory:
    """phi: share of the gap closed a quarter; elasticity: e_h.

    risk_weight, growth_weight: a_R, a_g; floor: least multiple of cover
    """

    phi: float
    elasticity: float
    risk_weight: float
    growth_weight: float
    floor: float


def target(behaviour: Inventory, cover: Array, use: Array, risk: Array, growth: Array) -> Array:
    """(B.3) Tonnes wanted in store. use: t a year; cover: years, (stocks).

    >>> import numpy as np
    >>> b = Inventory(0.25, 0.6, 0.85, 0.2, 0.25)
    >>> float(target(b, np.full(1, 0.2), np.full(1, 100.0), np.ones(1), np.zeros(1))[0])
    37.0
    """
    alarm = 1.0 + behaviour.risk_weight * risk + behaviour.growth_weight * growth
    return np.asarray(use * cover * np.maximum(behaviour.floor, alarm))


def holding_scale(stock: Array, wanted: Array, phi: float, length: float) -> Array:
    """(B.4) Scale of the holding curve: what is held if the price is as expected.

    >>> import numpy as np
    >>> float(holding_scale(np.full(1, 10.0), np.full(1, 20.0), 0.25, 0.25)[0])
    12.5
    """
    speed = 1.0 - (1.0 - phi) ** (4.0 * length)
    return np.asarray(np.maximum(stock + speed * (wanted - stock), 0.0))
