"""What a step of clearing costs: Pyomo or linopy rebuilt, Pyomo kept, ours, and HiGHS alone within ours.

The steps are those of a run of the model, recorded as it clears them; larger networks are copies of
them that trade (`bench_enlarge`). linopy is timed where it is installed (`pip install
"coercivity[bench]"`). All ways solve the same linear programs and must find the same
welfare; ours also turns them into the certified equilibrium.
"""

import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np

from coercivity.experiments.base.errors import UserError
from coercivity.optimise.clearer import Clearer
from coercivity.optimise.compiled import Compiled, compile_network
from coercivity.optimise.market import Clearing, Market
from coercivity.optimise.program import LiveProgram, LpSolution, Numbers
from coercivity_benchmarks.bench_enlarge import enlarge
from coercivity_benchmarks.linopy_route import LinopyRoute, has_linopy
from coercivity_benchmarks.pyomo_route import PyomoRoute

AGREE = 1e-6  # relative difference of welfare between ways
SKIPPED = 4  # steps before the first that is recorded, in which a run still settles down
PASSES, ENOUGH = 3, 10.0  # over all steps by ours: so many, or until they took so many seconds
REBUILT = 2  # linear programs of a step that are rebuilt; rebuilding costs the same for each
WAYS = ("pyomo_rebuilt", "pyomo_warm", "linopy_rebuilt", "ours", "highs")

Solved = tuple[Numbers, LpSolution]
Given = TypeVar("Given")
Told = TypeVar("Told")


class Route(Protocol):
    """A way to write and solve the linear programs."""

    def solve(self, numbers: Numbers) -> float:
        """Welfare at the optimum, thousand USD."""


@dataclass(frozen=True)
class Recorded:
    """The markets of a run in order, and the linear programs that cleared each of them."""

    markets: list[Market] = field(default_factory=list)
    programs: list[list[Solved]] = field(default_factory=list)


@dataclass(frozen=True)
class Pass:
    """All steps by ours, once: seconds of each, its answer, and its linear programs."""

    seconds: list[float]
    answers: list[Clearing]
    programs: list[list[Solved]]


def bench_clearing(
    overrides: Sequence[str], steps: int, sizes: Sequence[int], tell: Callable[[str], None] = lambda _: None
) -> list[dict[str, Any]]:
    """The clearing of `steps` steps of the model by every way, on networks `sizes` times as large.

    tell: is given a sentence on what is being timed
    """
    tell("recording a run")
    name, markets = record(overrides, steps)
    found = []
    for size in sizes:
        tell(f"{name}: timing {steps} steps on a network {size} times as large")
        enlarged = enlarge(markets[0], size)
        larger = markets if size == 1 else [enlarged.market(market) for market in markets]
        found.append(timed(name if size == 1 else f"{name} x{size}", larger) | {"size": size})
    for network in found:
        network["growth"] = {way: ms / found[0]["ms"][way] for way, ms in network["ms"].items()}
    return found


def record(overrides: Sequence[str], steps: int) -> tuple[str, list[Market]]:
    """A scenario's name and its markets: one to warm up with, and the `steps` that follow it."""
    from coercivity.experiments.base.paths import evidence_dir
    from coercivity.experiments.config.compose import compose
    from coercivity.experiments.runs.loader import World

    composed = compose(overrides)
    clock = composed.settings.clock
    skipped = min(SKIPPED, clock.steps - 2)
    if skipped < 0:
        raise UserError(f"{clock.start} to {clock.end} by {clock.step} is one step; a benchmark needs two")
    world = World(composed.settings, evidence_dir())
    markets = []
    for _ in range(min(skipped + 1 + steps, clock.steps)):
        markets.append(world.live().assembled.market)
        world.clock += 1
    return composed.scenario, markets[skipped:]


