"""Shapley's shares: what each member of a group brings to it."""

import itertools
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

__all__ = ["shapley_shares"]

Member = TypeVar("Member", bound=Hashable)


def shapley_shares(
    worth: Mapping[frozenset[Member], float], members: Sequence[Member]
) -> dict[Member, float]:
    """Mean of what a member adds over every order in which they might join.

    worth: of every coalition, the empty one among them

    >>> one, other = frozenset("a"), frozenset("b")
    >>> shapley_shares({frozenset(): 0.0, one: 1.0, other: 2.0, one | other: 5.0}, ("a", "b"))
    {'a': 2.0, 'b': 3.0}
    """
    found = dict.fromkeys(members, 0.0)
    orders = list(itertools.permutations(members))
    for order in orders:
        joined: frozenset[Member] = frozenset()
        for member in order:
            found[member] += (worth[joined | {member}] - worth[joined]) / len(orders)
            joined = joined | {member}
    return found
