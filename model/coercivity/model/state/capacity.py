"""Capacity of facilities: what is being built, and what stands."""

import numpy as np

from coercivity.model.inputs.names import REPLICABLE
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array

__all__ = ["capacities", "committed_capacity", "deposits", "side_ratio"]


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
    size = e.chain.staged[1]
    group, count = _sides(e)
    building, standing = (np.bincount(group, found, count)[group] for found in capacities(e))
    stands = np.maximum(standing, np.maximum(size, 1.0))
    return building / stands, size / stands


def committed_capacity(e: Economy) -> Array:
    """Capacity that stands, shut or not, or is under construction at the same stage and side, t a year."""
    size = e.chain.staged[1]
    group, count = _sides(e)
    units = np.where(np.isfinite(e.opens[: size.size]), np.maximum(e.units[: size.size], 1.0), 0.0)
    whole = np.maximum(units, e.built[: size.size]) * size
    return np.asarray(np.bincount(group, whole, count)[group])


def deposits(e: Economy) -> tuple[Array, Array, Array]:
    """(B.60) Of mines of a kind: factor on the cost of the next one, what a unit adds to all that is decided
    on, share, and the exponent; 1, 0 and 0 of every other plant, (p).
    """
    count = len(e.supply.network.plants)
    dearer, part, exponent = np.ones(count), np.zeros(count), np.zeros(count)
    size = e.chain.staged[1]
    whole = committed_capacity(e)
    for at, facility in zip(e.chain.projects.at.tolist(), e.chain.projects.facilities, strict=True):
        again = facility.terms is not None and facility.terms.status == REPLICABLE
        if again and facility.stage == e.chain.names.stages.extract and e.claimed[at] > 0:
            exponent[at] = e.parameters["invest.depletion"]
            dearer[at] = max(whole[at] / e.claimed[at], 1.0) ** exponent[at]
            part[at] = size[at] / whole[at]
    return dearer, part, exponent


def _sides(e: Economy) -> tuple[Array, int]:
    """Number of each facility's stage and side, and how many there are."""
    home = np.array([f.place == e.chain.names.home for f in e.chain.facilities])
    return 2 * e.chain.staged[0] + home, 2 * len(e.chain.names.stages.every)
