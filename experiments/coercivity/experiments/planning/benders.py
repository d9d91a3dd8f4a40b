"""Multi-cut Benders on HiGHS: every block gives a cut, and the master learns what it asks of the market.

    θ_b ≥ Q_b(â) + s·(E_y x − E_y x̂),   s = −L'λ,  λ the duals of the block's rows at â = E_y x̂

Cuts stand on what stands in a year and not on x, so that they hold for every other question about the same
blocks: another goal, budget, pace of permits, coalition. They are kept in a pool and never thrown away.
Recourse is complete (backstops, slacks), hence no feasibility cuts.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from coercivity.experiments.planning.master import Master
from coercivity.experiments.planning.program import Aim, Block, Cut, FirstStage, TwoStage
from coercivity.optimise.highs import OPTIMAL, Highs
from coercivity.optimise.market import Array, Index, Triplets

__all__ = ["Cut", "Pool", "Solution", "Tell", "solve"]

ROUNDS = 200
STALLED = 5  # rounds in which the bound does not rise and nothing is found that meets the goal
SHORT = 1e-3  # of what is wanted: shortage by which a goal may be missed, a tenth of a point
Tell = Callable[[str, int, float, float, float], None]  # phase, round, best, bound, gap


class Recourse:
    """One block, kept hot in its own HiGHS."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.solver = Highs()
        for name, value in (("threads", 1), ("presolve", "off")):
            self.solver.set_option(name, value)
        upper = np.where(block.equal, block.right, np.inf)
        self.solver.load(sparse.csc_matrix(block.matrix), block.cost, block.upper, (block.right, upper))
        raised = np.flatnonzero(block.lower).astype(np.int32)
        self.solver.change_columns(raised, block.lower[raised], block.upper[raised])
        self.moved = np.unique(block.link.nonzero()[0]).astype(np.int32)

    def solve(self, state: Array) -> tuple[float, Array]:
        """Cost at a state, and its slope there."""
        block = self.block
        right = (block.right - block.link @ state)[self.moved]
        self.solver.change_rows(self.moved, right, np.where(block.equal[self.moved], right, np.inf))
        status, _ = self.solver.run()
        if status != OPTIMAL:
            self.solver.clear()
            status, _ = self.solver.run()
        if status != OPTIMAL:
            raise ArithmeticError(f"block {block.name}: HiGHS says {self.solver.ended()}")
        dual = self.solver.solution()[1]
        return self.solver.objective(), np.asarray(-(block.link.T @ dual))

    def columns(self) -> Array:
        """What the last solve does."""
        return self.solver.solution()[0]


