"""Mothballing and restart: a plant that runs below cash cost for long enough is shut.

shut after `patience` quarters at less than 5 % of room; reopen when the margin over cash
cost has exceeded `hurdle` for as long as a restart takes                            (B.11)
"""

import numpy as np
from numpy.typing import NDArray

from coercivity.model.behaviour import Behaviour, ParameterRow
from coercivity.optimise.market import Array

__all__ = ["Closure", "review_plants"]

BEHAVIOUR = Behaviour(
    "closure",
    {
        "patience": ParameterRow("investment", "mothball_quarters"),
        "restart_price": ParameterRow("investment", "restart_price_over_cash_cost"),
        "restart_time": ParameterRow("investment", "restart_time", "mine", 4.0),  # years -> quarters
    },
    switch="exit",
)

Mask = NDArray[np.bool_]
IDLE = 0.05


class Closure:
    """Quarters each plant has been idle, and quarters it has been worth reopening, (p)."""

    def __init__(self, plants: int) -> None:
        self.idle = np.zeros(plants)
        self.worth = np.zeros(plants)
        self.shut = np.zeros(plants, dtype=bool)


def review_plants(
    state: Closure, use: Array, margin: Array, cost: Array, standing: Mask, patience: Array,
    hurdle: float, restart: float, length: float,
) -> tuple[Mask, Mask]:  # fmt: skip
    """(B.11) Which plants shut and which reopen now; updates the counts of `state`.

    use: share of room; margin: at current prices, USD/kg; cost: cash cost; patience, restart: quarters
    """
    step = 4.0 * length
    idle = standing & ~state.shut & (use < IDLE)
    state.idle = np.where(idle, state.idle + step, 0.0)
    shutting = idle & (state.idle >= patience)
    dear = state.shut & (margin > (hurdle - 1.0) * np.maximum(cost, 0.1))
    state.worth = np.where(dear, state.worth + step, 0.0)
    opening = dear & (state.worth >= restart)
    state.shut = (state.shut | shutting) & ~opening
    state.idle[shutting] = 0.0
    state.worth[opening] = 0.0
    return shutting, opening
