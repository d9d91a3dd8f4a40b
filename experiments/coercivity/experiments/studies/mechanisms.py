"""Every mechanism with its equation, file, parameters and sources, and what goes with it off.

The register (coercivity.model.mechanisms) says what there is. Each is switched off in a scenario where
it acts, and outcomes are held against the same futures with it on. What was found is kept in
data/mechanisms.csv, so that only what is new needs runs; `--all` makes every run anew.
"""

import csv
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from coercivity.experiments.base.paths import conf_dir, evidence_dir
from coercivity.experiments.config.chains import default_chain, scenarios_of
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.ensemble import changes_in
from coercivity.experiments.config.evidence_reader import read_evidence
from coercivity.experiments.config.labels import Wording
from coercivity.experiments.config.places import HOME, WORLD
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.measures.catalogue import measures, price_weights
from coercivity.experiments.runs.futures import draw
from coercivity.experiments.runs.gathered import Tables
from coercivity.experiments.studies.trials import Reuse, map_runs
from coercivity.model.mechanisms import Mechanism, mechanisms

DATA = "data/mechanisms.csv"
CLOCK = ("clock.end=2035-01",)
LONG = ("clock.end=2045-01", "clock.step=year")  # of what is slow: plants have to be built, deposits opened
COMMON = "friendshoring_pooled"  # where firms and markets have most to answer: licences and public money
FIRST = ("policies_frozen", COMMON, "restrictions_2025", "embargo", "environmental_levelling", "free_trade",
         "recycling_substitution", "stockpile_first")  # where to look for a lever in use first  # fmt: skip
OUTCOMES: Mapping[str, tuple[str, str, float]] = {  # what it is called here: indicator, place, factor
    "Dy oxide outside, mean (USD/kg)": ("price of Dy oxide, mean", "OUTSIDE", 1.0),
    "shortage of magnets, mean (%)": ("shortage of magnets, mean", WORLD, 100.0),
    "China's share of mining, last year (%)": ("share of mining, last year", HOME, 100.0),
    "China's share of separation, last year (%)": ("share of separation, last year", HOME, 100.0),
}
WELFARE = "welfare change"  # of who sets a lever, of the world for all else, million USD here
SEEN = f"{WELFARE} (million USD)"
NOTHING = 1e-3  # of any outcome's unit: round-off and less
BAND = (10.0, 90.0)  # per cent of futures
Found = dict[tuple[str, int], dict[str, str]]  # outcomes by the settings of a run and the future


@dataclass(frozen=True)
class Test:
    """Where a mechanism is switched off: in words, and the settings of both runs, which may be none.

    holders: jurisdictions whose welfare is told; of the world, if none
    """

    where: str
    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()


def page(out: Path, workers: int, seeds: int, reuse: Reuse, tell: Callable[[str], None]) -> str:
    """Run what is not known yet in `seeds` futures, keep it under data/, and write the page."""
    before = {} if reuse is Reuse.NOTHING else read(out / DATA)
    needed = {name_run(words): words for test in tests().values() for words in (test.on, test.off) if words}
    known = {run: row for run, row in before.items() if run[0] in needed}
    missing = [(name, k) for name in needed for k in range(seeds) if (name, k) not in known]
    missing = [] if reuse is Reuse.ONLY else missing
    wanted = {f"{name} @{k}": _add_clock(needed[name]) for name, k in missing}
    changes = {f"{name} @{k}": told for name, k, told in _in_futures(needed, missing, seeds)}
    for done, (run, outcome) in enumerate(map_runs(wanted, extract, workers, changes), 1):
        name, _, future = run.rpartition(" @")
        known[name, int(future)] = outcome
        _write(out / DATA, known)
        tell(f"{done} of {len(wanted)}: {run}")
    _write(out / DATA, known)
    return render(known)


def _add_clock(words: Sequence[str]) -> Sequence[str]:
    return words if LONG[0] in words else (*words, *CLOCK)


def name_run(words: Sequence[str]) -> str:
    """A run by its settings."""
    return " ".join(words)


def _in_futures(
    needed: Mapping[str, Sequence[str]], missing: Sequence[tuple[str, int]], seeds: int
) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    """What the futures of `coercivity compare` change in each missing run; not what the run itself sets."""
    every = {name: compose(words) for name, words in needed.items() if any(name == run for run, _ in missing)}
    if not every:
        return
    futures, ensemble = draw("default", range(seeds), every, evidence_dir())
    for name, k in missing:
        yield name, k, changes_in(every[name], ensemble, futures.drawn[k])


