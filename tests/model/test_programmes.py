"""What China's programmes do: each has the right sign, and does nothing where it is off."""

from functools import cache

import numpy as np
import pytest
import yaml
from tests.model.worlds import price, settings, world

from coercivity.model.dynamics.offers import _courting_subsidies, best_offers
from coercivity.model.dynamics.terms import building_terms
from coercivity.model.dynamics.viewpoint import state_view
from coercivity.model.inputs.evidence import EvidenceError
from coercivity.model.inputs.instruments import Access, OutputSubsidy, SeaDelay, Subsidy, TechnologyBan
from coercivity.model.lever import levers
from coercivity.model.world import World

LEVER = "state.china.lever."


@cache
def after(text: str = "", steps: int = 1) -> World:
    """A world after some steps; text: levers of China as YAML."""
    return world(levers={"china": yaml.safe_load(text) or {}}, steps=steps)


def ratio(made: World, material: str) -> float:
    """Price in Japan over price in China."""
    return price(made, "JP", material) / price(made, "CN", material)


def exported(made: World, material: str) -> float:
    """Tonnes that left China over the run."""
    flows = made.tables()["flows"]
    return float(flows[(flows.origin == "CN") & (flows.material == material)].tonnes.sum())


def posted(made: World, owner: str, item: str) -> float:
    """What an account says over the run, USD."""
    accounts = made.tables()["accounts"]
    return float(accounts[(accounts.owner == owner) & (accounts.item == item)].usd.sum())


def quotas(made: World) -> dict[str, float]:
    """China's mining quotas, t REO a year."""
    return made.economy.quotas


def test_tax_paid_back_on_exports_narrows_the_gap_to_the_outside_price() -> None:
    back = after('vat_refund: {share: {"oxide:Nd": 1.0}}')
    assert ratio(back, "oxide:Nd") < 0.95 * ratio(after(), "oxide:Nd")
    assert shipped(back, "oxide:Nd") > shipped(after(), "oxide:Nd")


def shipped(made: World, material: str) -> float:
    """What China sends abroad of a material over the run, t."""
    flows = made.tables()["flows"]
    abroad = flows[(flows.origin == "CN") & (flows.destination != "CN") & (flows.material == material)]
    return float(abroad.tonnes.sum())


def test_a_subsidy_of_home_use_is_paid_for_and_parts_the_prices() -> None:
    first = after('domestic_first: {subsidy: {"oxide:Nd": 0.1}}')
    node = first.economy.supply.layout.node
    made, held = (float(first.economy.price[node["CN", "oxide:Nd", side]]) for side in ("made", "held"))
    assert held == pytest.approx(0.9 * made)
    assert held < price(after(), "CN", "oxide:Nd") < made
    assert price(first, "CN", "metal:NdPr") < price(after(), "CN", "metal:NdPr")
    assert posted(first, "CN", "subsidy of home use") < 0.0
    assert posted(after(), "CN", "subsidy of home use") == 0.0


def test_output_kept_at_home_does_not_leave() -> None:
    kept = after('domestic_first: {keep: {"oxide:La": 0.9}}', steps=2)
    free = after(steps=2)
    assert exported(kept, "oxide:La") < 0.8 * exported(free, "oxide:La")
    assert ratio(kept, "oxide:La") > ratio(free, "oxide:La")


def test_a_separation_quota_that_binds_has_a_rent_and_one_that_does_not_has_none() -> None:
    tight, loose = after("separation_quota: {tonnes: 200000}"), after("separation_quota: {tonnes: 900000}")
    row = tight.economy.supply.ceiling_rows["separation quota of CN"]
    assert tight.last is not None and loose.last is not None
    assert tight.last.permit[row] > 0.1 > 1e-9 > loose.last.permit[row]
    assert price(tight, "CN", "oxide:Nd") > price(loose, "CN", "oxide:Nd")
    assert price(loose, "CN", "oxide:Nd") == pytest.approx(price(after(), "CN", "oxide:Nd"), rel=1e-6)


def test_a_technology_ban_costs_others_capital_and_time_and_spares_the_states_own() -> None:
    e = after().economy
    ban = TechnologyBan("CN", ("mining", "magnet"), 0.1, 0.5, 0.7, lever="technology_ban")
    free, bound = building_terms(e, ()), building_terms(e, (ban,))
    place = {f.name: at for at, f in enumerate(e.chain.facilities)}
    for name in ("nolans_mine", "mp_10x"):
        assert bound.capex[place[name]] == pytest.approx(1.1 * free.capex[place[name]])
        assert bound.lead_time[place[name]] == pytest.approx(0.5 + free.lead_time[place[name]])
    for name in ("ngualla", "nolans_separation", "other_chinese_magnet_expansion"):
        assert bound.capex[place[name]] == free.capex[place[name]]