class Pool:
    """Blocks of a problem, the cuts found so far, and what every block costs at what was last asked."""

    def __init__(self, blocks: Sequence[Block], workers: int = 2) -> None:
        self.blocks = tuple(blocks)
        self.cuts: list[Cut] = []
        self.seen: set[tuple[int, bytes]] = set()
        self.solvers: dict[int, Recourse] = {}
        self.workers = workers

    def ask(self, first: FirstStage, x: Array, wanted: Sequence[int]) -> dict[int, float]:
        """Cost of some blocks at a decision; adds a cut of each to the pool."""
        states = [np.asarray(first.stands[self.blocks[at].year] @ x) for at in wanted]
        with ThreadPoolExecutor(max(self.workers, 1)) as threads:
            found = list(threads.map(self._one, wanted, states))
        values = {}
        for at, state, (value, slope) in zip(wanted, states, found, strict=True):
            values[at] = value
            slope = np.where(np.abs(slope) > 1e-9, slope, 0.0)
            constant = value - float(slope @ state)
            key = at, np.round(np.append(slope, constant), 7).tobytes()
            if key not in self.seen:
                self.seen.add(key)
                self.cuts.append(Cut(at, constant, slope))
        return values

    def _one(self, at: int, state: Array) -> tuple[float, Array]:
        if at not in self.solvers:
            self.solvers[at] = Recourse(self.blocks[at])
        return self.solvers[at].solve(state)

    def arriving(self, at: int, rows: Index, weights: Triplets) -> Array:
        """What a block counts towards rows over what is moved, at what it was last asked, t."""
        moved = self.solvers[at].columns()[self.blocks[at].moves :]
        counted = np.bincount(weights.row, weights.value * moved[weights.column], int(rows.max()) + 1)
        return np.asarray(counted[rows])

    def released(self, at: int, stocks: int) -> Array:
        """Stock that a block lets go at what it was last asked, t of every stock."""
        block = self.blocks[at]
        found = self.solvers[at].columns()
        return np.maximum(found[block.release : block.release + stocks], 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """A plan, what it costs, and how sure that is.

    objective: cost and expected cost of blocks, million USD; nothing: the same where nothing is decided
    bound: what no plan goes below; gap: of the gain over doing nothing, or of the cost where a goal is met
    cost: of the first stage alone; values: of every block asked; met: whether the goal is met
    """

    x: Array
    objective: float
    nothing: float
    bound: float
    gap: float
    cost: float
    values: dict[int, float] = field(default_factory=dict)
    rounds: int = 0
    met: bool = True
    trail: tuple[tuple[str, int, float, float, float], ...] = ()


def solve(
    problem: TwoStage, aim: Aim, pool: Pool, gap: float = 0.01, tell: Tell | None = None, whole: bool = True
) -> Solution:
    """The best decision for an aim: relaxed rounds first, then with whole numbers of plants.

    gap: of the gain over doing nothing at which to stop; whole: False stops at the relaxation
    """
    search = _Search(problem, aim, pool, tell)
    for phase, least in (("relaxed", gap / 4), ("whole", gap)) if whole else (("relaxed", gap / 4),):
        if search.run(phase, least):
            break
    return search.result()


class _Search:
    """The rounds of one aim."""

    def __init__(self, problem: TwoStage, aim: Aim, pool: Pool, tell: Tell | None) -> None:
        self.problem, self.aim, self.pool, self.tell = problem, aim, pool, tell
        goal = [at for world in aim.goal.worlds for at, _ in world] if aim.goal else []
        self.worth = [at for at, weight in enumerate(aim.weight) if weight > 0]
        self.wanted = [*self.worth, *goal]
        self.master = Master(problem, aim)
        self.used = 0
        self.trail: list[tuple[str, int, float, float, float]] = []
        first = problem.first
        self.x = np.zeros(len(first.names))
        self.values = pool.ask(first, self.x, self.wanted)
        self.nothing, self.met = self._judge(self.x)
        self.best, self.plan, self.plan_met = np.inf, self.x, False
        if self.met:
            self.best, self.plan, self.plan_met = self.nothing, self.x, True
        self.plan_values = self.values
        self.bound, self.rounds, self.gap = -np.inf, 0, np.inf

    def _judge(self, x: Array) -> tuple[float, bool]:
        """Objective at a decision whose blocks were asked, and whether it meets the goal."""
        cost = float(self.problem.first.cost @ x)
        goal, tail = self.aim.goal, self.aim.tail
        met = True
        if goal is not None:
            missed = sum(
                chance
                for world, chance in zip(goal.worlds, goal.chance, strict=True)
                if any(self.values[at] > goal.limit + SHORT for at, _ in world)
            )
            met = missed <= goal.miss + 1e-9
        mean = sum(self.aim.weight[at] * self.values[at] for at in self.worth)
        if tail is None:
            return cost + mean, met
        losses = np.array([sum(w * self.values[at] for at, w in part) for _, part in tail.futures])
        chances = np.array([chance for chance, _ in tail.futures])
        worst = tail_mean(losses, chances, tail.level)
        return cost + (1 - tail.weight) * mean + tail.weight * worst, met

    def run(self, phase: str, least: float) -> bool:
        """Rounds of one phase until the gap is small; True where nothing can meet the goal at all."""
        if phase == "whole":
            self.best = np.inf
            if self.met and self.nothing <= self.best:  # doing nothing is whole
                x = np.zeros_like(self.x)
                self.best, self.plan, self.plan_met = self.nothing, x, True
            self.master.make_whole(0.2 * least * self._scale())
        stalled = 0
        for number in range(ROUNDS):
            self.used = self.master.learn(self.pool.cuts, self.used)
            found = self.master.run_master(phase == "whole")
            if found is None:
                self.plan_met = False
                return True
            self.x, bound = found
            risen = bound > self.bound + 0.1 * least * self._scale() or not np.isfinite(self.bound)
            stalled = 0 if risen else stalled + 1
            self.bound = max(self.bound, bound)
            self.values = self.pool.ask(self.problem.first, self.x, self.wanted)
            value, met = self._judge(self.x)
            if met and value < self.best:
                self.best, self.plan, self.plan_met = value, self.x.copy(), True
                self.plan_values = dict(self.values)
            self.rounds += 1
            self.gap = (self.best - self.bound) / self._scale() if np.isfinite(self.best) else np.inf
            self.trail.append((phase, number, self.best, self.bound, self.gap))
            if self.tell:
                self.tell(phase, self.rounds, self._told(self.best), self._told(self.bound), self.gap)
            if self.gap <= least or (phase == "relaxed" and np.isinf(self.best) and stalled >= STALLED):
                break  # a world given up in part meets no goal, however long one looks
        return False

    def _told(self, value: float) -> float:
        """A cost where a goal has to be met, else the gain over doing nothing."""
        return value if self.aim.goal and not self.worth else self.nothing - value

    def _scale(self) -> float:
        """What a gap is a share of: the gain over doing nothing, or the cost where a goal has to be met."""
        best = self.best if np.isfinite(self.best) else self.bound
        return max(abs(best), 1e-6) if self.aim.goal and not self.worth else max(self.nothing - best, 1e-6)

    def result(self) -> Solution:
        """What was found."""
        cost = float(self.problem.first.cost @ self.plan)
        return Solution(
            self.plan, self.best, self.nothing, self.bound, float(self.gap), cost, self.plan_values,
            self.rounds, self.plan_met, tuple(self.trail),
        )  # fmt: skip


def tail_mean(losses: Array, chances: Array, level: float) -> float:
    """Mean of the worst 1 − level of losses (CVaR).

    >>> tail_mean(np.array([1.0, 2.0, 3.0, 4.0]), np.full(4, 0.25), 0.5)
    3.5
    """
    order = np.argsort(-losses)
    left, total = 1.0 - level, 0.0
    for at in order:
        taken = min(chances[at], left)
        total += taken * losses[at]
        left -= taken
        if left <= 1e-12:
            break
    return float(total / (1.0 - level))
