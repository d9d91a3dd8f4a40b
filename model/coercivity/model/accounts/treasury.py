"""Who lent what to whom: loans, bonds, public shares and offtakes of projects, from start to failure.

Money moves between a project's owner, the states that back it and private investors; every posting
has its counterpart, so that nothing is made or lost here but the cost of idle plants.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from coercivity.model.behaviour.finance import due, insolvent
from coercivity.model.finance.annuity import annuity
from coercivity.model.state.economy import Economy
from coercivity.optimise.market import Array, Index

__all__ = ["CAPITAL", "SITE", "Accounts", "Debt", "Claim", "Treasury", "investors", "strikes"]

Accounts = dict[tuple[str, str, str], float]
MILLION = 1e6
SITE = "site bought"
CAPITAL = ("investment", "capital subsidy", "equity", "capital raised", "loan", SITE)  # once, at the start


@dataclass(slots=True)
class Debt:
    """What is owed for a plant. lender: a state, or empty for private bonds; balance: million USD.

    guarantors: states that pay bonds if the owner fails, by share; opens: when instalments begin
    """

    plant: int
    lender: str
    balance: float
    rate: float
    instalment: float
    guarantors: Mapping[str, float]
    opens: float = -np.inf


@dataclass(frozen=True, slots=True)
class Claim:
    """A state's claim on a plant: a share of its profit, or of its sales at a strike.

    Of a plant that is built unit after unit, a claim is on the unit it was signed for.

    strike: USD/kg a unit of each of the plant's activities fetched when it was signed; None for shares
    """

    plant: int
    state: str
    share: float
    strike: Array | None = None


class Treasury:
    """Debts and claims in force, and the books they leave."""

    def __init__(self, economy: Economy, homes: Mapping[str, str]) -> None:
        self.economy, self.homes = economy, homes
        self.debts: list[Debt] = list(_opening_debts(economy))
        self.claims: list[Claim] = []
        self.failed: set[int] = set()
        self.burn: dict[str, float] = {}
        self.lost: dict[str, float] = {}  # written off by state, million USD
        chain = economy.chain
        owner = np.asarray(economy.supply.network.activity_plant)
        self.activities = [np.flatnonzero(owner == at) for at in range(len(chain.facilities))]
        self.group = {
            name for name in chain.firms if economy.evidence.number("firms", name, "group", default=0.0) > 0
        }

    def borrow(
        self, plant: int, need: float, loans: Mapping[str, tuple[float, float, float]],
        guarantors: Mapping[str, float], cash: float, opens: float, posted: Accounts,
    ) -> float:  # fmt: skip
        """Find a project's private capital and take its public loans; returns the owner's own cash.

        need: private capital, million USD; loans: amount, rate and years by state
        """
        numbers, firm = self.economy.parameters, self.economy.chain.facilities[plant].firm
        for state, (amount, rate, years) in loans.items():
            if amount > 0:
                self.debts.append(Debt(plant, state, amount, rate, amount * annuity(rate, years), {}, opens))
                _post(posted, (state, "state", "loan"), -amount)
                _post(posted, (firm, "firm", "loan"), amount)
        if not numbers.on("finance") or firm in self.group:
            return need
        own = min(0.5 * max(cash, 0.0), need)
        raised = need - own
        bonds = numbers["finance.bond_share"] * raised
        if bonds > 0:
            rate = numbers["finance.bond_rate"]
            instalment = bonds * annuity(rate, numbers["finance.bond_years"])
            self.debts.append(Debt(plant, "", bonds, rate, instalment, dict(guarantors), opens))
        _post(posted, (firm, "firm", "capital raised"), raised)
        _post(posted, (self._investors(firm), "firm", "capital raised"), -raised)
        return own

    def _investors(self, firm: str) -> str:
        return investors(self.homes, firm)

    def settle(
        self, price: Array, activity: Array, throughput: Array, date: float, length: float,
        cash: Mapping[str, float],
    ) -> Accounts:  # fmt: skip
        """Debt service, dividends, offtakes and idle cost of a step, USD.

        price: USD/kg, (n); activity: t, (a); throughput: t, (p); cash: of every firm, million USD
        """
        posted: Accounts = {}
        self._service(posted, date, length, cash)
        self._claims(posted, price, activity)
        if self.economy.parameters.on("finance"):
            self._idle(posted, throughput, length)
        return posted

    def _service(self, posted: Accounts, date: float, length: float, cash: Mapping[str, float]) -> None:
        """Interest and repayment of what is open; before that, interest is added to the debt, as it is to
        what a state waits for.
        """
        e = self.economy
        for debt in self.debts:
            interest = debt.balance * ((1.0 + debt.rate) ** length - 1.0)
            if date < debt.opens:
                debt.instalment *= 1.0 + interest / debt.balance if debt.balance > 0 else 1.0
                debt.balance += interest
                continue
            paid = min(debt.instalment * length, debt.balance + interest)
            firm = e.chain.facilities[debt.plant].firm
            if debt.lender:
                share = e.parameters["finance.forbearance"]
                paid = due(paid, debt.balance + interest, cash.get(firm, 0.0), share)
            debt.balance += interest - paid
            _post(posted, (firm, "firm", "debt service"), -paid)
            if debt.lender:
                _post(posted, (debt.lender, "state", "loan repaid"), paid)
            else:
                _post(posted, (self._investors(firm), "firm", "debt service"), paid)
        self.debts = [debt for debt in self.debts if debt.balance > 1e-9]

    def _claims(self, posted: Accounts, price: Array, activity: Array) -> None:
        """Dividends of public shares, and what offtakes pay above or below the market."""
        if not self.claims:
            return
        e = self.economy
        technology = e.supply.network.technology
        worth = technology.value * price[technology.row]
        count = len(e.unit_cost)
        sold = np.bincount(technology.column, np.maximum(worth, 0.0), count)
        margin = np.bincount(technology.column, worth, count) - e.unit_cost - e.charge
        parts = {claim.plant: self._unit_of(claim.plant, activity) for claim in self.claims}
        fetched = {plant: float(sold[at] @ run) / 1000.0 for plant, (at, run) in parts.items()}
        profits = {plant: max(float(margin[at] @ run) / 1000.0, 0.0) for plant, (at, run) in parts.items()}
        for claim in self.claims:
            firm = e.chain.facilities[claim.plant].firm
            if claim.strike is None:
                profit = claim.share * profits[claim.plant]
                _post(posted, (claim.state, "state", "dividend"), profit)
                _post(posted, (firm, "firm", "dividend"), -profit)
                continue
            due = float(claim.strike @ parts[claim.plant][1]) / 1000.0
            paid = claim.share * (due - fetched[claim.plant])
            _post(posted, (claim.state, "state", "offtake"), -paid)
            _post(posted, (firm, "firm", "offtake"), paid)

    def _unit_of(self, plant: int, activity: Array) -> tuple[Index, Array]:
        """A plant's activities, and how much of each one of its units ran, t."""
        at = self.activities[plant]
        return at, np.maximum(activity[at], 0.0) / max(float(self.economy.units[plant]), 1.0)

    def _idle(self, posted: Accounts, throughput: Array, length: float) -> None:
        """Part of the running cost goes on where less is made than usual; less of it once shut.

        Of projects, and of plants whose fixed cost is known, it is not in what a unit costs to run, and goes
        on whatever is made.
        """
        e = self.economy
        for at, facility in enumerate(e.chain.facilities):
            if at in self.failed or e.built[at] <= 0:
                continue
            shut, apart = bool(e.closure.shut[at]), e.fixed[at] > 0
            of_capacity = facility.terms is not None or facility.fixed_cost > 0
            usual = 0.85 * facility.capacity * e.built[at] if of_capacity else facility.output
            made = 0.0 if apart and not shut else throughput[at]
            idle = max(usual * length - made, 0.0)
            part = "finance.care_share" if shut else "finance.idle_share"
            rate = e.parameters[part] * (facility.unit_cost + facility.fixed_cost)
            if apart and not shut:
                rate = float(e.fixed[at])
            _post(posted, (facility.firm, "firm", "idle cost"), -rate * idle / 1000.0)

    def review(
        self, flow: Mapping[str, float], cash: Mapping[str, float], length: float
    ) -> list[tuple[str, list[int], Accounts]]:
        """Owners that fail now: their plants, and what their guarantors owe. flow: of a step, million USD."""
        numbers = self.economy.parameters
        found = []
        for firm in sorted(cash):
            burn = -flow.get(firm, 0.0) / (4.0 * length)
            weight = min(length, 1.0)
            self.burn[firm] = (1 - weight) * self.burn.get(firm, 0.0) + weight * burn
            if not numbers.on("finance") or firm in self.group:
                continue
            if insolvent(cash[firm], self.burn[firm], numbers["finance.quarters"]):
                plants = self._plants(firm)
                if plants:
                    found.append((firm, plants, self._written_off(firm)))
                    self.burn[firm] = 0.0
        return found

    def _plants(self, firm: str) -> list[int]:
        e = self.economy
        return [
            at
            for at, f in enumerate(e.chain.facilities)
            if f.firm == firm and at not in self.failed and (e.built[at] > 0 or np.isfinite(e.opens[at]))
        ]

    def _written_off(self, firm: str) -> Accounts:
        """Debts of a failed owner are gone: guarantors pay bonds, states lose their loans."""
        posted: Accounts = {}
        mine = [d for d in self.debts if self.economy.chain.facilities[d.plant].firm == firm]
        self._cancel(mine, posted)
        plants = {d.plant for d in mine} | set(self._plants(firm))
        self.claims = [c for c in self.claims if c.plant not in plants]
        return posted

    def refinance(self, firm: str, fresh: float, posted: Accounts) -> None:
        """Who buys a firm's plants brings money along; below zero, its investors take it, million USD."""
        _post(posted, (firm, "firm", "capital raised"), fresh)
        _post(posted, (self._investors(firm), "firm", "capital raised"), -fresh)

    def write_off(self, plant: int) -> Accounts:
        """Debts and claims of works that are given up are gone: lenders lose, guarantors pay, USD."""
        posted: Accounts = {}
        self._cancel([d for d in self.debts if d.plant == plant], posted)
        self.claims = [c for c in self.claims if c.plant != plant]
        return posted

    def _cancel(self, lost: list[Debt], posted: Accounts) -> None:
        """Strike out debts that nobody pays any more."""
        for debt in lost:
            if debt.lender:
                self.lost[debt.lender] = self.lost.get(debt.lender, 0.0) + debt.balance
            for state, share in debt.guarantors.items():
                _post(posted, (state, "state", "guarantee called"), -share * debt.balance)
                _post(
                    posted,
                    (
                        self._investors(self.economy.chain.facilities[debt.plant].firm),
                        "firm",
                        "guarantee called",
                    ),
                    share * debt.balance,
                )
        self.debts = [debt for debt in self.debts if debt not in lost]

    def told(self) -> Iterator[tuple[str, str, float, str]]:
        """Public loans not yet paid back, and those lost so far: jurisdiction, indicator, value, unit."""
        open_: dict[str, float] = {}
        for debt in self.debts:
            if debt.lender:
                open_[debt.lender] = open_.get(debt.lender, 0.0) + debt.balance
        for name, found in (("public loans outstanding", open_), ("public loans lost", self.lost)):
            for state, amount in found.items():
                yield state, name, amount * MILLION, "USD"


