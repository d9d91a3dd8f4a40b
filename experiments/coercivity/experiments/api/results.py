"""What calls from Python return: results that hold tidy tables with units, and draw themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercivity.experiments.base.errors import nearest_or_all
from coercivity.experiments.base.paths import evidence_of
from coercivity.experiments.base.tables import FUTURE, TABLES
from coercivity.experiments.base.units import UNITS
from coercivity.experiments.config.labels import Wording
from coercivity.experiments.measures.comparison import Comparison, compare_tables
from coercivity.experiments.measures.quantities import YEARS
from coercivity.experiments.runs.gathered import gather
from coercivity.experiments.runs.result import OneFuture

if TYPE_CHECKING:
    import pandas as pd
    import xarray
    from matplotlib.figure import Figure

    from coercivity.experiments.figures.subject import Subject

__all__ = ["AnalysisResult", "ComparisonResult", "RunResult", "SweepResult", "with_units"]

PLOT_WIDTH = 183.0  # mm, two columns of a journal


def with_units(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """A copy of a table whose `.attrs` say its name and the unit of each column that has one."""
    copy = table.copy()
    copy.attrs = {"table": name, "units": dict(UNITS.get(name, {}))}
    return copy


@dataclass(frozen=True)
class RunResult:
    """One run: its configuration and its tables.

    Every table of a run folder is an attribute (`run.prices`, `run.flows`, `run.indicators`, ...): a tidy
    pandas DataFrame with columns `step` and `date`, units in `.attrs["units"]`.

    Parameters
    ----------
    scenario, title
        Name of the scenario, and what it calls itself.
    config
        The composed configuration as plain data, as `config.yaml` holds it.
    tables
        Tables by name.
    folder
        The run folder, where the run was kept or read from.
    """

    scenario: str
    title: str
    config: Mapping[str, Any] = field(repr=False)
    tables: Mapping[str, pd.DataFrame] = field(repr=False)
    folder: Path | None = None

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.table(name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.tables]

    def table(self, name: str) -> pd.DataFrame:
        """A table by name, with units in `.attrs`.

        Raises
        ------
        AttributeError
            Where the run has no such table; the message suggests one.
        """
        if name not in self.tables:
            hint = nearest_or_all(name, self.tables)
            raise AttributeError(f"a run has no table `{name}`{hint}")
        return with_units(name, self.tables[name])

    def to_xarray(self, name: str = "prices") -> xarray.Dataset:
        """A table as a Dataset over its key columns (date first), units in each variable's `.attrs`."""

        table = self.table(name)
        keys = [*([FUTURE] if FUTURE in table else []), *TABLES[name].keys]
        keys.remove("step")
        values = [column for column in table.columns if column not in (*keys, "step")]
        data = table.set_index(keys)[values].to_xarray()
        for column, unit in UNITS.get(name, {}).items():
            if column in data:
                data[column].attrs["units"] = unit
        return data

    def plot(self, name: str = "prices", **choices: str | int) -> Figure:
        """Draw a figure of the report: prices, shortage, shares, stages, chain, map, stocks, plants, ...

        Parameters
        ----------
        name
            The figure, by the name that `coercivity report --figure` takes.
        choices
            What a figure of one year, scenario or material shows, such as `year=2030`.
        """
        return _draw(self.subject, name, choices)

    @cached_property
    def subject(self) -> Subject:
        """The run as figures and reports take it."""
        return _subject_of_run(self)


