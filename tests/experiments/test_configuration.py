"""What the command line and scenario files may say, and how they are told where they may not."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.compose import Composed, compose
from coercivity.experiments.config.remarks import remarks
from coercivity.experiments.config.validate import compose_file
from coercivity.experiments.validation.files import check

POOLED, FRIENDS = "scenario=friendshoring_pooled", "state.united_states.lever.friendshoring"
LIMIT = "state.china.lever.export_limit.measure"
HEADER = "# @package _global_\nabout: {title: A, source: B, purpose: C}\n"


def lever_settings(composed: Composed, state: str, lever: str) -> Any:
    """What a state's lever is set to."""
    return (composed.settings.state[state].lever or {}).get(lever)


@pytest.mark.parametrize("said", ["floor={}", "floor=null", "floor={'oxide:Nd':null,'oxide:Pr':null}"])
@pytest.mark.parametrize("sign", ["", "++"])
def test_an_entry_of_a_scenario_can_be_taken_away(said: str, sign: str) -> None:
    from coercivity.model.lever import levers

    made = levers()["friendshoring"](
        **lever_settings(compose([POOLED, f"{sign}{FRIENDS}.{said}"]), "united_states", "friendshoring")
    )
    assert made.floor == {}
    assert made.budget == 1000.0


@pytest.mark.parametrize(
    "said", [f"{FRIENDS}={{}}", f"{FRIENDS}=null", f"~{FRIENDS}", "state.united_states.lever={}"]
)
def test_a_whole_lever_of_a_scenario_can_be_taken_away(said: str) -> None:
    assert not lever_settings(compose([POOLED, said]), "united_states", "friendshoring")


def test_an_empty_group_in_a_file_empties_what_the_file_builds_on(tmp_path: Path) -> None:
    file = tmp_path / "without.yaml"
    empty = {"united_states": {"lever": {"friendshoring": {"floor": {}}}}}
    file.write_text(yaml.safe_dump({"defaults": ["friendshoring_pooled", "_self_"], "state": empty}))
    assert lever_settings(compose_file(file), "united_states", "friendshoring")["floor"] == {}
    assert lever_settings(compose_file(file), "united_states", "friendshoring")["budget"] == 1000.0


