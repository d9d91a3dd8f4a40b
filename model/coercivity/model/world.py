"""The world: actors, an economy, a clearing, and the seven phases of a step."""

import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import mesa
import numpy as np
import pandas as pd

from coercivity.model.accounts.indicators import Row, indicators
from coercivity.model.accounts.objective import Objectives
from coercivity.model.accounts.recorder import Recorder
from coercivity.model.accounts.settlement import Books, Ledger
from coercivity.model.agents.actors import Firm, ProjectTerms, State
from coercivity.model.agents.government import apply_quota_growth, governments, menus, network_needs
from coercivity.model.agents.rows import check_row_names
from coercivity.model.agents.vocabulary import check_names, vocabulary
from coercivity.model.assembly.circular import collection_costs
from coercivity.model.assembly.hosts import Hosts
from coercivity.model.assembly.market import Assembled, Assembler
from coercivity.model.calibration.base_rows import read_base_year
from coercivity.model.calibration.base_year import apply_multipliers, content_of
from coercivity.model.calibration.soundness import check_network
from coercivity.model.counterfactual import Bans, check_bans
from coercivity.model.dynamics.acquisitions import buy_shares
from coercivity.model.dynamics.ahead import look_ahead
from coercivity.model.dynamics.diplomacy import Diplomacy
from coercivity.model.dynamics.foresight import Foresight, name_failure
from coercivity.model.dynamics.frontier import Frontier
from coercivity.model.dynamics.investment import Pipeline
from coercivity.model.dynamics.pooling import shared_costs
from coercivity.model.dynamics.quota_premium import HeldLimits, cartel_premium
from coercivity.model.dynamics.running import Plans, StepResult, phase
from coercivity.model.dynamics.streams import Streams
from coercivity.model.dynamics.terms import partner_shares
from coercivity.model.dynamics.updates import learn, settle_stocks, start_from_base
from coercivity.model.dynamics.viewpoint import Sight, firm_views, scene, state_view
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.evidence_chain import check_chain
from coercivity.model.inputs.instruments import Instrument, instrument_rows, outlays
from coercivity.model.inputs.names import MINE, REPLICABLE
from coercivity.model.inputs.observation import Losses, StateView
from coercivity.model.inputs.parameters import parameters
from coercivity.model.inputs.settings import Settings
from coercivity.model.lever import Lever
from coercivity.model.network.chain import read_chain
from coercivity.model.network.stocks import existing_patterns
from coercivity.model.network.supply_chain import lay_out
from coercivity.model.network.taxes import BorderTaxes
from coercivity.model.state.economy import initial_economy
from coercivity.optimise import Clearer, Clearing

__all__ = ["StepResult", "World"]


