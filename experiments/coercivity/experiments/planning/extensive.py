"""The whole program at once, as it is meant to be read; what Benders has to agree with on small cases.

(P.1)  min  c·x + (1 − λ) Σ w_b k_b·y_b + λ [ η + Σ p_s e_s / (1 − α) ]
(P.2)  A x ≥ b,  0 ≤ x ≤ u,  plants whole
(P.3)  M_b y_b + L_b E_y x ≥ r_b  (= where equal),  l_b ≤ y_b ≤ u_b           ∀ blocks b
(P.4)  e_s ≥ Σ_{b ∈ s} w_b k_b·y_b − η,  e_s ≥ 0                              ∀ futures s
(P.5)  k_b·y_b ≤ limit + (worst_b − limit) z_w,  Σ p_w z_w ≤ miss             ∀ blocks of worlds w
(P.6)  outlay·x ≤ budget
"""

from typing import Any

import numpy as np
import pyomo.environ as pyo
from scipy import sparse

from coercivity.experiments.planning.program import Aim, TwoStage
from coercivity.optimise.market import Array

__all__ = ["formulate", "solve_extensive"]


def formulate(problem: TwoStage, aim: Aim) -> Any:
    """Write the program of a problem and an aim."""
    lp, first = pyo.ConcreteModel(), problem.first
    lp.X = pyo.RangeSet(0, len(first.names) - 1)
    lp.x = pyo.Var(
        lp.X, bounds=lambda _, j: (0.0, float(first.upper[j])),
        domain=lambda _, j: pyo.NonNegativeIntegers if first.whole[j] else pyo.NonNegativeReals,
    )  # fmt: skip
    lp.first = pyo.ConstraintList()
    for row, right in zip(sparse.csr_matrix(first.matrix), first.right, strict=True):
        if row.nnz:
            lp.first.add(_dot(row, lp.x) >= float(right))
    lp.block, lp.cost = pyo.Block(range(len(problem.blocks))), {}
    for at, block in enumerate(problem.blocks):
        lp.cost[at] = _block(lp, lp.block[at], problem, block)
    _aims(lp, problem, aim)
    return lp


def _block(lp: Any, part: Any, problem: TwoStage, block: Any) -> Any:
    """(P.3) One block; returns its cost."""
    part.Y = pyo.RangeSet(0, block.cost.size - 1)
    top = [None if np.isinf(u) else float(u) for u in block.upper]
    part.y = pyo.Var(part.Y, bounds=lambda _, j: (float(block.lower[j]), top[j]))
    part.rows = pyo.ConstraintList()
    matrix = sparse.csr_matrix(block.matrix)
    link = sparse.csr_matrix(block.link @ problem.first.stands[block.year])
    for at in range(matrix.shape[0]):
        right = float(block.right[at])
        body = _dot(matrix[at], part.y) + _dot(link[at], lp.x)
        if np.isinf(right) or isinstance(body, float):
            continue
        part.rows.add(body == right if block.equal[at] else body >= right)
    return sum(float(c) * part.y[j] for j, c in enumerate(block.cost) if c)


def _dot(row: Any, variables: Any) -> Any:
    """A row of a matrix times variables."""
    return sum((float(v) * variables[int(j)] for j, v in zip(row.indices, row.data, strict=True) if v), 0.0)


def _aims(lp: Any, problem: TwoStage, aim: Aim) -> None:
    """(P.1), (P.4) to (P.6): what is minimised, and what has to hold."""
    first, cost = problem.first, lp.cost
    mean = sum(w * cost[at] for at, w in enumerate(aim.weight) if w > 0)
    total = sum(float(c) * lp.x[j] for j, c in enumerate(first.cost))
    lp.aims = pyo.ConstraintList()
    if aim.tail:
        lp.eta = pyo.Var()
        lp.excess = pyo.Var(range(len(aim.tail.futures)), domain=pyo.NonNegativeReals)
        for at, (_, parts) in enumerate(aim.tail.futures):
            lp.aims.add(lp.excess[at] >= sum(w * cost[b] for b, w in parts) - lp.eta)
        beyond = sum(chance * lp.excess[at] for at, (chance, _) in enumerate(aim.tail.futures))
        worst = lp.eta + beyond / (1.0 - aim.tail.level)
        mean = (1.0 - aim.tail.weight) * mean + aim.tail.weight * worst
    lp.total = pyo.Objective(expr=total + mean, sense=pyo.minimize)
    if aim.goal:
        lp.given_up = pyo.Var(range(len(aim.goal.worlds)), domain=pyo.Binary)
        for at, world in enumerate(aim.goal.worlds):
            for block, worst in world:
                spare = max(worst - aim.goal.limit, 0.0)
                lp.aims.add(cost[block] <= aim.goal.limit + spare * lp.given_up[at])
        lp.aims.add(sum(c * lp.given_up[at] for at, c in enumerate(aim.goal.chance)) <= aim.goal.miss + 1e-9)
    if aim.budget is not None:
        lp.aims.add(sum(float(o) * lp.x[j] for j, o in enumerate(first.outlay) if o) <= aim.budget)


def solve_extensive(problem: TwoStage, aim: Aim) -> tuple[float, Array]:
    """The optimum and where it is, by HiGHS at once. Raises ArithmeticError where there is none."""
    from pyomo.contrib.appsi.solvers import Highs

    lp = formulate(problem, aim)
    solver = Highs()
    solver.highs_options = {"threads": 1, "mip_rel_gap": 0.0, "mip_abs_gap": 1e-7}
    solver.config.load_solution = False
    found = solver.solve(lp)
    if found.best_feasible_objective is None:
        raise ArithmeticError(f"extensive form: {found.termination_condition}")
    found.solution_loader.load_vars()
    return float(found.best_feasible_objective), np.array([lp.x[j].value for j in lp.X])
