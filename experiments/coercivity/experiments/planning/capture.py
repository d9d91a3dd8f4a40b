"""The worlds a plan is made for: reference runs, year by year, each market in peace and under a ban.

Both markets of a year are laid out by the model's own assembler from the same stocks, plants and
expectations, and cleared to a certificate. The ban is the measure of `scenario=embargo`, over a year, third
countries held to what they took before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coercivity.experiments.base.errors import RunError
from coercivity.model.assembly.market import Assembled, Assembler
from coercivity.model.dynamics.investment import UNDER_WAY
from coercivity.model.dynamics.terms import building_terms
from coercivity.model.inputs.instruments import ExportCap, Instrument
from coercivity.model.inputs.names import FRONTIER
from coercivity.model.inputs.settings import Settings
from coercivity.model.state.capacity import capacities
from coercivity.model.world import World
from coercivity.optimise import Clearer, ClearingError
from coercivity.optimise.market import Array, Clearing, Index, Market

__all__ = [
    "call_settings",
    "Frame",
    "Lived",
    "Project",
    "Year",
    "ban_setting",
    "live_through",
    "shortages",
    "stock_settings",
]

MEASURE = "plan_ban"
CALL = "plan_call_"
HOSTS = ("MY", "CA", "VN", "BR", "ROW")  # where else what members call on may be made
GIVEN = ("capital subsidy", "equity")
NEVER = "2061-01"  # the measure is declared so that the network has its rows; the run never has it in force


@dataclass(frozen=True, slots=True, eq=False)
class Year:
    """A year of a reference run: its markets, cleared with no plan.

    wanted: at reference prices, t, (d); built: share of every plant that stands, units where there are
    several, (p); access: share of its use that each other recipe may serve, (p)
    scrap: what a share of one more of end-of-life products collected would bring back, t a year, by region
    content: use of held materials, t a year, counting what is in worked goods, (n)
    stored: public stock, t, by place and material; reached: objective of every state, USD
    paid: fiscal cost of every state, USD; worth: welfare of every place, public money in it, USD
    toll: what a ban in this year takes of every place, USD: first calls paid, public stock used up
    given, owed: public capital for plants given in the year, and public loans not yet paid back, USD
    running: units of every plant that have opened, (p); programmes: what states pay for them, USD, by place
    """

    date: float
    peace: Market
    calm: Clearing
    ban: Market
    struck: Clearing
    wanted: Array
    built: Array
    access: Array
    scrap: dict[str, float]
    content: Array
    stored: dict[tuple[str, str], float]
    reached: dict[str, float]
    paid: dict[str, float]
    worth: dict[str, float]
    toll: dict[str, float]
    given: dict[str, float]
    owed: dict[str, float]
    running: Array
    programmes: dict[str, float]


@dataclass(frozen=True, slots=True)
class Project:
    """A plant that may be built. at: its row; normal, last: t a year of a whole one; capex: million USD

    opens: the earliest date; lead, ramp: years; survival: chance with no public money; status: of its studies
    """

    at: int
    name: str
    title: str
    stage: str
    place: str
    firm: str
    status: str
    capacity: float
    normal: float
    last: float
    capex: float
    opens: float
    lead: float
    ramp: float
    survival: float


@dataclass(frozen=True, slots=True)
class Frame:
    """What every year of a world has in common.

    node: of (place, material, side); uses: curves of end uses by place; regions: of demand
    projects: what may be built and is not under way; standing: t a year abroad by stage; slip: of schedules
    recipes: (use, region, plant, most of the use it may serve, the use's curve)
    store: curve of every public stock, by place and material; calls: rows of first calls, by place
    """

    node: dict[tuple[str, str, str], int]
    uses: dict[str, Index]
    regions: tuple[str, ...]
    projects: tuple[Project, ...]
    standing: dict[str, float]
    slip: float
    recipes: tuple[tuple[str, str, int, float, int], ...]
    store: dict[tuple[str, str], int]
    calls: dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Lived:
    """One reference run. luck: of every project, from 0 to 1; events: actor, kind, target, detail"""

    number: int
    years: tuple[Year, ...]
    luck: dict[int, float]
    frame: Frame
    events: tuple[tuple[str, str, str, str], ...] = ()


class _Watching(Assembler):
    """The assembler, which lays out the same step under a ban beside it."""

    def __init__(self, world: World, ban: ExportCap) -> None:
        super().__init__(world.economy, world.settings)
        self.ban = ban
        self.latest: tuple[Assembled, Assembled] | None = None
        self.held = world.economy.stock

    def __call__(
        self, date: float, instruments: Sequence[Instrument], noise: Array | None, made: Array
    ) -> Assembled:
        stood = None if self._stood is None else self._stood.copy()
        calm = super().__call__(date, instruments, noise, made)
        after, self._stood = self._stood, stood
        struck = super().__call__(date, [*instruments, self.ban], noise, made)
        self._stood = after
        self.latest, self.held = (calm, struck), self.economy.stock.copy()
        return calm


def ban_setting(supplier: str, materials: Sequence[str], targets: Sequence[str]) -> str:
    """The override that declares the ban's rows in the network. supplier: name of a state"""
    listed, named = (", ".join(f'"{word}"' for word in words) for words in (materials, targets))
    return (
        f"+state.{supplier}.lever.export_limit.measure.{MEASURE}={{materials: [{listed}], "
        f'destinations: [{named}], apart: [material, destination], approval: {{"{NEVER}": 0.0}}}}'
    )


def stock_settings(members: Sequence[str], materials: Sequence[str]) -> list[str]:
    """Overrides that declare public stocks, which the run leaves empty. members: names of states"""
    listed = ", ".join(f'"{word}": {{"{NEVER}": 0.0}}' for word in materials)
    return [f"state.{name}.lever.stockpile.days={{{listed}}}" for name in members]


def call_settings(members: Mapping[str, str], materials: Sequence[str], pay: float) -> list[str]:
    """Overrides that declare members' first call on what is not the supplier's; not in force in the run.

    members: names of states and their codes; materials: each has a row of its own
    """
    found = []
    for name, code in members.items():
        for number, material in enumerate(materials):
            contract = (
                f'{{materials: ["{material}"], origins: [{", ".join((*members.values(), *HOSTS))}], '
                f'members: [{code}], tonnes: {{"{NEVER}": 0.0}}, pay: {pay:g}}}'
            )
            found.append(f"state.{name}.lever.offtake.contract.{CALL}{number}={contract}")
    return found


def live_through(number: int, settings: Settings, evidence: Any, code: str) -> Lived:
    """Run a world to the end of its clock and keep every year. code: of whoever bans"""
    world = World(settings, evidence)
    watching = _Watching(world, ExportCap(code, f"{code} {MEASURE}", 0.0, None, lever="export_limit"))
    world.assembler = watching
    frame = _frame(world)
    struck = Clearer(world.economy.supply.network, options=settings.optimise.options())
    years = []
    while world.clock < world.settings.clock.steps:
        date, scrap = world.when, _returns(world)
        lived = world.live()
        assert watching.latest is not None
        calm, ban = watching.latest
        if lived.assembled is not calm:
            raise RunError("the reference run cleared another market than was laid out")
        e = world.economy
        standing = np.where(e.closure.shut, 0.0, e.built)
        banned = _clear(struck, ban.market, lived.clearing)
        years.append(
            Year(
                date, calm.market, lived.clearing, ban.market, banned,
                np.array(ban.wanted), standing, np.nan_to_num(e.access), scrap,
                np.maximum(e.content_use, e.use),
                {key: float(e.stock[at]) for key, at in frame.store.items()},
                {place: float(one.total) for place, one in lived.reached.items()},
                {place: -float(one.terms["fiscal"]) for place, one in lived.reached.items()},
                {p: float(o.terms["surplus"] + o.terms["fiscal"]) for p, o in lived.reached.items()},
                _toll(world, frame, banned, watching.held, lived.clearing.price),
                *_public_capital(world, lived.ledger.accounts),
                _running(world),
                _programmes(lived.ledger.accounts),
            )
        )  # fmt: skip
        world.clock += 1
    luck = {at: u for firm in world.firms for at, u in firm.luck.items()}
    return Lived(number, tuple(years), luck, frame, tuple(world.pipeline.take_events()))


def _frame(world: World) -> Frame:
    """What may be built in a world that has not begun, and where everything is."""
    e, layout = world.economy, world.economy.supply.layout
    terms, pipeline = building_terms(e, []), world.pipeline
    projects = []
    for at, f in zip(e.chain.projects.at.tolist(), e.chain.projects.facilities, strict=True):
        status = f.terms.status if f.terms else ""
        if status in UNDER_WAY or status in FRONTIER or not np.isfinite(terms.capex[at]):
            continue
        projects.append(
            Project(
                at, f.name, f.title, f.stage, f.place, f.firm, status, f.capacity, float(e.normal[at]),
                float(e.block[at]), float(terms.capex[at]), float(terms.earliest[at]),
                float(terms.lead_time[at]), pipeline.terms.ramp(f), pipeline.terms.survival(f),
            )
        )  # fmt: skip
    home, standing = e.chain.names.home, dict.fromkeys(e.chain.names.stages.every, 0.0)
    for f, stands in zip(e.chain.facilities, capacities(e)[1].tolist(), strict=True):
        if f.place != home:
            standing[f.stage] += stands
    curve = {(c.what, c.place): at for at, c in enumerate(layout.curves) if c.kind == "use" and c.what}
    recipes = tuple(
        (use, region, plant, e.figures.most[plant], curve[use, region])
        for (use, region, _), plant in e.supply.alternatives.items()
    )
    uses: dict[str, list[int]] = {}
    for at, c in enumerate(layout.curves):
        if c.kind == "use":
            uses.setdefault(c.place, []).append(at)
    return Frame(
        dict(layout.node), {place: np.array(at) for place, at in uses.items()}, tuple(e.chain.regions),
        tuple(projects), standing, pipeline.slip, recipes,
        {(place, material): at for place, held in layout.public.items() for material, at in held},
        {
            place: tuple(
                at for at, name in enumerate(layout.contracts) if name.startswith(f"{place} {CALL}")
            )
            for place in uses
        },
    )  # fmt: skip


def _clear(clearer: Clearer, market: Market, near: Clearing) -> Clearing:
    """The market under a ban, from the year's own clearing, or from anywhere."""
    try:
        clearer.start_from(near)
        return clearer(market)
    except ClearingError:
        return Clearer(market.network)(market)


def _public_capital(
    world: World, accounts: Mapping[tuple[str, str, str], float]
) -> tuple[dict[str, float], dict[str, float]]:
    """What states gave for plants in a year, and the loans they have out at its end, USD."""
    told = world.pipeline.treasury.told()
    owed = {state: usd for state, name, usd, _ in told if name == "public loans outstanding"}
    given: dict[str, float] = {}
    for (owner, kind, item), usd in accounts.items():
        if kind == "state" and item in GIVEN:
            given[owner] = given.get(owner, 0.0) - usd
    return given, owed


def _running(world: World) -> Array:
    """Units of every plant that have opened, shut or not, (p)."""
    e, cohorts = world.economy, world.pipeline.cohorts
    found = np.where(np.isfinite(e.opens) & (e.opens <= world.when), 1.0, 0.0)
    for at, opens in cohorts.items():
        found[at] = float(sum(date <= world.when for date in opens))
    return found


def _programmes(accounts: Mapping[tuple[str, str, str], float]) -> dict[str, float]:
    """What states pay for programmes in a year, USD, by place."""
    found: dict[str, float] = {}
    for (owner, kind, item), usd in accounts.items():
        if kind == "state" and item.startswith("programme "):
            found[owner] = found.get(owner, 0.0) - usd
    return found


def _toll(world: World, frame: Frame, struck: Clearing, held: Array, price: Array) -> dict[str, float]:
    """What a ban takes of every place, USD: paid to be served first, and public stock let go, at prices of
    peace. held: before, t, (d); price: USD/kg, (n)"""
    supply, found = world.economy.supply, dict.fromkeys(frame.uses, 0.0)
    weight = supply.network.contract_arc
    paid = struck.priority[weight.row] * weight.value * struck.flow[weight.column] * 1e3
    for row, at, usd in zip(weight.row.tolist(), weight.column.tolist(), paid.tolist(), strict=True):
        if row in supply.deliveries and (place := supply.layout.arcs[at].destination) in found:
            found[place] += usd
    for (place, _), at in frame.store.items():
        gone = max(float(held[at] - struck.served[at]), 0.0)
        node = supply.network.demand_node[at]
        found[place] = found.get(place, 0.0) + gone * float(price[node]) * 1e3
    return found


def _returns(world: World) -> dict[str, float]:
    """What a share of one more collected would bring back a year, t, by region, at first order."""
    e, step = world.economy, 0.1
    dear, regions = np.ones(len(e.chain.regions)), e.chain.regions
    usual = e.vintages.returned(world.when, dear, {})
    more = e.vintages.returned(world.when, dear, dict.fromkeys(regions, step))
    return {region: float(t) / step for region, t in zip(regions, more - usual, strict=True)}


def shortages(year: Year, served: Array, uses: dict[str, Any]) -> dict[str, float]:
    """Share of what a place's end uses want at reference prices that is not served, by place."""
    found = {}
    for place, at in uses.items():
        worth = year.ban.reference[at] * year.wanted[at]
        got = year.ban.reference[at] * np.minimum(served[at], year.wanted[at])
        found[place] = 1.0 - float(got.sum()) / max(float(worth.sum()), 1e-9)
    return found
