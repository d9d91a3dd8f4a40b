"""Is it an equilibrium? Residuals of the smooth program, from the arrays and nothing else."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from coercivity.optimise.active import Point
from coercivity.optimise.errors import CertificateError
from coercivity.optimise.intervals import settle_prices
from coercivity.optimise.market import Array
from coercivity.optimise.smooth import Mask, Smooth
from coercivity.optimise.ties import even_split

__all__ = ["TOLERANCE", "certify", "Proof", "failing", "objective", "prove", "require"]

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
KILOGRAM = 1e-3  # t
IDLE = 1e-9  # of the largest flow: as good as none
OFF = 1e-4  # of the largest flow or price: off beyond any doubt
PLAUSIBLE = 2.0  # of the tolerances of tonnes: open prices alone may put a point this far off


Areas: TypeAlias = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Welfare:
    """The objective, and the same sum by who receives it, thousand USD."""

    objective: float
    owners: float


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """An equilibrium with its open prices told, and its certificate."""

    flow: Array
    price: Array
    low: Array
    high: Array
    residuals: dict[str, float]
    steps: int


def prove(smooth: Smooth, point: Point, still: Mask | None = None) -> Proof | None:
    """Tell what the point leaves open, and certify the result; None if it is no equilibrium.

    still: columns at prices that are known to be open
    """
    flow, price = np.clip(point.flow, 0.0, smooth.upper), point.price
    if _off(smooth, point, flow, still):
        return None
    settled = settle_prices(smooth, flow, point.price)
    if settled is None:
        return None
    price, low, high = settled
    found = np.where(smooth.equal, point.price, np.maximum(point.price, 0.0))
    told = [prices for prices in (price, found) if _wrong(smooth, flow, prices) <= TOLERANCE["sign"]]
    if not told:
        return None
    split = even_split(smooth, flow, (price, point.price))
    for flows, prices in [(flows, prices) for prices in told for flows in (split, flow)]:
        residuals = certify(smooth, flows, prices)
        if not failing(residuals):
            return Proof(flows, prices, low, high, residuals, point.steps)
    return None


def _off(smooth: Smooth, point: Point, flow: Array, still: Mask | None) -> bool:
    """Whether tonnes are missing, or a price that is not open is wrong, beyond any doubt."""
    tonnes = max(float(np.abs(flow).max(initial=0.0)), 1.0)
    excess = smooth.excess(flow, point.price)
    short = np.where(smooth.equal, np.abs(excess) / TOLERANCE["mass"], -excess / TOLERANCE["primal"])
    if short.max(initial=0.0) > PLAUSIBLE * tonnes:
        return True
    largest = max(float(np.abs(point.price).max(initial=0.0)), 1.0)
    return _wrong(smooth, flow, point.price, still) > OFF * largest


def _wrong(smooth: Smooth, flow: Array, price: Array, still: Mask | None = None) -> float:
    """The largest reduced cost of the wrong sign, over 1 + its cost, of columns that do not stand still."""
    tonnes = max(float(np.abs(flow).max(initial=0.0)), 1.0)
    loss = smooth.reduced_cost(price) / (1.0 + np.abs(smooth.cost))
    more, less = flow < smooth.upper - IDLE * tonnes, flow > IDLE * tonnes
    if still is not None:
        loss = np.where(still, 0.0, loss)
    return float(np.maximum(np.where(more, -loss, 0.0), np.where(less, loss, 0.0)).max(initial=0.0))


def certify(smooth: Smooth, flow: Array, price: Array) -> dict[str, float]:
    """Relative residuals of a point.

    primal: rows and bounds, over the largest flow; dual: reduced costs of the wrong sign, over
    the largest price; sign: the same, each over 1 + its cost; complementarity: idle things that
    are paid, over the turnover; row: what each row in force lacks, over what passes through it,
    however little that is; gap: primal less dual objective; mass: balances; welfare:
    surpluses, rents and charges against objective.
    """
    tonnes = max(float(np.abs(flow).max(initial=0.0)), 1.0)
    dollars = max(float(np.abs(price).max(initial=0.0)), 1.0)
    excess, loss = smooth.excess(flow, price), smooth.reduced_cost(price)
    balance = excess[smooth.balance]
    inequality = np.minimum(excess[~smooth.equal], 0.0)
    bounds = np.maximum(-flow, flow - smooth.upper)
    primal = max(_most(balance), _most(inequality), float(bounds.max(initial=0.0)))
    below, above = flow <= IDLE * tonnes, flow >= smooth.upper - IDLE * tonnes
    wrong = np.where(below & above, 0.0, np.where(below, np.minimum(loss, 0.0), loss))
    wrong = np.where(above & ~below, np.maximum(loss, 0.0), wrong)
    dual = max(_most(wrong), float(np.maximum(-price[~smooth.equal], 0.0).max(initial=0.0)))
    areas = _curve_areas(smooth, price)
    welfare = _welfare(smooth, flow, price, areas, loss)
    turnover = max(abs(welfare.objective), float(np.abs(price[smooth.balance]) @ _through(smooth, flow)), 1.0)
    slack = np.where(np.isfinite(excess), excess, 0.0)
    paid_idle = float(np.abs(price * slack)[~smooth.equal].sum())
    room = np.where(np.isfinite(smooth.upper), smooth.upper - flow, 0.0)
    idle = float(np.abs(np.maximum(loss, 0.0) * flow).sum() + np.abs(np.minimum(loss, 0.0) * room).sum())
    return {
        "primal": primal / tonnes,
        "dual": dual / dollars,
        "complementarity": (paid_idle + idle) / turnover,
        "gap": abs(_dual_objective(smooth, price, areas, loss) - welfare.objective) / turnover,
        "mass": _most(balance) / tonnes,
        "sign": float((np.abs(wrong) / (1.0 + np.abs(smooth.cost))).max(initial=0.0)),
        "row": _unsettled(smooth, flow, price, excess),
        "welfare": abs(welfare.owners - welfare.objective) / turnover,
    }


def _unsettled(smooth: Smooth, flow: Array, price: Array, excess: Array) -> float:
    """The most that a row in force lacks, over what passes through it or a kilogram."""
    through = smooth.compiled.wiring.magnitude @ np.abs(flow)
    in_force = smooth.equal | (price > IDLE * max(float(np.abs(price).max(initial=0.0)), 1.0))
    lacking = np.where(in_force, np.abs(excess), np.maximum(-excess, 0.0))
    return float((lacking / (through + KILOGRAM)).max(initial=0.0))


def _most(values: Array) -> float:
    return float(np.abs(values).max(initial=0.0))


def _through(smooth: Smooth, flow: Array) -> Array:
    return np.asarray(smooth.compiled.wiring.magnitude @ np.abs(flow))[smooth.balance]


def _curve_areas(smooth: Smooth, price: Array) -> Areas:
    """Gross benefit and payment of demand beyond the backstops; strain cost and income of room."""
    at = np.minimum(price[smooth.balance][smooth.node], smooth.demand.choke)
    gross = float((smooth.demand.area(at) - smooth.demand.choke * smooth.least).sum())
    paid = float((price[smooth.balance][smooth.node] * (smooth.demand.quantity(at) - smooth.least)).sum())
    rent = price[smooth.capacity]
    return gross, paid, float(smooth.rise.area(rent).sum()), float(rent @ smooth.rise.quantity(rent))


def _welfare(smooth: Smooth, flow: Array, price: Array, areas: Areas, loss: Array) -> Welfare:
    gross, paid, strain, income = areas
    cost = smooth.cost + smooth.taxes(price)
    objective = gross - strain - float(cost @ flow)
    profits = float(-loss @ flow)  # of columns at a bound
    right = np.where(np.isfinite(smooth.right), smooth.right, 0.0)
    rents = -float(price @ right)  # stocks on offer, licences, permits, less promises kept
    return Welfare(objective, (gross - paid) + (income - strain) + profits + rents)


def objective(smooth: Smooth, flow: Array, price: Array) -> float:
    """Welfare of the smooth program at a point, thousand USD."""
    return _welfare(smooth, flow, price, _curve_areas(smooth, price), smooth.reduced_cost(price)).objective


def _dual_objective(smooth: Smooth, price: Array, areas: Areas, loss: Array) -> float:
    """What the prices alone say the program is worth."""
    gross, paid, strain, income = areas
    earned = np.maximum(-loss, 0.0)
    bounded = np.where(np.isfinite(smooth.upper), smooth.upper, 0.0)
    scarcity = float(earned @ bounded)
    right = np.where(np.isfinite(smooth.right), smooth.right, 0.0)
    return (gross - paid) + (income - strain) + scarcity - float(price @ right)


def failing(residuals: dict[str, float]) -> list[str]:
    """Names of the residuals beyond their tolerance."""
    return [name for name, value in residuals.items() if not value <= TOLERANCE[name]]


def require(residuals: dict[str, float], smooth: Smooth, flow: Array, price: Array) -> None:
    """Raise CertificateError naming the worst rows if a residual is beyond its tolerance."""
    beyond = failing(residuals)
    if not beyond:
        return
    excess = np.where(smooth.equal, np.abs(smooth.excess(flow, price)), -smooth.excess(flow, price))
    worst = np.argsort(-np.where(np.isfinite(excess), excess, -np.inf))[:3]
    rows = ", ".join(smooth.compiled.row_name(int(row)) for row in worst)
    found = ", ".join(f"{name} {residuals[name]:.2e} (at most {TOLERANCE[name]:.0e})" for name in beyond)
    raise CertificateError(f"the answer is not an equilibrium: {found}; worst rows {rows}")
