"""Solving a game that is sampled: payoffs of all profiles, or those a search meets; then certificates."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from coercivity.experiments.equilibrium.gaps import GapCheck, limits_of, measure_gap
from coercivity.experiments.equilibrium.menus import GameMenu, Profile
from coercivity.experiments.equilibrium.mixed import Equilibria, find_equilibria
from coercivity.experiments.equilibrium.normal_form import Mixture, NormalForm, Payoffs, find_pure
from coercivity.experiments.equilibrium.payoffs import PayoffTable

__all__ = [
    "SolvedGame",
    "build_form",
    "build_neighbours",
    "certify",
    "check_mixture",
    "count_profiles",
    "list_deviations",
    "list_profiles",
    "list_seen",
    "seen_spans",
    "solve_game",
]

FIRST, GROWTH = 4, 1.6  # futures before the first look of a certificate, and how they grow to the next
MOVES = 60  # of a search by best replies
SHARE = 0.7  # of the budget that may go into all profiles before a search is preferred


@dataclass(frozen=True)
class SolvedGame:
    """What is known of a game.

    form: mean payoffs of all profiles, None where the budget held only a search · equilibria: of that form
    spans: payoff ranges, frozen before any certificate · candidates: profiles worth a certificate, best first
    moves: profiles that a search by best replies went through · cycle: whether it came back to one
    settled: whether it ended where nobody moves
    """

    menu: GameMenu
    form: NormalForm | None
    equilibria: Equilibria
    spans: Payoffs
    candidates: tuple[Profile, ...]
    moves: tuple[Profile, ...] = ()
    cycle: bool = False
    settled: bool = False


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


def build_neighbours(table: PayoffTable, menu: GameMenu, profile: Profile) -> NormalForm:
    """Mean payoffs of a profile and of all deviations from it; of others nothing is known."""
    sizes = [len(player.strategies) for player in menu.players]
    payoffs = np.full((*sizes, len(sizes)), np.nan)
    around = [one for i in range(len(menu.players)) for one in list_deviations(menu, profile, i)]
    for one in (profile, *around):
        at = tuple(player.names.index(name) for player, name in zip(menu.players, one, strict=True))
        payoffs[at] = _mean(table, one, menu.futures)
    names = tuple(player.names for player in menu.players)
    return NormalForm(tuple(player.name for player in menu.players), names, payoffs)


def solve_game(
    table: PayoffTable, menu: GameMenu, starts: Sequence[Profile], spans: Payoffs | None, mixed: bool = True
) -> SolvedGame:
    """Payoffs of all profiles and their equilibria, or what best replies from some profiles lead to.

    Where all profiles were evaluated before and the menu only grew, best replies come first: they need the
    neighbours of a few profiles. spans: payoff ranges frozen before, where there are any · mixed: whether
    mixed equilibria are looked for
    """
    if spans is not None:
        found = _search(table, menu, starts, spans)
        if found.settled:
            return found
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
        found = _search(table, menu, starts, spans)
    return found if spans is None else replace(found, spans=spans)


def _search(
    table: PayoffTable, menu: GameMenu, starts: Sequence[Profile], spans: Payoffs | None
) -> SolvedGame:
    """Move whoever gains most, from the first start, until nobody gains or a profile comes again."""
    moves: list[Profile] = [starts[0]]
    cycle = settled = False
    while len(moves) < MOVES and not (cycle or settled):
        here = moves[-1]
        around = [one for i in range(len(menu.players)) for one in list_deviations(menu, here, i)]
        if not table.sample((one, k) for k in range(menu.futures) for one in (here, *around)):
            break
        better = _best_move(table, menu, here, seen_spans(table, menu) if spans is None else spans)
        settled, cycle = better is None, better in moves
        if better is not None and not cycle:
            moves.append(better)
    ranges = seen_spans(table, menu) if spans is None else spans
    nothing, path = Equilibria((), False), tuple(moves)
    return SolvedGame(menu, None, nothing, ranges, (path[-1],), path, cycle, settled)


def _mean(table: PayoffTable, profile: Profile, count: int) -> Payoffs:
    mean: Payoffs = np.mean([table.payoff(profile, k) for k in range(count)], axis=0)
    return mean


def list_seen(table: PayoffTable, menu: GameMenu) -> list[Profile]:
    """The profiles of a menu seen so far in all first futures."""
    return [
        profile
        for profile in table.profiles()
        if table.count_futures(profile) >= menu.futures
        and all(name in player.names for name, player in zip(profile, menu.players, strict=True))
    ]


def seen_spans(table: PayoffTable, menu: GameMenu) -> Payoffs:
    """Payoff ranges over the profiles of a menu seen so far."""
    every = np.array([_mean(table, profile, menu.futures) for profile in list_seen(table, menu)])
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
    """The gaps of a profile inside the menu, with futures added to deviations until they are certain.

    A deviation that certainly gains no more than the tolerance meets no further futures. It ends where the
    budget does; None where that holds not even the first futures.
    """
    around = {(i, one): 0 for i in range(len(menu.players)) for one in list_deviations(menu, profile, i)}
    counts = list_looks(menu)
    looks = max(len(around), 1) * len(counts)
    if not table.sample((one, k) for k in range(menu.futures) for one in (profile, *(o for _, o in around))):
        return None
    found = None
    for count in counts:
        still = [
            key for key in around if not _is_settled(table, menu, profile, key, around[key], spans, looks)
        ]
        if not table.sample(
            (one, k) for k in range(count) for one in (profile, *(other for _, other in still))
        ):
            break
        around |= dict.fromkeys(still, count)
        found = _check(table, menu, profile, spans, around, looks)
        if found.certified or found.refuted:
            break
    if found is None:
        around = dict.fromkeys(around, menu.futures)
        found = _check(table, menu, profile, spans, around, looks)
    return found


def list_looks(menu: GameMenu) -> list[int]:
    """After how many futures a certificate looks: few looks, so that each may err more.

    >>> list_looks(GameMenu("", "", (), (), futures=2, most=20))
    [4, 7, 12, 20]
    """
    counts = [min(max(menu.futures, FIRST), menu.most)]
    while counts[-1] < menu.most:
        counts.append(min(math.ceil(GROWTH * counts[-1]), menu.most))
    return counts


def _is_settled(
    table: PayoffTable,
    menu: GameMenu,
    profile: Profile,
    deviation: tuple[int, Profile],
    count: int,
    spans: Payoffs,
    looks: int,
) -> bool:
    """Whether a deviation certainly gains no more than the tolerance."""
    player, other = deviation
    gains = pair_gains(table, profile, other, player, count) / max(float(spans[player]), 1e-12)
    return limits_of(gains, looks)[1] <= menu.tolerance


def pair_gains(table: PayoffTable, profile: Profile, other: Profile, player: int, count: int) -> Payoffs:
    """What a player gains by another profile in each of the first futures."""
    return np.array(
        [float(table.payoff(other, k)[player] - table.payoff(profile, k)[player]) for k in range(count)]
    )


def _check(
    table: PayoffTable,
    menu: GameMenu,
    profile: Profile,
    spans: Payoffs,
    counts: Mapping[tuple[int, Profile], int],
    looks: int,
) -> GapCheck:
    gaps = {}
    for i, player in enumerate(menu.players):
        gains = {
            other[i]: pair_gains(table, profile, other, i, count)
            for (whose, other), count in counts.items()
            if whose == i
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
