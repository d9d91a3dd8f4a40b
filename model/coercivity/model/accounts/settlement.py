"""Who pays and who earns in a cleared step: every dollar of the program, by owner and item.

    Σ accounts = objective + taxes + charges + asking premiums + markups − price floors + undelivered   (S.1)

the objective counts what is paid to states and licence holders as cost, what makers ask over their cost
and offtakes that nobody could deliver too, and floors as income.
Welfare of a place is its accounts with two changes, so that it hangs on choke prices only where
they are reached, and on no holder's hopes: consumers' surplus, and what thrift costs, count from
what they would be at base-year prices; stocks count at base-year prices, not at what holders
expect of them, and cost the capital and the room they bind, which nobody is paid here:

    welfare = Σ accounts − surplus(p₀) − use of stock + p₀ (H − S) − carrying p₀ (H + S) / 2 · Δt   (S.2)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coercivity.model.assembly.market import Assembled
from coercivity.model.state.economy import Economy
from coercivity.optimise import Clearing
from coercivity.optimise.curves import DemandCurves, RiseCurves
from coercivity.optimise.market import Array

__all__ = ["Ledger", "Books"]

Account = tuple[str, str, str]  # owner, kind, item
Accounts = dict[Account, float]
THOUSAND = 1000.0  # the program's money is thousand USD
STOCK = ("stock released", "stock taken up", "use of stock")


@dataclass(frozen=True, slots=True)
class Ledger:
    """A settled step: accounts by (owner, kind, item); transfers that (S.1) names; all USD."""

    accounts: Accounts
    transfers: float
    throughput: Array  # (p) t
    charge: Array  # (a) USD
    taken_off: dict[str, float]  # by place, USD: what (S.2) takes off accounts


class Books:
    """Owners of everything, and the postings of each step."""

    def __init__(self, economy: Economy) -> None:
        supply, chain = economy.supply, economy.chain
        layout = supply.layout
        makers = chain.names.dose.makers if chain.names.dose else ""
        self.economy = economy
        self.carrying = economy.evidence.number("objective", "all", "stock", "carrying")
        self.owner = [
            ("firm", chain.facilities[a.facility].firm)
            if a.facility >= 0
            else ("firm", f"{makers} {a.place}")
            if a.kind == "dose"
            else ("consumer", f"users {a.place}")
            for a in layout.activities
        ]
        self.activity_names, self.activity_owner = _number_owners(self.owner)
        origins = [arc.origin for arc in layout.arcs]
        self.places = sorted(chain.places)
        where = {place: at for at, place in enumerate(self.places)}
        self.origin = np.array([where[place] for place in origins])
        self.destination = np.array([where[arc.destination] for arc in layout.arcs])
        self.site = np.array([where[a.place] for a in layout.activities])
        self.plant_owner = [("firm", f.firm) for f in chain.facilities]
        self.plant_owner += [("consumer", f"users {place}") for (_, place, _) in supply.alternatives]
        self.plant_owner.append(("firm", "smugglers"))
        technology = supply.network.technology
        self.sold, self.bought = (
            (entries, technology.column[entries])
            for entries in (np.flatnonzero(technology.value > 0), np.flatnonzero(technology.value <= 0))
        )
        self._lay_out_curves(where)

    def _lay_out_curves(self, where: dict[str, int]) -> None:
        """Which posting of a step is which curve's: users' surplus, or the three of who holds stocks."""
        layout = self.economy.supply.layout
        self.posting: list[Account] = []
        first = np.zeros(len(layout.curves), dtype=int)
        for at, c in enumerate(layout.curves):
            first[at] = len(self.posting)
            if c.kind == "use":
                self.posting.append((c.owner, "consumer", "consumer surplus"))
            else:
                kind, owner = _holder(c.kind, c.owner)
                self.posting += [(owner, kind, item) for item in STOCK]
        kinds = np.array([c.kind for c in layout.curves])
        self.use, self.store = np.flatnonzero(kinds == "use"), np.flatnonzero(kinds != "use")
        self.thrift = np.flatnonzero(kinds == "thrift")
        self.stock = np.flatnonzero((kinds == "private") | (kinds == "public"))
        self.first = first
        self.curve_place = np.array([where[c.place] for c in layout.curves])
        self.curve_places = list(dict.fromkeys(c.place for c in layout.curves))
        self.scrap = [(f"users {place}", "consumer", "scrap sold") for place, _, _ in layout.node]

    def settle(self, assembled: Assembled, clearing: Clearing, length: float) -> Ledger:
        """Post a step of so many years. (S.1) is checked by tests and in the certificate table."""
        accounts: Accounts = {}
        self._activities(accounts, assembled, clearing)
        transfers = self._borders(accounts, assembled, clearing)
        transfers += self._charges(accounts, assembled, clearing)
        rows = list(self.economy.supply.deliveries)
        undelivered = float((assembled.market.penalty * clearing.slack)[rows].sum())
        kept = float(self.economy.markup @ clearing.activity)
        transfers += (undelivered + kept) * THOUSAND  # counted by the program, paid by nobody
        taken_off = self._curves(accounts, assembled, clearing, length)
        network = self.economy.supply.network
        owner = np.asarray(network.activity_plant)
        runs = owner >= 0
        through = np.zeros(len(network.plants))
        np.add.at(through, owner[runs], clearing.activity[runs])
        grey = np.asarray(network.arc_plant) >= 0
        np.add.at(through, np.asarray(network.arc_plant)[grey], clearing.flow[grey])
        charge = assembled.charge * clearing.activity * THOUSAND
        return Ledger(accounts, transfers, through, charge, taken_off)

    def _activities(self, accounts: Accounts, assembled: Assembled, clearing: Clearing) -> None:
        """Sales, purchases, running cost, charges, floors and strain of whoever runs plants."""
        technology = self.economy.supply.network.technology
        value = technology.value * clearing.price[technology.row] * clearing.activity[technology.column]
        count = len(clearing.activity)
        out, taken = (np.bincount(at, value[entries], count) for entries, at in (self.sold, self.bought))
        running = -self.economy.unit_cost * clearing.activity
        floor = np.zeros(count)
        for terms in assembled.floors:
            paid = terms.paid(clearing.activity)
            np.add.at(floor, terms.activity, paid)
            _post(accounts, terms.state, "state", terms.item, -float(paid.sum()))
        charge = -assembled.charge * clearing.activity
        items = {"sales": out, "purchases": taken, "operating cost": running,
                 "environmental charge": charge, "price floor": floor}  # fmt: skip
        for item, amounts in items.items():
            total = np.bincount(self.activity_owner, amounts, len(self.activity_names))
            _post_all(accounts, [(owner, kind, item) for kind, owner in self.activity_names], total)
        rise = RiseCurves.of(assembled.market)
        strain = rise.area(clearing.rent)
        _post_all(accounts, [(owner, kind, "strain") for kind, owner in self.plant_owner], -strain)
        self._rest(accounts, assembled, clearing)

    def _rest(self, accounts: Accounts, assembled: Assembled, clearing: Clearing) -> None:
        """Penalties of broken ties, rents of the grey channel, and what discarding saves."""
        supply = self.economy.supply
        penalty = assembled.market.penalty * clearing.slack
        for row, (mine, _) in supply.ties.items():
            firm = self.economy.chain.facilities[mine].firm
            _post(accounts, firm, "firm", "broken ties", -penalty[row])
        for row, (_, mines) in supply.stakes.items():
            firm = self.economy.chain.facilities[mines[0]].firm
            _post(accounts, firm, "firm", "broken ties", -penalty[row])
        self._served_first(accounts, clearing)
        grey = np.asarray(supply.network.arc_plant) == supply.grey_row
        origin, end = np.asarray(supply.network.origin)[grey], np.asarray(supply.network.destination)[grey]
        market = assembled.market
        cost = clearing.price[origin] * (1.0 + market.ad_valorem[grey]) + market.arc_cost[grey]
        earned = float(((clearing.price[end] - cost) * clearing.flow[grey]).sum())
        _post(accounts, "smugglers", "firm", "evasion", earned)
        nodes = np.asarray(supply.network.disposal_node)
        gain = (assembled.market.disposal_value - clearing.price[nodes]) * clearing.disposal
        _post(accounts, "smugglers", "firm", "rounding of surplus", float(gain.sum()))

    def _served_first(self, accounts: Accounts, clearing: Clearing) -> None:
        """Priority of what is promised over arcs: members pay it on what they receive, and the owners
        of mines whose feed is tied give it up.
        """
        supply = self.economy.supply
        weight = supply.network.contract_arc
        paid = clearing.priority[weight.row] * weight.value * clearing.flow[weight.column]
        for row, at, amount in zip(weight.row.tolist(), weight.column.tolist(), paid.tolist(), strict=True):
            if row in supply.deliveries:
                place = supply.layout.arcs[at].destination
                _post(accounts, place, "state", "offtake priority", -amount)
            else:
                firm = self.economy.chain.facilities[supply.stakes[row][1][0]].firm
                _post(accounts, firm, "firm", "tied feed", -amount)

    def _borders(self, accounts: Accounts, assembled: Assembled, clearing: Clearing) -> float:
        """Export taxes, tariffs and licence premiums, to states and holders; returns their sum."""
        network, tax = self.economy.supply.network, assembled.tax
        worth = clearing.price[np.asarray(network.origin)] * clearing.flow
        export = worth * tax.export
        tariff = worth * (1.0 + tax.export) * tax.tariff
        home = worth * tax.home
        weight = network.limit_weight
        asking = (assembled.market.asking + clearing.licence)[weight.row] * weight.value
        licence = np.bincount(weight.column, asking * clearing.flow[weight.column], worth.size)
        asked = assembled.market.asking[weight.row] * weight.value * clearing.flow[weight.column]
        count = len(self.places)
        for item, amounts, side in (
            ("export tax", export, self.origin),
            ("import tariff", tariff, self.destination),
            ("subsidy of home use", -home, self.origin),
        ):
            keys = [(place, "state", item) for place in self.places]
            _post_all(accounts, keys, np.bincount(side, amounts, count))
        held = np.bincount(self.origin, licence, count)
        holders = [(f"licence holders {place}", "firm", "licence premium") for place in self.places]
        _post_all(accounts, holders, held)
        return float(export.sum() + tariff.sum() - home.sum() + asked.sum()) * THOUSAND

    def _charges(self, accounts: Accounts, assembled: Assembled, clearing: Clearing) -> float:
        """Environmental charges to the states that levy them, less floors, which they pay."""
        paid = assembled.charge * clearing.activity
        total = np.bincount(self.site, paid, len(self.places))
        _post_all(accounts, [(place, "state", "environmental charge") for place in self.places], total)
        floors = float((assembled.floor * clearing.activity).sum())
        return (float(paid.sum()) - floors) * THOUSAND

    def _curves(
        self, accounts: Accounts, assembled: Assembled, clearing: Clearing, length: float
    ) -> dict[str, float]:
        """Consumer surplus, and what stocks cost, earn and are worth to their holders.

        Returns what (S.2) takes off each place's accounts, USD.
        """
        e, supply = self.economy, assembled.market.supply
        node = np.asarray(e.supply.network.demand_node)
        price = clearing.price[node]
        curve = DemandCurves.of(assembled.market)
        gross = _benefit(curve, price, clearing.served)
        paid = price * clearing.served
        usual = _surplus_at(curve, e.base_price)
        supplied = e.stock.copy()
        supplied[self.thrift] = supply[node[self.thrift]]
        amount = np.zeros(len(self.posting))
        amount[self.first[self.use]] = (gross - paid)[self.use]
        store, at = self.store, self.first[self.store]
        amount[at], amount[at + 1], amount[at + 2] = (price * supplied)[store], -paid[store], gross[store]
        _post_all(accounts, self.posting, amount)
        rest = supply - np.bincount(node[store], supplied[store], supply.size)
        left = np.flatnonzero(rest > 0)
        _post_all(accounts, [self.scrap[n] for n in left], rest[left] * clearing.price[left])
        off = gross - (clearing.served - supplied) * e.base_price
        off[self.use], off[self.thrift] = usual[self.use], usual[self.thrift]
        held = 0.5 * (clearing.served + supplied)[self.stock]
        off[self.stock] += self.carrying * length * held * e.base_price[self.stock]
        taken_off = np.bincount(self.curve_place, off * THOUSAND, len(self.places))
        return {place: float(taken_off[self.places.index(place)]) for place in self.curve_places}


def _benefit(curve: DemandCurves, price: Array, served: Array) -> Array:
    """Gross benefit of what is served; at the choke price only part of the backstop may be."""
    least = curve.quantity(curve.choke)
    gross = curve.area(np.minimum(price, curve.choke))
    return np.asarray(gross - curve.choke * (least - np.minimum(served, least)))


def _surplus_at(curve: DemandCurves, price: Array) -> Array:
    """Surplus of every curve if its price were as in the base year."""
    at = np.minimum(price, curve.choke)
    return np.asarray(curve.area(at) - at * curve.quantity(at))


def _holder(kind: str, owner: str) -> tuple[str, str]:
    """Account kind and owner of a stock: a state by its code."""
    if kind == "public":
        return "state", owner.removeprefix("state ")
    return ("firm", owner) if kind == "thrift" else ("consumer", owner)


def _post(accounts: Accounts, owner: str, kind: str, item: str, amount: float) -> None:
    if amount:
        key = owner, kind, item
        accounts[key] = accounts.get(key, 0.0) + float(amount) * THOUSAND


def _post_all(accounts: Accounts, keys: Sequence[Account], amounts: NDArray[Any]) -> None:
    for key, amount in zip(keys, amounts.tolist(), strict=True):
        if amount:
            accounts[key] = accounts.get(key, 0.0) + amount * THOUSAND


def _number_owners(owners: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], Array]:
    """Distinct owners, and each entry's position among them."""
    names = list(dict.fromkeys(owners))
    place = {name: at for at, name in enumerate(names)}
    return names, np.array([place[owner] for owner in owners])
