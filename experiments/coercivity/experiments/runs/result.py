"""A result folder as read back: what it is, what it was asked, the runs inside, all held to their hashes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.tables import FUTURE, TABLES
from coercivity.experiments.config.compose import recompose
from coercivity.experiments.config.ensemble import apply_changes
from coercivity.experiments.runs.futures import Futures, read_changes, read_futures
from coercivity.experiments.runs.manifest import Manifest, file_hash, read_manifest
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
    runs: by scenario, those of every future; none where a folder keeps no tables of single runs
    futures: those it meets, where there are several · whole: a run of several futures as it is kept
    """

    folder: Path
    manifest: Manifest
    config: Mapping[str, Any]
    runs: Mapping[str, tuple[RunFolder, ...]]
    futures: Futures | None = None
    whole: RunFolder | None = None

    @property
    def kind(self) -> str:
        """The command that made it: run, compare, sweep or backtest."""
        return self.manifest.kind

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of its futures; none where there is a single one."""
        return self.futures.seeds if self.futures else ()

    @property
    def ensemble_title(self) -> str:
        """What its futures draw, in words."""
        return self.futures.title if self.futures else ""

    @property
    def tables(self) -> "dict[str, list[Mapping[str, pd.DataFrame]]]":
        """The tables of every run, by scenario."""
        return {name: [run.tables for run in mine] for name, mine in self.runs.items()}

    @property
    def first(self) -> dict[str, RunFolder]:
        """The run of the first future, by scenario."""
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
    futures = read_futures(folder)
    if manifest.kind == "run":
        (run,) = _runs([folder])
        each = split_futures(run) if futures else (run,)
        return Result(folder, manifest, config, {manifest.scenario: each}, futures, run if futures else None)
    if manifest.kind != "compare":
        return Result(folder, manifest, config, {})
    parts = parts_of(manifest.parts)
    _check_parts(folder, manifest)
    opened = iter(_runs([folder / RUNS / part for mine in parts.values() for part in mine.values()]))
    runs = {name: tuple(next(opened) for _ in mine) for name, mine in parts.items()}
    return Result(folder, manifest, config, runs, futures)


def split_futures(run: RunFolder) -> tuple[RunFolder, ...]:
    """The run folder of an ensemble as a run a future, with tables as of a single one."""
    changes = read_changes(run.folder)
    asked = recompose(run.config)
    return tuple(
        RunFolder(run.folder, run.manifest, apply_changes(asked, mine).values, OneFuture(run.tables, number))
        for number, mine in enumerate(changes)
    )


class OneFuture(Mapping[str, "pd.DataFrame"]):
    """The tables of one future of an ensemble, each cut out when it is asked for."""

    def __init__(self, tables: "Mapping[str, pd.DataFrame]", number: int) -> None:
        self._tables, self._number = tables, number

    def __getitem__(self, name: str) -> "pd.DataFrame":
        table = self._tables[name]
        mine = table[table[FUTURE] == self._number]
        return mine.drop(columns=FUTURE).reset_index(drop=True)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


def load_run(folder: Path) -> RunFolder:
    """The folder of one run, all its tables read. Raises UserError for any other result."""
    result = load_result(folder)
    if result.kind != "run":
        raise UserError(f"{folder} is the result of `{result.kind}`, not of one run; see {folder / RUNS}")
    run = result.whole or result.first[result.manifest.scenario]
    return RunFolder(folder, run.manifest, run.config, {name: read_table(folder, name) for name in TABLES})


def _runs(folders: list[Path]) -> list[RunFolder]:
    found = []
    for folder, tables in zip(folders, stored_tables(folders), strict=True):
        manifest, config = read_manifest(folder), _config_of(folder, alone=len(folders) == 1)
        if set(manifest.tables) != set(TABLES):
            raise UserError(f"{folder}: its manifest does not list the tables of a run; make the run again")
        found.append(RunFolder(folder, manifest, config, tables))
    return found


def _config_of(folder: Path, alone: bool) -> Mapping[str, Any]:
    """The configuration of a run; one of many that is as it was written is read when it is asked for."""
    manifest, path = read_manifest(folder), folder / CONFIG
    if not alone and path.is_file() and manifest.files.get(CONFIG) == file_hash(path):
        return StoredConfig(folder)
    config = read_config(folder)
    _check_about(folder, manifest, config)
    return config


class StoredConfig(Mapping[str, Any]):
    """The configuration in a run folder, read once when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _values(self) -> dict[str, Any]:
        return read_config(self._folder)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


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
