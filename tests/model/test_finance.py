"""Capital: who pays, who is paid back, who cannot pay, and that every posting has its counterpart."""

import numpy as np
import pytest
from tests.model.worlds import world

from coercivity.model.accounts.treasury import Claim, Debt, Treasury
from coercivity.model.behaviour.invest import Appraisal, net_present_value
from coercivity.model.dynamics.viewpoint import plant_margins
from coercivity.model.world import World

FLOW = ("loan", "capital raised", "debt service", "loan repaid", "equity", "dividend", "offtake",
        "guarantee called", "capital subsidy")  # fmt: skip
BACK = "state.united_states.lever.friendshoring"
OFFER = "{places: [US, AU, EU, BR], budget: 5000.0, %s}"
SPAN = ("scenario=restrictions_2025", "clock.end=2028-01", "firm.invest.damping=0.99")


def backed(terms: str, *more: str, steps: int = 4) -> World:
    return world(*SPAN, f"{BACK}={OFFER % terms}", *more, steps=steps)


def total(made: World, item: str, kind: str) -> float:
    rows = made.tables()["accounts"]
    return float(rows[(rows.item == item) & (rows.kind == kind)].usd.sum())


def started(made: World) -> set[str]:
    events = made.tables()["events"]
    return set(events[events.kind == "project started"].target)


def test_money_for_projects_only_changes_hands() -> None:
    made = backed("capital_share: 0.2, loan_share: 0.3, equity_share: 0.1, offtake_cut: 0.01", steps=8)
    rows = made.tables()["accounts"]
    moved = rows[rows.item.isin(FLOW)]
    assert len(started(made)) > 1  # else the identities below would be about nothing
    assert abs(moved.usd.sum()) < 1e-6 * moved.usd.abs().sum()
    given, lent, held = (total(made, item, "state") for item in ("capital subsidy", "loan", "equity"))
    assert given < 0
    assert lent == pytest.approx(1.5 * given, rel=1e-6)
    assert held == pytest.approx(0.5 * given, rel=1e-6)
    owed = made.tables()["indicators"]
    owed = owed[(owed.indicator == "public loans outstanding") & (owed.step == owed.step.max())]
    assert float(owed.value.sum()) >= -lent


def test_a_loan_is_paid_back_with_interest() -> None:
    made = backed("capital_share: 0.3, loan_share: 0.4, loan_rate: 0.05, loan_years: 5.0")
    treasury, e = made.pipeline.treasury, made.economy
    debt = next(d for d in treasury.debts if d.lender == "US")
    lent, posted, date = debt.balance, {}, e.opens[debt.plant]
    treasury.debts = [debt]
    rich = {e.chain.facilities[debt.plant].firm: 1e9}
    for _ in range(40):
        treasury._service(posted, date, 0.25, rich)
    assert treasury.debts == []
    repaid = posted[("US", "state", "loan repaid")] / 1e6
    assert 1.1 * lent < repaid < 1.3 * lent


def test_owners_without_means_wait_and_public_capital_brings_them_within_reach() -> None:
    terms = "capital_share: 0.3"
    bound = backed(terms)
    free = backed(terms, "firm.finance.active=false")
    lent = backed("capital_share: 0.3, loan_share: 0.6")
    assert len(started(bound)) < len(started(free))
    assert len(started(lent)) > len(started(bound))


def test_a_cheap_loan_and_a_grant_raise_what_a_project_is_worth_to_its_owner() -> None:
    plain = {
        "capex": 200.0, "capacity": 5000.0, "margin": 8.0, "lead_time": 3.0, "ramp": 3.0, "hurdle": 0.14,
        "capital_share": 0.0, "life": 20.0, "load": 0.85,
    }  # fmt: skip
    worth = {
        name: net_present_value(Appraisal(**(plain | more)))
        for name, more in {
            "plain": {},
            "grant": {"capital_share": 0.3},
            "cheap": {"loan_share": 0.3, "loan_rate": 0.03},
            "dear": {"loan_share": 0.3, "loan_rate": 0.25},
        }.items()
    }
    assert worth["dear"] < worth["plain"] < worth["cheap"] < worth["grant"]


@pytest.mark.parametrize("active", [True, False])
def test_an_owner_out_of_cash_fails_and_what_does_not_pay_stands_still(active: bool) -> None:
    made = world(f"firm.finance.active={str(active).lower()}", "firm.exit.active=false", steps=1)
    firm = next(f for f in made.firms if f.name == "lynas")
    plants = np.array([at for at, f in firm.facilities.items() if made.economy.built[at] > 0])
    debt = Debt(int(plants[0]), "JP", 100.0, 0.03, 10.0, {})
    made.pipeline.treasury.debts.append(debt)
    firm.cash = -1000.0
    made.pipeline.treasury.burn["lynas"] = 100.0
    made.step()
    margin, _ = plant_margins(made)
    events = made.tables()["events"]
    assert ("lynas" in set(events[events.kind == "bankruptcy"].actor)) == active
    assert np.all(made.economy.closure.shut[plants] == (active & (margin[plants] <= 0)))
    assert (debt not in made.pipeline.treasury.debts) == active
    assert made.pipeline.treasury.lost.get("JP", 0.0) > 0 or not active
    assert (firm.cash >= 0) == active


