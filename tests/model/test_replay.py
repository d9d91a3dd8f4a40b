"""What replays are made of: recorded output, past drivers, holders of a tonnage, scripted fright."""

import numpy as np
import pytest

from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.config.compose import compose, recompose
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.network.demand import past_index
from coercivity.model.world import World


def replayed(steps: int, **calibrated: float) -> World:
    """The replay of 2010 after some quarters, with other numbers of behaviour."""
    values = dict(compose(["scenario=replay_2005_2014"]).values)
    rows = {name.replace("__", "."): value for name, value in calibrated.items()}
    values["calibrated"] = {"name": "test", "source": "", "values": rows}
    made = World(recompose(values).settings, evidence_dir())
    for _ in range(steps):
        made.step()
    return made


def test_china_mines_no_more_than_the_record() -> None:
    made = replayed(2)
    activity = made.tables()["activity"]
    mined = activity.query("stage == 'mining' and jurisdiction == 'CN'").groupby("step")["tonnes"].sum()
    evidence = made.evidence
    base, now = (evidence.number("output", "CN", "output", "all", year=y) for y in (2009, 2010))
    real = evidence.number("behaviour", "supply", "output_fall_real_share")
    adjusted = sum(f.output for _, f in made.economy.chain.at_stage("mining") if f.place == "CN")
    assert 4 * mined.max() <= adjusted * (1 + real * (now / base - 1)) * (1 + 1e-6)


def test_holders_who_act_together_ask_more() -> None:
    alone = replayed(4, licence__theta=0.0)
    together = replayed(4, licence__theta=1.0)
    row = alone.economy.supply.limit_rows["CN quota"][0]
    assert together.economy.premium[row] > alone.economy.premium[row]


def test_news_frightens_everybody_and_is_forgotten() -> None:
    made = replayed(2)
    assert made.economy.risk["US"] < 0.5
    made.step()
    assert made.economy.risk["US"] >= 1.0 and made.economy.risk["CN"] >= 1.0


def test_drivers_end_where_their_range_ends() -> None:
    evidence = Evidence(evidence_dir())
    low, mid, high = (past_index(evidence, "polishing", 2009, d)[2012] for d in (-1.0, 0.0, 1.0))
    assert low < mid < high
    assert past_index(evidence, "polishing", 2014, 0.0).keys() == set(range(2015, 2025))
    grown = 1 + np.array(
        [evidence.number("drivers", "polishing", "growth", "history", y) for y in (2010, 2011)]
    )
    assert past_index(evidence, "polishing", 2009, 0.0)[2011] == pytest.approx(grown.prod())
