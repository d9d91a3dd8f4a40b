"""The named scenarios under the same futures: what differs, with units, figures and a report."""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from coercivity.experiments.base.errors import UserError, unknown
from coercivity.experiments.base.paths import evidence_of
from coercivity.experiments.base.progress import OnProgress, bars
from coercivity.experiments.config.compose import Composed, compose, config_hash
from coercivity.experiments.config.ensemble import Ensemble, read_ensemble
from coercivity.experiments.config.evidence_reader import hash_evidence
from coercivity.experiments.config.overrides import choices_of, groups
from coercivity.experiments.config.remarks import say_remarks
from coercivity.experiments.config.validate import PLAN, compose_file, compose_plan
from coercivity.experiments.measures.comparison import Comparison
from coercivity.experiments.reports.bounds import ADDED as BOUND
from coercivity.experiments.reports.bounds import bounds_of
from coercivity.experiments.reports.futures import NO_LUCK, FuturesAsked, read_futures
from coercivity.experiments.reports.report import write_report
from coercivity.experiments.runs.execution import read_workers
from coercivity.experiments.runs.folders import default_out, writing
from coercivity.experiments.runs.futures import Futures, draw, in_each
from coercivity.experiments.runs.manifest import read_manifest, seal
from coercivity.experiments.runs.parallel import RunTask, run_all
from coercivity.experiments.runs.parts import PART
from coercivity.experiments.runs.parts import part as part_of
from coercivity.experiments.runs.store import make_manifest, write_config

BETWEEN = ("vs", "vs.", "versus", "against", "with", "and", "to")  # words that people put between scenarios


@dataclass(frozen=True)
class ComparisonRequest:
    """What to compare. words: scenarios, files and settings; futures: how many, where no word says so.

    seeds: how many futures of seeds and nothing else (`--seeds N`)
    bounds: whether scenarios whose limits spare some countries have sealed and leaky bounds beside them
    """

    words: Sequence[str]
    futures: int | None = None
    seeds: int | None = None
    bounds: bool = True
    workers: int | None = None
    out: Path | None = None
    evidence: Path | None = None
    force: bool = False


def run_comparison(args: ComparisonRequest) -> "tuple[Comparison, Path]":
    """Make every run and the report; return the comparison and its folder."""
    words = [*args.words, *([] if args.futures is None else [f"futures={args.futures}"])]
    asked = read_futures(words, args.seeds)
    scenarios, settings = _sort_words(asked.settings)
    single = asked.count == 1
    composed = composed_each(scenarios, [*settings, *_seed(asked)], args.bounds and single)
    evidence = args.evidence or _evidence(composed)
    futures = None if single else _futures(asked, composed, evidence)
    if not single and args.bounds and not (futures and BOUND in futures[0].assumptions):
        composed = _with_bounds(composed)
    check_futures(composed)
    say_remarks(composed.values(), dates=False)
    called = "-".join(map(_scenario_name, scenarios))
    number = f"-{len(futures[0].drawn)}-futures" if futures else ""
    asked_hash = _joint_hash(composed, futures)
    out = args.out or default_out("compare", f"{called}{number}", asked_hash, hash_evidence(evidence))
    titles = {name: one.title for name, one in composed.items()}
    workers = read_workers(args.workers)
    with writing(out, "compare", args.force) as draft, bars(titles) as on_progress:
        comparison = compare_into(draft, composed, evidence, workers, on_progress, futures)
    for note in comparison.notes.values():
        print(f"note: {note}", file=sys.stderr)
    if futures and futures[0].fixed:
        print(f"note: {_check_held(futures[0].fixed)}", file=sys.stderr)
    if futures and not any(row.varies for row in comparison.rows):
        print(f"note: {NO_LUCK}", file=sys.stderr)
    return comparison, out


def _futures(
    asked: FuturesAsked, composed: "Mapping[str, Composed]", evidence: Path
) -> "tuple[Futures, Ensemble] | None":
    """The futures of a comparison; None where as many as are usual is one."""
    chain = str((next(iter(composed.values())).values.get("chain") or {}).get("name", ""))
    usual = read_ensemble(asked.ensemble, evidence, chain).futures
    seeds = asked.numbered(usual)
    return draw(asked.ensemble, seeds, composed, evidence) if len(seeds) > 1 else None


