"""The reference route: the same linear programs through Pyomo's own persistent HiGHS interface.

Slower, and readable from end to end: a solve sets the mutable parameters of `formulation.py` and
asks Pyomo for an optimum. The finish and the certificate are the same as for the live route.
"""

from typing import Any

import highspy
import numpy as np
from pyomo.contrib.solver.common.results import SolutionStatus, TerminationCondition
from pyomo.contrib.solver.solvers.highs import Highs

from coercivity.optimise.compiled import Compiled, variables_in_order
from coercivity.optimise.curves import BACKSTOP, DEMAND_STEPS, RISE_STEPS
from coercivity.optimise.errors import InfeasibleError
from coercivity.optimise.formulation import formulate
from coercivity.optimise.market import Array
from coercivity.optimise.program import LpSolution, Numbers
from coercivity.optimise.wiring import Mask

__all__ = ["PyomoProgram"]

BASIC = highspy.HighsBasisStatus.kBasic
LARGE = 1e9  # in the place of no limit, t
# Options of further tries where one ends without an optimum, as on the live route.
AGAIN: tuple[dict[str, str], ...] = ({}, {}, {"presolve": "on"}, {"presolve": "on", "solver": "ipm"})


class PyomoProgram:
    """The program in Pyomo, written once; a solve sets its parameters and solves again."""

    def __init__(self, compiled: Compiled, options: dict[str, Any] | None = None) -> None:
        self._compiled = compiled
        self._lp: Any = formulate(compiled.network, DEMAND_STEPS, RISE_STEPS)
        self._variables = variables_in_order(self._lp, compiled.network)
        self._spent = 0.0
        self._solver: Any = Highs()
        self._solver.config.load_solutions = False
        self._solver.config.raise_exception_on_nonoptimal_result = False
        tight = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}
        usual = {"presolve": "choose", "solver": "choose"}  # said each time, since Pyomo forgets none
        self._options = {**tight, **usual, **(options or {})}

    def twin(self) -> "PyomoProgram":
        """Another program of the same matrix; none of these begins anywhere."""
        return PyomoProgram(self._compiled, self._options)

    def solve(self, numbers: Numbers) -> LpSolution:
        """Solve to a proven optimum or raise InfeasibleError."""
        self._set(numbers)
        for more in AGAIN:
            results = self._solver.solve(self._lp, solver_options={**self._options, **more})
            proven = results.termination_condition is TerminationCondition.convergenceCriteriaSatisfied
            if proven and results.solution_status is SolutionStatus.optimal:
                break
            self._solver._solver_model.clearSolver()
        else:
            raise InfeasibleError(f"Pyomo's HiGHS says {results.termination_condition.name}")
        primals, duals = results.solution_loader.get_vars(), results.solution_loader.get_duals()
        value = np.array([primals.get(v, 0.0) for v in self._variables])
        price = self._prices(duals)
        return self._outcome(numbers, value, price, results)

    def _prices(self, duals: Any) -> Array:
        """Duals in our order. The program maximises, so that a scarce row's dual is negative."""
        price = np.zeros(self._compiled.matrix.shape[0])
        for name, span in self._compiled.rows.items():
            component = self._lp.component(name)
            for index, row in component.items():
                price[span.start + index] = -duals.get(row, 0.0)
        return price

    def _outcome(self, numbers: Numbers, value: Array, price: Array, results: Any) -> LpSolution:
        before, self._spent = self._spent, float(results.timing_info.highs_time)
        seconds = self._spent - before if self._spent >= before else self._spent
        basic, slack = self._basis()
        return LpSolution(
            value=np.minimum(value, numbers.upper)[: self._compiled.structural],
            dual=price,
            basic=basic,
            slack=slack,
            cost=float(numbers.cost @ value),
            iterations=int(getattr(results.extra_info, "simplex_iteration_count", 0) or 0),
            seconds=seconds,
        )

    def _basis(self) -> tuple[Mask, Mask]:
        """Which columns and rows are in the basis of the HiGHS beneath Pyomo's interface, in our order.

        To tell it by what is strictly between its bounds takes all ways of a tie for free at once.
        """
        solver = self._solver
        basis = solver._solver_model.getBasis()  # which, unlike getBasicVariables, needs no factors of it
        members = {at for at, status in enumerate(basis.col_status) if status == BASIC}
        members |= {-1 - at for at, status in enumerate(basis.row_status) if status == BASIC}
        column = solver._pyomo_var_to_solver_var_map
        basic = np.array([column.get(id(variable)) in members for variable in self._variables])
        slack = ~self._compiled.equal  # as rows over nothing, which are not written, are
        for name, span in self._compiled.rows.items():
            for index, row in self._lp.component(name).items():
                slack[span.start + index] = -1 - solver._pyomo_con_to_solver_con_map[row] in members
        return basic, slack

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
        self._store("d_value", -self._steps(cost))
        self._store("d_width", self._steps(upper))
        self._store("r_cost", cost[columns["r"]].reshape(-1, RISE_STEPS))
        self._store("r_width", upper[columns["r"]].reshape(-1, RISE_STEPS))

    def _steps(self, values: Array) -> Array:
        """Demand steps of every curve, the backstop last, (d, i)."""
        columns = self._compiled.columns
        table = values[columns["d"]].reshape(-1, BACKSTOP)
        return np.column_stack([table, values[columns["backstop"]]])

    def _store(self, name: str, values: Array) -> None:
        finite = np.clip(values, -LARGE, LARGE)
        entries = np.ndenumerate(finite)
        flat = values.ndim == 1
        self._lp.component(name).store_values(
            {(key[0] if flat else key): float(value) for key, value in entries}
        )
