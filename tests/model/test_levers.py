"""What all levers have in common: whose they are called, and what they refuse."""

import math
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel
from tests.model.worlds import settings, world

from coercivity.experiments.base.paths import evidence_dir
from coercivity.model.agents.vocabulary import UnknownNameError, Vocabulary, check_part, nearest, vocabulary
from coercivity.model.inputs.evidence import Evidence
from coercivity.model.inputs.fields import Dated, Named, annotations, members
from coercivity.model.inputs.instruments import Instrument, instrument_rows
from coercivity.model.inputs.observation import StateView
from coercivity.model.lever import levers
from coercivity.model.network.chain import read_chain

# Settings with which a lever sets something in the view below.
ACTIVE: dict[str, dict[str, Any]] = {
    "benchmarks": {"target": {"mining": 0.1, "separation": 0.4}, "budget": 50.0, "begin": 2020.0},
    "circularity": {"collection": 0.1, "subsidy": 2.0, "budget": 5.0, "adoption": 2.0, "research": 3.0},
    "coercion": {"targets": ["JP"], "start": 0.5, "stop": 0.9},
    "consolidation": {"groups": 6},
    "domestic_first": {"subsidy": {"oxide:*": 0.1}, "keep": {"oxide:Dy": 0.5}},
    "enforcement": {"effort": {"mining": 0.5}},
    "environment": {"charge": {"all": 2.0}, "cap": {"wastewater": 1e9}},
    "export_limit": {"measure": {"ban": {"materials": ["oxide:Dy"], "approval": 0.5}}},
    "export_tax": {"rate": {"oxide:*": 0.1}},
    "friendshoring": {"places": ["AU"], "budget": 100.0, "offtake_cut": 0.01,
                      "floor": {"oxide:Nd": {"price": 100.0, "volume": 10.0}}},
    "import_tariff": {"rate": {"magnet:*": {"CN": 0.25}}},
    "incident": {"between": {"JP": {"2026-02": 1.0}}},
    "joint_venture": {"foreign_share": {"magnet": 0.49}},
    "offtake": {"contract": {"jare": {"materials": ["oxide:Nd"], "origins": ["MY"], "tonnes": 100.0}}},
    "ore_export_ban": {"share": 0.5},
    "outbound_investment": {"places": ["TZ"], "budget": 100.0, "capital_share": 0.2},
    "permitting": {"factor": 0.5},
    "price_policy": {"target": 0.5},
    "production_quota": {},
    "reserve": {"value": {"oxide:Dy": 60.0}},
    "retaliation": {"against": ["JP"], "tariff": {"magnet:*": 0.2}, "withhold": ["oxide:*"]},
    "seabed_diplomacy": {"delay": 2.0},
    "seabed_permit": {"start": "2025-01", "programme": 1.0, "support": 1.0},
    "separation_quota": {"tonnes": 1000.0},
    "stockpile": {"days": {"oxide:Dy": 90}},
    "stoppage": {"share": {"mining": 0.5}},
    "support_purchases": {"materials": ["oxide:Dy"], "buy_below": 1.5, "sell_above": 3.0},
    "technology_ban": {"in_force": 1.0},
    "vat_refund": {"share": {"oxide:*": 0.5}},
}  # fmt: skip
VIEW = StateView(
    "CN", "2026-02-15", 0.25, prices={"oxide:Nd": 90.0, "oxide:Dy": 300.0},
    base_prices={"oxide:Nd": 60.0, "oxide:Dy": 250.0}, annual_use={"oxide:Dy": 1000.0}, stocks={}, risk=0.0,
    quotas={"light": 1e5}, output={"oxide:Dy": 1000.0}, relations={"JP": 0.0}, cooled={"JP": 1.0},
    restricted_by={"JP": 1.0}, offered={"oxide:Dy": 300.0},
)  # fmt: skip


