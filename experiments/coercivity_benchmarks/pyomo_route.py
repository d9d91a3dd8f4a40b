"""The same linear programs through Pyomo's own persistent HiGHS interface, as a yardstick.

As a careful modeller would set it up: one thread like ours, and no search for changes of what never
changes (constraints, variables, the objective's form), only for new values of parameters.
"""

from typing import Any

import numpy as np
from pyomo.contrib.solver.common.results import SolutionStatus
from pyomo.contrib.solver.solvers.highs import Highs

from coercivity.optimise.compiled import Compiled
from coercivity.optimise.curves import BACKSTOP, DEMAND_STEPS, RISE_STEPS
from coercivity.optimise.formulation import formulate
from coercivity.optimise.market import Array
from coercivity.optimise.program import Numbers

LARGE = 1e9  # in the place of no limit, t


class PyomoRoute:
    """The program in Pyomo, built once; every solve sets its parameters and solves again."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._lp: Any = formulate(compiled.network, DEMAND_STEPS, RISE_STEPS)
        self._solver: Any = Highs()
        self._solver.config.load_solutions = False
        self._solver.config.raise_exception_on_nonoptimal_result = False
        self._solver.config.threads = 1
        checks = self._solver.config.auto_updates
        for name in checks:
            setattr(checks, name, name == "update_parameters")

    def solve(self, numbers: Numbers) -> float:
        """Welfare at the optimum, thousand USD."""
        self._set(numbers)
        results = self._solver.solve(self._lp)
        if results.solution_status is not SolutionStatus.optimal:
            raise ArithmeticError(f"Pyomo's HiGHS says {results.termination_condition.name}")
        return float(results.incumbent_objective)

    def _set(self, numbers: Numbers) -> None:
        columns, rows = self._compiled.columns, self._compiled.rows
        cost, upper, least = numbers.cost, numbers.upper, numbers.row_lower
        self._store("k", cost[columns["x"]])
        self._store("g", cost[columns["f"]])
        self._store("bound", upper[columns["f"]])
        self._store("h", -cost[columns["z"]])
        self._store("q", cost[columns["s"]])
        self._store("supply", -least[rows["balance"]])
        self._store("allowed", -least[rows["limit"]])
        self._store("ceiling", -least[rows["cap"]])
        self._store("promised", least[rows["contract"]])
        self._store("d_value", -self._steps(cost, "d", BACKSTOP, "backstop"))
        self._store("d_width", self._steps(upper, "d", BACKSTOP, "backstop"))
        self._store("r_cost", cost[columns["r"]].reshape(-1, RISE_STEPS))
        self._store("r_width", upper[columns["r"]].reshape(-1, RISE_STEPS))

    def _steps(self, values: Array, name: str, steps: int, last: str) -> Array:
        table = values[self._compiled.columns[name]].reshape(-1, steps)
        return np.column_stack([table, values[self._compiled.columns[last]]])

    def _store(self, name: str, values: Array) -> None:
        finite = np.clip(values, -LARGE, LARGE)
        flat = values.ndim == 1
        entries = np.ndenumerate(finite)
        self._lp.component(name).store_values(
            {(key[0] if flat else key): float(value) for key, value in entries}
        )
