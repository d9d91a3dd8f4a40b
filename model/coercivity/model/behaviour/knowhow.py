"""Tacit know-how: plants outside China get cheaper, and quicker to full output, as they make more.

    X' = X + pace · output · Δt / base-year output,   X = `experience_years` in the base year
    factor = max( 1 / premium, (X / X₀)^log₂(1 − rate) )                                  (B.12)

    factor = (1 − home_gain)^t                                                in China

on the operating cost of separators, furnaces and magnet plants, and abroad on their years to full
output too; China's slow gains are those of a mature craft. `pace` is 1 while engineers and equipment
may leave China; a ban on technology lowers it, which slows what is learnt and takes nothing back.
Sources: learning rates of process industries (Wright 1936; Merrow 1989); premia of the first plants
abroad (behaviour.csv).
"""

import numpy as np

from coercivity.model.behaviour import Behaviour, ParameterRow

__all__ = ["PREMIUMS", "factor"]

BEHAVIOUR = Behaviour(
    "knowhow",
    {
        "rate": ParameterRow("investment", "learning_rate", "abroad", most=0.99),
        "experience_years": ParameterRow("investment", "experience_years", least=0.1),
        "home_gain": ParameterRow("supply", "unit_cost_learning_china", most=1.0),
        "premium_separation": ParameterRow(
            "investment", "cost_premium_start", "abroad_separation", least=0.1
        ),
        "premium_metal": ParameterRow("investment", "cost_premium_start", "abroad_metal", least=0.1),
        "premium_magnet": ParameterRow("investment", "cost_premium_start", "abroad_magnet", least=0.1),
    },
)
PREMIUMS = {  # of the first plants abroad, by the part a stage plays in its chain
    "separate": "knowhow.premium_separation",
    "reduce": "knowhow.premium_metal",
    "assemble": "knowhow.premium_magnet",
}


def factor(experience: float, start: float, rate: float, premium: float) -> float:
    """(B.12) What is left of the cost of the base year. experience, start: years of base-year output.

    >>> factor(10.0, 10.0, 0.15, 1.6), round(factor(20.0, 10.0, 0.15, 1.6), 6), factor(1e6, 10.0, 0.15, 1.6)
    (1.0, 0.85, 0.625)
    """
    return float(max(1.0 / premium, (experience / start) ** np.log2(1.0 - rate)))