@cache
def decided(name: str) -> tuple[Instrument, ...]:
    """What a lever sets in the view."""
    assert name in ACTIVE, f"give settings with which {name} acts, in ACTIVE"
    return levers()[name](**ACTIVE[name]).in_chain(settings().chain).decide(VIEW, 1.0)


@pytest.mark.parametrize("name", sorted(levers()))
def test_what_a_lever_sets_is_recorded_under_its_own_name(name: str) -> None:
    set_ = decided(name)
    assert set_, "give settings with which it acts, in ACTIVE"
    assert {instrument.lever for instrument in set_} == {name}
    rows = list(instrument_rows(set_))
    assert rows
    assert {(state, lever) for state, lever, *_ in rows} == {("CN", name)}


def test_public_money_stands_in_the_table_under_the_lever_that_spends_it() -> None:
    given = {name: ACTIVE[name] for name in ("outbound_investment", "circularity", "support_purchases")}
    table = world(levers={"china": given}, steps=1).tables()["levers"]
    spent = table[(table.state == "CN") & (table.parameter == "budget")]
    assert dict(zip(spent.lever, spent.value, strict=True)) == {
        "outbound_investment": 100.0,
        "circularity": 5.0,
    }
    assert not {"friendshoring", "stockpile"} & set(table[table.state == "CN"].lever)


GOOD = {"month": "2026-01", "material": "oxide:Dy", "jurisdiction": "JP", "pollutant": "co2",
        "stage": "mining", "ore": "light", "family": "bayan_obo", "use": "defence",
        "plant": "kuantan"}  # fmt: skip
Place = tuple[str, Callable[[Any], Any]]  # what stands there, and a value of the whole with it in its place


def good(wanted: Any) -> Any:
    """A value that a type takes."""
    notes = getattr(wanted, "__metadata__", ())
    kind = members(wanted)[0]
    if named := [note for note in notes if isinstance(note, Named)]:
        return GOOD[named[0].kind]
    if dated := [note for note in notes if isinstance(note, Dated)]:
        return 1.0 if dated[0].le is None else min(1.0, dated[0].le)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = annotations(kind)
        return {name: good(fields[name]) for name, info in kind.model_fields.items() if info.is_required()}
    args = get_args(kind)
    if get_origin(kind) is dict:
        return {good(args[0]): good(args[1])}
    if get_origin(kind) is list:
        return [good(args[0])]
    return args[0] if args else {str: "x", bool: True}.get(kind, 1.0)


def places(wanted: Any) -> Iterator[Place]:
    """Every place within a type where a name, a schedule or a number stands."""
    notes, kind = getattr(wanted, "__metadata__", ()), members(wanted)[0]
    if named := [note for note in notes if isinstance(note, Named)]:
        yield named[0].kind, lambda given: given
    elif any(isinstance(note, Dated) for note in notes):
        yield "schedule", lambda given: given
    elif kind is float:
        yield "number", lambda given: given
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, inner in annotations(kind).items():
            for what, put in places(inner):
                yield what, lambda given, name=name, put=put: {**good(kind), name: put(given)}
    elif get_origin(kind) is dict:
        args = get_args(kind)
        for what, put in places(args[0]):
            yield what, lambda given, put=put: {put(given): good(args[1])}
        for what, put in places(args[1]):
            yield what, lambda given, put=put: {good(args[0]): put(given)}
    elif get_origin(kind) is list:
        for what, put in places(get_args(kind)[0]):
            yield what, lambda given, put=put: [put(given)]


EVERY = [(lever, field, what, put) for lever, schema in levers().items()
         for field, wanted in annotations(schema).items() for what, put in places(wanted)]  # fmt: skip