def test_options_of_a_state_can_be_taken_away() -> None:
    assert "open" in compose([]).settings.state["china"].options
    for said in ("state.china.options.open=null", "~state.china.options.open", "state.china.options={}"):
        assert "open" not in compose([said]).settings.state["china"].options


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("~experiment=5.7", "no key `experiment`"),
        ("~" + "a" * 300, "has no key"),
        ("seed=" + "9" * 5000, "too many digits"),
        ("+market.elasticity=2", "there already"),
        ("hydra/launcher=joblib", "Hydra's own settings"),
        ("hydra@x=1", "Hydra's own settings"),
        ("scenario=null", "takes the name of a file, not null"),
        ("clock.end=2025-06", "inside a quarter that begins in 2025-04; give 2025-04 or 2025-07"),
        ("clock.end=2025-06-01", "is not a month"),
        ("chain.evidence=../../etc", "name of a folder inside conf/evidence"),
        ("chain.evidence=/etc", "name of a folder inside conf/evidence"),
        ("state.usa.strategy=rule", "did you mean `united_states`?"),
        ("state.jp.strategy=rule", "did you mean `japan`?"),
        ("state.china.lever.export_quota.x=1", "did you mean `export_limit`?"),
        ("state.china.lever.stockpile.days=90", 'such as {"oxide:Dy": 180'),
        ("state.china.lever.stockpile=90", "not 90; it has `active`, `days`,"),
        ("state.china.lever.stockpile.days={oxide:Dy: 90}", 'in quotes: {"oxide:Dy": 90}'),
        ('state.japan.lever.import_tariff.rate={"oxide:Dy": 0.2}', 'such as {"magnet:*": {"CN": 0.25}}'),
        ("clock.end=2025-4", "`2025-4` is not a month; write YYYY-MM, such as 2025-04"),
        ("clock.start=2025/01", "such as 2025-01"),
        ("clock.step=annual", "did you mean `year`?"),
        ("end=2030-01", "did you mean `clock.end`?"),
        ("elasticity=2", "did you mean `market.elasticity` or `firm.inventory.elasticity` or"),
        ("market/elasticity=2", "did you mean `market.elasticity`?"),
        ("MARKET:Elasticity=2", "did you mean `market.elasticity`?"),
        ("market.elasticity = 2", "without blanks: market.elasticity=2"),
        ("market.elasticity=0,5", "a decimal is written with a point"),
        ("seed=1_000", "`1_000` is not in plain digits"),
        ("market.elasticity=０.5", "`０.5` is not in plain digits"),
        (f'{LIMIT}.m={{materials: [x], approval: {{"2025-04": 0_5}}}}', "`0_5` is not in plain digits"),
        (f'{LIMIT}.m={{materials: [x], approval: {{"2025-04": 0,5}}}}', "a decimal is written with a point"),
        ("about.title=Überfluss", "stand in quotes"),
        ("state.china.lever.export_tariff.rate=1", "did you mean `export_tax`?"),
        ('state.japan.lever.stockpile.days={"oxide:Dy": 90 days}', "write 90"),
        (f"{LIMIT}.m={{materials: [oxide:Dy], approval: 50%}}", "write 0.5"),
        (
            f'{LIMIT}.m={{materials: "oxide:Dy", approval: 0}}',
            """not 'oxide:Dy'; write ["oxide:Dy"]""",
        ),
        (f'{LIMIT}.m={{materials: [x], approval: {{"2025-04": 0, "2025-04": 1}}}}', "`2025-04` stands twice"),
        ("firm.thrift.sigma_short=1000000", "at most 100"),
        ("firm.grey.leak=2", "at most 1"),
        ("firm.grey={" + ",".join(f"{letter * 99}:1" for letter in "abcdef") + "}", "more"),
        ("firm.inventory.elasticity=100", "at least 0.1 and at most 5"),
        ('state.china.lever.domestic_first.subsidy={"oxide:*": 1}', "must be at least 0 and at most 0.99"),
        ("firm.knowhow.premium_metal=0", "at least 0.1"),
        ("firm.knowhow.experience_years=0", "at least 0.1"),
        ("market.demand_level=" + "[" * 3000, "market.demand_level"),
        ("market.demand_scenario=null", "cannot be `null`: it is one of"),
        ("state.china.parameters.horizon=nan", "must be a finite number"),
        ("state.china.parameters.horizon=1e6", "at most 50"),
        ("state.china.parameters.discount=-1", "of what comes a year later: at least 0 and at most 1"),
        ("state.japan.parameters.risk_response=true", "must be a number, not true"),
        ("state.japan.parameters.most=0", "at least 1"),
        ("state.japan.role.importer.delay=soon", "must be a number, not 'soon'"),
        ("+state.china.role.importer={delay: -1}", "should be greater than or equal to 0, not -1"),
        ("state.china.role={supplier: {stepp: 1}}", "`state.china.role.supplier` has no key `stepp`"),
        ("+state.china.role.suplier={}", "did you mean `supplier`?"),
        ("state.china.lever.technology_ban.in_force=off", "must be a number, or numbers by month, not 'off'"),
        (f"state.japan.lever.stockpile={{release_speed:1{'0' * 400},volumne:2}}", "(455 characters)"),
    ],
)
def test_a_wrong_word_is_answered_in_a_sentence(words: str, said: str) -> None:
    with pytest.raises(UserError) as told:
        compose([words])
    assert said in str(told.value)
    assert len(str(told.value)) < 900


def test_every_parameter_of_a_strategy_has_its_range() -> None:
    """Without one, a look of a million years or a discount of -100 % would be tried."""
    from dataclasses import fields

    from coercivity.experiments.config.strategies import StrategyParameters
    from coercivity.model.strategy import strategies

    taken = {
        field.name: field.default for kind in strategies().values() for field in fields(kind) if field.init
    }
    assert taken == {name: info.default for name, info in StrategyParameters.model_fields.items()}


