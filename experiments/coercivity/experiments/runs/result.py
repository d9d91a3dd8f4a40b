"""A result folder as read back: what it is, what it was asked, the runs inside, all held to their hashes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.tables import TABLES
from coercivity.experiments.runs.manifest import Manifest, read_manifest
from coercivity.experiments.runs.parts import parts_of
from coercivity.experiments.runs.store import CONFIG, read_config, read_table, stored_tables

RUNS = "runs"


@dataclass(frozen=True)
class RunFolder:
    """One run: its folder, manifest, configuration and tables, each read when it is asked for."""

    folder: Path
    manifest: Manifest
    config: Mapping[str, Any]
    tables: "Mapping[str, pd.DataFrame]"


@dataclass(frozen=True)
class Result:
    """A result folder of any kind.

    config: the composed configuration, of a comparison that of its first run
    runs: by scenario, those of every seed; none where a folder keeps no tables of single runs
    """

    folder: Path
    manifest: Manifest
    config: Mapping[str, Any]
    runs: Mapping[str, tuple[RunFolder, ...]]

    @property
    def kind(self) -> str:
        """The command that made it: run, compare, sweep or backtest."""
        return self.manifest.kind

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of its futures; none where there is a single one."""
        parts = next(iter(parts_of(self.manifest.parts).values()), {}) if self.kind == "compare" else {}
        return tuple(seed for seed in parts if seed is not None)

    @property
    def tables(self) -> "dict[str, list[Mapping[str, pd.DataFrame]]]":
        """The tables of every run, by scenario."""
        return {name: [run.tables for run in mine] for name, mine in self.runs.items()}

    @property
    def first(self) -> dict[str, RunFolder]:
        """The run of the first seed, by scenario."""
        return {name: mine[0] for name, mine in self.runs.items()}


def load_result(folder: Path) -> Result:
    """Any result folder.

    Raises UserError where there is none, or where manifest, configuration or the list of runs is not what
    the command wrote. Tables are held to their hashes when they are read.
    """
    manifest = read_manifest(folder)
    config = read_config(folder)
    if CONFIG not in manifest.files:
        raise UserError(f"{folder}: its manifest does not list the files of the result; make it again")
    _check_about(folder, manifest, config)
    if manifest.kind == "run":
        return Result(folder, manifest, config, {manifest.scenario: tuple(_runs([folder]))})
    if manifest.kind != "compare":
        return Result(folder, manifest, config, {})
    parts = parts_of(manifest.parts)
    _check_parts(folder, manifest)
    opened = iter(_runs([folder / RUNS / part for mine in parts.values() for part in mine.values()]))
    return Result(
        folder, manifest, config, {name: tuple(next(opened) for _ in mine) for name, mine in parts.items()}
    )


def load_run(folder: Path) -> RunFolder:
    """The folder of one run, all its tables read. Raises UserError for any other result."""
    result = load_result(folder)
    if result.kind != "run":
        raise UserError(f"{folder} is the result of `{result.kind}`, not of one run; see {folder / RUNS}")
    run = result.first[result.manifest.scenario]
    return RunFolder(folder, run.manifest, run.config, {name: read_table(folder, name) for name in TABLES})


def _runs(folders: list[Path]) -> list[RunFolder]:
    found = []
    for folder, tables in zip(folders, stored_tables(folders), strict=True):
        manifest, config = read_manifest(folder), read_config(folder)
        _check_about(folder, manifest, config)
        if set(manifest.tables) != set(TABLES):
            raise UserError(f"{folder}: its manifest does not list the tables of a run; make the run again")
        found.append(RunFolder(folder, manifest, config, tables))
    return found


def _check_about(folder: Path, manifest: Manifest, config: Mapping[str, Any]) -> None:
    """Refuse a manifest that says something else than the configuration beside it."""
    title = (config.get("about") or {}).get("title", "")
    facts = {
        "seed": (manifest.seed, config.get("seed", 0)),
        "scenario": (manifest.scenario, config.get("scenario")),
    }
    if manifest.kind == "run":
        facts["title"] = (manifest.title, str(title))
    for what, (said, asked) in facts.items():
        if said != asked:
            raise UserError(
                f"{folder}: its manifest has {what} `{said}`, its configuration `{asked}`: one was changed"
            )


def _check_parts(folder: Path, manifest: Manifest) -> None:
    """Refuse a comparison whose runs are not those that it lists."""
    if not manifest.parts or {f"{RUNS}/{name}" for name in manifest.parts} != set(manifest.inside):
        raise UserError(f"{folder}: its manifest does not list the runs inside it; make the comparison again")
    for name, config in manifest.parts.items():
        run = read_manifest(folder / RUNS / name)
        if run.digest != manifest.inside[f"{RUNS}/{name}"] or run.config_hash != config or run.kind != "run":
            raise UserError(
                f"{folder / RUNS / name} is not the run that this comparison made: it was changed"
            )
