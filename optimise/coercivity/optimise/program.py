"""One linear program of a step: its numbers, and the live HiGHS that solves and re-solves it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import highspy
import numpy as np
from numpy.typing import NDArray

from coercivity.optimise.compiled import Compiled
from coercivity.optimise.curves import BACKSTOP, DemandCurves, RiseCurves
from coercivity.optimise.errors import InfeasibleError, MarketError
from coercivity.optimise.loops import compiled_loop
from coercivity.optimise.market import Array, Market
from coercivity.optimise.wiring import Mask

__all__ = ["Backend", "LiveProgram", "Numbers", "Outcome", "numbers_of"]

# Unscaled, a hot re-solve takes fewer iterations: half of them on four times the network.
USUAL = {"threads": 1, "parallel": "off", "presolve": "off", "simplex_scale_strategy": 0}
CHUNK = 400  # members passed to HiGHS at a time: it sorts them, and long lists more slowly


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """What a solve needs beside the matrix: costs and bounds of columns, bounds of rows."""

    cost: Array
    upper: Array
    row_lower: Array
    row_upper: Array


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A proven optimum of one linear program.

    value: of structural columns, t; dual: of every row, USD/kg; basic: which columns are in the basis,
    slack: which rows are; cost: least of all columns together, thousand USD
    """

    value: Array
    dual: Array
    basic: NDArray[np.bool_]
    slack: NDArray[np.bool_]
    cost: float
    iterations: int
    seconds: float


class Backend(Protocol):
    """Whatever solves the program: the live HiGHS, or Pyomo as the reference."""

    def solve(self, numbers: Numbers) -> Outcome:
        """Solve to a proven optimum or raise InfeasibleError."""


def numbers_of(
    compiled: Compiled,
    market: Market,
    base: Array,
    bounds: tuple[Array, Array],
    price: Array,
    narrow: tuple[Array, Array],
) -> Numbers:
    """The program with every curve cut around `price`, (rows); ad valorem taxes at `price` too.

    base: structural costs without taxes; bounds: of structural columns, and of rows; narrow:
    how much finer than at first the steps of demand and rise curves are cut.
    """
    n, p = compiled.rows["balance"], compiled.rows["capacity"]
    network = compiled.network
    value, width = DemandCurves.of(market).steps(price[n][network.demand_node], narrow[0])
    strain, room = RiseCurves.of(market).steps(price[p], narrow[1])
    cost = np.concatenate([base, -value[:, :BACKSTOP].ravel(), strain.ravel()])
    upper = np.concatenate([bounds[0], width[:, :BACKSTOP].ravel(), room.ravel()])
    cost[compiled.columns["f"]] += market.ad_valorem * price[n][network.origin]
    row_upper = np.full(bounds[1].size, np.inf)
    row_upper[n] = bounds[1][n]
    return Numbers(cost, upper, bounds[1], row_upper)


