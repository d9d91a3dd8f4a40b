"""The only door to the clearing: an economy and this step's decisions become one `Market`."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from coercivity.model.assembly.end_use import refused_share
from coercivity.model.assembly.evasion import leaks
from coercivity.model.assembly.floors import FloorTerms, offered_floors
from coercivity.model.assembly.history import end_at_record, recorded_room
from coercivity.model.assembly.promises import pledges, promises
from coercivity.model.assembly.restrictions import third_country_limits, withheld_share
from coercivity.model.behaviour.expectation import expected_price
from coercivity.model.behaviour.inventory import holding_scale, target
from coercivity.model.behaviour.public_stock import bought_share, curve_of
from coercivity.model.calibration.base_year import charges
from coercivity.model.inputs.instruments import (
    ActivityCap,
    BurdenCap,
    Charge,
    Collection,
    ExportCap,
    ExportTax,
    HomeSubsidy,
    Instrument,
    ProductionQuota,
    PublicStock,
    Tariff,
    VatRefund,
)
from coercivity.model.inputs.names import form
from coercivity.model.inputs.settings import Settings
from coercivity.model.network.deliveries import penalties
from coercivity.model.network.demand import CurveDemand
from coercivity.model.network.taxes import BorderTaxes, border_taxes, last_change
from coercivity.model.state.economy import Economy, disposal_values, service_factor
from coercivity.optimise import Market
from coercivity.optimise.market import Array, Index

__all__ = ["FAINT", "Assembler", "Assembled"]

FAINT = 1e-6  # t: what is less is rounding, such as what stocks leave that shrink by a share a step
USUAL = "fill", "release", "release_above", "withheld", "buy_below"  # of public_stock
OWN = attrgetter("speed", "release_speed", "release_above", "release_withheld", "buy_below")  # the same
RIGID = 1e-4  # elasticity of a stock nobody wants to move
ROOM = 1.25  # what holders can always keep, over what they have
KEPT = 16  # border taxes at a time
LEAST = 1e-6  # of the reference price: all but given away


@dataclass(frozen=True, slots=True)
class Assembled:
    """A market, and what of it settlement and learning need again.

    tax: border taxes by arc; floor: subsidy a unit of every activity earns, USD/kg, (a), and
    the floors it is made of; wanted: demand at reference prices, t, (d); charge: environmental,
    USD/kg, (a); factor: on the charge in force, by place and pollutant
    """

    market: Market
    tax: BorderTaxes
    floor: Array
    floors: tuple[FloorTerms, ...]
    wanted: Array
    charge: Array
    factor: Mapping[tuple[str, str], float]


class Assembler:
    """Turns an economy and instruments into markets; keeps what changes only with the year."""

    def __init__(self, economy: Economy, settings: Settings) -> None:
        self.economy, self.settings = economy, settings
        supply = economy.supply
        self.curves = supply.layout.curves
        self.kind = np.array([curve.kind for curve in self.curves])
        self.private, self.public, self.thrift = (
            np.flatnonzero(self.kind == kind) for kind in ("private", "public", "thrift")
        )
        self.node = np.asarray(supply.network.demand_node)
        self.demand = CurveDemand(economy.chain, self.curves, economy.base.factor)
        services = service_factor(economy.base, economy.chain)
        self.services = np.array([1.0 if use.composition else services for use in economy.chain.uses])
        self.taxed_until = last_change(economy.evidence)
        self.disposal = disposal_values(economy.evidence, supply)
        self.freight = np.array([arc.freight for arc in supply.layout.arcs])
        self.wedge = np.array([economy.base.wedge.get(name, 0.0) for name in supply.network.arcs])
        self.grey = np.array([arc.channel == "grey" for arc in supply.layout.arcs])
        self.closed = np.zeros(self.grey.size, dtype=bool)  # arcs that nothing may take, in a what-if
        self.most = np.full(self.grey.size, np.inf)  # t a year that arcs may take, in a what-if
        self.arc_cost = self.freight + self.wedge + self.grey * economy.parameters["grey.cost"]
        self.taxes: dict[object, BorderTaxes] = {}  # the latest, which imagined worlds share
        self._charges: tuple[object, Array] | None = None
        self._factor: Mapping[tuple[str, str], float] = {}
        self._stood: Array | None = None
        self._ends: dict[tuple[tuple[str, float], ...], Array] = {}
        self.heavy = self._heavy_use()
        self.worked = self._worked()
        self.recipes = self._other_recipes()
        if settings.market.output != "free":
            end_at_record(economy)

    def _heavy_use(self) -> Index:
        """Entries of the technology that whoever takes the dosed content takes, for the thrift curves."""
        technology, dose = self.economy.supply.network.technology, self.economy.chain.names.dose
        dosed = dose.service if dose else ""
        heavy = {n for (_, m, _), n in self.economy.supply.layout.node.items() if m == dosed}
        takes = technology.value < 0
        makers = technology.column[np.isin(technology.row, list(heavy)) & takes]
        return np.flatnonzero(np.isin(technology.column, makers) & takes)

    def _worked(self) -> Array:
        """Share of the usual precaution that private holders take: what is worked is made to order."""
        e = self.economy
        worked = [form(self.curves[at].material) != e.chain.names.forms.separated for at in self.private]
        return np.where(worked, e.parameters["inventory.worked"], 1.0)

    def _other_recipes(self) -> tuple[Index, Index]:
        """Capacity row of every other recipe, and the curve of the use it serves."""
        use = {(c.what, c.place): at for at, c in enumerate(self.curves) if c.kind == "use" and c.what}
        rows = self.economy.supply.alternatives
        curve = [use[name, region] for name, region, _ in rows]
        return np.array([*rows.values()], dtype=int), np.array(curve, dtype=int)

    def __call__(
        self, date: float, instruments: Sequence[Instrument], noise: Array | None, made: Array
    ) -> Assembled:
        """The market of one step.

        date: middle of the step, years; noise: factor on demand by region; made: last activity,
        t a year, from which thrift curves take their scale
        """
        e = self.economy
        length = self.settings.clock.length
        network = e.supply.network
        tax = self._tax(int(date), instruments)
        charge = self._charge(instruments)
        floor, floors = offered_floors(e, instruments, self._expected(made), length)
        wanted, scale, reference, elasticity, supply = self._curve_numbers(
            date, instruments, noise, made, length
        )
        leaking = leaks(e, instruments) * length
        normal, block = self._room(date, length, instruments, wanted, leaking)
        limit, asking = self._limits(instruments, length)
        market = Market(
            network=network,
            supply=supply,
            activity_cost=e.unit_cost + e.markup + charge - floor,
            arc_cost=self.arc_cost,
            ad_valorem=tax.ad_valorem,
            arc_bound=np.where(self.closed, 0.0, np.where(self.grey, leaking, self.most * length)),
            capacity=normal,
            spread=e.spread,
            block=block,
            rise=e.rise,
            limit=limit,
            asking=asking,
            cap=self._caps(instruments, length),
            charge=np.zeros(len(network.caps)),
            contract=promises(e, self.settings.market.tie_share, instruments, made) * length,
            penalty=penalties(e.supply.deliveries, pledges(e, self.settings.market.tie_penalty), instruments),
            disposal_value=self.disposal,
            scale=scale,
            reference=reference,
            elasticity=elasticity,
            choke=np.where(self.kind == "use", e.choke, 50.0 * reference),
            floor=self._floor(scale, reference, elasticity),
        )
        return Assembled(market, tax, floor, floors, wanted, charge, self._factor)

    def _tax(self, year: int, instruments: Iterable[Instrument]) -> BorderTaxes:
        taxes = tuple(i for i in instruments if isinstance(i, ExportTax))
        tariffs = tuple(i for i in instruments if isinstance(i, Tariff))
        refunds = tuple(i for i in instruments if isinstance(i, VatRefund))
        home = tuple(i for i in instruments if isinstance(i, HomeSubsidy))
        key = (min(year, self.taxed_until), self.economy.chain.names.watched, taxes, tariffs, refunds, home)
        if key not in self.taxes:
            if len(self.taxes) >= KEPT:
                self.taxes.clear()
            self.taxes[key] = border_taxes(self.economy.evidence, self.economy.supply.layout.arcs, *key)
        return self.taxes[key]

    def _charge(self, instruments: Iterable[Instrument]) -> Array:
        factor: dict[tuple[str, str], float] = {}
        for i in instruments:
            if isinstance(i, Charge):
                names = self.economy.supply.pollutants if i.pollutant == "all" else (i.pollutant,)
                factor |= {(i.state, name): i.rate for name in names}
        self._factor = factor
        key = tuple(sorted(factor.items()))
        if self._charges is None or self._charges[0] != key:
            e = self.economy
            self._charges = key, charges(e.evidence, e.supply, e.chain.year, factor)
        return self._charges[1]

    def _expected(self, made: Array) -> Array:
        """What each activity will make if it runs as hard as last step, t a year, (a)."""
        e = self.economy
        stands = np.where(e.closure.shut, 0.0, e.built) * (1.0 - e.stopped)
        before = stands if self._stood is None else self._stood
        self._stood = stands
        owner = np.asarray(e.supply.network.activity_plant)
        runs = np.flatnonzero(owner >= 0)
        plant = owner[runs]
        out = made.copy()
        new = e.normal[plant] * stands[plant]
        moved = np.divide(stands[plant], before[plant], out=np.ones(runs.size), where=before[plant] > 0)
        out[runs] = np.where(before[plant] > 0, made[runs] * moved, new)
        return out

    def _curve_numbers(
        self,
        date: float,
        instruments: Sequence[Instrument],
        noise: Array | None,
        made: Array,
        length: float,
    ) -> tuple[Array, Array, Array, Array, Array]:
        """Demand at reference, scale, reference price, elasticity (d), and supply on offer (n)."""
        e = self.economy
        table = e.paths.at(date)
        if noise is not None:
            table = table * noise[None, :]
        wanted = self.demand(table * self.services[:, None]) * length
        scale = wanted * np.exp(e.log_k)
        reference, elasticity = e.base_price.copy(), e.short.copy()
        supply = np.zeros(len(e.supply.network.nodes))
        technology, taken, thrift = e.supply.network.technology, self.heavy, self.thrift
        drawn = -(technology.value[taken] * made[technology.column[taken]]) * length
        heavy = np.bincount(technology.row[taken], drawn, supply.size)[self.node[thrift]]
        heavy[heavy < FAINT] = 0.0
        scale[thrift] = heavy * np.exp(e.log_k[thrift])
        np.add.at(supply, self.node[thrift], heavy)
        self._private(scale, reference, elasticity, length)
        self._public(instruments, scale, reference, elasticity, length)
        stocks = e.supply.layout.stocks
        offered = e.stock[stocks]
        np.add.at(supply, self.node[stocks], np.where(offered < FAINT, 0.0, offered))
        self._scrap(instruments, supply, date, length)
        scale[scale < FAINT] = 0.0
        return wanted, scale, reference, elasticity, supply

    def _private(self, scale: Array, reference: Array, elasticity: Array, length: float) -> None:
        e, numbers = self.economy, self.economy.parameters
        mine, nodes = self.private, self.node[self.private]
        risk = self.worked * e.fear[nodes]
        if not numbers.on("inventory"):
            risk, growth = np.zeros_like(risk), np.zeros_like(risk)
        else:
            growth = e.growth[nodes]
        wanted = target(numbers.inventory, e.cover[mine], e.use[nodes], risk, growth)
        scale[mine] = holding_scale(e.stock[mine], wanted, numbers.inventory.phi, length)
        pull, push = numbers["inventory.anchor_speed"], numbers["inventory.chi"]
        reference[mine] = np.maximum(
            expected_price(e.price[nodes], e.anchor[nodes], growth, pull, push), 0.02
        )
        elasticity[mine] = numbers.inventory.elasticity

    def _floor(self, scale: Array, reference: Array, elasticity: Array) -> Array:
        """Below a fiftieth of the reference no more is wanted, but holders always may keep what they have;
        states too, what they let go and nobody there can use or send on."""
        keep = np.where(self.kind == "private", ROOM, np.where(self.kind == "public", 1.0, 0.0))
        keep = keep * self.economy.stock
        low = np.divide(scale, keep, out=np.ones_like(keep), where=keep > scale)
        return reference * np.clip(low ** (1.0 / elasticity), LEAST, 1.0 / 50.0)

    def _public(
        self,
        instruments: Iterable[Instrument],
        scale: Array,
        reference: Array,
        elasticity: Array,
        length: float,
    ) -> None:
        """(D.3) Stocks follow their targets; those nobody has set a target for, what they held at first."""
        e, mine = self.economy, self.public
        if not mine.size:
            return
        scale[mine], elasticity[mine] = e.stock[mine], RIGID
        reference[mine] = np.maximum(np.exp(e.anchor[self.node[mine]]), 0.02)
        wanted = {(i.state, i.material, i.what): i for i in instruments if isinstance(i, PublicStock)}
        usual = [e.parameters[f"public_stock.{name}"] for name in USUAL]
        slope = e.parameters["public_stock.elasticity"]
        moves, cut = e.parameters.on("public_stock"), withheld_share(e, instruments, self.closed)
        for at in mine.tolist():
            curve, node = self.curves[at], self.node[at]
            i = wanted.get((curve.place, curve.material, "reserve" if curve.what == "reserve" else ""))
            if i is None and not (moves and e.kept[at] > 0):
                continue
            own = usual if i is None else OWN(i)
            fill, release, above, most, below = own
            needed = e.price[node] > above * reference[at] or cut[node] >= most
            aim = 0.0 if needed else e.kept[at] if i is None else i.target
            if aim > e.stock[at]:
                aim = e.stock[at] + bought_share(e.price[node], below * reference[at]) * (aim - e.stock[at])
            scale[at], answer = curve_of(e.stock[at], aim, release if needed else fill, slope, length)
            elasticity[at] = max(answer, RIGID)

    def _scrap(self, instruments: Iterable[Instrument], supply: Array, date: float, length: float) -> None:
        """End-of-life products collected beyond the base year's, offered where they are."""
        e = self.economy
        added = {i.state: i.share for i in instruments if isinstance(i, Collection)}
        back = e.vintages.returned(date, self.dear(), added) * length
        for column, region in enumerate(e.chain.regions):
            node = e.supply.layout.node.get((region, e.chain.names.scrap, "made"))
            if node is not None:
                supply[node] += back[column]

    def dear(self) -> Array:
        """Price of the chain's signal over the base year's, by region, as far as it is used there."""
        e = self.economy
        found = []
        for region in e.chain.regions:
            node = e.supply.node(region, e.chain.names.signal)
            base = float(e.listed[node]) if node is not None else 0.0
            found.append(float(e.price[node]) / base if node is not None and base > 0 else 1.0)
        return np.array(found)

    def _room(
        self, date: float, length: float, instruments: Iterable[Instrument], wanted: Array, leaking: Array
    ) -> tuple[Array, Array]:
        """Room of every plant this step, t: what stands and is not shut; quotas as far as paid for."""
        e = self.economy
        share = np.where(e.closure.shut, 0.0, e.built) * (1.0 - e.stopped) * length
        normal, block = e.normal * share, e.block * share
        for i in instruments:
            if isinstance(i, ProductionQuota) and i.kind in e.supply.quota_rows:
                factor = i.tonnes / base_quota(e, i.kind)
                for plant in quota_plants(e, i.kind):
                    factor = min(factor, float(e.grown[plant]))
                    normal[plant], block[plant] = normal[plant] * factor, block[plant] * factor
        if self.settings.market.output != "free":
            recorded_room(e, normal, block, int(date), length, self.settings.market.output)
        normal, block = normal * e.luck, block * e.luck
        plants, uses = self.recipes
        normal[plants] = block[plants] = 0.5 * (e.access[plants] * wanted[uses])
        carried = float(leaking.sum())
        normal[e.supply.grey_row] = block[e.supply.grey_row] = 0.5 * carried
        return normal, block

    def _limits(self, instruments: Iterable[Instrument], length: float) -> tuple[Array, Array]:
        """What each export limit allows, t, and what its holders ask."""
        e = self.economy
        limit = np.full(len(e.supply.network.limits), np.inf)
        weight = e.supply.network.limit_weight
        whole = np.bincount(weight.row, weight.value * e.reference[weight.column], limit.size)
        for i in instruments:
            if not isinstance(i, ExportCap):
                continue
            flow = whole
            if i.refused:
                served = 1.0 - self._refused(i.refused)[weight.column]
                before = weight.value * served * e.reference[weight.column]
                flow = np.bincount(weight.row, before, limit.size)
            for row in e.supply.limit_rows[i.measure]:
                allowed = i.tonnes if i.tonnes is not None else (i.approval or 0.0) * flow[row]
                limit[row] = max(allowed, 0.0) * length
        asking = np.where(np.isfinite(limit) & (limit > 0), e.premium, 0.0)
        third_country_limits(e, instruments, limit, whole * length)
        if not e.parameters.on("licence"):
            asking = np.zeros_like(asking)
        return limit, asking

    def _refused(self, refused: tuple[tuple[str, float], ...]) -> Array:
        """Share of every arc that refused end uses take, (t); kept, since it never changes."""
        if refused not in self._ends:
            self._ends[refused] = refused_share(self.economy, refused)
        return self._ends[refused]

    def _caps(self, instruments: Iterable[Instrument], length: float) -> Array:
        e = self.economy
        cap = np.full(len(e.supply.network.caps), np.inf)
        for i in instruments:
            if isinstance(i, ProductionQuota) and i.kind in e.supply.quota_rows:
                cap[e.supply.quota_rows[i.kind]] = (1.0 + i.slack) * i.tonnes * length
            elif isinstance(i, ActivityCap):
                cap[e.supply.ceiling_rows[i.ceiling]] = i.tonnes * length
            elif isinstance(i, BurdenCap) and (i.state, i.pollutant) in e.supply.cap_rows:
                cap[e.supply.cap_rows[i.state, i.pollutant]] = i.amount * length
        return cap


def quota_plants(economy: Economy, kind: str) -> list[int]:
    """Mines under a quota."""
    weight = economy.supply.network.cap_weight
    activities = weight.column[weight.row == economy.supply.quota_rows[kind]]
    return [economy.supply.layout.activities[int(a)].facility for a in activities]


def base_quota(economy: Economy, kind: str) -> float:
    """A quota in the base year, t REO."""
    return math.fsum(economy.chain.facilities[plant].output for plant in quota_plants(economy, kind))
