"""What is in a result folder: its configuration, manifest and tables, written and read back."""

import functools
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from coercivity.experiments.base.errors import UserError, describe
from coercivity.experiments.base.tables import TABLES, TIMING, TableError, TableSpec, content_hash, tidy
from coercivity.experiments.config.compose import Composed, config_hash
from coercivity.experiments.config.evidence_reader import hash_evidence
from coercivity.experiments.config.plain_yaml import read_yaml, say_yaml
from coercivity.experiments.runs.manifest import (
    NAME as MANIFEST,
)
from coercivity.experiments.runs.manifest import (
    Manifest,
    commit,
    now,
    processor,
    read_manifest,
    versions,
)

CONFIG = "config.yaml"
KEPT = 100  # tables held in memory


def write_config(folder: Path, values: Mapping[str, Any]) -> None:
    """Write the composed configuration."""
    text = say_yaml(values)
    (folder / CONFIG).write_text(text, encoding="utf-8")


def make_manifest(composed: Composed, evidence: Path, kind: str, seconds: float, **more: Any) -> Manifest:
    """The manifest of a finished result."""
    head, dirty = commit()
    packages, solver, python = versions()
    return Manifest(
        kind=kind,
        status=str(more.pop("status", "complete")),
        scenario=composed.scenario,
        title=composed.title,
        seed=int(composed.values.get("seed", 0)),
        config_hash=composed.hash,
        evidence_hash=hash_evidence(evidence),
        commit=head,
        dirty=dirty,
        packages=packages,
        solver=solver,
        python=python,
        processor=processor(),
        made=now(),
        seconds=round(seconds, 3),
        overrides=composed.overrides,
        **more,
    )


def write_tables(
    folder: Path, tables: Mapping[str, pd.DataFrame], specs: Mapping[str, TableSpec] = TABLES
) -> dict[str, dict[str, Any]]:
    """Write every table of the interface as Parquet; return rows and hash of each."""
    if set(tables) != set(specs):
        raise TableError(f"the model gave tables {sorted(tables)} where {sorted(specs)} are due")
    written = {}
    for name, spec in specs.items():
        table = tidy(name, tables[name], spec)
        _write_parquet(folder / f"{name}.parquet", table)
        written[name] = {"rows": len(table), "sha256": content_hash(table)}
    return written


def write_timing(folder: Path, timing: pd.DataFrame) -> None:
    """Write the seconds each phase took; never hashed."""
    _write_parquet(folder / "timing.parquet", tidy("timing", timing, TIMING))


def _write_parquet(path: Path, table: pd.DataFrame) -> None:
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), path, compression="zstd")


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """One table of a run folder, if it is the one its manifest is of."""
    path = folder / f"{name}.parquet"
    content = read_bound(folder, path.name)
    try:
        return pd.read_parquet(io.BytesIO(content))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read: {describe(error)}; make the run again") from error


def read_arrow(folder: Path, name: str) -> pa.Table:
    """The same with each text once, as a table of Arrow: quick to put below others."""
    content = read_bound(folder, f"{name}.parquet")
    try:
        file = pq.ParquetFile(io.BytesIO(content), read_dictionary=TABLES[name].columns)
        return file.read(use_threads=False)
    except (OSError, ValueError) as error:
        path = folder / f"{name}.parquet"
        raise UserError(f"{path} cannot be read: {describe(error)}; make the run again") from error


def read_bound(folder: Path, name: str) -> bytes:
    """The bytes of a file of a result folder. Raises UserError where its manifest has other ones, or none."""
    recorded = _recorded_files(folder, (folder / MANIFEST).stat().st_mtime_ns if folder.is_dir() else 0)
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise UserError(f"{folder / name} cannot be read: it is not there; make the run again") from error
    if hashlib.sha256(content).hexdigest() != recorded.get(name):
        raise UserError(f"{folder / name} was changed after the run: its hash is not the one in the manifest")
    return content


@functools.lru_cache(maxsize=KEPT)
def _recorded_files(folder: Path, _written: int) -> Mapping[str, str]:
    return read_manifest(folder).files


class StoredTables(Mapping[str, pd.DataFrame]):
    """The tables of a run folder, each read when it is asked for. read: how, given folder and name."""

    def __init__(self, folder: Path, read: Callable[[Path, str], pd.DataFrame]) -> None:
        self._folder, self._read = folder, read

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in TABLES:
            raise KeyError(name)
        return self._read(self._folder, name)

    def arrow(self, name: str) -> pa.Table:
        """A table with each text once, as a table of Arrow; not kept."""
        return read_arrow(self._folder, name)

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)


def stored_tables(folders: Iterable[Path]) -> list[StoredTables]:
    """The tables of run folders; so many of them are kept in memory together and no more."""
    read = functools.lru_cache(maxsize=KEPT)(read_table)
    return [StoredTables(folder, read) for folder in folders]


def read_config(folder: Path) -> dict[str, Any]:
    """The composed configuration of a result folder. Raises UserError where it was changed."""
    manifest, values = read_manifest(folder), read_yaml(folder / CONFIG)
    if not isinstance(values, dict):
        raise UserError(f"{folder / CONFIG} does not hold a configuration")
    if config_hash(values) != manifest.config_hash:
        raise UserError(
            f"{folder / CONFIG} was changed after the run: its hash is not the one in the manifest"
        )
    return values
