"""Chances of what owners did, counted over replays."""

import pandas as pd

from coercivity.experiments.studies.owners import FITTED, LATER, Deeds, judge, read_deeds

IDLE = dict.fromkeys(range(2015, 2018), 0.0)
BACK = Deeds({**IDLE, 2018: 9000.0}, {2015: 900.0, 2024: 5000.0}, None, {})
DEAD = Deeds(IDLE, {2015: 900.0}, None, {"mp_materials": 2015, "lynas": 2016})
STEADY = Deeds(dict.fromkeys(range(2015, 2025), 4000.0), {2015: 900.0, 2024: 5000.0}, None, {})


def test_futures_that_do_what_owners_did_are_counted() -> None:
    early = [Deeds({}, {}, year, {}) for year in (2012, 2013, 2014, None)]
    rows = judge({FITTED: early, LATER: [BACK, DEAD, STEADY]})
    assert [(yes, count) for _, _, yes, count, _, _ in rows] == [(2, 4), (2, 3), (1, 3), (2, 3)]
    assert all(0.0 <= low < yes / count < high <= 1.0 for _, _, yes, count, low, high in rows)


def test_what_owners_did_is_read_from_the_tables_of_a_run() -> None:
    rows = [
        ("2015-01", "mountain_pass", "mining", 3000.0),
        ("2015-07", "mountain_pass", "mining", 1000.0),
        ("2015-07", "mountain_pass_phoenix", "separation", 400.0),
        ("2016-01", "kuantan", "separation", 700.0),
    ]
    told = [
        ("2012-10-01", "lynas", "plant opened", "kuantan"),
        ("2015-04-01", "mp_materials", "bankruptcy", "mountain_pass"),
        ("2023-04-01", "mp_materials", "bankruptcy", "mountain_pass"),  # again: the first one counts
    ]
    found = read_deeds(
        {
            "activity": pd.DataFrame(rows, columns=["date", "plant", "stage", "tonnes"]),
            "events": pd.DataFrame(told, columns=["date", "actor", "kind", "target"]),
        }
    )
    assert found == Deeds({2015: 4000.0}, {2016: 700.0}, 2012, {"mp_materials": 2015})
