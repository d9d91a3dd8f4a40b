"""What a place uses of every material, counting what is in the worked goods that it imports.

    content = (I − B)⁻¹ · final use                                                        (S.3)

B holds what the world's plants take of each material for a tonne of each worked one, as the base year
made them; final use is what goes into services and into uses of a material as such.
"""

import numpy as np

from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array

__all__ = ["content_use"]


def content_use(e: Economy, activity: Array, served: Array, length: float) -> Array:
    """(S.3) Tonnes a year at every node where things are held, 0 at others, (n).

    activity, served: of the base year, t a step, (a), (d); length: of a step, years
    """
    layout, technology = e.supply.layout, e.supply.network.technology
    materials = {m: at for at, m in enumerate(dict.fromkeys(m for _, m, _ in layout.node))}
    places = {p: at for at, p in enumerate(dict.fromkeys(p for p, _, _ in layout.node))}
    material = np.array([materials[m] for _, m, _ in layout.node])
    place = np.array([places[p] for p, _, _ in layout.node])
    moved = technology.value * activity[technology.column] / length
    kinds = np.array([a.kind for a in layout.activities])[technology.column]
    works = np.isin(kinds, [*e.chain.names.stages.worked, "dose"])
    count = len(materials)
    product = np.array([materials[a.product] for a in layout.activities])[technology.column]
    taken, made = works & (technology.value < 0), works & (technology.value > 0)
    made &= material[technology.row] == product
    into = np.zeros((count, count))
    np.add.at(into, (material[technology.row[taken]], product[taken]), -moved[taken])
    out = np.bincount(product[made], moved[made], count)
    share = np.divide(into, out[None, :], out=np.zeros_like(into), where=out[None, :] > 0)
    final = np.zeros((count, len(places)))
    serves = (kinds == "recipe") & (technology.value < 0)
    row = technology.row[serves]
    np.add.at(final, (material[row], place[row]), -moved[serves])
    used = np.array([at for at, c in enumerate(layout.curves) if c.kind == "use" and not c.what], dtype=int)
    node = np.asarray(e.supply.network.demand_node)[used]
    np.add.at(final, (material[node], place[node]), served[used] / length)
    whole = np.linalg.solve(np.eye(count) - share, final)
    held = np.array([side == "held" for _, _, side in layout.node])
    return np.where(held, whole[material, place], 0.0)
