"""The double oracle: solve the menu, look for better answers outside it, let winners join, and again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from coercivity.experiments.equilibrium.gaps import GapCheck
from coercivity.experiments.equilibrium.menus import GameMenu, Profile
from coercivity.experiments.equilibrium.normal_form import Mixture, Payoffs
from coercivity.experiments.equilibrium.outside import OutsideAnswer, SearchEffort, search_outside
from coercivity.experiments.equilibrium.payoffs import PayoffTable
from coercivity.experiments.equilibrium.solve import (
    SolvedGame,
    certify,
    check_mixture,
    solve_game,
)

__all__ = ["ChosenProfile", "GameSolution", "run_oracle", "search_all"]

CANDIDATES = 4  # pure equilibria that may be certified in turn
Note = Callable[[str], None]


@dataclass(frozen=True)
class ChosenProfile:
    """What a solution reports: single strategies, or chances of them, with the gaps inside the menu."""

    profile: Profile | None
    mixture: Mixture | None
    check: GapCheck | None


@dataclass(frozen=True)
class GameSolution:
    """The end of a double oracle.

    solved: the last game · whole: the last whose profiles all were evaluated, None where none was
    chosen: its profile · outside: by player, the best answer outside the menu
    history: of every round, the profile and the largest gap outside it · ended: why it went no further
    """

    solved: SolvedGame
    whole: SolvedGame | None
    chosen: ChosenProfile
    outside: Mapping[str, OutsideAnswer]
    history: tuple[tuple[Profile | None, float], ...]
    ended: str


def run_oracle(
    table: PayoffTable, menu: GameMenu, effort: SearchEffort, limits: tuple[int, float], note: Note
) -> GameSolution:
    """Solve, search outside, add what wins. limits: rounds, and the gap outside that is small enough."""
    rounds, bound = limits
    spans: Payoffs | None = None
    start: Sequence[Profile] = [menu.start]
    history: list[tuple[Profile | None, float]] = []
    whole: SolvedGame | None = None
    for number in range(rounds + 1):
        solved = solve_game(table, menu, start, spans)
        spans, whole = solved.spans, solved if solved.form is not None else whole
        chosen = choose_profile(table, solved)
        note(f"round {number}: {_name(chosen)}; {table.spent} of {menu.budget} runs")
        outside = search_all(table, menu, chosen.profile, spans, effort.short, number, note)
        wider = _widen_menu(menu, outside, bound)
        if wider is menu or number == rounds:  # what falls to a short search needs no long one
            outside = search_all(table, menu, chosen.profile, spans, effort, number, note)
            wider = _widen_menu(menu, outside, bound)
        largest = max((answer.gap.share for answer in outside.values()), default=float("nan"))
        history.append((chosen.profile, largest))
        if wider is menu:
            ended = (
                "no answer outside the menu gains more than the bound" if outside else "nothing was searched"
            )
            break
        around = sum(len(player.strategies) for player in wider.players) * menu.futures
        ended = "the budget is spent" if around > table.left else "the last round"
        if around > table.left or number == rounds:
            break
        menu = _adopt(table, wider)
        start = [chosen.profile or menu.start]
    return GameSolution(solved, whole, chosen, outside, tuple(history), ended)


def _widen_menu(menu: GameMenu, outside: Mapping[str, OutsideAnswer], bound: float) -> GameMenu:
    wider = menu
    for i, player in enumerate(menu.players):
        answer = outside.get(player.name)
        if answer is not None and answer.gap.share > bound and answer.gap.least > 0:
            wider = wider.with_strategy(i, answer.strategy)
    return wider


def _adopt(table: PayoffTable, menu: GameMenu) -> GameMenu:
    for i, player in enumerate(menu.players):
        for strategy in player.strategies:
            table.offer(i, strategy)
    return menu


def choose_profile(table: PayoffTable, solved: SolvedGame) -> ChosenProfile:
    """The first pure equilibrium that holds, else a mixed one, else the profile that is nearest to one."""
    menu, tried = solved.menu, list[ChosenProfile]()
    for profile in solved.candidates[:CANDIDATES]:
        check = certify(table, menu, profile, solved.spans)
        tried.append(ChosenProfile(profile, None, check))
        if check is not None and check.holds:
            return tried[-1]
    mixed = [one for one in solved.equilibria.found if any((chance > 0).sum() > 1 for chance in one)]
    if mixed and not tried:
        return ChosenProfile(None, mixed[0], check_mixture(table, menu, mixed[0], solved.spans))
    if not tried and solved.form is not None:
        form = solved.form
        regrets = {
            at: float((form.regret(form.pure(at)) / np.maximum(form.spans, 1e-12)).max())
            for at in form.profiles()
        }
        nearest = min(regrets, key=lambda at: regrets[at])
        profile = tuple(form.strategies[i][k] for i, k in enumerate(nearest))
        return ChosenProfile(profile, None, certify(table, menu, profile, solved.spans))
    return min(tried, key=_worst)


def _worst(one: ChosenProfile) -> float:
    return max(gap.share for gap in one.check.gaps.values()) if one.check else float("inf")


def search_all(
    table: PayoffTable,
    menu: GameMenu,
    profile: Profile | None,
    spans: Payoffs,
    effort: SearchEffort,
    number: int,
    note: Note,
) -> dict[str, OutsideAnswer]:
    """The best answer of every player outside the menu; nothing for profiles in which players mix."""
    found: dict[str, OutsideAnswer] = {}
    if profile is None:
        return found
    share = table.left // max(len(menu.players), 1)
    for i, player in enumerate(menu.players):
        room = (share - effort.fresh * (effort.finalists + 1)) // max(effort.look, 1) - 1
        mine = replace(effort, trials=max(min(effort.trials, room), 0))
        answer = search_outside(table, profile, i, float(spans[i]), mine, f"found_{number + 1}")
        if answer is not None:
            found[player.name] = answer
            note(f"outside, {player.name}: {answer.gap.share:.1%} by {answer.strategy.about}")
    return found


def _name(chosen: ChosenProfile) -> str:
    return ", ".join(chosen.profile) if chosen.profile else "a mixed profile"
