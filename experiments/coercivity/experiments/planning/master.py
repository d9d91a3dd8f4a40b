"""The master: what is decided first, and what it has learnt of every block so far.

columns: x | θ of every block | value at risk and excess over it of every future | a world given up on
"""

from collections.abc import Sequence
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from coercivity.experiments.planning.program import Aim, Cut, TwoStage
from coercivity.optimise.highs import OPTIMAL, UNSOLVABLE, Highs
from coercivity.optimise.market import Array

__all__ = ["Master"]

FLOOR = -1e7  # million USD: no block is worth more


class Master(Highs):
    """The program over decisions and cuts, in one HiGHS that grows."""

    def __init__(self, problem: TwoStage, aim: Aim) -> None:
        super().__init__()
        self.set_option("threads", 1)
        self.problem, self.aim = problem, aim
        first, blocks = problem.first, len(problem.blocks)
        self.decided = len(first.names)
        looked_at = {at for world in aim.goal.worlds for at, _ in world} if aim.goal else set()
        self.asked = looked_at | {at for at, weight in enumerate(aim.weight) if weight > 0}
        tails = 1 + len(aim.tail.futures) if aim.tail else 0
        worlds = len(aim.goal.worlds) if aim.goal else 0
        self.risk, self.given_up = self.decided + blocks, self.decided + blocks + tails
        size = self.given_up + worlds
        cost, lower, upper = np.zeros(size), np.zeros(size), np.full(size, np.inf)
        cost[: self.decided], upper[: self.decided] = first.cost, first.upper
        mean = 1.0 - (aim.tail.weight if aim.tail else 0.0)
        cost[self.decided : self.risk] = mean * np.asarray(aim.weight)
        lower[self.decided : self.risk] = FLOOR
        unweighted = np.flatnonzero(np.asarray(aim.weight) <= 0)
        lower[self.decided + unweighted] = 0.0
        if aim.tail:
            chance = np.array([c for c, _ in aim.tail.futures])
            cost[self.risk] = aim.tail.weight
            cost[self.risk + 1 : self.given_up] = aim.tail.weight * chance / (1.0 - aim.tail.level)
            lower[self.risk] = FLOOR * blocks
        upper[self.given_up :] = 1.0
        matrix = sparse.hstack(
            [first.matrix, sparse.csr_matrix((first.matrix.shape[0], size - self.decided))]
        )
        free = np.full(first.right.size, np.inf)
        self.load(sparse.csc_matrix(matrix), cost, upper, (first.right, free))
        every = np.arange(size, dtype=np.int32)
        self.change_columns(every, lower, upper)
        self.size = size
        self._constrain()

    def _constrain(self) -> None:
        """Rows of budget, tail and goal."""
        aim, first = self.aim, self.problem.first
        if aim.budget is not None:
            at = np.flatnonzero(first.outlay)
            self.add(-np.inf, aim.budget, at, first.outlay[at])
        if aim.tail:
            for number, (_, parts) in enumerate(aim.tail.futures):
                blocks = np.array([self.decided + at for at, _ in parts])
                weights = np.array([-weight for _, weight in parts])
                at = np.append(blocks, [self.risk, self.risk + 1 + number])
                self.add(0.0, np.inf, at, np.append(weights, [1.0, 1.0]))
        if aim.goal:
            for number, world in enumerate(aim.goal.worlds):
                for block, worst in world:  # θ ≤ limit + (worst − limit) z
                    spare = max(worst - aim.goal.limit, 0.0)
                    pair = np.array([self.decided + block, self.given_up + number])
                    self.add(-np.inf, aim.goal.limit, pair, np.array([1.0, -spare]))
            worlds = np.arange(self.given_up, self.size)
            self.add(-np.inf, aim.goal.miss + 1e-9, worlds, np.array(aim.goal.chance))

    def add(self, least: float, most: float, at: NDArray[Any], values: Array) -> None:
        """Add a row."""
        self._solver.addRow(least, most, at.size, at.astype(np.int32), values.astype(float))

    def learn(self, cuts: Sequence[Cut], known: int) -> int:
        """Take the cuts of the pool from `known` on; how many are known now."""
        stands = self.problem.first.stands
        for cut in cuts[known:]:
            if cut.block not in self.asked:
                continue
            slope = np.asarray(stands[self.problem.blocks[cut.block].year].T @ cut.slope)
            on = np.flatnonzero(np.abs(slope) > 1e-9)
            at = np.append(on, self.decided + cut.block)
            self.add(cut.constant, np.inf, at, np.append(-slope[on], 1.0))
        return len(cuts)

    def make_whole(self, slack: float) -> None:
        """Plants come in whole numbers from now on. slack: million USD that the search may leave"""
        whole = [int(at) for at in np.flatnonzero(self.problem.first.whole)]
        for at in [*whole, *range(self.given_up, self.size)]:
            self._solver.changeColIntegrality(at, highspy.HighsVarType.kInteger)
        self.set_option("mip_rel_gap", 0.0)
        self.set_option("mip_abs_gap", max(float(slack), 1e-6))

    def run_master(self, whole: bool) -> tuple[Array, float] | None:
        """The best decision for what is known, and the bound; None where nothing meets the goal."""
        status, _ = super().run()
        if status in UNSOLVABLE:
            return None
        if status != OPTIMAL:
            raise ArithmeticError(f"master: HiGHS says {self.ended()}")
        x = self.solution()[0][: self.decided]
        x = np.clip(x, 0.0, self.problem.first.upper)
        if whole:
            bound = float(self._solver.getInfoValue("mip_dual_bound")[1])
            mask = self.problem.first.whole
            x[mask] = np.round(x[mask])
        else:
            bound = self.objective()
        return x, bound
