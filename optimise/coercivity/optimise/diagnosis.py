"""Why a market cannot be cleared: which equation conflicts with which limits, by how much.

Two relaxed programs are solved. In the first every node may let a surplus vanish; the least that
has to vanish is the conflict, and its duals say what holds it (Farkas' lemma). In the second only
directions count that nothing bounds; one that earns is why welfare has no maximum.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from coercivity.optimise.active import Point
from coercivity.optimise.compiled import Compiled
from coercivity.optimise.curves import BACKSTOP, RISE_STEPS
from coercivity.optimise.entries import through
from coercivity.optimise.market import Array, Index
from coercivity.optimise.program import Numbers
from coercivity.optimise.smooth import Smooth

__all__ = ["diagnose", "explain_unsettled"]

LEAST = 1e-7  # t, relative to the largest supply, or USD/kg, that counts
NAMED = 4  # how many things a sentence names
UNEVEN, WRONG = (
    1e-6,
    1e-8,
)  # of what passes through a row, and of 1 + |cost|: beyond what a certificate allows
KILOGRAM, IDLE = 1e-3, 1e-9  # t; of the largest flow


@dataclass(frozen=True, slots=True)
class _Hold:
    """Something that holds a surplus: what it is, the most it takes, and what a unit more would free."""

    name: str
    most: float
    relief: float


def diagnose(compiled: Compiled, numbers: Numbers) -> str | None:
    """What makes the program infeasible or unbounded, in a sentence or two; None if nothing does."""
    return _surplus(compiled, numbers) or _endless(compiled, numbers)


def _surplus(compiled: Compiled, numbers: Numbers) -> str | None:
    found, limited = _least_surplus(compiled, numbers)
    nodes, columns = compiled.equal.size, numbers.cost.size
    left = np.zeros(nodes)
    left[compiled.equal] = found.x[columns:]
    offered = -numbers.row_lower
    tonnes = LEAST * max(1.0, float(np.abs(offered[compiled.equal]).max(initial=0.0)))
    stuck = np.flatnonzero(left > tonnes)
    if not stuck.size:
        return None
    worst = int(stuck[np.argmax(left[stuck])])
    names = compiled.network.nodes
    where = _source(compiled, found.eqlin.marginals, offered, worst)
    much = float(left.sum())
    holds = _holds(compiled, numbers, found, limited)
    also = [names[node] for node in stuck if node != where][: NAMED - 1]
    elsewhere = f" (and {', '.join(also)})" if also else ""
    said = (
        f"balance[{names[where]}]{elsewhere}: of {offered[where]:g} t on offer at {names[where]}, "
        f"{much:.6g} t can neither be used nor leave"
    )
    if not holds:
        return (
            f"{said}, for nothing takes it. Give it an outlet, an arc or a use, or offer {much:.6g} t less."
        )
    listed = "; ".join(f"{hold.name} takes at most {hold.most:.6g}" for hold in holds)
    ways = " or ".join(f"raise {hold.name} by {much / hold.relief:.6g}" for hold in holds)
    return f"{said}: {listed}. Offer {much:.6g} t less, give it an outlet, or {ways}."


def _least_surplus(compiled: Compiled, numbers: Numbers) -> tuple[Any, Index]:
    """The least that must vanish, and the rows of the inequalities that were put."""
    matrix, equal = compiled.matrix.tocsr(), compiled.equal
    limited = np.flatnonzero(~equal & np.isfinite(numbers.row_lower))
    nodes = int(equal.sum())
    cost = np.concatenate([np.zeros(numbers.cost.size), np.ones(nodes)])
    upper = np.concatenate([numbers.upper, np.full(nodes, np.inf)])
    found = linprog(
        cost,
        A_ub=sparse.hstack([-matrix[limited], sparse.csr_matrix((limited.size, nodes))]),
        b_ub=-numbers.row_lower[limited],
        A_eq=sparse.hstack([matrix[equal], -sparse.identity(nodes)]),
        b_eq=numbers.row_lower[equal],
        bounds=np.column_stack([np.zeros(upper.size), upper]),
        method="highs",
    )
    return found, limited


def _source(compiled: Compiled, marginals: Array, offered: Array, stuck: int) -> int:
    """The node to name: where the surplus shows if something is offered there, else where it is."""
    if offered[stuck] > 0:
        return stuck
    weight = np.where(offered[compiled.equal] > 0, -marginals, 0.0)
    return int(np.argmax(weight)) if weight.max(initial=0.0) > 0 else stuck


def _holds(compiled: Compiled, numbers: Numbers, found: Any, limited: Index) -> list[_Hold]:
    """What holds the surplus, the most effective first."""
    columns, rows = compiled.columns, compiled.rows
    bound = -found.upper.marginals[: numbers.cost.size]
    least = numbers.row_lower
    use = bound[columns["d"]].reshape(-1, BACKSTOP).max(axis=1, initial=0.0)
    room = bound[columns["r"]].reshape(-1, RISE_STEPS).max(axis=1, initial=0.0)
    taken = numbers.upper[columns["d"]].reshape(-1, BACKSTOP).sum(axis=1) + numbers.upper[columns["backstop"]]
    total = numbers.upper[columns["r"]].reshape(-1, RISE_STEPS).sum(axis=1)
    relief = _of_rows(compiled, found, limited)
    network = compiled.network
    candidates = [
        (compiled.row_name(row), -float(least[row]), float(relief[row]))
        for row in range(rows["limit"].start, rows["cap"].stop)
    ]
    candidates += [
        (compiled.column_name(at), float(numbers.upper[at]), float(bound[at]))
        for at in range(columns["f"].start, columns["f"].stop)
    ]
    for names, kind, most, gain in (
        (network.demands, "demand", taken, use),
        (network.plants, "capacity", total, np.maximum(room, relief[rows["capacity"]])),
        (network.nodes, "supply", -least[rows["balance"]], found.eqlin.marginals),
    ):
        candidates += [
            (f"{kind}[{name}]", float(a), float(b)) for name, a, b in zip(names, most, gain, strict=True)
        ]
    holds = [_Hold(*candidate) for candidate in candidates if candidate[2] > LEAST]
    return sorted(holds, key=lambda hold: -hold.relief)[:NAMED]


def _of_rows(compiled: Compiled, found: Any, limited: Index) -> Array:
    """What one more unit of each limit would free, t."""
    relief = np.zeros(compiled.equal.size)
    relief[limited] = -found.ineqlin.marginals
    return relief


def _endless(compiled: Compiled, numbers: Numbers) -> str | None:
    matrix, equal = compiled.matrix.tocsr(), compiled.equal
    limited = np.flatnonzero(~equal & np.isfinite(numbers.row_lower))
    most = np.where(np.isinf(numbers.upper), 1.0, 0.0)
    found = linprog(
        numbers.cost,
        A_ub=-matrix[limited],
        b_ub=np.zeros(limited.size),
        A_eq=matrix[equal],
        b_eq=np.zeros(int(equal.sum())),
        bounds=np.column_stack([np.zeros(most.size), most]),
        method="highs",
    )
    if found.status != 0 or found.fun > -LEAST:
        return None
    turning = np.flatnonzero(found.x > LEAST)
    order = turning[np.argsort(-found.x[turning], kind="stable")][: 2 * NAMED]
    names = ", ".join(compiled.column_name(int(at)) for at in order)
    nodes = [compiled.row_name(int(row)) for row in _touched_rows(compiled, turning)]
    return (
        f"welfare has no bound: running {names} together through {', '.join(nodes) or 'no node'} earns "
        f"{-found.fun:.6g} USD/kg more than it costs, without end. Give one of them a capacity, a bound "
        f"or a limit, or a cost higher by {-found.fun:.6g} USD/kg."
    )


def _touched_rows(compiled: Compiled, columns: Index) -> Index:
    rows = np.flatnonzero(np.diff(sparse.csr_matrix(compiled.matrix[:, columns]).indptr) > 0)
    return rows[compiled.equal[rows]][:NAMED]


def explain_unsettled(smooth: Smooth, point: Point) -> str:
    """What keeps a market from settling, in a few sentences: equations, who is paid wrongly, limits in force.

    point: the nearest to an equilibrium that was found
    """
    flow, price = np.clip(point.flow, 0.0, smooth.upper), point.price
    spare, passing = smooth.excess(flow, price), through(smooth.entries, flow)
    lacking = np.where(smooth.equal | (price > LEAST), np.abs(spare), np.maximum(-spare, 0.0))
    lacking = np.where(smooth.limited, lacking, 0.0)
    uneven = lacking / (passing + KILOGRAM)
    rows = _largest(uneven, UNEVEN)
    over = -smooth.reduced_cost(price)
    tonnes = IDLE * max(1.0, float(flow.max(initial=0.0)))
    could_more, could_less = flow < smooth.upper - tonnes, flow > tonnes
    wrong = np.maximum(np.where(could_more, over, 0.0), np.where(could_less, -over, 0.0))
    columns = _largest(wrong / (1.0 + np.abs(smooth.cost)), WRONG)
    compiled = smooth.compiled
    said = ["prices did not settle, so the step is refused"]
    if rows:
        listed = "; ".join(f"{compiled.row_name(row)} by {lacking[row]:.4g} t" for row in rows)
        said.append(f"furthest from balance: {listed}")
    if columns:
        listed = "; ".join(
            f"{compiled.column_name(at)}, {flow[at]:.4g} t, earns {abs(over[at]):.4g} USD/kg "
            f"{'more' if over[at] > 0 else 'less'} than it costs"
            for at in columns
        )
        said.append(f"furthest from what they cost: {listed}")
    said.append(f"in force beside them: {_beside(smooth, price, rows, columns)}")
    said.append("ease one of these, or the taxes and subsidies on them")
    return ". ".join(sentence[0].upper() + sentence[1:] if i else sentence for i, sentence in enumerate(said))


def _largest(values: Array, least: float) -> list[int]:
    """Positions of the largest few above the least that counts; else of the largest."""
    order = np.argsort(-values, kind="stable")[: NAMED - 1]
    return [int(at) for at in order if values[at] > least] or [int(at) for at in order[:1]]


def _beside(smooth: Smooth, price: Array, rows: list[int], columns: list[int]) -> str:
    """The limits, plants and promises in force on what is wrong, dearest first; else anywhere."""
    matrix = sparse.csr_matrix(smooth.compiled.matrix[:, : smooth.cost.size])
    touched = np.zeros(smooth.cost.size, dtype=bool)
    touched[columns] = True
    for row in rows:
        touched[matrix[row].indices] = True
    near = np.diff(sparse.csr_matrix(matrix[:, np.flatnonzero(touched)]).indptr) > 0
    scarce = ~smooth.equal & (price > LEAST)
    some = scarce & near if (scarce & near).any() else scarce
    order = np.argsort(-np.where(some, price, 0.0), kind="stable")[:NAMED]
    named = [f"{smooth.compiled.row_name(int(row))} at {price[row]:.4g} USD/kg" for row in order if some[row]]
    return ", ".join(named) or "no limit at all"