def test_one_number_takes_the_place_of_a_schedule() -> None:
    said = f"{LIMIT}.licence_2025.approval"
    china = compose(["scenario=restrictions_2025", f"{said}=0.4"]).settings.state["china"]
    assert china.lever["export_limit"]["measure"]["licence_2025"]["approval"] == 0.4


def test_quotes_inside_a_text_are_kept() -> None:
    assert compose(["about.purpose='\"oxide\": x'"]).values["about"]["purpose"] == '"oxide": x'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER + "market: !!set {a, b}\n", "`market` holds a set"),
        (HEADER + "market: !!omap [a: 1]\n", "holds a tuple"),
        (HEADER + "state: {no: 1}\n", "false stands as a key in `state`"),
        (HEADER + "state: {null: 1}\n", "null stands as a key in `state`"),
        (HEADER + "state: {? [a, b] : 1}\n", "unhashable key"),
        (HEADER + "market: " + "{a: " * 2000 + "1" + "}" * 2000 + "\n", "nested more than 30 deep"),
        (HEADER + "market: " + "[" * 2000 + "]" * 2000 + "\n", "nested more than 30 deep"),
        (HEADER + "seed: " + "9" * 5000 + "\n", "too many digits"),
        (
            HEADER + "clock: {start: 2025-01-01}\n",
            "`2025-01-01` is not a month; write YYYY-MM, such as 2025-01",
        ),
        (HEADER + "clock: {start: 2025-13-45}\n", "cannot be read"),
        (HEADER + "chain: {evidence: ../../../etc}\n", "name of a folder inside conf/evidence"),
        ("state: {china: {lever: {export_limt: {}}}}\n", "did you mean `export_limit`?"),
        ("state: {china: {lever: {stockpile: {days: {2026-01-01: 3}}}}}\n", "2026-01-01"),
    ],
)
def test_a_file_that_is_no_plain_configuration_is_refused_in_a_sentence(
    text: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(text)
    with pytest.raises(UserError) as told:
        check(file)
    assert said in str(told.value)


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ({"materials": ["oxide:Dy"], "destinations": ["Japan"], "approval": 0.5}, "did you mean `JP`?"),
        ({"materials": ["oxide:Dysp"], "approval": 0.5}, "did you mean `oxide:Dy`?"),
        ({"materials": ["oxide:Dy"], "refuse": {"defense": 1.0}, "approval": 0.5}, "did you mean `defence`?"),
    ],
)
def test_validate_refuses_what_a_run_refuses(measure: dict[str, Any], said: str, tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(
        yaml.safe_dump({"state": {"china": {"lever": {"export_limit": {"measure": {"a": measure}}}}}})
    )
    with pytest.raises(UserError) as told:
        check(file)
    assert said in str(told.value)


def test_a_measure_that_begins_after_the_run_is_remarked_on_and_one_of_a_state_is_not() -> None:
    (said,) = remarks(compose(["scenario=embargo", "clock.end=2026-01"]))
    assert "measure.embargo.approval` begins in 2026-01" in said
    assert not remarks(compose(["scenario=embargo", "clock.end=2026-04"]))
    assert not remarks(compose(["clock.end=2025-04"]))
    late = [f'{LIMIT}.a={{materials: ["oxide:Dy"], approval: {{"2030-01": 0.5}}}}', "clock.end=2026-01"]
    assert "begins in 2030-01" in remarks(compose(late))[0]


def test_a_tax_that_leaves_the_other_form_free_is_remarked_on() -> None:
    taxes = "state.china.lever.export_tax.rate="
    assert "not metal:Dy" in remarks(compose([taxes + '{"oxide:Dy": 0.2}']))[0]
    assert not remarks(compose([taxes + '{"oxide:Dy": 0.2, "metal:*": 0.1}']))
    tariffs = "state.united_states.lever.import_tariff.rate="
    assert "oxide:Nd, oxide:Pr" in remarks(compose([tariffs + '{"metal:NdPr": {CN: 0.2}}']))[0]


def test_news_outside_the_run_and_a_measure_that_limits_nothing_are_remarked_on() -> None:
    (said,) = remarks(compose(["market.alarm={2024-12: 1, 2025-02: 1, 2025-04: 1}", "clock.end=2025-04"]))
    assert "nobody hears the news of 2024-12, 2025-04" in said
    (said,) = remarks(compose([f'{LIMIT}.a={{materials: ["oxide:Dy"]}}']))
    assert "measure.a` has neither approval nor tonnes: it limits nothing" in said
    assert not remarks(compose([f'{LIMIT}.a={{materials: ["oxide:Dy"], tonnes: 10}}']))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("united_states.lever.friendshoring.end='2024-01'", "over in 2024-01, and the run begins in 2025-01"),
        (
            "china.lever.export_limit.measure.a={materials: [made], approval: {2024-01: 0, 2024-06: null}}",
            "approval`: over in 2024-06",
        ),
        (
            "japan.lever.offtake.contract.a={materials: [oxide:Nd], origins: [], tonnes: 9}",
            "names no origins",
        ),
        (
            "japan.lever.offtake.contract.a={materials: [], origins: [], tonnes: 9}",
            "no materials and no origins",
        ),
        (
            "japan.lever.import_tariff.rate={'magnet:*': {}}",
            "rate.magnet:*` names no origins: it does nothing",
        ),
        ("japan.lever.import_tariff.rate={'magnet:*': {CN: 25}}", "2,500 % of the price; 25 % is 0.25"),
        ("china.lever.export_tax.rate={'magnet:*': {'2025-01': 10}}", "1,000 % of the price; 10 % is 0.1"),
        ("japan.lever.import_tariff.rate={'magnet:*': {CN: 1.5}}", ""),
        ("united_states.lever.friendshoring.end='2025-04'", ""),
        ("japan.lever.offtake.contract.a={materials: [oxide:Nd], origins: [MY], tonnes: 9}", ""),
    ],
)
def test_a_lever_that_does_less_than_it_seems_to_is_remarked_on(words: str, said: str) -> None:
    found = remarks(compose([f"state.{words}"]))
    assert (len(found), said in "".join(found)) == (1 if said else 0, True), found