WRONG: dict[str, list[Any]] = {
    "month": ["2025-4", "2025-13", "2025", 2025, "2025-04-01", date(2025, 4, 1), "1979-01", "²025-04", False],
    "schedule": [False, True, math.nan, math.inf, "off", [1.0], {"2025-4": 1.0}, {2025: 1.0},
                 {"2025-04": False}, {date(2026, 1, 1): 1.0}, {"2025-04": {"a": 1.0}}, {"2025-04": math.nan}],
    "number": [False, True, math.nan, math.inf, "off", [1.0]],
}  # fmt: skip


@pytest.mark.parametrize("what", sorted({what for *_, what, _ in EVERY}))
def test_every_lever_refuses_what_is_no_month_number_or_known_name(what: str) -> None:
    known = vocabulary_of_the_base_year()
    at = [(lever, field, put) for lever, field, kind, put in EVERY if kind == what]
    for lever, field, put in at:
        schema = levers()[lever]
        right = GOOD.get(what)  # null stands for nothing in every schedule
        if what != "number":  # a number's range is its own affair
            check_part(schema(**{field: put(right)}).in_chain(settings().chain), (lever,), known)
        for given in WRONG.get(what, [False, f"{right}x", "oxide:Dx", "Japan", ""]):
            with pytest.raises((ValueError, UnknownNameError)):
                made = schema(**{field: put(given)})
                check_part(made, (lever,), known)
                made.in_chain(settings().chain)
                pytest.fail(f"{lever}.{field} takes {put(given)}")


@cache
def vocabulary_of_the_base_year() -> Vocabulary:
    """Names of the usual chain."""
    evidence, given = Evidence(evidence_dir()), settings()
    return vocabulary(evidence, read_chain(evidence, given.market.base_year, given.chain))


def test_null_stands_for_nothing_wherever_a_group_a_list_or_an_entry_may_stand() -> None:
    made = levers()["friendshoring"](
        places=None, floor={"oxide:Nd": None, "oxide:Pr": {"price": None, "volume": 1}}
    )
    assert made.places == []
    assert [floor.price for floor in made.floor.values()] == [None]
    for lever, field, what, put in EVERY:
        if what == "schedule":
            levers()[lever](**{field: put(None)})
            levers()[lever](**{field: None})


def test_a_word_for_a_part_of_the_chain_means_the_same_in_every_lever() -> None:
    limit = {"measure": {"all": {"materials": ["made"], "approval": 0.5}}}
    made = levers()["export_limit"](**limit).in_chain(settings().chain)
    assert made.measure["all"].materials == ["oxide:*", "metal:*", "magnet:*"]
    assert list(levers()["export_tax"](rate={"separated": 0.1}).in_chain(settings().chain).rate) == [
        "oxide:*"
    ]


@pytest.mark.parametrize(
    ("word", "meant"),
    [("oxide:Dysprosium", "oxide:Dy"), ("oxide:neodymium", "oxide:Nd"), ("Terbium", "oxide:Tb"),
     ("oxid:Dy", "oxide:Dy"), ("oxides:*", "oxide:*"), ("magnet:high-coercivity", "magnet:high_coercivity"),
     ("magnet", "magnet:*"), ("Magnets", "magnet:*"), ("Dy", "oxide:Dy")],
)  # fmt: skip
def test_a_material_that_is_unknown_is_told_with_the_one_that_was_meant(word: str, meant: str) -> None:
    assert nearest(word, vocabulary_of_the_base_year()["material"]) == meant


@pytest.mark.parametrize(
    ("word", "meant"),
    [("Japan", "JP"), ("usa", "US"), ("united_states", "US"), ("Europe", "EU"), ("Chna", "CN"),
     ("CHN", "CN"), ("Austalia", "AU"), ("Korea", "KR"), ("Taiwan", ""), ("TW", ""), ("GBR", ""),
     ("Norway", "EU"), ("Indonesia", "")],
)  # fmt: skip
def test_a_jurisdiction_that_is_unknown_is_told_with_the_one_that_was_meant(word: str, meant: str) -> None:
    assert nearest(word, vocabulary_of_the_base_year()["jurisdiction"]) == meant
