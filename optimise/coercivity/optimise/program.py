"""One linear program of a step: its numbers, and the live HiGHS that solves and re-solves it."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from coercivity.optimise.compiled import Compiled
from coercivity.optimise.curves import BACKSTOP, NONE, RISE_STEPS, Leads
from coercivity.optimise.errors import ClearingError, InfeasibleError, MarketError
from coercivity.optimise.highs import INFEASIBLE, INTERIOR, NOT_RUN, OPTIMAL, UNSOLVABLE, Highs
from coercivity.optimise.market import Array
from coercivity.optimise.smooth import Smooth
from coercivity.optimise.wiring import Mask

__all__ = ["Backend", "LiveProgram", "Numbers", "LpSolution", "leads", "numbers_of"]

# Unscaled, and with costs hardly perturbed, a hot re-solve takes less (docs/decisions/0020).
USUAL = {
    "threads": 1,
    "parallel": "off",
    "presolve": "off",
    "simplex_scale_strategy": 0,
    "dual_simplex_cost_perturbation_multiplier": 0.003,
    "simplex_dual_edge_weight_strategy": 0,  # Dantzig: a hot re-solve is too short to earn back its weights
}


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """What a solve needs beside the matrix: costs and bounds of columns, bounds of rows."""

    cost: Array
    upper: Array
    row_lower: Array
    row_upper: Array


@dataclass(frozen=True, slots=True, eq=False)
class LpSolution:
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

    def solve(self, numbers: Numbers) -> LpSolution:
        """Solve to a proven optimum, or raise InfeasibleError where there is none and ClearingError else."""

    def twin(self) -> "Backend":
        """Another program of the same matrix, which begins where this one stands."""


def numbers_of(
    smooth: Smooth, price: Array, narrow: tuple[Array, Array], lead: tuple[Leads, Leads]
) -> Numbers:
    """The program with every curve cut around `price`, (rows); ad valorem taxes at `price` too.

    narrow, lead: how much finer than at first the steps of demand and rise curves are cut, and
    which of its columns leads each.
    """
    compiled, n, p = smooth.compiled, smooth.balance, smooth.capacity
    network = compiled.network
    value, width = smooth.demand.steps(price[n][network.demand_node], narrow[0], lead[0])
    strain, room = smooth.rise.steps(price[p], narrow[1], lead[1])
    cost = np.concatenate([smooth.cost, -value[:, :BACKSTOP].ravel(), strain.ravel()])
    upper = np.concatenate([smooth.upper, width[:, :BACKSTOP].ravel(), room.ravel()])
    cost[compiled.columns["f"]] += smooth.market.ad_valorem * price[n][network.origin]
    row_upper = np.full(smooth.right.size, np.inf)
    row_upper[n] = smooth.right[n]
    return Numbers(cost, upper, smooth.right, row_upper)


def leads(compiled: Compiled, basic: Mask) -> tuple[Leads, Leads]:
    """Which of each curve's columns is in a basis, so that it may lead: of demand, and of rise curves."""
    demand, rise = basic[compiled.columns["d"]], basic[compiled.columns["r"]]
    return _first(demand.reshape(-1, BACKSTOP)), _first(rise.reshape(-1, RISE_STEPS))


def _first(members: NDArray[np.bool_]) -> Leads:
    return np.where(members.any(axis=1), members.argmax(axis=1), NONE)


class LiveProgram:
    """One HiGHS instance over one matrix; every solve starts from the last basis."""

    def __init__(
        self, compiled: Compiled, options: dict[str, Any] | None = None, like: "LiveProgram | None" = None
    ) -> None:
        self._compiled, self._options, self._like = compiled, options or {}, like
        self._highs = Highs()
        for name, setting in {**USUAL, **self._options}.items():
            self._highs.set_option(name, setting)
        self._numbers: Numbers | None = None
        self._interior = False
        self._least = np.zeros(compiled.matrix.shape[1])

    def solve(self, numbers: Numbers) -> LpSolution:
        """Solve from the last basis; from a clear one if that does not end in an optimum."""
        if self._numbers is None:
            rows = numbers.row_lower, numbers.row_upper
            self._highs.load(self._compiled.matrix, numbers.cost, numbers.upper, rows)
            if self._like is not None:
                self._highs.begin_like(self._like._highs)
                self._like = None
        else:
            self._change(numbers, self._numbers)
        self._numbers = numbers
        if self._interior:
            self._highs.clear()  # from what an interior point leaves behind, HiGHS 1.15 crashes
        status = self._run()
        if status != OPTIMAL:
            self._highs.clear()
            status = self._run()
        if status != OPTIMAL:
            self._highs.clear()
            status = self._run(presolve="on")
        if status not in (OPTIMAL, INFEASIBLE, NOT_RUN):
            self._highs.clear()
            status = self._run(presolve="on", solver="ipm")
        if status == NOT_RUN:
            raise MarketError(
                "HiGHS does not run: its threads (optimise.threads) are those of another clearing"
            )
        if status in UNSOLVABLE:
            raise InfeasibleError(f"HiGHS says {self._highs.ended()}")
        if status != OPTIMAL:
            raise ClearingError(f"HiGHS says {self._highs.ended()}")
        return self._outcome()

    def twin(self) -> "LiveProgram":
        """Another live program, which begins at the basis this one has when it is first solved."""
        return LiveProgram(self._compiled, self._options, self if self._numbers is not None else None)

    def _run(self, **options: str) -> Any:
        """Run with some options set for this once."""
        usual = {name: self._highs.option(name) for name in options}
        for name, setting in options.items():
            self._highs.set_option(name, setting)
        self._interior = self._highs.option("solver") in INTERIOR
        status, self._seconds = self._highs.run()
        for name, setting in usual.items():
            self._highs.set_option(name, setting)
        return status

    def _change(self, numbers: Numbers, before: Numbers) -> None:
        """Pass on what is not as it was."""
        at = _positions(numbers.cost != before.cost)
        if at.size:
            self._highs.change_costs(at, numbers.cost[at])
        at = _positions(numbers.upper != before.upper)
        if at.size:
            self._highs.change_columns(at, self._least[at], numbers.upper[at])
        at = _positions((numbers.row_lower != before.row_lower) | (numbers.row_upper != before.row_upper))
        if at.size:
            self._highs.change_rows(at, numbers.row_lower[at], numbers.row_upper[at])

    def _outcome(self) -> LpSolution:
        rows, columns = self._compiled.matrix.shape
        value, dual = self._highs.solution(self._compiled.structural)
        basic, slack = self._highs.basis(columns, rows)
        return LpSolution(
            value=value,
            dual=dual,
            basic=basic,
            slack=slack,
            cost=self._highs.objective(),
            iterations=self._highs.iterations(),
            seconds=self._seconds,
        )


def _positions(changed: Mask) -> NDArray[np.int32]:
    return np.flatnonzero(changed).astype(np.int32)
