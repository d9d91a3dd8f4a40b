"""Solving a game that is sampled: payoffs of all profiles, or those a search meets; then certificates."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coercivity.experiments.equilibrium.gaps import GapCheck, measure_gap
from coercivity.experiments.equilibrium.menus import GameMenu, Profile
from coercivity.experiments.equilibrium.mixed import Equilibria, find_equilibria
from coercivity.experiments.equilibrium.normal_form import Mixture, NormalForm, Payoffs, find_pure
from coercivity.experiments.equilibrium.payoffs import PayoffTable

__all__ = [
    "SolvedGame",
    "build_form",
    "certify",
    "check_mixture",
    "count_profiles",
    "seen_spans",
    "solve_game",
]

STEP = 2  # futures added at a time
MOVES = 60  # of a search by best replies
SHARE = 0.7  # of the budget that may go into all profiles before a search is preferred


@dataclass(frozen=True)
class SolvedGame:
    """What is known of a game.

    form: mean payoffs of all profiles, None where the budget held only a search · equilibria: of that form
    spans: payoff ranges, frozen before any certificate · candidates: profiles worth a certificate, best first
    moves: profiles that a search by best replies went through · cycle: whether it came back to one
    """

    menu: GameMenu
    form: NormalForm | None
    equilibria: Equilibria
    spans: Payoffs
    candidates: tuple[Profile, ...]
    moves: tuple[Profile, ...] = ()
    cycle: bool = False


def count_profiles(menu: GameMenu) -> int:
    """How many profiles a menu has."""
    return int(np.prod([len(player.strategies) for player in menu.players]))


def list_profiles(menu: GameMenu) -> list[Profile]:
    """All profiles of a menu, by names."""
    return list(itertools.product(*(player.names for player in menu.players)))


def list_deviations(menu: GameMenu, profile: Profile, player: int) -> list[Profile]:
    """A profile with another strategy of one player."""
    names = [name for name in menu.players[player].names if name != profile[player]]
    return [(*profile[:player], name, *profile[player + 1 :]) for name in names]


def build_form(table: PayoffTable, menu: GameMenu, futures: Sequence[int], view: str) -> NormalForm:
    """Mean payoffs of all profiles over some futures."""
    sizes = [len(player.strategies) for player in menu.players]
    every = [
        np.mean([table.payoff(profile, k, view) for k in futures], axis=0) for profile in list_profiles(menu)
    ]
    names = tuple(player.names for player in menu.players)
    payoffs = np.array(every).reshape(*sizes, len(sizes))
    return NormalForm(tuple(player.name for player in menu.players), names, payoffs)


def solve_game(
    table: PayoffTable, menu: GameMenu, starts: Sequence[Profile], spans: Payoffs | None, mixed: bool = True
) -> SolvedGame:
    """Payoffs of all profiles and their equilibria, or what best replies from some profiles lead to.

    spans: payoff ranges frozen before, where there are any · mixed: whether mixed equilibria are looked for
    """
    futures = range(menu.futures)
    if count_profiles(menu) * menu.futures <= SHARE * menu.budget and table.sample(
        (profile, k) for k in futures for profile in list_profiles(menu)
    ):
        form = build_form(table, menu, futures, "objective")
        pure = sorted(find_pure(form), key=lambda at: -float(form.payoffs[at].sum()))
        named = [tuple(form.strategies[i][k] for i, k in enumerate(at)) for at in pure]
        equilibria = find_equilibria(form) if mixed else Equilibria((), False)
        found = SolvedGame(menu, form, equilibria, form.spans, tuple(named))
    else:
        found = _search(table, menu, starts)
    if spans is None:
        return found
    return SolvedGame(menu, found.form, found.equilibria, spans, found.candidates, found.moves, found.cycle)


def _search(table: PayoffTable, menu: GameMenu, starts: Sequence[Profile]) -> SolvedGame:
    """Move whoever gains most, from the first start, until nobody gains or a profile comes again."""
    moves: list[Profile] = [starts[0]]
    cycle = False
    ends: tuple[Profile, ...] = ()
    while len(moves) < MOVES:
        here = moves[-1]
        around = [one for i in range(len(menu.players)) for one in list_deviations(menu, here, i)]
        if not table.sample((one, k) for k in range(menu.futures) for one in (here, *around)):
            break
        better = _best_move(table, menu, here, seen_spans(table, menu))
        if better is None:
            ends = (here,)
            break
        cycle = better in moves
        if cycle:
            break
        moves.append(better)
    nothing = Equilibria((), False)
    return SolvedGame(menu, None, nothing, seen_spans(table, menu), ends or (moves[-1],), tuple(moves), cycle)


def _mean(table: PayoffTable, profile: Profile, count: int) -> Payoffs:
    mean: Payoffs = np.mean([table.payoff(profile, k) for k in range(count)], axis=0)
    return mean


def seen_spans(table: PayoffTable, menu: GameMenu) -> Payoffs:
    """Payoff ranges over the profiles of a menu seen so far."""
    seen = [
        profile
        for profile in table.profiles()
        if table.count_futures(profile) >= menu.futures
        and all(name in player.names for name, player in zip(profile, menu.players, strict=True))
    ]
    every = np.array([_mean(table, profile, menu.futures) for profile in seen])
    if not len(every):
        return np.ones(len(menu.players))
    span: Payoffs = every.max(axis=0) - every.min(axis=0)
    return span


def _best_move(table: PayoffTable, menu: GameMenu, here: Profile, spans: Payoffs) -> Profile | None:
    """The deviation that gains most of its player's range, if it gains more than the tolerance."""
    best, most = None, menu.tolerance
    for player in range(len(menu.players)):
        for other in list_deviations(menu, here, player):
            gain = _mean(table, other, menu.futures)[player] - _mean(table, here, menu.futures)[player]
            if gain / max(float(spans[player]), 1e-12) > most:
                best, most = other, float(gain / max(float(spans[player]), 1e-12))
    return best


