"""Mesa agents: governments and firms. They hold state and a strategy, and nothing clever."""

import math
from collections.abc import Mapping, Sequence

import mesa
import numpy as np

from coercivity.model.behaviour.finance import reach
from coercivity.model.behaviour.invest import Appraisal, net_present_value, paid_share, starts
from coercivity.model.behaviour.replication import MOST, deplete, thin_copies
from coercivity.model.inputs.instruments import Decision, PublicStock
from coercivity.model.inputs.names import REPLICABLE
from coercivity.model.inputs.observation import FirmView, StateView
from coercivity.model.lever import Lever
from coercivity.model.network.chain import Facility
from coercivity.model.strategy import Strategy

__all__ = ["Firm", "State"]


class State(mesa.Agent):
    """A government: a place, levers, other settings of them it may choose, and a strategy."""

    def __init__(
        self, model: mesa.Model, name: str, place: str, levers: Mapping[str, Lever],
        options: Mapping[str, Mapping[str, Lever]], strategy: Strategy, rng: np.random.Generator,
    ) -> None:  # fmt: skip
        super().__init__(model)
        self.name, self.place = name, place
        self.levers, self.options, self.strategy, self.draws = levers, options, strategy, rng

    def decide(self, view: StateView) -> Decision:
        """What the strategy makes of what the state sees."""
        return Decision(self.place, self.strategy.decide(view, self.levers, self.draws))

    def take_reasons(self) -> list[tuple[str, str, str, str]]:
        """Why it chose what it chose since this was last asked, as events."""
        told = getattr(self.strategy, "take_reasons", list)
        return [(self.place, *reason) for reason in told()]

    def prefilled(self, view: StateView) -> list[PublicStock]:
        """Stocks of its levers, as set, that are full when a run begins."""
        found = [i for lever in self.levers.values() for i in lever.decide(view, 1.0)]
        return [i for i in found if isinstance(i, PublicStock) and i.prefilled]


class Firm(mesa.Agent):
    """An owner of plants and projects: cash, and decisions to build."""

    def __init__(
        self, model: mesa.Model, name: str, home: str, facilities: Mapping[int, Facility],
        cash: float, rng: np.random.Generator,
    ) -> None:  # fmt: skip
        super().__init__(model)
        self.name, self.home, self.cash, self.draws = name, home, cash, rng
        self.facilities = facilities
        # How much a project can live through is drawn once, so that it is the same in every
        # scenario under the same seed.
        self.luck = {at: float(rng.random()) for at, f in sorted(facilities.items()) if f.terms}

    def decide(
        self, view: FirmView, terms: "ProjectTerms", open_projects: Mapping[int, bool]
    ) -> tuple[int, ...]:
        """Projects to start this step: worth it, possible, within reach (B.14), and not held up this time."""
        chosen: list[int] = []
        cash = view.cash
        for at in self.luck:
            units = MOST if terms.replicable(self.facilities[at]) else 1
            draws = self.draws.random(units).tolist()
            if not open_projects.get(at, False):
                continue
            for _ in (draw for draw in draws if starts(draw, terms.damping, view.length)):
                project = self.appraisal(at, self.facilities[at], view, terms, chosen.count(at))
                value = net_present_value(project)
                if not value > 0:  # so that neither starts what is barred, whose value is no number
                    break
                if view.group or project.private <= reach(cash, value, *terms.multiples):
                    chosen.append(at)
                    cash -= 0.0 if view.group else min(0.5 * max(cash, 0.0), project.private)
        return tuple(chosen)

    def appraisal(
        self, at: int, facility: Facility, view: FirmView, terms: "ProjectTerms", unit: int = 0
    ) -> Appraisal:
        """What a project of this firm is judged by today. unit: how many like it are begun along with it"""
        if facility.terms is None:
            raise ValueError(f"{facility.name} is no project")
        lost = (1.0 - thin_copies(unit * float(view.share[at]), view.slope)) * float(view.sales[at])
        dearer = deplete(float(view.dearer[at]), unit * float(view.part[at]), float(view.depletion[at]))
        lost += (dearer - 1.0) * facility.unit_cost
        capex = float(view.capex[at]) * (1.0 + unit * float(view.congestion[at])) * dearer
        offered = [float(of[at]) for of in (view.capital_share, view.loan_share, view.equity_share)]
        paid = paid_share(math.fsum(offered), capex, float(view.award[at]))
        given, lent, held = (paid * share for share in offered)
        return Appraisal(
            capex=capex,
            capacity=facility.capacity,
            margin=float(view.margin[at]) - lost,
            lead_time=float(view.lead_time[at]),
            ramp=terms.ramp(facility),
            hurdle=max(terms.hurdle(facility) - float(view.hurdle_cut[at]), 0.02),
            capital_share=given,
            life=terms.life,
            load=terms.load,
            loan_share=lent,
            loan_rate=float(view.loan_rate[at]),
            loan_years=max(float(view.loan_years[at]), 1.0),
            equity_share=held,
            path=tuple((y, float(m) - lost) for y, m in zip(view.years, view.margins[:, at], strict=True)),
            floor=tuple(zip(view.years, view.floors[:, at].tolist(), strict=True)),
            floor_years=float(view.floor_years[at]),
        )


class ProjectTerms:
    """What the evidence says of projects in general: survival by status, ramp-up, hurdle, damping."""

    def __init__(
        self, survival: Mapping[str, float], ramp: Mapping[str, float],
        hurdle: Mapping[str, float], damping: float, life: float, load: float,
        multiples: tuple[float, float], assured: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.assured = frozenset(assured)
        self._survival, self._ramp, self._hurdle, self.damping = survival, ramp, hurdle, damping
        self.life, self.load, self.multiples = life, load, multiples

    def survival(self, facility: Facility) -> float:
        """Share of projects of this status that ever get built; 1 for what a scenario takes for sure."""
        if facility.name in self.assured:
            return 1.0
        status = facility.terms.status if facility.terms else ""
        return self._survival.get(status, self._survival["scoping"])

    def replicable(self, facility: Facility) -> bool:
        """Whether any number of units like it may be built."""
        return facility.terms is not None and facility.terms.status == REPLICABLE

    def ramp(self, facility: Facility) -> float:
        """Years from opening to full output."""
        return self._ramp.get(facility.stage, 2.0)

    def hurdle(self, facility: Facility) -> float:
        """Real hurdle rate a year where it stands."""
        return self._hurdle[facility.place]

    def extends(
        self, facilities: Sequence[Facility], seen: FirmView, at: int, tonnes: float, capex: float
    ) -> bool:
        """Whether so much more of a plant that stands, t a year, is worth its capital, million USD (B.9).

        What it adds to all that stands of its stage lowers the price it counts on (B.58).
        """
        more = tonnes / facilities[at].capacity * float(seen.share[at])
        lost = (1.0 - thin_copies(more, seen.slope)) * float(seen.sales[at])
        path = tuple((y, float(m) - lost) for y, m in zip(seen.years, seen.margins[:, at], strict=True))
        project = Appraisal(
            capex, tonnes, float(seen.margin[at]) - lost, 0.0, 0.0, self.hurdle(facilities[at]), 0.0,
            self.life, self.load, path=path,
        )  # fmt: skip
        return net_present_value(project) > 0