def _switchable() -> Iterator[Mechanism]:
    return (m for m in mechanisms() if m.kind in ("behaviour", "lever"))


def tests() -> dict[tuple[str, str], Test]:
    """How each mechanism is put to the test, by kind and name."""
    return {(m.kind, m.name): _test(m) for m in _switchable()}


def _test(mechanism: Mechanism) -> Test:
    """In the common scenario, by its example, or in the first that uses it."""
    if mechanism.kind == "behaviour":
        base, told = _where(mechanism.name)
        if _off_by_default(mechanism.switch):
            return Test(f"{told}, switched on", (*base, f"{mechanism.switch}=true"), (*base, mechanism.off))
        return Test(told, base, (*base, mechanism.off))
    if mechanism.name in _plan()["examples"]:
        return _by_example(mechanism.name)
    known = scenarios_of(default_chain())
    for scenario in [*(s for s in FIRST if s in known), *(s for s in known if s not in FIRST)]:
        using = [name for name, state in _states(scenario).items() if _is_used(state, mechanism.name)]
        if using:
            off = tuple(mechanism.off.replace("<name>", name) for name in using)
            on = (f"scenario={scenario}", *_clock(mechanism.name))
            return Test(f"`{scenario}`", on, (*on, *off), _codes(scenario, using))
    return Test("no scenario sets it")


def _where(name: str) -> tuple[tuple[str, ...], str]:
    """The settings in which a mechanism is tried, and how they are told."""
    scenario, *more = _plan()["where"].get(name, [COMMON])
    told = f"`{scenario}`" + "".join(f", `{setting}`" for setting in more)
    return (f"scenario={scenario}", *more, *_clock(name)), told + (" to 2045" if _clock(name) else "")


def _clock(name: str) -> tuple[str, ...]:
    return LONG if name in _plan()["slow"] else ()


def _by_example(lever: str) -> Test:
    """A lever set as in conf/trial/mechanisms.yaml."""
    found = _plan()["examples"][lever]
    base, told = _where(lever)
    given = tuple(f"state.{name}.lever.{lever}={_flow(values)}" for name, values in found.items())
    return Test(f"{told} and its example", (*base, *given), base, _codes(COMMON, found))


@cache
def _plan() -> Mapping[str, Any]:
    """Where behaviours are tried, and examples of levers: conf/trial/mechanisms.yaml."""
    found: Mapping[str, Any] = read_yaml(conf_dir() / "trial" / "mechanisms.yaml")
    return found


def _flow(values: Any) -> str:
    """Settings as the command line takes them."""
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False)


def _codes(scenario: str, states: Iterable[str]) -> tuple[str, ...]:
    return tuple(_states(scenario)[name]["code"] for name in states)


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
    """The outcomes of a run, and the welfare of every place."""
    told = measures(tables, 0.25, price_weights(tables), Wording())
    found = {(m.indicator, m.jurisdiction): m.value for m in told}
    row = {name: f"{found[what, place] * by:.6g}" for name, (what, place, by) in OUTCOMES.items()}
    holders = {WORLD, *(code for test in tests().values() for code in test.holders)}
    welfare = {code: found.get((WELFARE, code), 0.0) for code in sorted(holders)}
    return row | {f"welfare {code}": f"{value:.6g}" for code, value in welfare.items()}


