"""Is there a better answer than the menu has? A search over levers, and the winner judged on fresh futures.

Corners of the space come first, a third of the trials fills it, a third is proposed by Optuna's TPE, the rest
closes in on the best so far, step by step along each lever. The best few are then judged on futures that the
search has not seen, so that luck of the search does not count as gain. A short search is the beginning of the
long one: its runs are kept, and a profile that falls to it needs no long one.
"""

import itertools
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from coercivity.experiments.equilibrium.gaps import PlayerGap, measure_gap
from coercivity.experiments.equilibrium.menus import GameStrategy, Profile, SearchRange
from coercivity.experiments.equilibrium.payoffs import PayoffTable

__all__ = ["OutsideAnswer", "SearchEffort", "search_levers", "search_outside"]

DIGITS = 6  # of a number that is tried
ASKED = 4  # points that Optuna proposes at a time, whatever the processors, so that digits hang on nothing
AGAIN = 3  # times that points tried before are made up for
NARROW = 1e-5  # step of a lever, as a share of its range, below which nothing is closed in on
Point = tuple[float, ...]


@dataclass(frozen=True)
class SearchEffort:
    """How hard to look. trials: a player · look: futures a trial meets · fresh: futures that judge the best
    finalists: how many are judged · proposed: share of the trials that Optuna proposes
    early: trials of a first, short search, which begins the long one · stop: after how many it ends

    A trial meets one future: gains are differences under the same future, whose noise is a few per cent of a
    payoff range, and the best are judged on others anyway.
    """

    trials: int
    look: int = 1
    fresh: int = 4
    finalists: int = 5
    proposed: float = 1 / 3
    early: int = 24
    stop: int | None = None

    @property
    def short(self) -> "SearchEffort":
        """The first, short search."""
        return replace(self, stop=min(self.early, self.trials), finalists=min(self.finalists, 2))


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
    stop: int | None = None,
) -> list[tuple[Point, float]]:
    """Points tried, the best first. worth: of several points · proposed: share that Optuna proposes

    stop: trials after which it ends, the first of the same search
    """
    from scipy.stats import qmc

    first = max(trials // 3, 1)
    ends = trials if stop is None else min(stop, trials)
    low, high = (np.array([getattr(one, end) for one in space]) for end in ("low", "high"))
    tried, live = dict[Point, float](), list(range(len(space)))

    def point_of(unit: Any) -> Point:
        whole = np.zeros(len(space))
        whole[live] = unit
        return _point(low + whole * (high - low))

    def attempt(units: Sequence[Any]) -> list[float]:
        points = [point_of(unit) for unit in units]
        fresh = [point for point in dict.fromkeys(points) if point not in tried]
        tried.update(zip(fresh, worth(fresh) if fresh else [], strict=True))
        return [tried[point] for point in points]

    if 2 ** len(space) * 8 <= trials:
        live = _find_live(len(space), attempt)
    sequence = qmc.Halton(len(live), seed=seed)

    def fill(until: int) -> None:
        for _ in range(AGAIN):
            if len(tried) < until:
                attempt(sequence.random(until - len(tried)).tolist())

    fill(min(first, ends))
    middle = min(round(proposed * trials), trials - first)
    if middle and ends > first:
        _propose([space[axis] for axis in live], _part(tried, live), attempt, min(middle, ends - first), seed)
    width = 0.5 / first
    while len(tried) < ends and width > NARROW:
        best = max(tried, key=lambda point: tried[point])
        unit = ((np.array(best) - low) / (high - low))[live]
        steps = [sign * width * axis for axis in np.eye(len(live)) for sign in (1.0, -1.0)]
        near = [np.clip(unit + step, 0.0, 1.0) for step in steps[: ends - len(tried)]]
        if max(attempt(near)) <= tried[best]:
            width /= 2.0
    fill(ends)
    return sorted(tried.items(), key=lambda pair: -pair[1])


def _find_live(columns: int, attempt: Callable[[Sequence[Any]], list[float]]) -> list[int]:
    """The levers that change anything at the corners of the space; others stay at their low ends."""
    corners = list(itertools.product((0.0, 1.0), repeat=columns))
    values = np.array(attempt(corners)).reshape((2,) * columns)
    live = [axis for axis in range(columns) if (np.take(values, 0, axis) != np.take(values, 1, axis)).any()]
    return live or list(range(columns))


def _part(tried: Mapping[Point, float], axes: Sequence[int]) -> dict[Point, float]:
    """The best that was found for every part of a point."""
    found: dict[Point, float] = {}
    for point, value in tried.items():
        part = tuple(point[axis] for axis in axes)
        found[part] = max(found.get(part, float("-inf")), value)
    return found


def _propose(
    space: Sequence[SearchRange],
    tried: Mapping[Point, float],
    attempt: Callable[[Sequence[Any]], list[float]],
    trials: int,
    seed: int,
) -> None:
    """Trials that Optuna proposes after those there were, a few at a time."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    names = [".".join(one.path) for one in space]
    shape: dict[str, optuna.distributions.BaseDistribution] = {
        name: optuna.distributions.FloatDistribution(0.0, 1.0) for name in names
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(seed=seed, constant_liar=True)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for point, value in tried.items():
        units = [(x - one.low) / (one.high - one.low) for x, one in zip(point, space, strict=True)]
        inside = {name: float(np.clip(unit, 0.0, 1.0)) for name, unit in zip(names, units, strict=True)}
        study.add_trial(optuna.trial.create_trial(params=inside, distributions=shape, value=value))
    for begun in range(0, trials, ASKED):
        asked = [study.ask(shape) for _ in range(min(ASKED, trials - begun))]
        values = attempt([[trial.params[name] for name in names] for trial in asked])
        for trial, value in zip(asked, values, strict=True):
            study.tell(trial, value)


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

    ranked = search_levers(mine.outside, worth, effort.trials, player, effort.proposed, effort.stop)
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
