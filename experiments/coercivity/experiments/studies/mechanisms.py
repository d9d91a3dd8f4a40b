"""Every mechanism with its equation, file, parameters and sources, and what goes with it off.

The register (coercivity.model.mechanisms) says what there is. Each is switched off in a scenario where
it acts, and three outcomes are held against the same future with it on. What was found is kept in
data/mechanisms.csv, so that only new mechanisms need runs; `--all` makes every run anew.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from coercivity.experiments.base.paths import conf_dir, evidence_dir
from coercivity.experiments.config.chains import default_chain, scenarios_of
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.evidence_reader import read_evidence
from coercivity.experiments.config.labels import Wording
from coercivity.experiments.config.places import HOME, WORLD
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.measures.catalogue import measures, price_weights
from coercivity.experiments.runs.gathered import Tables
from coercivity.experiments.studies.trials import Reuse, map_runs
from coercivity.model.mechanisms import Mechanism, mechanisms

DATA = "data/mechanisms.csv"
CLOCK = ("clock.end=2035-01",)
COMMON = "friendshoring_pooled"  # where firms and markets have most to answer: licences and public money
FIRST = ("policies_frozen", COMMON, "restrictions_2025", "embargo", "environmental_levelling", "free_trade",
         "recycling_substitution", "stockpile_first")  # where to look for a lever in use first  # fmt: skip
OUTCOMES: Mapping[str, tuple[str, str, str]] = {  # what it is called here: indicator, place, unit
    "Dy oxide outside, mean (USD/kg)": ("price of Dy oxide, mean", "OUTSIDE", "USD/kg"),
    "shortage of magnets, mean (%)": ("shortage of magnets, mean", WORLD, "share"),
    "China's share of separation, last year (%)": ("share of separation, last year", HOME, "share"),
}
Found = dict[str, dict[str, str]]  # outcomes by the settings of a run


@dataclass(frozen=True)
class Test:
    """Where a mechanism is switched off: in words, and the settings of both runs, which may be none."""

    where: str
    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()


def page(out: Path, workers: int, seeds: int, reuse: Reuse, tell: Callable[[str], None]) -> str:
    """Run what is not known yet, keep it under data/, and write the page."""
    del seeds  # one future for all
    before = {} if reuse is Reuse.NOTHING else read(out / DATA)
    needed = {" ".join(words): words for test in tests().values() for words in (test.on, test.off) if words}
    known = {words: row for words, row in before.items() if words in needed}
    wanted = {name: (*words, *CLOCK) for name, words in needed.items() if name not in known}
    wanted = {} if reuse is Reuse.ONLY else wanted
    for done, (name, outcome) in enumerate(map_runs(wanted, extract, workers), 1):
        known[name] = outcome
        _write(out / DATA, known)
        tell(f"{done} of {len(wanted)}: {name}")
    _write(out / DATA, known)
    return render(known)


def _switchable() -> Iterator[Mechanism]:
    return (m for m in mechanisms() if m.kind in ("behaviour", "lever"))


def tests() -> dict[tuple[str, str], Test]:
    """How each mechanism is put to the test, by kind and name."""
    return {(m.kind, m.name): _test(m) for m in _switchable()}


def _test(mechanism: Mechanism) -> Test:
    """In the common scenario, by its example, or in the first that uses it."""
    if mechanism.kind == "behaviour":
        where, *more = _plan()["where"].get(mechanism.name, [COMMON])
        base = (f"scenario={where}", *more)
        told = f"`{where}`" + "".join(f", `{setting}`" for setting in more)
        if _off_by_default(mechanism.switch):
            return Test(f"{told}, switched on", (*base, f"{mechanism.switch}=true"), base)
        return Test(told, base, (*base, mechanism.off))
    if mechanism.name in _plan()["examples"]:
        return _by_example(mechanism.name)
    known = scenarios_of(default_chain())
    for scenario in [*(s for s in FIRST if s in known), *(s for s in known if s not in FIRST)]:
        using = [name for name, state in _states(scenario).items() if _is_used(state, mechanism.name)]
        if using:
            off = tuple(mechanism.off.replace("<name>", name) for name in using)
            return Test(f"`{scenario}`", (f"scenario={scenario}",), (f"scenario={scenario}", *off))
    return Test("no scenario sets it")


def _by_example(lever: str) -> Test:
    """A lever set as in conf/trial/mechanisms.yaml."""
    found = _plan()["examples"][lever]
    base = f"scenario={COMMON}"
    given = tuple(f"state.{name}.lever.{lever}={_flow(values)}" for name, values in found.items())
    return Test(f"`{COMMON}` and its example", (base, *given), (base,))


@cache
def _plan() -> Mapping[str, Any]:
    """Where behaviours are tried, and examples of levers: conf/trial/mechanisms.yaml."""
    found: Mapping[str, Any] = read_yaml(conf_dir() / "trial" / "mechanisms.yaml")
    return found


def _flow(values: Any) -> str:
    """Settings as the command line takes them."""
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False)


@cache
def _states(scenario: str) -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = compose([f"scenario={scenario}"]).values["state"]
    return found


def _off_by_default(switch: str) -> bool:
    _, group, _ = switch.split(".")
    return not compose().values["firm"].get(group, {}).get("active", True)


def _is_used(state: Mapping[str, Any], lever: str) -> bool:
    given = (state.get("lever") or {}).get(lever) or {}
    return any(value not in ({}, [], None) for value in given.values())


def extract(tables: Tables) -> dict[str, str]:
    """The three outcomes of a run."""
    told = measures(tables, 0.25, price_weights(tables), Wording())
    found = {(m.indicator, m.jurisdiction): m.value for m in told}
    return {
        name: f"{found[indicator, place] * (100 if unit == 'share' else 1):.6g}"
        for name, (indicator, place, unit) in OUTCOMES.items()
    }


def read(path: Path) -> Found:
    """What was found before, by the settings of a run."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row.pop("run"): row for row in csv.DictReader(file)}


