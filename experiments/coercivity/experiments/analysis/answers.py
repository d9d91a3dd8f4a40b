"""The outcomes of every run of a dataset, asked of its Parquet files by DuckDB; never all rows in memory."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coercivity.experiments.base.errors import UserError, unknown
from coercivity.experiments.config.labels import Wording
from coercivity.experiments.config.listing import short_title
from coercivity.experiments.config.places import HOME_NAME, NAMES
from coercivity.experiments.config.uncertainty import Uncertainty
from coercivity.experiments.figures.places import place_in_sentence
from coercivity.experiments.measures.comparison import ARTICLES
from coercivity.experiments.sweeps.checking import check_dataset, check_intact
from coercivity.experiments.sweeps.dataset import summary_files
from coercivity.experiments.sweeps.design import Design
from coercivity.experiments.sweeps.plan import Plan, read_plan, stored_design
from coercivity.experiments.sweeps.question import OutcomeSpec, find_unreached
from coercivity.model.inputs.names import substance

ROUNDING = 1e-9  # of the level of an outcome, or of one unit of it: what differs by less is the same number
TOLD = {"share": 5e-4, "year": 0.05, "million USD": 5e-3}  # what differs by less is told as 0.0
FEWEST = 5  # points, of futures or of blocks of a design, below which no interval is given
PLACE = re.compile(r"@([A-Z]{2,8})\b")  # of an outcome, in the place of a name


def _of_use_to_all(wording: Wording) -> tuple[OutcomeSpec, ...]:
    """Three outcomes people ask for where nobody says which."""
    first = wording.names.words.asked[0]
    element = wording.names.words.elements.get(substance(first), substance(first))
    short = f"shortage of {wording.services}"
    return (
        OutcomeSpec(
            name=f"{element} outside {HOME_NAME}",
            indicator=f"price of {wording.priced(first)}, mean",
            jurisdiction="OUTSIDE",
            better="lower",
        ),
        OutcomeSpec(
            name=f"worst {short}", indicator=f"{short}, worst step", jurisdiction="WORLD", better="lower"
        ),
        OutcomeSpec(name="welfare of the world", indicator="welfare", jurisdiction="WORLD", better="higher"),
    )


@dataclass(frozen=True)
class Answers:
    """A dataset as an analysis sees it.

    table: a row a run that was made: the design's columns, then a column an outcome (empty where a run
    failed) · units: of the outcomes · runs: those asked for · files: the parts of its summary ·
    broken: what the runs that broke off said
    """

    folder: Path
    files: list[str]

    plan: Plan
    design: Design
    outcomes: tuple[OutcomeSpec, ...]
    table: pd.DataFrame
    units: dict[str, str]
    runs: int
    broken: tuple[str, ...] = ()

    @property
    def made(self) -> int:
        """Runs with an answer."""
        return int(self.table[[o.name for o in self.outcomes]].notna().any(axis=1).sum())

    @cached_property
    def wording(self) -> Wording:
        """The words of the chain it is about."""
        return Wording.said_by(self.plan.question.words)

    @cached_property
    def unreached(self) -> list[str]:
        """What policies have that begins only when their runs have ended, in sentences."""
        try:
            return find_unreached(self.design, self.plan.fixed)
        except UserError:  # conf/ has changed since, and no longer says
            return []

    @property
    def policies(self) -> list[str]:
        """The policies, in the design's order."""
        return self.design.policies

    @cached_property
    def called(self) -> dict[str, str]:
        """What a page calls each policy: a scenario by its title, any other by what sets it."""
        return {name: _heading_of(short) if (short := short_title(name)) else name for name in self.policies}

    def say(self, sentence: str) -> str:
        """A sentence in which policies and places have the names that people use."""
        sentence = PLACE.sub(lambda found: f" {_there(found[1])}", sentence)
        shorts = {name: short for name in self.policies if (short := short_title(name))}
        if not shorts:
            return sentence
        names = "|".join(map(re.escape, sorted(shorts, key=len, reverse=True)))

        def said(found: re.Match[str]) -> str:
            short = shorts[found[0][0].lower() + found[0][1:]]
            return short[0].upper() + short[1:] if found[0][0].isupper() else short

        return re.sub(rf"(?<![\w.`])(?:{names})(?![\w.`])", said, sentence, flags=re.IGNORECASE)

    def noise(self, outcome: OutcomeSpec) -> float:
        """How far two values of an outcome may lie apart and be told as the same number, in its unit."""
        values = self.table[outcome.name].abs().replace(np.inf, np.nan)
        level = float(values.max()) if values.notna().any() else 0.0
        return max(ROUNDING * max(level, 1.0), TOLD.get(self.units[outcome.name], 0.0))

    def for_policy(self, policy: str) -> pd.DataFrame:
        """The runs of a policy, in the design's order."""
        return self.table[self.table["policy"] == policy]

    @property
    def factors(self) -> list[Uncertainty]:
        """What is uncertain and takes more than one value, with its range."""
        declared = {one.key: one for one in self.plan.question.uncertainties}
        return [
            declared.get(key) or _observe_factor(key, self.table[key])
            for key in self.design.uncertainties
            if key != "seed" and self.table[key].nunique(dropna=False) > 1
        ]


def _there(code: str) -> str:
    """Where something is, by the code of a place.

    >>> _there("CN"), _there("OUTSIDE"), _there("US")
    ('in China', 'outside China', 'in the United States')
    """
    name = NAMES.get(code, code)
    return name if name.startswith("outside") else f"in {place_in_sentence(name)}"


