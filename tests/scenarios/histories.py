"""Every step of a scenario cleared again with another history: from nothing, or from what follows it."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from coercivity.experiments.base.paths import evidence_of
from coercivity.experiments.config.compose import compose
from coercivity.model.world import World
from coercivity.optimise import Clearer, Clearing, Market
from coercivity.optimise.compiled import Compiled, compile_network

from ..optimise.variants import FIELDS, apart

TONNES, PRICES = 1e-8, 1e-7  # relative, of the scale of each field; both are promised to 1e-6
IN_TONNES = ("activity", "flow", "disposal", "served", "slack")


def recorded(scenario: str, steps: int | None = None) -> list[tuple[Market, Clearing]]:
    """Every market that a scenario's run clears, first and second thoughts alike, with its answer."""
    composed = compose([f"scenario={scenario}"])
    world = World(composed.settings, evidence_of(composed.values))
    told: list[tuple[Market, Clearing]] = []
    usual = world.clearer

    class Recording:
        """The world's own clearer, and a record of what it answers."""

        def __call__(self, market: Market, *rest: Any) -> Clearing:
            answer = usual(market, *rest)
            told.append((market, answer))
            return answer

        def __getattr__(self, name: str) -> Any:
            return getattr(usual, name)

    world.clearer = Recording()  # type: ignore[assignment]
    clock = world.settings.clock.steps
    for _ in range(clock if steps is None else min(steps, clock)):
        world.step()
    return told


def histories(told: list[tuple[Market, Clearing]], first: int, every: int) -> Iterator[str]:
    """Where an answer depends on what was cleared before it."""
    known: dict[int, Compiled] = {}
    backwards: dict[int, Clearer] = {}
    for at in range(len(told) - 1, first - 1, -every):
        market, answer = told[at]
        network = market.network
        if id(network) not in known:
            known[id(network)] = compile_network(network)
            backwards[id(network)] = Clearer(network, known[id(network)])
        compiled, later = known[id(network)], backwards[id(network)]
        for name, clear in (("from nothing", Clearer(network, compiled)), ("from what follows", later)):
            other = clear(market)
            for field in FIELDS:
                far = apart(answer, other, (field,))
                if not far <= (TONNES if field in IN_TONNES else PRICES):
                    yield f"clearing {at}, {name}: {field} by {far:.1e}"
                one, two = getattr(answer, field), getattr(other, field)
                if not np.array_equal(np.isfinite(one), np.isfinite(two)):
                    yield f"clearing {at}, {name}: another {field} is open"