def _seed(asked: FuturesAsked) -> list[str]:
    return [f"seed={asked.first}"] if asked.first else []


def _check_held(fixed: Sequence[str]) -> str:
    """A note on what is not drawn."""
    keys = ", ".join(f"`{key}`" for key in fixed)
    return f"not drawn, since a scenario or a setting sets {'it' if len(fixed) == 1 else 'them'}: {keys}"


def compare_into(
    draft: Path,
    composed: "Mapping[str, Composed]",
    evidence: Path,
    workers: int,
    on_progress: "OnProgress",
    futures: "tuple[Futures, Ensemble] | None" = None,
) -> "Comparison":
    """Make every run under `draft`, in all its futures, then everything that is said of them."""
    hash_evidence(evidence)
    start = time.perf_counter()
    every = dict(composed)
    if futures:
        drawn, ensemble = futures
        each = {name: in_each(one, ensemble, drawn) for name, one in composed.items()}
        every = {part_of(name, n): one for name, mine in each.items() for n, one in enumerate(mine)}
    jobs = [RunTask(name, dict(c.values), evidence, draft / "runs" / name) for name, c in every.items()]
    run_all(jobs, workers, _together(every, on_progress))
    first = next(iter(every.values()))
    parts = {name: read_manifest(draft / "runs" / name).config_hash for name in every}
    if futures:
        futures[0].write(draft)
        asked = (*first.overrides, f"futures={len(futures[0].drawn)}", f"ensemble={futures[0].name}")
        first = replace(first, overrides=asked)
    manifest = make_manifest(first, evidence, "compare", time.perf_counter() - start, parts=parts)
    write_config(draft, first.values)
    manifest.write(draft)
    seal(draft)
    return write_report(draft)


def composed_each(
    scenarios: Sequence[str], settings: Sequence[str], bounds: bool = True
) -> "dict[str, Composed]":
    """The configuration of every scenario by its name.

    bounds: whether a scenario whose limits spare some destinations has its sealed and leaky bounds beside it
    """
    found = {_scenario_name(name): _compose(name, settings, scenarios) for name in scenarios}
    if len(found) < len(scenarios):
        raise UserError("two files have the same name; a comparison calls a scenario by its file's name")
    return _with_bounds(found) if bounds else found


def _with_bounds(found: "Mapping[str, Composed]") -> "dict[str, Composed]":
    """Every scenario, with its sealed and leaky bounds after it where a limit of it spares destinations."""
    parts: dict[str, Composed] = {}
    for name, composed in found.items():
        parts[name] = composed
        parts |= {bound: one for bound, one in bounds_of(name, composed) if bound not in found}
    return parts


def check_futures(composed: "Mapping[str, Composed]") -> None:
    """Raises UserError where runs do not meet the same futures: their clocks or their seeds differ."""
    clocks = {name: c.settings.clock for name, c in composed.items()}
    first, held = next(iter(clocks.items()))
    for name, clock in clocks.items():
        if clock != held:
            raise UserError(
                f"{first} runs from {held.start} to {held.end} by {held.step}, {name} from {clock.start} to "
                f"{clock.end} by {clock.step}, so that their numbers cannot be compared; set clock.start, "
                "clock.end and clock.step for all"
            )
    drawn = {name: c.settings.seed for name, c in composed.items()}
    for name, mine in drawn.items():
        if mine != drawn[first]:
            raise UserError(f"{first} and {name} have different seeds; set one for all, as in seed=0")


def _scenario(part: str) -> str:
    return part.partition(PART)[0]


def _together(parts: "Mapping[str, Composed]", on_progress: "OnProgress") -> "OnProgress":
    """Progress of all seeds of a scenario as one."""
    of_each = {name: [part for part in parts if _scenario(part) == name] for name in map(_scenario, parts)}
    done = dict.fromkeys(parts, 0)

    def told(part: str, step: int, steps: int) -> None:
        done[part] = step
        mine = of_each[_scenario(part)]
        on_progress(_scenario(part), sum(done[one] for one in mine), steps * len(mine))

    return told


def _evidence(composed: "Mapping[str, Composed]") -> Path:
    """The figures that all scenarios share. Raises UserError where they are about different chains."""
    about = {name: str((c.values.get("chain") or {}).get("name", "")) for name, c in composed.items()}
    if len(set(about.values())) > 1:
        told = ", ".join(f"{name} about chain={chain}" for name, chain in about.items())
        raise UserError(f"scenarios of different chains cannot be compared: {told}")
    return evidence_of(next(iter(composed.values())).values)


