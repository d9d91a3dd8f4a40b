"""A quick share of the fuzz, and that its judge sees what it is there to see; `make fuzz` does all of it."""

import math
import os
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

from coercivity.model.behaviour import rows
from fuzz import judge as judging
from fuzz import processes
from fuzz.cases import KINDS, Case, case
from fuzz.judge import CERTIFIED, FAULT, PLAIN, REFUSED, judge, run

SEED = 5
QUICK = range(54)


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """No case is late because the clearing is compiled for this machine."""
    run(PLAIN)


@pytest.mark.parametrize("number", QUICK)
def test_a_generated_input_ends_in_a_sentence_or_a_certified_run(number: int) -> None:
    verdict = judge(case(SEED, number))
    assert verdict.outcome != FAULT, f"{verdict.said} ({verdict.where}): {case(SEED, number).told()}"


def test_a_case_is_told_by_its_seed_and_number() -> None:
    some = [case(3, number) for number in range(len(KINDS))]
    assert some == [case(3, number) for number in range(len(KINDS))]
    assert some != [case(4, number) for number in range(len(KINDS))]


def test_the_plainest_run_is_certified_and_a_mistake_refused() -> None:
    assert judge(PLAIN).outcome == CERTIFIED
    assert judge(Case(0, "raw", PLAIN.chain, (*PLAIN.overrides, "seed=-1"))).outcome == REFUSED


@pytest.mark.parametrize(
    ("table", "column", "value", "said"),
    [
        ("prices", "price", math.nan, "NaN in prices.price"),
        ("accounts", "usd", math.inf, "infinite accounts.usd"),
        ("stocks", "tonnes", -1.0, "negative stocks.tonnes"),
        ("uses", "shortage", 1.1, "a share over 100 % in uses"),
        ("certificates", "mass", 1e-3, "certificate: mass"),
    ],
)
def test_an_impossible_number_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, table: str, column: str, value: float, said: str
) -> None:
    real = judging.simulate

    def spoilt(*args: Any) -> tuple[Mapping[str, pd.DataFrame], pd.DataFrame]:
        tables, timing = real(*args)
        tables[table].loc[tables[table].index[-1], column] = value
        return tables, timing

    monkeypatch.setattr(judging, "simulate", spoilt)
    verdict = judge(PLAIN)
    assert (verdict.outcome, verdict.where) == (FAULT, "tables")
    assert verdict.said.startswith(said)


@pytest.mark.parametrize(
    ("error", "where"),
    [
        (KeyError("oxide:Dy"), "KeyError"),
        (judging.UserError("Could not override 'a'"), "words: Could not override"),
    ],
)
def test_a_crash_or_another_programs_words_are_a_fault(
    monkeypatch: pytest.MonkeyPatch, error: Exception, where: str
) -> None:
    def failing(*_: Any) -> None:
        raise error

    monkeypatch.setattr(judging, "simulate", failing)
    verdict = judge(PLAIN)
    assert (verdict.outcome, verdict.where) == (FAULT, where)


BAN = ("scenario=gallium_ban_2024", "clock.start=2024-10", "clock.end=2025-04")
ENDS = [
    (f"firm.{group}.{name}", end)
    for group, parameters in rows().items()
    for name, row in parameters.items()
    for end in (row.most, row.least if row.above is None else row.above + 1e-6)
]


@pytest.mark.proof
@pytest.mark.parametrize(("key", "end"), ENDS)
def test_every_number_of_behaviour_may_stand_at_its_bounds(key: str, end: float) -> None:
    verdict = judge(Case(0, "overrides", "gallium_germanium", (*BAN, f"{key}={end}")))
    assert verdict.outcome != FAULT, f"{verdict.said} ({verdict.where})"


@pytest.mark.proof
def test_a_process_that_dies_or_ends_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of every three cases kill their process; every one is told of all the same."""
    monkeypatch.setattr(processes, "FRESH", 1)
    monkeypatch.setattr(processes, "_serve", _die_often)
    found = {one["number"]: one["outcome"] for one in processes.judged(0, range(6), 2)}
    assert found == {0: REFUSED, 1: FAULT, 2: FAULT, 3: REFUSED, 4: FAULT, 5: FAULT}


def _die_often(pipe: Any, _seed: int) -> None:
    while (number := pipe.recv()) % 3 == 0:
        pipe.send({"number": number, "outcome": REFUSED})
    os._exit(1)