def read(path: Path) -> Found:
    """What was found before, by the settings of a run and the future."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {(row.pop("run"), int(row.pop("future"))): row for row in csv.DictReader(file)}


def _write(path: Path, known: Found) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        columns = dict.fromkeys(column for row in known.values() for column in row)
        writer = csv.DictWriter(file, ("run", "future", *columns), lineterminator="\n")
        writer.writeheader()
        for name, future in sorted(known):
            writer.writerow({"run": name, "future": future, **known[name, future]})


def render(known: Found) -> str:
    """The page, from the register and what was found."""
    told = tests()
    runs = sorted({name for name, _ in known if " " not in name})
    bases = "\n".join(
        f"| `{name.removeprefix('scenario=')}` | "
        f"{' | '.join(_band([float(row[o]) for row in _futures(known, name).values()]) for o in OUTCOMES)} |"
        for name in runs
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
    still = [m for m in _switchable() if m.kind == "lever" and not _moves(told["lever", m.name], known)]
    return TEXT.format(
        clock=" ".join(CLOCK), common=COMMON, head=head, bases=bases, behaviours=rows["behaviour"],
        levers=rows["lever"], strategies=strategies, parameters="\n".join(_parameters()),
        columns=" | ".join((*OUTCOMES, SEEN)), futures=len({future for _, future in known}),
        still=", ".join(f"`{m.name}`" for m in still) or "none", right=" ---: |" * (len(OUTCOMES) + 1),
    )  # fmt: skip


def _futures(known: Found, name: str) -> dict[int, dict[str, str]]:
    """Outcomes of a run by future."""
    return {future: row for (run, future), row in known.items() if run == name}


def _changes(test: Test, known: Found) -> dict[str, list[float]]:
    """Off less on, in every future with both, by outcome; nothing where it was not tried."""
    off, on = (_futures(known, name_run(words)) for words in (test.off, test.on))
    columns: dict[str, tuple[str, ...]] = {name: (name,) for name in OUTCOMES}
    columns[SEEN] = tuple(f"welfare {code}" for code in test.holders or (WORLD,))
    return {
        name: [_total(off[k], names) - _total(on[k], names) for k in sorted(off.keys() & on.keys())]
        for name, names in columns.items()
    }


def _total(row: Mapping[str, str], names: Sequence[str]) -> float:
    return math.fsum(float(row[name]) for name in names)


def _moves(test: Test, known: Found) -> bool:
    """Whether it moves an outcome the same way in all futures of its band."""
    return any(_is_firm(changes) for changes in _changes(test, known).values())


def _is_firm(changes: Sequence[float]) -> bool:
    low, high = np.percentile(changes, BAND) if changes else (0.0, 0.0)
    return bool(low > NOTHING or high < -NOTHING)


def _link(mechanism: Mechanism) -> str:
    """Its name, as a link to its file from docs/."""
    return f"[{mechanism.name}](../{mechanism.file})"


def _row(mechanism: Mechanism, test: Test, known: Found) -> str:
    cells = [
        _link(mechanism), mechanism.summary, *map(_change, _changes(test, known).values()), test.where,
        f"`{mechanism.switch}`", _equations(mechanism),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _band(values: Sequence[float]) -> str:
    """Median and band; nothing where nothing was tried."""
    if not values:
        return ""
    middle, (low, high) = np.median(values), np.percentile(values, BAND)
    return f"{middle:,.4g} ({low:,.4g} to {high:,.4g})"


def _change(changes: Sequence[float]) -> str:
    """What goes with a mechanism off, firm where the band leaves nought out; 0 below rounding."""
    if not changes:
        return ""
    if max(map(abs, changes)) < NOTHING:
        return "0"
    middle, (low, high) = np.median(changes), np.percentile(changes, BAND)
    told = f"{_with_sign(middle)} ({_with_sign(low)} to {_with_sign(high)})"
    return f"**{told}**" if _is_firm(changes) else told


def _with_sign(value: float) -> str:
    if abs(value) < NOTHING:
        return "0"
    return f"{value:+,.0f}" if abs(value) >= 100.0 else f"{value:+.3g}"


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
of numbers say by how much outcomes change when a mechanism is switched off: off less on under the same
{futures} futures, those that `compare` draws, by quarter, `{clock}`, or by year to 2045 for what is
slow to build; the median and the band that holds eight futures in ten, in bold where all of the band has
one sign. Welfare is of the states that set a lever, of the world for everything else. A nought is a finding
too: nothing there hangs on it. Mechanisms of firms and markets are switched off in `{common}`; levers
in the first scenario in which a state sets them, for all states that do, or against the example of
`conf/trial/mechanisms.yaml`.
**Levers that move none of these outcomes beyond the band:** {still}. With everything on:

{head}
{bases}

## Of firms and markets

| mechanism | what it is | {columns} | off in | switch | equations |
| --- | --- |{right} --- | --- | --- |
{behaviours}

## Levers of states

| lever | what it is | {columns} | off in | switch | equations |
| --- | --- |{right} --- | --- | --- |
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
