"""Capacity of facilities: what is being built, and what stands."""

import numpy as np

from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array

__all__ = ["capacities", "side_ratio"]


def capacities(e: Economy) -> tuple[Array, Array]:
    """What is decided on and not yet running, and what stands and is not shut, t a year, by facility."""
    size = e.chain.staged[1]
    built, begun = e.built[: size.size], np.isfinite(e.opens[: size.size])
    units = np.maximum(e.units[: size.size], 1.0)
    building = np.where(begun, np.maximum(units - built, 0.0) * size, 0.0)
    return building, np.where(e.closure.shut[: size.size], 0.0, built * size)


def side_ratio(e: Economy) -> tuple[Array, Array]:
    """Capacity under construction, and a unit of each facility, over what stands at its stage on its side.

    Sides are home and abroad: builders, engineers and equipment are hired there.
    """
    stage, size = e.chain.staged
    home = np.array([f.place == e.chain.names.home for f in e.chain.facilities])
    group = 2 * stage + home
    count = 2 * len(e.chain.names.stages.every)
    building, standing = (np.bincount(group, found, count)[group] for found in capacities(e))
    stands = np.maximum(standing, np.maximum(size, 1.0))
    return building / stands, size / stands
