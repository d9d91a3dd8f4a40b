"""Is it an equilibrium? Residuals of the smooth program, from the arrays and nothing else."""

from dataclasses import dataclass

import numpy as np

from coercivity.optimise.active import Point
from coercivity.optimise.curves import benefit, quantity_taken, room, straining
from coercivity.optimise.entries import through
from coercivity.optimise.intervals import FAINT, settle_prices
from coercivity.optimise.loops import compiled_loop
from coercivity.optimise.market import Array
from coercivity.optimise.smooth import Conditions, Mask, Smooth, excess, reduced_cost
from coercivity.optimise.ties import even_split

__all__ = ["TOLERANCE", "certify", "Proof", "failing", "prove"]

TOLERANCE = {
    "primal": 1e-7,
    "dual": 1e-7,
    "complementarity": 1e-7,
    "gap": 1e-7,
    "mass": 1e-8,
    "welfare": 1e-7,
    "sign": 1e-8,
    "row": 1e-6,
}
RESIDUALS = tuple(TOLERANCE)
PRIMAL, MASS, SIGN = TOLERANCE["primal"], TOLERANCE["mass"], TOLERANCE["sign"]
KILOGRAM = 1e-3  # t
IDLE = 1e-9  # of the largest flow: as good as none
OFF = 1e-4  # of the largest flow or price: off beyond any doubt
PLAUSIBLE = 2.0  # of the tolerances of tonnes: open prices alone may put a point this far off


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """An equilibrium with its open prices told, and its certificate."""

    flow: Array
    price: Array
    low: Array
    high: Array
    objective: float
    residuals: dict[str, float]
    steps: int


def prove(smooth: Smooth, point: Point, still: Mask | None = None) -> Proof | None:
    """Tell what the point leaves open, and certify the result; None if it is no equilibrium.

    still: columns at prices that are known to be open
    """
    at, price = smooth.conditions, point.price
    flow = np.minimum(np.maximum(point.flow, 0.0), smooth.upper)
    nowhere = np.zeros(flow.size, dtype=bool)
    if _off(at, flow, price, nowhere if still is None else still):
        return None
    for faint in FAINT:
        proof = _certify(smooth, Point(flow, price, point.steps), faint)
        if proof is not None:
            return proof
    return None


def _certify(smooth: Smooth, point: Point, faint: float) -> Proof | None:
    """The point with its flows of equal cost split evenly and its open prices told, if that is certified."""
    flow, told = point.flow, settle_prices(smooth, point.flow, point.price, faint)
    if told is None or _wrong(smooth.conditions, flow, told[0], np.zeros(flow.size, dtype=bool)) > SIGN:
        return None
    split = even_split(smooth, flow, told[0])
    if split is not flow:
        told = settle_prices(smooth, split, told[0], faint)  # what the split uses pins prices too
        if told is None:
            return None
    price, low, high = told
    residuals, worth = certify(smooth, split, price)
    if failing(residuals):
        return None
    return Proof(split, price, low, high, worth, residuals, point.steps)


@compiled_loop
def _off(at: Conditions, flow: Array, price: Array, still: Mask) -> bool:
    """Whether tonnes are missing, or a price that is not open is wrong, beyond any doubt."""
    tonnes = PLAUSIBLE * max(1.0, np.abs(flow).max())
    spare = excess(at, flow, price)
    for row in range(spare.size):
        if at.equal[row]:
            if abs(spare[row]) > MASS * tonnes:
                return True
        elif -spare[row] > PRIMAL * tonnes:
            return True
    largest = max(np.abs(price).max(), 1.0)
    return bool(_wrong(at, flow, price, still) > OFF * largest)


@compiled_loop
def _wrong(at: Conditions, flow: Array, price: Array, still: Mask) -> float:
    """The largest reduced cost of the wrong sign, over 1 + its cost, of columns that do not stand still."""
    tonnes, loss, worst = IDLE * max(np.abs(flow).max(), 1.0), reduced_cost(at, price), 0.0
    for column in range(flow.size):
        if not still[column]:
            over = loss[column] / (1.0 + abs(at.cost[column]))
            if flow[column] < at.upper[column] - tonnes:
                worst = max(worst, -over)
            if flow[column] > tonnes:
                worst = max(worst, over)
    return worst


def certify(smooth: Smooth, flow: Array, price: Array) -> tuple[dict[str, float], float]:
    """Relative residuals of a point, and what it is worth.

    primal: rows and bounds, over the largest flow; dual: reduced costs of the wrong sign, over
    the largest price; sign: the same, each over 1 + its cost; complementarity: idle things that
    are paid, over the turnover; row: what each row in force lacks, over what passes through it,
    however little that is; gap: primal less dual objective; mass: balances; welfare:
    surpluses, rents and charges against objective.
    """
    found = _residuals(smooth.conditions, flow, price)
    return dict(zip(RESIDUALS, found[:-1], strict=True)), found[-1]


