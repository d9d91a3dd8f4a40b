"""Captive ore: what a mine is held to deliver, by who owns it or by an offtake, it sells to nobody else.

A mine without buyers in the evidence sells to whoever pays most. One with buyers waits for them: while
their plants do not stand or run, it digs nothing.
"""

from coercivity.model.inputs.names import OWN
from coercivity.model.network.chain import Chain, Facility

__all__ = ["destinations", "may_treat"]


def may_treat(chain: Chain, plant: Facility, family: str) -> bool:
    """Whether a separator that takes a family can get any: of a mine that is free, or held to it."""
    mines = [mine for _, mine in chain.at_stage(chain.names.stages.extract) if mine.family == family]
    return any(_sells_to(mine, plant) for mine in mines)


def destinations(chain: Chain) -> dict[tuple[str, str], set[str]]:
    """Places that alone get an ore: by where it is dug and what it is, where every mine of it there is held
    to buyers."""
    stages, form = chain.names.stages, chain.names.forms.extracted
    plants = [plant for _, plant in chain.at_stage(stages.separate)]
    found: dict[tuple[str, str], set[str]] = {}
    free = set()
    for _, mine in chain.at_stage(stages.extract):
        key = mine.place, f"{form}:{mine.family}"
        if mine.buyers:
            found.setdefault(key, set()).update(p.place for p in plants if _sells_to(mine, p))
        else:
            free.add(key)
    return {key: places for key, places in found.items() if key not in free}


def _sells_to(mine: Facility, plant: Facility) -> bool:
    """Whether a mine may sell to a plant."""
    own = OWN in mine.buyers and plant.firm == mine.firm
    return own or not mine.buyers or plant.place in mine.buyers
