"""Prices of a dataset over its futures: of whole runs and, where their table was kept, through time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from coercivity.experiments.analysis.answers import Answers, query
from coercivity.experiments.measures import HOME, NAMES

PLACES = (HOME, "JP", "EU", "US")
MOST = 2  # materials whose prices are shown
ROWS = (("mean", HOME), ("mean", "OUTSIDE"), ("peak", HOME), ("peak", "OUTSIDE"))
WORDS = {"mean": "mean", "peak": "highest"}
MIDDLE, LOW, HIGH = 0.5, 0.05, 0.95
SPIKY = 4.0  # highest over median price from which an axis is logarithmic

Values = tuple[float | None, ...]
Ends = tuple[Values, Values, Values]  # middle, low, high


@dataclass(frozen=True)
class Prices:
    """Prices by label (a kind or a date), each policy's middle and ends over the futures, USD/kg."""

    title: str
    labels: tuple[str, ...]
    by_policy: Mapping[str, Ends]
    material: str = ""

    @property
    def spiky(self) -> bool:
        """Whether they are told apart better on a logarithmic axis."""
        known = sorted(
            v for ends in self.by_policy.values() for values in ends for v in values if v is not None
        )
        return bool(known) and known[-1] > SPIKY * known[len(known) // 2]


def of_runs(answers: Answers) -> Iterator[Prices]:
    """Mean and highest price of a run, inside China and outside."""
    found = query(
        answers.files,
        """select run, indicator, jurisdiction, value from summary
           where indicator like 'price of %, %' and value is not null""",
    ).merge(answers.table[["run", "policy"]], on="run")
    keys = [f"{what}@{place}" for what, place in ROWS]
    known = set(found["indicator"])
    words = answers.wording.names.words
    named = [answers.wording.priced(m) for m in dict.fromkeys((*words.asked, *words.listed))]
    shown = [name for name in named if f"price of {name}, mean" in known]
    for name in shown[:MOST]:
        values = found[found["indicator"].str.startswith(f"price of {name}, ")]
        kind = values["indicator"].str.rpartition(", ")[2]
        keyed = values.assign(row=kind + "@" + values["jurisdiction"])
        labels = tuple(
            f"{WORDS[what]}, {'in China' if place == HOME else NAMES[place]}" for what, place in ROWS
        )
        yield Prices(name, labels, _by_policy(keyed, keys, answers.policies))


def through_time(answers: Answers) -> Iterator[Prices]:
    """Prices in China and with the largest buyers, where the table of prices was kept."""
    files = sorted(str(path) for path in (answers.folder / "tables" / "prices").glob("*.parquet"))
    if not files:
        return
    shown = answers.wording.names.words.asked[:MOST]
    found = query(
        files,
        f"""select run, date, jurisdiction, material, price as value from summary
            where jurisdiction in {PLACES} and material in {_either(shown)}""",
    ).merge(answers.table[["run", "policy"]], on="run")
    for material in shown:
        for place in PLACES:
            rows = found[(found["material"] == material) & (found["jurisdiction"] == place)]
            if rows.empty:
                continue
            dates = tuple(sorted(set(rows["date"])))
            where = "in China" if place == HOME else NAMES[place]
            by_policy = _by_policy(rows.assign(row=rows["date"]), dates, answers.policies)
            yield Prices(f"{answers.wording.priced(material)}, {where}", dates, by_policy, material)


def _by_policy(rows: pd.DataFrame, labels: Sequence[str], policies: Sequence[str]) -> dict[str, Ends]:
    found: dict[str, Ends] = {}
    for policy in policies:
        values = rows[rows["policy"] == policy].groupby("row")["value"]
        if values.ngroups:
            middle, low, high = (_column(values.quantile(share), labels) for share in (MIDDLE, LOW, HIGH))
            found[policy] = middle, low, high
    return found


def _column(column: "pd.Series[Any]", labels: Sequence[str]) -> Values:
    known = {str(key): float(value) for key, value in column.items()}
    return tuple(known.get(label) for label in labels)


def _either(names: Sequence[str]) -> str:
    """Names as a list of SQL.

    >>> _either(["oxide:Dy"])
    "('oxide:Dy')"
    """
    return f"({', '.join(repr(name) for name in names)})"
