"""Clear a market: steps re-centred until prices settle, then the exact finish and its proof."""

from typing import Any

import numpy as np

from coercivity.optimise.certificate import certify, objective, require
from coercivity.optimise.compiled import Compiled, compile_network
from coercivity.optimise.curves import FRACTIONS, OFFSETS
from coercivity.optimise.errors import ClearingError
from coercivity.optimise.finish import ActiveSet, Point, Smooth, finish
from coercivity.optimise.intervals import settle_prices
from coercivity.optimise.market import Array, Clearing, Market, Network
from coercivity.optimise.program import LiveProgram, Numbers, Outcome, numbers_of

__all__ = ["Clearer", "clear"]

PASSES = 40
NARROWER = 0.2  # steps of each further pass over those of the last


class Clearer:
    """The program of one network, kept live from step to step. Same answer as `clear`, sooner."""

    def __init__(
        self, network: Network, compiled: Compiled | None = None, options: dict[str, Any] | None = None
    ) -> None:
        self.compiled = compiled or compile_network(network)
        self._program = LiveProgram(self.compiled, options)
        self._price: Array | None = None
        self._last: Outcome | None = None

    def __call__(self, market: Market, start: Array | None = None) -> Clearing:
        """Clear one step, from the last prices or from `start` (rows).

        Raises ClearingError unless the answer is a proven and certified equilibrium.
        """
        smooth = Smooth(self.compiled, market)
        price = start if start is not None else self._price
        if price is None:
            price = self._first_guess(market)
        solves = iterations = 0
        seconds = 0.0
        narrow = np.ones(smooth.node.size), np.ones(smooth.rise.rise.size)
        for _ in range(PASSES):
            outcome = self._solve(smooth, market, price, narrow)
            solves, iterations = solves + 1, iterations + outcome.iterations
            seconds += outcome.seconds
            point = self._finish(smooth, outcome)
            if point is not None:
                break
            narrow = _narrowed(smooth, narrow, price, outcome.dual)
            price = outcome.dual
        else:
            raise ClearingError(f"prices did not settle in {PASSES} passes")
        self._price = point.price
        return self._answer(smooth, point, solves, iterations, seconds)

    def _first_guess(self, market: Market) -> Array:
        """Reference prices where there is demand, nothing elsewhere."""
        rows = self.compiled.rows
        price = np.zeros(self.compiled.matrix.shape[0])
        price[rows["balance"]][self.compiled.network.demand_node] = market.reference
        return price

    def _solve(
        self, smooth: Smooth, market: Market, price: Array, narrow: tuple[Array, Array]
    ) -> Outcome:
        bounds = (smooth.upper, smooth.right)
        numbers: Numbers = numbers_of(self.compiled, market, smooth.cost, bounds, price, narrow)
        if self._last is not None:
            middles = (
                smooth.demand.middle(price[smooth.balance][smooth.node]),
                smooth.rise.middle(price[smooth.capacity]),
            )
            self._program.recentre(self._last, middles)
        self._last = self._program.solve(numbers)
        return self._last

    def _finish(self, smooth: Smooth, outcome: Outcome) -> Point | None:
        """Newton from the active set of a linear program."""
        last = self.compiled.structural
        flow, free = outcome.value[:last], outcome.basic[:last].copy()
        full = ~free & (flow > 0) & (flow >= smooth.upper)
        return finish(smooth, ActiveSet(free, full, ~outcome.slack | smooth.equal), flow, outcome.dual)

    def _answer(
        self, smooth: Smooth, point: Point, solves: int, iterations: int, seconds: float
    ) -> Clearing:
        price, low, high = settle_prices(smooth, point.flow, point.price)
        residuals = certify(smooth, point.flow, price)
        require(residuals, smooth, point.flow, price)
        rows, columns = self.compiled.rows, self.compiled.columns
        at = price[rows["balance"]][smooth.node]
        backstop = point.flow[columns["backstop"]]
        taken = smooth.demand.quantity(np.minimum(at, smooth.demand.choke)) - smooth.least
        return Clearing(
            activity=point.flow[columns["x"]],
            flow=point.flow[columns["f"]],
            disposal=point.flow[columns["z"]],
            slack=point.flow[columns["s"]],
            served=taken + backstop,
            price=price[rows["balance"]],
            low=low,
            high=high,
            rent=price[rows["capacity"]],
            licence=price[rows["limit"]],
            permit=price[rows["cap"]],
            priority=price[rows["contract"]],
            objective=objective(smooth, point.flow, price),
            certificate=residuals,
            solves=solves,
            iterations=iterations,
            finishes=point.steps,
            seconds=seconds,
        )


def _narrowed(
    smooth: Smooth, narrow: tuple[Array, Array], before: Array, after: Array
) -> tuple[Array, Array]:
    """Cut finer where the price stayed in its middle steps, as at first where it left them."""
    old = np.maximum(before[smooth.balance][smooth.node], smooth.demand.floor)
    new = np.maximum(after[smooth.balance][smooth.node], smooth.demand.floor)
    moved = np.abs(np.log(new / old)) / OFFSETS[1]
    rent, range_ = after[smooth.capacity], np.where(
        after[smooth.capacity] < smooth.rise.spread, smooth.rise.spread, smooth.rise.rise
    )
    strained = np.abs(rent - before[smooth.capacity]) / range_ / FRACTIONS[1]
    return tuple(
        np.clip(np.where(far <= width, NARROWER * width, 1.0), 1e-7, 1.0)
        for far, width in zip((moved, strained), narrow, strict=True)
    )  # type: ignore[return-value]


def clear(market: Market) -> Clearing:
    """Clear one market from nothing."""
    return Clearer(market.network)(market)
