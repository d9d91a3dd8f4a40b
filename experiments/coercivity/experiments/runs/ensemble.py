"""One scenario in several futures: a run folder whose tables have a column `future`."""

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from coercivity.experiments.base.progress import OnStep
from coercivity.experiments.base.tables import FUTURE, OF_FUTURES, TABLES
from coercivity.experiments.config.compose import Composed
from coercivity.experiments.config.ensemble import apply_changes
from coercivity.experiments.runs.folders import writing
from coercivity.experiments.runs.futures import Futures, changes_of, draw
from coercivity.experiments.runs.manifest import Manifest, seal
from coercivity.experiments.runs.parallel import RunTask, run_all
from coercivity.experiments.runs.store import make_manifest, read_table, write_config, write_tables

PARTS = "futures"  # where single runs stand until their tables are put together


def execute_futures(
    composed: Composed,
    evidence: Path,
    out: Path,
    asked: tuple[int, str],
    workers: int,
    on_step: OnStep,
    force: bool = False,
) -> Manifest:
    """Run a configuration in several futures and write the run folder of all.

    asked: how many, of which ensemble
    """
    count, name = asked
    first = int(composed.values.get("seed", 0))
    futures, ensemble = draw(name, range(first, first + count), {composed.scenario: composed}, evidence)
    composed = replace(composed, overrides=(*composed.overrides, f"futures={count}", f"ensemble={name}"))
    changes = changes_of(composed, ensemble, futures)
    with writing(out, "run", force) as draft:
        return run_futures(draft, composed, evidence, futures, changes, workers, on_step)


def run_futures(
    draft: Path,
    composed: Composed,
    evidence: Path,
    futures: Futures,
    changes: Sequence[Mapping[str, Any]],
    workers: int,
    on_step: OnStep,
) -> Manifest:
    """Run a configuration in every future and write the run folder of all into `draft`.

    changes: what each future sets in the configuration · on_step: told the steps of all futures
    """
    start = time.perf_counter()
    folders = [draft / PARTS / str(number) for number in range(len(changes))]
    every = [apply_changes(composed, mine) for mine in changes]
    jobs = [
        RunTask(str(number), dict(one.values), evidence, folder)
        for number, (one, folder) in enumerate(zip(every, folders, strict=True))
    ]
    done = dict.fromkeys((job.name for job in jobs), 0)

    def on_progress(name: str, step: int, steps: int) -> None:
        done[name] = step
        on_step(sum(done.values()), steps * len(jobs))

    run_all(jobs, workers, on_progress)
    written = write_tables(
        draft,
        {name: join_futures([read_table(folder, name) for folder in folders]) for name in TABLES},
        OF_FUTURES,
    )
    shutil.rmtree(draft / PARTS)
    write_config(draft, composed.values)
    futures.write(draft, changes)
    manifest = make_manifest(composed, evidence, "run", time.perf_counter() - start, tables=written)
    manifest.write(draft)
    return seal(draft)


def join_futures(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The same table of every future as one, with a column `future`."""
    numbered = [table.assign(**{FUTURE: number}) for number, table in enumerate(tables)]
    kept = [table for table in numbered if len(table)] or numbered[:1]
    return pd.concat(kept, ignore_index=True)