def _opening_debts(economy: Economy) -> Iterator[Debt]:
    """What owners of plants owe as a run begins, where the base year's books are known.

    Interest is paid on it; what falls due is rolled over.
    """
    e = economy
    if not e.parameters.on("finance"):
        return
    plants = {f.firm: at for at, f in enumerate(e.chain.facilities) if f.terms is None and f.capacity > 0}
    for firm, at in plants.items():
        for lender in e.evidence.items("firms", firm, "debt"):
            owed = e.evidence.path("firms", firm, "debt", lender).get(e.chain.year, 0.0)
            rate = e.evidence.number("firms", firm, "interest", lender, e.chain.year)
            if owed > 0:
                yield Debt(at, lender if lender in e.chain.places else "", owed, rate, owed * rate, {})


def investors(homes: Mapping[str, str], firm: str) -> str:
    """Account of those who hold a firm's bonds and shares. homes: jurisdiction by firm."""
    return f"investors {homes.get(firm, 'ROW')}"


def strikes(economy: Economy, activities: Index, most: float = np.inf) -> Array:
    """What a unit of each activity is expected to sell for today, USD/kg: the price an offtake fixes.

    most: multiple of prices as the run begins above which none is fixed
    """
    weight = economy.parameters["invest.spot_weight"]
    price = np.exp(weight * np.log(np.maximum(economy.price, 1e-3)) + (1 - weight) * economy.anchor)
    known = economy.listed > 0
    price[known] = np.minimum(price[known], most * economy.listed[known])
    technology = economy.supply.network.technology
    sold = np.bincount(
        technology.column, np.maximum(technology.value, 0.0) * price[technology.row], len(economy.unit_cost)
    )
    return np.asarray(sold[activities])


def _post(posted: Accounts, account: tuple[str, str, str], million: float) -> None:
    if million:
        posted[account] = posted.get(account, 0.0) + million * MILLION
