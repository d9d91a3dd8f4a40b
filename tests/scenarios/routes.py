"""The same step of a real world once more, cleared by another route of the solver or under other labels."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pandas as pd

from coercivity.experiments.base.paths import evidence_of
from coercivity.experiments.config.compose import compose
from coercivity.model.dynamics.foresight import Foresight, shared_parts
from coercivity.model.world import World
from coercivity.optimise import Clearer, Clearing, Market
from coercivity.optimise.certificate import TOLERANCE
from coercivity.optimise.compiled import Compiled, compile_network
from coercivity.optimise.market import same_clearing
from coercivity.optimise.reference import PyomoProgram

from ..optimise.variants import ROUTES, apart, reordered, shuffled

SCENARIOS = sorted(path.stem for path in (Path(__file__).parents[2] / "conf" / "scenario").glob("*.yaml"))
ANSWERS, INDICATORS = 1e-6, 1e-9  # relative difference, to the largest value a field or indicator takes
MONEY = 1e6  # USD: indicators in money are compared to no less
STEPS = 2

Clear = Callable[[Market], Clearing]


class Relabelled:
    """Clears the market with all agents, places, plants and rows in another order."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __call__(self, market: Market) -> Clearing:
        other, order = shuffled(market, self.seed)
        back = {axis: np.argsort(at) for axis, at in order.items()}
        return reordered(Clearer(other.network)(other), back)


def _routes() -> dict[str, Callable[[Compiled], Clear]]:
    made: dict[str, Callable[[Compiled], Clear]] = {"cold": lambda c: Clearer(c.network, c)}
    for name, options in ROUTES.items():
        if "threads" in options:
            continue  # HiGHS has one number of threads a process, and look-aheads have theirs
        made[name] = lambda c, options=options: Clearer(c.network, c, options)  # type: ignore[misc]
    made["pyomo"] = lambda c: Clearer(c.network, c, backend="pyomo")
    made["relabelled"] = lambda _: Relabelled(1)
    made["relabelled again"] = lambda _: Relabelled(2)
    return made


CLEARERS = _routes()


@dataclass(frozen=True)
class Difference:
    """What one route said otherwise than the warm live route: where, what, how far, and how far it may."""

    where: str
    what: str
    size: float
    most: float

    def __str__(self) -> str:
        return f"{self.where}: {self.what} by {self.size:.1e}, at most {self.most:.0e}"


def build_world(*words: str) -> World:
    """A world by years, with some settings."""
    composed = compose(["clock.step=year", *words])
    return World(composed.settings, evidence_of(composed.values))


def solving(world: World) -> list[Any]:
    """Which program a world is cleared by, and HiGHS's options for it."""
    program = world.clearer._program
    if isinstance(program, PyomoProgram):
        return [PyomoProgram]
    return [program._highs.option(name) for name in ("solver", "presolve", "threads")]


def differences(scenario: str, names: tuple[str, ...], steps: int = STEPS) -> list[Difference]:
    """Where other routes differ in the first steps of a scenario, by years; ideally nowhere."""
    world = build_world(f"scenario={scenario}")
    compiled = compile_network(world.economy.supply.network)
    found: list[Difference] = []
    for _ in range(min(steps, world.settings.clock.steps)):
        others = {name: _other(world, CLEARERS[name](compiled)) for name in names}
        when = f"{scenario} {world.date[:4]}"
        world.step()
        found += _residuals(f"{when}, as it ran", world)
        for name, other in others.items():
            with _threads_may_change():
                other.step()
            where = f"{when}, {name}"
            found += [
                *_residuals(where, other),
                *_fields(where, world, other),
                *_compare_indicators(where, world, other),
            ]
    return found


def _other(world: World, clearer: Clear) -> World:
    """A copy of the world that clears its next step by another route."""
    memo: dict[int, Any] = shared_parts(world)
    del memo[id(world.recorder)]
    memo |= {
        id(world.clearer): clearer,
        id(world.foresight): Foresight(partial(Clearer, world.economy.supply.network)),
    }
    made: World = copy.deepcopy(world, memo)
    return made


def _residuals(where: str, world: World) -> Iterator[Difference]:
    """What of the certificate is beyond its tolerance."""
    assert world.last is not None
    for name, most in TOLERANCE.items():
        if not world.last.certificate[name] <= most:
            yield Difference(where, f"residual {name}", world.last.certificate[name], most)


def _fields(where: str, world: World, other: World) -> Iterator[Difference]:
    """Fields of the clearing that are not the same."""
    assert world.last is not None and other.last is not None
    for name in same_clearing(world.last, other.last, ANSWERS):
        yield Difference(where, name, apart(world.last, other.last, (name,)), ANSWERS)


def _compare_indicators(where: str, world: World, other: World) -> Iterator[Difference]:
    """Indicators that are not the same. One without a row is nil: nothing was made, paid or lacked there."""
    both = pd.concat([_indicators(world), _indicators(other)], axis=1, keys=["one", "two"]).fillna(0.0)
    unit = both.index.get_level_values("unit").map(lambda unit: MONEY if "USD" in unit else 1.0)
    scale = both.abs().max(axis=1).groupby(level="indicator").transform("max")
    size = (both["one"] - both["two"]).abs() / np.maximum(scale, unit)
    for (place, name, _), value in size[size > INDICATORS].items():
        yield Difference(where, f"{name} of {place}", float(value), INDICATORS)


def _indicators(world: World) -> "pd.Series[float]":
    """Indicators of the last step by place, name and unit."""
    table = world.recorder.table("indicators")
    last = table[table["step"] == table["step"].max()]
    assert last["value"].notna().all()
    return last.set_index(["jurisdiction", "indicator", "unit"])["value"].sort_index()


@contextmanager
def _threads_may_change() -> Iterator[None]:
    """HiGHS fixes its number of threads at the first solve of a process."""
    highspy.Highs.resetGlobalScheduler(True)
    yield
    highspy.Highs.resetGlobalScheduler(True)
