"""Is there a better answer than the menu has? A search over levers, and the winner judged on fresh futures.

Corners of the space come first. Then a third of the trials fills it, a third is proposed by Optuna's TPE, a
third closes in on the best so far, step by step along each lever, in turns of a few trials: a short search is
the beginning of a long one, so that its runs are kept, and a profile that falls to it needs no long one. The
best few are judged on futures that the search has not seen: luck of the search does not count as gain.
"""

import functools
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
TURN = 24  # trials after which the three ways of the search begin anew
CORNERS = 16  # of a space that has no more, all are tried
NARROW = 1e-5  # step of a lever, as a share of its range, below which nothing is closed in on
Point = tuple[float, ...]


@dataclass(frozen=True)
class SearchEffort:
    """How hard to look. trials: a player · look: futures a trial meets · fresh: futures that judge the best
    finalists: how many are judged · proposed: share of the trials that Optuna proposes
    early: trials of a first, short search, which begins the long one

    A trial meets one future: gains are differences under the same future, whose noise is a few per cent of a
    payoff range, and the best are judged on others anyway.
    """

    trials: int
    look: int = 1
    fresh: int = 4
    finalists: int = 5
    proposed: float = 1 / 3
    early: int = 24

    @property
    def short(self) -> "SearchEffort":
        """The first, short search."""
        return replace(self, trials=min(self.early, self.trials), finalists=min(self.finalists, 2))


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
    """Points tried, the best first. worth: of several points · proposed: share that Optuna proposes

    The first trials are the same however many there are.
    """
    search = _LeverSearch(space, worth, trials, seed)
    search.try_corners()
    third, asked = TURN // 3, round(proposed * TURN)
    while search.left:
        before = search.left
        search.fill(third)
        search.propose(asked)
        search.close_in(TURN - third - asked)
        if search.left == before:  # every point there is was tried
            break
    return sorted(search.tried.items(), key=lambda pair: -pair[1])


class _LeverSearch:
    """Points tried so far, and three ways to go on.

    live: levers that change anything at the corners of the space; others stay at their low ends
    """

    def __init__(
        self,
        space: Sequence[SearchRange],
        worth: Callable[[Sequence[Point]], list[float]],
        trials: int,
        seed: int,
    ) -> None:
        self.worth, self.trials, self.seed = worth, trials, seed
        self.low, self.high = (np.array([getattr(one, end) for one in space]) for end in ("low", "high"))
        self.live = list(range(len(space)))
        self.tried: dict[Point, float] = {}
        self.width = 0.5 / TURN
        self._told: set[Point] = set()

    @property
    def left(self) -> int:
        """Trials that may still be made."""
        return max(self.trials - len(self.tried), 0)

    def attempt(self, units: Sequence[Any]) -> list[float]:
        """What points are worth, given as shares of the ranges of live levers, as far as trials are left."""
        points = [self._place(unit) for unit in units]
        fresh = [point for point in dict.fromkeys(points) if point not in self.tried][: self.left]
        self.tried.update(zip(fresh, self.worth(fresh) if fresh else [], strict=True))
        return [self.tried.get(point, float("-inf")) for point in points]

    def _place(self, unit: Any) -> Point:
        whole = np.zeros(len(self.low))
        whole[self.live] = unit
        return _point(self.low + whole * (self.high - self.low))

    def _unit(self, point: Point) -> Any:
        """Where a point is in the ranges of live levers."""
        return np.clip((np.array(point) - self.low) / (self.high - self.low), 0.0, 1.0)[self.live]

    def try_corners(self) -> None:
        """Try all corners of a small space, and leave out levers that change nothing there."""
        shape = (2,) * len(self.live)
        if 2 ** len(shape) > CORNERS:
            return
        values = np.array(self.attempt(list(itertools.product((0.0, 1.0), repeat=len(shape)))))
        if np.isfinite(values).all():
            table = values.reshape(shape)
            ends = [(np.take(table, 0, axis), np.take(table, 1, axis)) for axis in self.live]
            moving = [
                axis for axis, (one, other) in zip(self.live, ends, strict=True) if (one != other).any()
            ]
            self.live = moving or self.live

    def fill(self, trials: int) -> None:
        """Fill the space by a Halton sequence."""
        self.attempt(self._halton.random(trials).tolist())

    @functools.cached_property
    def _halton(self) -> Any:
        from scipy.stats import qmc

        return qmc.Halton(len(self.live), seed=self.seed)

    def propose(self, trials: int) -> None:
        """Try what Optuna proposes after all there was, a few at a time."""
        names = [str(axis) for axis in self.live]
        for begun in range(0, trials if self.left else 0, ASKED):
            self._tell(names)
            asked = [self._study.ask(_shape(names)) for _ in range(min(ASKED, trials - begun))]
            units = [[trial.params[name] for name in names] for trial in asked]
            for trial, unit, value in zip(asked, units, self.attempt(units), strict=True):
                self._told.add(self._place(unit))
                self._study.tell(trial, value if np.isfinite(value) else min(self.tried.values()))

    @functools.cached_property
    def _study(self) -> Any:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.TPESampler(seed=self.seed, constant_liar=True)
        return optuna.create_study(direction="maximize", sampler=sampler)

    def _tell(self, names: Sequence[str]) -> None:
        """Tell Optuna of points that others have tried since."""
        import optuna

        for point, value in self.tried.items():
            if point not in self._told and np.isfinite(value):
                inside = dict(zip(names, map(float, self._unit(point)), strict=True))
                self._study.add_trial(
                    optuna.trial.create_trial(params=inside, distributions=_shape(names), value=value)
                )
                self._told.add(point)

    def close_in(self, trials: int) -> None:
        """Close in on the best point, along each lever."""
        used = 0
        while used < trials and self.left and self.width > NARROW:
            best = max(self.tried, key=lambda point: self.tried[point])
            steps = [sign * self.width * axis for axis in np.eye(len(self.live)) for sign in (1.0, -1.0)]
            near = [np.clip(self._unit(best) + step, 0.0, 1.0) for step in steps]
            if max(self.attempt(near)) <= self.tried[best]:
                self.width /= 2.0
            used += len(steps)


def _shape(names: Sequence[str]) -> dict[str, Any]:
    import optuna

    return {name: optuna.distributions.FloatDistribution(0.0, 1.0) for name in names}


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