def timed(name: str, markets: Sequence[Market]) -> dict[str, Any]:
    """Every way on the same steps; the first market warms up and is not counted.

    busy: seconds that passed for one of work, 1 where nothing else used the machine; peak_mib: the most
    memory the process had held when a way was done, in the order they are timed, ours first
    """
    began = time.perf_counter(), time.process_time()
    compile_s, compiled = _clocked(compile_network, markets[0].network)
    passes = [_pass(compiled, markets)]
    while len(passes) < PASSES and sum(sum(each.seconds) for each in passes) < ENOUGH:
        passes.append(_pass(compiled, markets))
    seconds, answers = _typical(passes)
    programs, steps, peak = passes[-1].programs, len(answers), {"ours": _mebibytes()}
    spent = {"ours": sum(seconds), "highs": sum(answer.seconds for answer in answers)}
    spent["pyomo_warm"] = _time_kept_model(compiled, programs)
    peak["pyomo_warm"] = _mebibytes()
    build_s, spent["pyomo_rebuilt"] = _rebuilt("Pyomo", PyomoRoute, compiled, programs[1:])
    peak["pyomo_rebuilt"] = _mebibytes()
    if has_linopy():
        _clocked(LinopyRoute(compiled).solve, programs[0][0][0])  # what is imported once is not counted
        _, spent["linopy_rebuilt"] = _rebuilt("linopy", LinopyRoute, compiled, programs[1:])
        peak["linopy_rebuilt"] = _mebibytes()
    passed, worked = time.perf_counter() - began[0], time.process_time() - began[1]
    return {
        "name": name,
        "columns": int(compiled.matrix.shape[1]),
        "rows": int(compiled.matrix.shape[0]),
        "steps": steps,
        "ms": {way: 1e3 * spent[way] / steps for way in WAYS if way in spent},
        "peak_mib": peak,
        "solves_per_step": sum(answer.solves for answer in answers) / steps,
        "iterations_per_step": sum(answer.iterations for answer in answers) / steps,
        "once_ms": {"pyomo_build": 1e3 * build_s, "compile": 1e3 * compile_s},
        "busy": passed / worked,
    }


@contextmanager
def recording() -> Iterator[Recorded]:
    """Keep every market that is cleared while the block runs, and its linear programs."""
    recorded = Recorded()
    call, solve = Clearer.__call__, LiveProgram.solve

    def clear_and_keep(self: Clearer, market: Market, *rest: Any, **named: Any) -> Any:
        recorded.markets.append(market)
        recorded.programs.append([])
        return call(self, market, *rest, **named)

    def solve_and_keep(self: LiveProgram, numbers: Numbers) -> Any:
        outcome = solve(self, numbers)
        if recorded.programs:
            recorded.programs[-1].append((numbers, outcome))
        return outcome

    Clearer.__call__, LiveProgram.solve = clear_and_keep, solve_and_keep  # type: ignore[method-assign]
    try:
        yield recorded
    finally:
        Clearer.__call__, LiveProgram.solve = call, solve  # type: ignore[method-assign]


def _pass(compiled: Compiled, markets: Sequence[Market]) -> Pass:
    """All steps in order from a fresh start, the first to warm up."""
    clearer = Clearer(compiled.network, compiled)
    with recording() as recorded:
        timings = [_clocked(clearer, market) for market in markets]
    seconds, answers = zip(*timings[1:], strict=True)
    return Pass(list(seconds), list(answers), recorded.programs)


def _typical(passes: Sequence[Pass]) -> tuple[list[float], list[Clearing]]:
    """The middle one of all clearings of every step by time; the other ways get no best of many either."""
    ranked = np.argsort([each.seconds for each in passes], axis=0, kind="stable")
    middle = ranked[(len(passes) - 1) // 2]
    seconds = [passes[at].seconds[step] for step, at in enumerate(middle)]
    return seconds, [passes[at].answers[step] for step, at in enumerate(middle)]


def _rebuilt(
    name: str, route_of: Callable[[Compiled], Route], compiled: Compiled, programs: Sequence[Sequence[Solved]]
) -> tuple[float, float]:
    """Seconds to write the model once, and for all programs if each is written anew."""
    building: list[float] = []
    total = 0.0
    for step in programs:
        some = [step[0], step[-1]][: min(REBUILT, len(step))]
        spent = 0.0
        for numbers, outcome in some:
            build_s, route = _clocked(route_of, compiled)
            solve_s, welfare = _clocked(route.solve, numbers)
            _agree(f"{name} rebuilt", welfare, outcome)
            building.append(build_s)
            spent += build_s + solve_s
        total += spent / len(some) * len(step)
    return sum(building) / len(building), total


def _time_kept_model(compiled: Compiled, programs: Sequence[Sequence[Solved]]) -> float:
    """Seconds for all programs of all steps but the first through one model that is kept."""
    route, total = PyomoRoute(compiled), 0.0
    for at, step in enumerate(programs):
        for numbers, outcome in step if at else step[-1:]:
            seconds, welfare = _clocked(route.solve, numbers)
            _agree("Pyomo kept warm", welfare, outcome)
            total += seconds if at else 0.0
    return total


def _agree(way: str, welfare: float, outcome: LpSolution) -> None:
    """Raise ArithmeticError unless a way found the welfare that HiGHS did."""
    if not np.isclose(welfare, -outcome.cost, rtol=AGREE):
        raise ArithmeticError(f"{way} and HiGHS differ in welfare: {welfare} and {-outcome.cost}")


def _clocked(do: Callable[[Given], Told], given: Given) -> tuple[float, Told]:
    start = time.perf_counter()
    told = do(given)
    return time.perf_counter() - start, told


def _mebibytes() -> float:
    """The most memory this process has held so far."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 2**10
