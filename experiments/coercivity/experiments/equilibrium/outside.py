"""Is there a better answer than the menu has? A search over levers, and the winner judged on fresh futures.

A third of the trials fills the space, a third is proposed by Optuna's TPE, the rest closes in on the best so
far, step by step along each lever. The best few are then judged on futures that the search has not seen, so
that luck of the search does not count as gain.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coercivity.experiments.base.hypercube import latin_hypercube
from coercivity.experiments.equilibrium.gaps import PlayerGap, measure_gap
from coercivity.experiments.equilibrium.menus import GameStrategy, Profile, SearchRange
from coercivity.experiments.equilibrium.payoffs import PayoffTable

__all__ = ["OutsideAnswer", "SearchEffort", "search_levers", "search_outside"]

DIGITS = 6  # of a number that is tried
Point = tuple[float, ...]


@dataclass(frozen=True)
class SearchEffort:
    """How hard to look. trials: a player · look: futures a trial meets · fresh: futures that judge the best
    finalists: how many are judged · proposed: share of the trials that Optuna proposes

    A trial meets one future: gains are differences under the same future, whose noise is a few per cent of a
    payoff range, and the best are judged on others anyway.
    """

    trials: int
    look: int = 1
    fresh: int = 4
    finalists: int = 5
    proposed: float = 1 / 3


@dataclass(frozen=True)
class OutsideAnswer:
    """The best deviation outside the menu. gap: its gain on fresh futures, as a share of the payoff range"""

    strategy: GameStrategy
    gap: PlayerGap
    trials: int


def search_levers(
    space: Sequence[SearchRange],
    worth: Callable[[Sequence[Point]], list[float]],
    trials: int,
    seed: int,
    proposed: float = 1 / 3,
) -> list[tuple[Point, float]]:
    """Points tried, the best first. worth: of several points · proposed: share that Optuna proposes"""
    rng = np.random.default_rng(seed)
    first = max(trials // 3, 1)
    low, high = (np.array([getattr(one, end) for one in space]) for end in ("low", "high"))
    tried = dict[Point, float]()

    def attempt(units: Sequence[Any]) -> list[float]:
        points = [_point(low + np.asarray(unit) * (high - low)) for unit in units]
        fresh = [point for point in dict.fromkeys(points) if point not in tried]
        tried.update(zip(fresh, worth(fresh) if fresh else [], strict=True))
        return [tried[point] for point in points]

    attempt(list(latin_hypercube(len(space), first, rng)))
    middle = min(round(proposed * trials), trials - first)
    if middle:
        _propose(space, tried, attempt, middle, seed)
    left, width = trials - first - middle, 0.5 / first
    while left > 0 and width > 1e-5:
        best = max(tried, key=lambda point: tried[point])
        unit = (np.array(best) - low) / (high - low)
        steps = [sign * width * axis for axis in np.eye(len(space)) for sign in (1.0, -1.0)][:left]
        if max(attempt([np.clip(unit + step, 0.0, 1.0) for step in steps])) <= tried[best]:
            width /= 2.0
        left -= len(steps)
    return sorted(tried.items(), key=lambda pair: -pair[1])


def _propose(
    space: Sequence[SearchRange],
    tried: Mapping[Point, float],
    attempt: Callable[[Sequence[Any]], list[float]],
    trials: int,
    seed: int,
) -> None:
    """Trials that Optuna proposes after those there were."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    names = [".".join(one.path) for one in space]
    shape: dict[str, optuna.distributions.BaseDistribution] = {
        name: optuna.distributions.FloatDistribution(0.0, 1.0) for name in names
    }
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    for point, value in tried.items():
        units = [(x - one.low) / (one.high - one.low) for x, one in zip(point, space, strict=True)]
        inside = {name: float(np.clip(unit, 0.0, 1.0)) for name, unit in zip(names, units, strict=True)}
        study.add_trial(optuna.trial.create_trial(params=inside, distributions=shape, value=value))
    for _ in range(trials):
        trial = study.ask(shape)
        study.tell(trial, attempt([[trial.params[name] for name in names]])[0])


def _point(values: Any) -> Point:
    """Numbers as they are set: to a few digits, so that a name and a file hold them whole."""
    return tuple(float(f"{value:.{DIGITS}g}") for value in values)


def search_outside(
    table: PayoffTable, profile: Profile, player: int, span: float, effort: SearchEffort, name: str
) -> OutsideAnswer | None:
    """The best deviation of a player from a profile that its levers allow; None where the budget ended first.

    name: of the strategy that is found
    """
    mine = table.menu.players[player]
    held = mine.strategy(profile[player])
    if not mine.outside or not effort.trials:
        return None

    def deviate(point: Point) -> Profile:
        one = GameStrategy(_label(held.name, point), held.scenario, "", _lay(held.lever, mine.outside, point))
        table.offer(player, one)
        return (*profile[:player], one.name, *profile[player + 1 :])

    def gains(point: Point, futures: range) -> list[float]:
        there = deviate(point)
        return [float(table.payoff(there, k)[player] - table.payoff(profile, k)[player]) for k in futures]

    look = range(effort.look)
    judge = range(effort.look, effort.look + effort.fresh)

    def worth(points: Sequence[Point]) -> list[float]:
        asked = [(deviate(point), k) for point in points for k in look]
        if not table.sample([*asked, *((profile, k) for k in look)]):
            return [float("-inf")] * len(points)
        return [float(np.mean(gains(point, look))) for point in points]

    ranked = search_levers(mine.outside, worth, effort.trials, player, effort.proposed)
    best = [point for point, value in ranked[: effort.finalists] if np.isfinite(value)]
    wanted = [(one, k) for k in judge for one in (profile, *(deviate(point) for point in best))]
    if not best or not table.sample(wanted):
        return None
    judged = {point: np.array(gains(point, judge)) for point in best}
    winner = max(best, key=lambda point: float(judged[point].mean()))
    lever = _lay(held.lever, mine.outside, winner)
    about = ", ".join(f"{'.'.join(one.path)}={x:g}" for one, x in zip(mine.outside, winner, strict=True))
    strategy = GameStrategy(name, held.scenario, f"found: {held.name} with {about}", lever)
    gap = measure_gap({name: judged[winner]}, span, 1)
    return OutsideAnswer(strategy, gap, sum(bool(np.isfinite(value)) for _, value in ranked))


def _label(held: str, point: Point) -> str:
    return f"{held} with " + " ".join(f"{x:g}" for x in point)


def _lay(lever: Mapping[str, Any], space: Sequence[SearchRange], point: Point) -> dict[str, Any]:
    """Levers with the numbers of a point laid over them."""
    laid: dict[str, Any] = _copy(lever)
    for one, value in zip(space, point, strict=True):
        place = laid
        for part in one.path[:-1]:
            place = place.setdefault(part, {})
        place[one.path[-1]] = value
    return laid


def _copy(value: Any) -> Any:
    return {key: _copy(inner) for key, inner in value.items()} if isinstance(value, Mapping) else value
