"""coercivity from Python: `import coercivity.api as cv`.

>>> import coercivity.api as cv
>>> run = cv.run("baseline", {"clock.end": "2025-04"})
>>> run.prices.attrs["units"]["price"]
'USD/kg'
>>> {"CN", "JP"} <= set(run.prices["jurisdiction"])
True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coercivity.experiments.api.calls import (
        analyse,
        backtest,
        build,
        compare,
        evidence,
        list_levers,
        list_materials,
        list_scenarios,
        list_states,
        list_strategies,
        load,
        run,
        settings,
        sweep,
    )
    from coercivity.experiments.api.games import game
    from coercivity.experiments.api.plans import plan
    from coercivity.experiments.api.results import (
        AnalysisResult,
        ComparisonResult,
        RunResult,
        SweepResult,
    )
    from coercivity.experiments.base.errors import UserError

__all__ = [
    "AnalysisResult",
    "ComparisonResult",
    "RunResult",
    "SweepResult",
    "UserError",
    "analyse",
    "backtest",
    "build",
    "compare",
    "evidence",
    "game",
    "list_levers",
    "list_materials",
    "list_scenarios",
    "list_states",
    "list_strategies",
    "load",
    "plan",
    "run",
    "settings",
    "sweep",
]

_RESULTS = ("AnalysisResult", "ComparisonResult", "RunResult", "SweepResult")
_HOMES = {"UserError": "base.errors", "game": "api.games", "plan": "api.plans"} | dict.fromkeys(
    _RESULTS, "api.results"
)


def __getattr__(name: str) -> Any:
    """What is asked for, imported when it is: the package itself starts in a moment."""
    if name not in __all__:
        raise AttributeError(f"coercivity.api has no `{name}`; it has {', '.join(__all__)}")
    return getattr(import_module(f"coercivity.experiments.{_HOMES.get(name, 'api.calls')}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
