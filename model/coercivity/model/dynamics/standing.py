"""Where a place stands: what it makes at home of what it uses, who sends it most, what a ban would cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from coercivity.model.inputs.instruments import Subsidy, TechnologyBan
from coercivity.model.inputs.names import form
from coercivity.model.inputs.observation import Assessment, Losses, Prospect

if TYPE_CHECKING:
    from coercivity.model.dynamics.running import RunningWorld


__all__ = ["OpenBooks", "assess", "open_books", "standing"]

SMALL = 1e3  # USD a year: of less nobody takes note


@dataclass(frozen=True, slots=True)
class OpenBooks:
    """What analysts everywhere make of last step alike; as in `Assessment`.

    banning: who bans exports of know-how; offers: also by place
    """

    losses: Losses
    banning: frozenset[str]
    prospects: tuple[Prospect, ...]
    need: Mapping[str, Mapping[str, float]]
    offers: Mapping[str, Mapping[str, Mapping[str, float]]]


def open_books(world: "RunningWorld") -> OpenBooks | None:
    """The open books of last step; nothing before there is one."""
    if world.objectives.exposure is None or world.last is None:
        return None
    banning = (p for p, given in world.seen.items() if any(isinstance(i, TechnologyBan) for i in given))
    return OpenBooks(_losses(world), frozenset(banning), _prospects(world), _needs(world), _offers(world))


def assess(world: "RunningWorld", place: str, books: OpenBooks) -> Assessment:
    """What a government's analysts make of the open books of last step."""
    return Assessment(
        losses=books.losses,
        exports=_exports(world, place),
        tariffs=_tariffs(world, place),
        technology=books.banning - {place},
        prospects=books.prospects,
        need=books.need,
        offers=books.offers.get(place, {}),
    )


def _losses(world: "RunningWorld") -> Losses:
    """Of every place, by the other that stops and by material; kept for the exposure last asked for."""
    exposure, stakes = world.objectives.exposure, world.objectives.stakes
    assert exposure is not None
    known = world.losses
    if known is None or known[0] is not exposure:
        found: dict[str, dict[str, dict[str, float]]] = {p: {} for p in stakes.places}
        for m, j, k in np.argwhere(exposure.parts > SMALL).tolist():
            by_source = found[stakes.places[j]].setdefault(stakes.places[k], {})
            by_source[stakes.materials[m]] = float(exposure.parts[m, j, k])
        known = world.losses = exposure, found
    return known[1]


def _exports(world: "RunningWorld", place: str) -> dict[str, dict[str, float]]:
    """Legal exports of what is made, USD a year, by destination and material."""
    assert world.last is not None
    e, length = world.economy, world.settings.clock.length
    sent = e.supply.layout.sent.get(place)
    if sent is None:
        return {}
    price = e.price[np.asarray(e.supply.network.origin)[sent]]
    worth = world.last.flow[sent] * price * 1000.0 / length
    found: dict[str, dict[str, float]] = {}
    noted = worth > SMALL
    for at, usd in zip(sent[noted].tolist(), worth[noted].tolist(), strict=True):
        arc = e.supply.layout.arcs[at]
        by = found.setdefault(arc.destination, {})
        by[arc.material] = by.get(arc.material, 0.0) + usd
    return found


def _tariffs(world: "RunningWorld", place: str) -> dict[str, float]:
    """Highest rate of every other place on what is made in this one, as last step had it."""
    made = world.economy.supply.layout.sent_made.get(place)
    if world.taxed is None or made is None:
        return {}
    arcs, destinations, end = made
    highest = np.zeros(len(destinations))
    np.maximum.at(highest, end, world.taxed.tariff[arcs])
    return dict(zip(destinations, highest.tolist(), strict=True))


def _prospects(world: "RunningWorld") -> tuple[Prospect, ...]:
    """Projects that nobody has begun."""
    e = world.economy
    waiting = np.isposinf(e.started[e.chain.projects.at])
    return tuple(compress(e.chain.prospects, waiting.tolist()))


def _needs(world: "RunningWorld") -> dict[str, dict[str, float]]:
    """What of each stage's capacity serves each place's uses, t a year: its share of the world's use."""
    assert world.last is not None
    e, stakes = world.economy, world.objectives.stakes
    worth = e.base_price[stakes.used] * world.last.served[stakes.used]
    share = np.bincount(stakes.user, worth, len(stakes.places)) / max(float(worth.sum()), 1e-9)
    stages, (stage, size) = e.chain.names.stages.every, e.chain.staged
    stands = np.bincount(stage, e.built[: size.size] * size, len(stages))
    need = (share[:, None] * stands).tolist()
    return {
        place: dict(zip(stages, row, strict=True)) for place, row in zip(stakes.places, need, strict=True)
    }


def _offers(world: "RunningWorld") -> dict[str, dict[str, dict[str, float]]]:
    """Public capital offered for plants last step, by where they would be, who offers it and stage."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for who, instruments in world.seen.items():
        for i in instruments:
            if isinstance(i, Subsidy) and i.budget > 0:
                for place in i.places:
                    if place != who:
                        by = found.setdefault(place, {}).setdefault(who, {})
                        for stage in i.stages:
                            by[stage] = by.get(stage, 0.0) + i.budget / (len(i.stages) * len(i.places))
    return found


def standing(world: "RunningWorld", place: str) -> tuple[dict[str, float], float]:
    """How much of its use a place makes at home, by stage, and what most comes from one other place.

    Ore against all elements used, what separators and recyclers make against what of it is counted; use
    counts what is in worked materials brought in, so that buying those is no independence.
    """
    e, layout, names = world.economy, world.economy.supply.layout, world.economy.chain.names
    assert world.last is not None
    length = world.settings.clock.length
    made: dict[str, float] = {}
    for at in world.recorder.runs:
        activity = layout.activities[at]
        if activity.place == place:
            tonnes = float(world.last.activity[at] * world.recorder.main[at]) / length
            made[activity.kind] = made.get(activity.kind, 0.0) + tonnes
    content = e.figures.content
    used, magnetic = 0.0, 0.0
    from_abroad: dict[str, float] = {}
    arcs = layout.arcs
    for at in np.flatnonzero(world.last.flow > 1e-6):
        arc = arcs[int(at)]
        if arc.destination != place or form(arc.material) in (names.forms.extracted, names.forms.scrap):
            continue
        tonnes = float(world.last.flow[at]) / length
        if form(arc.material) == names.forms.separated:
            used += tonnes
        weight = content.get(arc.material, 0.0)
        if weight and (form(arc.material) == names.forms.separated or arc.origin != place):
            magnetic += weight * tonnes
            if arc.origin != place:
                from_abroad[arc.origin] = from_abroad.get(arc.origin, 0.0) + weight * tonnes
    used = max(used + magnetic, 1e-9)
    stages = names.stages
    share = {stages.extract: made.get(stages.extract, 0.0) / used}
    for stage in (stages.separate, stages.recycle):
        share[stage] = made.get(stage, 0.0) / max(magnetic, 1e-9)
    return share, max(from_abroad.values(), default=0.0) / max(magnetic, 1e-9)