@dataclass(frozen=True)
class ComparisonResult:
    """Scenarios under the same futures: one row a measure and place, one column a scenario.

    Parameters
    ----------
    comparison
        Rows with values, changes and, over several futures, what each future gave.
    runs
        The runs of the first future, by scenario.
    futures
        The runs of every future, by scenario.
    folder
        Where the comparison is kept; `report.html` in it is the report.
    """

    comparison: Comparison
    runs: Mapping[str, RunResult] = field(repr=False)
    futures: Mapping[str, Sequence[RunResult]] = field(repr=False)
    folder: Path

    def to_frame(self, every: bool = True) -> pd.DataFrame:
        """The rows as a table: indicator, jurisdiction, unit, then a column a scenario and the changes.

        Over several futures a column holds medians, with columns `NAME low` and `NAME high` of the 80 % band
        and `A ahead of B`, the share of futures in which A is better (or higher, where neither is better).

        Parameters
        ----------
        every
            All rows, or only those that the report's first table shows.
        """
        import pandas as pd

        rows = [row.flat() for row in self.comparison.rows if every or row.shown]
        return pd.DataFrame(rows)

    def plot(self, name: str = "prices", **choices: str | int) -> Figure:
        """Draw a figure of the report, as `RunResult.plot` does for one run."""
        return _draw(self.subject, name, choices)

    @cached_property
    def subject(self) -> Subject:
        """The comparison as figures and reports take it."""
        from coercivity.experiments.reports.report import load_subject

        return load_subject(self.folder)

    @property
    def report(self) -> Path:
        """The report: one HTML file that needs nothing else."""
        return self.folder / "report.html"


@dataclass(frozen=True)
class SweepResult:
    """The dataset of a sweep: a design, a row a run and indicator, and failures with their reasons."""

    folder: Path

    @cached_property
    def design(self) -> pd.DataFrame:
        """A row a run: index, seed and every varied setting."""
        import pandas as pd

        return pd.read_parquet(self.folder / "design.parquet")

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row a run and indicator."""
        import pandas as pd

        return pd.concat(
            [pd.read_parquet(path) for path in sorted((self.folder / "summary").glob("*.parquet"))],
            ignore_index=True,
        )

    @cached_property
    def failures(self) -> pd.DataFrame:
        """A row a run that failed, with its reason."""
        import pandas as pd

        return pd.read_parquet(self.folder / "failures.parquet")


@dataclass(frozen=True)
class AnalysisResult:
    """What a sweep found: tables of findings, and the sentences that say them."""

    folder: Path
    findings: Mapping[str, Any] = field(repr=False)
    sentences: tuple[str, ...] = field(repr=False)

    def _frame(self, name: str) -> pd.DataFrame:
        import pandas as pd

        return pd.read_csv(self.folder / f"{name}.csv", keep_default_na=False, na_values=[""])

    @cached_property
    def sensitivity(self) -> pd.DataFrame:
        """Which uncertainties decide each outcome: indices with intervals."""
        return self._frame("indices")

    @cached_property
    def boxes(self) -> pd.DataFrame:
        """Where policies fail: boxes in the space of uncertainties."""
        return self._frame("boxes")

    @cached_property
    def robustness(self) -> pd.DataFrame:
        """How often each policy does what it should, and its regret."""
        return self._frame("robustness")

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Paired differences between policies under the same futures."""
        return self._frame("differences")


def _subject_of_run(run: RunResult) -> Subject:
    from coercivity.experiments.figures.subject import Subject

    clock, wording = run.config["clock"], Wording.of(run.config)
    count = int(run.tables["prices"][FUTURE].max()) + 1 if FUTURE in run.tables["prices"] else 1
    every: list[Mapping[str, pd.DataFrame]] = [run.tables]
    if count > 1:
        every = [OneFuture(run.tables, number) for number in range(count)]
    tables = gather(every)
    rows = compare_tables({run.scenario: tables}, YEARS[clock["step"]], wording)
    start, end, step = (str(clock[key]) for key in ("start", "end", "step"))
    first = int(run.config.get("seed", 0))
    seeds = tuple(range(first, first + count)) if count > 1 else ()
    comparison = Comparison({run.scenario: run.title}, rows, start, end, step, seeds, wording)
    configs = {run.scenario: run.config}
    single, evidence = {run.scenario: every[0]}, evidence_of(run.config)
    return Subject(run.folder or Path(), comparison, single, configs, evidence, {run.scenario: tables})


def _draw(subject: Subject, name: str, choices: Mapping[str, object]) -> Figure:
    from coercivity.experiments.figures import gallery, look, paper

    found = gallery.figure(subject, name)
    asked = {key: str(value) for key, value in choices.items()}
    paper.check_choices(found, asked)
    with look.apply_style(PLOT_WIDTH):
        return paper.draw(found, PLOT_WIDTH, asked)
