"""Vertical integration: who owns the stage before builds on better terms and holds out longer.

cost = unit cost × (1 − saving);  hurdle = hurdle − security                           (B.20)
patience = patience × (1 + endurance)                                                  (B.21)

of plants whose owner has a plant at the stage before, mine to magnet. It saves what selling and
buying between strangers costs, its feed is safe, and a stage that loses at market prices is carried
by the others at transfer prices. Plants that stand have their saving in the wedges of the base year
already, so (B.20) is for projects.
"""

from functools import lru_cache

from coercivity.model.behaviour import Behaviour, Row
from coercivity.model.chain import Chain

__all__ = ["integrated"]

BEHAVIOUR = Behaviour(
    "integration",
    {
        "saving": Row("integration", "saving"),
        "security": Row("integration", "security"),
        "endurance": Row("integration", "endurance"),
    },
)


def integrated(chain: Chain) -> frozenset[int]:
    """Facilities whose owner also has one at the stage before, standing or planned."""
    before = tuple(chain.names.stages.before.items())
    return _integrated(tuple((f.firm, f.stage) for f in chain.facilities), before)


@lru_cache(maxsize=8)
def _integrated(owners: tuple[tuple[str, str], ...], order: tuple[tuple[str, str], ...]) -> frozenset[int]:
    """Positions of (firm, stage) whose firm is also at the stage before.

    >>> sorted(_integrated((("a", "dig"), ("a", "sift"), ("b", "sift")), (("sift", "dig"),)))
    [1]
    """
    held, before = set(owners), dict(order)
    return frozenset(
        at for at, (firm, stage) in enumerate(owners) if stage in before and (firm, before[stage]) in held
    )