def certify(table: PayoffTable, menu: GameMenu, profile: Profile, spans: Payoffs) -> GapCheck | None:
    """The gaps of a profile inside the menu, with futures added until they are certain.

    It ends where the budget does; None where that holds not even the first futures.
    """
    around = [one for i in range(len(menu.players)) for one in list_deviations(menu, profile, i)]
    looks = max(len(around), 1) * (1 + max(menu.most - menu.futures, 0) // STEP)
    count = menu.futures
    if not table.sample((one, k) for k in range(count) for one in (profile, *around)):
        return None
    while True:
        found = _check(table, menu, profile, spans, count, looks)
        if found.certified or found.refuted or count >= menu.most:
            return found
        following = min(count + STEP, menu.most)
        wanted = [(one, k) for k in range(count, following) for one in (profile, *around)]
        if not table.sample(wanted):
            return found
        count = following


def _check(
    table: PayoffTable, menu: GameMenu, profile: Profile, spans: Payoffs, count: int, looks: int
) -> GapCheck:
    gaps = {}
    for i, player in enumerate(menu.players):
        gains = {
            other[i]: np.array(
                [table.payoff(other, k)[i] - table.payoff(profile, k)[i] for k in range(count)]
            )
            for other in list_deviations(menu, profile, i)
        }
        gaps[player.name] = measure_gap(gains, float(spans[i]), looks)
    return GapCheck(gaps, menu.tolerance)


def check_mixture(table: PayoffTable, menu: GameMenu, mixture: Mixture, spans: Payoffs) -> GapCheck:
    """The gaps of a profile in which players mix, over the futures that all profiles met."""
    forms = [build_form(table, menu, [k], "objective") for k in range(menu.futures)]
    looks = sum(len(player.strategies) for player in menu.players)
    gaps = {}
    for i, player in enumerate(menu.players):
        worth = np.array([form.against(i, mixture) for form in forms])  # future, strategy
        gains = (worth - (worth @ mixture[i])[:, None]).T
        named = dict(zip(player.names, gains, strict=True))
        gaps[player.name] = measure_gap(named, float(spans[i]), looks)
    return GapCheck(gaps, menu.tolerance)
