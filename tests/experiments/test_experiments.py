"""Experiments and the pages they write: every name in them is one that there is."""

import re
from pathlib import Path

import pytest

from coercivity.experiments.studies import fronts

DOCS = Path(__file__).parents[2] / "docs"


def test_every_fact_is_judged_and_its_runs_compose() -> None:
    from coercivity.experiments.config.compose import compose
    from coercivity.experiments.studies.fact_list import JUDGES
    from coercivity.experiments.studies.facts import settings

    told = settings()
    assert list(told["facts"]) == list(JUDGES)
    for words in told["runs"].values():
        compose(words)
    for fact in told["facts"].values():
        assert set(fact["runs"]) <= set(told["runs"])


def test_the_page_of_facts_has_every_fact_and_its_figure() -> None:
    from coercivity.experiments.studies.facts import settings

    text = (DOCS / "stylised-facts.md").read_text(encoding="utf-8")
    for name, fact in settings()["facts"].items():
        assert fact["claim"] in text
        assert (DOCS / "figures" / "facts" / f"{name}.png").is_file()
    assert len(re.findall(r"\*\*(?:Held|Not held)\.\*\*", text)) == len(settings()["facts"])


def test_the_page_of_mechanisms_is_what_the_register_says() -> None:
    """`coercivity experiment mechanisms` writes the page anew when a mechanism comes, goes or changes."""
    from coercivity.experiments.studies.mechanisms import DATA, read, render

    page = (DOCS / "mechanisms.md").read_text(encoding="utf-8")
    now = render(read(DOCS / DATA))
    assert page == now, "the register has changed: `coercivity experiment mechanisms` writes the page anew"


def test_the_page_of_strategies_is_what_was_found() -> None:
    from coercivity.experiments.config.compose import compose
    from coercivity.experiments.studies.strategies import DATA, PLAIN, Case, _page, _read, settings, words

    assert (DOCS / "strategies.md").read_text(encoding="utf-8") == _page(_read(DOCS / DATA))
    for player in settings()["players"]:
        compose(words(Case(settings()["scenarios"][0], 0, player, PLAIN)))


def test_every_mechanism_can_be_put_to_the_test() -> None:
    from coercivity.experiments.config.compose import compose
    from coercivity.experiments.studies.mechanisms import tests

    for (kind, name), test in tests().items():
        assert test.off, f"{kind} {name}: no scenario sets it and conf/trial/mechanisms.yaml has no example"
        for words in (test.on, test.off):
            compose(words)


@pytest.mark.parametrize("words", (("nonsense",), ("strategies", "--seeds", "0")))
def test_a_wrong_experiment_is_named(words, typed_here) -> None:  # type: ignore[no-untyped-def]
    got = typed_here("experiment", *words)
    assert got.code == 2
    assert len(got.err.strip().splitlines()) == 1


def test_weights_at_which_a_choice_changes_are_where_two_tries_are_worth_the_same() -> None:
    """Two of three tries are on the front of cost and loss, and each switch is where their lines cross."""
    flat = dict.fromkeys(fronts.TERMS, 0.0)

    def tried(option: str, cost: float, saved: float, bad: float) -> fronts.Try:
        return fronts.Try(option, 1.0, {**flat, "fiscal": -cost, "security": saved}, saved - cost, bad)

    tries = [
        tried("as_set", 0.0, 0.0, -1.0),
        tried("stocks", 10.0, 15.0, 2.0),
        tried("waste", 12.0, 14.0, 6.0),
    ]
    assert fronts.front([(-t.terms["fiscal"], -t.terms["security"]) for t in tries]) == [0, 1]
    told = list(fronts._changes(tries, 0.0, 4.0))
    assert told == [
        "over 1.5 times the weight of `fiscal`: as_set",
        "under 0.67 times the weight of `security`: as_set",
        "with 0.43 of the weight on the bad case: waste",
    ]
