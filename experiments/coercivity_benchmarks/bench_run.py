"""What a whole step of the model costs, phase by phase, beside the time HiGHS itself takes in it."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from coercivity_benchmarks.bench_clearing import recording

PHASES = ("observe", "decide", "assemble", "clear", "settle", "learn", "record")


def bench_run(
    overrides: Sequence[str], most: int | None = None, tell: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Run a scenario, or its first `most` steps, and say where its time went, ms a step.

    highs is what HiGHS reports of all linear programs of a step, those that states imagine included;
    highs_clear that of the clearing proper. tell: is given a sentence on what is being timed
    """
    from coercivity.experiments.base.paths import evidence_dir
    from coercivity.experiments.config.compose import compose
    from coercivity.experiments.runs.loader import World

    composed = compose(overrides)
    clock = composed.settings.clock
    steps = min(most or clock.steps, clock.steps)
    tell(f"{composed.scenario}: {steps} steps by {clock.step}")
    start, worked = time.perf_counter(), time.process_time()
    world = World(composed.settings, evidence_dir())
    made = time.perf_counter() - start
    highs = clear = 0.0
    solves = iterations = 0
    for _ in range(steps):
        with recording() as recorded:
            world.step()
        assert world.last is not None
        highs += sum(outcome.seconds for programs in recorded.programs for _, outcome in programs)
        clear += world.last.seconds
        solves, iterations = solves + world.last.solves, iterations + world.last.iterations
    busy = (time.perf_counter() - start) / (time.process_time() - worked)
    start = time.perf_counter()
    rows = sum(len(table) for table in world.tables().values())
    tables_s = time.perf_counter() - start
    spent = world.timing().groupby("phase")["seconds"].sum()
    seconds = {phase: float(spent.get(phase, 0.0)) for phase in PHASES}
    whole = sum(seconds.values())
    return {
        "scenario": composed.scenario,
        "clock": {"start": clock.start, "end": clock.end, "step": clock.step},
        "steps": steps,
        "ms": {
            **{phase: 1e3 * value / steps for phase, value in seconds.items()},
            "whole": 1e3 * whole / steps,
            "highs": 1e3 * highs / steps,
            "highs_clear": 1e3 * clear / steps,
        },
        "once_ms": {"world": 1e3 * made, "tables": 1e3 * tables_s},
        "rows": rows,
        "solves_per_step": solves / steps,
        "iterations_per_step": iterations / steps,
        "busy": busy,
        "ratios": {"whole_to_highs": whole / highs, "clear_to_highs": seconds["clear"] / clear},
    }
