"""Prices of a dataset over its futures: of whole runs and, where their table was kept, through time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from coercivity.experiments.analysis.answers import Answers, query
from coercivity.experiments.config.places import HOME, HOME_NAME, NAMES

PLACES = (HOME, "JP", "EU", "US")
MOST = 2  # materials whose prices are shown
ROWS = (("mean", HOME), ("mean", "OUTSIDE"), ("peak", HOME), ("peak", "OUTSIDE"))
WORDS = {"mean": "mean", "peak": "highest"}
ENDS = "quantile_cont({0}, 0.5) as middle, quantile_cont({0}, 0.05) as low, quantile_cont({0}, 0.95) as high"
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
    known = set(query(answers.files, "select distinct indicator from summary")["indicator"])
    words = answers.wording.names.words
    named = [answers.wording.priced(m) for m in dict.fromkeys((*words.asked, *words.listed))]
    labels = tuple(
        f"{WORDS[what]}, {f'in {HOME_NAME}' if place == HOME else NAMES[place]}" for what, place in ROWS
    )
    for name in [name for name in named if f"price of {name}, mean" in known][:MOST]:
        found = _over_runs(
            answers,
            answers.files,
            f"""select policy, indicator || '@' || jurisdiction as label, {ENDS.format("value")}
                from summary join runs using (run)
                where starts_with(indicator, ?) and isfinite(value) group by all""",
            f"price of {name}, ",
        )
        keys = [f"price of {name}, {what}@{place}" for what, place in ROWS]
        yield Prices(name, labels, _by_policy(found, keys, answers.policies))


def through_time(answers: Answers) -> Iterator[Prices]:
    """Prices in China and with the largest buyers, where the table of prices was kept."""
    files = sorted(str(path) for path in (answers.folder / "tables" / "prices").glob("*.parquet"))
    for material in answers.wording.names.words.asked[:MOST] if files else ():
        for place in PLACES:
            found = _over_runs(
                answers,
                files,
                f"""select policy, date as label, {ENDS.format("price")}
                    from summary join runs using (run)
                    where jurisdiction = ? and material = ? and isfinite(price) group by all""",
                place,
                material,
            )
            if found.empty:
                continue
            dates = tuple(sorted(set(found["label"])))
            where = f"in {HOME_NAME}" if place == HOME else NAMES[place]
            by_policy = _by_policy(found, dates, answers.policies)
            yield Prices(f"{answers.wording.priced(material)}, {where}", dates, by_policy, material)


def _over_runs(answers: Answers, files: list[str], text: str, *values: str) -> pd.DataFrame:
    """Middle and ends over the runs, by policy and label; never all rows in memory."""
    return query(files, text, *values, runs=answers.table[["run", "policy"]])


def _by_policy(rows: pd.DataFrame, labels: Sequence[str], policies: Sequence[str]) -> dict[str, Ends]:
    found: dict[str, Ends] = {}
    for policy in policies:
        mine = rows[rows["policy"] == policy].set_index("label")
        if len(mine):
            middle, low, high = (_column(mine[name], labels) for name in ("middle", "low", "high"))
            found[policy] = middle, low, high
    return found


def _column(column: "pd.Series[Any]", labels: Sequence[str]) -> Values:
    known = {str(key): float(value) for key, value in column.items()}
    return tuple(known.get(label) for label in labels)
