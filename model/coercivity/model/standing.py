"""Where a place stands: what it makes at home of what it uses, and who sends it most."""

from typing import TYPE_CHECKING

import numpy as np

from coercivity.model.inputs.names import form

if TYPE_CHECKING:
    from coercivity.model.world import World

__all__ = ["standing"]


def standing(world: "World", place: str) -> tuple[dict[str, float], float]:
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
