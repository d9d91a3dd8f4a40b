"""Moves one after another: what holds when everybody chooses anew, knowing what was done (subgame perfect).

A strategy is then a path, such as to ban first and hold later. Paths of all players give payoffs; the last
move is solved for every history, then the one before it. Where a move has several equilibria the one with
the largest sum is taken, which is said.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from coercivity.experiments.equilibrium.mixed import find_equilibria
from coercivity.experiments.equilibrium.normal_form import Mixture, NormalForm, Payoffs, find_pure

__all__ = ["StagedAnswer", "solve_stages"]

Joint = tuple[str, ...]  # what every player does in one stage
Paths = Sequence[Sequence[tuple[str, ...]]]  # of every player, the moves of each strategy


@dataclass
class StagedAnswer:
    """What holds. payoffs: of all players · path: what is done in every stage, most likely
    after: by history, the chances of every player's moves · unique: whether no move had another of its
    kind, pure or, where none is pure, mixed
    """

    payoffs: Payoffs = field(default_factory=lambda: np.zeros(0))
    path: tuple[Joint, ...] = ()
    after: dict[tuple[Joint, ...], dict[str, dict[str, float]]] = field(default_factory=dict)
    unique: bool = True


def solve_stages(game: NormalForm, paths: Paths) -> StagedAnswer | None:
    """The answer by backward induction; None where paths are not all there are, or a move has no answer."""
    stages = {len(path) for mine in paths for path in mine}
    moves = [[sorted({path[t] for path in mine}) for mine in paths] for t in range(max(stages, default=0))]
    numbers = [{path: at for at, path in enumerate(mine)} for mine in paths]
    whole = all(
        len(mine) == len(set(mine)) == int(np.prod([len(stage[i]) for stage in moves]))
        for i, mine in enumerate(paths)
    )
    if len(stages) != 1 or stages == {0} or not whole:
        return None
    answer = StagedAnswer()
    worth = _solve_from(game, moves, numbers, (), answer)
    if worth is None:
        return None
    answer.payoffs = worth
    while len(answer.path) < len(moves):
        here = answer.after[answer.path]
        answer.path = (*answer.path, tuple(max(mine, key=lambda move: mine[move]) for mine in here.values()))
    return answer


def _solve_from(
    game: NormalForm,
    moves: Sequence[Sequence[Sequence[str]]],
    numbers: Sequence[Mapping[tuple[str, ...], int]],
    history: tuple[Joint, ...],
    answer: StagedAnswer,
) -> Payoffs | None:
    """Payoffs of all players from a history on."""
    if len(history) == len(moves):
        at = tuple(numbers[i][tuple(joint[i] for joint in history)] for i in range(len(numbers)))
        found: Payoffs = game.payoffs[at]
        return found
    mine = moves[len(history)]
    every = []
    for joint in itertools.product(*mine):
        worth = _solve_from(game, moves, numbers, (*history, joint), answer)
        if worth is None:
            return None
        every.append(worth)
    sizes = [len(one) for one in mine]
    here = NormalForm(game.players, tuple(map(tuple, mine)), np.array(every).reshape(*sizes, len(sizes)))
    chosen, alone = _choose(here)
    if chosen is None:
        return None
    answer.unique &= alone
    answer.after[history] = {
        player: {move: float(c) for move, c in zip(names, chances, strict=True) if c > 0}
        for player, names, chances in zip(here.players, here.strategies, chosen, strict=True)
    }
    return here.expected(chosen)


def _choose(game: NormalForm) -> tuple[Mixture | None, bool]:
    """The equilibrium with the largest sum, pure where there is one, and whether there was no other."""
    found = [game.pure(at) for at in find_pure(game)] or list(find_equilibria(game).found)
    if not found:
        return None, False
    return max(found, key=lambda one: float(game.expected(one).sum())), len(found) == 1
