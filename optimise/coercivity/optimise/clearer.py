"""Clear a market: steps re-centred until prices settle, then the exact finish and its proof."""

import copy
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from coercivity.optimise.active import ActiveSet, Point, repair_active_set, set_of
from coercivity.optimise.certificate import Proof, prove
from coercivity.optimise.compiled import Compiled, compiled_once
from coercivity.optimise.conduct import compete
from coercivity.optimise.curves import FRACTIONS, OFFSETS
from coercivity.optimise.errors import ClearingError, InfeasibleError, MarketError
from coercivity.optimise.exchange import pivot
from coercivity.optimise.finish import finish
from coercivity.optimise.loops import compiled_loop, inline
from coercivity.optimise.market import Array, Clearing, Market, Network
from coercivity.optimise.program import Backend, LiveProgram, LpSolution, leads, numbers_of
from coercivity.optimise.proximal import approach
from coercivity.optimise.smooth import Conditions, Smooth
from coercivity.optimise.wiring import Elimination

__all__ = ["Clearer", "clear"]

Options = dict[str, Any] | None


def _reference(compiled: Compiled, options: Options) -> Backend:
    """The program in Pyomo, which is imported only where it is asked for."""
    from coercivity.optimise.reference import PyomoProgram

    return PyomoProgram(compiled, options)


BACKENDS: dict[str, Callable[[Compiled, Options], Backend]] = {"highs": LiveProgram, "pyomo": _reference}
PASSES = 10
LEAST_STAGE = 1 / 256  # of the way to the taxes in force
LONGER = 1.5  # each stage that settles over the last
STEEP = 0.4  # in logs of what a tax leaves of a price: the most that one stage may change
ELSEWHERE = 3.0  # times reference prices, to start from when nothing nearer leads there
PATIENCE, DAMPED = 4, 0.5  # passes before price steps are shortened
WALKING = 1  # passes before walks begin: a walk costs less than the program of a further pass
MENDS, FEW = 4, 10  # of all at once, in each pass; where so many things break at most
WALKS, MANY = 4, 12  # along exchanges, in each pass from then on; where so many things break at most
NEAR, FAR, FARTHEST = 10.0, 1e2, 1e3  # stiffness of first proximal steps, over prices per flow
WILD = 1e6  # prices over the largest cost, from which a point is none
NARROWER, NARROWEST = 0.1, 1e-7  # steps of a further pass over those of the last; and at all
MARGIN = 3.0  # of steps over how far prices moved


@dataclass(frozen=True, slots=True)
class Effort:
    """What an answer took, as `Clearing` reports it."""

    solves: int
    iterations: int
    newton_steps: int
    seconds: float