def test_files_of_levers_say_what_the_levers_declare() -> None:
    from coercivity.experiments.config.lever_files import lever_file
    from coercivity.model.lever import levers

    for name in levers():
        written = (conf_dir() / "lever" / f"{name}.yaml").read_text(encoding="utf-8")
        assert written == lever_file(name), "python -m coercivity.experiments.config.lever_files"


def test_every_field_of_a_lever_has_a_meaning_and_a_unit() -> None:
    from coercivity.model.lever import levers

    for name, schema in levers().items():
        for key, info in schema.model_fields.items():
            assert info.description, f"{name}.{key}"
            assert key == "active" or (info.json_schema_extra or {})["unit"], f"{name}.{key}"


def test_a_file_given_as_a_scenario_is_told_how_to_run_it(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("seed: 1\n")
    with pytest.raises(UserError, match=r"coercivity run --config .*mine.yaml` runs it"):
        compose([f"scenario={tmp_path}/mine.yaml"])


def test_every_number_of_behaviour_has_bounds_that_fit_its_unit() -> None:
    """Shares end at one; nothing may be so large that prices leave what a computer can hold."""
    from coercivity.experiments.base.paths import evidence_dir
    from coercivity.model.behaviour import rows
    from coercivity.model.inputs.evidence import Evidence

    evidence = Evidence(evidence_dir())
    for group, parameters in rows().items():
        for name, row in parameters.items():
            fact = evidence.find("behaviour", row.entity, row.attribute, row.item)
            assert fact is not None, f"{group}.{name}"
            part = fact.unit == "share" and row.attribute != "added_share"  # others may add a multiple
            assert row.most <= (1.0 if part else 1000.0), f"{group}.{name}"
            assert row.least <= float(fact.low or fact.number) <= float(fact.high or fact.number) <= row.most