class World(mesa.Model):
    """States and firms over one economy.

    Raises EvidenceError for evidence or settings that cannot be used, ClearingError when a step
    does not clear to a certified equilibrium.
    """

    def __init__(self, settings: Settings, evidence_dir: Path) -> None:
        super().__init__(rng=settings.seed)
        self.settings = settings
        self.streams: list[np.random.Generator] = []  # all that were handed out
        self.evidence = Evidence(evidence_dir)
        names, year = settings.chain, settings.market.base_year
        check_row_names(self.evidence, names)
        check_chain(self.evidence, names, evidence_dir.name)
        if (until := settings.market.until) is not None:
            self.evidence = self.evidence.until(until)
        self.evidence = self.evidence.replaced("behaviour", settings.calibrated.values)
        numbers = parameters(self.evidence, settings.firm, settings.market.elasticity, year)
        base = read_base_year(self.evidence, year)
        chain = apply_multipliers(read_chain(self.evidence, year, names), base.multiplier)
        chain = chain.at_costs(settings.market.cost_level)
        check_names(settings, vocabulary(self.evidence, chain))
        levers, chosen = governments(settings, chain, self.evidence)
        levers = {place: self._drawn(place, held) for place, held in levers.items()}
        options = menus(settings, chain, levers, chosen)
        needs = network_needs(levers, options, chosen, existing_patterns(self.evidence, chain))
        supply = lay_out(self.evidence, chain, needs, content_of(names, base.multiplier))
        check_network(self.evidence, chain, supply)
        self.economy = initial_economy(settings, self.evidence, supply, base, numbers)
        check_bans(settings.what_if, self.economy)
        self.assembler = Assembler(self.economy, settings)
        self.clearer = Clearer(
            supply.network, options=settings.optimise.options(), backend=settings.optimise.backend
        )
        self.foresight = Foresight(self.clearer.twin)
        self.bans = Bans(settings.what_if, settings.clock, self.stream("what if"))
        self.books = Books(self.economy)
        self.objectives = Objectives(self.economy, settings)
        self.recorder = Recorder(self.economy)
        self.states = [
            State(self, name, place, levers[place], options[place], chosen[place], self.stream(name))
            for place, name in self._state_names().items()
        ]
        self.firms = self._found_firms()
        _deregister(self)
        self.pipeline = Pipeline(self.economy, self._terms(), settings)
        self.hosts = Hosts(self.economy, self.stream)
        self.frontier = Frontier(self.economy, self.stream)
        self.diplomacy = Diplomacy(self.economy, self.objectives.stakes, self.stream)
        self.clock = 0
        self._timing: list[tuple[int, str, str, float]] = []
        self._noise = self.stream("demand")
        self.drift = Streams.begin(self.economy, settings.market.stream, self.stream)
        self.last: Clearing | None = None
        self.seen: dict[str, tuple[Instrument, ...]] = {}  # what each state set last
        self.taxed: BorderTaxes | None = None  # border taxes of last step
        self.losses: tuple[object, Losses] | None = None  # of bans, with the exposure they were read from
        self.latest: dict[tuple[str, str], float] = {}  # the last step's indicators by name and place
        self.datacollector = mesa.DataCollector(
            model_reporters={"date": lambda world: world.collected_date, "indicators": "latest"}
        )
        self.collected_date = self.date
        self.held: HeldLimits | None = None  # what holders of quotas weigh before they ask again
        self.bought: dict[str, float] = {}  # USD that stocks cost which are full at the start, by place
        start_from_base(self)

    def stream(self, name: str) -> np.random.Generator:
        """A random stream of its own for everyone, so that nobody's draws move another's."""
        made = np.random.default_rng([self.settings.seed, zlib.crc32(name.encode())])
        self.streams.append(made)
        return made

    def _drawn(self, place: str, held: Mapping[str, Lever]) -> dict[str, Lever]:
        """Levers of a place with what is left to chance settled, from streams of their own."""

        def luck(what: str) -> float:
            return float(self.stream(f"{place} {what} hazard").random())

        return {name: lever.drawn(luck, self.settings.clock.start) for name, lever in held.items()}

    def _state_names(self) -> dict[str, str]:
        given = {state.code: name for name, state in self.settings.state.items()}
        return {place: given.get(place, place.lower()) for place in self.economy.chain.places}

    def _found_firms(self) -> list[Firm]:
        chain = self.economy.chain
        owned: dict[str, dict[int, object]] = {name: {} for name in chain.firms}
        for at, facility in enumerate(chain.facilities):
            owned.setdefault(facility.firm, {})[at] = facility
        return [
            Firm(
                self,
                name,
                chain.firms.get(name, "ROW"),
                found,  # type: ignore[arg-type]
                self.economy.figures.cash.get(name, 0.0),
                self.stream(name),
            )
            for name, found in sorted(owned.items())
            if found
        ]

    def _terms(self) -> ProjectTerms:
        e = self.evidence
        survival = e.items("behaviour", "investment", "survival")
        by_status = {
            "construction": survival["construction"],
            "feasibility": survival["feasibility"],
            "pre-feasibility": survival["prefeasibility"],
            "exploration": survival["scoping"],
            "scoping": survival["scoping"],
            "replication": survival["replication"],
            "ramp-up": survival["ramp_up"],
            REPLICABLE: 1.0,  # another one is always to be had
        }
        ramp = e.items("behaviour", "investment", "ramp_up")
        ramp[self.settings.chain.stages.extract] = ramp[MINE]
        listed = e.items("behaviour", "investment", "hurdle_rate")
        hurdle = {
            code: max(listed.get(code, place.hurdle), place.hurdle)
            for code, place in self.economy.chain.places.items()
        }
        numbers = self.economy.parameters
        assured = tuple(self.settings.market.assured)
        return ProjectTerms(
            by_status, ramp, hurdle, numbers["invest.damping"], numbers["invest.life"],
            numbers["invest.load"], (numbers["finance.cash_multiple"], numbers["finance.value_multiple"]),
            assured,
        )  # fmt: skip

    @property
    def date(self) -> str:
        """First day of the step at hand."""
        return self.settings.clock.date(self.clock)

    @property
    def middle(self) -> str:
        """First day of the month in the middle of the step, at which dated settings are read."""
        month = int(12 * (self.when % 1) + 1e-9)
        return f"{int(self.when):04d}-{month + 1:02d}-01"

    @property
    def when(self) -> float:
        """Middle of the step at hand, years."""
        clock = self.settings.clock
        start = int(clock.start[:4]) + (int(clock.start[5:]) - 1) / 12.0
        return start + (self.clock + 0.5) * clock.length

    @property
    def alarm(self) -> float:
        """By how much news of this step, as the scenario has it, frightened everybody."""
        begun, after = (self.settings.clock.date(self.clock + n)[:7] for n in (0, 1))
        news = self.settings.market.alarm.items()
        return max((jump for month, jump in news if begun <= month < after), default=0.0)

    def step(self) -> None:
        """One step: all that `live` does, then it is written down and the clock goes on."""
        self._record(self.live())
        self.collected_date = self.date
        self.clock += 1
        self.running = self.clock < self.settings.clock.steps
        self.datacollector.collect(self)

    def live(self) -> StepResult:
        """A step but for writing it down; it clears one market, once."""
        views, sights = self._observe()
        plans = self._decide(views, sights)
        assembled = self._assemble(plans)
        clearing = self._clear(assembled)
        ledger = self._settle(plans, assembled, clearing)
        return self._learn(plans, assembled, clearing, ledger)

    @phase("observe")
    def _observe(self) -> tuple[dict[str, StateView], Mapping[str, Sight]]:
        """What last step left in the open, and what holders of quotas and firms expect of the next."""
        if self.held is not None:
            with name_failure(f"step {self.clock} ({self.date}): what holders of limits could ask"):
                self.economy.premium = cartel_premium(self.economy, self.held, self.foresight.clear)
            self.held = None
        seen = scene(self)
        views = {state.place: state_view(self, state, seen) for state in self.states}
        self._look_ahead()
        return views, firm_views(self)

    @phase("decide")
    def _decide(self, views: Mapping[str, StateView], sights: Mapping[str, Sight]) -> Plans:
        """States set their levers, offers are made, firms begin projects."""
        decisions = [state.decide(views[state.place]) for state in self.states]
        self.pipeline.events += [reason for state in self.states for reason in state.take_reasons()]
        made = [i for decision in decisions for i in decision.instruments]
        instruments = apply_quota_growth(made, self.settings.clock.length)
        offers = self.pipeline.offers(instruments, self.when)
        beyond = self.frontier.closed(instruments, self.when)
        self.pipeline.endure(offers, beyond, self.settings.clock.length)
        terms, may_start = self.pipeline.open(instruments, beyond)
        projects = [
            at
            for firm in self.firms
            if firm.luck  # who has no project has nothing to decide
            for at in firm.decide(sights[firm.name](offers), terms, may_start)
        ]
        margins = next(iter(sights.values()))(offers)
        return Plans(instruments, {d.state: d.instruments for d in decisions}, offers, projects, margins)

    @phase("assemble")
    def _assemble(self, plans: Plans) -> Assembled:
        """Works under way go on, deposits are looked for, plants stop; then the market is laid out."""
        length = self.settings.clock.length
        self.pipeline.pay(plans.instruments, plans.margins, self.when)
        self.pipeline.build(self.when)
        self.frontier.explore(self.when, length)
        self.economy.stopped = self.hosts.stopped(plans.instruments, self.when, length)
        self.drift.move(self.economy, self.settings.market.stream, length)
        assembled = self.assembler(self.when, plans.instruments, self._shock(), self.made())
        self.offered = assembled.market.supply
        return assembled

    @phase("clear")
    def _clear(self, assembled: Assembled) -> Clearing:
        """The market of the step, cleared once and certified."""
        with name_failure(f"step {self.clock} ({self.date})"):
            return self.clearer(assembled.market)

    @phase("settle")
    def _settle(self, plans: Plans, assembled: Assembled, clearing: Clearing) -> Ledger:
        """Every dollar finds its owner; stocks are what was bought."""
        e, instruments, length = self.economy, plans.instruments, self.settings.clock.length
        ledger = self.books.settle(assembled, clearing, length)
        before = {(p, "state", "stock bought before"): -usd for p, usd in self.bought.items()}
        for account, usd in (
            *self._capital(plans, clearing, ledger),
            *(before.items() if self.clock == 0 else ()),
            *buy_shares(self.pipeline, instruments, self.when).items(),
            *outlays(instruments, length),
            *collection_costs(e, instruments, self.assembler.dear(), self.when, length),
            *partner_shares(e, instruments, assembled, clearing),
            *shared_costs(e, instruments, e.stock, clearing.served, clearing.price),
        ):
            ledger.accounts[account] = ledger.accounts.get(account, 0.0) + usd
        settle_stocks(e, clearing)
        return ledger

    @phase("learn")
    def _learn(self, plans: Plans, assembled: Assembled, clearing: Clearing, ledger: Ledger) -> StepResult:
        """What everybody takes from the step into the next, and what states think of it."""
        learn(self, plans.instruments, assembled, clearing, ledger)
        reached = self.objectives(self.when, self.settings.clock.length, clearing, ledger)
        self.last, self.taxed, self.seen = clearing, assembled.tax, plans.seen
        return StepResult(assembled, clearing, ledger, plans.instruments, reached)

    def _look_ahead(self) -> None:
        """Prices ahead, every other year; in a head they stay what they were when it was made up."""
        if not np.isfinite(self.economy.ahead.due):
            return
        self.foresight.clearings += look_ahead(
            self.economy, self.assembler, self.foresight.clearer,
            [i for given in self.seen.values() for i in given], self.made(), self.when,
            self.pipeline.cohorts,
        )  # fmt: skip

    def _capital(
        self, plans: Plans, clearing: Clearing, ledger: Ledger
    ) -> Iterator[tuple[tuple[str, str, str], float]]:
        """Projects start, debts are served, stakes pay, idle plants cost."""
        cash = {firm.name: firm.cash for firm in self.firms}
        treasury, length = self.pipeline.treasury, self.settings.clock.length
        yield from self.pipeline.start(plans.projects, self.when, plans.offers, cash).items()
        yield from treasury.settle(
            clearing.price, clearing.activity, ledger.throughput, self.when, length, cash
        ).items()
        yield from self.pipeline.take_called().items()

    def _shock(self) -> np.ndarray | None:
        """Factor on demand by region, of mean one, from a stream of its own: the same under every policy."""
        spread = self.settings.market.demand_noise
        draws = self._noise.standard_normal(len(self.economy.chain.regions))
        if spread == 0:
            return None
        sigma = spread / np.sqrt(self.settings.clock.length)
        return np.asarray(np.exp(sigma * draws - 0.5 * sigma**2))

    def made(self) -> np.ndarray:
        """What each activity made last step, t a year, (a)."""
        assert self.last is not None
        return np.maximum(self.last.activity, 0.0) / self.settings.clock.length

    @phase("record")
    def _record(self, lived: StepResult) -> None:
        """Rows of every table."""
        step, date = self.clock, self.date
        assembled, clearing, ledger = lived.assembled, lived.clearing, lived.ledger
        rows = instrument_rows(lived.instruments)
        imagined = self.foresight.take_clearings()
        content = self.objectives.stakes.origin_content(clearing.flow, self.economy.chain.names.home)
        self.recorder.step(
            step, date, assembled, clearing, ledger, lived.instruments, rows, imagined, content
        )
        self.recorder.objectives(step, date, lived.reached)
        found = list(
            indicators(
                self.economy, self.recorder, self.objectives, assembled, clearing, ledger, lived.reached
            )
        )
        found += self.diplomacy.told()
        found += self.pipeline.treasury.told()
        found += self.what_if()
        place, name, value, unit = zip(*found, strict=True)
        self.latest = dict(zip(zip(name, place, strict=True), value, strict=True))
        self.recorder.add(
            "indicators", step, date, jurisdiction=place, indicator=name, value=np.array(value), unit=unit
        )  # fmt: skip
        events = [
            *self.pipeline.take_events(),
            *self.hosts.take_events(),
            *self.frontier.take_events(),
            *self.diplomacy.take_events(),
        ]
        if events:
            actor, kind, target, detail = zip(*events, strict=True)
            self.recorder.add("events", step, date, actor=actor, kind=kind, target=target, detail=detail)

    def what_if(self) -> list[Row]:
        """What a ban of a year would do from here, when it is time to ask."""
        return self.bans(self) if self.bans.due(self.clock) else []

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table of a run so far, by name."""
        return {name: self.recorder.table(name) for name in self.recorder.blocks}

    def timing(self) -> pd.DataFrame:
        """Seconds of every phase of every step."""
        return pd.DataFrame(self._timing, columns=["step", "date", "phase", "seconds"])


def _deregister(world: World) -> None:
    """Take a world out of the table in which Mesa numbers agents: it would keep every world for ever."""
    numbered = getattr(mesa.Agent, "_ids", {})
    numbered.pop(world, None)