class Clearer:
    """The program of one network, kept live from step to step. Same answer as `clear`, sooner.

    options: of HiGHS; backend: "highs", live, or "pyomo", the reference
    """

    def __init__(
        self,
        network: Network,
        compiled: Compiled | None = None,
        options: dict[str, Any] | None = None,
        backend: str = "highs",
    ) -> None:
        if backend not in BACKENDS:
            raise MarketError(f"Clearer: backend {backend!r} is none of {', '.join(BACKENDS)}")
        self.compiled = compiled or compiled_once(network)
        self._new_program = partial(BACKENDS[backend], self.compiled, options)
        self._restart()
        self._price: Array | None = None
        self._elimination = Elimination()

    def __call__(self, market: Market, start: Array | None = None) -> Clearing:
        """Clear one step, from the last prices or from `start` (rows).

        Raises ClearingError unless the answer is a proven and certified equilibrium.
        """
        if market.conduct is not None:
            return compete(self, market)
        smooth = Smooth(self.compiled, market, self._elimination)
        price = self._price if start is None else self._checked(start)
        guess = self._first_guess(market)
        starts = [*([] if price is None else [price, price]), guess, guess * ELSEWHERE]
        proof, effort = self._find(smooth, starts)
        self._price = proof.price
        return self._answer(smooth, proof, effort)

    def start_from(self, last: Clearing) -> None:
        """Begin the next clearing at the prices of this one, which another program may have cleared."""
        self._price = np.concatenate([last.price, last.rent, last.licence, last.permit, last.priority])

    def twin(self) -> "Clearer":
        """Another clearer of the same network, which begins where this one stands."""
        made = copy.copy(self)
        made._program, made._elimination = self._program.twin(), Elimination()
        return made

    def _settle(self, smooth: Smooth, price: Array, thorough: bool = True) -> tuple[Proof, Effort]:
        """The equilibrium from given prices. Raises ClearingError if no way leads there."""
        solves = iterations = 0
        seconds = 0.0
        narrow = np.ones(smooth.node.size), np.ones(smooth.rise.rise.size)
        for turn in range(PASSES):
            outcome = self._solve(smooth, price, narrow)
            solves, iterations = solves + 1, iterations + outcome.iterations
            seconds += outcome.seconds
            active, point = self._finish(smooth, outcome)
            proof = _proven(smooth, active, point) or _repair(smooth, active, point)
            if proof is None and turn >= WALKING:
                proof = _walk_exchanges(smooth, active, point)
            if proof is not None:
                break
            narrow = _narrow_steps(smooth.conditions, narrow, price, point.price)
            # Passes that keep missing circle around a kink; going only part of the way stops that.
            price = price + DAMPED ** (turn // PATIENCE) * (point.price - price)
        else:
            if not thorough:
                raise ClearingError("a stage did not settle")
            proof = self._approach(smooth, point, outcome)
        return proof, Effort(solves, iterations, proof.steps, seconds)

    def _find(self, smooth: Smooth, starts: list[Array]) -> tuple[Proof, Effort]:
        """The equilibrium by whatever way leads there, the quick ones first."""
        for start in starts:
            try:
                return self._settle(smooth, start, thorough=False)
            except (InfeasibleError, MarketError):
                raise
            except ClearingError:
                self._restart()  # the way there was lost, not the equilibrium: come by another
        return self._by_stages(smooth.market, starts[-2]) or self._settle(smooth, starts[0])

    def _by_stages(self, market: Market, price: Array) -> tuple[Proof, Effort] | None:
        """The equilibrium by way of ever higher taxes; None where they are low, or a stage is lost.

        A tax of a share of the price enters a program at the last price, which it then moves: a subsidy
        of 90 % leaves nine tenths of the way to go in every pass.
        """
        keep = 1.0 + market.ad_valorem
        steepest = float(np.abs(np.log(keep[keep > 0.0])).max(initial=0.0))
        if steepest < STEEP:
            return None
        share, done, stride, spent = 0.0, 0.0, min(1.0, STEEP / steepest), list[tuple[Proof, Effort]]()
        drift = np.zeros(price.size)  # of prices along the way, from the last two stages
        while True:
            kept = np.where(keep > 0.0, np.maximum(keep, 0.0) ** share, keep)
            smooth = Smooth(self.compiled, replace(market, ad_valorem=kept - 1.0), self._elimination)
            try:
                ahead = price + (share - done) * drift
                spent.append(self._settle(smooth, ahead, thorough=False))
            except (InfeasibleError, MarketError):
                raise
            except ClearingError:
                self._restart()
                stride /= 2
                if not spent or stride < LEAST_STAGE:
                    return None
                share = done + stride
                continue
            if share > done:
                drift = (spent[-1][0].price - price) / (share - done)
            done, price = share, spent[-1][0].price
            if share == 1.0:
                efforts = [effort for _, effort in spent]
                return spent[-1][0], Effort(
                    sum(each.solves for each in efforts),
                    sum(each.iterations for each in efforts),
                    sum(each.newton_steps for each in efforts),
                    sum(each.seconds for each in efforts),
                )
            stride *= LONGER
            share = min(1.0, share + stride)

    def _checked(self, start: Array) -> Array:
        price = np.array(start, dtype=np.float64)
        rows = self.compiled.matrix.shape[0]
        if price.shape != (rows,) or not np.isfinite(price).all():
            raise MarketError(f"Clearer: start needs {rows} finite prices, one a row")
        return price

    def _restart(self) -> None:
        """Begin without a basis."""
        self._program: Backend = self._new_program()
        self._leads = leads(self.compiled, np.zeros(self.compiled.matrix.shape[1], np.bool_))

    def _first_guess(self, market: Market) -> Array:
        """Reference prices where there is demand, nothing elsewhere."""
        rows = self.compiled.rows
        price = np.zeros(self.compiled.matrix.shape[0])
        price[rows["balance"]][self.compiled.network.demand_node] = market.reference
        return price

    def _solve(self, smooth: Smooth, price: Array, narrow: tuple[Array, Array]) -> LpSolution:
        numbers = numbers_of(smooth, price, narrow, self._leads)
        try:
            outcome = self._program.solve(numbers)
        except InfeasibleError as error:
            from coercivity.optimise.diagnosis import diagnose  # with what imports slowly

            raise InfeasibleError(diagnose(self.compiled, numbers) or str(error)) from error
        self._leads = leads(self.compiled, outcome.basic)
        return outcome

    def _finish(self, smooth: Smooth, outcome: LpSolution) -> tuple[ActiveSet, Point]:
        """The point on the basis of a linear program; its own, if the basis holds no other."""
        active, vertex = set_of(smooth, outcome)
        found = finish(smooth, active, vertex.flow, vertex.price)
        if found is None or np.abs(found.price).max() > WILD * (1.0 + np.abs(smooth.cost).max()):
            return active, vertex  # Newton ran away, and steps cut around such prices would mean nothing
        return active, found

    def _approach(self, smooth: Smooth, point: Point, outcome: LpSolution) -> Proof:
        """The equilibrium by proximal steps, from where passes ended or from their last program."""
        vertex = Point(outcome.value, outcome.dual, 0)
        for start, stiffness in ((point, NEAR), (vertex, FAR), (vertex, FARTHEST)):
            for nearer in approach(smooth, start, stiffness):
                proof = prove(smooth, nearer)
                if proof is not None:
                    return proof
        from coercivity.optimise.diagnosis import explain_unsettled  # with what imports slowly

        raise ClearingError(explain_unsettled(smooth, point))

    def _answer(self, smooth: Smooth, proof: Proof, effort: Effort) -> Clearing:
        flow, price = proof.flow, proof.price
        rows, columns = self.compiled.rows, self.compiled.columns
        at = price[rows["balance"]][smooth.node]
        taken = smooth.demand.quantity(np.minimum(at, smooth.demand.choke)) - smooth.least
        return Clearing(
            activity=flow[columns["x"]],
            flow=flow[columns["f"]],
            disposal=flow[columns["z"]],
            slack=flow[columns["s"]],
            served=taken + flow[columns["backstop"]],
            price=price[rows["balance"]],
            low=proof.low,
            high=proof.high,
            rent=price[rows["capacity"]],
            licence=price[rows["limit"]],
            permit=price[rows["cap"]],
            priority=price[rows["contract"]],
            objective=proof.objective,
            certificate=proof.residuals,
            **asdict(effort),
        )


def _proven(smooth: Smooth, active: ActiveSet, point: Point) -> Proof | None:
    """The proof of a point, unless the finish stopped short of it because its set is wrong."""
    return prove(smooth, point, active.still) if point.ended else None


def _repair(smooth: Smooth, active: ActiveSet, point: Point) -> Proof | None:
    """The equilibrium on the set in which all that breaks changed sides, while ever less breaks."""
    active, broken = repair_active_set(smooth, active, point)
    for _ in range(MENDS):
        if broken > FEW:
            return None
        found = finish(smooth, active, point.flow, point.price)
        if found is None:
            return None
        point, before = found, broken
        proof = _proven(smooth, active, point)
        if proof is not None:
            return proof
        active, broken = repair_active_set(smooth, active, point)
        if broken >= before:
            return None
    return None


def _walk_exchanges(smooth: Smooth, active: ActiveSet, point: Point) -> Proof | None:
    """The equilibrium at the end of exchanges from a nearly right set; None where the path is lost."""
    for _ in range(WALKS):
        if repair_active_set(smooth, active, point)[1] > MANY:
            return None
        found = pivot(smooth, active, point)
        if found is None:
            return None
        active, end = found
        exact = finish(smooth, active, end.flow, end.price)
        point = end if exact is None else replace(exact, steps=end.steps + exact.steps)
        proof = _proven(smooth, active, point)
        if proof is not None:
            return proof
    return None


@compiled_loop
def _narrow_steps(
    at: Conditions, narrow: tuple[Array, Array], before: Array, after: Array
) -> tuple[Array, Array]:
    """Steps about as wide as prices just moved; as they are where nothing did, and as at first where
    prices left the middle ones."""
    demand, rise = np.empty(at.node.size), np.empty(at.rise.rise.size)
    for use in range(demand.size):
        node, floor = at.node[use], at.demand.floor[use]
        moved = abs(np.log(max(after[node], floor) / max(before[node], floor)))
        demand[use] = _follow(moved / OFFSETS[1], narrow[0][use])
    for plant in range(rise.size):
        rent, moved = (
            after[at.capacity + plant],
            abs(after[at.capacity + plant] - before[at.capacity + plant]),
        )
        range_ = at.rise.spread[plant] if rent < at.rise.spread[plant] else at.rise.rise[plant]
        rise[plant] = _follow(moved / range_ / FRACTIONS[1], narrow[1][plant])
    return demand, rise


@inline
def _follow(moved: float, width: float) -> float:
    if moved > width:
        return 1.0
    if moved > 0.0:
        width = min(max(MARGIN * moved, NARROWER * width), width)
    return max(width, NARROWEST)


def clear(market: Market) -> Clearing:
    """Clear one market from nothing."""
    return Clearer(market.network)(market)
