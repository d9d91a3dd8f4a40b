"""Streams of the world: off by default, mean one, the same under every policy, spreads from before 2015."""

import numpy as np
from tests.model.worlds import world

from coercivity.experiments.base.paths import evidence_dir
from coercivity.model.dynamics.streams import Streams
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.settings import StreamSettings

SPREAD = StreamSettings(demand=0.04, use=0.07, region=0.04, undocumented=0.35, output=0.05)
SETTINGS = [f"market.stream.{name}={value}" for name, value in SPREAD if name != "memory"]


def test_demand_and_supply_drift_alike_under_every_policy_and_not_at_all_unless_asked() -> None:
    one, other = (world(f"scenario={name}", *SETTINGS, steps=1) for name in ("policies_frozen", "embargo"))
    assert np.array_equal(one.economy.paths.drift, other.economy.paths.drift)
    assert np.array_equal(one.economy.luck, other.economy.luck)
    assert len(np.unique(one.economy.luck)) == 5  # two kinds of ore, documented and not, and all else
    quiet = world(steps=1)
    assert quiet.drift.draws is None
    assert len(quiet.streams) == len(one.streams) - 1
    assert (quiet.economy.paths.drift == 1).all() and (quiet.economy.luck == 1).all()
    _mean_is_one(one.economy)


def _mean_is_one(economy) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(1)
    demand, luck = [], []
    for _ in range(2000):
        streams = Streams.begin(economy, SPREAD, lambda _name: rng)
        for _ in range(3):
            streams.move(economy, SPREAD, 1.0)
        demand.append(economy.paths.drift.mean())
        luck.append(economy.luck.copy())
    assert abs(np.mean(demand) - 1.0) < 0.01
    assert np.allclose(np.mean(luck, axis=0), 1.0, atol=0.03)


def test_spreads_rest_on_nothing_later_than_2014() -> None:
    facts = [f for f in Evidence(evidence_dir()).facts("uncertainty") if f.entity.startswith("market.stream")]
    assert len(facts) == 6
    assert all(f.year <= 2014 for f in facts)
