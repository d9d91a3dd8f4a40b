"""Limits that follow content: third countries get no more than they add, and targets no cheaper supply."""

import pandas as pd
import pytest
from tests.model.worlds import world

from coercivity.model.inputs.provisions import LimitMeasure
from coercivity.model.network.third_countries import lay_out_third_countries

TARGETS = ["US", "EU", "JP", "KR", "AU", "IN"]
CLOCK = ("clock.end=2028-01", "clock.step=year")
BOUNDS = {"sealed": 0.0, "middle": 0.25, "leaky": 0.5}


@pytest.fixture(scope="module")
def tables_by_scenario():  # type: ignore[no-untyped-def]
    made = {"policies_frozen": world("scenario=policies_frozen", *CLOCK, steps=3)}
    for name, added in BOUNDS.items():
        made[name] = world("scenario=embargo", f"firm.third_country.added={added}", *CLOCK, steps=3)
    return {name: one.tables() for name, one in made.items()}


def in_force(tables: dict[str, pd.DataFrame], table: str, **where: object) -> pd.DataFrame:
    """Rows of the two years of the embargo."""
    rows = tables[table]
    for column, wanted in where.items():
        rows = rows[rows[column].isin(wanted if isinstance(wanted, list) else [wanted])]
    return rows[rows.date >= "2026"]


def test_dysprosium_is_no_cheaper_where_it_is_withheld(tables_by_scenario) -> None:  # type: ignore[no-untyped-def]
    where = {"material": "oxide:Dy", "jurisdiction": TARGETS}
    usual = (
        in_force(tables_by_scenario["policies_frozen"], "prices", **where)
        .set_index(["date", "jurisdiction"])
        .price
    )
    for name in BOUNDS:
        found = (
            in_force(tables_by_scenario[name], "prices", **where).set_index(["date", "jurisdiction"]).price
        )
        assert (found >= usual).all(), name


def test_third_countries_get_what_they_had_and_what_they_add(tables_by_scenario) -> None:  # type: ignore[no-untyped-def]
    allowed = {}
    for name in BOUNDS:
        rows = in_force(tables_by_scenario[name], "limits")
        third = rows[rows.destinations.str.endswith("(third country)")]
        assert (third.used <= third.allowed + 1e-6).all(), name
        allowed[name] = third[third.date < "2027"].set_index("limit").allowed
    sealed = allowed["sealed"][allowed["sealed"] > 1.0]
    assert len(sealed) > 10
    for name, added in BOUNDS.items():
        assert (allowed[name][sealed.index] / sealed).to_numpy() == pytest.approx(1.0 + added), name
    before = tables_by_scenario["policies_frozen"]["flows"].query(
        "origin == 'CN' and channel == 'legal' and date < '2026'"
    )
    before = before.groupby(["destination", "material"]).tonnes.sum()
    for name in ("VN", "ROW"):
        had = before[name, "magnet:standard"]
        got = sealed[f"CN embargo|magnet:standard|{name} (third country)"]
        assert 0.7 * had < got < 1.3 * had, name


def test_the_bounds_bracket_what_lies_between(tables_by_scenario) -> None:  # type: ignore[no-untyped-def]
    for place in (*TARGETS, "WORLD"):
        if place == "AU":  # makes and uses no magnets
            continue
        where = {"indicator": "shortage of magnets", "jurisdiction": place}
        sealed, middle, leaky = (
            in_force(tables_by_scenario[n], "indicators", **where).value.sum() for n in BOUNDS
        )
        # a share that leaks lets makers change recipes, which moves a place by a part of a percent
        assert 0.99 * leaky <= middle <= 1.01 * sealed, place


def test_origin_is_followed_from_stage_to_stage(tables_by_scenario) -> None:  # type: ignore[no-untyped-def]
    flows = tables_by_scenario["leaky"]["flows"]
    assert flows.origin_content.between(0.0, 1.0).all()
    assert (flows[flows.origin == "CN"].origin_content == 1.0).all()
    ore = flows[flows.material.str.startswith("concentrate") & (flows.origin != "CN")]
    assert (ore.origin_content == 0.0).all()
    worked = flows[(flows.origin != "CN") & flows.material.str.startswith(("metal", "magnet"))]
    mixed = worked[worked.origin_content.between(0.01, 0.99)]  # of Chinese and of other oxide
    assert {material.split(":")[0] for material in mixed.material} == {"metal", "magnet"}


def test_only_what_is_targeted_and_followed_has_rows(tables_by_scenario) -> None:  # type: ignore[no-untyped-def]
    made = world("scenario=policies_frozen")
    layout, chain = made.economy.supply.layout, made.economy.chain
    measures = [
        LimitMeasure("all", "CN", ("oxide:Dy",), ("all",), follows=True),
        LimitMeasure("unfollowed", "CN", ("oxide:Dy",), ("US",)),
        LimitMeasure("strict", "CN", ("oxide:Dy",), ("US",), follows=True, de_minimis=0.0),
        LimitMeasure("lax", "CN", ("oxide:Dy",), ("US",), follows=True, de_minimis=0.5),
    ]
    rows = dict(lay_out_third_countries(layout, chain, measures))
    materials = {name: {layout.limits[row].split("|")[1] for row in found} for name, found in rows.items()}
    assert set(rows) == {"strict", "lax"}
    assert "concentrate:ionic_clay" in materials["strict"]
    assert not any(material.startswith("concentrate") for material in materials["lax"])
    assert "oxide:Nd" not in materials["strict"]
