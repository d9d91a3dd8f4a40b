"""HiGHS by highspy's public methods: arrays go in and come out, and what HiGHS refuses is named.

Two of highspy's ways cost as much as a hot re-solve: to change things one by one, and to read the status
of every column as a list of enumeration members. So what changes is passed as one array of positions, and
the basis is read as the array of what is in it.
"""

from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from coercivity.optimise.errors import MarketError
from coercivity.optimise.market import Array

__all__ = ["INFEASIBLE", "INTERIOR", "NOT_RUN", "OPTIMAL", "UNSOLVABLE", "Highs"]

Status = highspy.HighsModelStatus
OPTIMAL, INFEASIBLE, NOT_RUN = Status.kOptimal, Status.kInfeasible, Status.kNotset
UNSOLVABLE = INFEASIBLE, Status.kUnbounded, Status.kUnboundedOrInfeasible
REFUSED = highspy.HighsStatus.kError
BASIC = highspy.HighsBasisStatus.kBasic
INTERIOR = ("ipm", "ipx", "hipo")  # solvers that leave no factors behind
LARGEST = 2**31 - 1  # of HiGHS's whole numbers
Kind = highspy.HighsOptionType
TAKES: dict[Any, tuple[type, ...]] = {
    Kind.kBool: (bool,),
    Kind.kInt: (int,),
    Kind.kDouble: (int, float),
    Kind.kString: (str,),
}

# A callback, which highspy sets, holds the solver for ever: a run would never give it back. And from 1.16 on
# setting it prints a banner on standard output, into whatever is read from there.
untyped: Any = highspy.Highs
QUIET: Any = type("Quiet", (untyped,), {"enableCallbacks": untyped.silent})

Mask = NDArray[np.bool_]
Positions = NDArray[np.int32]


class Highs:
    """One HiGHS and the program in it. What HiGHS refuses raises MarketError."""

    def __init__(self) -> None:
        self._solver = QUIET()
        self._solver.callbacks.clear()
        self._factors = False

    def set_option(self, name: str, value: Any) -> None:
        """Set an option of HiGHS."""
        status, kind = self._solver.getOptionType(name)
        if status == REFUSED:
            raise MarketError(f"HiGHS has no option {name!r}")
        fits = isinstance(value, TAKES[kind]) and isinstance(value, bool) == (kind == Kind.kBool)
        if isinstance(value, int) and abs(value) > LARGEST:
            fits = False
        if not fits or self._solver.setOptionValue(name, value) == REFUSED:
            raise MarketError(f"HiGHS's option {name} cannot be {value!r}")

    def option(self, name: str) -> Any:
        """An option as HiGHS has it."""
        status, value = self._solver.getOptionValue(name)
        if status == REFUSED:
            raise MarketError(f"HiGHS has no option {name!r}")
        return value

    def load(self, matrix: sparse.csc_matrix, cost: Array, upper: Array, rows: tuple[Array, Array]) -> None:
        """Take a program: cost and upper bounds of columns, whose lower ones are 0, and bounds of rows."""
        lp = highspy.HighsLp()
        lp.num_row_, lp.num_col_ = matrix.shape
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.zeros_like(cost), upper
        lp.row_lower_, lp.row_upper_ = rows
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
        lp.a_matrix_.value_ = matrix.data
        _check_accepted("passModel", self._solver.passModel(lp))

    def begin_like(self, other: "Highs") -> None:
        """Begin the next solve at the basis of another program of the same size, if that has one."""
        basis = other._solver.getBasis()
        if basis.valid:
            _check_accepted("setBasis", self._solver.setBasis(basis))

    def change_costs(self, at: Positions, cost: Array) -> None:
        """Set the costs of columns."""
        _check_accepted("changeColsCost", self._solver.changeColsCost(at.size, at, cost))

    def change_columns(self, at: Positions, lower: Array, upper: Array) -> None:
        """Set the bounds of columns."""
        _check_accepted("changeColsBounds", self._solver.changeColsBounds(at.size, at, lower, upper))

    def change_rows(self, at: Positions, lower: Array, upper: Array) -> None:
        """Set the bounds of rows, which are few; one by one, since highspy 1.12 has no other way."""
        for row, least, most in zip(at.tolist(), lower.tolist(), upper.tolist(), strict=True):
            _check_accepted("changeRowBounds", self._solver.changeRowBounds(row, least, most))

    def clear(self) -> None:
        """Forget the last basis."""
        _check_accepted("clearSolver", self._solver.clearSolver())

    def run(self) -> tuple[Any, float]:
        """Solve: how it ended, and seconds as HiGHS tells them."""
        self._factors = self.option("solver") not in INTERIOR
        before: float = self._solver.getRunTime()
        self._solver.run()
        return self._solver.getModelStatus(), self._solver.getRunTime() - before

    def ended(self) -> str:
        """How the last solve ended, in HiGHS's words."""
        return str(self._solver.modelStatusToString(self._solver.getModelStatus()))

    def solution(self, columns: int = -1) -> tuple[Array, Array]:
        """Values of columns, or of the first so many, and duals of rows."""
        solution = self._solver.getSolution()
        dual = solution.row_dual  # each read makes a list of all of them
        return np.fromiter(solution.col_value, float, columns), np.fromiter(dual, float, len(dual))

    def basis(self, columns: int, rows: int) -> tuple[Mask, Mask]:
        """Which columns are in the basis, and which rows."""
        column, row = np.zeros(columns, np.bool_), np.zeros(rows, np.bool_)
        # An interior point leaves no factors, and HiGHS dies of being asked for what they hold.
        asked = self._solver.getBasicVariables() if self._factors else (REFUSED, np.empty(0, int))
        status, members = asked
        if status == REFUSED:  # the slower list
            basis = self._solver.getBasis()
            column[:] = [status == BASIC for status in basis.col_status]
            row[:] = [status == BASIC for status in basis.row_status]
        else:
            column[members[members >= 0]] = True
            row[-1 - members[members < 0]] = True
        return column, row

    def iterations(self) -> int:
        """Simplex iterations of the last solve."""
        return int(self._solver.getInfoValue("simplex_iteration_count")[1])

    def objective(self) -> float:
        """Cost of all columns together."""
        return float(self._solver.getInfoValue("objective_function_value")[1])


def _check_accepted(what: str, status: Any) -> None:
    if status == REFUSED:
        raise MarketError(f"HiGHS refuses {what}")
