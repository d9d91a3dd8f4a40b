"""A user's mistake with the real model and its evidence: one clear sentence, exit 2, nothing left."""

import shutil
from pathlib import Path

import pytest
import yaml

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.compose_file import compose_with
from coercivity.experiments.config.listing import LISTS

pytest.importorskip("coercivity.model.world")

CHINA = "state.china.lever."
LIMIT = f"{CHINA}export_limit.measure.ours"
MISTAKES = {
    "misspelt key": ("market.elastisity=1", "did you mean `elasticity`"),
    "wrong type": ("seed=many", "`seed` must be a whole number, not 'many'"),
    "wrong type of a behaviour": ("firm.invest.damping=lots", "must be a number"),
    "out of range": ("market.elasticity=70", "more than 0 and at most 10"),
    "unknown scenario": ("scenario=embrgo", "did you mean `embargo`"),
    "unknown chain": ("chain=rare_earth", "did you mean `rare_earths`"),
    "unknown rules": ("chain.rules=rules_2013", "did you mean `rules_2014`?"),
    "rules that are none": ("chain.rules=mines", "set of rules `mines`; there are: rules, rules_2014"),
    "rules where a chain has none": (
        "scenario=gallium_baseline chain.rules=rules",
        "no set of rules `rules`",
    ),
    "a chain's other name": (
        "chain.name=rare",
        "there is no chain `rare`; there are: gallium_germanium, rare_earths",
    ),
    "a chain that it is not about": ("about.chain=rare", "`about.chain` is rare, and the run is about rare_"),
    "states left out": ("state=[china,japan]", "`state=[china,japan]` leaves out `united_states`, `europe"),
    "a chain's unknown baseline": ("chain.baseline=base", "there is no scenario `base`"),
    "unknown state": ("state.chna.strategy=rule", "did you mean `china`"),
    "state like no other": ("state.taiwan.strategy=rule", "it has `angola`, `australia`, `china`"),
    "unknown strategy": ("state.china.strategy=rul", "did you mean"),
    "unknown parameter of a strategy": ("state.china.parameters.fear=2", "no parameter of a strategy"),
    "unknown lever": (f"{CHINA}stokpile.days.oxide:Dy=9", "did you mean `stockpile`"),
    "unknown key of a lever": (f"{CHINA}stockpile.dys=9", "did you mean `days`"),
    "wrong type of a lever's key": (f"{CHINA}stockpile.days=9", "must be a group of keys"),
    "unknown element": (f"{CHINA}stockpile.days.oxide:Dj=9", "there is no material `oxide:Dj`"),
    "unknown form": (f"{LIMIT}={{materials:[oxyde:Dy],approval:0.4}}", "did you mean `oxide:Dy`"),
    "unknown jurisdiction": (
        f"{LIMIT}={{materials:[oxide:Dy],destinations:[USA],approval:0.4}}",
        "did you mean `US`",
    ),
    "a limit on oneself": (
        f"{LIMIT}={{materials:[oxide:Dy],destinations:[US,CN],approval:0.4}}",
        "names other states, and CN is the state it is set for",
    ),
    "a tariff on oneself": (
        f"{CHINA}import_tariff.rate={{oxide\\:Dy:{{CN:0.1}}}}",
        "names other states, and CN",
    ),
    "fear of oneself": ("state.japan.role.importer.sources=[CN,JP]", "names other states, and JP"),
    "a ban on oneself": ("what_if.every=1 what_if.targets=[CN]", "targets name nobody but CN, who bans"),
    "a limit on nothing": (f"{LIMIT}={{materials:[],approval:0.4}}", "`: covers nothing: name materials"),
    "a limit on nobody": (f"{LIMIT}={{materials:[oxide:Dy],destinations:[],approval:0.4}}", "covers nothing"),
    "twice the same": (f"{LIMIT}={{materials:[oxide:Dy,oxide:Dy],approval:0.4}}", "names 'oxide:Dy' twice"),
    "an end before its start": (
        "++state.japan.lever.friendshoring={places:[JP],budget:9,start:2030-01,end:2026-01}",
        "`state.japan.lever.friendshoring`: start 2030-01 is not before end 2026-01",
    ),
    "more than all capital": (
        "++state.japan.options.wait.friendshoring={places:[JP],budget:9,capital_share:0.6,loan_share:0.6}",
        "are 1.2 of the capital in all; give at most 1",
    ),
    "a stock for ages": ("++state.japan.lever.stockpile.days={oxide\\:Dy:1e9}", "at most 3650"),
    "a chain's unknown ore": (
        "chain.quotas={light:[bayan_oboo]}",
        "no family `bayan_oboo`; did you mean `bay",
    ),
    "a chain's unknown material": ('chain.defended=["oxide:Dyy"]', "no material `oxide:Dyy`; did you mean"),
    "a chain's unknown element": ("chain.choke={Dyy:3}", "there is no element `Dyy`; did you mean `Dy`"),
    "a ban by who uses nothing": ("what_if.every=1 what_if.source=AU", "`what_if.source`: AU has no row of"),
    "a ban on who uses nothing": (
        "what_if.every=1 what_if.targets=[EU,NA]",
        "`what_if.targets`: NA has no row",
    ),
    "unknown origin": (f"{CHINA}import_tariff.rate={{oxide\\:Dy:{{USA:0.1}}}}", "did you mean `US`"),
    "unknown pollutant": (f"{CHINA}environment.charge.soot=2", "there is no pollutant `soot`"),
    "not a month": (f"{LIMIT}={{materials:[oxide:Dy],approval:{{2025-4:0.4}}}}", "`2025-4` is not a month"),
    "a lever's key left out": (
        f"{LIMIT}.approval=0.4",
        "measure.ours.materials` is missing",
    ),
    "a measure of another scenario": (
        f"{LIMIT.replace('ours', 'licence_2025')}.approval=0.4",
        "this scenario has no `licence_2025`",
    ),
    "licences for a scenario": ("scenario=licences", "did you mean `restrictions_2025`"),
    "year for a month": ("clock.end=2030", "`2030` is not a month; write YYYY-MM, such as 2030-01"),
    "end before start": ("clock.end=2020-01", "end 2020-01 is not after start 2025-01"),
    "scenario of another chain": (
        "scenario=embargo chain=gallium_germanium",
        "for chain=rare_earths, not",
    ),
    "base year of another chain": ("chain=gallium_germanium market.base_year=2024", "there are: 2022"),
    "material of another chain": (
        f"chain=gallium_germanium {CHINA}stockpile.days.oxide:Dy=9",
        "there is no material `oxide:Dy`",
    ),
    "truth for a number": ("seed=true", "true is not a number"),
    "several for one": ("scenario=[baseline]", "takes one name, not a list"),
    "base year of long ago": ("market.base_year=2014", "set market.base_year=2024, or start in 2015-01"),
    "evidence that ends too early": ("market.until=2010", "leaves out the base year 2024"),
    "not finite": ("firm.invest.damping=nan", "must be a finite number"),
    "a behaviour that divides by nothing": ("firm.risk.half_life=0", "more than 0 and at most"),
    "a behaviour out of range": ("firm.knowhow.rate=5", "at least 0 and at most 0.99"),
    "unknown project": (
        "market.assured=[nothing]",
        "no project `nothing`; see `coercivity list projects`",
    ),
    "alarm at no month": ("market.alarm={soon:1}", "`soon` is not a month"),
    "ban by nobody": ("what_if.source=XX", "there is no jurisdiction `XX`"),
    "ban on nobody": ("what_if.targets=[EU,JPN]", "did you mean `JP`"),
    "no value": ("seed=null", "must be a whole number, not null"),
    "no record of output": ("market.output=history", "output.csv has none in 2024"),
    "a per cent of a number": ("market.demand_level=120%", "; write 1.2"),
    "from one number to another": ("market.elasticity=0.5..2", "`interval(0.5,2)`"),
    "from one seed to another": ("seed=1..5", "`range(1,6)`"),
    "a year": ("year=2030", "did you mean `clock.end=2030-01`"),
    "a strategy of nobody": ("strategy=optimising", "such as `state.china.strategy=optimising`"),
    "a lever of nobody": ("stockpile.days=90", "`state.NAME.lever.stockpile.days`"),
    "a floor of nobody": ("price_floor=110", "`state.NAME.lever.friendshoring`"),
    "a state without its group": ("japan.strategy=rule", "did you mean `state.japan.strategy`"),
    "a lever without its group": ("state.japan.stockpile.speed=1", "`state.japan.lever.stockpile.speed`"),
    "a measure without its name": (
        "state.china.lever.export_limit.approval=0.2",
        "`state.china.lever.export_limit.measure.NAME.approval`",
    ),
    "a member of a union": ("state.germany.strategy=rule", "did you mean `european_union`"),
    "an option without dashes": ("evidence=mine", "did you mean `--evidence mine`"),
    "an option of another program": ("-j 4", "did you mean `--workers`"),
    "one dash": ("-scenario embargo", "did you mean `scenario=embargo`"),
    "a key as an option": ("--end 2030-01", "did you mean `clock.end=2030-01`"),
    "a colon": ("scenario: embargo", "did you mean `scenario=embargo`"),
    "a setting of the command line": ("futurs=5", "did you mean `futures`?"),
    "no whole step": ("clock.end=2025-02", "no whole quarter fits"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_and_nothing_is_left(name, typed_here, tmp_path: Path) -> None:
    word, said = MISTAKES[name]
    got = typed_here("run", *word.split(" "), "--out", tmp_path / "run")
    assert (got.code, got.out) == (2, ""), got.err
    assert said in got.err
    assert "Traceback" not in got.err
    sentences = [line for line in got.err.strip().splitlines() if not line.startswith("note: ")]
    assert len(sentences) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_one_scenario_lacks_says_which(typed_here, tmp_path: Path) -> None:
    word = f'{CHINA}export_limit.measure.licence_2025.approval={{"2025-04":0.4}}'
    got = typed_here("compare", "baseline", "restrictions_2025", word, "--out", tmp_path / "x")
    assert (got.code, got.out) == (2, "")
    assert "`baseline` has no `state.china.lever.export_limit.measure.licence_2025`, which" in got.err
    assert "compare only scenarios that have it" in got.err
    sentences = [line for line in got.err.strip().splitlines() if not line.startswith("note: ")]
    assert len(sentences) == 1


@pytest.mark.parametrize(
    ("defaults", "said"),
    [
        ("[]", ""),
        ("[_self_]", ""),
        ("[embargo, _self_]", "embargo"),
        ("[embrgo, _self_]", "did you mean `embargo`"),
        ("[_self_, embargo]", "then _self_"),
        ("[embargo, flooding]", "then _self_"),
        ("[{override /firm: default}]", "takes the name of a file"),
    ],
)
def test_a_scenario_file_from_anywhere_builds_on_what_it_names(
    defaults: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    text = f"defaults: {defaults}\nabout: {{title: Mine, source: mine, purpose: none}}\nseed: 4\n"
    file.write_text(text, encoding="utf-8")
    if said not in ("", "embargo"):
        with pytest.raises(UserError, match=said):
            compose_with(file)
        return
    made, held = compose_with(file), compose([f"scenario={said or 'policies_frozen'}", "seed=4"])
    assert {**made.values, "about": 0, "scenario": 0} == {**held.values, "about": 0, "scenario": 0}


def test_runs_of_different_years_are_not_compared(typed_here, tmp_path: Path) -> None:
    got = typed_here("compare", "baseline", "japan_halt_2010", "--out", tmp_path / "x")
    assert (got.code, len(got.err.strip().splitlines())) == (2, 1)
    assert "baseline runs from 2025-01 to 2035-01 by quarter, japan_halt_2010 from 2010-01" in got.err
    assert not list(tmp_path.iterdir())


def test_files_with_different_seeds_are_not_compared(typed_here, tmp_path: Path) -> None:
    files = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    for seed, file in enumerate(files):
        values = compose(["scenario=baseline", f"seed={seed}"]).values
        file.write_text(yaml.safe_dump(dict(values)), encoding="utf-8")
    got = typed_here("compare", *files, "--out", tmp_path / "x")
    assert got.code == 2
    assert "one and two have different seeds" in got.err


HEAD = "# @package _global_\nabout: {title: t, source: s, purpose: p}\n"
FILES = {
    "twice": ("market: {elasticity: 1}\nmarket: {elasticity: 2}\n", "ours.yaml:4", "`market` stands twice"),
    "octal": ("seed: 010\n", "ours.yaml:3", "`010` is not in plain digits"),
    "hours": ("seed: 1:30\n", "ours.yaml:3", "`1:30` is not in plain digits"),
    "an underscore": ("market: {elasticity: 0_1.5}\n", "ours.yaml:3", "`0_1.5` is not in plain digits"),
    "a list": ("state: [china]\n", "ours.yaml", "`state` must be a group of keys, not ['china']"),
    "a list within": ("state: {china: {lever: [stockpile]}}\n", "ours.yaml", "`state.china.lever` must be"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_broken_scenario(name, typed_here, tmp_path: Path) -> None:
    text, place, said = FILES[name]
    file = tmp_path / "ours.yaml"
    file.write_text(HEAD + text)
    got = typed_here("validate", file)
    assert (got.code, len(got.err.strip().splitlines())) == (2, 1), got.err
    assert place in got.err
    assert said in got.err


FAULTS = {
    "no source": ("estimate: ours", "", "source"),
    "no value": (",100,", ",,", "value"),
    "no range": (",90,110,", ",,,", "estimate"),
    "not a number": (",100,", ",many,", "many"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_unreadable_evidence(name, typed_here, tmp_path: Path) -> None:
    good, bad, said = FAULTS[name]
    evidence = shutil.copytree(Path(__file__).parents[2] / "conf" / "evidence", tmp_path / "evidence")
    file = evidence / "firms.csv"
    lines = file.read_text().splitlines()
    row = "zz_firm,cash,,100,90,110,million USD,2024,estimate: ours,estimate,"
    lines.append(row.replace(good, bad, 1))
    file.write_text("\n".join(lines) + "\n")
    for words in (("run", "--evidence", evidence, "--out", tmp_path / "run"), ("validate", file)):
        got = typed_here(*words)
        assert got.code == 2, got.out
        assert f"firms.csv:{len(lines)}" in got.err or f"firms.csv line {len(lines)}" in got.err
        assert said in got.err
        sentences = [line for line in got.err.strip().splitlines() if not line.startswith("note: ")]
    assert len(sentences) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["evidence"]


@pytest.mark.parametrize("what", LISTS)
def test_lists_of_the_real_thing(what, typed_here) -> None:
    import json

    items = json.loads(typed_here("list", what, "--json").out)
    assert items
    assert all(item["name"] and item["summary"] for item in items if what != "materials")
    assert len(typed_here("list", what).out.splitlines()) == len(items)


def test_every_mechanism_has_a_switch_that_a_run_takes(typed_here) -> None:
    import json

    from coercivity.experiments.config.compose import compose

    items = json.loads(typed_here("list", "mechanisms", "--json").out)
    switches = {item["switch"].replace("<name>", "china") for item in items}
    for switch in switches:
        compose([f"{switch}=false"])
    assert len(switches) >= 15


def test_materials_may_be_keys(typed_here) -> None:
    from coercivity.experiments.config.compose import compose

    for word in ("days.oxide:Dy=90", 'days={"oxide:Dy": 90}', "days={oxide\\:Dy: 90}"):
        values = compose([f"state.japan.lever.stockpile.{word}"]).values
        assert values["state"]["japan"]["lever"]["stockpile"] == {"days": {"oxide:Dy": 90}}


@pytest.mark.parametrize(
    "key", ["invest.damping", "invest.spot_weight", "knowhow.home_gain", "offer.tie_share", "demand.kappa"]
)
def test_a_share_of_behaviour_is_at_most_one(key: str) -> None:
    """What is above gave complex numbers, or markets that cannot be cleared."""
    from coercivity.experiments.base.errors import UserError
    from coercivity.experiments.config.compose import compose

    with pytest.raises(UserError, match="at least 0 and at most 1"):
        compose([f"firm.{key}=1.01"])


GALLIUM = "scenario=gallium_baseline,gallium_ban_2024"
PLANNED = {
    "a clock of another chain": (GALLIUM, "clock.end=2023-07", "4 runs (grid)"),
    "a measure that only the scenarios have": (
        "scenario=restrictions_2025,friendshoring_pooled",
        'state.china.lever.export_limit.measure.licence_2025.approval={"2025-04": 0.1}',
        "4 runs (grid)",
    ),
    "a clock before the usual one": (
        "scenario=replay_2005_2014,japan_halt_2010",
        "clock.end=2010-07",
        "4 runs (grid)",
    ),
    "two chains": ("scenario=gallium_baseline,baseline", "clock.end=2025-07", "a sweep is about one chain"),
    "two chains by name": ("chain=rare_earths,gallium_germanium", "clock.end=2025-07", "about one chain"),
    "a mistake": (GALLIUM, "clock.end=2022-07", "end 2022-07 is not after start 2023-01"),
}


@pytest.mark.parametrize("name", PLANNED)
def test_what_all_runs_share_may_go_with_what_is_varied(name: str, typed_here) -> None:
    """A fixed setting means something only with the scenarios of the sweep."""
    *words, said = PLANNED[name]
    got = typed_here("sweep", *words, "seed=0,1", "--plan")
    assert got.code == (0 if "runs" in said else 2), got.err
    assert said in got.err


UNREADABLE = [("backtest",), ("calibrate", "base-year", "2024"), ("game",)]


@pytest.mark.parametrize("words", UNREADABLE, ids=lambda words: words[0])
def test_evidence_that_cannot_be_used_is_no_fault_of_ours(words, typed_here, tmp_path: Path) -> None:
    """Whichever command meets it, and wherever."""
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "prices.csv").write_text("a;b\n1;2\n")
    got = typed_here(*words, "--evidence", tmp_path / "evidence", "--out", tmp_path / "out")
    assert (got.code, got.out) == (2, ""), got.err
    assert "prices.csv" in got.err
    assert "Error" not in got.err
