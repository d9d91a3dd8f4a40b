"""What replays are made of: recorded output, past drivers, holders of a tonnage, scripted fright."""

import numpy as np
import pytest

from coercivity.experiments.base.paths import evidence_dir
from coercivity.experiments.config.compose import compose, recompose
from coercivity.model.assembly.history import account_factor, mine_kinds, output_factor
from coercivity.model.inputs.evidence import Evidence, EvidenceError
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
    economy = made.economy
    room = 0.0
    for kind, mines in mine_kinds(economy).items():
        factor = output_factor(made.evidence, kind, 2009, 2010, "CN")
        room += factor * sum(economy.chain.facilities[at].output for at in mines)
    assert 4 * mined.max() <= room * (1 + 1e-6)


@pytest.mark.parametrize("name", ["replay_2005_2014", "replay_2015_2024"])
def test_a_base_year_clears_at_its_record_where_output_is_the_record(name: str) -> None:
    """What was mined then is no dearer to mine: squeezed room had neodymium 11 % above its record."""
    economy = World(compose([f"scenario={name}"]).settings, evidence_dir()).economy
    for element in ("La", "Ce", "Pr", "Nd", "Eu", "Tb", "Dy"):
        node = economy.supply.node("CN", f"oxide:{element}")
        assert economy.first_price[node] == pytest.approx(economy.listed[node], rel=0.07), element


def test_magnets_are_wanted_as_the_account_has_them() -> None:
    """Its levels, not its growth from another start: the base year of 2009 is above the recession."""
    made = replayed(0)
    economy = made.economy
    services = economy.base.multiplier["magnet tonnage"]
    for use in ("electronics", "industrial_motors"):
        at = [u.name for u in economy.chain.uses].index(use)
        fact = made.evidence.find("account_2014", f"use.{use}", "account", "counted", 2012)
        assert fact is not None
        wanted = economy.paths.at(2012.5)[at].sum() * services / economy.paths.level
        assert wanted == pytest.approx(fact.number, rel=1e-6)


def test_licensed_makers_keep_their_share_while_the_patent_lasts() -> None:
    made = replayed(6)
    limits = made.tables()["limits"]
    held = limits[limits["limit"].str.startswith("CN patents")]
    assert set(held["limit"].str.rpartition("|")[2]) == {"JP", "EU", "US"}
    assert (held["used"] <= held["allowed"] * (1 + 1e-6)).all() and held["rent"].max() > 0


def test_undocumented_output_is_of_its_ore() -> None:
    """Light ore and clays that no quota counts each follow a record of their own."""
    kinds = mine_kinds(replayed(0).economy)
    assert set(kinds) == {"light", "heavy", "illicit_light", "illicit_heavy"}
    assert all(kinds.values())


def test_a_replay_follows_the_account_it_may_know() -> None:
    """To 2014 the account of what was known then, however later ones judge; a use it has not, its drivers."""
    evidence = Evidence(evidence_dir())
    then = evidence.until(2014)
    early = past_index(then, "electronics", 2009, 0.0, "account")
    late = past_index(evidence, "electronics", 2009, 0.0, "account")
    assert max(early) == 2014
    assert max(late) == 2024
    assert early[2014] != late[2014]
    assert past_index(then, "electronics", 2009, -1.0, "account")[2014] < early[2014]
    assert past_index(then, "polishing", 2009, 0.0, "account") == past_index(then, "polishing", 2009, 0.0)
    assert account_factor(then, "mined.light", 2009, 2014) > 1
    with pytest.raises(EvidenceError, match="no account has it"):
        account_factor(then, "mined.moon", 2009, 2014)


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
