"""All equilibria of a small game, by the strategies they may mix (support enumeration).

For every choice of strategies that may be played, chances are solved for that make all of them worth the same
(linear between two players, Newton's method from a few starts among more), and kept where nobody gains by
leaving. A game too large for that is followed along its logit path instead, which finds one at most.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from coercivity.experiments.equilibrium.normal_form import Mixture, NormalForm, Payoffs, keep_undominated

__all__ = ["Equilibria", "find_equilibria"]

EXACT = 1e-7  # gain by leaving, as a share of the payoff range, that counts as none
MOST = 20_000  # choices of strategies that are tried
STARTS = 4  # of Newton's method
LOGIT = np.geomspace(0.5, 5e4, 160)  # sharpness of answers along the path


@dataclass(frozen=True)
class Equilibria:
    """What was found. complete: whether every choice of strategies was tried."""

    found: tuple[Mixture, ...]
    complete: bool


def find_equilibria(game: NormalForm, most: int = MOST) -> Equilibria:
    """Equilibria of a game, those that mix least first."""
    kept = keep_undominated(game)
    small = _scale_payoffs(game.part(kept))
    found: list[Mixture] = []
    complete = True
    for tried, supports in enumerate(_supports(small.sizes)):
        if tried >= most:
            complete = False
            break
        chances = _solve(small, supports)
        if chances is not None and not any(_same(chances, other) for other in found):
            found.append(chances)
    if not found:
        path = _follow_logit(small)
        if (small.regret(path) <= 1e-3).all():
            found.append(path)
    return Equilibria(tuple(_widen(one, kept, game.sizes) for one in found), complete)


def _scale_payoffs(game: NormalForm) -> NormalForm:
    """The same game with every player's payoffs between nought and one, which changes no equilibrium."""
    flat = game.payoffs.reshape(-1, len(game.players))
    span = np.where(game.spans > 0, game.spans, 1.0)
    return NormalForm(game.players, game.strategies, (game.payoffs - flat.min(axis=0)) / span)


def _supports(sizes: Sequence[int]) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Choices of strategies for every player, the smallest first."""
    each = [[c for n in range(1, size + 1) for c in itertools.combinations(range(size), n)] for size in sizes]
    counts = sorted(itertools.product(*(range(1, size + 1) for size in sizes)), key=lambda n: (sum(n), n))
    for count in counts:
        yield from itertools.product(
            *([c for c in of if len(c) == n] for of, n in zip(each, count, strict=True))
        )


def _solve(game: NormalForm, supports: Sequence[Sequence[int]]) -> Mixture | None:
    """Chances with which all strategies of these supports are worth the same and nobody leaves."""
    part = game.part(supports)
    for inner in _indifferent(part):
        if all((chance > -1e-9).all() for chance in inner):
            clean = [np.maximum(chance, 0.0) / np.maximum(chance, 0.0).sum() for chance in inner]
            whole = _widen(tuple(clean), supports, game.sizes)
            if (game.regret(whole) <= EXACT).all() and all((c > 1e-9).all() for c in clean):
                return whole
    return None


def _indifferent(game: NormalForm) -> Iterator[Mixture]:
    """Chances, of any sign, that make a player's strategies worth the same to it."""
    if all(size == 1 for size in game.sizes):
        yield tuple(np.ones(1) for _ in game.players)
    elif len(game.players) == 2:
        if game.sizes[0] == game.sizes[1]:
            yield _mix(game.payoffs[..., 1].T), _mix(game.payoffs[..., 0])
    else:
        yield from _newton(game)


def _mix(worth: Payoffs) -> Payoffs:
    """Chances of the other player's strategies (columns) that make all rows worth the same."""
    n = len(worth)
    system = np.block([[worth, -np.ones((n, 1))], [np.ones((1, n)), np.zeros((1, 1))]])
    answer: Payoffs = np.linalg.lstsq(system, np.append(np.zeros(n), 1.0), rcond=None)[0]
    return answer[:n]


def _newton(game: NormalForm) -> Iterator[Mixture]:
    from scipy.optimize import root

    ends = np.cumsum(game.sizes)
    rng = np.random.default_rng(0)

    def split(flat: Payoffs) -> Mixture:
        return tuple(np.split(flat[: ends[-1]], ends[:-1]))

    def residual(flat: Payoffs) -> Payoffs:
        chances, values = split(flat), flat[ends[-1] :]
        parts = [game.against(i, chances) - values[i] for i in range(len(chances))]
        return np.concatenate([*parts, [chance.sum() - 1.0 for chance in chances]])

    for start in range(STARTS):
        chances = [np.ones(n) / n if start == 0 else rng.dirichlet(np.ones(n)) for n in game.sizes]
        first = np.concatenate([*chances, game.expected(tuple(chances))])
        answer = root(residual, first, method="hybr", options={"xtol": 1e-13})
        if np.abs(answer.fun).max() < 1e-9:
            yield split(answer.x)


def _follow_logit(game: NormalForm) -> Mixture:
    """The least regret met on the way from random play to ever sharper answers, damped."""
    chances: Mixture = tuple(np.ones(n) / n for n in game.sizes)
    best, least = chances, float(game.regret(chances).max())
    for sharpness in LOGIT:
        for _ in range(40):
            answers = [sharpness * game.against(i, chances) for i in range(len(chances))]
            soft = [np.exp(one - one.max()) for one in answers]
            chances = tuple(0.8 * old + 0.2 * new / new.sum() for old, new in zip(chances, soft, strict=True))
        regret = float(game.regret(chances).max())
        if regret < least:
            best, least = chances, regret
    return best


def _widen(chances: Mixture, kept: Sequence[Sequence[int]], sizes: Sequence[int]) -> Mixture:
    """Chances of some strategies as chances of all."""
    wide = []
    for chance, mine, size in zip(chances, kept, sizes, strict=True):
        full = np.zeros(size)
        full[list(mine)] = chance
        wide.append(full)
    return tuple(wide)


def _same(one: Mixture, other: Mixture) -> bool:
    return all(np.abs(a - b).max() < 1e-6 for a, b in zip(one, other, strict=True))
