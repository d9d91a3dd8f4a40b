"""The events that set scenarios apart, few enough to be marked on a figure."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from coercivity.experiments.measures import NAMES, Tables

MOST = 6


@dataclass(frozen=True)
class Mark:
    """A numbered moment: when, and what happened in a few words."""

    number: int
    date: pd.Timestamp
    text: str


def marks(runs: Mapping[str, Tables]) -> list[Mark]:
    """The first events of each later scenario that the first one does not have, one a date."""
    first, *others = runs.values()
    known = set(_keys(first["events"])) if others else set()
    found: dict[str, str] = {}
    for tables in others or [first]:
        for key in _keys(tables["events"]):
            if key not in known:
                found.setdefault(key[0], _told(*key[1:]))
    dates = sorted(found)[:MOST]
    return [Mark(n, pd.Timestamp(date), found[date]) for n, date in enumerate(dates, start=1)]


def _keys(events: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    columns = events[["date", "actor", "kind", "target"]].astype(str)
    return list(columns.itertuples(index=False, name=None))


def _told(actor: str, kind: str, target: str) -> str:
    words = [NAMES.get(actor, actor), kind.replace("_", " "), NAMES.get(target, target)]
    return " ".join(word for word in words if word and word != "nan")
