"""One run after another: a row of the design in, a record out. What goes wrong is a record too."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from coercivity.experiments.base.errors import describe
from coercivity.experiments.base.progress import OnStep, silent
from coercivity.experiments.base.tables import TABLES as SPECS
from coercivity.experiments.base.tables import tidy
from coercivity.experiments.config.compose import Composed, Composer
from coercivity.experiments.config.labels import Wording
from coercivity.experiments.measures.catalogue import measures, price_weights
from coercivity.experiments.measures.quantities import YEARS
from coercivity.experiments.runs.run import forget_worlds, simulate
from coercivity.experiments.sweeps.design import Design
from coercivity.experiments.sweeps.plan import Plan, read_plan, stored_design
from coercivity.experiments.sweeps.shard import (
    RunRecord,
    SummaryRow,
    failure_record,
    file_name,
    success_record,
    write_shard,
    write_whole,
)

SUMMARY, TABLES = "summary", "tables"
OnRun = Callable[[bool], None]  # told after every run whether it ended well


@dataclass(frozen=True)
class Receipt:
    """What an engine hears of a shard: the runs that were made, how many failed, how long they took."""

    first: int
    stop: int
    failures: int
    seconds: float


class Runner:
    """Makes the runs of a plan; holds what they share. A run depends on its row alone."""

    def __init__(self, folder: Path, plan: Plan | None = None, design: Design | None = None) -> None:
        self._folder = folder
        self._plan = plan or read_plan(folder)
        self._design = design or stored_design(folder)
        self._composer = Composer(self._plan.fixed)

    def shard(
        self,
        first: int,
        stop: int,
        on_run: OnRun,
        stopping: Callable[[], bool] = lambda: False,
        on_step: OnStep = silent,
    ) -> Receipt:
        """Make the runs from first to before stop and keep them; fewer, but at least one, when stopping."""
        start = time.perf_counter()
        records: list[RunRecord] = []
        kept: dict[str, list[pd.DataFrame]] = {name: [] for name in self._plan.tables}
        for number, row in self._design.rows(first, stop):
            records.append(self._run(number, row, kept, on_step))
            on_run(records[-1].error is None)
            if stopping():
                break
        end = records[-1].run + 1
        for name, frames in kept.items():
            self._write_table(name, frames, first, end)
        write_shard(self._folder / SUMMARY, self._plan.hash, records)
        bad = sum(record.error is not None for record in records)
        return Receipt(first, end, bad, time.perf_counter() - start)

    def again(self, number: int) -> RunRecord:
        """Make one run again, keeping nothing; what it left."""
        ((_, row),) = self._design.rows(number, number + 1)
        return self._run(number, row, {})

    def _run(
        self,
        number: int,
        row: dict[str, Any],
        kept: "dict[str, list[pd.DataFrame]]",
        on_step: OnStep = silent,
    ) -> RunRecord:
        start = time.perf_counter()
        try:
            composed = self._composer(row)
            rows, tables = summarise_run(composed, self._plan.evidence, on_step)
            for name, frames in kept.items():
                frames.append(_number_run(tables[name], name, number))
        except Exception as error:  # whatever it is, the others go on
            return failure_record(number, describe(error), time.perf_counter() - start)
        finally:
            forget_worlds()
        return success_record(number, rows, time.perf_counter() - start)

    def _write_table(self, name: str, frames: "list[pd.DataFrame]", first: int, stop: int) -> None:
        if frames:
            table = pa.Table.from_pandas(pd.concat(frames, ignore_index=True), preserve_index=False)
            write_whole(self._folder / TABLES / name / file_name(first, stop), table)


def summarise_run(
    composed: Composed, evidence: Path, on_step: OnStep = silent
) -> "tuple[list[SummaryRow], dict[str, pd.DataFrame]]":
    """Run a configuration: the numbers a comparison would show, and the tables they come from.

    Welfare is kept as its level, of which only differences mean something; prices outside China are
    weighted by imports of the base year.
    """
    tables, _timing = simulate(composed, evidence, on_step)
    wording = Wording.of(composed.values)
    found = measures(tables, YEARS[composed.settings.clock.step], price_weights(tables), wording)
    rows = [SummaryRow(_level(m.indicator), m.jurisdiction, m.unit, float(m.value)) for m in found]
    return rows, tables


def _level(indicator: str) -> str:
    """What a measure is called when it is held against nothing.

    >>> _level("welfare change"), _level("fiscal cost")
    ('welfare', 'fiscal cost')
    """
    return indicator.removesuffix(" change")


def _number_run(table: "pd.DataFrame", name: str, run: int) -> "pd.DataFrame":
    tidied = tidy(name, table, SPECS[name])
    tidied.insert(0, "run", run)
    return tidied