def _heading_of(short: str) -> str:
    """A title as a heading, without its article.

    >>> _heading_of("the licences of 2025")
    'Licences of 2025'
    """
    bare = short.partition(" ")[2] if short.startswith(ARTICLES) else short
    return bare[0].upper() + bare[1:]


def _observe_factor(key: str, column: "pd.Series[Any]") -> Uncertainty:
    """A factor nobody declared, by the values it takes."""
    if column.dtype == object or column.dtype.kind not in "iuf":
        return Uncertainty(key, values=tuple(sorted({str(value) for value in column})))
    return Uncertainty(key, float(column.min()), float(column.max()))


def codes(factor: Uncertainty, column: "pd.Series[Any]") -> NDArray[np.float64]:
    """A column as numbers: its own, or the place of each value among those a factor may have."""
    if factor.values:
        place = {value: float(at) for at, value in enumerate(factor.values)}
        return np.array([place.get(str(value), np.nan) for value in column])
    return column.to_numpy(dtype=float)


def read_answers(folder: Path, asked: Sequence[str] = ()) -> Answers:
    """The outcomes of a dataset: those asked for, else those of its experiment, else three of use to all."""
    check_dataset(folder)
    plan = read_plan(folder)
    design = stored_design(folder)
    records = check_intact(folder, plan, design)
    files = [str(path) for path in summary_files(folder)]
    known = _known_outcomes(files)
    given = tuple(_outcome(text, known) for text in asked) or plan.question.outcomes
    usual = _of_use_to_all(Wording.said_by(plan.question.words))
    outcomes = given or tuple(one for one in usual if (one.indicator, one.jurisdiction) in known)
    if not outcomes:
        raise UserError(f"{folder}: say what the analysis is about: --outcome 'INDICATOR@PLACE'")
    for one in outcomes:
        if (one.indicator, one.jurisdiction) not in known:
            label = f"{one.indicator}@{one.jurisdiction}"
            raise UserError(unknown("outcome", label, [f"{i}@{j}" for i, j in known]))
    table = design.table.to_pandas()
    errors = {run: record.error for run, record in records.items()}
    ended = {run: error is None for run, error in errors.items()}
    table = table[table["run"].isin(list(ended))].reset_index(drop=True)
    for one in outcomes:
        table = table.merge(_values(files, one), on="run", how="left")
        if one.never is not None:
            well = table["run"].map(ended)
            table.loc[well & table[one.name].isna(), one.name] = one.never
    units = {one.name: known[one.indicator, one.jurisdiction] for one in outcomes}
    broken = tuple(error for error in errors.values() if error is not None)
    return Answers(folder, files, plan, design, outcomes, table, units, len(design), broken)


def read_value(folder: Path, indicator: str, place: str, run: int) -> tuple[float, str, str]:
    """One number of one run: value, unit, and the file it stands in."""
    check_dataset(folder)
    check_intact(folder, read_plan(folder), stored_design(folder))
    files = [str(path) for path in summary_files(folder)]
    text = "select value, unit, filename from summary where indicator = ? and jurisdiction = ? and run = ?"
    rows = query(files, text, indicator, place, str(run))
    if rows.empty:
        known = [f"{i}@{j}" for i, j in _known_outcomes(files)]
        label = f"{indicator}@{place}"
        if label in known:
            raise UserError(
                f"run {run} of {folder} has no `{label}`: it failed, or nothing of the kind happened"
            )
        raise UserError(unknown("number", label, known))
    value, unit, name = next(rows.itertuples(index=False))
    return float(value), str(unit), Path(str(name)).name


def query(files: list[str], text: str, *values: str, runs: pd.DataFrame | None = None) -> pd.DataFrame:
    """Rows of Parquet files, which the text calls `summary`; it may join a table, `runs`."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set threads to 2")
        source = connection.read_parquet(files, filename=True)
        connection.register("summary", source)
        if runs is not None:
            connection.register("runs", runs)
        return connection.execute(text, list(values)).df()


def _known_outcomes(files: list[str]) -> dict[tuple[str, str], str]:
    """Every indicator and place of a dataset, with its unit."""
    rows = query(files, "select distinct indicator, jurisdiction, unit from summary order by all")
    return {(str(i), str(j)): str(u) for i, j, u in rows.itertuples(index=False)}


def _values(files: list[str], outcome: OutcomeSpec) -> pd.DataFrame:
    text = """select run, any_value(value) as value from summary
              where indicator = ? and jurisdiction = ? group by run"""
    found = query(files, text, outcome.indicator, outcome.jurisdiction)
    return found.rename(columns={"value": outcome.name})


def _outcome(text: str, known: dict[tuple[str, str], str]) -> OutcomeSpec:
    """An outcome of the command line: INDICATOR@PLACE, with <=X or >=X for what counts as good."""
    for sign, better in (("<=", "lower"), (">=", "higher")):
        label, found, limit = text.partition(sign)
        if found:
            try:
                good = float(limit)
            except ValueError:
                raise UserError(f"--outcome {text}: `{limit}` is not a number") from None
            return _name_outcome(label.strip(), better, good, known)
    return _name_outcome(text, "lower", None, known)


def _name_outcome(
    label: str, better: Any, good: float | None, known: dict[tuple[str, str], str]
) -> OutcomeSpec:
    indicator, _, place = label.rpartition("@")
    if (indicator, place) not in known:
        raise UserError(unknown("outcome", label, [f"{i}@{j}" for i, j in known]))
    if good is None and indicator.startswith("welfare"):
        better = "higher"
    return OutcomeSpec(name=label, indicator=indicator, jurisdiction=place, better=better, good=good)
