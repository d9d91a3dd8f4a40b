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

from coercivity.experiments.base.paths import conf_dir, evidence_dir
from coercivity.experiments.config.chains import default_chain, scenarios_of
from coercivity.experiments.config.compose import compose
from coercivity.experiments.config.ensemble import changes_in
from coercivity.experiments.config.labels import Wording
from coercivity.experiments.config.places import HOME, WORLD
from coercivity.experiments.config.plain_yaml import read_yaml
from coercivity.experiments.figures import paper
from coercivity.experiments.figures.chart import Figure, Ranges, Series, Style
from coercivity.experiments.figures.look import SCENARIO, apply_style
from coercivity.experiments.measures.bands import band
from coercivity.experiments.measures.catalogue import measures, price_weights
from coercivity.experiments.runs.futures import draw
from coercivity.experiments.runs.gathered import Tables
from coercivity.experiments.studies.mechanism_page import (
    HEADS,
    TEXT,
    is_firm,
    label,
    parameters,
    tell_band,
    tell_change,
)
from coercivity.experiments.studies.trials import Reuse, map_runs
from coercivity.model.mechanisms import Mechanism, mechanisms

DATA = "data/mechanisms.csv"
CLOCK = ("clock.end=2035-01",)
LONG = ("clock.end=2045-01", "clock.step=year")  # of what is slow: plants have to be built, deposits opened
COMMON = "friendshoring_pooled"  # where firms and markets have most to answer: licences and public money
FIRST = ("policies_frozen", COMMON, "restrictions_2025", "embargo", "environmental_levelling", "free_trade",
         "recycling_substitution", "stockpile_first")  # where to look for a lever in use first  # fmt: skip
OUTCOMES: Mapping[str, tuple[str, str, float]] = {  # what it is called in the data: indicator, place, factor
    "Dy oxide outside, mean (USD/kg)": ("price of Dy oxide, mean", "OUTSIDE", 1.0),
    "shortage of magnets, mean (%)": ("shortage of magnets, mean", WORLD, 100.0),
    "China's share of mining, last year (%)": ("share of mining, last year", HOME, 100.0),
    "China's share of separation, last year (%)": ("share of separation, last year", HOME, 100.0),
}
WELFARE = "welfare change"  # of who sets a lever, of the world for all else, million USD here
SEEN = f"{WELFARE} (million USD)"
FIGURE, MOST, WIDTH = "figures/mechanisms.png", 10, 76.0  # its file, rows of a panel, mm
PANELS = {  # outcomes that are drawn
    "shortage of magnets, mean (%)": ("Shortage of magnets", "percentage points"),
    "Dy oxide outside, mean (USD/kg)": ("Price of dysprosium", "USD/kg"),
}
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
    draw_most(out / FIGURE, known)
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


def draw_most(path: Path, known: Found) -> None:
    """What moves two outcomes most, with 80 % bands: readable on a phone."""
    import matplotlib.pyplot as plt

    told = tests()
    panels = []
    for outcome, (title, unit) in PANELS.items():
        every = [(m, _changes(told[m.kind, m.name], known)[outcome]) for m in _switchable()]
        firm = [(m, band(changes)) for m, changes in every if is_firm(changes)]
        most = sorted(firm, key=lambda pair: -abs(pair[1].median))[:MOST]
        ends = tuple(tuple(getattr(found, end) for _, found in most) for end in ("median", "low", "high"))
        labels = tuple(label(m) for m, _ in most)
        panels.append(
            Ranges(
                title, unit, labels, (Series(Style("off", SCENARIO[0][0], mark="dot"), *ends),), reference=0.0
            )
        )
    with apply_style(WIDTH):
        drawn = paper.draw(Figure("mechanisms", "", "", tuple(panels)), WIDTH, {})
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn.savefig(path, dpi=220, metadata={"Software": None})
        plt.close(drawn)


def render(known: Found) -> str:
    """The page, from the register and what was found."""
    told = tests()
    runs = sorted({name for name, _ in known if " " not in name})
    bases = "\n".join(
        f"| `{name.removeprefix('scenario=')}` | "
        f"{' | '.join(tell_band(_values(known, name, outcome)) for outcome in OUTCOMES)} |"
        for name in runs
    )
    head = f"| scenario | {' | '.join(OUTCOMES)} |\n| --- |{' ---: |' * len(OUTCOMES)}"
    parts = {
        f"{kind}_{what}": "\n".join(
            make(m, told[kind, m.name], known) for m in _switchable() if m.kind == kind
        )
        for kind in ("behaviour", "lever")
        for what, make in (("effects", _effects), ("switches", _switches))
    }
    strategies = "\n".join(
        f"| {_link(m)} | {m.summary} | {_equations(m)} | {', '.join(m.parameters) or 'none'} |"
        for m in mechanisms()
        if m.kind == "strategy"
    )
    tried = [m for m in _switchable() if any(_changes(told[m.kind, m.name], known).values())]
    every = {kind: [m for m in tried if m.kind == kind] for kind in ("behaviour", "lever")}
    untried = ", ".join(f"`{m.name}`" for m in _switchable() if m not in tried)
    still = {
        kind: [m for m in found if not _moves(told[kind, m.name], known)] for kind, found in every.items()
    }
    return TEXT.format(
        clock=" ".join(CLOCK), common=COMMON, head=head, bases=bases, **parts, strategies=strategies,
        parameters="\n".join(parameters(_switchable())), figure=FIGURE,
        reasons=f"*Signs that surprise, in tonnes.* {' '.join(_plan()['reasons'].values())}",
        futures=len({future for _, future in known}),
        columns=" | ".join((*HEADS, "welfare (million USD)")), right=" ---: |" * (len(OUTCOMES) + 1),
        behaviours=len(every["behaviour"]), levers=len(every["lever"]),
        moving=len(every["behaviour"]) - len(still["behaviour"]),
        used=len(every["lever"]) - len(still["lever"]),
        still=", ".join(f"`{m.name}`" for m in still["lever"]) or "none",
        idle=", ".join(f"`{m.name}`" for m in still["behaviour"]) or "none",
        untried=f" Not tried yet: {untried}." if untried else "",
    )  # fmt: skip


def _futures(known: Found, name: str) -> dict[int, dict[str, str]]:
    """Outcomes of a run by future."""
    return {future: row for (run, future), row in known.items() if run == name}


def _values(known: Found, name: str, outcome: str) -> list[float]:
    return [float(row[outcome]) for row in _futures(known, name).values()]


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
    return any(is_firm(changes) for changes in _changes(test, known).values())


def _link(mechanism: Mechanism) -> str:
    """Its name, as a link to its file from docs/."""
    return f"[{mechanism.name}](../{mechanism.file})"


def _effects(mechanism: Mechanism, test: Test, known: Found) -> str:
    """What it is, and what goes with it."""
    cells = (_link(mechanism), *map(tell_change, _changes(test, known).values()), mechanism.summary)
    return f"| {' | '.join(cells)} |"


def _switches(mechanism: Mechanism, test: Test, known: Found) -> str:
    """Where it was switched off, how, and its equations."""
    del known
    return f"| {mechanism.name} | {test.where} | `{mechanism.switch}` | {_equations(mechanism)} |"


def _equations(mechanism: Mechanism) -> str:
    return ", ".join(mechanism.equations) or "in the docstring"
