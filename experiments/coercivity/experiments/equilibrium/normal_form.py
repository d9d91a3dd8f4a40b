"""Games in normal form: payoffs as an array, what deviations gain, pure equilibria, dominated strategies."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Mixture", "NormalForm", "Payoffs", "find_pure", "keep_undominated"]

Payoffs = NDArray[np.float64]
Mixture = tuple[Payoffs, ...]  # of every player, the chance of each of its strategies


@dataclass(frozen=True)
class NormalForm:
    """A game. payoffs: an axis a player, and a last one for whose payoff it is.

    players, strategies: their names, in the order of the axes
    """

    players: tuple[str, ...]
    strategies: tuple[tuple[str, ...], ...]
    payoffs: Payoffs

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many strategies every player has."""
        return tuple(len(names) for names in self.strategies)

    @property
    def spans(self) -> Payoffs:
        """The range of every player's payoffs over all profiles."""
        flat = self.payoffs.reshape(-1, len(self.players))
        span: Payoffs = flat.max(axis=0) - flat.min(axis=0)
        return span

    def pure(self, profile: Sequence[int]) -> Mixture:
        """A profile of single strategies as chances."""
        chances = tuple(np.zeros(size) for size in self.sizes)
        for mine, at in zip(chances, profile, strict=True):
            mine[at] = 1.0
        return chances

    def against(self, player: int, mixture: Mixture) -> Payoffs:
        """What each strategy of a player is worth to it against what the others play."""
        worth = self.payoffs[..., player]
        for other in reversed(range(len(self.players))):
            if other != player:
                worth = np.tensordot(worth, mixture[other], axes=(other, 0))
        return worth

    def expected(self, mixture: Mixture) -> Payoffs:
        """What every player gets."""
        players = range(len(self.players))
        return np.array([float(mixture[i] @ self.against(i, mixture)) for i in players])

    def regret(self, mixture: Mixture) -> Payoffs:
        """What every player's best deviation would gain."""
        players = range(len(self.players))
        best = np.array([self.against(i, mixture).max() for i in players])
        found: Payoffs = np.maximum(best - self.expected(mixture), 0.0)
        return found

    def part(self, kept: Sequence[Sequence[int]]) -> "NormalForm":
        """The same game with some strategies only."""
        payoffs = self.payoffs
        for player, mine in enumerate(kept):
            payoffs = payoffs.take(list(mine), axis=player)
        names = tuple(tuple(self.strategies[i][k] for k in mine) for i, mine in enumerate(kept))
        return NormalForm(self.players, names, payoffs)

    def profiles(self) -> Iterator[tuple[int, ...]]:
        """All profiles of single strategies."""
        return itertools.product(*(range(size) for size in self.sizes))


def find_pure(game: NormalForm, tolerance: float = 0.0) -> list[tuple[int, ...]]:
    """Profiles from which nobody gains more than a share of its payoff range by leaving.

    >>> dilemma = np.array([[[2, 2], [0, 3]], [[3, 0], [1, 1]]], dtype=float)
    >>> find_pure(NormalForm(("a", "b"), (("keep", "cheat"),) * 2, dilemma))
    [(1, 1)]
    """
    stays = np.ones(game.sizes, dtype=bool)
    for player, span in enumerate(game.spans):
        worth = game.payoffs[..., player]
        best = worth.max(axis=player, keepdims=True)
        stays &= worth >= best - tolerance * span - 1e-12 * max(span, 1e-300)
    return [tuple(int(k) for k in at) for at in np.argwhere(stays)]


def keep_undominated(game: NormalForm) -> list[list[int]]:
    """Strategies left when those strictly worse than another one, whatever the others do, are struck again
    and again: no equilibrium plays any of the rest.

    >>> dilemma = np.array([[[2, 2], [0, 3]], [[3, 0], [1, 1]]], dtype=float)
    >>> keep_undominated(NormalForm(("a", "b"), (("keep", "cheat"),) * 2, dilemma))
    [[1], [1]]
    """
    kept = [list(range(size)) for size in game.sizes]
    struck = True
    while struck:
        struck = False
        for player in range(len(game.players)):
            small = game.part(kept).payoffs[..., player]
            rows = np.moveaxis(small, player, 0).reshape(len(kept[player]), -1)
            worse = [k for k, row in enumerate(rows) if any((other > row).all() for other in rows)]
            if worse:
                kept[player] = [s for k, s in enumerate(kept[player]) if k not in worse]
                struck = True
    return kept
