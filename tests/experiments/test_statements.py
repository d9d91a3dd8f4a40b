"""What texts of scenarios and pages state of settings and of each other is so."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.remarks import remarks
from coercivity.experiments.config.strategies import StrategyParameters
from coercivity.model.lever import levers

DOCS = Path(__file__).parents[2] / "docs"
SCENARIOS = sorted(path.stem for path in (conf_dir() / "scenario").glob("*.yaml"))
KEY = r"[a-z0-9]+(?:_[a-z0-9]+)+"


def settings_of(scenario: str) -> dict[str, Any]:
    """Every setting of a scenario by its key, without what it says of itself."""
    return {key: value for key, value in _flat(compose([f"scenario={scenario}"]).values) if key != "scenario"}


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{before}{key}.")
        elif not before.startswith("about"):
            yield f"{before}{key}", value


def different(one: str, other: str) -> set[str]:
    """Keys in which two scenarios differ."""
    mine, theirs = settings_of(one), settings_of(other)
    return {key for key in mine.keys() | theirs.keys() if mine.get(key) != theirs.get(key)}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_purpose_names_what_there_is(scenario: str) -> None:
    """Scenarios, levers, or keys and entries of the scenario itself."""
    made = compose([f"scenario={scenario}"])
    parts = {part for key, _ in _flat(made.values) for part in key.split(".")}
    known = {*SCENARIOS, *levers(), *parts}
    assert set(re.findall(KEY, str(made.values["about"]["purpose"]))) <= known


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_scenario_that_is_shipped_does_less_than_it_seems_to(scenario: str) -> None:
    assert remarks(compose([f"scenario={scenario}"])) == []


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("japan_halt_2010", "japan_halt_2010_without", r"market\.alarm.*|.*\.measure\.halt_japan\..*"),
        ("stockpile_insurance", "stockpile_insurance_without", r"state\.\w+\.lever\.stockpile.*"),
        ("gallium_ban_2024", "gallium_licences_2023", r".*\.export_limit\.measure\..*"),
        ("africa_to_china", "africa_to_allies", r"state\.\w+\.lever\.outbound_investment.*"),
    ],
)
def test_scenarios_that_ask_to_be_compared_differ_in_what_they_are_about_alone(
    one: str, other: str, apart: str
) -> None:
    found = different(one, other)
    assert found
    assert {key for key in found if not re.fullmatch(apart, key)} == set()


def test_allies_spend_on_africa_what_china_does_and_what_is_dug_is_tied() -> None:
    both = [settings_of(f"africa_to_{who}") for who in ("china", "allies")]
    spent = [sum(v for k, v in one.items() if k.endswith("outbound_investment.budget")) for one in both]
    assert spent[0] == spent[1] > 0
    assert both[0]["state.china.lever.outbound_investment.tie"] > 0


def test_the_page_states_by_how_much_a_quota_may_grow_and_what_a_tariff_leaves_out() -> None:
    page = (DOCS / "model.md").read_text(encoding="utf-8")
    (line,) = (line for line in page.splitlines() if line.startswith("| (D.1)"))
    most = re.search(r"most (\d+) % unless the lever's `clip` says else", line)
    assert most is not None
    assert levers()["production_quota"].model_fields["clip"].default == int(most[1]) / 100
    assert "leave out what a licence is worth on top" in page


def test_draws_of_a_posterior_are_told_to_be_shipped_only_if_they_are() -> None:
    page = (DOCS / "experiments.md").read_text(encoding="utf-8")
    (line,) = (line for line in page.splitlines() if line.startswith("| `posterior` |"))
    heads = {path: path.read_text(encoding="utf-8").partition("\n")[0] for path in conf_dir().rglob("*.csv")}
    shipped = [path for path, head in heads.items() if "weight" in head.split(",")]
    assert ("none is shipped" in line) == (not shipped)


def test_the_page_of_the_model_has_the_ranges_of_what_strategies_take() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| ([\d.]+) \| (above )?([\d.]+) \| ([\d.]+) \| \w",
        (DOCS / "model.md").read_text("utf-8"),
        re.M,
    )
    told = {name: tuple(map(float, (default, low, high))) for name, default, _, low, high in rows}
    found = {}
    for name, field in StrategyParameters.model_fields.items():
        ends = {
            key: getattr(one, key)
            for one in field.metadata
            for key in ("ge", "gt", "le")
            if hasattr(one, key)
        }
        found[name] = (field.default, ends.get("ge", ends.get("gt")), ends["le"])
    assert told == found
