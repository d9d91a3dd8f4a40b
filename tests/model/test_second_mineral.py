"""Gallium and germanium: the same model, other files. Base year, by-products, licences and a ban."""

import functools

import numpy as np
import pytest

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import evidence_of
from coercivity.experiments.config.compose import compose
from coercivity.model.calibration.base_rows import read_base_year
from coercivity.model.calibration.base_year import calibrate
from coercivity.model.inputs.evidence import Evidence, EvidenceError
from coercivity.model.world import World

CHAIN = compose(["chain=gallium_germanium"])
FOLDER = evidence_of(CHAIN.values)
OUTSIDE = ("US", "EU", "JP")


@functools.cache
def run_steps(scenario: str, *overrides: str, steps: int) -> World:
    made = World(compose([f"scenario={scenario}", *overrides]).settings, FOLDER)
    for _ in range(steps):
        made.step()
    return made


def mean_price(made: World, material: str, place: str, since: str) -> float:
    table = made.tables()["prices"].query(
        "material == @material and jurisdiction == @place and date >= @since"
    )
    return float(table["price"].mean())


def recovered(made: World, date: str) -> float:
    """What circuits that stood in 2022 recover in a quarter, t."""
    standing = {f.name for f in made.economy.chain.facilities if f.terms is None}
    rows = made.tables()["activity"].query("stage == 'recovery' and date == @date")
    return float(rows[rows["plant"].isin(standing)]["tonnes"].sum())


def test_the_base_year_is_what_the_command_finds_and_moves_little() -> None:
    evidence = Evidence(FOLDER)
    found, _ = calibrate(evidence, 2022, CHAIN.settings.chain)
    stored = read_base_year(evidence, 2022)
    assert stored.multiplier == pytest.approx(found.multiplier, rel=1e-6)
    assert stored.wedge == pytest.approx(found.wedge, rel=1e-3, abs=1e-3)
    sigmas = {name: np.log(m) / stored.sigma[name] for name, m in stored.multiplier.items()}
    assert max(map(abs, sigmas.values())) < 1, sigmas


@pytest.mark.parametrize("material", ["refined:Ga", "pure:Ga", "refined:Ge", "pure:Ge"])
def test_prices_begin_near_the_record(material: str) -> None:
    record = Evidence(FOLDER).number("prices", material, "domestic_ex_vat", year=2022)
    begun = run_steps("gallium_baseline", steps=1)
    assert mean_price(begun, material, "CN", "2023-01-01") == pytest.approx(record, rel=0.05)


def test_makers_need_only_what_is_made_into_something() -> None:
    composed = compose(["scenario=gallium_ban_2024", "~chain.worked_from.Ga"])
    with pytest.raises(EvidenceError, match=r"chain\.makers_need: Ga, of which chain\.worked_from says no"):
        World(composed.settings, FOLDER)


def test_every_step_is_certified() -> None:
    told = run_steps("gallium_ban_2024", steps=12).tables()["certificates"]
    assert told[["primal", "dual", "complementarity", "gap", "mass", "welfare"]].abs().to_numpy().max() < 1e-8


@pytest.mark.parametrize("material", ["refined:Ga", "refined:Ge"])
def test_a_ban_raises_prices_outside_china_and_hardly_inside(material: str) -> None:
    banned, licensed = (run_steps(s, steps=12) for s in ("gallium_ban_2024", "gallium_licences_2023"))

    def rise(place: str) -> float:
        before = mean_price(licensed, material, place, "2025-01-01")
        return mean_price(banned, material, place, "2025-01-01") / before

    assert rise("CN") < 1.02
    assert min(map(rise, OUTSIDE)) > max(1.005, rise("CN"))


@pytest.mark.parametrize("material", ["refined:Ga", "refined:Ge"])
def test_licences_part_the_price_outside_from_the_price_inside(material: str) -> None:
    licensed, free = (run_steps(s, steps=6) for s in ("gallium_licences_2023", "gallium_baseline"))
    since = "2023-10-01"
    assert mean_price(licensed, material, "US", since) > 1.3 * mean_price(free, material, "US", since)
    assert mean_price(licensed, material, "CN", since) < mean_price(free, material, "CN", since)


def test_by_products_hardly_answer_to_demand() -> None:
    """A fifth more demand makes them dear, not plentiful: the host sets what there is."""
    usual, more = (
        run_steps("gallium_baseline", *over, steps=4) for over in ((), ("market.demand_level=1.2",))
    )
    date = "2023-10-01"
    base = sum(f.output for f in more.economy.chain.facilities if f.stage == "recovery" and not f.terms) / 4
    assert recovered(usual, date) < recovered(more, date) < 1.08 * base
    for material in ("refined:Ga", "refined:Ge"):
        assert mean_price(more, material, "CN", date) > 1.15 * mean_price(usual, material, "CN", date)


def test_nothing_is_read_that_belongs_to_rare_earths() -> None:
    world = run_steps("gallium_baseline", steps=1)
    names = {m for _, m, _ in world.economy.supply.layout.node}
    assert {name.partition(":")[0] for name in names} == {"crude", "refined", "pure", "service"}
    told = world.tables()["indicators"]["indicator"]
    assert not told.str.contains("magnet|oxide|mining|separation").any()


def test_a_record_of_output_by_kind_of_ore_needs_kinds_of_ore() -> None:
    with pytest.raises(UserError, match="has no `quotas`"):
        compose(["scenario=gallium_baseline", "market.output=history"])
