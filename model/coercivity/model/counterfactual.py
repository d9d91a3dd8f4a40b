"""What a ban of a year would do: the same market cleared again, by a year, with and without it.

    loss of a place = users' surplus + end makers' value added + max(0, what others have),
                      without the ban − with it                                           (I.3)
    leverage = loss of the target / loss of the source, where that is one                 (I.1)
    cost of a ban = loss of the target / what hangs on its uses                            (I.2)

What makers and holders at home gain from scarcity takes nothing off the loss of those who go short; it is
told apart, as their windfall. The same holds for every place, the source included. What hangs on uses is
their value at base-year prices and the value added that end makers make of them.

A ban stops all that plants make of ore from the source to the target, by any channel. One on a single
target is blunted by what others send there instead, so all targets are also banned at once. The years
are lived in copies of the world (foresight.py): others go on as they do, stocks and users answer.
"""

import copy
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from coercivity.model.accounts.end_makers import Standing, ban_loss, stand, worth
from coercivity.model.accounts.indicators import Row
from coercivity.model.agents.government import SettingsError
from coercivity.model.behaviour.third_country import allowed_share
from coercivity.model.dynamics.foresight import name_failure, shared_parts
from coercivity.model.inputs.settings import Clock, WhatIfSettings
from coercivity.model.state.economy import Economy

if TYPE_CHECKING:
    from coercivity.model.dynamics.foresight import ForeseeingWorld

__all__ = ["Bans", "check_bans"]


def check_bans(settings: WhatIfSettings, economy: Economy) -> None:
    """Raise SettingsError if a ban to imagine is by or on a place that uses nothing, and so loses nothing."""
    users = {curve.place for curve in economy.supply.layout.curves if curve.kind == "use"}
    for key, named in (("source", [settings.source]), ("targets", settings.targets)):
        for place in named if settings.every > 0 else ():
            if place not in users:
                raise SettingsError(
                    f"what_if.{key}: {place} uses nothing of its own, so a ban has no loss to tell there; "
                    f"there are: {', '.join(sorted(users))}"
                )


class Bans:
    """When to ask, and the answers as indicators."""

    def __init__(self, settings: WhatIfSettings, clock: Clock, stream: np.random.Generator) -> None:
        self.settings, self.stream = settings, stream
        self.steps = max(round(settings.every / clock.length), 1) if settings.every > 0 else 0

    def due(self, step: int) -> bool:
        """Whether this step is one to ask in: the last of every so many years."""
        return self.steps > 0 and (step + 1) % self.steps == 0

    def __call__(self, world: "ForeseeingWorld") -> list[Row]:
        """Leverage over, and cost of a ban to, every target as of now. Raises ClearingError."""
        return list(self._asked(world.foresight.imagine(world, self.stream)))

    def _asked(self, head: "ForeseeingWorld") -> Iterator[Row]:
        source, regions = self.settings.source, head.economy.chain.regions
        targets = [place for place in self.settings.targets if place != source and place in regions]
        wanted = head.assembler(head.when, (), None, head.made()).wanted
        value = {place: max(worth(head.economy, wanted, place), 1.0) for place in targets}
        free = self._year(head, [])
        for target in targets:
            banned = self._year(head, [target])
            (loss, windfall), (own, _) = (ban_loss(free[p], banned[p]) for p in (target, source))
            yield target, f"loss from a year's ban by {source}", loss, "USD"
            yield target, f"windfall of makers in a year's ban by {source}", windfall, "USD"
            yield target, f"loss of {source} from a year's ban", own, "USD"
            yield target, f"cost of a year's ban by {source}", loss / value[target], "share"
            if own > 0:
                yield target, f"leverage of {source}", loss / own, "ratio"
        if len(targets) > 1:
            yield from self._joint(free, self._year(head, targets), value)

    def _joint(
        self, free: Mapping[str, Standing], banned: Mapping[str, Standing], value: Mapping[str, float]
    ) -> Iterator[Row]:
        """What a ban on all targets at once does. value: what hangs on each target's uses, USD."""
        source = self.settings.source
        losses = {place: ban_loss(free[place], banned[place])[0] for place in value}
        own = ban_loss(free[source], banned[source])[0]
        for place, loss in losses.items():
            yield place, f"cost of a year's joint ban by {source}", loss / value[place], "share"
            short = (free[place].served - banned[place].served) / max(free[place].wanted, 1e-9)
            yield place, f"shortage added by a year's joint ban by {source}", short, "share"
        yield source, "loss from banning all targets", own, "USD"
        yield source, "loss of all targets banned", math.fsum(losses.values()), "USD"
        if own > 0:
            yield source, "leverage over all targets", math.fsum(losses.values()) / own, "ratio"

    def _year(self, head: "ForeseeingWorld", targets: list[str]) -> dict[str, Standing]:
        """Every place after a year with a ban on some targets, which third countries hold to (B.50)."""
        tried = copy.deepcopy(head, shared_parts(head))
        source, names = self.settings.source, tried.economy.chain.names
        arcs = tried.economy.supply.layout.arcs
        made = np.array([a.origin == source != a.destination and names.is_made(a.material) for a in arcs])
        hit = made & np.array([a.destination in targets for a in arcs])
        tried.assembler.closed = hit
        numbers = tried.economy.parameters
        if targets and numbers.on("third_country"):
            share = allowed_share(numbers["third_country.added"], numbers["third_country.enforcement"])
            legal = np.array([a.channel == "legal" for a in arcs])
            usual = np.maximum(tried.economy.reference, 0.0)
            tried.assembler.most = np.where(made & legal & ~hit, share * usual, np.inf)
        what = f"a year's ban by {source} on {', '.join(targets)}" if targets else "a year without a ban"
        with name_failure(f"{what}, imagined for what_if.every"):
            lived = tried.live()
        return stand(tried.economy, lived.ledger, lived.clearing.served, lived.assembled.wanted)
