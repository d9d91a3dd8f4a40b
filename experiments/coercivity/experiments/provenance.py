"""Where a number comes from: value, configuration, data, and the command that makes it again."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from coercivity.experiments.errors import UserError, unknown
from coercivity.experiments.manifest import Manifest, read_manifest

# The tables a measure is made from, by how its name begins.
SOURCES = {
    "price": ("prices", "flows"),
    "magnet output": ("activity",),
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


def told(folder: Path, number: str, run: int | None) -> Iterator[str]:
    """Say of a number, `INDICATOR@PLACE`, where it comes from, in lines."""
    indicator, at, place = number.rpartition("@")
    if not at:
        raise UserError(f"--number {number}: write INDICATOR@PLACE, such as 'fiscal cost@EU'")
    manifest = read_manifest(folder)
    if manifest.kind == "sweep":
        yield from _of_sweep(folder, manifest, indicator, place, run)
    elif manifest.kind == "compare":
        yield from _of_comparison(folder, manifest, indicator, place)
    else:
        raise UserError(
            f"{folder} is the result of `{manifest.kind}`; --number takes a comparison or a dataset"
        )


def command(manifest: Manifest) -> str:
    """The command line that made a result."""
    words = list(manifest.overrides)
    if manifest.kind == "compare":
        words = [*manifest.parts, *(word for word in words if not word.startswith("scenario="))]
    return shlex.join(["coercivity", manifest.kind, *words])


def _of_comparison(folder: Path, manifest: Manifest, indicator: str, place: str) -> Iterator[str]:
    from coercivity.experiments.compare import load_comparison

    comparison, _ = load_comparison(folder)
    row = comparison.find(indicator, place)
    if row is None:
        known = [f"{one.indicator}@{one.jurisdiction}" for one in comparison.rows]
        raise UserError(unknown("number", f"{indicator}@{place}", known))
    yield f"{indicator}, {row.place} ({row.unit})"
    given = [word for word in manifest.overrides if not word.startswith("scenario=")]
    for name in manifest.parts:
        own = read_manifest(folder / "runs" / name)
        yield f"{name}: {row.values[name]!r}"
        yield f"  configuration {own.config_hash}"
        for table in _tables(indicator):
            yield f"  table {table} {own.tables[table]['sha256']}"
        yield f"  command  {shlex.join(['coercivity', 'run', f'scenario={name}', *given])}"
    yield from _common(manifest)
    yield f"command of all: {command(manifest)}"


def _of_sweep(folder: Path, manifest: Manifest, indicator: str, place: str, run: int | None) -> Iterator[str]:
    from coercivity.experiments.analysis.answers import asked_of
    from coercivity.experiments.compose import Composer
    from coercivity.experiments.sweeping.plan import read_plan, stored_design

    if run is None:
        raise UserError("--number of a dataset needs --run N: its run's number")
    plan, design = read_plan(folder), stored_design(folder)
    if not 0 <= run < plan.runs:
        raise UserError(f"--run {run}: this dataset has runs 0 to {plan.runs - 1}")
    value, unit, part = asked_of(folder, indicator, place, run)
    ((_, row),) = design.rows(run, run + 1)
    words = [*plan.fixed, *(f"{key}={given}" for key, given in row.items() if given is not None)]
    yield f"{indicator}, {place}, run {run}: {value!r} {unit}"
    yield f"  configuration {Composer(plan.fixed)(row).hash}"
    yield f"  content of the dataset {(manifest.tables.get('summary') or {}).get('sha256', 'not merged yet')}"
    yield f"  file {part}"
    yield f"  command  {shlex.join(['coercivity', 'run', *words])}"
    yield from _common(manifest)


def _tables(indicator: str) -> tuple[str, ...]:
    for begin, tables in SOURCES.items():
        if indicator.startswith(begin):
            return tables
    return ("indicators",)


def _common(manifest: Manifest) -> Iterator[str]:
    changed = " with local changes" if manifest.dirty else ""
    yield f"evidence {manifest.evidence_hash}"
    yield f"commit {manifest.commit or 'not known'}{changed}"
    yield f"versions {', '.join(f'{name} {version}' for name, version in manifest.packages.items())}"
