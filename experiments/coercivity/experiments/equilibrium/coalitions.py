"""What players gain by acting as one, and who brings what to it (Shapley).

A coalition chooses jointly what is best for its sum; everybody else answers alone. Where that game has
several equilibria it is credited with the worst of them, where it has none with what it is sure of.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from coercivity.experiments.equilibrium.normal_form import NormalForm, Payoffs, find_pure
from coercivity.experiments.measures.shapley import shapley_shares

__all__ = ["Coalition", "Sharing", "share_gain"]

Members = tuple[int, ...]


@dataclass(frozen=True)
class Coalition:
    """What a coalition has. profile: what is played then · sure: whether it is only what nobody can take"""

    members: Members
    worth: float
    profile: tuple[int, ...]
    sure: bool


@dataclass(frozen=True)
class Sharing:
    """What acting as one is worth. shares: of the worth of all, by player (Shapley) · alone: worth of each
    coalitions: all of them · core: whether no part of them has more by itself than its shares
    """

    shares: Mapping[int, float]
    alone: Mapping[int, float]
    coalitions: tuple[Coalition, ...]
    core: bool

    @property
    def gain(self) -> float:
        """What all together have more than each alone."""
        return sum(self.shares.values()) - sum(self.alone.values())


def share_gain(game: NormalForm, players: Sequence[int]) -> Sharing:
    """What players gain by acting as one, and each one's Shapley share."""
    found = {members: _join(game, members) for members in _parts(players)}
    worth = {frozenset[int](): 0.0} | {frozenset(members): one.worth for members, one in found.items()}
    shares = shapley_shares(worth, players)
    slack = 1e-9 * max(1.0, *(abs(one) for one in worth.values()))
    core = all(sum(shares[i] for i in members) >= worth[frozenset(members)] - slack for members in found)
    return Sharing(shares, {i: worth[frozenset((i,))] for i in players}, tuple(found.values()), core)


def _parts(players: Sequence[int]) -> Iterator[Members]:
    for size in range(1, len(players) + 1):
        yield from itertools.combinations(sorted(players), size)


def _join(game: NormalForm, members: Members) -> Coalition:
    """The game in which members are one player."""
    others = [i for i in range(len(game.players)) if i not in members]
    sizes = tuple(game.sizes[i] for i in members)
    turned = game.payoffs.transpose(*members, *others, len(game.players))
    joined = turned.reshape(prod(sizes), *(game.sizes[i] for i in others), len(game.players))
    together = joined[..., list(members)].sum(axis=-1)
    payoffs = np.concatenate([together[..., None], joined[..., others]], axis=-1)
    joint = tuple(" + ".join(names) for names in itertools.product(*(game.strategies[i] for i in members)))
    players = ("coalition", *(game.players[i] for i in others))
    one = NormalForm(players, (joint, *(game.strategies[i] for i in others)), payoffs)
    found = find_pure(one)
    at = min(found, key=lambda profile: float(together[profile])) if found else _sure(together)
    chosen = dict(zip(members, (int(k) for k in np.unravel_index(at[0], sizes)), strict=True))
    chosen |= dict(zip(others, at[1:], strict=True))
    profile = tuple(chosen[i] for i in range(len(game.players)))
    return Coalition(members, float(together[at]), profile, not found)


def _sure(together: Payoffs) -> tuple[int, ...]:
    """Where the coalition's best guard against everybody else leads, if they do their worst."""
    flat = together.reshape(len(together), -1)
    row = int(flat.min(axis=1).argmax())
    return row, *(int(k) for k in np.unravel_index(int(flat[row].argmin()), together.shape[1:]))