@compiled_loop
def _residuals(at: Conditions, flow: Array, price: Array) -> tuple[float, ...]:
    """Residuals as named in RESIDUALS, and the objective."""
    tonnes, dollars = max(np.abs(flow).max(), 1.0), max(np.abs(price).max(), 1.0)
    loss = reduced_cost(at, price)
    balance, lacking, uneven, negative, paid_idle, turnover = _of_rows(at, flow, price, dollars)
    bounds, wrong, sign, idle = _of_columns(at, flow, loss, tonnes)
    objective, owners, dual = _worth(at, flow, price, loss)
    turnover = max(abs(objective), turnover, 1.0)
    return (
        max(balance, lacking, bounds) / tonnes,
        max(wrong, negative) / dollars,
        (paid_idle + idle) / turnover,
        abs(dual - objective) / turnover,
        balance / tonnes,
        abs(owners - objective) / turnover,
        sign,
        uneven,
        objective,
    )


@compiled_loop
def _of_rows(
    at: Conditions, flow: Array, price: Array, dollars: float
) -> tuple[float, float, float, float, float, float]:
    """What balances lack at most, inequalities, and rows in force over what passes through them;
    the most negative price, what is paid for idle rows, and the turnover."""
    spare, passing = excess(at, flow, price), through(at.entries, flow)
    balance, lacking, uneven, negative, paid_idle, turnover = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for row in range(spare.size):
        if at.equal[row]:
            short = abs(spare[row])
            balance = max(balance, short)
            turnover += abs(price[row]) * passing[row]
        else:
            lacking = max(lacking, -spare[row])
            negative = max(negative, -price[row])
            if np.isfinite(spare[row]):
                paid_idle += abs(price[row] * spare[row])
            short = abs(spare[row]) if price[row] > IDLE * dollars else max(-spare[row], 0.0)
        uneven = max(uneven, short / (passing[row] + KILOGRAM))
    return balance, lacking, uneven, negative, paid_idle, turnover


@compiled_loop
def _of_columns(at: Conditions, flow: Array, loss: Array, tonnes: float) -> tuple[float, float, float, float]:
    """How far flows leave their bounds, reduced costs of the wrong sign, the same over 1 + cost, and
    what idle columns are paid."""
    bounds, wrong, sign, idle = 0.0, 0.0, 0.0, 0.0
    for column in range(flow.size):
        bounds = max(bounds, -flow[column], flow[column] - at.upper[column])
        below = flow[column] <= IDLE * tonnes
        above = flow[column] >= at.upper[column] - IDLE * tonnes
        pays, costs = max(-loss[column], 0.0), max(loss[column], 0.0)
        off = max(0.0 if above else pays, 0.0 if below else costs)
        wrong, sign = max(wrong, off), max(sign, off / (1.0 + abs(at.cost[column])))
        idle += abs(costs * flow[column])
        if np.isfinite(at.upper[column]):
            idle += abs(pays * (at.upper[column] - flow[column]))
    return bounds, wrong, sign, idle


@compiled_loop
def _worth(at: Conditions, flow: Array, price: Array, loss: Array) -> tuple[float, float, float]:
    """The objective; the same by who receives it; and what prices alone say; thousand USD."""
    gross, paid, strain, income = _areas(at, price)
    entries, spent, profits, scarcity, rents = at.entries, 0.0, 0.0, 0.0, 0.0
    for column in range(flow.size):
        cost = at.cost[column]
        for e in range(entries.start[column], entries.start[column + 1]):
            cost += (entries.value[e] - entries.earned[e]) * price[entries.row[e]]  # ad valorem tax
        spent += cost * flow[column]
        profits -= loss[column] * flow[column]  # of columns at a bound
        if np.isfinite(at.upper[column]):
            scarcity += max(-loss[column], 0.0) * at.upper[column]
    for row in range(price.size):
        if np.isfinite(at.right[row]):
            rents -= price[row] * at.right[row]  # stocks on offer, licences, permits, less promises kept
    surplus = (gross - paid) + (income - strain)
    return gross - strain - spent, surplus + profits + rents, surplus + scarcity + rents


@compiled_loop
def _areas(at: Conditions, price: Array) -> tuple[float, float, float, float]:
    """Gross benefit and payment of demand beyond the backstops; strain cost and income of room."""
    gross, paid, strain, income = 0.0, 0.0, 0.0, 0.0
    for use in range(at.node.size):
        own = price[at.node[use]]
        capped = min(own, at.demand.choke[use])
        gross += benefit(at.demand, use, capped) - at.demand.choke[use] * at.least[use]
        paid += own * (quantity_taken(at.demand, use, capped) - at.least[use])
    for plant in range(at.rise.rise.size):
        rent = price[at.capacity + plant]
        strain += straining(at.rise, plant, rent)
        income += rent * room(at.rise, plant, rent)
    return gross, paid, strain, income


def failing(residuals: dict[str, float]) -> list[str]:
    """Names of the residuals beyond their tolerance."""
    return [name for name, value in residuals.items() if not value <= TOLERANCE[name]]