def test_the_ban_of_december_2023_is_in_force_and_can_be_lifted() -> None:
    def bans(*overrides: str) -> list[TechnologyBan]:
        made = world(*overrides)
        china = next(state for state in made.states if state.place == "CN")
        decided = china.decide(state_view(made, china)).instruments
        return [i for i in decided if isinstance(i, TechnologyBan)]

    assert len(bans()) == 1
    assert bans(f"{LEVER}technology_ban.active=false") == []


def test_a_technology_ban_slows_learning_abroad() -> None:
    lifted = world(f"{LEVER}technology_ban.active=false", steps=1)
    for stage in ("separation", "magnet"):
        assert after().economy.knowhow.factor(stage) > lifted.economy.knowhow.factor(stage)


def test_foreigners_need_a_partner_or_stay_out() -> None:
    e = after().economy
    place = {f.name: at for at, f in enumerate(e.chain.facilities)}
    foreign, own = place["foreign_magnet_in_china"], place["other_chinese_magnet_expansion"]
    free = building_terms(e, ())
    joint = building_terms(e, (Access("CN", ("magnet",), 0.49, 0.02, lever="joint_venture"),))
    closed = building_terms(e, (Access("CN", ("magnet",), 0.0, 0.02, lever="joint_venture"),))
    assert joint.hurdle[foreign] == pytest.approx(free.hurdle[foreign] + 0.02)
    assert np.isinf(closed.capex[foreign]) and np.isfinite(joint.capex[foreign])
    assert joint.hurdle[own] == free.hurdle[own] and closed.capex[own] == free.capex[own]


def test_a_stake_ties_feed_of_the_mine_it_paid_for() -> None:
    def shipped(tie: float) -> float:
        levers_ = {"china": {"outbound_investment": {"places": ["US"], "tie": tie}}}
        made = world(levers=levers_)
        mine = next(at for at, f in enumerate(made.economy.chain.facilities) if f.name == "mountain_pass")
        made.economy.staked["CN", mine] = 1.0
        made.step()
        flows = made.tables()["flows"]
        tied = (flows.origin == "US") & (flows.destination == "CN") & flows.material.str.startswith("conc")
        return float(flows[tied].tonnes.sum())

    assert shipped(1.0) > 1.1 * shipped(0.0)


def test_a_state_buys_into_mines_begun_by_others_as_its_budget_lasts() -> None:
    terms = "outbound_investment: {places: [MW, AO, TZ], start: 2025-01, tie: 0.7, budget: 100.0, buy_in: %s}"
    bought, none = after(terms % 0.3), after(terms % 0.0)
    place = {at: f.name for at, f in enumerate(bought.economy.chain.facilities)}
    assert {place[at] for _, at in bought.economy.staked} == {"kangankunde", "longonjo"}
    assert not none.economy.staked
    assert -100e6 <= posted(bought, "CN", "shares sold") < 0.0
    assert posted(bought, "CN", "shares sold") == -posted(bought, "lindian", "shares sold") - posted(
        bought, "pensana", "shares sold"
    )


def test_rivals_do_not_pool_and_the_better_offer_wins() -> None:
    def offer(state: str, share: float) -> Subsidy:
        return Subsidy(state, ("AO",), ("mining",), share, 0.0, 100.0, lever="friendshoring")

    bloc = {"CN": "china", "US": "allied", "JP": "allied"}
    china, america, japan = offer("CN", 0.5), offer("US", 0.3), offer("JP", 0.6)
    assert _courting_subsidies([china, america], bloc) == [china]
    assert _courting_subsidies([china, america, japan], bloc) == [america, japan]


def test_a_low_target_price_or_rivals_that_build_make_quotas_grow() -> None:
    low, flood = after("price_policy: {target: 0.5}"), after("price_policy: {flood: 0.1, trigger: 0.0}")
    idle = after("price_policy: {flood: 0.1, trigger: 1.0}")
    for kind, tonnes in quotas(after()).items():
        assert quotas(low)[kind] > 1.005 * tonnes
        assert quotas(flood)[kind] > 1.005 * tonnes
        assert quotas(idle)[kind] == tonnes
    assert price(flood, "CN", "oxide:Nd") < price(after(), "CN", "oxide:Nd")


