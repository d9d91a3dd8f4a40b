"""Investment: capital for every tonne of capacity that is added, and entry when prices ahead pay for it."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.model.worlds import world

from coercivity.model.assembly.market import base_quota, quota_plants
from coercivity.model.behaviour.invest import Appraisal, net_present_value
from coercivity.model.inputs.instruments import ProductionQuota
from coercivity.model.world import World
from coercivity.optimise.market import Array

FROZEN = "scenario=policies_frozen"


def invested(made: World) -> float:
    rows = made.tables()["accounts"]
    return -float(rows[rows.item == "investment"].usd.sum())


def quota_capital(made: World) -> float:
    """Capital of the capacity that quotas added since the base year, USD."""
    e = made.economy
    kinds = {at: kind for kind in e.supply.quota_rows for at in quota_plants(e, kind)}
    return sum(
        (float(e.grown[at]) - 1.0)
        * e.chain.facilities[at].capacity
        * e.evidence.number("behaviour", "investment", "quota_capital", kinds.get(at, "separation"))
        * 1000.0
        for at in np.flatnonzero(e.grown > 1.0).tolist()
    )


def under_way(made: World, begin: float, end: float) -> float:
    """Capital that works begun before the run spend in it, USD."""
    e, spent = made.economy, 0.0
    for at, f in zip(e.chain.projects.at.tolist(), e.chain.projects.facilities, strict=True):
        if f.terms and e.started[at] == -np.inf and f.terms.start > begin:
            years = max(f.terms.lead_time, f.terms.start - begin)
            spent += f.terms.capex * 1e6 * (min(f.terms.start, end) - begin) / years
    return spent


def test_capital_is_what_capacity_was_added_times_its_unit_cost() -> None:
    offer = "{places: [US, AU, EU, BR], budget: 5000.0, capital_share: 0.5}"
    given = f"state.united_states.lever.friendshoring={offer}"
    made = world(FROZEN, given, "clock.end=2027-01", "firm.invest.damping=0.9", "market.assured=[]", steps=8)
    e = made.economy
    assert quota_capital(made) > 1e8  # else quotas grew by nothing
    assert made.pipeline.capital  # else nobody began anything
    begun = 0.0
    for at, capital in made.pipeline.capital.items():
        unit = e.chain.facilities[at].terms
        assert unit is not None
        begun += capital * 1e6
        # builders are short (B.57) and the best deposits go first (B.60): no unit is cheaper than the first
        assert unit.capex * e.units[at] * (1 - 1e-9) <= capital <= 4.0 * unit.capex * e.units[at]
    lost = sum(made.pipeline.works[at][0] for at in made.pipeline.works if at in made.pipeline.dropped)
    whole = quota_capital(made) + begun + under_way(made, 2025.0, 2027.0)
    assert whole - 2e6 * lost <= invested(made) <= whole * (1 + 1e-12)
    if not lost:
        assert invested(made) == pytest.approx(whole, rel=1e-9)


def test_quotas_give_no_capacity_that_is_not_paid_for() -> None:

    paid, unpaid = world(FROZEN, steps=2), world(FROZEN, steps=1)
    unpaid.pipeline.pay = lambda *_: None  # type: ignore[method-assign]
    unpaid.step()
    assert (paid.economy.grown > 1.0).any()
    room = [made.recorder.table("activity") for made in (paid, unpaid)]
    first, second = (
        table[(table.step == 1) & (table.jurisdiction == "CN") & (table.stage == "mining")].capacity.sum()
        for table in room
    )
    assert second < first


def at_margin(made: World, margin: float) -> None:
    """A step in which owners count on one margin everywhere and always, and quotas have doubled."""
    e, views = made.economy, made._decide
    quotas = [
        ProductionQuota("CN", kind, 2.0 * base_quota(e, kind), 0.05, lever="") for kind in e.supply.quota_rows
    ]

    def plans(*seen: Any) -> Any:
        found = views(*seen)
        margins = dataclasses.replace(
            found.margins, margin=np.full(e.built.size, margin), margins=np.full((1, e.built.size), margin),
            years=(0.0,), slope=0.0,
        )  # fmt: skip
        return dataclasses.replace(found, margins=margins, instruments=quotas)

    made._decide = plans  # type: ignore[method-assign]
    made.step()


@pytest.mark.parametrize(("margin", "grows"), [(-1.0, False), (50.0, True)])
def test_holders_of_quotas_build_what_pays(margin: float, grows: bool) -> None:
    made = world(FROZEN, "clock.step=year")
    at_margin(made, margin)
    e = made.economy
    mines = [at for kind in e.supply.quota_rows for at in quota_plants(e, kind)]
    assert (e.grown[mines] == (2.0 if grows else 1.0)).all()
    licensed = [at for at in np.flatnonzero(e.grown > 1.0) if at not in mines]
    assert bool(licensed) == grows
    damping = e.parameters["invest.damping"]  # separators add, of what they may, what a year decides on
    assert e.built[licensed] == pytest.approx(np.full(len(licensed), 1.0 + damping))
    assert all(e.chain.facilities[at].stage == "separation" for at in licensed)
    assert all(e.chain.facilities[at].place == "CN" for at in licensed)
    assert not any(e.chain.facilities[at].firm.startswith("illicit") for at in licensed)


def shifted(begin: float, end: float, factor: float) -> Callable[[World], None]:
    """Demand for services made of neodymium magnets, times a factor between two dates."""

    def apply(made: World) -> None:
        paths = made.economy.paths
        plain = type(paths).at
        uses = np.array([bool(use.recipe) for use in made.economy.chain.uses])

        class Moved(type(paths)):  # type: ignore[misc]
            def at(self, date: float) -> Array:
                table = plain(self, date)
                inside = begin <= date < end
                return np.asarray(table * np.where(uses & inside, factor, 1.0)[:, None])

        paths.__class__ = Moved

    return apply


def entry(seed: int, shift: Callable[[World], None] | None, years: int = 8) -> float:
    """Capacity of mines begun abroad, t a year."""
    made = world(FROZEN, "clock.end=2040-01", f"seed={seed}")
    if shift:
        shift(made)
    for _ in range(4 * years):
        made.step()
    e = made.economy
    return sum(
        float(e.units[at]) * f.capacity
        for at, f in enumerate(e.chain.facilities)
        if at in made.pipeline.capital and f.stage == "mining"
    )


def test_a_lasting_shift_of_demand_brings_entry_and_a_spike_little() -> None:
    usual = entry(1, None)
    lasting, spike = entry(1, shifted(2026.0, 2099.0, 1.5)), entry(1, shifted(2026.0, 2027.0, 1.5))
    assert lasting > usual
    assert spike - usual < 0.2 * (lasting - usual)


def test_a_floor_counts_for_its_term_only() -> None:
    plain = Appraisal(100.0, 1000.0, 5.0, 3.0, 0.0, 0.1, 0.0, 20.0, 1.0, path=((0.0, 5.0),))
    long, short, none = (
        net_present_value(
            Appraisal(
                100.0, 1000.0, 5.0, 3.0, 0.0, 0.1, 0.0, 20.0, 1.0, path=((0.0, 5.0),), floor=((0.0, 10.0),),
                floor_years=years,
            )
        )
        for years in (np.inf, 8.0, 3.0)
    )  # fmt: skip
    assert long > short > none == pytest.approx(net_present_value(plain))


def test_looking_ahead_leaves_the_economy_as_it_was_and_sees_no_luck() -> None:
    """Two worlds that differ only in luck yet to come see the same prices ahead."""
    one, other = world(FROZEN, "seed=1", steps=1), world(FROZEN, "seed=2", steps=1)
    assert one.economy.ahead.prospects
    for a, b in zip(one.economy.ahead.prospects, other.economy.ahead.prospects, strict=True):
        assert a.price == pytest.approx(b.price, rel=1e-6)
    looked, off = (world(FROZEN, "seed=1", f"firm.outlook.active={on}") for on in ("true", "false"))
    for made in (looked, off):  # but for what holders of quotas build by what they see
        made.pipeline.pay = lambda *_: None  # type: ignore[method-assign]
        made.step()
    assert off.economy.ahead.prospects == []
    assert looked.economy.price == pytest.approx(off.economy.price, rel=1e-6)


def test_a_floor_for_named_plants_pays_no_other_and_ends() -> None:
    plants = "plants: [mountain_pass_stage2], end: '2025-10'"
    deal = f"{{'oxide:Nd': {{price: 300.0, volume: 9e9, {plants}}}}}"
    made = world(FROZEN, f"state.united_states.lever.friendshoring={{places: [US], floor: {deal}}}", steps=4)
    rows = made.tables()["accounts"]
    paid = rows[rows.item == "price floor"].groupby(["step", "owner"]).usd.sum()
    assert {owner for (_, owner), usd in paid.items() if usd > 0} == {"mp_materials"}
    assert paid.xs(0).sum() > 0
    assert 3 not in paid.index.get_level_values(0) or paid.xs(3).sum() == 0
