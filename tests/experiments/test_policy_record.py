"""Rules of states against the record of policy: what is read from a run, and how it is scored."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coercivity.experiments.base.paths import conf_dir, evidence_dir
from coercivity.experiments.config.evidence_reader import read_evidence
from coercivity.experiments.runs.run import build_world
from coercivity.experiments.studies import policy_fit as fit
from coercivity.experiments.studies.policy_record import (
    PATH,
    base_rates,
    cells,
    flags,
    record,
    replay_without_measures,
    rule_sets,
    score,
    settings,
)

DOCS = Path(__file__).parents[2] / "docs"
PERIODS = list(settings()["replays"])


def test_what_states_had_in_force_is_read_from_the_tables_of_a_run() -> None:
    rows = [
        ("2016-03", "CN", "export_limit", "CN heavy to JP", 0.4),
        ("2017-03", "CN", "export_limit", "CN heavy to US", 1.0),
        ("2018-03", "JP", "friendshoring", "budget", 40.0),
        ("2019-03", "JP", "friendshoring", "capital share", 0.3),
        ("2017-09", "TZ", "ore_export_ban", "TZ ore export ban", 0.1),
    ]
    columns = ["date", "state", "lever", "parameter", "value"]
    found = flags({"levers": pd.DataFrame(rows, columns=columns)})
    assert {(name, year) for _, name, year in found} == {("JP", 2016), ("JP", 2018), ("TZ", 2017)}


def test_who_does_what_the_record_has_scores_best_and_who_does_nothing_is_never() -> None:
    exact = frozenset((s.instrument, s.name, year) for s in record() for year in s.years)
    found = {period: [exact] for period in PERIODS}
    first, later = (cells(found, period) for period in PERIODS)
    best = score(later, base_rates(first), np.random.default_rng(1))
    assert (best.brier, best.skill[0], best.peirce[0]) == (0.0, 1.0, 1.0)
    assert (best.hits, best.alarms) == (best.had, 0)
    nothing = score(
        cells({p: [frozenset()] for p in PERIODS}, PERIODS[1]), base_rates(first), np.random.default_rng(1)
    )
    assert nothing.brier == pytest.approx(nothing.others["never"])
    assert (nothing.hits, nothing.alarms, nothing.peirce[0]) == (0, 0, 0.0)


def test_replays_hold_no_measure_and_every_role() -> None:
    ruled = settings()["roles_of"]
    for period in PERIODS:
        states = replay_without_measures(period, 0).values["state"]
        levers = states["china"]["lever"]
        assert not levers["export_limit"].get("measure")
        assert set(levers["incident"]["between"]) == set(settings()["incidents"])
        assert states["japan"]["role"]["importer"]["sources"] == ["CN"], ruled


def test_the_page_tells_the_hash_of_what_was_registered() -> None:
    digest = hashlib.sha256((conf_dir() / PATH).read_bytes()).hexdigest()
    assert digest in (DOCS / "policy-record.md").read_text(encoding="utf-8")


def test_rules_known_by_2014_are_dated_fitted_and_registered() -> None:
    plan = fit.plan()
    assert fit.set_hash() == plan["sha256"]
    facts = list(read_evidence(evidence_dir()).facts(plan["rules"]))
    assert max(int(fact.year) for fact in facts) <= 2014
    given = {(fact.entity, fact.attribute, fact.item): float(fact.value) for fact in facts}
    response, japan = fit.best(fit.read(DOCS / fit.DATA))
    assert given["all", "importer", "response"] == response
    assert given["JP", "importer", "base"] == japan
    replay = replay_without_measures(PERIODS[1], 0, rule_sets()[plan["rules"]])
    world = build_world(replay, evidence_dir())
    [tokyo] = [state for state in world.states if state.place == "JP"]
    [importer] = tokyo.strategy.answers
    assert (importer.settings.base, importer.settings.most) == (japan, given["JP", "importer", "most"])


def test_the_likeliest_point_wins_and_equals_go_to_what_stood_before() -> None:
    columns = ["chance", "record"]
    right, wrong = (pd.DataFrame([(p, 1.0), (0.0, 0.0)], columns=columns) for p in (1.0, 0.0))
    tables = {0.05: right, 0.1: right, 0.2: wrong}

    def fates(point: tuple[float, float, int]) -> pd.DataFrame:
        return tables.get(point[0], wrong)

    tried = fit.run_grid(fates, 1, lambda _line: None)
    likely = {response: value for response, _, value in tried}
    assert likely[0.05] == likely[0.1] == pytest.approx(2 * np.log(5.5 / 6))
    assert likely[0.1] > likely[0.2]
    assert fit.best(tried) == (0.1, 0.02)