def test_a_claim_is_on_the_unit_it_was_signed_for() -> None:
    """Two offtakes of a plant of two units pay what one pays of a plant of one, not twice as much."""
    made = world(steps=1)
    e, last = made.economy, made.last
    assert last is not None
    treasury = Treasury(e, {})
    plant = next(p for p, at in enumerate(treasury.activities) if last.activity[at].sum() > 1.0)
    strike = np.full(len(treasury.activities[plant]), 1e3)

    def paid(units: int) -> float:
        e.units[plant] = units
        treasury.claims = [Claim(plant, "JP", 1.0, strike)] * units
        posted = treasury.settle(
            last.price, last.activity, np.zeros(len(treasury.activities)), 2025.0, 0.25, {}
        )
        return posted["JP", "state", "offtake"]

    assert paid(1) < 0.0
    assert paid(2) == pytest.approx(paid(1), rel=1e-12)


def test_owners_begin_with_the_books_of_the_base_year() -> None:
    for scenario, interest, cash in (("replay_2015_2024", 138.1, 211.7), ("policies_frozen", 26.1, 850.0)):
        made = world(f"scenario={scenario}")
        firm = next(f for f in made.firms if f.name == "mp_materials")
        assert firm.cash == pytest.approx(cash, rel=1e-3)
        made.step()
        rows = made.tables()["accounts"]
        paid = rows[(rows.owner == "mp_materials") & (rows.item == "debt service")].usd.sum()
        assert -paid / 1e6 == pytest.approx(interest * made.settings.clock.length, rel=2e-2)


def test_a_state_waits_for_a_debtor_without_cash() -> None:
    made = world("scenario=replay_2015_2024", steps=1)
    treasury = made.pipeline.treasury
    treasury.debts = [debt for debt in treasury.debts if debt.lender == "JP"]
    assert treasury.debts
    owed = treasury.debts[0].balance
    for cash, waits in ((0.0, True), (1e3, False)):
        posted: dict[tuple[str, str, str], float] = {}
        treasury._service(posted, 2015.0, 1.0, {"lynas": cash})
        assert (("JP", "state", "loan repaid") not in posted) == waits
        assert treasury.debts[0].balance > owed or not waits


def test_the_site_of_a_failed_owner_stops_if_its_plant_does_not_pay() -> None:
    made = world("scenario=replay_2015_2024")
    next(f for f in made.firms if f.name == "mp_materials").cash = 1.0
    made.step()
    e = made.economy
    shut = {f.name for at, f in enumerate(e.chain.facilities) if e.closure.shut[at]}
    assert {"mountain_pass", "mountain_pass_phoenix"} <= shut
    at = next(at for at, f in enumerate(e.chain.facilities) if f.name == "mountain_pass_phoenix")
    cost = max(float(e.unit_cost[a]) for a in e.supply.layout.runs[at])
    assert cost == pytest.approx(e.chain.facilities[at].unit_cost, rel=0.05)  # nobody bears its losses now


def test_a_tender_pays_for_the_units_it_names_and_no_more_than_its_award() -> None:
    """However many are worth it in the boom of a ban, and whatever they come to cost."""
    terms = (
        "{plants: {generic_separation_vn: 2.0}, budget: 5000.0, capital_share: 0.3, loan_share: 0.3, "
        "offtake_cut: 0.03%s}"
    )
    boom = ("scenario=embargo", "clock.step=year", "clock.end=2029-01", "firm.invest.damping=0.99")

    def after(more: str) -> World:
        return world(*boom, f"{BACK}={terms % more}", steps=4)

    free, bound = after(""), after(", award: {generic_separation_vn: 40.0}, offtake_most: 1.0")
    at = next(a for a, f in enumerate(free.economy.chain.facilities) if f.name == "generic_separation_vn")
    assert free.economy.units[at] > 2.0 < bound.economy.units[at]  # more are worth it with no money
    given, most = total(free, "capital subsidy", "state"), total(bound, "capital subsidy", "state")
    assert total(bound, "loan", "state") == pytest.approx(most, rel=1e-9)
    assert most == pytest.approx(-2 * 20e6, rel=1e-9)
    assert given < 2 * most  # 30 % of what two cost by then
    e, runs = bound.economy, bound.pipeline.treasury.activities[at]
    fixed = [[c.strike for c in m.pipeline.treasury.claims if c.plant == at] for m in (free, bound)]
    assert len(fixed[0]) == len(fixed[1]) == 2
    technology = e.supply.network.technology
    listed = np.bincount(
        technology.column, np.maximum(technology.value, 0) * e.listed[technology.row], len(e.unit_cost)
    )
    for dear, published in zip(*fixed, strict=True):
        assert dear is not None and published is not None
        assert np.all(published <= listed[runs] * (1 + 1e-9)) and published.max() < 0.9 * dear.max()
