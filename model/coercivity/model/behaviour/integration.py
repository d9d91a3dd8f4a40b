"""Vertical integration: who owns the stage before builds on better terms and holds out longer.

cost = unit cost × (1 − saving);  hurdle = hurdle − security                           (B.20)
patience = patience × (1 + endurance)                                                  (B.21)

of plants whose owner has a plant at the stage before, mine to magnet. It saves what selling and
buying between strangers costs, its feed is safe, and a stage that loses at market prices is carried
by the others at transfer prices. Plants that stand have their saving in the wedges of the base year
already, so (B.20) is for projects.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from coercivity.model.behaviour import Behaviour, ParameterRow

__all__ = ["is_integrated"]

BEHAVIOUR = Behaviour(
    "integration",
    {
        "saving": ParameterRow("integration", "saving", most=1.0),
        "security": ParameterRow("integration", "security"),
        "endurance": ParameterRow("integration", "endurance"),
    },
)


def is_integrated(owners: Sequence[tuple[str, str]], before: Mapping[str, str]) -> NDArray[np.bool_]:
    """Which of (firm, stage) belong to a firm that is also at the stage before, standing or planned.

    >>> is_integrated((("a", "dig"), ("a", "sift"), ("b", "sift")), {"sift": "dig"}).tolist()
    [False, True, False]
    """
    held = set(owners)
    return np.array([stage in before and (firm, before[stage]) in held for firm, stage in owners], dtype=bool)
