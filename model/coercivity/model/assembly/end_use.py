"""Who uses what: the share of each shipment that goes to some end uses."""

import numpy as np

from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array

__all__ = ["refused_share"]


def refused_share(economy: Economy, refused: tuple[tuple[str, float], ...]) -> Array:
    """Share of what every arc carries that refused end uses take at its destination, (t).

    What serves a use goes by its recipe, elements by what uses take as such; what goes into other
    materials is not refused, since nobody sees its end.
    """
    e, form = economy, economy.chain.names.forms.separated
    cut = dict(refused)
    total: dict[tuple[str, str], float] = {}
    lost: dict[tuple[str, str], float] = {}
    for at, use in enumerate(e.chain.uses):
        takes = use.recipe or {f"{form}:{element}": share for element, share in use.composition.items()}
        for column, region in enumerate(e.chain.regions):
            for material, share in takes.items():
                tonnes = float(e.paths.base[at, column]) * share
                total[region, material] = total.get((region, material), 0.0) + tonnes
                part = tonnes * cut.get(use.name, 0.0)
                lost[region, material] = lost.get((region, material), 0.0) + part
    shares = {key: lost[key] / tonnes for key, tonnes in total.items() if tonnes > 0}
    inputs = (e.evidence.items("recipes", metal, "input", e.chain.year) for metal in e.chain.metals)
    metallic = {part for taken in inputs for part in taken}
    found = [
        0.0 if arc.material in metallic else shares.get((arc.destination, arc.material), 0.0)
        for arc in e.supply.layout.arcs
    ]
    return np.array(found)
