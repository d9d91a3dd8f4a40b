"""What it costs when one state looks ahead, beside the same run by its rule."""

from collections.abc import Callable, Sequence
from typing import Any

from coercivity_benchmarks.bench_run import bench_run

STATE = "china"
STRATEGIES = ("rule", "optimising")


def bench_strategy(
    overrides: Sequence[str], most: int | None = None, tell: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """The same scenario by rule and looking ahead, one after the other; ms a step of each, and their ratio.

    A strategy's own cost is bounded by its horizon, its options and how often it thinks again: `horizon`,
    `options` and `every` of conf/state/china.yaml.
    """
    found = {}
    for strategy in STRATEGIES:
        found[strategy] = bench_run([*overrides, f"state.{STATE}.strategy={strategy}"], most, tell)
    rule, optimising = (found[name]["ms"]["whole"] for name in STRATEGIES)
    return {
        "scenario": found["rule"]["scenario"],
        "steps": found["rule"]["steps"],
        "ms": {name: found[name]["ms"]["whole"] for name in STRATEGIES},
        "busy": max(found[name]["busy"] for name in STRATEGIES),
        "ratios": {"optimising_to_rule": optimising / rule},
    }