def test_support_purchases_prop_a_price_up_only_while_it_is_low() -> None:
    bought = after('support_purchases: {materials: ["oxide:Pr"], buy_below: 5.0, sell_above: 9.0, speed: 2}')
    idle = after('support_purchases: {materials: ["oxide:Pr"], buy_below: 0.01}')
    assert price(bought, "CN", "oxide:Pr") > 1.01 * price(after(), "CN", "oxide:Pr")
    assert price(idle, "CN", "oxide:Pr") == pytest.approx(price(after(), "CN", "oxide:Pr"), rel=1e-6)


def test_owners_of_the_stage_before_build_on_better_terms_and_hold_out_longer() -> None:
    on, off = after(steps=0).economy, world("firm.integration.active=false").economy
    place = {f.name: at for at, f in enumerate(on.chain.facilities)}
    joined, alone = place["mp_10x"], place["vulcan_benson"]
    better, plain = building_terms(on, ()), building_terms(off, ())
    assert better.hurdle[joined] < plain.hurdle[joined] == 0.0 == better.hurdle[alone]
    runs = on.supply.layout.runs
    assert (on.unit_cost[runs[joined]] < off.unit_cost[runs[joined]]).all()
    assert (on.unit_cost[runs[alone]] == off.unit_cost[runs[alone]]).all()


def test_every_programme_says_what_is_wrong_with_its_settings() -> None:
    wrong = {
        "vat_refund": {"share": {"oxide:*": 1.5}},
        "domestic_first": {"keep": {"oxide:*": 0.5}},
        "technology_ban": {"stages": ["mine"]},
        "support_purchases": {"buy_below": 2.0, "sell_above": 1.0},
    }
    for name, given in wrong.items():
        with pytest.raises(ValueError, match=r"share, from 0 to 1|not a pattern|no stage|not above"):
            levers()[name](**given).in_chain(settings().chain)


def test_stakes_and_quotas_are_recorded() -> None:
    made = after("outbound_investment: {places: [AO], budget: 100.0, capital_share: 0.3}")
    told = made.tables()["levers"]
    assert {"outbound_investment", "technology_ban", "production_quota"} <= set(told.lever)


def test_diplomacy_holds_up_the_deep_sea_of_others_only() -> None:
    e = after().economy
    place = {f.name: at for at, f in enumerate(e.chain.facilities)}
    mud, ore = place["minamitorishima_mud"], place["nolans_mine"]
    free, held = building_terms(e, ()), building_terms(e, (SeaDelay("CN", 3.0, lever="seabed_diplomacy"),))
    assert held.lead_time[mud] == free.lead_time[mud] + 3.0
    assert held.lead_time[ore] == free.lead_time[ore]
    assert (
        building_terms(e, (SeaDelay("JP", 3.0, lever="seabed_diplomacy"),)).lead_time[mud]
        == free.lead_time[mud]
    )
    told = after("seabed_diplomacy: {delay: 2.0}").tables()["levers"]
    assert told[told.lever == "seabed_diplomacy"].value.max() == 5.0  # its cost, million USD a year
    assert "seabed_diplomacy" not in set(after().tables()["levers"].lever)


def test_an_assured_project_survives_and_a_wrong_name_is_refused() -> None:
    made = world("market.assured=[minamitorishima_mud]")
    terms = made.pipeline.terms
    mud = next(f for f in made.economy.chain.facilities if f.name == "minamitorishima_mud")
    assert terms.survival(mud) == 1.0 > after().pipeline.terms.survival(mud)
    with pytest.raises(EvidenceError, match="did you mean `minamitorishima_mud`"):
        world("market.assured=[minamitorishima_mut]")


def test_a_subsidy_of_output_counts_in_what_projects_expect() -> None:
    e = after().economy
    place = {f.name: at for at, f in enumerate(e.chain.facilities)}
    paid = best_offers(
        e, (OutputSubsidy("EU", ("EU",), "recycling", 5.0, lever="circularity"),), lambda _: 0.0, 2025.0
    )
    free = best_offers(e, (), lambda _: 0.0, 2025.0)
    assert paid.floor[place["caremag_recycling"]] == free.floor[place["caremag_recycling"]] + 5.0
    assert paid.floor[place["mp_10x"]] == free.floor[place["mp_10x"]]
