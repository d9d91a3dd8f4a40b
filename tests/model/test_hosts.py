"""Hosts' politics and what is learnt abroad: the sign of each effect, and none when it is off."""

import numpy as np
import pytest
from tests.model.worlds import price, world

from coercivity.model.assembly.hosts import delay
from coercivity.model.dynamics.viewpoint import state_view
from coercivity.model.world import World


def mined(made: World, place: str) -> float:
    table = made.tables()["activity"]
    here = table[(table.jurisdiction == place) & (table.stage == "mining") & (table.step == table.step.max())]
    return float(here.tonnes.sum())


def shipped(made: World, place: str) -> float:
    table = made.tables()["flows"]
    here = table[(table.origin == place) & table.material.str.startswith("concentrate")]
    return float(here.tonnes.sum())


def test_a_stop_in_myanmar_takes_its_clays_and_makes_dysprosium_dear() -> None:
    calm = world(steps=2)
    stopped = world("state.myanmar.lever.stoppage.share={mining: {2025-04: 0.8, 2025-07: null}}", steps=2)
    assert mined(stopped, "MM") < 0.5 * mined(calm, "MM")
    assert price(stopped, "CN", "oxide:Dy") > 1.03 * price(calm, "CN", "oxide:Dy")
    stopped.step()
    assert mined(stopped, "MM") > 0.8 * mined(calm, "MM")


def test_luck_stops_hosts_only_when_asked_and_the_same_in_every_policy() -> None:
    assert not world(steps=1).economy.stopped.any()
    lucky = ("firm.outage.active=true", "firm.outage.scale=2", "clock.end=2028-01")
    one, two = world(*lucky), world(*lucky, "state.japan.lever.stockpile.days={'oxide:Dy': 60}")
    for made in (one, two):
        for _ in range(4):
            made.step()
    assert one.hosts.stops.until == two.hosts.stops.until
    assert one.hosts.stops.until


def test_an_ore_ban_keeps_concentrate_at_home_and_frightens_nobody() -> None:
    free = world(steps=1)
    kept = world("state.myanmar.lever.ore_export_ban.share=1.0", steps=1)
    assert shipped(free, "MM") > 100.0
    assert shipped(kept, "MM") < 1e-3
    assert max(kept.economy.risk.values()) == 0.0
    spared = world("state.myanmar.lever.ore_export_ban={share: 1.0, exempt: [CN]}", steps=1)
    assert shipped(spared, "MM") == pytest.approx(shipped(free, "MM"), rel=0.01)


@pytest.mark.parametrize(
    ("lever", "sign"), [("{factor: 0.5}", -1), ("{factor: 2.0}", 1), ("{factor: 1.0}", 0)]
)
def test_permits_move_when_a_project_opens(lever: str, sign: int) -> None:
    made = world(f"state.australia.lever.permitting={lever}")
    instruments = [i for s in made.states for i in s.decide(state_view(made, s)).instruments]
    added = delay(made.economy, instruments)
    projects = [at for at, f in enumerate(made.economy.chain.facilities) if f.terms and f.place == "AU"]
    assert np.all(np.sign(added[projects]) == sign)
    assert not added[[at for at, f in enumerate(made.economy.chain.facilities) if f.place != "AU"]].any()


def test_plants_abroad_learn_and_a_ban_on_technology_slows_them() -> None:
    banned, off = world(), world("firm.knowhow.active=false")
    free = world("state.china.lever.technology_ban.learning=1.0")
    for made in (free, banned, off):
        for _ in range(2):
            made.step()
    left = [made.economy.knowhow.factor("separation") for made in (free, banned, off)]
    assert left[0] < left[1] < left[2] == 1.0
    at = free.economy.supply.layout.activities.index(
        next(a for a in free.economy.supply.layout.activities if a.kind == "magnet" and a.place == "JP")
    )
    cost = [float(made.economy.unit_cost[at]) for made in (free, banned, off)]
    assert cost[0] < cost[1] < cost[2]
