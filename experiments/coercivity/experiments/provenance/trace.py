"""Where a number comes from: value, configuration, data, and the command that makes it again."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from coercivity.experiments.analysis.answers import read_answers, read_value
from coercivity.experiments.base.errors import UserError, nearest_or_all, unknown
from coercivity.experiments.config.compose import Composer, compose
from coercivity.experiments.measures.comparison import compare_result
from coercivity.experiments.runs.manifest import Manifest, read_manifest
from coercivity.experiments.runs.parts import parts_of
from coercivity.experiments.runs.result import load_result
from coercivity.experiments.runs.store import CONFIG
from coercivity.experiments.sweeps.plan import Plan, read_plan, stored_design
from coercivity.experiments.validation.backtest_store import read

FUTURES = ("futures", "ensemble")
# The tables a measure is made from, by how its name begins.
SOURCES = {
    "price": ("prices", "base_imports"),
    "share": ("activity",),
    "shortage": ("uses",),
    "burden": ("burdens",),
    "welfare": ("indicators",),
    "fiscal": ("indicators",),
    "objective": ("indicators",),
    "supply response": ("activity", "events"),
    "recovery": ("uses", "events"),
    "substitution": ("uses", "events"),
    "year of enough": ("uses",),
    "year of independence": ("indicators",),
}


def trace_number(folder: Path, number: str, run: int | None) -> Iterator[str]:
    """Say of a number, `INDICATOR@PLACE`, where it comes from, in lines."""
    manifest = read_manifest(folder)
    if manifest.kind == "backtest":
        yield from _of_backtest(folder, manifest, number)
        return
    if manifest.kind not in ("run", "compare", "sweep"):
        raise UserError(
            f"--number: {folder} is the result of `{manifest.kind}`, whose numbers are all in its report"
        )
    indicator, at, place = number.rpartition("@")
    if not at:
        raise UserError(f"--number {number}: write INDICATOR@PLACE, such as 'fiscal cost@EU'")
    if run is not None and manifest.kind != "sweep":
        raise UserError(f"--run {run}: {folder} is no dataset of many runs; leave --run out")
    if manifest.kind == "sweep":
        yield from _of_sweep(folder, manifest, indicator, place, run)
    else:
        yield from _of_runs(folder, manifest, indicator, place)


def command(manifest: Manifest) -> str:
    """The command line that made a result."""
    words = list(manifest.overrides)
    if manifest.kind == "compare":
        parts = parts_of(manifest.parts)
        words = [*parts, *_shared_settings(manifest), *_futures(manifest)]
    elif manifest.kind == "backtest":
        words = ["--draws", str(len(manifest.parts))]
    return shlex.join(["coercivity", manifest.kind, *words])


def command_in(folder: Path) -> str:
    """The command line that makes a result again; in its folder, where settings came from a file."""
    manifest = read_manifest(folder)
    if manifest.kind not in ("run", "compare"):
        return command(manifest)
    parts = [part for mine in parts_of(manifest.parts).values() for part in mine.values()]
    places = [f"runs/{part}" for part in parts] or ["."]
    given = _shared_settings(manifest)
    runs = [read_manifest(folder / place) for place in places]
    if all(_gives([f"scenario={run.scenario}", *given, *_seed(run.seed)], run.config_hash) for run in runs):
        return command(manifest)
    files = [(Path(place) / CONFIG).as_posix() for place in places]
    return "; ".join(shlex.join(["coercivity", "run", "--config", file]) for file in files)


def _shared_settings(manifest: Manifest) -> list[str]:
    """Settings that all runs of a result share."""
    return [
        word for word in manifest.overrides if word.partition("=")[0] not in ("scenario", "seed", *FUTURES)
    ]


def _of_runs(folder: Path, manifest: Manifest, indicator: str, place: str) -> Iterator[str]:
    """A number of a run, or of every scenario and future of a comparison."""
    comparison = compare_result(load_result(folder))
    row = comparison.find(indicator, place)
    if row is None:
        places = [one.jurisdiction for one in comparison.rows if one.indicator == indicator]
        if places:
            near = nearest_or_all(place, places, "it is known for")
            raise UserError(f"`{indicator}` is not known for `{place}`{near}")
        known = [f"{one.indicator}@{one.jurisdiction}" for one in comparison.rows]
        raise UserError(unknown("number", f"{indicator}@{place}", known))
    yield f"{indicator}, {row.place} ({row.unit})"
    given = _shared_settings(manifest)
    parts = parts_of(manifest.parts) or {manifest.scenario: {None: ""}}
    typed = True
    for name, mine in parts.items():
        found = row.band(name)
        more = f", 80 % band {found.low!r} to {found.high!r}" if found else ""
        yield f"{name}: {row.values[name]!r}{more}"
        for n, (future, part) in enumerate(mine.items()):
            where = folder / "runs" / part if part else folder
            own = read_manifest(where)
            if future is not None:
                said = f"  future {future} (seed {own.seed})"
                yield f"{said}: {row.draws[name][n]!r}" if name in row.draws else said
            yield f"  configuration {own.config_hash}"
            for table in _tables(indicator):
                yield f"  table {table} {own.tables[table]['sha256']}"
            words = [f"scenario={name}", *given, *_seed(own.seed)]
            if not _gives(words, own.config_hash):
                words, typed = ["--config", str(where / CONFIG)], False
            yield f"  command  {shlex.join(['coercivity', 'run', *words])}"
    yield from _common(manifest)
    if manifest.parts and typed:
        yield f"command of all: {command(manifest)}"


def _gives(words: list[str], config_hash: str) -> bool:
    """Whether overrides still give a configuration: not where it was read from a file."""
    try:
        return compose(words).hash == config_hash
    except UserError:
        return False


def _seed(seed: int) -> list[str]:
    return [f"seed={seed}"] if seed else []


def _futures(manifest: Manifest) -> list[str]:
    """How many futures a comparison had, of which ensemble, and the first one's seed."""
    said = [word for word in manifest.overrides if word.partition("=")[0] in FUTURES]
    return [*(said or ["futures=1"]), *_seed(manifest.seed)]


