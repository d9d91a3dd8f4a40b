"""What a step of clearing costs: Pyomo rebuilt, Pyomo kept, ours, and HiGHS alone within ours.

The steps are those of a run of the model, recorded as it clears them. All ways solve the same
linear programs and must find the same welfare.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from coercivity.experiments.pyomo_route import PyomoRoute
from coercivity.optimise.clearer import Clearer
from coercivity.optimise.market import Market
from coercivity.optimise.program import LiveProgram, Numbers

AGREE = 1e-6  # relative difference of welfare between ways


@dataclass(frozen=True)
class Recorded:
    """The markets of a run in order, and the linear programs that cleared each of them."""

    markets: list[Market]
    programs: list[list[Numbers]]


def bench_clearing(overrides: Sequence[str], steps: int) -> list[dict[str, Any]]:
    """The clearing of `steps` steps of the model, by every way."""
    from coercivity.experiments.compose import compose
    from coercivity.experiments.paths import evidence_dir
    from coercivity.model.world import World

    composed = compose(overrides)
    world = World(composed.settings, evidence_dir())
    with recording() as recorded:
        for _ in range(min(steps, composed.settings.clock.steps)):
            world.step()
    return [timed(composed.scenario, recorded)]


def timed(name: str, recorded: Recorded) -> dict[str, Any]:
    """Every way on the same steps; the first step warms up and is not counted."""
    network = recorded.markets[0].network
    clearer = Clearer(network)
    counted = recorded.markets[1:]
    clearer(recorded.markets[0])
    start = time.perf_counter()
    answers = [clearer(market) for market in counted]
    ours = time.perf_counter() - start
    matrix = clearer.compiled.matrix
    steps = len(counted)
    programs = recorded.programs[1:]
    kept = PyomoRoute(clearer.compiled)
    kept.solve(recorded.programs[0][-1])
    rebuilt_s, rebuilt = _time(programs, lambda numbers: PyomoRoute(clearer.compiled).solve(numbers))
    kept_s, warm = _time(programs, kept.solve)
    live = LiveProgram(clearer.compiled)
    _, reference = _time(programs, lambda numbers: _worth(numbers, live))
    for way, found in (("pyomo_rebuilt", rebuilt), ("pyomo_warm", warm)):
        if not np.allclose(found, reference, rtol=AGREE):
            raise ArithmeticError(f"{way} and HiGHS differ in welfare: {found} and {reference}")
    seconds = {
        "pyomo_rebuilt": rebuilt_s,
        "pyomo_warm": kept_s,
        "ours": ours,
        "highs": sum(answer.seconds for answer in answers),
    }
    return {
        "name": name,
        "columns": int(matrix.shape[1]),
        "rows": int(matrix.shape[0]),
        "steps": steps,
        "ms": {way: 1e3 * value / steps for way, value in seconds.items()},
        "solves_per_step": sum(answer.solves for answer in answers) / steps,
        "iterations_per_step": sum(answer.iterations for answer in answers) / steps,
    }


@contextmanager
def recording() -> Iterator[Recorded]:
    """Keep every market that is cleared while the block runs, and its linear programs."""
    recorded = Recorded([], [])
    call, solve = Clearer.__call__, LiveProgram.solve

    def clear_and_keep(self: Clearer, market: Market, *rest: Any, **named: Any) -> Any:
        recorded.markets.append(market)
        recorded.programs.append([])
        return call(self, market, *rest, **named)

    def solve_and_keep(self: LiveProgram, numbers: Numbers) -> Any:
        if recorded.programs:
            recorded.programs[-1].append(numbers)
        return solve(self, numbers)

    Clearer.__call__, LiveProgram.solve = clear_and_keep, solve_and_keep  # type: ignore[method-assign]
    try:
        yield recorded
    finally:
        Clearer.__call__, LiveProgram.solve = call, solve  # type: ignore[method-assign]


def _time(
    programs: Sequence[Sequence[Numbers]], way: Callable[[Numbers], float]
) -> tuple[float, list[float]]:
    """Seconds for all programs by one way, and the welfare it found in each."""
    start = time.perf_counter()
    found = [way(numbers) for step in programs for numbers in step]
    return time.perf_counter() - start, found


def _worth(numbers: Numbers, live: LiveProgram) -> float:
    return -float(numbers.cost @ live.solve(numbers).value)
