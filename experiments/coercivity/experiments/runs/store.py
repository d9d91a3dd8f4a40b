"""Result folders: written beside their place and moved there when complete; read back as tables."""

import functools
import logging
import os
import shutil
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from coercivity.experiments.base.errors import RunError, UserError, describe
from coercivity.experiments.base.paths import results_dir
from coercivity.experiments.base.tables import TABLES, TIMING, TableError, content_hash, tidy
from coercivity.experiments.config.compose import Composed
from coercivity.experiments.config.evidence_reader import hash_evidence
from coercivity.experiments.runs.manifest import (
    Manifest,
    commit,
    is_result,
    now,
    read_manifest,
    versions,
)

CONFIG, LOG = "config.yaml", "run.log"
KEPT = 100  # tables held in memory
logger = logging.getLogger("coercivity")


@dataclass(frozen=True)
class Run:
    """A run folder as read back."""

    folder: Path
    manifest: Manifest
    config: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]


def default_out(command: str, name: str, digest: str) -> Path:
    """Where a result goes unless told otherwise: results/<command>/<name>-<short hash>."""
    return results_dir() / command / f"{name[:80]}-{digest[:8]}"


def check_out(out: Path) -> None:
    """Refuse a place that holds something else or cannot be written. Makes the folder above it."""
    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out} is a file; give the name of a folder")
    if out.is_dir() and any(out.iterdir()) and not is_result(out):
        raise UserError(f"--out {out} holds other files and is not a result folder; give another name")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {out}: {error.strerror} ({error.filename}); give another place") from error
    if not os.access(out.parent, os.W_OK | os.X_OK):
        raise UserError(f"--out {out}: nothing can be written in {out.parent}; give another place")


@contextmanager
def writing(out: Path) -> Iterator[Path]:
    """A temporary folder that becomes `out` when the block ends well, and vanishes when not.

    What goes wrong inside, other than a user's mistake, is told in `<out>.failed.log`.
    """
    check_out(out)
    out = out.absolute()
    draft = out.parent / f".{out.name}.tmp-{os.getpid()}"
    failed = out.parent / f"{out.name}.failed.log"
    try:
        draft.mkdir()
    except OSError as error:
        raise UserError(f"--out {out}: {error.strerror}; give another place") from error
    try:
        with _logging_to(draft / LOG):
            yield draft
        _replace(draft, out)
        failed.unlink(missing_ok=True)
    except (UserError, RunError, KeyboardInterrupt):
        raise
    except Exception as error:
        _keep_log(draft / LOG, failed)
        raise RunError(f"the run failed: {describe(error)}; the log is {failed}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _replace(draft: Path, out: Path) -> None:
    old = out.parent / f".{out.name}.old-{os.getpid()}"
    if out.exists():
        out.rename(old)
    draft.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def _keep_log(log: Path, kept: Path) -> None:
    with suppress(OSError):
        text = log.read_text(encoding="utf-8") if log.is_file() else ""
        kept.write_text(text + "\n" + traceback.format_exc(), encoding="utf-8")


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """Send what the package logs to a file while the block runs."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    level, propagates = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagates
        handler.close()


def write_config(folder: Path, values: Mapping[str, Any]) -> None:
    """Write the composed configuration."""
    text = yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True, width=100)
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
        made=now(),
        seconds=round(seconds, 3),
        overrides=composed.overrides,
        **more,
    )


def write_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, Any]]:
    """Write every table of the interface as Parquet; return rows and hash of each."""
    if set(tables) != set(TABLES):
        raise TableError(f"the model gave tables {sorted(tables)} where {sorted(TABLES)} are due")
    written = {}
    for name, spec in TABLES.items():
        table = tidy(name, tables[name], spec)
        _write_parquet(folder / f"{name}.parquet", table)
        written[name] = {"rows": len(table), "sha256": content_hash(table)}
    return written


def write_timing(folder: Path, timing: pd.DataFrame) -> None:
    """Write the seconds each phase took; never hashed."""
    _write_parquet(folder / "timing.parquet", tidy("timing", timing, TIMING))


def _write_parquet(path: Path, table: pd.DataFrame) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), path, compression="zstd")


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """One table of a run folder."""
    try:
        return pd.read_parquet(folder / f"{name}.parquet")
    except (OSError, ValueError) as error:
        said = "it is not there" if isinstance(error, FileNotFoundError) else describe(error)
        raise UserError(f"{folder}/{name}.parquet cannot be read: {said}; make the run again") from error


class StoredTables(Mapping[str, pd.DataFrame]):
    """The tables of a run folder, each read when it is asked for. read: how, given folder and name."""

    def __init__(self, folder: Path, read: Callable[[Path, str], pd.DataFrame]) -> None:
        self._folder, self._read = folder, read

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in TABLES:
            raise KeyError(name)
        return self._read(self._folder, name)

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)


def stored_tables(folders: Iterable[Path]) -> list[StoredTables]:
    """The tables of run folders; so many of them are kept in memory together and no more."""
    read = functools.lru_cache(maxsize=KEPT)(read_table)
    return [StoredTables(folder, read) for folder in folders]


def read_config(folder: Path) -> dict[str, Any]:
    """The composed configuration of a result folder."""
    from coercivity.experiments.config.plain_yaml import read_yaml

    values = read_yaml(folder / CONFIG)
    if not isinstance(values, dict):
        raise UserError(f"{folder / CONFIG} does not hold a configuration")
    return values


def read_run(folder: Path) -> Run:
    """A run folder: its manifest, configuration and tables."""
    manifest = read_manifest(folder)
    if manifest.kind != "run":
        raise UserError(f"{folder} is the result of `{manifest.kind}`, not of one run; see {folder}/runs")
    tables = {name: read_table(folder, name) for name in TABLES}
    return Run(folder, manifest, read_config(folder), tables)