def _of_backtest(folder: Path, manifest: Manifest, target: str) -> Iterator[str]:
    """A target of a backtest, by its name."""
    found = read(folder)
    rows = {row.name: row for row in (*found.scores.rows, *found.scores.series)}
    if target not in rows:
        raise UserError(unknown("target", target, rows))
    row = rows[target]
    yield f"{row.name} ({row.unit}), {row.period}: {'met' if row.met else 'missed'}"
    yield f"record {row.record!r}: {row.source}; {row.confidence}"
    yield f"model, median of draws {row.median!r}, 90 % {row.low!r} to {row.high!r}"
    for name, value in zip(found.draws, row.draws, strict=False):
        yield f"  {name}: {value!r}, draw {manifest.parts[name]}"
    yield f"scores {manifest.tables['scores']['sha256']}"
    yield from _common(manifest)
    yield f"command  {command(manifest)}"


def _of_sweep(folder: Path, manifest: Manifest, indicator: str, place: str, run: int | None) -> Iterator[str]:
    if run is None:
        yield from _of_all(folder, manifest, indicator, place)
        return
    plan, design = read_plan(folder), stored_design(folder)
    if not 0 <= run < plan.runs:
        raise UserError(f"--run {run}: this dataset has runs 0 to {plan.runs - 1}")
    value, unit, part = read_value(folder, indicator, place, run)
    ((_, row),) = design.rows(run, run + 1)
    words = [*plan.fixed, *(f"{key}={given}" for key, given in row.items() if given is not None)]
    yield f"{indicator}, {place}, run {run}: {value!r} {unit}"
    yield f"  configuration {Composer(plan.fixed)(row).hash}"
    yield f"  content of the dataset {(manifest.tables.get('summary') or {}).get('sha256', 'not merged yet')}"
    yield f"  file {part}"
    yield f"  command  {shlex.join(['coercivity', 'run', *words])}"
    yield from _common(manifest)


def _of_all(folder: Path, manifest: Manifest, indicator: str, place: str) -> Iterator[str]:
    """What an analysis tells of a number of a dataset: by policy, over all runs with an answer."""
    answers = read_answers(folder, [f"{indicator}@{place}"])
    (outcome,) = answers.outcomes
    yield f"{indicator}, {place} ({answers.units[outcome.name]})"
    for policy in answers.policies:
        values = answers.for_policy(policy)[outcome.name].dropna()
        if len(values):
            low, middle, high = (float(values.quantile(share)) for share in (0.05, 0.5, 0.95))
            yield f"{policy}: median {middle!r}, 5 to 95 % {low!r} to {high!r}, of {len(values):,} runs"
    content = (manifest.tables.get("summary") or {}).get("sha256", "not merged yet")
    yield f"  fingerprint {answers.plan.hash}"
    yield f"  content of the dataset {content}"
    yield f"  command  {shlex.join(['coercivity', 'sweep', *_sweep_words(answers.plan, manifest)])}"
    yield "what was asked in full is in plan.json; of one run: --run N"
    yield from _common(manifest)


def _sweep_words(plan: "Plan", manifest: Manifest) -> list[str]:
    """The words that ask a dataset's question again."""
    question = plan.question
    words = list(dict.fromkeys([*manifest.overrides, *question.overrides]))
    if question.uncertainties:
        words += ["--design", question.kind, "--samples", str(question.samples)]
        words += ["--study-seed", str(question.seed)]
    return words


def _tables(indicator: str) -> tuple[str, ...]:
    if indicator.endswith(" output"):
        return ("activity",)
    for begin, tables in SOURCES.items():
        if indicator.startswith(begin):
            return tables
    return ("indicators",)


def _common(manifest: Manifest) -> Iterator[str]:
    changed = " with local changes" if manifest.dirty else ""
    yield f"evidence {manifest.evidence_hash}"
    yield f"commit {manifest.commit or 'not known'}{changed}"
    yield f"versions {', '.join(f'{name} {version}' for name, version in manifest.packages.items())}"
