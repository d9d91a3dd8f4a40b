"""What a ban of a year would do: the same market cleared again, by a year, with and without it.

    loss of a place = its welfare (S.2) without the ban − with it, USD over the year
    leverage = loss of the target / loss of the source, where that is one                 (I.1)
    cost of a ban = loss of the target / value of its uses at base-year prices             (I.2)

A ban stops all that plants make of ore from the source to the target, by any channel. One on a single
target is blunted by what others send there instead, so all targets are also banned at once. The years
are lived in copies of the world (foresight.py): others go on as they do, stocks and users answer.
"""

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from coercivity.model.accounts.indicators import Row
from coercivity.model.accounts.objective import money
from coercivity.model.foresight import shared
from coercivity.model.inputs.settings import Clock, WhatIfSettings

if TYPE_CHECKING:
    from coercivity.model.world import World

__all__ = ["Bans"]


class Bans:
    """When to ask, and the answers as indicators."""

    def __init__(self, settings: WhatIfSettings, clock: Clock, stream: np.random.Generator) -> None:
        self.settings, self.stream = settings, stream
        self.steps = max(round(settings.every / clock.length), 1) if settings.every > 0 else 0

    def due(self, step: int) -> bool:
        """Whether this step is one to ask in: the last of every so many years."""
        return self.steps > 0 and (step + 1) % self.steps == 0

    def __call__(self, world: "World") -> list[Row]:
        """Leverage over, and cost of a ban to, every target as of now. Raises ClearingError."""
        return list(self._asked(world.foresight.imagine(world, self.stream)))

    def _asked(self, head: "World") -> Iterator[Row]:
        source, regions = self.settings.source, head.economy.chain.regions
        targets = [place for place in self.settings.targets if place != source and place in regions]
        worth = {place: max(_uses(head, place), 1.0) for place in targets}
        free = self._year(head, [])
        for target in targets:
            banned = self._year(head, [target])
            loss, own = free[target] - banned[target], free[source] - banned[source]
            yield target, f"loss from a year's ban by {source}", loss, "USD"
            yield target, f"loss of {source} from a year's ban", own, "USD"
            yield target, f"cost of a year's ban by {source}", loss / worth[target], "share"
            if own > 0:
                yield target, f"leverage of {source}", loss / own, "ratio"
        if len(targets) > 1:
            banned = self._year(head, targets)
            losses = {place: free[place] - banned[place] for place in targets}
            own = free[source] - banned[source]
            for place, loss in losses.items():
                yield place, f"cost of a year's joint ban by {source}", loss / worth[place], "share"
            yield source, "loss from banning all targets", own, "USD"
            yield source, "loss of all targets banned", sum(losses.values()), "USD"
            if own > 0:
                yield source, "leverage over all targets", sum(losses.values()) / own, "ratio"

    def _year(self, head: "World", targets: list[str]) -> dict[str, float]:
        """Welfare of every place in a year with a ban on some targets, USD."""
        tried = copy.deepcopy(head, shared(head))
        source, names = self.settings.source, tried.economy.chain.names
        tried.assembler.closed = np.array(
            [
                arc.origin == source and arc.destination in targets and names.is_made(arc.material)
                for arc in tried.economy.supply.layout.arcs
            ]
        )
        welfare, _ = money(tried.economy, tried.live().ledger)
        return welfare


def _uses(world: "World", place: str) -> float:
    """What a place's uses are worth at base-year prices, as wanted over the year ahead, USD."""
    e = world.economy
    wanted = world.assembler(world.when, (), None, world.made()).wanted
    mine = np.array([c.kind == "use" and c.place == place for c in world.assembler.curves])
    return float((wanted * e.base_price)[mine].sum()) * 1000.0