def _write(path: Path, known: Found) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ("run", *OUTCOMES), lineterminator="\n")
        writer.writeheader()
        for name in sorted(known):
            writer.writerow({"run": name, **known[name]})


def render(known: Found) -> str:
    """The page, from the register and what was found."""
    told = tests()
    bases = "\n".join(
        f"| `{name.removeprefix('scenario=')}` | {' | '.join(_number(row[o]) for o in OUTCOMES)} |"
        for name, row in sorted(known.items())
        if " " not in name
    )
    head = f"| scenario | {' | '.join(OUTCOMES)} |\n| --- |{' ---: |' * len(OUTCOMES)}"
    rows = {
        kind: "\n".join(_row(m, told[kind, m.name], known) for m in _switchable() if m.kind == kind)
        for kind in ("behaviour", "lever")
    }
    strategies = "\n".join(
        f"| {_link(m)} | {m.summary} | {_equations(m)} | {', '.join(m.parameters) or 'none'} |"
        for m in mechanisms()
        if m.kind == "strategy"
    )
    return TEXT.format(
        clock=" ".join(CLOCK), common=COMMON, head=head, bases=bases, behaviours=rows["behaviour"],
        levers=rows["lever"], strategies=strategies, parameters="\n".join(_parameters()),
        columns=" | ".join(OUTCOMES),
    )  # fmt: skip


def _link(mechanism: Mechanism) -> str:
    """Its name, as a link to its file from docs/."""
    return f"[{mechanism.name}](../{mechanism.file})"


def _number(text: str) -> str:
    return f"{float(text):,.4g}"


def _row(mechanism: Mechanism, test: Test, known: Found) -> str:
    off, on = known.get(" ".join(test.off), {}), known.get(" ".join(test.on), {})
    changes = [_change(off.get(name, ""), on.get(name, "")) for name in OUTCOMES]
    cells = [
        _link(mechanism), mechanism.summary, *changes, test.where, f"`{mechanism.switch}`",
        _equations(mechanism),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _change(off: str, on: str) -> str:
    """What goes with a mechanism off; nothing where it was not tried, 0 where it is below rounding."""
    if not off or not on:
        return ""
    change = float(off) - float(on)
    return "0" if abs(change) < 5e-4 * max(abs(float(on)), 1.0) else f"{change:+,.3g}"


def _equations(mechanism: Mechanism) -> str:
    return ", ".join(mechanism.equations) or "in the docstring"


def _parameters() -> Iterator[str]:
    """A row a parameter of behaviour: value, range, unit, source; a row a lever: its keys."""
    evidence = read_evidence(evidence_dir())
    for mechanism in _switchable():
        for name, row in mechanism.rows.items():
            fact = evidence.find("behaviour", row.entity, row.attribute, row.item)
            if fact is None:
                continue
            span = f"{fact.low} to {fact.high}" if fact.low and fact.high else ""
            key = f"{mechanism.switch.removesuffix('.active')}.{name}"
            source = f"{fact.confidence}: {fact.source.removeprefix('estimate: ')}".replace("|", "/")
            yield f"| {mechanism.name} | `{key}` | {fact.value} | {span} | {fact.unit} | {source} |"
        if mechanism.kind == "lever":
            keys = ", ".join(f"`{key}`" for key in mechanism.parameters)
            yield f"| {mechanism.name} | {keys} | as set | | | `conf/lever/{mechanism.name}.yaml` |"


TEXT = """# Mechanisms

Every mechanism there is, as it declares itself: `coercivity list mechanisms` prints the same register. Where
a switch names `<name>`, it is a state, as in `state.china.lever.production_quota.active=false`. Written by

    coercivity experiment mechanisms

which makes the runs that are not in `data/mechanisms.csv` yet; `--all` makes every run anew. The columns
of numbers say by how much three outcomes change when a mechanism is switched off (off less on, under the same
future, by quarter, `{clock}`). A nought is a finding too: nothing there hangs on it. Mechanisms of firms
and markets are switched off in `{common}`; levers in the first scenario in which a state sets them, for
all states that do, or against the example of `conf/trial/mechanisms.yaml`. With everything on:

{head}
{bases}

## Of firms and markets

| mechanism | what it is | {columns} | off in | switch | equations |
| --- | --- | ---: | ---: | ---: | --- | --- | --- |
{behaviours}

## Levers of states

| lever | what it is | {columns} | off in | switch | equations |
| --- | --- | ---: | ---: | ---: | --- | --- | --- |
{levers}

## Strategies of states

Chosen by `state.<name>.strategy`; [looking ahead against rule and script](strategies.md) compares them.

| strategy | what it is | equations | parameters |
| --- | --- | --- | --- |
{strategies}

## Parameters and sources

Of firms and markets, from `conf/evidence/behaviour.csv`; a setting of that name on the command line takes its
place. What a lever takes, and where the figures of its defaults come from, is said in its file.

| mechanism | setting | value | range | unit | source |
| --- | --- | ---: | --- | --- | --- |
{parameters}
"""
