"""Where a place stands: what it makes at home of what it uses, and who sends it most."""

from typing import TYPE_CHECKING

import numpy as np

from coercivity.model.economy import Economy
from coercivity.model.names import form

if TYPE_CHECKING:
    from coercivity.model.world import World

__all__ = ["standing"]

MAGNETIC = ("oxide:Nd", "oxide:Pr", "oxide:Dy", "oxide:Tb")


def standing(world: "World", place: str) -> tuple[dict[str, float], float]:
    """How much of its use a place makes at home, by stage, and what most comes from one other place.

    Ore against all oxides used, oxides of separators and recyclers against magnet oxides used; use
    counts what is in metals and magnets brought in, so that buying magnets is no independence.
    """
    e, layout = world.economy, world.economy.supply.layout
    assert world.last is not None
    length = world.settings.clock.length
    made: dict[str, float] = {}
    for at in world.recorder.runs:
        activity = layout.activities[at]
        if activity.place == place:
            tonnes = float(world.last.activity[at] * world.recorder.main[at]) / length
            made[activity.kind] = made.get(activity.kind, 0.0) + tonnes
    content = _oxide_content(e)
    used, magnetic = 0.0, 0.0
    from_abroad: dict[str, float] = {}
    arcs = layout.arcs
    for at in np.flatnonzero(world.last.flow > 1e-6):
        arc = arcs[int(at)]
        if arc.destination != place or form(arc.material) in ("concentrate", "scrap"):
            continue
        tonnes = float(world.last.flow[at]) / length
        if form(arc.material) == "oxide":
            used += tonnes
        weight = content.get(arc.material, 0.0)
        if weight and (form(arc.material) == "oxide" or arc.origin != place):
            magnetic += weight * tonnes
            if arc.origin != place:
                from_abroad[arc.origin] = from_abroad.get(arc.origin, 0.0) + weight * tonnes
    used = max(used + magnetic, 1e-9)
    share = {
        "mining": made.get("mining", 0.0) / used,
        "separation": made.get("separation", 0.0) / max(magnetic, 1e-9),
        "recycling": made.get("recycling", 0.0) / max(magnetic, 1e-9),
    }
    return share, max(from_abroad.values(), default=0.0) / max(magnetic, 1e-9)


def _oxide_content(e: Economy) -> dict[str, float]:
    """Magnet oxide in a tonne of each material: itself, or about what a metal or magnet was made of."""
    made = dict.fromkeys(MAGNETIC, 1.0)
    for metal in e.chain.metals:
        made[metal] = sum(e.evidence.items("recipes", metal, "input", e.chain.year).values())
    for grade in e.chain.grades:
        inputs = e.evidence.items("recipes", grade, "input", e.chain.year)
        made[grade] = sum(made.get(m, 0.0) * amount for m, amount in inputs.items() if m in e.chain.metals)
    return made