class LiveProgram:
    """One HiGHS instance over one matrix; every solve starts from the last basis."""

    def __init__(self, compiled: Compiled, options: dict[str, Any] | None = None) -> None:
        self._compiled = compiled
        self._highs: Any = highspy.Highs()
        self._highs.setOptionValue("output_flag", False)
        settings = {**USUAL, **(options or {})}
        for name, setting in settings.items():
            self._highs.setOptionValue(name, setting)
        self._solver = settings.get("solver", "choose")
        self._numbers: Numbers | None = None
        self._interior = False

    def solve(self, numbers: Numbers) -> Outcome:
        """Solve from the last basis; from a clear one if that does not end in an optimum."""
        if self._numbers is None:
            self._load(numbers)
        else:
            self._change(numbers, self._numbers)
        self._numbers = numbers
        if self._interior:
            self._highs.clearSolver()  # from what an interior point leaves behind, HiGHS 1.15 crashes
        status = self._run()
        if status != highspy.HighsModelStatus.kOptimal:
            self._highs.clearSolver()
            status = self._run()
        if status != highspy.HighsModelStatus.kOptimal:
            self._highs.clearSolver()
            status = self._run(presolve="on")
        known = highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible
        if status not in (*known, highspy.HighsModelStatus.kNotset):
            self._highs.clearSolver()
            status = self._run(presolve="on", solver="ipm")
        if status == highspy.HighsModelStatus.kNotset:
            raise MarketError("HiGHS does not run: optimise.threads is fixed by the first solve of a process")
        if status != highspy.HighsModelStatus.kOptimal:
            raise InfeasibleError(f"HiGHS says {self._highs.modelStatusToString(status)}")
        return self._outcome()

    def _run(self, **options: str) -> Any:
        """Run with some options set for this once."""
        before = self._highs.getRunTime()
        usual = {name: self._highs.getOptionValue(name)[1] for name in options}
        for name, setting in options.items():
            self._highs.setOptionValue(name, setting)
        self._interior = options.get("solver", self._solver) == "ipm"
        self._highs.run()
        for name, setting in usual.items():
            self._highs.setOptionValue(name, setting)
        self._seconds = self._highs.getRunTime() - before
        return self._highs.getModelStatus()

    def _load(self, numbers: Numbers) -> None:
        lp = highspy.HighsLp()
        matrix = self._compiled.matrix
        lp.num_row_, lp.num_col_ = matrix.shape
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = (
            numbers.cost,
            np.zeros_like(numbers.cost),
            numbers.upper,
        )
        lp.row_lower_, lp.row_upper_ = numbers.row_lower, numbers.row_upper
        lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
        lp.a_matrix_.value_ = matrix.data
        self._highs.passModel(lp)

    def _change(self, numbers: Numbers, before: Numbers) -> None:
        """Pass on what is not as it was."""
        for some in _chunks(numbers.cost != before.cost):
            self._highs.changeColsCost(some.size, some, numbers.cost[some])
        for some in _chunks(numbers.upper != before.upper):
            self._highs.changeColsBounds(some.size, some, np.zeros(some.size), numbers.upper[some])
        moved = (numbers.row_lower != before.row_lower) | (numbers.row_upper != before.row_upper)
        for some in _chunks(moved):
            self._highs.changeRowsBounds(some.size, some, numbers.row_lower[some], numbers.row_upper[some])

    def _outcome(self) -> Outcome:
        solution, info = self._highs.getSolution(), self._highs.getInfo()
        basic, slack = self._basis()
        return Outcome(
            value=np.fromiter(solution.col_value, np.float64, self._compiled.structural),
            dual=np.fromiter(solution.row_dual, np.float64, slack.size),
            basic=basic,
            slack=slack,
            cost=float(info.objective_function_value),
            iterations=int(info.simplex_iteration_count),
            seconds=self._seconds,
        )

    def _basis(self) -> tuple[Mask, Mask]:
        """Which columns and which rows' slacks are basic."""
        rows, columns = self._compiled.matrix.shape
        if self._interior:  # leaves no factors, without which HiGHS cannot be asked for its members
            basis, member = self._highs.getBasis(), highspy.HighsBasisStatus.kBasic
            column = np.array([status == member for status in basis.col_status])
            return column, np.array([status == member for status in basis.row_status])
        _, members = self._highs.getBasicVariables()
        return _parted(members, columns, rows)


@compiled_loop
def _parted(members: NDArray[np.int32], columns: int, rows: int) -> tuple[Mask, Mask]:
    """Which columns and which rows are among members, as HiGHS numbers them."""
    column, row = np.zeros(columns, np.bool_), np.zeros(rows, np.bool_)
    for member in members:
        if member >= 0:
            column[member] = True
        else:
            row[-1 - member] = True
    return column, row


def _chunks(changed: NDArray[np.bool_]) -> Iterator[NDArray[np.int32]]:
    """Positions of what changed, some at a time."""
    at = np.flatnonzero(changed).astype(np.int32)
    for start in range(0, at.size, CHUNK):
        yield at[start : start + CHUNK]