def _sort_words(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Scenario names and settings. Raises UserError for a name that is not a scenario's."""
    scenarios = [word for word in words if "=" not in word and not word.startswith("~")]
    settings = [word for word in words if word not in scenarios]
    known = choices_of("scenario")
    for name in scenarios:
        if name not in known and not _is_file(name):
            if len(parts := name.replace(",", " ").split()) > 1:
                raise UserError(f"`{name}`: name them apart: `{' '.join(parts)}`")
            if name in BETWEEN:
                raise UserError(
                    f"`{name}`: name the scenarios alone, as in `coercivity compare baseline embargo`"
                )
            if Path(name).is_dir():
                raise UserError(
                    f"{name} is a folder; scenarios are compared by name, as in `coercivity compare baseline "
                    "embargo`, and two stored runs with `coercivity diff A B`"
                )
            if "." in name and name.partition(".")[0] in groups():
                raise UserError(f"`{name}` is a setting without a value; did you mean `{name}=VALUE`?")
            raise UserError(unknown("scenario", name, known))
    for word in settings:
        if word.startswith("scenario="):
            raise UserError(
                f"`{word}`: name the scenarios alone, as in `coercivity compare baseline embargo`"
            )
    given, scenarios = scenarios, list(dict.fromkeys(scenarios))
    if len(scenarios) == 1 and len(given) > 1:
        raise UserError(
            f"{given[0]} against itself differs in nothing, since the same seed gives the same run; name "
            f"another scenario, or see what chance does with `coercivity sweep scenario={given[0]} "
            "'seed=range(0,10)' firm.outage.active=true`"
        )
    if len(scenarios) < 2:
        raise UserError(
            "a comparison needs two scenarios or more, as in `coercivity compare baseline embargo`"
        )
    return scenarios, settings


def _is_file(word: str) -> bool:
    return word.endswith((".yaml", ".yml")) or word.startswith(PLAN)


def _scenario_name(word: str) -> str:
    """What a scenario is called: by its own name, or by its file's."""
    return Path(word.removeprefix(PLAN)).stem if _is_file(word) else word


def _compose_one(scenario: str, settings: Sequence[str] = ()) -> "Composed":
    if scenario.startswith(PLAN):
        return compose_plan(scenario, settings)
    if _is_file(scenario):
        return compose_file(Path(scenario), settings)
    return compose([f"scenario={scenario}", *settings])


def _compose(scenario: str, settings: Sequence[str], scenarios: Sequence[str]) -> "Composed":
    """A scenario's configuration with the settings of all. Raises UserError, saying who lacks what is set."""
    try:
        return _compose_one(scenario, settings)
    except UserError as error:
        lack = _lacking(scenario, settings, scenarios)
        if lack:
            raise UserError(lack) from error
        raise


def _lacking(scenario: str, settings: Sequence[str], scenarios: Sequence[str]) -> str:
    """What a scenario has not and a setting is of, where another of the scenarios has it."""
    mine = _compose_one(scenario).values
    others = {name: _compose_one(name).values for name in scenarios if name != scenario}
    for text in settings:
        path = text.lstrip("+").partition("=")[0].split(".")
        missing = next((n for n in range(1, len(path) + 1) if not _holds(mine, path[:n])), None)
        having = [name for name, values in others.items() if missing and _holds(values, path[:missing])]
        if missing and having:
            return (
                f"`{text}`: `{scenario}` has no `{'.'.join(path[:missing])}`, which `{having[0]}` has, and a "
                "setting is for every scenario; compare only scenarios that have it, or write the setting "
                f"into a scenario file that builds on `{having[0]}` (docs/how-to/add-a-scenario.md)"
            )
    return ""


def _holds(values: object, path: Sequence[str]) -> bool:
    for part in path:
        if not isinstance(values, Mapping) or part not in values:
            return False
        values = values[part]
    return True


def _joint_hash(composed: "Mapping[str, Composed]", futures: "tuple[Futures, Ensemble] | None" = None) -> str:
    asked: dict[str, object] = {name: c.hash for name, c in composed.items()}
    if futures:
        asked["futures"] = [asdict(future) for future in futures[0].drawn]
    return config_hash(asked)
