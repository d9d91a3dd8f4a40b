"""What allies do together: deliveries, reserves and benchmarks; each has its effect, and none when off."""

import pytest
from tests.model.worlds import price, world

from coercivity.model.world import World

OFFTAKE = (
    "state.japan.lever.offtake.contract={nd: {materials: ['oxide:Nd'], origins: [%s], tonnes: 4000, pay: 60}}"
)


def arriving(made: World, place: str, material: str, origin: str) -> float:
    flows = made.tables()["flows"]
    rows = flows[(flows.destination == place) & (flows.material == material) & (flows.origin == origin)]
    return float(rows.tonnes.sum())


def paid(made: World, item: str, owner: str | None = None) -> float:
    rows = made.tables()["accounts"]
    rows = rows[(rows.item == item) & (rows.kind == "state")]
    return float(rows.usd.sum() if owner is None else rows[rows.owner == owner].usd.sum())


def balanced(made: World) -> None:
    """(S.1) holds with what has just been cleared."""
    assert made.last is not None
    settle, seen = made.books.settle, []

    def watched(assembled, clearing, length):  # type: ignore[no-untyped-def]
        ledger = settle(assembled, clearing, length)
        seen.append((sum(ledger.accounts.values()), clearing.objective * 1000 + ledger.transfers))
        return ledger

    made.books.settle = watched  # type: ignore[method-assign]
    made.step()
    assert seen[0][0] == pytest.approx(seen[0][1], rel=1e-9)


def test_an_offtake_brings_deliveries_and_costs_what_it_takes() -> None:
    free = world(steps=1)
    signed = world(OFFTAKE % "MY", steps=1)
    assert arriving(signed, "JP", "oxide:Nd", "MY") > 1.05 * arriving(free, "JP", "oxide:Nd", "MY")
    assert paid(signed, "offtake priority", "JP") < 0.0
    balanced(signed)


def test_what_cannot_be_delivered_costs_nobody() -> None:
    signed = world(OFFTAKE % "AU", steps=1)
    assert paid(signed, "offtake priority") == pytest.approx(0.0, abs=1.0)
    balanced(signed)


def test_buying_together_costs_less_than_the_same_tonnes_apart() -> None:
    base = ("scenario=restrictions_2025", "clock.start=2025-07", "clock.end=2026-07")
    apart = "{nd: {materials: ['oxide:Nd'], origins: [MY], tonnes: 1500.0, pay: 60.0}}"
    joint = "{nd: {materials: ['oxide:Nd'], origins: [MY], members: [EU, JP], tonnes: 3000.0, pay: 60.0}}"
    alone = world(
        *base, *(f"state.{s}.lever.offtake.contract={apart}" for s in ("japan", "european_union")), steps=1
    )
    pooled = world(*base, f"state.european_union.lever.offtake.contract={joint}", steps=1)
    assert paid(alone, "offtake priority") <= paid(pooled, "offtake priority") <= 0.0


def test_a_reserve_lifts_what_producers_get_and_is_sold_to_anybody_when_dear() -> None:
    lever = "state.malaysia.lever.reserve={value: {'oxide:Nd': 60.0}, members: [MY, JP, US], speed: 2.0}"
    free, kept = world(steps=2), world(lever, steps=2)
    at = [i for i, c in enumerate(kept.economy.supply.layout.curves) if c.what == "reserve"]
    assert kept.economy.stock[at].sum() > 100.0
    assert price(kept, "JP", "oxide:Nd") > price(free, "JP", "oxide:Nd")
    shares = [paid(kept, "share of reserve", s) for s in ("MY", "JP", "US")]
    assert shares[1] == pytest.approx(shares[2])
    assert shares[0] == pytest.approx(-2 * shares[1])
    assert shares[1] < 0
    balanced(kept)


def test_benchmarks_spend_only_where_the_plan_is_behind() -> None:
    def offers(target: str, year: int) -> list[float]:
        made = world(
            f"clock.start={year}-01", f"clock.end={year + 1}-01",
            f"state.european_union.lever.benchmarks={{target: {target}, budget: 500.0}}", steps=1,
        )  # fmt: skip
        table = made.tables()["levers"]
        mine = table[(table.state == "EU") & (table.parameter == "capital share")]
        return [float(v) for v in mine.value]

    assert offers("{separation: 0.4}", 2029)[0] > 0
    assert offers("{separation: 0.0}", 2029) == []
    assert offers("{}", 2029) == []


def test_one_leading_source_opens_the_purse_to_partners() -> None:
    lever = "{target: {mining: 0.0}, single_source: 0.65, budget: 500.0, partners: [BR, CA]}"
    made = world(f"state.european_union.lever.benchmarks={lever}", steps=1)
    table = made.tables()["levers"]
    assert len(table[(table.state == "EU") & (table.parameter == "capital share")]) == 1
