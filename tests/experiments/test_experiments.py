"""Experiments and the pages they write: every name in them is one that there is."""

import re
from pathlib import Path

import pytest

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
