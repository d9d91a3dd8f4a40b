"""Public stocks: they exist, lie still in calm, are let go in need, and hold what their targets say."""

import pandas as pd
import pytest
from tests.model.worlds import world

ALLIES = ("united_states", "european_union", "japan", "korea")
YEARLY = ("clock.step=year", "clock.end=2028-01")
MAGNETS = {"stockpile": {"days": {"magnet:*": 180}, "prefilled": True}}


def stock_of(tables: dict[str, pd.DataFrame], place: str, material: str) -> "pd.Series[float]":
    """Public stock by step, t."""
    rows = tables["stocks"].query("kind == 'public' and jurisdiction == @place and material == @material")
    return rows.set_index("step").tonnes


def shortage(tables: dict[str, pd.DataFrame], place: str, year: str) -> float:
    """Mean shortage of magnets of a year."""
    rows = tables["indicators"].query("indicator == 'shortage of magnets' and jurisdiction == @place")
    return float(rows[rows.date.str.startswith(year)].value.mean())


@pytest.fixture(scope="module")
def calm():  # type: ignore[no-untyped-def]
    return world("scenario=free_trade", "clock.end=2025-07", steps=2)


def test_what_exists_is_there_and_lies_still_in_calm(calm) -> None:  # type: ignore[no-untyped-def]
    for place, material, tonnes in (("JP", "oxide:Dy", 71.918), ("CN", "oxide:Nd", 4500.0)):
        assert stock_of(calm.tables(), place, material).to_numpy() == pytest.approx(tonnes, rel=0.03)
    korea = calm.tables()["stocks"].query("kind == 'public' and jurisdiction == 'KR' and step == 0")
    assert korea.tonnes.sum() == pytest.approx(700.0, rel=0.03)  # told for all oxides together


def test_a_target_equal_to_what_is_held_changes_nothing(calm) -> None:  # type: ignore[no-untyped-def]
    view = calm.economy
    names, nodes = view.supply.layout.here["JP", "held"]
    node = nodes[names.index("oxide:Dy")]
    days = 365.0 * 71.918 / max(view.base_use[node], view.content_use[node])
    kept = world(
        "scenario=free_trade",
        "clock.end=2025-07",
        levers={"japan": {"stockpile": {"days": {"oxide:Dy": days}}}},
        steps=2,
    )
    before, after = calm.tables()["prices"].price, kept.tables()["prices"].price
    assert after.to_numpy() == pytest.approx(before.to_numpy(), rel=1e-4)


def test_days_count_what_is_in_imported_magnets(calm) -> None:  # type: ignore[no-untyped-def]
    e = calm.economy
    names, nodes = e.supply.layout.here["US", "held"]
    node = nodes[names.index("oxide:Dy")]
    assert e.base_use[node] < 1.0 < 50.0 < e.content_use[node] < 300.0
    names, nodes = e.supply.layout.here["CN", "held"]
    node = nodes[names.index("oxide:Dy")]
    assert e.content_use[node] < e.base_use[node]  # it exports more in magnets than it uses


def test_magnets_in_store_halve_the_first_year_of_an_embargo() -> None:
    bare = world("scenario=embargo", *YEARLY, steps=2).tables()
    alone = world("scenario=embargo", *YEARLY, levers={"japan": MAGNETS}, steps=2).tables()
    stored = world("scenario=embargo", *YEARLY, levers=dict.fromkeys(ALLIES, MAGNETS), steps=2)
    together = stored.tables()
    without = shortage(bare, "JP", "2026")
    assert shortage(together, "JP", "2026") <= 0.5 * without
    assert shortage(alone, "JP", "2026") <= 0.9 * without  # most of it leaves as its makers' exports
    stock = stock_of(together, "JP", "magnet:high_coercivity")
    assert stock.iloc[1] < stock.iloc[0]
    paid = together["accounts"].query("owner == 'JP' and item == 'stock bought before'").usd
    assert len(paid) == 1
    assert paid.iloc[0] < -1e8


def test_stockpile_first_holds_what_its_title_says() -> None:
    made = world("scenario=stockpile_first", "clock.step=year", "clock.end=2031-01", steps=6)
    tables, e = made.tables(), made.economy
    for place in ("US", "EU", "JP", "KR"):
        names, nodes = e.supply.layout.here[place, "held"]
        for material, days in (("magnet:high_coercivity", 180.0), ("magnet:standard", 90.0)):
            use = float(e.base_use[nodes[names.index(material)]])
            assert stock_of(tables, place, material).iloc[-1] == pytest.approx(days / 365.0 * use, rel=0.2)


def test_a_hazard_draws_a_date_a_seed() -> None:
    begun = {}
    for seed in (0, 0, 1, 2):
        made = world("scenario=stockpile_insurance_without", f"seed={seed}")
        limit = next(s for s in made.states if s.place == "CN").levers["export_limit"]
        begun.setdefault(seed, []).append(limit.measure["embargo"].approval)
    assert begun[0][0] == begun[0][1]
    assert len({str(found[0]) for found in begun.values()}) == 3


def test_states_do_not_refill_at_the_prices_of_a_scare() -> None:
    """At once when the embargo ends where any price is paid; by default a year later, and cheaper."""
    bare = ("scenario=embargo", "clock.step=year", "clock.end=2031-01")
    found = {}
    for name, below in (("any price", 1e6), ("default", 1.5)):
        magnets = {"stockpile": {**MAGNETS["stockpile"], "speed": 0.99, "buy_below": below}}
        tables = world(*bare, levers=dict.fromkeys(ALLIES, magnets), steps=6).tables()
        found[name] = stock_of(tables, "EU", "magnet:high_coercivity")
    full = found["default"].iloc[0]
    assert found["any price"].iloc[3] > 0.5 * full
    assert found["default"].iloc[3] < 0.1 * full  # the year after the embargo
    assert found["default"].iloc[5] > 0.5 * full
