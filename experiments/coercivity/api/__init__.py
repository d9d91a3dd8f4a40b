"""coercivity from Python: `import coercivity.api as cv`.

>>> import coercivity.api as cv
>>> run = cv.run("baseline", {"clock.end": "2025-04"})
>>> run.prices.attrs["units"]["price"]
'USD/kg'
>>> sorted(run.prices["jurisdiction"].unique())[:3]
['AO', 'AU', 'BI']
"""

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
    "list_levers",
    "list_materials",
    "list_scenarios",
    "list_states",
    "list_strategies",
    "load",
    "run",
    "settings",
    "sweep",
]
